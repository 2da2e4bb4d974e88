package replay

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

const (
	// rest is how long a replay goes on after the last thing that was recorded.
	rest = 6 * time.Hour
	// maxRepeats is how many unchanged signals in a row are played.
	maxRepeats = 500
	// tick is the shortest time that is stored.
	tick = time.Microsecond
)

// inForce is a configuration, and since when it was in force.
type inForce struct {
	since  time.Time
	config oncall.Config
}

// scenario is the world in which a record is played.
func (st *stage) scenario(configs []inForce, q Question) sim.Scenario {
	start, end := st.span()
	kept := memory.New()
	s := sim.Scenario{
		Org: configs[0].config, Compile: q.Compile, Start: start, For: end.Sub(start) + tick, Rest: rest,
		Others: sim.Person{Misses: 1}, Providers: map[notify.Channel]sim.Provider{},
		Sources: []sim.Source{st.signals()},
		React:   st.react, Treats: st.treats,
		Open: func() store.Store { return kept },
	}
	if st.open() { // the record ends here, so what would come next cannot be compared
		s.Rest = tick
	}
	must(add(kept, start, configs[0].config)) // [engine.Engine.Configure] leaves alone what people made
	for _, c := range configs {
		for _, channel := range c.config.Channels() {
			s.Providers[channel] = sim.Provider{}
		}
	}
	for _, c := range configs[1:] {
		s.Acts = append(s.Acts, sim.Act{After: c.since.Sub(start), Do: sim.Do{Name: "the configuration changes",
			With: func(_ context.Context, _ *engine.Engine, now time.Time) error { return add(kept, now, c.config) }}})
	}
	return s
}

// add puts a configuration in force, with what people made.
func add(s store.Store, now time.Time, c oncall.Config) error {
	data, err := c.Encode()
	if err != nil {
		return err
	}
	return s.Update(context.Background(), func(tx store.Tx) error {
		_, err := tx.Revisions().Add(now, data)
		return err
	})
}

func must(err error) {
	if err != nil {
		panic(err) // a store in memory takes what was checked
	}
}

// span is from the first opening to the last thing that was recorded of what is played.
func (st *stage) span() (start, end time.Time) {
	start = st.record.alerts[0].opened()
	for _, a := range st.record.alerts {
		if l := last(a.Episode); l.After(end) {
			end = l
		}
	}
	if st.open() {
		end = st.record.end
	}
	return start, end
}

// open reports whether one that was asked for is open at the end of the record.
func (st *stage) open() bool {
	return slices.ContainsFunc(st.record.alerts, func(a *recorded) bool { return a.chosen && a.Alert.State.Open() })
}

