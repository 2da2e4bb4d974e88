package drill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
)

// bySource is the source of what people raised by hand.
const bySource watchbill.SourceID = "drill"

const (
	maxAlerts = 5 // that are expected to be acknowledged one by one
	minLimit  = 30 * time.Minute
)

// customary is how long things should take at most, whatever they took; zero: as long as they took.
func customary(w What) time.Duration {
	switch w {
	case Acknowledged:
		return 5 * time.Minute
	case Declared:
		return 15 * time.Minute
	case Role:
		return 20 * time.Minute
	case Updated, Told:
		return 30 * time.Minute
	}
	return 0
}

func points(w What) int {
	switch w {
	case Acknowledged, Told, Resolved:
		return 20
	case Declared, Role:
		return 15
	}
	return 10
}

// Make makes a drill of what happened: its signals, what people did as notes for whoever leads the drill, and what they did as
// what is expected, each within the time that it took, rounded up to a minute, or what is customary if that is less. What
// should have been done and was not is expected within what is customary.
func Make(past Records) Drill {
	began := past.began()
	d := Drill{Title: past.title(), From: past.from(), Happened: began, Signals: past.signals(began), Injects: past.injects(began),
		Notes: past.notes(), Expect: past.expect(began),
		Robots: Robots{Answers: 2 * time.Minute, Coordinates: 3 * time.Minute, Fixes: 20 * time.Minute, Seed: 1}}
	longest := max(d.last(), minLimit/2)
	for _, e := range d.Expect {
		longest = max(longest, e.Within, e.Then)
	}
	d.Limit = min(upToMinute(2*longest), MaxLimit)
	if n := slices.IndexFunc(d.Signals, func(s Signal) bool { return s.After >= MaxLimit }); n >= 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("left out: %d signals that came more than %s after the first; no drill lasts longer", len(d.Signals)-n, MaxLimit))
		d.Signals = d.Signals[:n]
	}
	return d
}

// began is when the first signal came.
func (r Records) began() time.Time {
	if len(r.Alerts) > 0 {
		return r.Alerts[0].CreatedAt
	}
	return r.Incidents[0].DeclaredAt
}

func (r Records) title() string {
	if len(r.Incidents) > 0 {
		return alert.Line(r.Incidents[0].Title)
	}
	return cmp.Or(alert.Line(r.Alerts[0].Summary), string(keyOf(r.Alerts[0])))
}

func (r Records) from() string {
	day := r.began().UTC().Format("2 January 2006")
	if len(r.Incidents) > 0 {
		return fmt.Sprintf("incident %s of %s", r.Incidents[0].ID, day)
	}
	return fmt.Sprintf("alert %s of %s", r.Alerts[0].ID, day)
}

// signals are what the sources said, in order. An incident without alerts has one signal, of nobody in particular: somebody
// has noticed it.
func (r Records) signals(began time.Time) (all []Signal) {
	for _, a := range r.Alerts {
		for _, h := range episode.HeardIn(a.Entries) {
			if s, ok := signalOf(a, h); ok {
				all = append(all, Signal{distance(h.At.Sub(began)), s})
			}
		}
	}
	if len(r.Alerts) == 0 {
		i := r.Incidents[0]
		s := alert.Signal{Source: bySource, Key: "noticed", Summary: r.title(), Severity: i.Severity}
		if services := i.Impact.ServiceIDs(); len(services) > 0 {
			s.Service = services[0]
		}
		all = append(all, Signal{0, s})
	}
	slices.SortStableFunc(all, func(a, b Signal) int { return cmp.Compare(a.After, b.After) })
	return all
}

// signalOf returns what a source said. Left out are repeats that changed nothing, and that it is over if that did not end the
// alert.
func signalOf(a Alert, h episode.Heard) (s alert.Signal, ok bool) {
	in, ok := h.Input.(episode.Signal)
	s = in.Signal
	if !ok || s.Action == alert.Trigger && h.Times != 1 || s.Action == alert.Resolve && (a.ResolvedAt.IsZero() || h.At.Before(a.ResolvedAt)) {
		return s, false
	}
	s.Source, s.Key = cmp.Or(a.Source, bySource), keyOf(a)
	if s.Summary = alert.Line(s.Summary); s.Summary == "" && s.Action == alert.Trigger {
		s.Summary = string(s.Key)
	}
	// What told of the real one alone, or of who raised it.
	s.StartsAt, s.EndsAt, s.Sender, s.Notes, s.By, s.Via = time.Time{}, time.Time{}, "", nil, "", ""
	return s, true
}

