package notice

import (
	"cmp"
	"reflect"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/verify"
)

// Moved lists what an edit does to people's shifts within [Ahead] of now, as [verify.Moves] finds it: one notice for each
// person who gains or loses any time, with all of it. It is due at once. Who is not in the configuration any more gets none.
func Moved(before, after *oncall.Org, now time.Time) (all []Notice) {
	now = watchbill.Stamp(now)
	for u, list := range verify.Moves(before, after, now, now.Add(Ahead)) {
		if _, ok := after.User(u); !ok {
			continue
		}
		n := Notice{Kind: EditMoved, User: u, At: now}
		for _, c := range list {
			n.Changes = append(n.Changes, Change{c.Schedule, c.Gained, watchbill.Stamp(c.Start), watchbill.Stamp(c.End)})
		}
		all = append(all, n.named(before.Revision(), after.Revision()))
	}
	return sorted(all)
}

// OfCover returns the notice of something that package cover has to tell.
func OfCover(t cover.Tell) Notice {
	n := Notice{Kind: Cover, User: t.User, At: watchbill.Stamp(t.At)}
	return n.named(t.Key())
}

// Edited lists the schedules that an edit made, or changed in any way.
func Edited(before, after *oncall.Org) (ids []watchbill.ScheduleID) {
	for _, spec := range after.Config().Schedules {
		old, ok := before.Schedule(spec.ID)
		if s, _ := after.Schedule(spec.ID); !ok || !reflect.DeepEqual(old.Spec(), s.Spec()) {
			ids = append(ids, spec.ID)
		}
	}
	return ids
}

// Unacknowledged lists the reminders about hand-overs that become due in a window: to those who come on call, half an hour
// after a hand-off whose document nobody has acknowledged, and to those who went, an hour after. A document that was begun
// later counts from there.
func Unacknowledged(org *oncall.Org, docs []handover.Handover, after, upTo time.Time) (all []Notice) {
	after, upTo = watchbill.Stamp(after), watchbill.Stamp(upTo)
	add := func(h handover.Handover, to, with []watchbill.UserID, late time.Duration) {
		at := h.At.Add(late)
		if h.MadeAt.After(h.At) {
			at = h.MadeAt.Add(late)
		}
		if !at.After(after) || at.After(upTo) {
			return
		}
		for _, u := range to {
			if _, ok := org.User(u); ok {
				n := Notice{Kind: HandoverOpen, User: u, Schedule: h.Schedule, At: at, From: h.At, Lead: late, With: with}
				all = append(all, n.named(h.ID, int64(late)))
			}
		}
	}
	for _, h := range docs {
		if h.Acknowledged() {
			continue
		}
		add(h, h.Incoming, nil, TellIncoming)
		add(h, h.Outgoing, h.Incoming, TellOutgoing)
	}
	return sorted(all)
}

// How long after a hand-off people are reminded of a document that nobody has acknowledged.
const (
	TellIncoming = 30 * time.Minute
	TellOutgoing = time.Hour
)

// DefaultReviewEvery is how often people are reminded to review a schedule, unless the installation says otherwise.
const DefaultReviewEvery = 90 * day

// Reviews lists the reminders to review schedules that become due in a window: again and again, each time so long after
// a schedule was looked at last; of several in one window, the latest. Schedules that page nobody, and those of which it is
// not known when, have none. A negative every switches them off, zero means [DefaultReviewEvery].
func Reviews(org *oncall.Org, looked map[watchbill.ScheduleID]time.Time, every time.Duration, after, upTo time.Time) (all []Notice) {
	every = cmp.Or(every, DefaultReviewEvery)
	if every < 0 {
		return nil
	}
	after, upTo = watchbill.Stamp(after), watchbill.Stamp(upTo)
	for _, spec := range org.Config().Schedules {
		last, ok := looked[spec.ID]
		if !ok || !Paged(org, spec.ID) || !upTo.After(last) {
			continue
		}
		at := last.Add(upTo.Sub(last) / every * every)
		if !at.After(last) || !at.After(after) {
			continue
		}
		for _, u := range Answerable(org, spec.ID, at) {
			n := Notice{Kind: Review, User: u, Schedule: spec.ID, At: at, From: last}
			all = append(all, n.named(at.UnixMicro()))
		}
	}
	return sorted(all)
}
