package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
)

// OrgAt returns the configuration in force at an instant: for one to come, that of now; for one before the first
// configuration, the first. Without any it is empty.
func (e *Engine) OrgAt(ctx context.Context, t time.Time) (*oncall.Org, error) {
	var org *oncall.Org
	err := e.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		org, _, err = e.orgs.at(tx, t)
		return err
	})
	return org, err
}

// OnCall says who is on call at an instant, as it was known at another: with what was configured, taken over and swapped
// by then. A zero knownAt asks who really was on call or, of what is to come, who will be as it looks now. Knowing later
// than at changes nothing: history is never rewritten. The error is a [*MissingError] if there was no such schedule.
func (e *Engine) OnCall(ctx context.Context, id watchbill.ScheduleID, at, knownAt time.Time) (schedule.Answer, error) {
	org, err := e.OrgAt(ctx, asKnown(at, knownAt))
	if err != nil {
		return schedule.Answer{}, err
	}
	s, ok := org.Schedule(id)
	if !ok {
		return schedule.Answer{}, &MissingError{"schedule", string(id)}
	}
	return s.OnCall(at), nil
}

// asKnown returns the instant whose configuration says who is on call at another, as it was known at knownAt.
func asKnown(at, knownAt time.Time) time.Time {
	if knownAt.IsZero() {
		return at
	}
	return earlier(at, knownAt)
}

// Shifts lists who is on call in a window, as it was known at an instant; see [Engine.OnCall]. Each configuration that was
// in force in the window says its part of it, and what it says of shifts that the next one leaves alone is not cut in two.
// It costs a look at every configuration in the window. The error is a [*MissingError] if none of them has the schedule.
func (e *Engine) Shifts(ctx context.Context, id watchbill.ScheduleID, from, to, knownAt time.Time) (list []schedule.Shift, err error) {
	known := false
	err = e.overTime(ctx, from, to, knownAt, func(org *oncall.Org, from, to time.Time) {
		if s, ok := org.Schedule(id); ok {
			known = true
			list = joinShifts(list, s.Shifts(from, to))
		}
	})
	if err == nil && !known {
		err = &MissingError{"schedule", string(id)}
	}
	return list, err
}

// overTime calls fn with each configuration that answers for a part of a window, and that part, in order.
func (e *Engine) overTime(ctx context.Context, from, to, knownAt time.Time, fn func(org *oncall.Org, from, to time.Time)) error {
	for again := true; again; {
		var org *oncall.Org
		var until time.Time
		err := e.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
			org, until, err = e.orgs.at(tx, asKnown(from, knownAt))
			return err
		})
		if err != nil {
			return err
		}
		end := to
		again = until.After(from) && until.Before(to) && (knownAt.IsZero() || !until.After(knownAt))
		if again {
			end = until
		}
		fn(org, from, end)
		from = end
	}
	return nil
}

// joinShifts appends shifts; one that a new configuration cut in two becomes one again.
func joinShifts(list, more []schedule.Shift) []schedule.Shift {
	if len(list) > 0 && len(more) > 0 {
		last := &list[len(list)-1]
		if last.End.Equal(more[0].Start) && slices.Equal(last.Parts, more[0].Parts) {
			last.End = more[0].End
			more = more[1:]
		}
	}
	return append(list, more...)
}

// at returns the configuration that answers for an instant, and until when it does; zero if there is no later one.
func (c *orgCache) at(tx store.Tx, t time.Time) (org *oncall.Org, until time.Time, err error) {
	then, err := tx.Revisions().At(t)
	if errors.Is(err, store.ErrNotFound) {
		then, err = tx.Revisions().Get(1)
	}
	if errors.Is(err, store.ErrNotFound) { // there is none at all yet
		org, err = oncall.New(oncall.Config{}, 0)
		return org, time.Time{}, err
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	next, err := tx.Revisions().Get(then.Number + 1)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, time.Time{}, err
	}
	org, err = c.compiled(then)
	return org, next.EffectiveAt, err
}

// compiled returns a revision made ready for questions. A revision never changes, so what was compiled of it once is good.
func (c *orgCache) compiled(rev store.Revision) (*oncall.Org, error) {
	c.mu.Lock()
	latest := c.org
	c.mu.Unlock()
	if latest != nil && latest.Revision() == rev.Number {
		return latest, nil
	}
	if org := c.past.find(rev.Number); org != nil {
		return org, nil
	}
	org, err := compile(rev)
	if err == nil {
		c.past.keep(org)
	}
	return org, err
}

func compile(rev store.Revision) (*oncall.Org, error) {
	cfg, err := oncall.Decode(rev.Config)
	if err != nil {
		return nil, err
	}
	org, err := oncall.New(cfg, rev.Number)
	if err != nil {
		return nil, fmt.Errorf("engine: revision %d: %w", rev.Number, err)
	}
	return org, nil
}

// recentOrgs is how many configurations of the past are kept compiled.
const recentOrgs = 16

// pastOrgs are the configurations of the past that were asked for last, the latest at the end.
type pastOrgs struct {
	mu   sync.Mutex
	orgs []*oncall.Org
}

func (p *pastOrgs) find(revision int64) *oncall.Org {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.orgs, func(o *oncall.Org) bool { return o.Revision() == revision })
	if i < 0 {
		return nil
	}
	org := p.orgs[i]
	p.orgs = append(slices.Delete(p.orgs, i, i+1), org)
	return org
}

func (p *pastOrgs) keep(org *oncall.Org) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.orgs) == recentOrgs {
		p.orgs = slices.Delete(p.orgs, 0, 1)
	}
	p.orgs = append(p.orgs, org)
}

// revise puts a configuration in force from now on, under a number of its own, and returns it. One that is equal to what is
// in force makes no revision. change is given what is in force, to base the new one on. A revision never begins before the
// one that it follows, whatever the clocks of several engines say: else history would change. Until the transaction has
// committed, another may have the same number, so what is returned must not be kept.
func revise(tx store.Tx, now time.Time, change func(inForce oncall.Config) oncall.Config) (*oncall.Org, error) {
	latest, err := tx.Revisions().Latest()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	var inForce oncall.Config
	if latest.Number > 0 {
		if inForce, err = oncall.Decode(latest.Config); err != nil {
			return nil, err
		}
	}
	next := change(inForce)
	data, err := next.Encode()
	if err != nil {
		return nil, fmt.Errorf("engine: configuration: %w", err)
	}
	if latest.Number > 0 && string(latest.Config) == string(data) {
		return oncall.New(next, latest.Number)
	}
	at := watchbill.Stamp(now)
	if at.Before(latest.EffectiveAt) {
		at = latest.EffectiveAt
	}
	added, err := tx.Revisions().Add(at, data)
	if err != nil {
		return nil, err
	}
	return oncall.New(next, added.Number)
}
