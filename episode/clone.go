package episode

import (
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

// Clone returns a copy that shares no memory with e that can be written to, for those who cannot trust that nobody does.
func (e Episode) Clone() Episode {
	a := &e.Alert
	a.Labels, a.Links, a.Details = slices.Clone(a.Labels), slices.Clone(a.Links), slices.Clone(a.Details)
	a.Senders, a.Opens = slices.Clone(a.Senders), slices.Clone(a.Opens)
	e.Policy = clonePolicy(e.Policy)
	e.Escalation.Jumps = slices.Clone(e.Escalation.Jumps)
	users := lists[watchbill.UserID]{make([]watchbill.UserID, 0, len(e.Escalation.Pending)+len(e.Paged)+len(e.Acks)+len(e.Declined))}
	e.Escalation.Pending, e.Paged = users.clone(e.Escalation.Pending), users.clone(e.Paged)
	e.Acks, e.Declined = users.clone(e.Acks), users.clone(e.Declined)
	e.Responses, e.Reach, e.Held = slices.Clone(e.Responses), slices.Clone(e.Reach), slices.Clone(e.Held)
	e.Summons, e.Ladders = slices.Clone(e.Summons), slices.Clone(e.Ladders)
	var rungs lists[notify.Climb]
	for i := range e.Summons {
		e.Summons[i].Ladder.Rungs = rungs.clone(e.Summons[i].Ladder.Rungs)
	}
	for i := range e.Ladders {
		e.Ladders[i].Rungs = rungs.clone(e.Ladders[i].Rungs)
	}
	return e
}

func clonePolicy(p escalation.Policy) escalation.Policy {
	n := len(p.CatchAll) + len(p.Rest.Relief)
	for i := range p.Levels {
		n += len(p.Levels[i].Targets)
	}
	targets := lists[escalation.Target]{make([]escalation.Target, 0, n)}
	p.CatchAll, p.Rest.Relief = targets.clone(p.CatchAll), targets.clone(p.Rest.Relief)
	p.Levels = slices.Clone(p.Levels)
	for i := range p.Levels {
		l := &p.Levels[i]
		l.Targets, l.When.Severity = targets.clone(l.Targets), slices.Clone(l.When.Severity)
	}
	return p
}

// lists are copies of lists, in one piece of memory as far as that goes.
type lists[T any] struct{ all []T }

func (c *lists[T]) clone(list []T) []T {
	if len(list) == 0 {
		return list[:0:0]
	}
	c.all = append(c.all, list...)
	return c.all[len(c.all)-len(list) : len(c.all) : len(c.all)]
}
