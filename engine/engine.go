package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
)

// Defaults of what Config leaves out.
const (
	DefaultLaneLimit   = 128
	DefaultSendTimeout = 15 * time.Second
	DefaultDrain       = 20 * time.Second
	DefaultIntakeLimit = 16384
	// claimFor is how long a claimed message belongs to the engine that claimed it; always more than a send may take.
	claimFor = 15 * time.Second
	// passLimit bounds the episodes that one pass steps, and the messages that it claims.
	passLimit = 256
)

// Config says what an engine works with. Only Store is required.
type Config struct {
	Store       store.Store
	Notifiers   map[notify.Channel]notify.Notifier                         // how to send, by channel; a contact of another channel cannot be reached
	Clock       watchbill.Clock                                            // nil: the real one. Of a store.Shared it only counts: the store tells the time
	Rand        io.Reader                                                  // for IDs and claims; nil: crypto/rand. The same bytes give the same IDs
	Logger      *slog.Logger                                               // nil: discards
	Observer    Observer                                                   // nil: none
	Trace       func(Span)                                                 // is told of every step of an alert's way; quick and safe for concurrent use; nil: none
	AckURL      func(watchbill.AlertID, watchbill.UserID) string           // the page on which this person can act on this alert; nil: none
	ListURL     func(watchbill.UserID) string                              // the page on which this person sees all open alerts; nil: none
	ProofURL    func(watchbill.UserID, notify.ContactID, time.Time) string // says that a message sent then has reached the person; nil: none
	HandoverURL func(watchbill.ScheduleID, time.Time) string               // where the document of a hand-off can be read; nil: notices have no link to it
	LaneLimit   int                                                        // messages of one lane sent at the same time; zero: 128
	LaneLimits  map[notify.Channel]int                                     // the same for lanes of some channels: a mail server wants fewer
	Compile     route.Compiler                                             // compiles the expressions in the rules of sources; nil: there can be none
	SendTimeout time.Duration                                              // for one message; zero: 15 s
	Drain       time.Duration                                              // how long Run waits for sends under way when it is stopped; zero: 20 s
	IntakeLimit int                                                        // signals that wait in Submit, of all callers; zero: 16,384. More are refused with ErrBusy
}

// Observer is told what happens, for metrics. Its methods must be quick and safe for concurrent use.
type Observer interface {
	// Signal was taken in, with the decision in words, or "error".
	Signal(decision string)
	// Sent is one send, whatever became of it: how long after the message was due it began, and how long it took.
	Sent(lane notify.Lane, verdict episode.Verdict, late, took time.Duration)
	// Pass is one RunOnce: how late each timer was that it stepped, and how long the pass took.
	Pass(late []time.Duration, took time.Duration)
	// Quarantined is an alert that cannot be read or stepped.
	Quarantined(id watchbill.AlertID)
}

// Engine runs on-call over one store. It is safe for concurrent use, except that RunOnce is for one caller at a time.
type Engine struct {
	cfg      Config
	log      *slog.Logger
	clock    watchbill.Clock
	longest  time.Duration // between two looks at the store
	ids      ids
	works    sync.Pool // of *work
	orgs     orgCache
	pulse    pulse
	beats    beats
	sweeper  sweeper
	plans    plans
	limits   limits
	muted    atomic.Pointer[muted]
	looked   atomic.Pointer[oncall.Org] // the configuration by which every open alert was looked at last
	fresh    freshContacts
	contacts readContacts
	full     rare                               // what the log says of a full store
	stale    atomic.Bool                        // they are to be looked at again
	recent   atomic.Pointer[map[string]decoded] // incidents that status pages show; the map is never written to

	intake  chan submission
	waiting atomic.Int64 // callers of Submit
	queued  atomic.Int64 // their signals
	tally   tally
	nudge   chan struct{} // something may be due: holds at most one
	follow  chan struct{} // the rules want something done with incidents: holds at most one
	lanes   lanes
	acts    commands
	closed  chan struct{} // closed when Run takes no more signals
	once    sync.Once
	runs    atomic.Bool
}

