package episode

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// History is what became of an alert, as reports need it, read from its record.
type History struct {
	AcknowledgedAt time.Time // the first acknowledgement, by a person or the source; zero: none. A reopening does not undo it
	Pages          []Page    // in the order in which they went out
}

// Page is one attempt that went out to a person: over however many contacts, it is one page. It went out if a provider
// accepted a message of it, also one that came too late to matter. What was queued and taken back, refused, or only ever
// failed has disturbed nobody and is no page.
type Page struct {
	At       time.Time // when a provider first accepted a message of it
	User     watchbill.UserID
	Urgency  watchbill.Urgency // of the alert when the run began
	Attempt  watchbill.Attempt
	Messages int // accepted by a provider; one that was accepted twice counts once
}

// HistoryOf reads an alert's record from its first entry. It never fails: what cannot be read is left out.
func HistoryOf(entries []timeline.Entry) History {
	r := reader{urgency: map[int]watchbill.Urgency{}, pages: map[pageKey]int{}, accepted: map[notify.Key]bool{}}
	for _, e := range entries {
		r.read(e)
	}
	return r.History
}

// pageKey identifies a page within an alert.
type pageKey struct {
	user    watchbill.UserID
	attempt watchbill.Attempt
}

// reader is a history under way.
type reader struct {
	History
	alert    alert.Alert               // as far as its urgency goes
	urgency  map[int]watchbill.Urgency // by run, which has one urgency throughout
	pages    map[pageKey]int           // index in Pages
	accepted map[notify.Key]bool
}

func (r *reader) read(e timeline.Entry) {
	switch e.Kind {
	case KindOpened:
		var p opened
		if read(e, &p) {
			r.alert = alert.Open(p.ID, e.At, p.Signal, p.Terms)
		}
	case KindSignaled:
		var p signaled
		if read(e, &p) {
			r.alert, _ = alert.Step(r.alert, e.At, alert.Again{Signal: p.Signal, Terms: p.Terms})
		}
	case KindQueued:
		var p queued
		if read(e, &p) {
			r.urgency[p.Key.Attempt.Run] = r.alert.Urgency
		}
	case KindAcknowledged, KindSnoozed: // recorded only while the alert is open, so somebody has it from the first one on
		var p clocked
		if read(e, &p) && r.AcknowledgedAt.IsZero() {
			r.AcknowledgedAt = atClock(e, p)
		}
	case KindRaised:
		var p raised
		if read(e, &p) && !p.Stays {
			r.alert.Urgency = watchbill.UrgencyHigh
		}
	case KindMember:
		var p member
		if read(e, &p) && p.Urgency < r.alert.Urgency {
			r.alert.Urgency = p.Urgency
		}
	case KindReceipt:
		var p receipt
		if read(e, &p) && p.Verdict == Accepted && p.Key.User != "" && p.Key.Kind == notify.KindPage {
			r.sent(p.Key, atClock(e, p.clocked))
		}
	}
}

// sent notes a message that a provider accepted.
func (r *reader) sent(k notify.Key, at time.Time) {
	if r.accepted[k] {
		return
	}
	r.accepted[k] = true
	i, ok := r.pages[pageKey{k.User, k.Attempt}]
	if !ok {
		urgency, known := r.urgency[k.Attempt.Run]
		if !known {
			urgency = r.alert.Urgency
		}
		i = len(r.Pages)
		r.pages[pageKey{k.User, k.Attempt}] = i
		r.Pages = append(r.Pages, Page{At: at, User: k.User, Urgency: urgency, Attempt: k.Attempt})
	}
	r.Pages[i].Messages++
}

func read(e timeline.Entry, payload any) bool { return json.Unmarshal(e.Data, payload) == nil }

// atClock returns when an entry happened by the clock of the time, which is what the alert itself keeps.
func atClock(e timeline.Entry, c clocked) time.Time {
	if c.Clock.IsZero() {
		return e.At
	}
	return c.Clock
}
