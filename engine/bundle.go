package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// SummaryKind is the kind of the records that say which pages a summary stands for.
const SummaryKind = "summary"

// released is how long after a hold its alerts are taken to have come together.
const released = time.Minute

// arrangement is what becomes of pages that were claimed together.
type arrangement struct {
	*work
	book  *contactBook
	token string
	send  []Delivery
	later []store.Settlement
}

// arrange puts together what goes to one contact, lets wait what is to be bundled with it, and leaves out what is over a
// limit. If anything goes wrong with that, everything is sent as it is.
func (w *work) arrange(ready []Delivery, token string) (send []Delivery, settled []store.Settlement, err error) {
	contacts := map[contactRef]notify.Contact{}
	for _, d := range ready {
		if w.bundles(d) || w.limitOf(d).Messages > 0 {
			contacts[refOf(d.Message)] = d.Message.Contact
		}
	}
	if len(contacts) == 0 && !slices.ContainsFunc(ready, w.comesFromHold) {
		return ready, nil, nil
	}
	book, err := w.e.book(w.tx, w.now, contacts)
	if err != nil {
		return nil, nil, err
	}
	a := &arrangement{work: w, book: book, token: token}
	if !a.all(ready) {
		return ready, nil, nil
	}
	if err := a.remember(); err != nil {
		return nil, nil, err
	}
	return a.send, a.later, book.save()
}

// claimLane adds to what was claimed messages of a lane that has room for n. Those that will go as one take one place only.
func (w *work) claimLane(all []store.Delivery, lane notify.Lane, c store.Claim, n int) ([]store.Delivery, error) {
	before := len(all)
	for more := n; more > 0; more = min(n-w.places(all[before:]), passLimit-len(all)) {
		got, err := w.tx.Outbox().Claim(lane, w.now, c, more)
		all = append(all, got...)
		if err != nil || len(got) < more {
			return all, err
		}
	}
	return all, nil
}

// places returns how many messages some rows of a lane will about be.
func (w *work) places(rows []store.Delivery) (n int) {
	type where struct {
		user watchbill.UserID
		rung int
	}
	seen := map[where]bool{}
	for _, d := range rows {
		at := where{d.Key.User, d.Key.Rung}
		if seen[at] && w.bundles(Delivery{Key: d.Key}) {
			continue
		}
		seen[at] = true
		n++
	}
	return n
}

// all arranges everything; false if that panicked.
func (a *arrangement) all(ready []Delivery) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			a.e.log.Error("messages cannot be put together and are sent one by one", "panic", p, "stack", string(debug.Stack()))
			ok = false
		}
	}()
	for _, rows := range a.together(ready) {
		a.one(rows)
	}
	return true
}

// together returns what is to go as one message, in the order in which it was claimed. What waits is in none.
func (a *arrangement) together(ready []Delivery) (groups [][]Delivery) {
	at := map[contactRef]int{}
	for _, d := range ready {
		bundles := a.bundles(d)
		if bundles {
			if until := a.waitsUntil(d); until.After(a.now) {
				a.later = append(a.later, store.Settlement{ID: d.Key.ID(), Token: a.token, RetryAt: until})
				continue
			}
		}
		r := refOf(d.Message)
		if i, ok := at[r]; ok && (bundles || a.comesFromHold(d)) {
			groups[i] = append(groups[i], d)
			continue
		}
		if bundles || a.comesFromHold(d) {
			at[r] = len(groups)
		}
		groups = append(groups, []Delivery{d})
	}
	return groups
}

// one sends what goes as one message, unless it is over the limit.
func (a *arrangement) one(rows []Delivery) {
	d := a.summary(rows)
	if limit := a.limitOf(d); limit.Messages > 0 && !a.count(d, limit, rows) {
		why := fmt.Sprintf("%d messages in the last %s", limit.Messages, spelled(limit.Per))
		for _, row := range rows {
			if it := a.items[row.Key.Alert]; it != nil {
				_ = a.step(it, episode.Receipt{Key: row.Key, Result: episode.Result{Verdict: episode.Limited, Error: why}})
			}
			a.later = append(a.later, store.Settlement{ID: row.Key.ID(), Token: a.token})
		}
		return
	}
	if a.bundles(d) {
		entry := a.book.entries[refOf(d.Message)]
		entry.Last = lastPage{d.Message.ID, a.now, d.Message.Urgency, d.Message.Severity}
		entry.changed = true
	}
	a.send = append(a.send, d)
}

