package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// Promise is one of those that a run has to keep.
type Promise string

// The promises.
const (
	Readable   Promise = "every alert can be read"
	Kept       Promise = "every accepted signal is in exactly one alert"
	Paged      Promise = "every alert was paged to the right people, or acknowledged before"
	Prompt     Promise = "whatever breaks, others page within a claim's time"
	AckKept    Promise = "no accepted acknowledgement is lost"
	AckTrue    Promise = "an acknowledgement is accepted only by a server that can commit it"
	Silent     Promise = "nothing is queued, or claimed and sent, for an alert that was acknowledged before"
	Claimed    Promise = "nothing is sent without a claim that was committed"
	Recorded   Promise = "whatever was sent is in the record, to the person it is recorded for"
	Once       Promise = "no attempt is made twice"
	Explained  Promise = "a message arrives twice only if its first send was under way when something broke"
	Fenced     Promise = "nothing is sent of a claim that is over"
	Unbroken   Promise = "a record has no holes and never goes back in time"
	Folded     Promise = "folding a record gives the alert"
	InOrder    Promise = "no level is skipped"
	InTime     Promise = "no level and no attempt comes before its time"
	NothingDue Promise = "in the end nothing is left to be done"
)

// Violation is a promise that was broken.
type Violation struct {
	Promise Promise
	Count   int    // how often
	First   string // the first case, in words
}

// Error says which promise, and shows the first case.
func (v Violation) Error() string {
	return fmt.Sprintf("history: broken %d times: %s; first: %s", v.Count, v.Promise, v.First)
}

// checker is a check under way.
type checker struct {
	*Log
	found   []Violation
	byID    map[watchbill.AlertID]*seen
	byKey   map[alert.DedupKey][]*seen
	queued  map[notify.MessageID]notify.Key
	arrived map[notify.MessageID]Message // first arrival that the phone took
	claims  map[notify.MessageID][]Claim
	ordered []Fault
}

// seen is an alert with what others say about it.
type seen struct {
	Alert
	entry    []entry
	pages    []Message
	ackedAt  time.Time // when the first acknowledgement was answered 2xx; zero: none was
	recorded time.Time // when the record has the first one
}

// Check returns the promises that were broken, in the order of the constants; none if all were kept.
func (l *Log) Check() []Violation {
	c := newChecker(l)
	for i := range l.Alerts {
		c.alert(c.byID[l.Alerts[i].Episode.Alert.ID])
	}
	for _, s := range l.Signals {
		c.signal(s)
	}
	for _, a := range l.Acks {
		c.ack(a)
	}
	c.answers()
	c.messages()
	if l.Waiting > 0 {
		c.broken(NothingDue, "%d lanes still have something to send", l.Waiting)
	}
	order := []Promise{Readable, Kept, Paged, Prompt, AckKept, AckTrue, Silent, Claimed, Recorded, Once, Explained, Fenced, Unbroken, Folded, InOrder, InTime, NothingDue}
	slices.SortStableFunc(c.found, func(a, b Violation) int {
		return cmp.Compare(slices.Index(order, a.Promise), slices.Index(order, b.Promise))
	})
	return c.found
}

func newChecker(l *Log) *checker {
	c := &checker{Log: l, byID: map[watchbill.AlertID]*seen{}, byKey: map[alert.DedupKey][]*seen{},
		queued: map[notify.MessageID]notify.Key{}, arrived: map[notify.MessageID]Message{}, claims: map[notify.MessageID][]Claim{}}
	for _, x := range l.Claims {
		c.claims[x.Message] = append(c.claims[x.Message], x)
	}
	for _, a := range l.Alerts {
		s := &seen{Alert: a, entry: decode(a.Entries)}
		c.byID[a.Episode.Alert.ID] = s
		c.byKey[a.Episode.Alert.Key] = append(c.byKey[a.Episode.Alert.Key], s)
		for _, e := range s.entry {
			if e.Kind == episode.KindAcknowledged && s.recorded.IsZero() {
				s.recorded = e.at()
			}
		}
	}
	for _, m := range l.Messages {
		if s := c.byID[m.Alert]; s != nil && m.Kind == page {
			s.pages = append(s.pages, m)
		}
	}
	for _, a := range l.Acks {
		t, ok := accepted(a.Tries)
		if s := c.byID[a.Alert]; ok && s != nil && (s.ackedAt.IsZero() || t.AnsweredAt.Before(s.ackedAt)) {
			s.ackedAt = t.AnsweredAt
		}
	}
	return c
}

// page is the kind of message that promises are about: it demands an acknowledgement.
const page = "page"

func (c *checker) broken(p Promise, format string, args ...any) {
	for i := range c.found {
		if c.found[i].Promise == p {
			c.found[i].Count++
			return
		}
	}
	c.found = append(c.found, Violation{Promise: p, Count: 1, First: fmt.Sprintf(format, args...)})
}

// alert checks what the store says about one alert.
func (c *checker) alert(s *seen) {
	id := s.Episode.Alert.ID
	if s.Err != nil {
		c.broken(Readable, "alert %s: %v", id, s.Err)
		return
	}
	for i, e := range s.Entries {
		if e.Seq != int64(i+1) || i > 0 && e.At.Before(s.Entries[i-1].At) {
			c.broken(Unbroken, "alert %s: entry %d has number %d at %s", id, i+1, e.Seq, stamp(e.At))
		}
	}
	c.fold(s)
	c.record(s)
	if due := s.Episode.WakeAt(); !due.IsZero() && due.Before(c.Ended.Add(-c.Bounds.Commit)) {
		c.broken(NothingDue, "alert %s was due at %s, and is still at %s", id, stamp(due), stamp(c.Ended))
	}
}

