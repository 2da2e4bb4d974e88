package history

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// messages checks what arrived, in the order of arrival.
func (c *checker) messages() {
	type attempt struct {
		alert   watchbill.AlertID
		user    watchbill.UserID
		level   int
		attempt int
	}
	first := map[attempt]Message{}
	for _, m := range c.Messages {
		if m.Kind != page {
			continue
		}
		c.known(m)
		c.afterAck(m)
		if c.Claims != nil {
			c.claimed(m)
		}
		k := attempt{m.Alert, m.User, m.Level, m.Attempt}
		if before, again := first[k]; again && before.ID != m.ID {
			c.broken(Once, "alert %s: attempt %d of level %d came to %s as %s and as %s", m.Alert, m.Attempt, m.Level, m.User, before.ID, m.ID)
		}
		first[k] = m
		if before, again := c.arrived[m.ID]; again {
			c.again(before, m)
		} else if !m.Declined {
			c.arrived[m.ID] = m
		}
	}
}

// known holds a message against what was queued.
func (c *checker) known(m Message) {
	k, ok := c.queued[m.ID]
	switch {
	case !ok:
		c.broken(Recorded, "message %s of alert %s arrived at %s and is in no record", m.ID, m.Alert, stamp(m.At))
	case k.Alert != m.Alert || k.User != m.User || k.Attempt.Level != m.Level || k.Attempt.Number != m.Attempt:
		c.broken(Recorded, "message %s arrived as level %d, attempt %d for %s of alert %s, and is recorded as %+v", m.ID, m.Level, m.Attempt, m.User, m.Alert, k)
	}
}

// claimed holds a message against the claims that the store noted: the latest before it arrived was committed, was not over,
// and saw an alert that nobody had acknowledged.
func (c *checker) claimed(m Message) {
	var last Claim
	for _, x := range c.claims[m.ID] {
		if !x.At.After(m.At) {
			last = x
		}
	}
	switch {
	case last.Message == "":
		c.broken(Claimed, "message %s of alert %s arrived at %s from %s and was never claimed before", m.ID, m.Alert, stamp(m.At), m.From)
	case last.State != alert.Triggered:
		c.broken(Silent, "message %s of alert %s was claimed at %s, when the alert was %s, and arrived from %s at %s", m.ID, m.Alert, stamp(last.At), last.State, m.From, stamp(m.At))
	case m.At.After(last.At.Add(c.Bounds.Lease + c.Bounds.Skew)):
		c.broken(Fenced, "message %s of alert %s was claimed last at %s, and arrived from %s at %s", m.ID, m.Alert, stamp(last.At), m.From, stamp(m.At))
	}
}

// afterAck checks that a page which arrives after an acknowledgement was answered had been claimed before. It was if it is
// no later than a claimed message can be: its sender sends at once, and whoever was held up meanwhile has until the claim
// ends.
func (c *checker) afterAck(m Message) {
	s := c.byID[m.Alert]
	if s == nil || s.ackedAt.IsZero() || !m.At.After(s.ackedAt.Add(c.Bounds.Flight)) {
		return
	}
	for _, f := range c.Faults {
		heldUp := f.hits(m.From) && f.Kind != Kill && !f.At.After(m.At) && !f.Until.Before(s.ackedAt)
		if heldUp && !m.At.After(s.ackedAt.Add(c.Bounds.Lease)) {
			return
		}
	}
	c.broken(Silent, "alert %s was acknowledged at %s, and message %s from %s arrived at %s", m.Alert, stamp(s.ackedAt), m.ID, m.From, stamp(m.At))
}

// again checks that a message which arrived twice was under way at a fault, and that none comes of a claim that is over.
func (c *checker) again(before, m Message) {
	for _, f := range c.Faults {
		if f.Kind == Pause && f.Replica == m.From && before.From != m.From && f.Until.Sub(f.At) > c.Bounds.Lease &&
			before.At.After(f.At) && m.At.After(f.Until) && m.At.Before(f.Until.Add(c.Bounds.Flight)) {
			c.broken(Fenced, "message %s was sent by %s at %s while %s was paused, which sent it again at %s", m.ID, before.From, stamp(before.At), m.From, stamp(m.At))
		}
	}
	if !c.underWay(before, m.At) {
		c.broken(Explained, "message %s arrived at %s from %s and at %s from %s, and nothing was broken then", m.ID, stamp(before.At), before.From, stamp(m.At), m.From)
	}
}

// underWay reports whether the receipt of a message was not yet sure to be in the store when something broke that touches
// it.
func (c *checker) underWay(before Message, again time.Time) bool {
	for _, f := range c.Faults {
		if f.hits(before.From) && !f.At.After(again) &&
			!f.At.After(before.At.Add(c.Bounds.Commit)) && !f.Until.Before(before.At.Add(-c.Bounds.Commit)) {
			return true
		}
	}
	return false
}
