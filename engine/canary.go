package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/notify"
)

// Prove notes that a message over a contact has reached the person, who says so. The error is a [*MissingError].
func (e *Engine) Prove(ctx context.Context, now time.Time, user watchbill.UserID, id notify.ContactID) error {
	return e.change(ctx, now, func(d *desk) error {
		u, ok := d.org.User(user)
		if !ok {
			return &MissingError{"user", string(user)}
		}
		i := slices.IndexFunc(u.Contacts, func(c notify.Contact) bool { return c.ID == id })
		if i < 0 {
			return &MissingError{"contact", string(id)}
		}
		return d.proved(contactRef{user, id}, u.Contacts[i])
	})
}

// canaries returns the messages that become due, after one instant and up to now, by which people prove that pages would
// reach them.
func (d *desk) canaries(after time.Time) (all []noticeRecord) {
	rule := d.org.Config().Catalog.Delivery.Canary
	if rule.Every <= 0 {
		return nil
	}
	for _, known := range d.org.Config().Catalog.Users {
		u, _ := d.org.User(known.ID)
		open := d.canaryHours(rule, u)
		for _, c := range u.Contacts {
			at := canaryAt(contactRef{u.ID, c.ID}, rule.Every, d.now, open)
			if at.After(after) && !at.After(d.now) {
				all = append(all, d.canary(u, c.ID, at))
			}
		}
	}
	return all
}

func (d *desk) canary(u catalog.User, id notify.ContactID, at time.Time) noticeRecord {
	n := notice.OfContact(notice.Canary, u.ID, id, at)
	r := noticeRecord{V: 1, Notice: n, NextAt: n.At, Contact: id, Summary: "Is this reaching you? Tap to confirm",
		Details: fmt.Sprintf("Watchbill sends this now and then, so that it is known that pages reach you by %s. Nothing has happened.\n", id)}
	if d.e.cfg.ProofURL != nil {
		r.Link = notify.Link{Text: "Yes, it reaches me", Href: d.e.cfg.ProofURL(u.ID, id, at)}
	}
	return r
}

// hours says whether an instant is within some hours, and until when that holds.
type hours func(at time.Time) (open bool, until time.Time)

// canaryHours returns when somebody may be sent a canary: in the support hours that the rule names, else from 10:00 to 16:00
// where the person is, Monday to Friday.
func (d *desk) canaryHours(rule catalog.Canary, u catalog.User) hours {
	if h, ok := d.org.SupportHours(rule.Hours); ok {
		return h.At
	}
	zone := d.org.Zone(u.Zone)
	pattern := calendar.NewPattern([]calendar.Window{{From: 10 * 3600, To: 16 * 3600,
		Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday}}})
	return func(at time.Time) (bool, time.Time) {
		open, until := pattern.At(calendar.Reading(zone, at))
		return open, calendar.FirstAt(zone, until)
	}
}

// canaryAt returns when the latest canary of a contact was due that is not later than now; zero if there was none lately.
// Every contact has a time of its own in each period; where that is outside of the hours, it has one in the next hours.
func canaryAt(r contactRef, every time.Duration, now time.Time, open hours) (latest time.Time) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.id()))
	chance := h.Sum64()
	phase := time.Duration(chance % uint64(every))
	slot := now.Truncate(every).Add(phase)
	for range 4 { // a long weekend may lie between
		if at := within(slot, chance, open); !at.After(now) && at.After(latest) {
			latest = at
		}
		slot = slot.Add(-every)
	}
	return latest
}

// within returns an instant itself if it is within the hours, else one by chance in the hours that come next.
func within(at time.Time, chance uint64, open hours) time.Time {
	is, until := open(at)
	if is {
		return watchbill.Stamp(at)
	}
	if until.IsZero() {
		return at.AddDate(1000, 0, 0) // they never come
	}
	_, end := open(until)
	if end.IsZero() || end.Sub(until) < time.Minute {
		return watchbill.Stamp(until)
	}
	return watchbill.Stamp(until.Add(time.Duration(chance % uint64(min(end.Sub(until), 24*time.Hour)))))
}
