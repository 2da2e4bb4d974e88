package sim

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

// Summary is what histories come to: how fast people were reached, and what that cost them. The zero Summary is that of no
// history at all.
//
// An alert is urgent if it ever rang: see [Ring]. It is reached when somebody sees a page of it, and acknowledged when somebody
// acknowledges it, while it rings; both count from when it began to ring. What a sleeper sees of it in the morning, when it is
// over, is not counted. Alerts that were never reached or acknowledged have no time to be; they are counted beside the times, which
// must be read together with them.
//
// A page is one attempt of an urgent alert of which a message is on a person's phone, over however many contacts, as in package
// report; it counts when the first message came.
type Summary struct {
	Runs int                `json:"runs"` // histories
	Time watchbill.Duration `json:"time"` // that they took, all together

	Alerts         int `json:"alerts"`         // that were opened
	Urgent         int `json:"urgent"`         // of the alerts
	Unreached      int `json:"unreached"`      // of the urgent: never reached
	Unacknowledged int `json:"unacknowledged"` // of the urgent: never acknowledged
	Passed         int `json:"passed"`         // of the unacknowledged: over at the end all the same, mostly because their source said so

	ToReach       Times `json:"to_reach"`       // from when an urgent alert began to ring until it was reached
	ToAcknowledge Times `json:"to_acknowledge"` // and until it was acknowledged

	Levels []int  `json:"levels"` // urgent alerts by how many levels paged for them, from none; each cycle's and the catch-all count
	People []Load `json:"people"` // everybody in the catalog, and who else was paged, by ID
}

// Load is what one person bore.
type Load struct {
	User         watchbill.UserID `json:"user"`
	Pages        int              `json:"pages"`
	Nights       int              `json:"nights"`       // with a page between 22:00 and 07:00 by the person's own clock; several in a night are one
	Acknowledged int              `json:"acknowledged"` // urgent alerts that this person was the first to acknowledge
}

// Times are how long something took each time, the shortest first.
type Times []time.Duration

// Rank returns a percentile by nearest rank, as package report does: the smallest value that at least so many percent of the
// values do not exceed, so always one that happened. Zero if there are no values.
func (t Times) Rank(percent int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	return t[max((len(t)*percent+99)/100, 1)-1]
}

// MarshalJSON writes how many there are, and their percentiles as Go prints durations.
func (t Times) MarshalJSON() ([]byte, error) {
	d := func(percent int) watchbill.Duration {
		return watchbill.Duration(t.Rank(percent).Round(time.Millisecond))
	}
	return json.Marshal(struct {
		Count  int                `json:"count"`
		Median watchbill.Duration `json:"median"`
		P90    watchbill.Duration `json:"p90"`
		P95    watchbill.Duration `json:"p95"`
		P99    watchbill.Duration `json:"p99"`
		Max    watchbill.Duration `json:"max"`
	}{len(t), d(50), d(90), d(95), d(99), d(100)})
}

// Summarize sums up a history of these people. Where somebody's zone is missing or unknown, their nights are those of UTC.
func Summarize(h *History, people []catalog.User) Summary {
	s := Summary{Runs: 1, Time: watchbill.Duration(h.End.Sub(h.Start)), Alerts: len(h.Alerts)}
	b := newBurden(people)
	for _, a := range h.Alerts {
		if len(a.Rings) == 0 {
			continue
		}
		s.count(a)
		levels := b.pages(a)
		for len(s.Levels) <= levels {
			s.Levels = append(s.Levels, 0)
		}
		s.Levels[levels]++
	}
	slices.Sort(s.ToReach)
	slices.Sort(s.ToAcknowledge)
	s.People = b.loads()
	return s
}

// count counts an urgent alert.
func (s *Summary) count(a *Alert) {
	s.Urgent++
	from := a.Rings[0].From
	var reached, acknowledged time.Time
	for _, r := range a.Rings {
		if reached.IsZero() {
			reached = a.seen(r)
		}
		if r.Acknowledged && acknowledged.IsZero() {
			acknowledged = r.To
		}
	}
	if reached.IsZero() {
		s.Unreached++
	} else {
		s.ToReach = append(s.ToReach, reached.Sub(from))
	}
	switch {
	case !acknowledged.IsZero():
		s.ToAcknowledge = append(s.ToAcknowledge, acknowledged.Sub(from))
		return
	case a.State == alert.Resolved:
		s.Passed++
	}
	s.Unacknowledged++
}

