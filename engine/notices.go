package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

const (
	// NoticeKind is the kind of the records of notices in a store. A record is open until it is sent or given up.
	NoticeKind = "notice"
	// noticesName is the value of the store that says until when notices have been computed.
	noticesName = "engine.notices"
	// noticeLate is how far back notices are computed after nobody was there: older ones are pointless.
	noticeLate = time.Hour
	// Notices that failed are tried again after a minute, then after twice as long each time.
	minNoticeBackoff, maxNoticeBackoff = time.Minute, 15 * time.Minute
	// messagePrefix and a notice's ID are the ID of its message.
	messagePrefix = "notice_"
)

// noticeMark says how far notices have been computed.
type noticeMark struct {
	Until    time.Time                          `json:"until"`
	Revision int64                              `json:"revision"` // of the configuration whose edits people have been told of
	Looked   map[watchbill.ScheduleID]time.Time `json:"looked"`   // when a schedule was last changed or reviewed
}

// noticeRecord is a notice to be sent, as a store keeps it.
type noticeRecord struct {
	V int `json:"v"` // of the form; 1
	notice.Notice
	Contact notify.ContactID `json:"contact,omitempty"` // by which alone; empty: as the person chose
	Avoid   notify.ContactID `json:"avoid,omitempty"`   // but not by this one
	Summary string           `json:"summary"`
	Details string           `json:"details,omitempty"`
	Link    notify.Link      `json:"link,omitzero"`
	Tries   int              `json:"tries,omitempty"`
	NextAt  time.Time        `json:"next_at"`          // not sent before
	Token   string           `json:"token,omitempty"`  // of the claim
	Claimed time.Time        `json:"claimed,omitzero"` // until when
	SentAt  time.Time        `json:"sent_at,omitzero"`
	Error   string           `json:"error,omitempty"` // of the latest try
}

func decodeNotice(data []byte) (r noticeRecord, err error) {
	if err = json.Unmarshal(data, &r); err == nil && r.V != 1 {
		err = fmt.Errorf("engine: stored notice has the form %d, this release reads 1", r.V)
	}
	return r, err
}

