package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// errCrash is what the engine sees of its own end. It never lives to act on it: the simulator drops the engine.
var errCrash = errors.New("sim: the engine crashed")

// fuse burns down by one at every step of a transaction, and crashes the engine when it is out: before any call of the
// store, before the commit, or after it, when the engine does not learn that it succeeded. Zero means unlit.
type fuse struct{ left int }

func (f *fuse) burn(string) error {
	if f.left == 0 {
		return nil
	}
	if f.left--; f.left == 0 {
		return errCrash
	}
	return nil
}

// Config says which history to run.
type Config struct {
	Seed  uint64
	Org   oncall.Config
	Start time.Time
	Steps int // zero means 200
	Keys  int // how many different things can go wrong; zero means 6

	Engines int                // that share the store, on hosts whose clocks lie up to a second apart; zero means 1
	Open    func() store.Store // an empty store; nil means one in memory
}

// maxSkew is how far the clocks of engines may lie apart.
const maxSkew = time.Second

// Report is what happened in a history that broke no rule.
type Report struct {
	Seed       uint64
	Signals    int // answered without an error
	Alerts     int
	Incidents  int // that the rules declared
	Sends      int
	Duplicates int // sends of a message that a provider had accepted already
	Crashes    int
	Explained  int      // duplicates whose earlier receipt was lost in a crash, or came after its claim had ended
	Log        []string // one line a step
}

// Violation is a rule broken.
type Violation struct {
	Seed uint64
	Step int
	Rule string
	Log  []string // what went before, the latest last
}

// Error names the seed and the rule, and tells the latest steps.
func (v *Violation) Error() string {
	tail := v.Log[max(0, len(v.Log)-25):]
	return fmt.Sprintf("sim: seed %d, step %d: %s\n%s", v.Seed, v.Step, v.Rule, strings.Join(tail, "\n"))
}

// Run lives one history: Steps steps of chance, then quiet until everything is settled. The error is a [*Violation], or
// that of a configuration that is not valid.
func Run(cfg Config) (Report, error) {
	if cfg.Steps == 0 {
		cfg.Steps = 200
	}
	if cfg.Keys == 0 {
		cfg.Keys = 6
	}
	if cfg.Engines == 0 {
		cfg.Engines = 1
	}
	if cfg.Open == nil {
		cfg.Open = func() store.Store { return memory.New() }
	}
	w := newWorld(cfg)
	if _, err := w.engine.Configure(context.Background(), w.now, cfg.Org); err != nil {
		return Report{}, err
	}
	for w.step = 1; w.step <= cfg.Steps; w.step++ {
		w.act()
		if err := w.check(); err != nil {
			return w.report, err
		}
	}
	return w.report, w.settle()
}

// world is one history under way.
type world struct {
	cfg   Config
	rng   *rand.Rand
	now   time.Time
	step  int
	store store.Store // as it is, for checks
	fuse  fuse
	hosts []host
	*host // whose turn it is

	sending  []send // handed to a provider, not answered yet
	sent     map[notify.MessageID]*sends
	accepted map[watchbill.AlertID]bool // that a caller was told of
	closed   map[watchbill.AlertID]bool // seen resolved
	checked  map[watchbill.AlertID]store.Version
	report   Report
	broken   error

	incidents map[string]store.Version // seen
}

// send is a message that a host's engine has handed to a provider.
type send struct {
	engine.Delivery
	by *host
}

// sends is what a provider saw of one message.
type sends struct {
	accepted bool
	excused  bool // its receipt was lost, or may have come too late
}

func newWorld(cfg Config) *world {
	w := &world{
		cfg: cfg, rng: rand.New(rand.NewPCG(cfg.Seed, 0x77617463)), now: watchbill.Stamp(cfg.Start),
		store: cfg.Open(), sent: map[notify.MessageID]*sends{}, accepted: map[watchbill.AlertID]bool{},
		closed: map[watchbill.AlertID]bool{}, checked: map[watchbill.AlertID]store.Version{}, incidents: map[string]store.Version{},
	}
	w.report.Seed = cfg.Seed
	w.hosts = make([]host, cfg.Engines)
	for i := range w.hosts {
		w.host = &w.hosts[i]
		if i > 0 {
			w.skew = time.Duration(w.rng.Int64N(int64(maxSkew))).Truncate(time.Microsecond)
		}
		w.boot()
	}
	return w
}

// entropy makes the engine's chance part of the seed's.
type entropy struct{ rng *rand.Rand }

func (e entropy) Read(p []byte) (int, error) {
	var b [8]byte
	for i := 0; i < len(p); i += 8 {
		binary.LittleEndian.PutUint64(b[:], e.rng.Uint64())
		copy(p[i:], b[:])
	}
	return len(p), nil
}

func (w *world) say(format string, args ...any) {
	w.report.Log = append(w.report.Log, fmt.Sprintf("%4d %s ", w.step, w.now.Format("15:04:05"))+fmt.Sprintf(format, args...))
}

func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = &Violation{Seed: w.cfg.Seed, Step: w.step, Rule: fmt.Sprintf(format, args...), Log: w.report.Log}
	}
}

// act does one thing that chance picks.
func (w *world) act() {
	w.turn()
	if w.rng.IntN(12) == 0 {
		w.fuse.left = 1 + w.rng.IntN(30)
	}
	switch n := w.rng.IntN(100); {
	case n < 22:
		w.signal()
	case n < 60:
		w.advance()
		w.pass()
	case n < 75:
		w.answer()
	case n < 88:
		w.command()
	case n < 96:
		w.pass()
	case n < 98:
		w.crash("kill -9")
	default:
		w.clockBack()
	}
}

