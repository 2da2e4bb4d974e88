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

// OrgAt returns the configuration that was in force at an instant: for now and what is to come the latest; for what was
// before the first configuration, the first. Without any it is empty. Of the revisions that were in force by then, the one
// that was made last answers: it superseded all others, also one that a clock that was ahead made for later.
func (e *Engine) OrgAt(ctx context.Context, now, t time.Time) (*oncall.Org, error) {
	var org *oncall.Org
	err := e.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		org, err = e.orgs.at(tx, watchbill.Stamp(now), t)
		return err
	})
	return org, err
}

// OnCall says who is on call at an instant, as it was known at another: with what was configured, taken over and swapped
// by then. A zero knownAt asks who really was on call or, of what is to come, who will be as it looks now: who is paged.
// Knowing later than at changes nothing: history is never rewritten. The error is a [*MissingError] if there was no such
// schedule.
func (e *Engine) OnCall(ctx context.Context, now time.Time, id watchbill.ScheduleID, at, knownAt time.Time) (schedule.Answer, error) {
	org, err := e.OrgAt(ctx, now, asKnown(at, knownAt))
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

// Shifts lists who is on call in a window, as it was known at an instant; see [Engine.OnCall] and [Engine.Pasts]. The error
// is a [*MissingError] if there was no such schedule in the window.
func (e *Engine) Shifts(ctx context.Context, now time.Time, id watchbill.ScheduleID, from, to, knownAt time.Time) ([]schedule.Shift, error) {
	pasts, err := e.Pasts(ctx, now, from, to, knownAt, id)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(pasts[0].Editions, func(e Edition) bool { return e.Schedule != nil }) {
		return nil, &MissingError{"schedule", string(id)}
	}
	return pasts[0].Shifts(from, to), nil
}

// revisionAt returns the revision that answers for an instant; [store.ErrNotFound] if there is none at all.
func revisionAt(all store.Revisions, now, t time.Time) (store.Revision, error) {
	if !t.Before(now) {
		return all.Latest()
	}
	rev, err := all.At(t)
	if !errors.Is(err, store.ErrNotFound) {
		return rev, err
	}
	if rev, err = all.Latest(); err != nil {
		return rev, err
	}
	for n := rev.Number - 1; n > 0; n-- { // before all: the one that was in force first
		older, err := all.Get(n)
		if err != nil {
			return rev, err
		}
		if older.EffectiveAt.Before(rev.EffectiveAt) {
			rev = older
		}
	}
	return rev, nil
}

// at returns the configuration that answers for an instant.
func (c *orgCache) at(tx store.Tx, now, t time.Time) (*oncall.Org, error) {
	if !t.Before(now) {
		return c.current(tx) // what pages is what is shown
	}
	rev, err := revisionAt(tx.Revisions(), now, t)
	if errors.Is(err, store.ErrNotFound) { // there is none at all yet
		return oncall.New(oncall.Config{}, 0)
	}
	if err != nil {
		return nil, err
	}
	return c.compiled(tx, rev)
}

// compiled returns a revision made ready for questions. A revision never changes, so what was compiled of it once is good.
func (c *orgCache) compiled(tx store.Tx, rev store.Revision) (*oncall.Org, error) {
	c.mu.Lock()
	latest := c.org
	c.mu.Unlock()
	if latest != nil && latest.Revision() == rev.Number {
		return latest, nil
	}
	if org := c.past.find(rev.Number); org != nil {
		return org, nil
	}
	org, err := compile(tx, rev)
	if err == nil {
		c.past.keep(org)
	}
	return org, err
}

func compile(tx store.Tx, rev store.Revision) (*oncall.Org, error) {
	cfg, _, err := newShelf(tx).config(rev)
	if err != nil {
		return nil, err
	}
	org, err := oncall.New(cfg, rev.Number)
	if err != nil {
		return nil, fmt.Errorf("engine: revision %d: %w: %w", rev.Number, errInvalid, err)
	}
	return org, nil
}

// errInvalid is a stored configuration that is refused now.
var errInvalid = errors.New("it is not valid any more")

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

func (p *pastOrgs) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orgs = nil
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
// in force makes no revision. change is given what is in force, to base the new one on; where that cannot be decoded it is
// given why, and those overrides that can. Until the transaction has committed, another may have the same number, so what
// is returned must not be kept.
func revise(tx store.Tx, now time.Time, change func(inForce oncall.Config, since time.Time, unreadable error) (oncall.Config, error)) (*oncall.Org, error) {
	latest, err := tx.Revisions().Latest()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	var inForce oncall.Config
	var was parts
	var unreadable error
	if latest.Number > 0 {
		inForce, was, unreadable = newShelf(tx).config(latest)
		if unreadable != nil && !errors.Is(unreadable, errUndecodable) {
			return nil, unreadable
		}
	}
	next, err := change(inForce, latest.EffectiveAt, unreadable)
	if err != nil {
		return nil, err
	}
	is, contents, err := pack(next)
	if err != nil {
		return nil, fmt.Errorf("engine: configuration: %w", err)
	}
	if latest.Number > 0 && is.equal(was) {
		return oncall.New(next, latest.Number)
	}
	data, err := is.encode()
	if err != nil {
		return nil, fmt.Errorf("engine: configuration: %w", err)
	}
	if err := putParts(tx.Values(), contents); err != nil {
		return nil, err
	}
	added, err := tx.Revisions().Add(watchbill.Stamp(now), data)
	if err != nil {
		return nil, err
	}
	return oncall.New(next, added.Number)
}