// keyOf is the key of an alert: what people raised has none of its own.
func keyOf(a Alert) alert.DedupKey {
	if a.Key == alert.DedupKey(a.ID) {
		return "by-hand"
	}
	return a.Key
}

// injects are what people did, and what the postmortem has of the time before and of the impact.
func (r Records) injects(began time.Time) (all []Inject) {
	moments := r.moments()
	moments = slices.DeleteFunc(moments, func(m incident.Moment) bool { return personOf(m.Actor) == "" })
	if r.Postmortem != nil {
		var found []incident.Moment
		for _, e := range r.Postmortem.Timeline {
			if e.Actor == "" {
				found = append(found, incident.Moment{At: e.At, Text: e.Text})
			}
		}
		moments = incident.Merge(found, moments)
	}
	for _, m := range moments {
		after, text := distance(m.At.Sub(began)), strings.Join(strings.Fields(m.Text), " ")
		if after < 0 {
			after, text = 0, fmt.Sprintf("(%s before) %s", -after, text)
		}
		all = append(all, Inject{after, text})
	}
	return all
}

// notes are what the postmortem found.
func (r Records) notes() (all []string) {
	p := r.Postmortem
	if p == nil {
		return nil
	}
	add := func(what string, list ...string) {
		for _, text := range list {
			if text = strings.Join(strings.Fields(text), " "); text != "" {
				all = append(all, what+": "+text)
			}
		}
	}
	add("summary", p.Summary)
	add("how it was noticed", p.Detection)
	add("contributing factor", p.Factors...)
	add("not known then", p.Unknown...)
	add("went well", p.Strengths...)
	add("lesson", p.Lessons...)
	for _, i := range p.Items {
		if i.State != postmortem.ItemDropped {
			add("action item, "+i.State.String(), i.Title)
		}
	}
	return all
}

// expect is what people did, as what others shall do.
func (r Records) expect(began time.Time) (all []Expectation) {
	deeds := r.deeds()
	if over, ok := r.resolved(); ok {
		deeds = append(deeds, over)
	}
	find := func(e Expectation, about watchbill.AlertID, from time.Time) (d deed, ok bool) {
		i := slices.IndexFunc(deeds, func(d deed) bool {
			return e.met(d, about) && personOf(d.by) != "" || e.What == Resolved && d.what == Resolved
		})
		if i < 0 {
			return d, false
		}
		return deeds[i], !deeds[i].at.Before(from)
	}
	add := func(e Expectation, about watchbill.AlertID, from time.Time, always bool) {
		d, done := find(e, about, from)
		if !done && !always {
			return
		}
		e.Within, e.Points = customary(e.What), points(e.What)
		if done {
			e.Then = max(round(d.at.Sub(from)), time.Second)
			if took := upToMinute(e.Then); e.Within == 0 || took < e.Within {
				e.Within = took
			}
		}
		all = append(all, e)
	}
	for _, a := range r.pagers() {
		add(Expectation{What: Acknowledged, Alert: keyOf(a)}, a.ID, a.CreatedAt, true)
	}
	add(Expectation{What: Escalated}, "", began, false)
	for _, id := range summoned(deeds) {
		add(Expectation{What: Summoned, User: id}, "", began, false)
	}
	real := len(r.Incidents) > 0
	add(Expectation{What: Declared}, "", began, false)
	add(Expectation{What: Role, Role: incident.Commander}, "", began, real)
	add(Expectation{What: Updated}, "", began, real)
	add(Expectation{What: Told}, "", began, real)
	add(Expectation{What: Resolved}, "", began, false)
	return all
}

// pagers are the alerts that paged for themselves, loudly: no members of groups.
func (r Records) pagers() (all []Alert) {
	for _, a := range r.Alerts {
		again := slices.ContainsFunc(all, func(b Alert) bool { return a.Key == b.Key })
		if a.Parent == "" && a.Urgency == watchbill.UrgencyHigh && !again && len(all) < maxAlerts {
			all = append(all, a)
		}
	}
	return all
}

// summoned are those who were asked to help by others, each once.
func summoned(deeds []deed) (all []watchbill.UserID) {
	for _, d := range deeds {
		if d.what == Summoned && d.user != "" && d.user != personOf(d.by) && !slices.Contains(all, d.user) {
			all = append(all, d.user)
		}
	}
	return all
}

// distance is how far apart things are, in seconds.
func distance(d time.Duration) time.Duration { return d.Round(time.Second) }

func upToMinute(d time.Duration) time.Duration {
	if rest := d % time.Minute; rest > 0 {
		d += time.Minute - rest
	}
	return d
}
