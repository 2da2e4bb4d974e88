package replay

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/timeline"
)

// Outcome is what became of an alert. Spans are from its opening.
type Outcome struct {
	Pages        []Page  `json:"pages"`                  // that a provider took, to people, in the order in which they went out
	Paged        []Paged `json:"paged"`                  // everybody, in the order of the first pages
	Level        int     `json:"level"`                  // the highest that a person was paged at; 0: none
	CatchAll     bool    `json:"catch_all,omitempty"`    // the catch-all was paged
	Reached      bool    `json:"reached"`                // a provider took a page to a person, or somebody answered
	Acknowledged *Moment `json:"acknowledged,omitempty"` // the first time; nil: never
	Resolved     *Moment `json:"resolved,omitempty"`     // nil: it is open
}

// Page is one attempt that went out to a person, over however many contacts.
type Page struct {
	User  watchbill.UserID   `json:"user"`
	After watchbill.Duration `json:"after"`
	Level int                `json:"level"` // 0: the catch-all; -1: somebody asked for the person by hand
}

// Paged is one person, and how often they were paged.
type Paged struct {
	User  watchbill.UserID   `json:"user"`
	First watchbill.Duration `json:"first"`
	Pages int                `json:"pages"`
}

// Moment is who did something, and when. By is a person's ID, or another actor of the record, such as "source:prom".
type Moment struct {
	By    string             `json:"by"`
	After watchbill.Duration `json:"after"`
}

// outcomeOf reads what became of an alert from its record, which begins at its beginning.
func outcomeOf(entries []timeline.Entry) (o Outcome) {
	heard := episode.HeardIn(entries)
	if len(heard) == 0 {
		return o
	}
	opened := heard[0].At
	since := func(at time.Time) watchbill.Duration { return watchbill.Duration(at.Sub(opened)) }
	o.Pages, o.Paged = []Page{}, []Paged{}
	for _, p := range episode.HistoryOf(entries).Pages {
		if person(p.User) {
			o.page(Page{p.User, since(p.At), p.Attempt.Level})
		}
	}
	for _, h := range heard {
		if by, ok := acknowledges(h); ok {
			o.Acknowledged = &Moment{by, since(h.At)}
			break
		}
	}
	o.Reached = len(o.Pages) > 0 || o.Acknowledged != nil
	if e, err := episode.Fold(entries); err == nil && e.Alert.State == alert.Resolved {
		o.Resolved = &Moment{nameOf(e.Alert.ResolvedBy), since(e.Alert.ResolvedAt)}
	}
	return o
}

func (o *Outcome) page(p Page) {
	o.Pages = append(o.Pages, p)
	o.Level, o.CatchAll = max(o.Level, p.Level), o.CatchAll || p.Level == 0
	i := slices.IndexFunc(o.Paged, func(q Paged) bool { return q.User == p.User })
	if i < 0 {
		i = len(o.Paged)
		o.Paged = append(o.Paged, Paged{User: p.User, First: p.After})
	}
	o.Paged[i].Pages++
}

// acknowledges reports whether it is an acknowledgement, and by whom.
func acknowledges(h episode.Heard) (by string, ok bool) {
	switch in := h.Input.(type) {
	case episode.Acknowledge:
		return string(in.By), true
	case episode.Snooze:
		return string(in.By), true
	case episode.Signal:
		return string(timeline.Source(in.Signal.Source)), in.Signal.Action == alert.Acknowledge
	}
	return "", false
}

// nameOf returns a person's ID, or any other actor as it is.
func nameOf(a timeline.Actor) string { return strings.TrimPrefix(string(a), string(timeline.User(""))) }

// near is how far instants may lie apart that count as the same: an engine rests between its passes, and providers are not
// always as quick.
const near = 3 * time.Second

// like reports whether two outcomes are the same, but for what an engine's own rest makes of instants.
func (o Outcome) like(p Outcome) bool {
	close := func(a, b watchbill.Duration) bool { return time.Duration(a-b).Abs() <= near }
	moment := func(a, b *Moment) bool {
		return a == nil && b == nil || a != nil && b != nil && a.By == b.By && close(a.After, b.After)
	}
	return moment(o.Acknowledged, p.Acknowledged) && moment(o.Resolved, p.Resolved) &&
		slices.EqualFunc(sorted(o.Pages), sorted(p.Pages), func(a, b Page) bool {
			return a.User == b.User && a.Level == b.Level && close(a.After, b.After)
		})
}

// sorted puts pages in an order that does not depend on which of several providers was quickest.
func sorted(pages []Page) []Page {
	pages = slices.Clone(pages)
	slices.SortStableFunc(pages, func(a, b Page) int {
		if a.User != b.User {
			return strings.Compare(string(a.User), string(b.User))
		}
		return cmp.Compare(a.After, b.After)
	})
	return pages
}

// person reports whether a page goes to a person, rather than to a chat channel or a webhook.
func person(u watchbill.UserID) bool {
	return u != "" && !catalog.IsDestination(u)
}
