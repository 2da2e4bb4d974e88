package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// CascadesName is the value of the store that says of which groups the members are still to follow; none if there are none.
const CascadesName = "engine.cascades"

// lookTries is how often a page of open alerts is looked at again because others change them meanwhile.
const lookTries = 20

// cascadeAtOnce is how many members follow in one transaction.
const cascadeAtOnce = 200

// keepCascades notes, in the transaction that changes groups, that their members are to follow.
func (w *work) keepCascades() error {
	if len(w.cascades) == 0 {
		return nil
	}
	groups, err := cascades(w.tx)
	if err != nil {
		return err
	}
	for _, id := range w.cascades {
		if !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	w.cascades = nil
	return setCascades(w.tx, groups)
}

func cascades(tx store.Tx) (groups []watchbill.AlertID, err error) {
	data, err := tx.Values().Get(CascadesName)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if json.Unmarshal(data, &groups) != nil {
		return nil, nil
	}
	return groups, nil
}

func setCascades(tx store.Tx, groups []watchbill.AlertID) error {
	if len(groups) == 0 {
		return tx.Values().Set(CascadesName, nil)
	}
	data, err := json.Marshal(groups)
	if err != nil {
		return err
	}
	return tx.Values().Set(CascadesName, data)
}

// followGroups lets the members of groups follow what was done to these: who acknowledges or resolves a group has done so
// with each of them.
func (e *Engine) followGroups(ctx context.Context, now time.Time) error {
	for {
		left := false
		_, err := e.working(ctx, watchbill.Stamp(now), func(w *work) error {
			groups, err := cascades(w.tx)
			if left = len(groups) > 0; err != nil || !left {
				return err
			}
			done, err := w.cascade(groups[0])
			if err != nil || !done {
				return err
			}
			return setCascades(w.tx, groups[1:])
		})
		if err != nil && e.mend(ctx, now, err) {
			continue
		}
		if err != nil || !left {
			return err
		}
	}
}

// cascade lets some members of a group follow, and reports whether all have.
func (w *work) cascade(id watchbill.AlertID) (done bool, err error) {
	head := w.fetch(id)
	if head == nil {
		return w.orphans(id)
	}
	if head.Alert.State == alert.Triggered {
		return true, w.flush()
	}
	state := alert.Triggered
	page, _, err := w.tx.Episodes().List(store.Query{State: state, Parent: id}, cascadeAtOnce)
	if err == nil && len(page) == 0 && head.Alert.State == alert.Resolved {
		page, _, err = w.tx.Episodes().List(store.Query{State: alert.Acknowledged, Parent: id}, cascadeAtOnce)
	}
	if err != nil {
		return false, err
	}
	stepped := 0
	for _, s := range page {
		if it := w.add(s); it != nil {
			if err := w.step(it, head.passedOn()); err == nil && it.Alert.State == head.Alert.State {
				stepped++
			}
		}
	}
	return stepped == 0, w.flush()
}

// orphans lets members go whose group is out of service: the first of them pages, the others are its members. It reports
// whether there were none left.
func (w *work) orphans(id watchbill.AlertID) (done bool, err error) {
	page, _, err := w.tx.Episodes().List(store.Query{State: alert.Triggered, Parent: id}, cascadeAtOnce)
	if err != nil {
		return false, err
	}
	var first watchbill.AlertID
	for _, s := range page {
		it := w.add(s)
		if it == nil || w.step(it, episode.Leave{}) != nil {
			continue
		}
		if first == "" {
			first = it.Alert.ID
			continue
		}
		_ = w.step(it, episode.Join{Parent: first, Why: "their group is out of service"})
	}
	return first == "", w.flush()
}

// passedOn is what was done to a group, as it is done to a member.
func (it *item) passedOn() episode.Input {
	via := "group " + string(it.Alert.ID)
	if it.Alert.State == alert.Acknowledged {
		return episode.Acknowledge{By: it.Alert.AcknowledgedBy, Via: via}
	}
	by, _ := strings.CutPrefix(string(it.Alert.ResolvedBy), "user:")
	return episode.Resolve{By: watchbill.UserID(by), Via: via}
}

// LookAgain looks at every open alert, whether it is to be held or not. A hundred or so are looked at in a transaction, so that pages are not kept waiting.
// [Engine.Run] calls it beside the passes when [Pass.LookAgain] says so; whoever calls RunOnce does the same.
func (e *Engine) LookAgain(ctx context.Context, now time.Time) error {
	var first *oncall.Org // the configuration by which all of them were looked at, or a later one
	for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
		if err := e.lookAgainAt(ctx, now, store.Query{State: state}, &first); err != nil {
			return err
		}
	}
	return e.noteLooked(ctx, first)
}

