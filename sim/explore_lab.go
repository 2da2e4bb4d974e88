package sim

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// lab is a world in which nothing happens but by choice.
type lab struct {
	x       *Exploration
	w       *world
	seats   []*seat
	inputs  []progress
	crashes int // that may still happen, as the next two
	stalls  int
	faults  int
	treat   Provider // of the message that is being sent
	commits int      // so far

	attentive bool    // notes what transactions read
	teller    *teller // nil: nobody listens
}

// seat is an engine, with what its loop has under way.
type seat struct {
	h       *host
	flow    *flow // nil: idle
	args    string
	began   time.Time
	reads   []read
	inHand  []inHand
	heard   []engine.Outcome
	owed    []job
	passed  time.Time // its latest pass; zero: none
	upSince time.Time // as it then was in the store
}

// read is when a transaction of a method began, and what it found.
type read struct {
	at      time.Time
	store   digest
	commits int
}

// inHand is a message that an engine has claimed and not handed over yet.
type inHand struct {
	engine.Delivery
	token string
}

// progress is what has become of an input.
type progress int

const (
	waiting  progress = iota
	underWay          // an engine has it
	repeated          // whoever sent it has no answer, and will send it again
	done
)

// newLab returns a world at its beginning: engines of the exploration on a store that has what is configured.
func newLab(x *Exploration, configured []store.Item) *lab {
	l := &lab{x: x, inputs: make([]progress, len(x.Inputs)), crashes: x.Crashes, stalls: x.Stalls, faults: x.Faults}
	l.w = emptyWorld(Scenario{Org: x.Org, Start: x.Start, For: forGood, Engines: x.Engines, Audit: true,
		Treats: func(*Alert, notify.Message, int) (Provider, bool) { return l.treat, true },
		Open: func() store.Store {
			s := x.Open()
			if err := s.Import(context.Background(), each(configured)); err != nil {
				panic(err) // it was taken out of another one just so
			}
			return s
		}})
	if x.Optimistic {
		l.w.handOver = append(l.w.handOver, "commit")
	}
	n := &names{w: l.w}
	l.w.entropy = func(*rand.Rand) io.Reader { return n }
	for _, h := range l.w.hosts {
		h.skew = 0
		h.boot()
		l.seats = append(l.seats, &seat{h: h})
	}
	return l
}

const forGood = 100 * 365 * 24 * time.Hour

// each returns items one by one.
func each(items []store.Item) func() (store.Item, error) {
	return func() (item store.Item, err error) {
		if len(items) == 0 {
			return item, io.EOF
		}
		item, items = items[0], items[1:]
		return item, nil
	}
}

// close ends the methods that are under way.
func (l *lab) close() {
	for _, s := range l.seats {
		s.h.life.over = true
		if s.flow != nil {
			s.flow.stop()
		}
	}
}

// names makes what all engines name things by: alerts by how many there were, so that the same alert has the same name
// whatever happened before, and claims by turns.
type names struct {
	w     *world
	turns uint64
}

// Read fills p, of the eight bytes of an alert or the sixteen of a claim.
func (n *names) Read(p []byte) (int, error) {
	clear(p)
	if len(p) == 8 {
		binary.BigEndian.PutUint64(p, uint64(len(n.w.h.Alerts)))
		return len(p), nil
	}
	n.turns++
	binary.BigEndian.PutUint64(p, n.turns)
	return len(p), nil
}

// begin lets an idle engine begin a method, which goes on to its second transaction, its end, or where it is to stop.
func (l *lab) begin(s *seat, j job, args, stop string) {
	s.flow, s.args, s.began, s.reads = s.h.flow(j), args, l.w.now, nil
	l.run(s, stop, 1)
}

// goOn lets a method go on to its next transaction, its end, or where it is to stop.
func (l *lab) goOn(s *seat, stop string) {
	if s.h.life.at != "commit" {
		l.reads(s)
	}
	l.run(s, stop, 0)
}

// run lets a method go on, past so many beginnings of transactions.
func (l *lab) run(s *seat, stop string, past int) {
	for {
		if _, more := s.flow.next(); !more {
			f := s.flow
			s.flow, s.h.life.yield = nil, nil
			f.job.then(f.err)
			return
		}
		switch at := s.h.life.at; {
		case at == "committed":
			l.commits++
			if stop == at {
				l.crash(s)
				return
			}
		case at == stop:
			l.stalls--
			return
		case at != "commit" && past == 0:
			return
		case at != "commit":
			past--
			l.reads(s)
		}
	}
}

// reads notes what the transaction finds that begins.
func (l *lab) reads(s *seat) {
	r := read{at: l.w.now, commits: l.commits}
	if l.attentive {
		r.store = digestOf(l.storeText(&sight{}))
	}
	s.reads = append(s.reads, r)
}

// midway reports whether a method is parked that has begun a transaction.
func (l *lab) midway() bool {
	return slices.ContainsFunc(l.seats, func(s *seat) bool { return s.flow != nil && len(s.reads) > 0 })
}

// crash ends an engine, and starts another in its place.
func (l *lab) crash(s *seat) {
	l.crashes--
	l.w.h.Crashes++
	s.h.life.over = true
	if f := s.flow; f != nil {
		f.stop()
		s.h.lose(f.job)
	}
	s.h.boot()
	*s = seat{h: s.h}
}

