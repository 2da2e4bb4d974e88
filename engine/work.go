package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// work is what one transaction does to some episodes: they are loaded, stepped as often as need be, and written once.
type work struct {
	e   *Engine
	tx  store.Tx
	org *oncall.Org
	now time.Time

	first int // which lane is served first

	bench
	broken []watchbill.AlertID

	shared    shared
	unsettled []*item             // whose changes others have not heard of yet
	cascades  []watchbill.AlertID // groups whose members are to follow what was done to them
	failed    error               // of the store, where it could not be returned

	doing string // what a span of it is called
	left  left
}

// bench is what a transaction works at, and the next one after it.
type bench struct {
	items map[watchbill.AlertID]*item
	order []*item // in which they were first touched
	made  []*item // all that there are, in use or not
	used  int     // how many of them are

	stepper  *episode.Stepper
	writes   []store.Write
	incoming []incoming
	found    map[alert.Ref]*item
}

func newBench() bench {
	return bench{items: map[watchbill.AlertID]*item{}, found: map[alert.Ref]*item{}, stepper: &episode.Stepper{}}
}

// empty lets go of everything but the memory.
func (b *bench) empty() {
	for _, it := range b.made[:b.used] {
		clear(it.out.Entries)
		*it = item{out: episode.Outcome{Entries: it.out.Entries[:0]}}
	}
	clear(b.items)
	clear(b.found)
	clear(b.incoming)
	b.order, b.used = b.order[:0], 0
}

// left is what a transaction leaves to be done once it is committed.
type left struct {
	noted []wellAt // what was written down of contacts
	spans []Span   // of what was written
}

// item is one episode under work.
type item struct {
	episode.Episode
	want    store.Version
	loaded  watchbill.Severity // before the first step
	changed bool
	out     episode.Outcome // of all steps together
	was     snapshot        // as others know it
	began   time.Time       // what is done to it, for its span; zero: with the transaction
}

// working works in a transaction, again if somebody else was quicker. Nothing of the work may be kept but what is left.
func (e *Engine) working(ctx context.Context, now time.Time, fn func(*work) error) (done left, err error) {
	err = e.update(ctx, func(tx store.Tx) error {
		w, err := e.work(tx, now)
		if err != nil {
			return err
		}
		defer w.done()
		err = fn(w)
		done = w.left
		return err
	})
	return done, err
}

func (e *Engine) work(tx store.Tx, now time.Time) (*work, error) {
	org, err := e.orgs.current(tx)
	if err != nil {
		return nil, err
	}
	w, ok := e.works.Get().(*work)
	if !ok {
		w = &work{e: e, bench: newBench(), shared: newShared()}
	}
	w.tx, w.org, w.now = tx, org, now
	return w, nil
}

// done gives the memory of a transaction that has ended to the next one: there are many, and most of what each takes is this.
func (w *work) done() {
	w.empty()
	*w = work{e: w.e, bench: w.bench, shared: newShared()}
	w.e.works.Put(w)
}

// load brings episodes in. What cannot be read goes into quarantine.
func (w *work) load(ids []watchbill.AlertID) error {
	stored, err := w.tx.Episodes().Get(ids)
	if err != nil {
		return err
	}
	for _, s := range stored {
		w.add(s)
	}
	return nil
}

// add brings one episode in, and returns it; nil if nobody can work on it.
func (w *work) add(s store.Stored) *item {
	if known, ok := w.items[s.Episode.Alert.ID]; ok { // it has been worked on already
		return known
	}
	switch {
	case s.Quarantined:
		return nil
	case s.Err != nil:
		w.breakDown(s.Episode.Alert.ID, s.Err)
		return nil
	}
	return w.put(s.Episode, s.Version)
}

func (w *work) put(ep episode.Episode, want store.Version) *item {
	if w.used == len(w.made) {
		w.made = append(w.made, &item{})
	}
	it := w.made[w.used]
	w.used++
	it.Episode, it.want, it.loaded, it.was = ep, want, ep.Alert.Severity, snapshotOf(ep)
	if ep.Alert.ID != "" {
		w.items[ep.Alert.ID] = it
	}
	w.order = append(w.order, it)
	return it
}

// guard puts an episode into quarantine if what was done with it panicked, and says so in ok.
func (w *work) guard(it *item, ok *bool) {
	r := recover()
	if r == nil {
		return
	}
	if ok != nil {
		*ok = false
	}
	w.e.log.Error("work on an alert panicked", "alert", it.Alert.ID, "panic", r, "stack", string(debug.Stack()))
	w.drop(it, fmt.Errorf("engine: alert %s cannot be worked on: %v", it.Alert.ID, r))
}

// step takes an episode further. One that panics goes into quarantine as it was, and the error says so.
func (w *work) step(it *item, in episode.Input) (err error) {
	well := true
	defer func() {
		if !well {
			err = fmt.Errorf("engine: alert %s cannot be stepped", it.Alert.ID)
		}
	}()
	defer w.guard(it, &well)
	next, out := w.stepper.Step(w.world(), it.Episode, w.now, in)
	it.changed = it.changed || len(out.Entries) > 0 || next.Repeats != it.Repeats || next.Seq != it.Seq
	if it.Alert.ID == "" && next.Alert.ID != "" {
		w.items[next.Alert.ID] = it
	}
	it.Episode = next
	it.collect(out)
	w.remember(out)
	if len(out.Entries) > 0 {
		w.unsettled = append(w.unsettled, it)
	}
	return nil
}

