package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
)

// Verdict says what became of one signal. Err nil means that it is committed.
type Verdict struct {
	Decision alert.Decision
	Alert    watchbill.AlertID // that it opened or is about; empty if it is about none
	Dropped  string            // the rule that says that it opens no alert; empty: none does
	Err      error
}

// Errors of commands and signals, for errors.Is.
var (
	ErrUnknownUser   = errors.New("engine: there is no such user")
	ErrUnknownTarget = errors.New("engine: the signal names a service, policy or user that does not exist")
	ErrBusy          = errors.New("engine: too many signals wait to be taken in; send these again later")
	ErrStopped       = errors.New("engine: it is not running any more")
	ErrLimited       = errors.New("engine: the source has opened as many alerts as its limit allows; send it again later")
)

// Accept takes signals in, in order and in one transaction, and returns a verdict for each. A signal that cannot be
// taken in does not touch its neighbours; if the transaction fails, every verdict says so, and nothing is committed. A
// [store.Roomy] that has no room is not asked: the error is [store.ErrFull].
func (e *Engine) Accept(ctx context.Context, now time.Time, signals []alert.Signal) []Verdict {
	return e.accept(ctx, now, signals, nil)
}

// accept is Accept, of signals that came in earlier.
func (e *Engine) accept(ctx context.Context, now time.Time, signals []alert.Signal, came []time.Time) []Verdict {
	if len(signals) == 0 {
		return nil
	}
	verdicts := make([]Verdict, len(signals))
	now = watchbill.Stamp(now)
	left, err := e.acceptOnce(ctx, now, signals, verdicts)
	for err != nil && e.mend(ctx, now, err) {
		left, err = e.acceptOnce(ctx, now, signals, verdicts)
	}
	if err == nil {
		e.traceIntake(left.spans, now, verdicts, came)
	}
	e.sayFull(err)
	for i := range verdicts {
		if err != nil {
			verdicts[i] = Verdict{Err: err}
		}
		e.cfg.Observer.Signal(verdicts[i].String())
	}
	e.wake()
	return verdicts
}

func (e *Engine) acceptOnce(ctx context.Context, now time.Time, signals []alert.Signal, verdicts []Verdict) (left, error) {
	if err := e.room(); err != nil {
		return left{}, err
	}
	return e.working(ctx, now, func(w *work) error {
		clear(verdicts)
		w.doing = SpanIntake
		return w.accept(signals, verdicts)
	})
}

// String returns the decision in words, or "error".
func (v Verdict) String() string {
	switch {
	case errors.Is(v.Err, ErrLimited):
		return "limited"
	case v.Err != nil:
		return "error"
	case v.Dropped != "":
		return "dropped"
	}
	return v.Decision.String()
}

// incoming is a signal after the rules of its source.
type incoming struct {
	signal alert.Signal
	routed route.Routed
}

func (w *work) accept(signals []alert.Signal, verdicts []Verdict) error {
	all := w.incoming[:0]
	for _, s := range signals {
		all = append(all, w.route(s))
	}
	w.incoming = all
	newest, err := w.newest(all)
	if err != nil {
		return err
	}
	for i, in := range all {
		if verdicts[i], err = w.take(in, newest); err != nil {
			return err
		}
		if err := w.settle(); err != nil { // what is open, and who is held, counts for the next one
			return err
		}
	}
	return w.flush()
}

// newest loads the newest episode of each signal's key. What it returns is good until the next call.
func (w *work) newest(all []incoming) (map[alert.Ref]*item, error) {
	var refs []alert.Ref
	found := w.found
	clear(found)
	for _, in := range all {
		if _, seen := found[in.signal.Ref()]; in.signal.Key != "" && !seen {
			found[in.signal.Ref()] = nil
			refs = append(refs, in.signal.Ref())
		}
	}
	if len(refs) == 0 {
		return found, nil
	}
	stored, err := w.tx.Episodes().Newest(refs)
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		if it := w.add(s); it != nil { // one that nobody can work on counts as none: the signal opens a new alert
			found[it.Ref()] = it
		}
	}
	return found, nil
}

// take takes one signal in.
func (w *work) take(in incoming, newest map[alert.Ref]*item) (Verdict, error) {
	sig := in.signal
	if !known(w.org, sig) {
		return Verdict{Err: fmt.Errorf("%w: service %q, policy %q, user %q", ErrUnknownTarget, sig.Service, sig.Policy, sig.User)}, nil
	}
	if sig.StartsAt.After(w.now) {
		sig.StartsAt = w.now // a source whose clock is ahead must not make its later signals look stale
	}
	in.signal = sig
	it := newest[sig.Ref()]
	var have alert.Alert
	if it != nil {
		have = it.Alert
	}
	v := Verdict{Decision: alert.Decide(have, sig), Alert: have.ID}
	switch v.Decision {
	case alert.Applies:
		if err := w.step(it, episode.Signal{Signal: sig, Routed: in.routed}); err != nil { // it is in quarantine now
			delete(newest, sig.Ref())
			return w.take(in, newest)
		}
	case alert.Opens:
		return w.open(in, have, newest)
	case alert.Stale, alert.Nothing:
	}
	return v, nil
}

// open opens an alert, unless a rule or the source's limit says otherwise.
func (w *work) open(in incoming, before alert.Alert, newest map[alert.Ref]*item) (Verdict, error) {
	switch {
	case in.routed.Drop:
		return Verdict{Decision: alert.Nothing, Dropped: in.routed.By}, nil
	case !w.e.allowed(w.org, in.signal.Source, w.now):
		return Verdict{Err: ErrLimited}, nil
	}
	name, err := w.e.ids.next(w.now)
	if err != nil {
		return Verdict{}, err
	}
	id, sig := watchbill.AlertID(name), in.signal
	if sig.Key == "" {
		sig.Key = alert.DedupKey(id)
	}
	opens := episode.Signal{ID: id, Signal: sig, Routed: in.routed, Before: before}
	g, _ := w.grouped(in)
	if g.head != nil {
		opens.Parent = g.head.Alert.ID
	}
	if g.why != "" {
		opens.Signal.Notes = append(slices.Clip(opens.Signal.Notes), "group: "+g.why)
	}
	it := w.put(episode.Episode{}, 0)
	if err = w.step(it, opens); err == nil {
		newest[sig.Ref()] = it
		g.joined(it.Alert, w.now)
	}
	return Verdict{Decision: alert.Opens, Alert: id, Err: err}, nil
}

// known reports whether what the signal is for exists. A signal for nothing in particular is for the catch-all.
func known(org *oncall.Org, s alert.Signal) bool {
	_, user := org.User(s.User)
	_, policy := org.Policy(s.Policy)
	_, service := org.Service(s.Service)
	return (s.User == "" || user) && (s.Policy == "" || policy) && (s.Service == "" || service)
}

// Lookup returns an alert; [store.ErrNotFound] if there is none with that ID.
func (e *Engine) Lookup(ctx context.Context, id watchbill.AlertID) (episode.Episode, error) {
	var found []store.Stored
	err := e.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.Episodes().Get([]watchbill.AlertID{id})
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("engine: alert %q: %w", id, store.ErrNotFound)
	}
	if i := slices.IndexFunc(found, func(s store.Stored) bool { return s.Err != nil }); i >= 0 {
		err = found[i].Err
	}
	if err != nil {
		return episode.Episode{}, err
	}
	return found[0].Episode, nil
}