// Remind computes the notices that have become due, commits them, and claims those that are to be sent now, as RunOnce does
// with pages: hand each to [Engine.Send], and what came of them to [Engine.Reminded]. [Engine.Run] calls it on every whole
// minute, beside the passes. Notices are computed from where the last call left off, at most an hour back; the first call
// on a store only notes where to begin. A crash may repeat a notice, with the same ID; a clock that is set back does not.
func (e *Engine) Remind(ctx context.Context, now time.Time) ([]Delivery, error) {
	now = watchbill.Stamp(now)
	var before []byte
	var fresh []noticeRecord
	var mark noticeMark
	err := e.look(ctx, now, func(d *desk) (err error) { // outside of the transaction that writes, since it may take long
		if before, err = d.tx.Values().Get(noticesName); err != nil {
			return err
		}
		fresh, mark, err = d.dueNotices(before)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err = e.change(ctx, now, func(d *desk) error { return d.keepNotices(before, mark, fresh) }); err != nil {
		return nil, err
	}
	ids, err := e.waitingNotices(ctx, now)
	if err != nil {
		return nil, err
	}
	var deliveries []Delivery
	err = e.change(ctx, now, func(d *desk) (err error) {
		deliveries, err = d.claimNotices(ids)
		return err
	})
	return deliveries, err
}

// dueNotices returns the notices that are due and not known yet, and the mark after them.
func (d *desk) dueNotices(data []byte) (fresh []noticeRecord, mark noticeMark, err error) {
	begun := len(data) > 0 && json.Unmarshal(data, &mark) == nil // what cannot be read begins anew
	after := mark.Until
	if after.After(d.now) { // the clock was set back; what was told in the meantime has an ID that is known
		after = d.now
	}
	if late := d.now.Add(-noticeLate); after.Before(late) {
		after = late
	}
	var all []notice.Notice
	if begun {
		all = append(notice.Due(d.org, after, d.now), notice.Reviews(d.org, mark.Looked, d.org.Config().Catalog.ReviewEvery, after, d.now)...)
		docs, err := everyRecord(d, store.RecordQuery{Kind: handover.RecordKind, Since: after}, handover.Decode)
		if err != nil {
			return nil, mark, err
		}
		all = append(all, notice.Unacknowledged(d.org, docs, after, d.now)...)
	}
	edited, err := d.editNotices(&mark)
	if err != nil {
		return nil, mark, err
	}
	mark.Until = d.now
	for _, n := range append(all, edited...) {
		r, err := d.word(n)
		if err != nil {
			return nil, mark, err
		}
		fresh = append(fresh, r)
	}
	if !begun {
		return fresh, mark, nil
	}
	reminders, err := d.coverReminders(after)
	if err != nil {
		return nil, mark, err
	}
	endings, err := d.endingNotices(after)
	return slices.Concat(fresh, reminders, endings, d.canaries(after)), mark, err
}

// editNotices returns what an edit since the mark did to people's shifts, and notes which schedules were looked at.
func (d *desk) editNotices(mark *noticeMark) (all []notice.Notice, err error) {
	looked := map[watchbill.ScheduleID]time.Time{}
	for _, spec := range d.org.Config().Schedules {
		looked[spec.ID] = d.now
		if at, ok := mark.Looked[spec.ID]; ok {
			looked[spec.ID] = at
		}
	}
	mark.Looked = looked
	was := mark.Revision
	mark.Revision = d.org.Revision()
	if was == 0 || was == mark.Revision {
		return nil, nil
	}
	before, err := d.revision(was)
	if err != nil || before == nil {
		return nil, err
	}
	for _, id := range notice.Edited(before, d.org) {
		looked[id] = d.now
	}
	return notice.Moved(d.sameCovers(before), d.org, d.now), nil
}

// sameCovers returns a configuration with the overrides of today that people made: those of them whose shifts that moved
// have been told already, by what they agreed.
func (d *desk) sameCovers(before *oncall.Org) *oncall.Org {
	c := before.Config()
	c.Overrides = d.org.Config().Overrides
	same, err := oncall.New(c, before.Revision())
	if err != nil {
		return before
	}
	return same
}

// revision returns a configuration of the past; nil, which is logged, if it is not there or cannot be read any more.
func (d *desk) revision(number int64) (*oncall.Org, error) {
	rev, err := d.tx.Revisions().Get(number)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	var org *oncall.Org
	if err == nil {
		org, err = d.e.orgs.compiled(d.tx, rev)
	}
	if err != nil {
		d.e.log.Error("configuration of the past cannot be read; nobody is told what has changed since", "revision", number, "error", err)
	}
	return org, nil
}

// word puts a notice into words. One about a hand-over tells of it.
func (d *desk) word(n notice.Notice) (noticeRecord, error) {
	r := noticeRecord{V: 1, Notice: n, NextAt: n.At}
	name := func(id watchbill.UserID) string {
		u, _ := d.org.User(id)
		return cmp.Or(u.DisplayName(), string(id))
	}
	u, _ := d.org.User(n.User)
	r.Summary, r.Details = n.Words(d.org.Zone(u.Zone), name)
	var at time.Time
	switch n.Kind {
	case notice.ShiftStart, notice.HandoverOpen:
		at = n.From
	case notice.ShiftEnd:
		if s, ok := d.org.Schedule(n.Schedule); ok {
			if _, next := handover.Around(s, n.To.Add(-time.Microsecond)); next != nil {
				at = next.At
			}
		}
	}
	if at.IsZero() {
		return r, nil
	}
	h, _, err := d.document(n.Schedule, at, nil)
	if errors.Is(err, store.ErrNotFound) { // the person had the shift before as well, with a gap between
		return r, nil
	}
	if unreadable := (*UnreadableError)(nil); errors.As(err, &unreadable) { // one bad record must not keep everybody's notices
		d.e.log.Error("notice is sent without its hand-over", "notice", n.ID, "error", err)
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if h.Work, err = d.openNow(n.Schedule); err != nil {
		return r, err
	}
	r.Details += "\n" + h.Brief(name)
	if d.e.cfg.HandoverURL != nil {
		r.Link = notify.Link{Text: "Hand-over of " + string(n.Schedule), Href: d.e.cfg.HandoverURL(n.Schedule, at)}
	}
	return r, nil
}

// keepNotices writes the mark and the notices, unless another engine has been quicker.
func (d *desk) keepNotices(before []byte, mark noticeMark, fresh []noticeRecord) error {
	data, err := d.tx.Values().Get(noticesName)
	if err != nil || !bytes.Equal(data, before) {
		return err
	}
	if err := d.addNotices(fresh); err != nil {
		return err
	}
	if data, err = json.Marshal(mark); err != nil {
		return err
	}
	return d.tx.Values().Set(noticesName, data)
}

// addNotices writes those notices that are not known yet.
func (d *desk) addNotices(fresh []noticeRecord) error {
	if len(fresh) == 0 {
		return nil
	}
	var ids []string
	for _, r := range fresh {
		ids = append(ids, r.ID)
	}
	stored, err := d.tx.Records().Get(NoticeKind, ids)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, s := range stored {
		known[s.ID] = true
	}
	for _, r := range fresh {
		if known[r.ID] {
			continue
		}
		known[r.ID] = true
		if err := d.putNotice(r, 0, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) putNotice(r noticeRecord, want store.Version, closed time.Time) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return d.tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: NoticeKind, ID: r.ID, ClosedAt: closed, Body: body}, Want: want}})
}