// fold holds the record against the state, unchanged repeats apart.
func (c *checker) fold(s *seen) {
	e := s.Episode
	folded, err := episode.Fold(s.Entries)
	if err != nil {
		c.broken(Folded, "alert %s: %v", e.Alert.ID, err)
		return
	}
	folded.Alert.Senders = e.Alert.Senders
	folded.Alert.Count, folded.Alert.LastSeenAt, folded.Repeats = e.Alert.Count, e.Alert.LastSeenAt, e.Repeats
	a, errA := json.Marshal(folded)
	b, errB := json.Marshal(e)
	if errA != nil || errB != nil || string(a) != string(b) {
		c.broken(Folded, "alert %s: folding gives %s but stored is %s", e.Alert.ID, a, b)
	}
}

// signal checks that what was accepted is there, once, and reached somebody.
func (c *checker) signal(sig Signal) {
	list := c.byKey[sig.Key]
	try, ok := accepted(sig.Tries)
	switch {
	case len(list) > 1:
		c.broken(Kept, "signal %s is in %d alerts, %s and %s", sig.Key, len(list), list[0].Episode.Alert.ID, list[1].Episode.Alert.ID)
		return
	case len(list) == 0 && ok:
		c.broken(Kept, "signal %s was accepted by %s at %s and is in no alert", sig.Key, try.Replica, stamp(try.AnsweredAt))
		return
	case len(list) == 0:
		return
	case sig.Alert != "" && list[0].Episode.Alert.ID != sig.Alert:
		c.broken(Kept, "signal %s was answered with alert %s and is in %s", sig.Key, sig.Alert, list[0].Episode.Alert.ID)
	}
	c.paged(list[0])
	if ok {
		c.prompt(list[0], try.AnsweredAt)
	}
}

// prompt checks that the first page came soon after the signal was accepted. What may have been claimed by somebody who was
// then hit comes when the claim has ended; and nothing comes while all are hit.
func (c *checker) prompt(s *seen, accepted time.Time) {
	by := accepted.Add(c.Bounds.Flight + c.Bounds.Commit)
	for _, f := range c.faultsInOrder() {
		if f.At.After(by) || f.Until.Before(accepted) {
			continue
		}
		again := f.At.Add(c.Bounds.Lease)
		if f.Replica == "" || c.Replicas == 1 {
			again = f.Until.Add(c.Bounds.Lease)
		}
		if again = again.Add(c.Bounds.Flight + c.Bounds.Commit); again.After(by) {
			by = again
		}
	}
	at := c.Ended
	for _, m := range s.pages {
		if !m.Declined {
			at = m.At
			break
		}
	}
	if at.After(by) && (s.recorded.IsZero() || s.recorded.After(by)) {
		c.broken(Prompt, "alert %s was accepted at %s, and its first page came at %s", s.Episode.Alert.ID, stamp(accepted), stamp(at))
	}
}

func (c *checker) faultsInOrder() []Fault {
	if c.ordered == nil {
		c.ordered = slices.SortedFunc(slices.Values(c.Faults), func(a, b Fault) int { return a.At.Compare(b.At) })
	}
	return c.ordered
}

// paged checks that somebody heard of an alert, and that it was the right one.
func (c *checker) paged(s *seen) {
	a := s.Episode.Alert
	right := c.Right[a.Service]
	reached := false
	for _, m := range s.pages {
		reached = reached || !m.Declined && m.Level == 1
		if m.Level < 1 || m.Level > len(right) || m.User != right[m.Level-1] {
			c.broken(Paged, "alert %s of %s: level %d paged %s", a.ID, a.Service, m.Level, m.User)
		}
	}
	if !reached && s.recorded.IsZero() {
		c.broken(Paged, "alert %s (%s) opened at %s: no page of level 1 has arrived, and nobody acknowledged", a.ID, a.Key, stamp(a.CreatedAt))
	}
}

// ack checks that an accepted acknowledgement is in the record, from the time at which it was accepted, and holds.
func (c *checker) ack(a Ack) {
	try, ok := accepted(a.Tries)
	if !ok {
		return
	}
	s := c.byID[a.Alert]
	switch {
	case s == nil:
		c.broken(AckKept, "%s acknowledged %s, which does not exist", a.By, a.Alert)
	case s.recorded.IsZero():
		c.broken(AckKept, "alert %s: the acknowledgement that %s accepted at %s is not in the record", a.Alert, try.Replica, stamp(try.AnsweredAt))
	case s.recorded.After(try.AnsweredAt.Add(c.Bounds.Skew)):
		c.broken(AckKept, "alert %s: acknowledged at %s, but the record has the first one at %s", a.Alert, stamp(try.AnsweredAt), stamp(s.recorded))
	case s.Episode.Alert.State == alert.Triggered:
		c.broken(AckKept, "alert %s: acknowledged at %s, and triggered in the end", a.Alert, stamp(try.AnsweredAt))
	}
}

// answers checks that no server answered 2xx while it was cut off from its database.
func (c *checker) answers() {
	for _, f := range c.Faults {
		if f.Kind != Partition {
			continue
		}
		look := func(what string, tries []Try) {
			for _, t := range tries {
				if t.Answer == Accepted && t.Replica == f.Replica && t.SentAt.After(f.At) && t.AnsweredAt.Before(f.Until) {
					c.broken(AckTrue, "%s was accepted at %s by %s, which was cut off from %s to %s", what, stamp(t.AnsweredAt), t.Replica, stamp(f.At), stamp(f.Until))
				}
			}
		}
		for _, a := range c.Acks {
			look("the acknowledgement of "+string(a.Alert), a.Tries)
		}
		for _, s := range c.Signals {
			look("signal "+string(s.Key), s.Tries)
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