// signals returns what sources said.
func (st *stage) signals() (all sim.Recorded) {
	for _, a := range st.record.alerts {
		heard := a.heard
		if a.Repeats > 0 {
			heard = append(slices.Clip(heard), episode.Heard{At: a.Alert.LastSeenAt, Times: a.Repeats, Input: episode.Signal{Signal: a.latest()}})
		}
		before := a.opened()
		for _, h := range heard {
			if s, ok := h.Input.(episode.Signal); ok {
				all = append(all, spread(s.Signal, before, h)...)
				before = h.At
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sim.RecordedSignal) int { return a.At.Compare(b.At) })
	return all
}

// latest returns the latest signal that triggers.
func (r *recorded) latest() (latest alert.Signal) {
	for _, h := range r.heard {
		if s, ok := h.Input.(episode.Signal); ok && s.Signal.Action == alert.Trigger {
			latest = s.Signal
		}
	}
	return latest
}

// spread returns a signal that came several times, evenly since the one before, the last one when it came.
func spread(s alert.Signal, before time.Time, h episode.Heard) (all []sim.RecordedSignal) {
	n := min(h.Times, maxRepeats)
	for i := range n {
		at := before.Add(h.At.Sub(before) / time.Duration(n) * time.Duration(i+1))
		if i == n-1 {
			at = h.At
		}
		all = append(all, sim.RecordedSignal{At: watchbill.Stamp(at), Signal: s})
	}
	return all
}

// sender is a contact of a person, and what goes there.
type sender struct {
	user    watchbill.UserID
	contact notify.ContactID
	kind    notify.Kind
	byHand  bool // beside the policy
}

// treats says what becomes of a message: what became of the one that was recorded in its place.
func (st *stage) treats(a *sim.Alert, m notify.Message, try int) (sim.Provider, bool) {
	who := sender{m.User, m.Contact.ID, m.Kind, m.Level < 0}
	if m.Kind == notify.KindSummary {
		who.kind = notify.KindPage // it stands for one of each alert
	}
	r := st.run(a)
	if try == 1 {
		r.taken[who]++
		for _, item := range m.Items {
			if other := st.named[item.Alert]; other != nil && other != r {
				other.taken[who]++
			}
		}
	}
	if r.told == nil {
		return sim.Provider{}, true
	}
	all := r.told.receipts(who)
	if len(all) == 0 {
		return sim.Provider{}, true
	}
	n := r.taken[who] - 1
	tries := all[min(n, len(all)-1)]
	got := tries[min(try, len(tries))-1]
	if n >= len(all) && got.result.Verdict != episode.Refused { // refused stays refused; else it is well again
		return sim.Provider{Takes: sim.Always(tries[0].took)}, true
	}
	p := sim.Provider{}
	if try == 1 { // later ones came when the engine tried again, which it does here too
		p.Takes = sim.Always(got.took)
	}
	switch got.result.Verdict {
	case episode.Refused:
		p.Refuses = 1
	case episode.Retry:
		p.Fails = 1
		if try > len(tries) { // it was never tried so often
			p.Fails = 0
		}
	case episode.Accepted, episode.Limited:
	}
	if got.result.Verdict != episode.Accepted && try == 1 {
		r.note(m.User, Provided, "%s of %s: %s, as recorded", m.Contact.ID, m.User, fate(got.result))
	}
	return p, true
}

func fate(r episode.Result) string {
	switch r.Verdict {
	case episode.Refused:
		return "its provider refuses the page"
	case episode.Limited:
		return "the page was held back since too many had gone there, and is sent here"
	}
	return "its provider fails at first"
}

// got is what became of one send.
type got struct {
	result episode.Result
	since  time.Time // it was queued, or failed before
	took   time.Duration
}

// receipts returns what became of each message to a contact, in the order in which they were queued, try by try.
func (r *recorded) receipts(who sender) (all [][]got) {
	index := map[notify.Key]int{}
	for _, h := range r.heard {
		in, ok := h.Input.(episode.Receipt)
		if !ok || who != (sender{in.Key.User, in.Contact, in.Key.Kind, in.Key.Attempt.Level < 0}) {
			continue
		}
		i, known := index[in.Key]
		if !known {
			i = len(all)
			index[in.Key] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], got{in.Result, h.At.Add(-h.Took), min(h.Took, engine.DefaultSendTimeout-tick)})
	}
	slices.SortStableFunc(all, func(a, b []got) int { return a[0].since.Compare(b[0].since) })
	return all
}

// configs returns what is in force while a record is played: what is tried, with what people made; without it, what was.
func configs(ctx context.Context, s store.Store, q Question, start, end time.Time) ([]inForce, error) {
	e, err := engine.New(engine.Config{Store: s, Compile: q.Compile})
	if err != nil {
		return nil, err
	}
	instants, err := revisions(ctx, s, start, end)
	if err != nil {
		return nil, err
	}
	var all []inForce
	for _, at := range instants {
		org, err := e.OrgAt(ctx, at.Add(tick), at)
		if err != nil {
			return nil, fmt.Errorf("replay: the configuration in force at %s: %w", at.Format(time.RFC3339), err)
		}
		c := org.Config()
		if q.Org != nil {
			made := c
			c = *q.Org
			c.Overrides, c.Made, c.Personal = made.Overrides, made.Made, made.Personal
		}
		c.Heartbeats, c.Keep, c.Holds = nil, oncall.Keep{}, nil // what was overdue is recorded; nothing is removed
		if _, err := oncall.New(c, 0); err != nil {
			return nil, err
		}
		all = append(all, inForce{at, c})
	}
	return all, nil
}

// revisions returns the start, and when configurations came in force after it, up to the end.
func revisions(ctx context.Context, s store.Store, start, end time.Time) (at []time.Time, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		at = []time.Time{start}
		number, err := tx.Revisions().Number()
		for n := int64(1); err == nil && n <= number; n++ {
			rev, failed := tx.Revisions().Get(n)
			if failed != nil {
				return failed
			}
			if rev.EffectiveAt.After(start) && !rev.EffectiveAt.After(end) {
				at = append(at, rev.EffectiveAt)
			}
		}
		return err
	})
	slices.SortFunc(at, time.Time.Compare)
	return slices.Compact(at), err
}