func (w *world) signal() {
	batch := make([]alert.Signal, 1+w.rng.IntN(3))
	for i := range batch {
		key := w.rng.IntN(w.cfg.Keys)
		batch[i] = alert.Signal{
			Source: "sim", Key: alert.DedupKey(fmt.Sprintf("k%d", key)), Summary: fmt.Sprintf("thing %d is wrong", key),
			Severity: watchbill.Severity(w.rng.IntN(5)), Service: w.service(key),
		}
		if w.rng.IntN(4) == 0 {
			batch[i].Action = alert.Resolve
		}
		if w.rng.IntN(2) == 0 { // some sources say since when, some of them with a clock that is ahead
			batch[i].StartsAt = watchbill.Stamp(w.now.Add(time.Duration(w.rng.IntN(100)-90) * time.Minute))
		}
	}
	for i, v := range w.engine.Accept(context.Background(), w.clock(), batch) {
		w.say("signal %s %s: %s %s", batch[i].Action, batch[i].Key, v, v.Alert)
		if v.Err == nil {
			w.report.Signals++
			if v.Alert != "" {
				w.accepted[v.Alert] = true
			}
		}
		w.crashIf(v.Err)
	}
}

func (w *world) service(key int) watchbill.ServiceID {
	services := w.cfg.Org.Catalog.Services
	if len(services) == 0 {
		return ""
	}
	return services[key%len(services)].ID
}

// advance lets time pass: mostly until something may be due, sometimes hours.
func (w *world) advance() {
	d := time.Duration(1+w.rng.IntN(120)) * time.Second
	switch w.rng.IntN(20) {
	case 0:
		d = 2 * time.Hour
	case 1, 2:
		d = time.Duration(w.rng.IntN(30)) * time.Minute
	}
	w.now = w.now.Add(d)
}

func (w *world) clockBack() {
	w.now = w.now.Add(-time.Duration(w.rng.IntN(4*3600)) * time.Second)
	w.say("the clock is set back")
	w.pass()
}

// pass makes one pass and hands what it claims to providers, who answer now or later.
func (w *world) pass() {
	p, err := w.engine.RunOnce(context.Background(), w.clock(), func(notify.Lane) int { return 8 })
	w.say("pass: %d stepped, %d claimed, error %v", p.Stepped, len(p.Deliveries), err)
	if w.crashIf(err) {
		return
	}
	for _, d := range p.Deliveries {
		w.claimed(d)
	}
	for w.rng.IntN(3) > 0 && len(w.sending) > 0 {
		w.answer()
	}
	if p.FollowUp && w.rng.IntN(2) == 0 {
		err := w.engine.FollowUp(context.Background(), w.clock())
		w.say("follow-up: error %v", err)
		w.crashIf(err)
	}
}

// claimed checks that a message may be sent, and hands it to its provider.
func (w *world) claimed(d engine.Delivery) {
	if e := w.episode(d.Key.Alert).Episode; !e.Wants(d.Key) || d.Key.Kind == notify.KindPage && !mayPage(e, d.Key) {
		w.fail("message %s (%s) was claimed although its alert is %s, %s", d.Message.ID, d.Key.Kind, e.Alert.State, e.Escalation.Phase)
	}
	w.report.Sends++
	have := w.sent[d.Message.ID]
	if have == nil {
		have = &sends{}
		w.sent[d.Message.ID] = have
	}
	if slices.ContainsFunc(w.sending, func(o send) bool { return o.Message.ID == d.Message.ID }) {
		have.excused = true // the claim before has ended, so its answer counts no more
	}
	if have.accepted {
		w.report.Duplicates++
		if !have.excused {
			w.fail("message %s (%s of alert %s to %s, %+v) was sent again although its receipt was recorded", d.Message.ID, d.Key.Kind, d.Key.Alert,
				d.Key.User, d.Key.Attempt)
		}
		w.report.Explained++
	}
	w.sending = append(w.sending, send{d, w.host})
}

// mayPage: what is acknowledged, resolved or held pages nobody but whom somebody asked for.
func mayPage(e episode.Episode, k notify.Key) bool {
	if k.Attempt.Level < 0 {
		return e.Alert.State.Open()
	}
	return e.Alert.State == alert.Triggered && !held(e)
}

// answer lets a provider answer the oldest send: mostly it accepts.
func (w *world) answer() {
	if len(w.sending) == 0 {
		return
	}
	d := w.sending[0]
	w.sending = w.sending[1:]
	var r episode.Result
	switch n := w.rng.IntN(20); {
	case n < 3:
		r = episode.Result{Verdict: episode.Retry, Error: "busy"}
	case n < 4:
		r = episode.Result{Verdict: episode.Refused, Error: "no such address"}
	}
	w.reportOne(d, r)
}

// reportOne lets the host that sent a message hear what became of it.
func (w *world) reportOne(d send, r episode.Result) {
	s := w.sent[d.Message.ID]
	s.accepted = s.accepted || r.Verdict == episode.Accepted
	s.excused = s.excused || w.now.Add(maxSkew).After(d.Until) // somebody else may have claimed it
	w.host = d.by
	err := w.engine.Report(context.Background(), w.clock(), []engine.Outcome{{Delivery: d.Delivery, Result: r}})
	w.say("provider says %s to %s %+v, error %v", r.Verdict, d.Key.User, d.Key.Attempt, err)
	if err != nil {
		s.excused = true
	}
	w.crashIf(err)
}

func (w *world) command() {
	id, ok := w.someAlert()
	if !ok || len(w.cfg.Org.Catalog.Users) == 0 {
		return
	}
	in := w.someCommand(id)
	_, err := w.engine.Act(context.Background(), w.clock(), id, in)
	w.say("%T %s %+v: %v", in, id, in, err)
	if errors.Is(err, errCrash) {
		w.crashIf(err)
	}
}
