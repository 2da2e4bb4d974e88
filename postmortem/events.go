package postmortem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// timeline joins what was before, where the impact began and ended, and what the records tell.
func (m Material) timeline() []Event {
	var all []Event
	for _, e := range m.Before {
		all = append(all, Event{At: watchbill.Stamp(e.At), Actor: valid(e.Actor), Text: valid(e.Text), Times: e.Times, Until: watchbill.Stamp(e.Until)})
	}
	if start := m.Figures.StartedAt; !start.IsZero() {
		all = append(all, Event{At: start, Text: "Impact begins (as recorded)"})
	}
	for _, o := range m.Moments {
		all = append(all, eventOf(o))
	}
	if end := m.Figures.EndedAt; !end.IsZero() && !end.Equal(m.Figures.ResolvedAt) {
		all = append(all, Event{At: end, Text: "Impact ends (as recorded)"})
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	return condense(all)
}

// eventOf takes the actor out of a moment's text, which begins with it wherever somebody did something.
func eventOf(o incident.Moment) Event {
	who := strings.TrimPrefix(string(o.Actor), "user:")
	if o.Via != "" {
		who += " (via " + o.Via + ")"
	}
	return Event{At: watchbill.Stamp(o.At), Actor: valid(o.Actor), Text: valid(strings.TrimPrefix(o.Text, who+" "))}
}

// attempts are what tells one page of a level from the next.
var attempts = regexp.MustCompile(`, attempt \d+`)

// condense joins what machines repeated, as long as nothing else happened, into the first line of it: twenty pages to a
// person who does not answer are one line. What people did is never joined.
func condense(events []Event) []Event {
	var all []Event
	seen := map[string]int{}
	for _, e := range events {
		if e.Actor == "" || person(e.Actor) {
			clear(seen)
			all = append(all, e)
			continue
		}
		key := string(e.Actor) + "\n" + attempts.ReplaceAllString(e.Text, "")
		if k, ok := seen[key]; ok {
			all[k].Times, all[k].Until = max(1, all[k].Times)+max(1, e.Times), later(e.At, e.Until)
			continue
		}
		seen[key] = len(all)
		all = append(all, e)
	}
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func person(a timeline.Actor) bool { return strings.HasPrefix(string(a), "user:") }

// actorName returns an actor as people say it. Without name, people are called by their IDs.
func actorName(a timeline.Actor, name func(watchbill.UserID) string) string {
	kind, id, _ := strings.Cut(string(a), ":")
	switch {
	case a == timeline.Engine:
		return "watchbill"
	case id == "":
		return string(a)
	case kind != "user":
		return kind + " " + id
	case name == nil:
		return id
	}
	return name(watchbill.UserID(id))
}

// words writes a length of time for people: "1 h 5 min".
func words(d watchbill.Duration) string {
	rest := time.Duration(d).Truncate(time.Second)
	switch {
	case d <= 0:
		return "0 s"
	case rest == 0:
		return "less than 1 s"
	}
	var parts []string
	for _, u := range []struct {
		name string
		long time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}} {
		if n := rest / u.long; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			rest -= n * u.long
		}
	}
	return strings.Join(parts, " ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func effect(e incident.Effect) string {
	if e == incident.EffectNone {
		return "none recorded"
	}
	return strings.ReplaceAll(e.String(), "_", " ")
}