// New returns an engine that has not begun. The error names the field of Config that is wrong.
func New(cfg Config) (*Engine, error) {
	if cfg.Store == nil {
		return nil, errors.New("engine: Config.Store is missing; memory.New() or sqlite.Open give one")
	}
	cfg.LaneLimit = cmp.Or(cfg.LaneLimit, DefaultLaneLimit)
	cfg.SendTimeout = cmp.Or(cfg.SendTimeout, DefaultSendTimeout)
	cfg.Drain = cmp.Or(cfg.Drain, DefaultDrain)
	cfg.IntakeLimit = cmp.Or(cfg.IntakeLimit, DefaultIntakeLimit)
	if cfg.LaneLimit < 0 || cfg.SendTimeout < 0 || cfg.Drain < 0 || cfg.IntakeLimit < 0 {
		return nil, errors.New("engine: Config.LaneLimit, SendTimeout, Drain and IntakeLimit must not be negative")
	}
	for channel, n := range cfg.LaneLimits {
		if n < 1 {
			return nil, fmt.Errorf("engine: Config.LaneLimits[%q] is %d; nothing would ever be sent", channel, n)
		}
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observer == nil {
		cfg.Observer = silent{}
	}
	if cfg.Clock == nil {
		cfg.Clock = RealClock()
	}
	clock, longest := cfg.Clock, longestWait
	if _, shared := cfg.Store.(store.Shared); shared {
		clock, longest = &anchored{Clock: cfg.Clock}, pollEvery
	}
	e := &Engine{
		cfg: cfg, log: cfg.Logger, clock: clock, longest: longest, orgs: orgCache{log: cfg.Logger},
		intake: make(chan submission), nudge: make(chan struct{}, 1), follow: make(chan struct{}, 1), closed: make(chan struct{}),
		acts: commands{turn: make(chan struct{}, 1)},
	}
	e.ids.rand = cfg.Rand
	e.lanes.init(cfg.LaneLimit, cfg.LaneLimits)
	return e, nil
}

// Org returns the configuration in force. Before the first [Engine.Configure] of a store it is empty: signals are taken
// in and reach nobody.
func (e *Engine) Org(ctx context.Context) (*oncall.Org, error) {
	var org *oncall.Org
	err := e.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		org, err = e.orgs.current(tx)
		return err
	})
	return org, err
}

// Configure puts a configuration in force from now on, as a revision of its own, and returns its number. One that is
// equal to what is in force makes no revision. What people made stays as it is, whatever c says of it: Overrides, see
// [Engine.Cover]; Made, see [Engine.Silence]; and Personal. The error is that of [oncall.New], which names every wrong
// field.
func (e *Engine) Configure(ctx context.Context, now time.Time, c oncall.Config) (int64, error) {
	c.Overrides, c.Made, c.Personal = nil, oncall.Made{}, nil
	if _, err := oncall.New(c, 0); err != nil {
		return 0, err
	}
	var number int64
	err := e.update(ctx, func(tx store.Tx) error {
		org, err := revise(tx, now, func(inForce oncall.Config, _ time.Time, unreadable error) (oncall.Config, error) {
			if unreadable != nil { // the new one is the cure
				e.log.Error("configuration in force cannot be decoded and is replaced; what people made may be lost", "error", unreadable)
			}
			next := c
			next.Overrides, next.Made, next.Personal = inForce.Overrides, inForce.Made, inForce.Personal
			return next, nil
		})
		if err == nil {
			number = org.Revision()
		}
		return err
	})
	e.wake()
	return number, err
}

// update runs fn in a transaction, again if somebody else was quicker.
func (e *Engine) update(ctx context.Context, fn func(store.Tx) error) error {
	var err error
	for range 5 {
		err = e.cfg.Store.Update(ctx, fn)
		e.tally.updated(err)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return err
}

// wake makes the loop look at once.
func (e *Engine) wake() {
	select {
	case e.nudge <- struct{}{}:
	default:
	}
}

// orgCache keeps the configuration in force, compiled.
type orgCache struct {
	log    *slog.Logger
	mu     sync.Mutex
	number int64 // of the revision that org answers for: its own, or a later one that cannot be used
	org    *oncall.Org
	past   pastOrgs
}

// current returns the configuration that the transaction sees.
func (c *orgCache) current(tx store.Tx) (*oncall.Org, error) {
	number, err := tx.Revisions().Number()
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return oncall.New(oncall.Config{}, 0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.org != nil && c.number == number {
		return c.org, nil
	}
	org, err := latestGood(tx, number, c.log)
	if err != nil {
		return nil, err
	}
	c.org, c.number = org, number
	c.past.clear() // somebody may have been wiped from them
	return org, nil
}

// forget forgets what was read: somebody was wiped from it.
func (c *orgCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.org, c.number = nil, 0
	c.past.clear()
}

// latestGood returns the latest configuration that can be used. To page by that of yesterday, loudly, is better than to page
// nobody: a later one may have been written by a later release.
func latestGood(tx store.Tx, number int64, log *slog.Logger) (*oncall.Org, error) {
	var unusable error
	for n := number; n > 0; n-- {
		rev, err := tx.Revisions().Get(n)
		if err != nil {
			return nil, err
		}
		org, err := compile(tx, rev)
		switch {
		case err == nil:
			if n < number {
				log.Error("configuration in force cannot be used; an earlier one answers until another is loaded",
					"revision", number, "used", n, "error", unusable)
			}
			return org, nil
		case !errors.Is(err, errUndecodable) && !errors.Is(err, errInvalid):
			return nil, err
		case unusable == nil:
			unusable = err
		}
	}
	return nil, unusable
}

type silent struct{}

func (silent) Signal(string)                                                   {}
func (silent) Sent(notify.Lane, episode.Verdict, time.Duration, time.Duration) {}
func (silent) Pass([]time.Duration, time.Duration)                             {}
func (silent) Quarantined(watchbill.AlertID)                                   {}
