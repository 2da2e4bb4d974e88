package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// noticeLanes is how many lanes carry notices at the same time, one message each.
const noticeLanes = 8

// waitingNotices chooses what to claim, at most passLimit to be sent and as many to be given up. However many wait, they
// are read without holding up who writes.
func (e *Engine) waitingNotices(ctx context.Context, now time.Time) (ids []string, err error) {
	q := store.RecordQuery{Kind: NoticeKind, Open: true}
	var due, late []noticeRecord
	for again := true; again; again = q.Cursor != "" {
		err := e.look(ctx, now, func(d *desk) error {
			page, next, err := d.tx.Records().List(q, 200)
			if err != nil {
				return err
			}
			q.Cursor = next
			for _, s := range page {
				r, err := decodeNotice(s.Body)
				switch {
				case err != nil:
					d.e.log.Error("record cannot be read", "kind", s.Kind, "id", s.ID, "error", err)
				case !d.mayClaim(r):
				case d.now.After(r.Until()):
					late = append(late, r)
				default:
					due = append(due, r)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sortNotices(due)
	for _, r := range slices.Concat(due[:min(len(due), passLimit)], late[:min(len(late), passLimit)]) {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// claimNotices claims what is to be sent of those that were chosen, and gives up what is not worth it any more.
func (d *desk) claimNotices(ids []string) (deliveries []Delivery, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	stored, err := d.tx.Records().Get(NoticeKind, ids)
	if err != nil {
		return nil, err
	}
	found := map[string]store.StoredRecord{}
	for _, s := range stored {
		found[s.ID] = s
	}
	for _, id := range ids {
		r, err := decodeNotice(found[id].Body)
		if err != nil || !found[id].ClosedAt.IsZero() || !d.mayClaim(r) { // another engine was quicker
			continue
		}
		delivery, ok, err := d.claimNotice(r, found[id].Version)
		if err != nil {
			return nil, err
		}
		if ok {
			deliveries = append(deliveries, delivery)
		}
	}
	return deliveries, nil
}

// mayClaim reports whether a notice waits for nothing. What it waits for too long was set by a clock that was wrong.
func (d *desk) mayClaim(r noticeRecord) bool {
	waits := func(until time.Time, most time.Duration) bool {
		left := until.Sub(d.now)
		return left > 0 && left <= most+time.Minute // engines' clocks differ
	}
	return !waits(r.NextAt, maxNoticeBackoff) && !waits(r.Claimed, d.e.cfg.SendTimeout+claimFor)
}

// claimNotice makes a message of a notice, if there is still somebody to tell, and time.
func (d *desk) claimNotice(r noticeRecord, version store.Version) (Delivery, bool, error) {
	m, why := d.noticeMessage(r)
	if d.now.After(r.Until()) {
		why = "it is too late"
	}
	if d.outdated(r.Notice) {
		why = "it is not true any more"
	}
	if why != "" {
		d.e.log.Warn("notice is given up", "notice", r.ID, "kind", r.Kind, "user", r.User, "why", why, "last_error", r.Error)
		r.Error = strings.TrimSuffix(why+": "+r.Error, ": ")
		return Delivery{}, false, d.putNotice(r, version, d.now)
	}
	token, err := d.e.token()
	if err != nil {
		return Delivery{}, false, err
	}
	r.Tries++
	r.Token, r.Claimed = token, d.now.Add(d.e.cfg.SendTimeout+claimFor)
	m.Attempt = r.Tries
	delivery := Delivery{Message: m, Lane: notify.LaneOf(m.Contact), DueAt: r.NextAt, Tries: r.Tries, Until: r.Claimed, token: token}
	return delivery, true, d.putNotice(r, version, time.Time{})
}

// outdated reports whether a notice says that somebody is or will be on call who meanwhile is not: somebody else has taken
// it, or it is over.
func (d *desk) outdated(n notice.Notice) bool {
	at := n.From
	switch n.Kind {
	case notice.ShiftStart:
		if d.now.After(at) {
			at = d.now
		}
	case notice.ShiftBefore:
	default:
		return false
	}
	s, ok := d.org.Schedule(n.Schedule)
	return !ok || !slices.Contains(s.OnCall(at).Users, n.User)
}

// noticeMessage returns what is sent, or why nothing can be.
func (d *desk) noticeMessage(r noticeRecord) (m notify.Message, why string) {
	u, ok := d.org.User(r.User)
	if !ok {
		return m, fmt.Sprintf("%s is not in the configuration any more", r.User)
	}
	contact, ok := contactFor(u, r)
	if !ok {
		return m, fmt.Sprintf("%s has no contact for it", r.User)
	}
	body, err := json.Marshal(struct {
		notice.Notice
		Lead    watchbill.Duration `json:"lead,omitempty"` // in words, where the store has a number
		Summary string             `json:"summary"`
		Details string             `json:"details"`
		Link    string             `json:"link,omitempty"`
	}{r.Notice, watchbill.Duration(r.Lead), r.Summary, r.Details, r.Link.Href})
	if err != nil {
		return m, "it cannot be written as JSON"
	}
	m = notify.Message{ID: notify.MessageID(messagePrefix + r.ID), Kind: notify.KindUpdate, User: u.ID, Name: u.Name, Zone: d.org.Zone(u.Zone),
		Contact: contact, Summary: r.Summary, Details: r.Details, Severity: watchbill.SeverityInfo, Urgency: watchbill.UrgencyLow, At: d.now, Body: body}
	if r.Link.Href != "" {
		m.Links = []notify.Link{r.Link}
	}
	return m, ""
}

// contactFor returns by which contact a person is told of a notice.
func contactFor(u catalog.User, r noticeRecord) (notify.Contact, bool) {
	if r.Contact == "" && r.Avoid == "" {
		return noticeContact(u)
	}
	if c, ok := noticeContact(u); ok && r.Contact == "" && c.ID != r.Avoid {
		return c, true
	}
	i := slices.IndexFunc(u.Contacts, func(c notify.Contact) bool {
		return r.Contact != "" && c.ID == r.Contact || r.Contact == "" && c.ID != r.Avoid
	})
	if i < 0 {
		return notify.Contact{}, false
	}
	return u.Contacts[i], true
}

// noticeContact returns by which contact a person is told: the one that the person chose, else the first of the low rules.
func noticeContact(u catalog.User) (notify.Contact, bool) {
	if i := slices.IndexFunc(u.Contacts, func(c notify.Contact) bool { return c.ID == u.Notices.Contact }); i >= 0 {
		return u.Contacts[i], true
	}
	if steps := u.Steps(watchbill.UrgencyLow); len(steps) > 0 {
		return steps[0].Contact, true
	}
	return notify.Contact{}, false
}

// coverReminders returns what those are to be reminded of who were asked for cover. Requests count as they were before: what
// nobody has taken when it begins is not open any more.
func (d *desk) coverReminders(after time.Time) (all []noticeRecord, err error) {
	list, err := everyRecord(d, store.RecordQuery{Kind: cover.RecordKind, Since: after}, cover.Decode)
	then := *d
	then.now = after
	for i := range list {
		list[i] = then.viewCover(list[i])
	}
	return d.coverNotices(cover.Due(list, after, d.now)), err
}

// tellCover commits, with what was done with a request for cover, who is to be told of it.
func (d *desk) tellCover(r cover.Request, entries []timeline.Entry) error {
	var all []noticeRecord
	for _, e := range entries {
		all = append(all, d.coverNotices(cover.Tells(r, e))...)
	}
	return d.addNotices(all)
}

// tellMoved commits who else gains or loses duty by a withdrawal.
func (d *desk) tellMoved(r cover.Request, entries []timeline.Entry, before cover.Scene) error {
	var all []noticeRecord
	for _, e := range entries {
		if e.Kind == cover.KindWithdrawn {
			all = append(all, d.coverNotices(cover.Moved(r, e, before, d.scene()))...)
		}
	}
	return d.addNotices(all)
}

func (d *desk) coverNotices(tells []cover.Tell) (all []noticeRecord) {
	for _, t := range tells {
		if u, ok := d.org.User(t.User); ok {
			all = append(all, noticeRecord{V: 1, Notice: notice.OfCover(t), NextAt: watchbill.Stamp(t.At), Summary: t.Text(d.org.Zone(u.Zone)),
				Details: fmt.Sprintf("It is request %s; refserver cover show -id %s has all of it.\n", t.Request, t.Request)})
		}
	}
	return all
}

// reminder sends notices on every whole minute, since that is when shifts begin, beside the passes: pages wait for none of
// it. It ends with ctx, which cuts a send short; that notice is sent again, with the same ID.
func (e *Engine) reminder(ctx context.Context) {
	for ctx.Err() == nil {
		e.remindOnce(ctx)
		due, cancel := e.clock.WithDeadline(context.Background(), e.clock.Now().Truncate(time.Minute).Add(time.Minute))
		select {
		case <-ctx.Done():
		case <-due.Done():
		}
		cancel()
	}
}

// remindOnce sends what is due now, and records what came of it.
func (e *Engine) remindOnce(ctx context.Context) {
	defer e.survive("notices")
	stored := context.WithoutCancel(ctx)
	claim, cancel := context.WithTimeout(stored, storeTimeout)
	deliveries, err := e.Remind(claim, e.clock.Now())
	cancel()
	if err == nil && len(deliveries) > 0 {
		outcomes := e.tellAll(ctx, deliveries)
		report, cancel := context.WithTimeout(stored, storeTimeout)
		err = e.Reminded(report, e.clock.Now(), outcomes)
		cancel()
	}
	if err != nil {
		e.log.Error("notices cannot be sent or recorded now; that is tried again", "error", err)
	}
}

// tellAll sends notices, in each lane one after another, and waits for them.
func (e *Engine) tellAll(ctx context.Context, deliveries []Delivery) (outcomes []Outcome) {
	lanes := map[notify.Lane][]Delivery{}
	for _, d := range deliveries {
		lanes[d.Lane] = append(lanes[d.Lane], d)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, noticeLanes)
	for _, list := range lanes {
		all.Go(func() { // waited for below
			slots <- struct{}{}
			defer func() { <-slots }()
			told := e.tell(ctx, list)
			mu.Lock()
			defer mu.Unlock()
			outcomes = append(outcomes, told...)
		})
	}
	all.Wait()
	return outcomes
}

// tell sends the notices of one lane. Where pages need all of it, or a notice fails, the rest waits for the next minute.
func (e *Engine) tell(ctx context.Context, list []Delivery) (outcomes []Outcome) {
	failed := false
	for _, d := range list {
		o, began := Outcome{Delivery: d}, e.clock.Now()
		if failed || ctx.Err() != nil || e.lanes.room(d.Lane) <= 0 || began.Add(e.cfg.SendTimeout).After(d.Until) {
			o.standTill = began
		} else {
			o.Result = e.Send(ctx, d)
			failed = o.Result.Verdict == episode.Retry
			e.cfg.Observer.Sent(d.Lane, o.Result.Verdict, d.late(began), e.clock.Now().Sub(began))
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}
