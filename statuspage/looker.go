package statuspage

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
)

// The words of lines that nobody wrote.
const (
	textResolved   = "This incident has been resolved."
	textReopened   = "This incident has been reopened."
	textScheduled  = "This maintenance is scheduled."
	textInProgress = "The maintenance is in progress."
	textCompleted  = "The maintenance is completed."
	textCancelled  = "The maintenance is cancelled."
)

// looker gathers what affects each component of a page.
type looker struct {
	page     catalog.Page
	now      time.Time
	byID     map[string]int
	services map[watchbill.ServiceID][]int // to the components that show them
	spans    [][]span                      // of each component
}

func newLooker(p catalog.Page, now time.Time) *looker {
	l := &looker{page: p, now: now, byID: make(map[string]int, len(p.Components)),
		services: map[watchbill.ServiceID][]int{}, spans: make([][]span, len(p.Components))}
	for i, c := range p.Components {
		l.byID[c.ID] = i
		for _, s := range c.Services {
			l.services[s] = append(l.services[s], i)
		}
	}
	return l
}

// incident adds what shows of an incident.
func (l *looker) incident(v *View, i incident.Incident) {
	if i.Status == incident.None {
		return
	}
	touched := l.touched(i)
	n := Notice{ID: string(i.ID), Components: touched, Told: l.told(i, len(touched) > 0)}
	shows := len(n.Told) > 0
	if !shows && (l.page.Manual || len(touched) == 0) {
		return
	}
	n.Effects = l.effects(i)
	if !shows {
		return
	}
	n.Told = reopened(n.Told, i)
	if last := n.Told[len(n.Told)-1]; i.Status == incident.Resolved && last.Phase != Resolved {
		n.Told = append(n.Told, Told{string(i.ID) + "-resolved", i.ResolvedAt, Resolved, textResolved})
	}
	for _, u := range i.Updates {
		if l.shows(u, len(touched) > 0) {
			n.Title, n.ExpectedAt = u.Title, orTime(u.ExpectedAt, n.ExpectedAt)
		}
	}
	n.Title = label(n.Title, "Incident")
	l.finish(&n)
	v.Incidents = append(v.Incidents, n)
}

// finish derives from an incident's texts and effects what else is to be known of it.
func (l *looker) finish(n *Notice) {
	first, last := n.Told[0], n.Told[len(n.Told)-1]
	n.CreatedAt, n.StartedAt, n.UpdatedAt, n.Phase = first.At, first.At, last.At, last.Phase
	for i, e := range n.Effects {
		n.Impact = max(n.Impact, e.Status)
		if i == 0 || e.From.Before(n.StartedAt) {
			n.StartedAt = e.From
		}
	}
	if n.Phase == Resolved {
		// What is told after the resolution does not resolve it again.
		for k := len(n.Told) - 1; k >= 0 && n.Told[k].Phase == Resolved; k-- {
			n.EndedAt = n.Told[k].At
		}
	}
	if n.Phase == Resolved || !n.ExpectedAt.After(l.now) {
		n.ExpectedAt = time.Time{}
	}
}

