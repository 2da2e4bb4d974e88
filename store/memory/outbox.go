package memory

import (
	"cmp"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// message is a delivery as it is kept. It is replaced, never changed.
type message struct {
	store.Delivery
	token    string                 // of the claim; empty: not claimed
	ready    time.Time              // when it can be claimed: when it is due, or its claim is over
	imported *store.ArchivedMessage // what lane and key were made of; nil: they are as they would be encoded
}

// readyKey is when which message can be claimed.
type readyKey struct {
	at int64 // Unix microseconds
	id notify.MessageID
}

func compareReady(a, b readyKey) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return strings.Compare(string(a.id), string(b.id))
}

// alertKey is which alert has which message.
type alertKey struct {
	alert watchbill.AlertID
	id    notify.MessageID
}

type outbox struct {
	messages map[notify.MessageID]*message
	queues   map[notify.Lane]*index[readyKey] // none empty
	lanes    index[notify.Lane]               // those that have a queue
	alerts   index[alertKey]
}

func newOutbox() outbox {
	return outbox{
		messages: map[notify.MessageID]*message{},
		queues:   map[notify.Lane]*index[readyKey]{},
		lanes: index[notify.Lane]{compare: func(a, b notify.Lane) int {
			if c := strings.Compare(string(a.Channel), string(b.Channel)); c != 0 {
				return c
			}
			return strings.Compare(a.Destination, b.Destination)
		}},
		alerts: index[alertKey]{compare: func(a, b alertKey) int {
			if c := strings.Compare(string(a.alert), string(b.alert)); c != 0 {
				return c
			}
			return strings.Compare(string(a.id), string(b.id))
		}},
	}
}

// set replaces a message; nil means that there is none.
func (o *outbox) set(id notify.MessageID, next *message) {
	old := o.messages[id]
	if old != nil && next != nil && old.Lane == next.Lane && old.Key.Alert == next.Key.Alert { // it stays where it is
		q := o.queues[old.Lane]
		q.remove(readyKey{old.ready.UnixMicro(), id})
		q.insert(readyKey{next.ready.UnixMicro(), id})
		o.messages[id] = next
		return
	}
	if old != nil {
		o.unqueue(old)
		o.alerts.remove(alertKey{old.Key.Alert, id})
		delete(o.messages, id)
	}
	if next != nil {
		o.messages[id] = next
		o.alerts.insert(alertKey{next.Key.Alert, id})
		o.queue(next)
	}
}

func (o *outbox) queue(m *message) {
	q := o.queues[m.Lane]
	if q == nil {
		q = &index[readyKey]{compare: compareReady}
		o.queues[m.Lane] = q
		o.lanes.insert(m.Lane)
	}
	q.insert(readyKey{m.ready.UnixMicro(), m.ID})
}

func (o *outbox) unqueue(m *message) {
	q := o.queues[m.Lane]
	q.remove(readyKey{m.ready.UnixMicro(), m.ID})
	if len(q.pieces) == 0 {
		delete(o.queues, m.Lane)
		o.lanes.remove(m.Lane)
	}
}

type outboxTx struct{ *tx }

func (t outboxTx) set(id notify.MessageID, next *message) {
	o := &t.s.outbox
	old := o.messages[id]
	t.onRollback(func() { o.set(id, old) })
	o.set(id, next)
}

// Enqueue adds the messages that are not there yet.
func (t outboxTx) Enqueue(deliveries []store.Delivery) error {
	if err := t.writes(); err != nil {
		return err
	}
	for _, d := range deliveries {
		if t.s.outbox.messages[d.ID] == nil {
			d.Tries = 0
			t.set(d.ID, &message{Delivery: d, ready: d.DueAt})
		}
	}
	return nil
}

// Lanes returns the lanes that have something to claim.
func (t outboxTx) Lanes(now time.Time) ([]notify.Lane, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	var lanes []notify.Lane
	for lane := range t.s.outbox.lanes.all() {
		if k, ok := t.s.outbox.queues[lane].first(); ok && k.at <= now.UnixMicro() {
			lanes = append(lanes, lane)
		}
	}
	return lanes, nil
}

// Claim takes messages of one lane.
func (t outboxTx) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	if err := t.writes(); err != nil {
		return nil, err
	}
	var claimed []store.Delivery
	for _, id := range t.claimable(lane, now, limit) {
		next := *t.s.outbox.messages[id]
		next.Tries++
		next.token, next.ready = c.Token, c.Until
		if next.Err != nil {
			t.set(id, nil)
		} else {
			t.set(id, &next)
		}
		claimed = append(claimed, next.Delivery)
	}
	return claimed, nil
}

func (t outboxTx) claimable(lane notify.Lane, now time.Time, limit int) (ids []notify.MessageID) {
	q := t.s.outbox.queues[lane]
	if q == nil {
		return nil
	}
	for k := range q.all() {
		if k.at > now.UnixMicro() || len(ids) >= limit {
			break
		}
		ids = append(ids, k.id)
	}
	return ids
}

// Settle removes claimed messages, or makes them due again.
func (t outboxTx) Settle(settlements []store.Settlement) error {
	if err := t.writes(); err != nil {
		return err
	}
	var lost []notify.MessageID
	for _, s := range settlements {
		m := t.s.outbox.messages[s.ID]
		switch {
		case m == nil || m.token == "" || m.token != s.Token:
			lost = append(lost, s.ID)
		case s.RetryAt.IsZero():
			t.set(s.ID, nil)
		default:
			next := *m
			next.token, next.DueAt, next.ready = "", s.RetryAt, s.RetryAt
			t.set(s.ID, &next)
		}
	}
	if len(lost) > 0 {
		return &store.LeaseLostError{IDs: lost}
	}
	return nil
}

// Cancel removes messages of an alert.
func (t outboxTx) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if err := t.writes(); err != nil {
		return err
	}
	if len(messages) == 0 {
		for k := range t.s.outbox.alerts.from(alertKey{alert: id}) {
			if k.alert != id {
				break
			}
			messages = append(messages, k.id)
		}
	}
	for _, m := range messages {
		if old := t.s.outbox.messages[m]; old != nil && old.Key.Alert == id {
			t.set(m, nil)
		}
	}
	return nil
}

// rewind makes due now what is not claimed, and lets claims end soon.
func (t outboxTx) rewind(now time.Time) {
	var late []message
	for _, m := range t.s.outbox.messages { // any order: none depends on another
		if latest := now.Add(store.RewoundClaim); m.token != "" && m.ready.After(latest) {
			next := *m
			next.ready = latest
			late = append(late, next)
		} else if m.token == "" && m.ready.After(now) {
			next := *m
			next.DueAt, next.ready = now, now
			late = append(late, next)
		}
	}
	for _, m := range late {
		t.set(m.ID, &m)
	}
}

// Next returns when the next message can be claimed that cannot be at now.
func (t outboxTx) Next(now time.Time) (next time.Time, err error) {
	if err := t.reads(); err != nil {
		return next, err
	}
	for _, q := range t.s.outbox.queues { // any order: it is a minimum
		for k := range q.from(readyKey{at: now.UnixMicro() + 1}) {
			if at := time.UnixMicro(k.at).UTC(); next.IsZero() || at.Before(next) {
				next = at
			}
			break
		}
	}
	return next, nil
}