// input is what somebody wants of an engine.
func (l *lab) input(n int) job {
	l.inputs[n] = underWay
	settle := func(err error) {
		if l.inputs[n] = done; failedStore(err) {
			l.inputs[n] = repeated
		}
	}
	lost := func() { l.inputs[n] = repeated }
	if s, ok := l.x.Inputs[n].(Signal); ok {
		var v engine.Verdict
		return job{lost: lost,
			do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
				v = e.Accept(ctx, now, []alert.Signal{alert.Signal(s)})[0]
				return v.Err
			},
			then: func(err error) {
				if settle(err); err == nil && v.Alert != "" {
					l.w.audit.accepted[v.Alert] = true
				}
			}}
	}
	c := l.x.Inputs[n].(Command)
	id := l.w.newest[c.Key].ID
	return job{lost: lost,
		then: func(err error) {
			if settle(err); err == nil {
				l.w.audit.said(id, c.Input)
			}
		},
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			_, err := e.Act(ctx, now, id, c.Input)
			return err
		}}
}

// pass is an engine's pass. What it claims is in hand then.
func (l *lab) pass(s *seat) job {
	var p engine.Pass
	return job{
		do: func(ctx context.Context, e *engine.Engine, now time.Time) (err error) {
			p, err = e.RunOnce(ctx, now, s.h.room)
			return err
		},
		then: func(err error) {
			if err != nil {
				return
			}
			s.passed, s.upSince = s.began, l.upSince()
			for _, d := range p.Deliveries {
				s.inHand = append(s.inHand, inHand{d, l.w.audit.holds[d.Message.ID].Token})
			}
			if p.FollowUp {
				s.owed = append(s.owed, l.owed("follow-up", (*engine.Engine).FollowUp))
			}
			if p.LookAgain {
				s.owed = append(s.owed, l.owed("look again", (*engine.Engine).LookAgain))
			}
		}}
}

func (l *lab) owed(name string, do func(*engine.Engine, context.Context, time.Time) error) job {
	return job{name: name, then: func(error) {},
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error { return do(e, ctx, now) }}
}

// report lets an engine write down what it heard from providers.
func (l *lab) report(s *seat) job {
	list, began := s.heard, l.w.now
	s.heard = nil
	return job{
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			s.h.telling = list
			return e.Report(ctx, now, list)
		},
		then: func(err error) {
			s.h.telling = nil
			if err != nil {
				s.heard = append(list, s.heard...)
				return
			}
			l.w.audit.recorded(list, began)
		}}
}

// answer lets a provider answer a message.
func (l *lab) answer(s *seat, n int, treat Provider) {
	d := s.inHand[n]
	s.inHand = slices.Delete(s.inHand, n, n+1)
	l.treat = treat
	o, _ := s.h.sendOne(d.Delivery)
	s.heard = append(s.heard, o)
}

// nearlyOver reports whether a claim ends too soon for its message to be sent.
func (l *lab) nearlyOver(d inHand) bool {
	return l.w.now.Add(engine.DefaultSendTimeout).After(d.Until)
}

// peaceFor is more than what stands in the way of a message may last: a claim of a dead engine, and the longest pause between
// two sends.
const peaceFor = 2 * longestWait

// peace lets all that is under way come to its end without anything that goes wrong, and looks at what is left.
func (l *lab) peace() {
	if l.teller != nil {
		l.teller.choice(l.w, "from here on nothing goes wrong any more")
	}
	end := l.w.now.Add(peaceFor)
	for l.w.broken == nil {
		for _, s := range l.seats {
			l.atPeace(s)
		}
		due, next := l.comes()
		if due {
			continue
		}
		if next.IsZero() || next.After(end) {
			break
		}
		l.w.now = next
	}
	if l.w.broken == nil {
		l.w.audit.atTheEnd()
	}
}

// comes returns whether a pass would find something now, and else when; zero: never.
func (l *lab) comes() (due bool, next time.Time) {
	err := l.w.store.View(context.Background(), func(tx store.Tx) error {
		alerts, wake, err1 := tx.Episodes().Due(l.w.now, 1)
		lanes, err2 := tx.Outbox().Lanes(l.w.now)
		ready, err3 := tx.Outbox().Next(l.w.now)
		if next = wake; next.IsZero() || !ready.IsZero() && ready.Before(next) {
			next = ready
		}
		due = len(alerts)+len(lanes) > 0
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		l.w.fail("what comes next: %v", err)
	}
	return due, next
}

// atPeace lets an engine do all that it has to do now.
func (l *lab) atPeace(s *seat) {
	for s.flow != nil {
		l.goOn(s, "")
	}
	do := func(j job) {
		for l.begin(s, j, "", ""); s.flow != nil; {
			l.goOn(s, "")
		}
	}
	for n, is := range l.inputs {
		if is == repeated {
			do(l.input(n))
		}
	}
	do(l.pass(s))
	for _, j := range s.owed {
		do(j)
	}
	s.owed = nil
	for len(s.inHand) > 0 {
		l.answer(s, 0, Provider{})
	}
	if len(s.heard) > 0 {
		do(l.report(s))
	}
}

// upSince is since when signals could come in, as the store has it.
func (l *lab) upSince() time.Time {
	var mark struct {
		UpSince time.Time `json:"up_since"`
	}
	if data := l.w.audit.value("engine.pulse"); json.Unmarshal(data, &mark) != nil {
		return time.Time{}
	}
	return mark.UpSince
}