// Reviewed notes that somebody has looked at a schedule, which puts the next reminder off. The error is
// [store.ErrNotFound], or an [*incident.FieldError] for a person who does not exist.
func (e *Engine) Reviewed(ctx context.Context, now time.Time, id watchbill.ScheduleID, by watchbill.UserID) error {
	return e.change(ctx, now, func(d *desk) error {
		if _, ok := d.org.Schedule(id); !ok {
			return &MissingError{"schedule", string(id)}
		}
		r := references{d: d}
		if r.user("by", by); len(r.problems) > 0 {
			return r.err()
		}
		var mark noticeMark
		data, err := d.tx.Values().Get(noticesName)
		if err != nil {
			return err
		}
		if len(data) == 0 || json.Unmarshal(data, &mark) != nil {
			mark = noticeMark{Until: d.now, Revision: d.org.Revision()}
		}
		if mark.Looked == nil {
			mark.Looked = map[watchbill.ScheduleID]time.Time{}
		}
		mark.Looked[id] = d.now
		if data, err = json.Marshal(mark); err != nil {
			return err
		}
		d.e.log.Info("schedule reviewed", "schedule", id, "by", by)
		return d.tx.Values().Set(noticesName, data)
	})
}

// Reminded records what became of notices that [Engine.Remind] claimed. One that failed is claimed again after a while,
// until it is not worth sending any more; one that was refused is given up.
func (e *Engine) Reminded(ctx context.Context, now time.Time, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	err := e.change(ctx, now, func(d *desk) error {
		for _, o := range outcomes {
			if err := d.reminded(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.noteSends(ctx, now, outcomes)
}

func (d *desk) reminded(o Outcome) error {
	id := strings.TrimPrefix(string(o.Delivery.Message.ID), messagePrefix)
	r, version, err := record(d, NoticeKind, id, decodeNotice)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Token != o.Delivery.token {
		return nil // claimed by another engine meanwhile, which may repeat it
	}
	if err != nil {
		return err
	}
	r.Token, r.Claimed, r.Error = "", time.Time{}, o.Result.Error
	switch {
	case !o.standTill.IsZero():
		r.Tries, r.NextAt = r.Tries-1, o.standTill
		return d.putNotice(r, version, time.Time{})
	case o.Result.Verdict == episode.Retry:
		r.NextAt = d.now.Add(noticeBackoff(r.Tries, o.Result.RetryAfter))
		return d.putNotice(r, version, time.Time{})
	case o.Result.Verdict == episode.Refused:
		d.e.log.Warn("notice is refused for good", "notice", r.ID, "kind", r.Kind, "user", r.User, "error", o.Result.Error)
	default:
		r.SentAt = d.now
	}
	return d.putNotice(r, version, d.now)
}

func noticeBackoff(tries int, asked time.Duration) time.Duration {
	own := minNoticeBackoff << min(max(tries-1, 0), 10)
	return min(max(own, asked), maxNoticeBackoff)
}

// sortNotices puts those about shifts first, since only so many are sent at once, and a storm of requests for cover must not
// outlast the notice of a shift; then those that have failed least, then those that are worth nothing soonest.
func sortNotices(all []noticeRecord) {
	rank := func(r noticeRecord) int {
		if r.Kind == notice.ShiftStart || r.Kind == notice.ShiftBefore || r.Kind == notice.ShiftEnd {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b noticeRecord) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Tries, b.Tries), a.Until().Compare(b.Until()), a.At.Compare(b.At),
			cmp.Compare(a.ID, b.ID))
	})
}