func (e *Engine) lookAgainAt(ctx context.Context, now time.Time, q store.Query, first **oncall.Org) error {
	for tries := 0; ; {
		next, err := e.lookAgainPage(ctx, now, q, first)
		switch {
		case err == nil && next == "":
			return nil
		case err == nil:
			q.Cursor, tries = next, 0
		case e.mend(ctx, now, err): // the same page again
		case errors.Is(err, store.ErrConflict) && tries < lookTries && ctx.Err() == nil:
			tries++
		default:
			return err
		}
	}
}

// lookAgainPage looks at some open alerts. There may be very many, so that it is each page that has a time limit.
func (e *Engine) lookAgainPage(ctx context.Context, now time.Time, q store.Query, first **oncall.Org) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	_, err = e.working(ctx, watchbill.Stamp(now), func(w *work) error {
		if *first == nil {
			*first = w.org
		}
		page, cursor, err := w.tx.Episodes().List(q, cascadeAtOnce)
		if err != nil {
			return err
		}
		next = cursor
		for _, s := range page {
			if it := w.add(s); it != nil {
				_ = w.step(it, episode.Look{})
				w.inhibit(it, it.Alert) // of a rule that is new, nobody is listed yet
			}
		}
		return w.flush()
	})
	return next, err
}

// LookedName is the value of the store that says by which silences, windows and inhibitions every open alert was looked at.
const LookedName = "engine.looked"

// looksStale reports whether what mutes alerts has changed since every open alert was looked at, by whichever engine.
func (e *Engine) looksStale(tx store.Tx, org *oncall.Org) (bool, error) {
	if e.looked.Load() == org {
		return false, nil
	}
	last, err := tx.Values().Get(LookedName)
	if err != nil {
		return false, err
	}
	if string(last) != e.mutesOf(org) {
		return true, nil
	}
	e.looked.Store(org)
	return false, nil
}

// muted is what [mutesOf] says of a configuration.
type muted struct {
	org   *oncall.Org
	mutes string
}

// mutesOf is the function of that name, which is asked in every pass until all alerts were looked at.
func (e *Engine) mutesOf(org *oncall.Org) string {
	known := e.muted.Load()
	if known == nil || known.org != org {
		known = &muted{org, mutesOf(org)}
		e.muted.Store(known)
	}
	return known.mutes
}

// mutesOf names all that mutes alerts in a configuration: equal names, equal mutes.
func mutesOf(org *oncall.Org) string {
	c := org.Config()
	if len(c.Silences)+len(c.Maintenance)+len(c.Inhibitions)+len(c.Made.Silences)+len(c.Made.Maintenance) == 0 {
		return ""
	}
	data, err := json.Marshal([]any{c.Silences, c.Maintenance, c.Inhibitions, c.Made})
	if err != nil { // then they are looked at once more, which does no harm
		return err.Error()
	}
	return partOf(data)
}

// noteLooked notes, once every open alert was looked at, by what.
func (e *Engine) noteLooked(ctx context.Context, org *oncall.Org) error {
	name := e.mutesOf(org)
	err := e.update(ctx, func(tx store.Tx) error {
		if name == "" {
			return tx.Values().Set(LookedName, nil)
		}
		return tx.Values().Set(LookedName, []byte(name))
	})
	if err == nil {
		e.looked.Store(org)
	}
	return err
}
