package replay

import (
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// Totals is what several alerts came to.
type Totals struct {
	Alerts       int                `json:"alerts"`
	Reached      int                `json:"reached"`      // alerts that reached a person
	Acknowledged int                `json:"acknowledged"` // alerts
	Pages        int                `json:"pages"`
	People       []Share            `json:"people"`           // by ID
	Median       watchbill.Duration `json:"median,omitempty"` // to acknowledge, of the alerts that were
	Longest      watchbill.Duration `json:"longest,omitempty"`

	times []time.Duration
}

// Share is how often one person was paged.
type Share struct {
	User  watchbill.UserID `json:"user"`
	Pages int              `json:"pages"`
}

func (t *Totals) count(o *Outcome) {
	if o == nil {
		return
	}
	t.Alerts++
	if o.Reached {
		t.Reached++
	}
	for _, p := range o.Paged {
		t.Pages += p.Pages
		i, found := slices.BinarySearchFunc(t.People, p.User, func(s Share, u watchbill.UserID) int { return strings.Compare(string(s.User), string(u)) })
		if !found {
			t.People = slices.Insert(t.People, i, Share{User: p.User})
		}
		t.People[i].Pages += p.Pages
	}
	if o.Acknowledged != nil {
		t.Acknowledged++
		t.times = append(t.times, time.Duration(o.Acknowledged.After))
		t.Median, t.Longest = watchbill.Duration(median(t.times)), watchbill.Duration(slices.Max(t.times))
	}
}

// everybody lists who was paged in either, by ID.
func everybody(a, b Totals) (all []watchbill.UserID) {
	for _, s := range slices.Concat(a.People, b.People) {
		all = append(all, s.User)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (t Totals) pagesOf(u watchbill.UserID) int {
	for _, s := range t.People {
		if s.User == u {
			return s.Pages
		}
	}
	return 0
}
