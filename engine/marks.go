package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// mark notes an alert for which the configuration may want something done with an incident. It is written in the
// transaction that changes the alert, and followed up in one of its own: whatever is wrong with an incident, and however
// long its postmortem takes, alerts are taken in and page.
type mark struct {
	Alert watchbill.AlertID `json:"alert"`
	Do    string            `json:"do"`
}

// What a mark wants done.
const (
	markDeclare = "declare" // the alert has become as severe as the rules name
	markRaise   = "raise"   // it has become more severe still: what people have resolved stays resolved
	markResolve = "resolve" // it is resolved
)

// MarksName is the value of the store that says what is left for [Engine.FollowUp]; none if there is nothing.
const MarksName = "engine.incidents"

// markChanges notes what this transaction changed.
func (w *work) markChanges() error {
	rules := w.org.Config().Catalog.Incidents
	if len(rules.Declare) == 0 {
		return nil
	}
	var more []mark
	for _, it := range w.order {
		switch s := it.Alert.Severity; {
		case rules.AutoResolve && it.Alert.State == alert.Resolved && resolves(it.out.Entries):
			more = append(more, mark{it.Alert.ID, markResolve})
		case !it.Alert.State.Open() || !slices.Contains(rules.Declare, s) || s == it.loaded:
		case slices.Contains(rules.Declare, it.loaded):
			more = append(more, mark{it.Alert.ID, markRaise})
		default:
			more = append(more, mark{it.Alert.ID, markDeclare})
		}
	}
	if len(more) == 0 {
		return nil
	}
	marks, err := w.e.marks(w.tx)
	if err != nil {
		return err
	}
	return keepMarks(w.tx, append(marks, more...))
}

// resolves reports whether something was recorded with which an alert may have become resolved.
func resolves(entries []timeline.Entry) bool {
	return slices.ContainsFunc(entries, func(e timeline.Entry) bool {
		return e.Kind == episode.KindResolved || e.Kind == episode.KindExpired || e.Kind == episode.KindMember
	})
}

// lookForMarks reports to the pass whether there is something to follow up.
func (w *work) lookForMarks(pass *Pass) error {
	var err error
	if pass.LookAgain, err = w.e.looksStale(w.tx, w.org); err != nil {
		return err
	}
	groups, err := w.tx.Values().Get(CascadesName)
	if pass.FollowUp = len(groups) > 0; err != nil {
		return err
	}
	if len(w.org.Config().Catalog.Incidents.Declare) == 0 {
		return nil
	}
	data, err := w.tx.Values().Get(MarksName)
	pass.FollowUp = pass.FollowUp || len(data) > 0
	return err
}

// marks reads the marks. Ones that cannot be read are lost, which is logged.
func (e *Engine) marks(tx store.Tx) (marks []mark, err error) {
	data, err := tx.Values().Get(MarksName)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if err := json.Unmarshal(data, &marks); err != nil {
		e.log.Error("what is to be done with incidents cannot be read, and is lost", "error", err)
		return nil, nil
	}
	return marks, nil
}

func keepMarks(tx store.Tx, marks []mark) error {
	if len(marks) == 0 {
		return tx.Values().Set(MarksName, nil)
	}
	data, err := json.Marshal(marks)
	if err != nil {
		return err
	}
	return tx.Values().Set(MarksName, data)
}

// marksAtOnce is how many marks one transaction follows.
const marksAtOnce = 256

// FollowUp lets the members of groups follow what people did to these, and does with incidents what the configuration says
// shall happen by itself when alerts open, grow worse or resolve.
// [Engine.Run] calls it when a pass says so; whoever calls RunOnce does as [Pass.FollowUp] says. What cannot be done for
// one alert is logged, and the others go on. The error is the store's: nothing is lost, and it can be called again.
func (e *Engine) FollowUp(ctx context.Context, now time.Time) error {
	if err := e.followGroups(ctx, now); err != nil {
		return err
	}
	for {
		batch, err := e.someMarks(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := e.followAll(ctx, now, batch); err != nil {
			if err := e.followEach(ctx, now, batch, err); err != nil {
				return err
			}
		}
	}
}

// someMarks returns the first marks. If they cannot be read they are given up, once. It asks in an Update: a View may lag, and
// show marks that were followed already, again and again.
func (e *Engine) someMarks(ctx context.Context) (marks []mark, err error) {
	err = e.update(ctx, func(tx store.Tx) error {
		data, err := tx.Values().Get(MarksName)
		if err != nil {
			return err
		}
		if marks, err = e.marks(tx); err == nil && len(marks) == 0 && len(data) > 0 {
			err = keepMarks(tx, nil)
		}
		return err
	})
	return marks[:min(len(marks), marksAtOnce)], err
}

// followEach follows marks one by one, since together they could not be followed; what is damaged is dropped.
func (e *Engine) followEach(ctx context.Context, now time.Time, batch []mark, why error) error {
	if ctx.Err() != nil || errors.Is(why, store.ErrClosed) {
		return why
	}
	for _, m := range batch {
		err := e.followAll(ctx, now, []mark{m})
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		if err := e.cfg.Store.Update(ctx, func(tx store.Tx) error { _, err := e.takeMarks(tx, []mark{m}); return err }); err != nil {
			return err
		}
		e.log.Error("the rules for incidents cannot be followed for an alert", "alert", m.Alert, "do", m.Do, "error", err)
	}
	return nil
}

// takeMarks removes marks and returns those that were still there.
func (e *Engine) takeMarks(tx store.Tx, batch []mark) (taken []mark, err error) {
	marks, err := e.marks(tx)
	if err != nil {
		return nil, err
	}
	var left []mark
	for _, m := range marks {
		if slices.Contains(batch, m) {
			taken = append(taken, m)
		} else {
			left = append(left, m)
		}
	}
	return taken, keepMarks(tx, left)
}

// followAll follows marks in one transaction.
func (e *Engine) followAll(ctx context.Context, now time.Time, batch []mark) error {
	return e.change(ctx, now, func(d *desk) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("engine: incidents: panic: %v\n%s", r, debug.Stack())
			}
		}()
		taken, err := e.takeMarks(d.tx, batch)
		if err != nil || len(taken) == 0 {
			return err
		}
		f, err := d.followed()
		if err != nil {
			return err
		}
		if err := f.follow(taken); err != nil {
			return err
		}
		return f.flush()
	})
}