// count counts a message, and reports whether it may be sent. Of a run, the first page to a person always may.
func (a *arrangement) count(d Delivery, limit catalog.ChannelLimit, rows []Delivery) bool {
	entry := a.book.entries[refOf(d.Message)]
	entry.Sent = slices.DeleteFunc(slices.Clone(entry.Sent), func(s sentMessage) bool {
		age := a.now.Sub(s.At)
		return age < 0 || age >= limit.Per
	})
	id := strings.TrimPrefix(string(d.Message.ID), "msg_")
	if slices.ContainsFunc(entry.Sent, func(s sentMessage) bool { return s.ID == id }) { // a provider could not take it before
		return true
	}
	if len(entry.Sent) >= limit.Messages && !slices.ContainsFunc(rows, a.isFirst) {
		return false
	}
	entry.Sent = append(entry.Sent, sentMessage{id, a.now})
	entry.Sent = entry.Sent[max(0, len(entry.Sent)-limit.Messages):]
	entry.changed = true
	return true
}

// spelled is a length of time as people say it.
func spelled(d time.Duration) string {
	if d == time.Hour {
		return "hour"
	}
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// bundles reports whether the person wants messages such as this one to be put together.
func (w *work) bundles(d Delivery) bool {
	u, ok := w.org.User(d.Key.User)
	return ok && u.Bundle > 0 && d.Key.Kind == notify.KindPage
}

func (w *work) limitOf(d Delivery) catalog.ChannelLimit {
	return w.org.Config().Catalog.Delivery.LimitOf(d.Message.Contact.Channel)
}

// waitsUntil returns until when a page waits for others: until the time of the last one is over, but never longer than that
// time, and not at all if it is louder than that one.
func (a *arrangement) waitsUntil(d Delivery) time.Time {
	u, _ := a.org.User(d.Key.User)
	last := a.book.entries[refOf(d.Message)].Last
	age := a.now.Sub(last.At)
	m := d.Message
	if age < 0 || age >= u.Bundle || last.ID == m.ID || m.Urgency < last.Urgency || m.Severity > last.Severity {
		return time.Time{}
	}
	queued := a.rungOf(d.Key).QueuedAt
	if queued.IsZero() || queued.After(a.now) {
		return time.Time{}
	}
	return earlier(last.At.Add(u.Bundle), queued.Add(u.Bundle))
}

// comesFromHold reports whether a page is the first after a hold of its alert, which may have held others too.
func (w *work) comesFromHold(d Delivery) bool {
	it := w.items[d.Key.Alert]
	if it == nil || it.ReleasedAt.IsZero() || d.Key.Kind != notify.KindPage {
		return false
	}
	age := w.now.Sub(it.ReleasedAt)
	return age >= 0 && age < released && w.isFirst(d)
}

// isFirst reports whether a page is one of the first of a run to a person: no provider has accepted one yet.
func (w *work) isFirst(d Delivery) bool {
	l, ok := w.ladderOf(d.Key)
	return ok && !l.Accepted
}

// ladderOf returns the ladder that a page is of.
func (w *work) ladderOf(k notify.Key) (notify.Ladder, bool) {
	it := w.items[k.Alert]
	if it == nil || k.Kind != notify.KindPage {
		return notify.Ladder{}, false
	}
	ladders := slices.Clone(it.Ladders)
	if k.Attempt.Level < 0 {
		ladders = nil
		for _, s := range it.Summons {
			ladders = append(ladders, s.Ladder)
		}
	}
	i := slices.IndexFunc(ladders, func(l notify.Ladder) bool { return l.User == k.User })
	if i < 0 {
		return notify.Ladder{}, false
	}
	return ladders[i], true
}

func (w *work) rungOf(k notify.Key) notify.Climb {
	if l, ok := w.ladderOf(k); ok && k.Rung >= 0 && k.Rung < len(l.Rungs) {
		return l.Rungs[k.Rung]
	}
	return notify.Climb{}
}

// summary makes one delivery of several. Its link opens a list, it acknowledges none of them.
func (a *arrangement) summary(rows []Delivery) Delivery {
	if len(rows) == 1 {
		return rows[0]
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(a.Message.Urgency, b.Message.Urgency), cmp.Compare(b.Message.Severity, a.Message.Severity),
			cmp.Compare(a.Key.Alert, b.Key.Alert)) // the oldest first
	})
	d := rows[0]
	m := &d.Message
	m.Kind, m.Details, m.Links, m.Body, m.AckURL = notify.KindSummary, "", nil, nil, ""
	var ids []string
	for i, row := range rows {
		if i > 0 {
			d.With = append(d.With, row.Key)
		}
		d.Tries = max(d.Tries, row.Tries)
		m.Severity = max(m.Severity, row.Message.Severity)
		m.Critical = m.Critical || row.Message.Critical
		ids = append(ids, string(row.Key.ID()))
		m.Items = append(m.Items, notify.Item{Alert: row.Key.Alert, Summary: row.Message.Summary, Severity: row.Message.Severity,
			Service: row.Message.Service})
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\x00")))
	m.ID = notify.MessageID("msg_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])))
	m.Summary = fmt.Sprintf("%d alerts: %s", len(rows), m.Summary)
	if a.e.cfg.ListURL != nil {
		m.AckURL = a.e.cfg.ListURL(m.User)
	}
	return d
}

// summaryRecord says which pages a summary stands for.
type summaryRecord struct {
	V    int          `json:"v"` // of the form; 1
	Keys []notify.Key `json:"keys"`
}

// remember notes which pages the summaries stand for, since their providers may say later that they never arrived.
func (a *arrangement) remember() error {
	for _, d := range a.send {
		if len(d.With) == 0 {
			continue
		}
		found, err := a.tx.Records().Get(SummaryKind, []string{string(d.Message.ID)})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			continue
		}
		body, err := json.Marshal(summaryRecord{1, d.keys()})
		if err != nil {
			return err
		}
		err = a.tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: SummaryKind, ID: string(d.Message.ID), ClosedAt: a.now, Body: body}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// summarized returns the pages that a summary stands for; none if the message is no summary.
func (w *work) summarized(id notify.MessageID) ([]notify.Key, error) {
	found, err := w.tx.Records().Get(SummaryKind, []string{string(id)})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var r summaryRecord
	if err := json.Unmarshal(found[0].Body, &r); err != nil {
		return nil, &UnreadableError{SummaryKind, string(id), err}
	}
	return r.Keys, nil
}

// delivered records what a provider says of a message: with each page that it stands for, and with its contact.
func (w *work) delivered(d notify.Delivered) error {
	keys, err := w.summarized(d.Message)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		keys = []notify.Key{w.pageOf(d)}
	}
	for i, k := range keys {
		it, id := w.fetch(k.Alert), k.ID()
		if it == nil {
			continue
		}
		if k.User == "" { // a message that is no page
			id = d.Message
		} else if i == 0 {
			if err := w.noteReport(k.User, w.rungOf(k).Contact.ID, d.State, clip(d.Error)); err != nil {
				return err
			}
		}
		if err := w.step(it, episode.Delivered{Message: id, State: d.State, Error: clip(d.Error)}); err != nil {
			return err
		}
	}
	return w.failed
}

// pageOf returns the key of the page that a report is about; of another message with the alert alone.
func (w *work) pageOf(d notify.Delivered) notify.Key {
	it := w.fetch(d.Alert)
	if it == nil {
		return notify.Key{Alert: d.Alert}
	}
	ladders := slices.Clone(it.Ladders)
	for _, s := range it.Summons {
		ladders = append(ladders, s.Ladder)
	}
	for _, l := range ladders {
		for i, r := range l.Rungs {
			k := notify.Key{Alert: d.Alert, Attempt: r.Attempt, User: l.User, Rung: i}
			if r.Progress != notify.Waiting && k.ID() == d.Message {
				return k
			}
		}
	}
	return notify.Key{Alert: d.Alert}
}
