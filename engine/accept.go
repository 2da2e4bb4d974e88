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
	"github.com/watchbill/watchbill/store"
)

// Verdict says what became of one signal. Err nil means that it is committed.
type Verdict struct {
	Decision alert.Decision
	Alert    watchbill.AlertID // that it opened or is about; empty if it is about none
	Err      error
}

// Errors of commands and signals, for errors.Is.
var (
	ErrUnknownUser   = errors.New("engine: there is no such user")
	ErrUnknownTarget = errors.New("engine: the signal names a service, policy or user that does not exist")
	ErrStopped       = errors.New("engine: it is not running any more")
)

// Accept takes signals in, in order and in one transaction, and returns a verdict for each. A signal that cannot be
// taken in does not touch its neighbours; if the transaction fails, every verdict says so, and nothing is committed.
func (e *Engine) Accept(ctx context.Context, now time.Time, signals []alert.Signal) []Verdict {
	if len(signals) == 0 {
		return nil
	}
	verdicts := make([]Verdict, len(signals))
	now = watchbill.Stamp(now)
	err := e.acceptOnce(ctx, now, signals, verdicts)
	for err != nil && e.mend(ctx, now, err) {
		err = e.acceptOnce(ctx, now, signals, verdicts)
	}
	for i := range verdicts {
		if err != nil {
			verdicts[i] = Verdict{Err: err}
		}
		e.cfg.Observer.Signal(verdicts[i].String())
	}
	e.wake()
	return verdicts
}

func (e *Engine) acceptOnce(ctx context.Context, now time.Time, signals []alert.Signal, verdicts []Verdict) error {
	return e.update(ctx, func(tx store.Tx) error {
		w, err := e.work(tx, now)
		if err != nil {
			return err
		}
		clear(verdicts)
		return w.accept(signals, verdicts)
	})
}

// String returns the decision in words, or "error".
func (v Verdict) String() string {
	if v.Err != nil {
		return "error"
	}
	return v.Decision.String()
}

func (w *work) accept(signals []alert.Signal, verdicts []Verdict) error {
	newest, err := w.newest(signals)
	if err != nil {
		return err
	}
	for i, sig := range signals {
		verdicts[i], err = w.take(sig, newest)
		if err != nil {
			return err
		}
	}
	return w.flush()
}

// newest loads the newest episode of each signal's key.
func (w *work) newest(signals []alert.Signal) (map[alert.Ref]*item, error) {
	var refs []alert.Ref
	found := map[alert.Ref]*item{}
	for _, s := range signals {
		if _, seen := found[s.Ref()]; s.Key != "" && !seen {
			found[s.Ref()] = nil
			refs = append(refs, s.Ref())
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
func (w *work) take(sig alert.Signal, newest map[alert.Ref]*item) (Verdict, error) {
	if !known(w.org, sig) {
		return Verdict{Err: fmt.Errorf("%w: service %q, policy %q, user %q", ErrUnknownTarget, sig.Service, sig.Policy, sig.User)}, nil
	}
	if sig.StartsAt.After(w.now) {
		sig.StartsAt = w.now // a source whose clock is ahead must not make its later signals look stale
	}
	it := newest[sig.Ref()]
	var have alert.Alert
	if it != nil {
		have = it.Alert
	}
	v := Verdict{Decision: alert.Decide(have, sig), Alert: have.ID}
	switch v.Decision {
	case alert.Applies:
		if err := w.step(it, episode.Signal{Signal: sig}); err != nil { // it is in quarantine now
			delete(newest, sig.Ref())
			return w.take(sig, newest)
		}
	case alert.Opens:
		return w.open(sig, newest)
	case alert.Stale, alert.Nothing:
	}
	return v, nil
}

func (w *work) open(sig alert.Signal, newest map[alert.Ref]*item) (Verdict, error) {
	name, err := w.e.ids.next(w.now)
	if err != nil {
		return Verdict{}, err
	}
	id := watchbill.AlertID(name)
	if sig.Key == "" {
		sig.Key = alert.DedupKey(id)
	}
	it := w.put(episode.Episode{}, 0)
	err = w.step(it, episode.Signal{ID: id, Signal: sig})
	if err == nil {
		newest[sig.Ref()] = it
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

// Act carries out a person's command: [episode.Acknowledge], [episode.Resolve] or [episode.Escalate]. The error is
// [ErrUnknownUser], [store.ErrNotFound] for an alert that does not exist, or [alert.ErrResolved] if it is too late.
func (e *Engine) Act(ctx context.Context, now time.Time, id watchbill.AlertID, in episode.Input) (episode.View, error) {
	by, ok := commander(in)
	if !ok {
		return episode.View{}, fmt.Errorf("engine: %T is not a person's command", in)
	}
	var view episode.View
	err := e.update(ctx, func(tx store.Tx) error {
		w, err := e.work(tx, watchbill.Stamp(now))
		if err != nil {
			return err
		}
		view, err = w.act(id, by, in)
		return err
	})
	e.wake()
	return view, err
}

func (w *work) act(id watchbill.AlertID, by watchbill.UserID, in episode.Input) (episode.View, error) {
	if _, ok := w.org.User(by); !ok {
		return episode.View{}, fmt.Errorf("%w: %q", ErrUnknownUser, by)
	}
	if err := w.load([]watchbill.AlertID{id}); err != nil {
		return episode.View{}, err
	}
	it, ok := w.items[id]
	if !ok {
		return episode.View{}, fmt.Errorf("engine: alert %q: %w", id, store.ErrNotFound)
	}
	if err := episode.Permits(it.Episode, in); err != nil {
		return episode.View{}, err
	}
	if err := w.step(it, in); err != nil {
		return episode.View{}, err
	}
	return it.View(), w.flush()
}

func commander(in episode.Input) (watchbill.UserID, bool) {
	switch in := in.(type) {
	case episode.Acknowledge:
		return in.By, true
	case episode.Resolve:
		return in.By, true
	case episode.Escalate:
		return in.By, true
	}
	return "", false
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
