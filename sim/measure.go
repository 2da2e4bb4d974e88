package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Measure is how much of something there was, for each that had any. Those below count pages. A page is one attempt of one level
// to reach one person: over however many contacts, and however often each was tried, it is one, as in the reports. It counts once
// it is on the person's phone, at that instant, whatever the alert's urgency, and whether or not the person notices it. What never
// arrives has disturbed nobody; one message about several alerts is a page of each; what machines are sent, and the notice that
// somebody has it or that it is over, is no page.
type Measure struct {
	Name  string // as "pages per person per hour"
	Count func(h *History) []Count
}

// Count is how much there was of something for one person, or one alert: where a measure is per hour or the like, the most in any
// span of that length, wherever it begins.
type Count struct {
	N        int
	What     string // "pages"
	User     watchbill.UserID
	Alert    *Alert
	From, To time.Time // the first and the last of them
}

// AtMost expects that no count of a measure is over n.
func AtMost(n int, m Measure) Expectation {
	e := Expectation{Name: fmt.Sprintf("at most %d %s", n, plurals(n, m.Name))}
	if m.Count == nil {
		return e // which [Check] refuses
	}
	e.Check = func(h *History) (all []Breach) {
		for _, c := range m.Count(h) {
			if c.N > n {
				all = append(all, Breach{c.To, c.Alert, c.User, fmt.Sprintf("%d %s, from %s to %s", c.N, plurals(c.N, c.What), h.wall(c.From), h.wall(c.To))})
			}
		}
		slices.SortStableFunc(all, func(a, b Breach) int { return a.At.Compare(b.At) })
		return all
	}
	return e
}

// plurals makes the first word of a text in the plural that which is said of so many.
func plurals(n int, text string) string {
	word, rest, _ := strings.Cut(text, " ")
	if one, ok := strings.CutSuffix(word, "s"); n == 1 && ok {
		return strings.TrimSpace(one + " " + rest)
	}
	return text
}

// PagesPerPersonPerHour is the most pages of each person in any 60 minutes.
func PagesPerPersonPerHour() Measure { return pagesPerPerson("hour", time.Hour) }

// PagesPerPersonPerDay is the most pages of each person in any 24 hours.
func PagesPerPersonPerDay() Measure { return pagesPerPerson("day", 24*time.Hour) }

func pagesPerPerson(name string, span time.Duration) Measure {
	return Measure{"pages per person per " + name, func(h *History) []Count {
		return perPerson(h, func(_ watchbill.UserID, at []time.Time) Count { return most(at, span) })
	}}
}

// PagesPerAlert is all pages of each alert, to whomever.
func PagesPerAlert() Measure {
	return Measure{"pages per alert", func(h *History) (all []Count) {
		for _, a := range h.Alerts {
			if pages := a.pages(); len(pages) > 0 {
				all = append(all, Count{N: len(pages), What: "pages", Alert: a, From: pages[0].at, To: pages[len(pages)-1].at})
			}
		}
		return all
	}}
}

// nights are those of a week.
const nights = 7

// NightsBrokenPerPersonPerWeek is the most nights with a page of each person in any seven in a row. A night is from 22:00 to
// 07:00 in the person's time zone, which is UTC for whoever has none.
func NightsBrokenPerPersonPerWeek() Measure {
	return Measure{"nights broken per person per week", func(h *History) []Count {
		return perPerson(h, func(user watchbill.UserID, at []time.Time) Count { return mostNights(at, h.zoneOf(user)) })
	}}
}

// perPerson counts the pages of each person, in the order of their names.
func perPerson(h *History, count func(user watchbill.UserID, at []time.Time) Count) (all []Count) {
	pages := map[watchbill.UserID][]time.Time{}
	for _, a := range h.Alerts {
		for _, p := range a.pages() {
			pages[p.user] = append(pages[p.user], p.at)
		}
	}
	for _, user := range slices.Sorted(maps.Keys(pages)) {
		at := pages[user]
		slices.SortFunc(at, time.Time.Compare)
		if c := count(user, at); c.N > 0 {
			c.User = user
			all = append(all, c)
		}
	}
	return all
}

// page is one page that came to a person.
type page struct {
	user watchbill.UserID
	at   time.Time
}

// pages returns the alert's pages, in the order in which they came.
func (a *Alert) pages() (all []page) {
	index := map[pageKey]int{}
	for _, s := range a.Sends {
		if !s.Page() || !s.human() || s.ArrivedAt.IsZero() {
			continue
		}
		k := pageKey{a, s.User, s.Key.Attempt}
		if i, ok := index[k]; !ok {
			index[k] = len(all)
			all = append(all, page{s.User, s.ArrivedAt})
		} else if s.ArrivedAt.Before(all[i].at) {
			all[i].at = s.ArrivedAt
		}
	}
	slices.SortStableFunc(all, func(x, y page) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.user, y.user)) })
	return all
}

// most returns the most instants in any span of a length, the first such. Two that lie exactly so far apart are not in one.
func most(at []time.Time, span time.Duration) (best Count) {
	first := 0
	for last := range at {
		for at[last].Sub(at[first]) >= span {
			first++
		}
		if n := last - first + 1; n > best.N {
			best = Count{N: n, What: "pages", From: at[first], To: at[last]}
		}
	}
	return best
}

// mostNights returns the most nights with an instant in any seven in a row, the first such.
func mostNights(at []time.Time, zone *time.Location) (best Count) {
	var broken []int // the nights, each once
	var when []time.Time
	for _, t := range at {
		if night, ok := nightOf(t.In(zone)); ok && (len(broken) == 0 || broken[len(broken)-1] != night) {
			broken, when = append(broken, night), append(when, t)
		}
	}
	first := 0
	for last := range broken {
		for broken[last]-broken[first] >= nights {
			first++
		}
		if n := last - first + 1; n > best.N {
			best = Count{N: n, What: "nights broken", From: when[first], To: when[last]}
		}
	}
	return best
}

// nightOf returns which night it is at a local time, as the day on which it began.
func nightOf(local time.Time) (night int, ok bool) {
	day := int(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
	switch hour := local.Hour(); {
	case hour >= nightFrom:
		return day, true
	case hour < nightTo:
		return day - 1, true
	}
	return 0, false
}

// zoneOf returns a person's time zone.
func (h *History) zoneOf(user watchbill.UserID) *time.Location {
	if zone, err := calendar.LoadZone(h.zones[user]); err == nil {
		return zone
	}
	return time.UTC
}