// Add adds what other histories come to. The order in which summaries are added does not matter.
func (s *Summary) Add(other Summary) {
	s.Runs, s.Time = s.Runs+other.Runs, s.Time+other.Time
	s.Alerts, s.Urgent, s.Unreached = s.Alerts+other.Alerts, s.Urgent+other.Urgent, s.Unreached+other.Unreached
	s.Unacknowledged, s.Passed = s.Unacknowledged+other.Unacknowledged, s.Passed+other.Passed
	s.ToReach = merged(s.ToReach, other.ToReach)
	s.ToAcknowledge = merged(s.ToAcknowledge, other.ToAcknowledge)
	levels := make([]int, max(len(s.Levels), len(other.Levels)))
	for i := range levels {
		levels[i] = nth(s.Levels, i) + nth(other.Levels, i)
	}
	s.Levels, s.People = levels, together(s.People, other.People)
}

// Total is what several summaries come to together.
func Total(all []Summary) (s Summary) {
	if n := len(all); n > 1 { // by halves, so that no value is sorted as often as there are runs
		s = Total(all[:n/2])
		s.Add(Total(all[n/2:]))
		return s
	}
	for _, one := range all {
		s.Add(one)
	}
	return s
}

func merged(a, b Times) Times {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return all
}

func nth(list []int, i int) int {
	if i >= len(list) {
		return 0
	}
	return list[i]
}

func together(a, b []Load) (all []Load) {
	list := slices.Concat(a, b)
	slices.SortStableFunc(list, func(x, y Load) int { return cmp.Compare(x.User, y.User) })
	for _, l := range list {
		if n := len(all); n > 0 && all[n-1].User == l.User {
			p := &all[n-1]
			p.Pages, p.Nights, p.Acknowledged = p.Pages+l.Pages, p.Nights+l.Nights, p.Acknowledged+l.Acknowledged
			continue
		}
		all = append(all, l)
	}
	return all
}

// Pages returns how many pages there were, to all people.
func (s Summary) Pages() (n int) {
	for _, l := range s.People {
		n += l.Pages
	}
	return n
}

// Nights returns how many nights were broken, each as often as there were people whose it was.
func (s Summary) Nights() (n int) {
	for _, l := range s.People {
		n += l.Nights
	}
	return n
}

// Weeks returns how long the histories were, in weeks.
func (s Summary) Weeks() float64 { return time.Duration(s.Time).Hours() / (7 * 24) }

// Further returns how many urgent alerts needed more than one level.
func (s Summary) Further() (n int) {
	for levels, alerts := range s.Levels {
		if levels > 1 {
			n += alerts
		}
	}
	return n
}

// A night lasts from 22:00 to 07:00.
const (
	nightFrom = 22
	nightTo   = 7
)

// burden is what people bear, while it is being counted.
type burden map[watchbill.UserID]*bearer

type bearer struct {
	Load
	zone   *time.Location
	nights map[int]bool // by the midnight before their evening
}

func newBurden(people []catalog.User) burden {
	b := burden{}
	for _, u := range people {
		b.add(u)
	}
	return b
}

func (b burden) add(u catalog.User) *bearer {
	zone, err := calendar.LoadZone(u.Zone)
	if err != nil {
		zone = time.UTC
	}
	b[u.ID] = &bearer{Load: Load{User: u.ID}, zone: zone, nights: map[int]bool{}}
	return b[u.ID]
}

func (b burden) of(id watchbill.UserID) *bearer {
	if p := b[id]; p != nil {
		return p
	}
	return b.add(catalog.User{ID: id})
}

// pages counts the pages of an urgent alert, and returns how many levels paged for it.
func (b burden) pages(a *Alert) int {
	type page struct {
		of watchbill.Attempt
		to watchbill.UserID
	}
	first, levels := map[page]time.Time{}, map[watchbill.Attempt]bool{}
	for _, s := range a.Sends {
		if !s.Page() {
			continue
		}
		level := s.Key.Attempt
		level.Number = 0
		levels[level] = true
		p := page{s.Key.Attempt, s.User}
		if at, known := first[p]; !s.ArrivedAt.IsZero() && s.User != "" && (!known || s.ArrivedAt.Before(at)) {
			first[p] = s.ArrivedAt
		}
	}
	for p, at := range first {
		b.of(p.to).page(at)
	}
	if a.AcknowledgedBy != "" {
		b.of(a.AcknowledgedBy).Acknowledged++
	}
	return len(levels)
}

// page counts a page.
func (p *bearer) page(at time.Time) {
	p.Pages++
	if night, ok := nightOf(at.In(p.zone)); ok {
		p.nights[night] = true
	}
}

func (b burden) loads() []Load {
	all := make([]Load, 0, len(b))
	for _, p := range b {
		p.Nights = len(p.nights)
		all = append(all, p.Load)
	}
	slices.SortFunc(all, func(x, y Load) int { return cmp.Compare(x.User, y.User) })
	return all
}