// collect adds the outcome of a further step: what it cancels may be what an earlier one sends.
func (it *item) collect(out episode.Outcome) {
	it.out.Entries = append(it.out.Entries, out.Entries...)
	if out.CancelAll {
		it.out.CancelAll, it.out.Cancel, it.out.Send = true, nil, nil
	}
	it.out.Send = slices.DeleteFunc(it.out.Send, func(o episode.Outgoing) bool { return slices.Contains(out.Cancel, o.ID) })
	it.out.Cancel = append(it.out.Cancel, out.Cancel...)
	it.out.Send = append(it.out.Send, out.Send...)
}

func (w *work) drop(it *item, why error) {
	if it.want != 0 {
		w.breakDown(it.Alert.ID, why)
		return
	}
	delete(w.items, it.Alert.ID)
	w.order = slices.DeleteFunc(w.order, func(o *item) bool { return o == it })
}

func (w *work) breakDown(id watchbill.AlertID, why error) {
	w.e.log.Error("alert goes into quarantine", "alert", id, "error", why)
	if !slices.Contains(w.broken, id) {
		w.broken = append(w.broken, id)
	}
	if it := w.items[id]; it != nil { // nothing that was done with it is written
		delete(w.items, id)
		w.order = slices.DeleteFunc(w.order, func(o *item) bool { return o == it })
	}
}

// flush writes everything, and forgets it: the same transaction may load it again.
func (w *work) flush() error {
	if err := cmp.Or(w.stepBack(), w.settle()); err != nil {
		return err
	}
	if err := w.quarantine(); err != nil {
		return err
	}
	if err := cmp.Or(w.settle(), w.writeShared(), w.keepCascades()); err != nil {
		return err
	}
	defer func() {
		clear(w.items)
		w.order = w.order[:0]
	}()
	w.writes = w.writes[:0]
	for _, it := range w.order {
		if it.changed {
			w.writes = append(w.writes, store.Write{Episode: it.Episode, Want: it.want})
		}
	}
	if len(w.writes) == 0 {
		return nil
	}
	err := w.tx.Episodes().Put(w.writes)
	clear(w.writes)
	if err != nil {
		return err
	}
	if err := w.flushOutcomes(); err != nil {
		return err
	}
	return w.markChanges()
}

// stepBack lets the waits of what is written begin anew by a clock that was set back: a pass that has not looked at it yet would
// find it waiting for what the clock was.
func (w *work) stepBack() error {
	behind := func(it *item) bool { return it.changed && it.Alert.State.Open() && it.Last.After(w.now.Add(maxSkew)) }
	if !slices.ContainsFunc(w.order, behind) {
		return nil
	}
	mark, _, err := readMark(w.tx)
	if err != nil {
		return err
	}
	for _, it := range slices.Clone(w.order) {
		if behind(it) {
			_ = w.step(it, episode.Tick{UpSince: mark.UpSince}) // one that cannot be stepped goes into quarantine
		}
	}
	return nil
}

func (w *work) flushOutcomes() error {
	var deliveries []store.Delivery
	for _, it := range w.order {
		w.announce(it)
		w.span(it)
		if len(it.out.Entries) > 0 {
			if err := w.tx.Timeline().Append(timeline.Alert(it.Alert.ID), it.out.Entries); err != nil {
				return err
			}
		}
		if err := w.cancel(it); err != nil {
			return err
		}
		for _, o := range it.out.Send {
			deliveries = append(deliveries, store.Delivery{ID: o.ID, Key: o.Key, Lane: o.Lane, DueAt: o.DueAt})
		}
	}
	if len(deliveries) == 0 {
		return nil
	}
	return w.tx.Outbox().Enqueue(deliveries)
}

// announce logs what somebody must hear who reads logs only.
func (w *work) announce(it *item) {
	for _, entry := range it.out.Entries {
		if entry.Kind == episode.KindGaveUp {
			w.e.log.Error(episode.Describe(entry), "alert", it.Alert.ID, "summary", it.Alert.Summary)
		}
	}
}

func (w *work) cancel(it *item) error {
	switch {
	case it.want == 0: // nothing of it is in the store yet
		return nil
	case it.out.CancelAll:
		return w.tx.Outbox().Cancel(it.Alert.ID, nil)
	case len(it.out.Cancel) > 0:
		return w.tx.Outbox().Cancel(it.Alert.ID, it.out.Cancel)
	}
	return nil
}

// quarantine takes broken rows out of service, and raises an alert about each that pages the catch-all.
func (w *work) quarantine() error {
	for _, id := range w.broken {
		if err := w.tx.Episodes().Admin().Quarantine(id); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		name, err := w.e.ids.next(w.now)
		if err != nil {
			return err
		}
		it := w.put(episode.Episode{}, 0)
		_ = w.step(it, episode.Signal{ID: watchbill.AlertID(name), Signal: alert.Signal{
			Source: "watchbill", Key: alert.DedupKey("quarantine:" + string(id)), Severity: watchbill.SeverityCritical,
			Summary: fmt.Sprintf("alert %s cannot be read or stepped and pages nobody; look at it by hand", id),
		}})
		w.e.cfg.Observer.Quarantined(id)
		w.cascades = append(w.cascades, id) // if it had members, somebody else must page for them
	}
	w.broken = nil
	return nil
}