// touched returns the components that an incident affects, or is thought to affect.
func (l *looker) touched(i incident.Incident) []int {
	var all []int
	for _, a := range i.Impact.Services {
		all = append(all, l.services[a.Service]...)
	}
	for _, s := range i.Impact.Spans {
		all = append(all, l.services[s.Service]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// effects returns how an incident affects the page's components, and has it counted.
func (l *looker) effects(i incident.Incident) []Effect {
	effects := make([]Effect, 0, len(i.Impact.Spans))
	for _, s := range i.Impact.Spans {
		for _, c := range l.services[s.Service] {
			effects = append(effects, Effect{c, statusOf(s.Effect), s.From, s.To})
			l.spans[c] = append(l.spans[c], newSpan(statusOf(s.Effect), s.From, s.To))
		}
	}
	return effects
}

// told returns what customers were told of an incident on this page.
func (l *looker) told(i incident.Incident, touched bool) []Told {
	var all []Told
	for _, u := range i.Updates {
		if l.shows(u, touched) {
			if all == nil {
				all = make([]Told, 0, len(i.Updates)+2)
			}
			all = append(all, Told{string(i.ID) + "-" + u.ID, u.At, phaseOf(u.Status), plain(u.Text)})
		}
	}
	return all
}

// reopened adds that an incident was taken up again, if customers had last been told that it was resolved.
func reopened(told []Told, i incident.Incident) []Told {
	n := len(told)
	for n > 0 && told[n-1].At.After(i.ReopenedAt) {
		n--
	}
	if n == 0 || told[n-1].Phase != Resolved {
		return told
	}
	return slices.Insert(told, n, Told{string(i.ID) + "-reopened", i.ReopenedAt, Investigating, textReopened})
}

// shows reports whether an update can be read on the page, given whether its incident touches one of the components.
func (l *looker) shows(u incident.Update, touched bool) bool {
	return len(u.Pages) == 0 && touched || slices.Contains(u.Pages, l.page.ID)
}

func phaseOf(s incident.Status) Phase {
	switch s {
	case incident.Identified:
		return Identified
	case incident.Monitoring:
		return Monitoring
	case incident.Resolved:
		return Resolved
	}
	return Investigating
}

// maintenance adds what shows of a maintenance, with the lines that say when it began and ended.
func (l *looker) maintenance(v *View, m Maintenance) {
	if m.CreatedAt.After(l.now) {
		return
	}
	n := Notice{ID: m.ID, Title: label(m.Title, "Maintenance"), Planned: true, Impact: UnderMaintenance, CreatedAt: m.CreatedAt,
		StartedAt: m.From, Until: m.Until, UpdatedAt: m.UpdatedAt}
	for _, id := range m.Components {
		if c, ok := l.byID[id]; ok {
			n.Components = append(n.Components, c)
			if m.From.Before(m.End()) {
				n.Effects = append(n.Effects, Effect{c, UnderMaintenance, m.From, m.End()})
				l.spans[c] = append(l.spans[c], newSpan(UnderMaintenance, m.From, m.End()))
			}
		}
	}
	slices.Sort(n.Components)
	l.tellOf(&n, m)
	if n.Phase.over() {
		n.EndedAt = m.End()
	}
	v.Maintenance = append(v.Maintenance, n)
}

func (l *looker) tellOf(n *Notice, m Maintenance) {
	told := []Told{{m.ID + "-u0", m.CreatedAt, Scheduled, cmp.Or(plain(m.Text), textScheduled)}}
	for _, u := range m.Updates {
		told = append(told, Told{m.ID + "-" + u.ID, u.At, m.Phase(u.At), plain(u.Text)})
	}
	if m.From.Before(m.End()) {
		told = append(told, Told{m.ID + "-begun", laterOf(m.From, m.CreatedAt), InProgress, textInProgress})
	}
	switch {
	case m.CancelledAt.IsZero():
		told = append(told, Told{m.ID + "-completed", m.End(), Completed, textCompleted})
	default:
		told = append(told, Told{m.ID + "-cancelled", m.CancelledAt, Cancelled, textCancelled})
	}
	told = slices.DeleteFunc(told, func(t Told) bool { return t.At.After(l.now) })
	slices.SortStableFunc(told, func(a, b Told) int { return a.At.Compare(b.At) })
	n.Told, n.Phase = told, m.Phase(l.now)
	n.UpdatedAt = laterOf(m.UpdatedAt, told[len(told)-1].At)
}

// settings adds what people set by hand.
func (l *looker) settings(b Board) {
	for _, s := range b.Settings {
		if c, ok := l.byID[s.Component]; ok {
			hand := newSpan(s.Status, s.From, s.To)
			hand.hand = true
			l.spans[c] = append(l.spans[c], hand)
		}
	}
}

// components works out each component's status, days and uptime.
func (l *looker) components(v *View) {
	v.Components = make([]Component, len(l.page.Components))
	s := newSweep(v, l.now)
	for i, c := range l.page.Components {
		out := &v.Components[i]
		out.ID, out.Name, out.Description, out.Group = c.ID, label(c.Name, c.ID), plain(c.Description), label(c.Group, "")
		s.run(l.spans[i], out)
		v.Status = max(v.Status, out.Status)
	}
}

// order sorts what is to be read, and finds the latest change.
func (v *View) order(now time.Time) {
	slices.SortStableFunc(v.Incidents, func(a, b Notice) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	slices.SortStableFunc(v.Maintenance, func(a, b Notice) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), b.CreatedAt.Compare(a.CreatedAt))
	})
	v.UpdatedAt = v.Starts[0]
	change := func(at time.Time) {
		if at.After(v.UpdatedAt) && !at.After(now) {
			v.UpdatedAt = at
		}
	}
	for _, c := range v.Components {
		change(c.UpdatedAt)
	}
	for _, n := range v.Incidents {
		change(n.UpdatedAt)
	}
	for _, n := range v.Maintenance {
		change(n.UpdatedAt)
	}
}
