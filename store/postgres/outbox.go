package postgres

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

const (
	enqueue = `insert into watchbill_outbox (alert, id, lane, due_at, ready_at, message_key)
		select n.alert, n.id, n.lane, n.due_at, n.due_at, n.message_key
		from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bytea[]) n (alert, id, lane, due_at, message_key)
		on conflict (alert, id) do nothing`

	// head is every lane there is, found by jumping from lane to lane in the index.
	head = `with recursive head (lane) as (
			(select lane from watchbill_outbox order by lane limit 1)
			union all
			select (select n.lane from watchbill_outbox n where n.lane > head.lane order by n.lane limit 1) from head where lane is not null)
		`

	lanes = head + `select lane from head
		where (select o.ready_at from watchbill_outbox o where o.lane = head.lane order by o.ready_at limit 1) <= $1`

	nextReady = head + `select min((select o.ready_at from watchbill_outbox o
			where o.lane = head.lane and o.ready_at > $1 order by o.ready_at limit 1))
		from head`

	// claim leaves out messages of alerts that others are working on, and keeps others from those that it takes: who
	// acknowledges an alert does so before its messages are claimed, or after.
	claim = `with ready as materialized (
			select o.alert, o.id, o.ready_at from watchbill_outbox o
			left join lateral (select a.id from watchbill_alerts a where a.id = o.alert for no key update skip locked) l on true
			where o.lane = $1 and o.ready_at <= $2
				and (l.id is not null or not exists (select 1 from watchbill_alerts e where e.id = o.alert))
			order by o.ready_at, o.id limit $3 for update of o skip locked)
		update watchbill_outbox u set tries = u.tries + 1, token = $4, ready_at = $5
		from ready r where u.alert = r.alert and u.id = r.id
		returning u.alert, u.id, u.message_key, u.due_at, u.tries, r.ready_at`

	removeClaimed = `delete from watchbill_outbox o using unnest($1::bytea[], $2::bytea[]) s (id, token)
		where o.token is not null and o.token = s.token and o.id = s.id returning s.id`

	retryClaimed = `update watchbill_outbox o set token = null, due_at = s.retry_at, ready_at = s.retry_at
		from unnest($1::bytea[], $2::bytea[], $3::bigint[]) s (id, token, retry_at)
		where o.token is not null and o.token = s.token and o.id = s.id returning s.id`

	rewindMessages = `update watchbill_outbox set due_at = $1, ready_at = $1 where token is null and ready_at > $1`

	rewindClaims = `update watchbill_outbox set ready_at = $1 where token is not null and ready_at > $1`

	cancelAll = `delete from watchbill_outbox where alert = any($1::bytea[])`

	cancelSome = `delete from watchbill_outbox o using unnest($1::bytea[], $2::bytea[]) c (alert, id)
		where o.alert = c.alert and o.id = c.id`
)

type outbox struct{ *tx }

// enqueues are messages to be added.
type enqueues struct {
	alerts, ids, lanes, keys [][]byte
	due                      []int64
}

func (e *enqueues) steps() []step {
	if len(e.ids) == 0 {
		return nil
	}
	return []step{do(enqueue, e.alerts, e.ids, e.lanes, e.due, e.keys)}
}

// Enqueue adds the messages that are not there yet.
func (t outbox) Enqueue(deliveries []store.Delivery) error {
	if err := t.writes(); err != nil {
		return err
	}
	t.queue.sealCancels()
	e := &t.queue.enqueue
	for _, d := range deliveries {
		key, err1 := json.Marshal(d.Key)
		lane, err2 := json.Marshal(d.Lane)
		if err := errors.Join(err1, err2); err != nil {
			return t.fail(fmt.Errorf("postgres: message %s: %w", d.ID, err))
		}
		e.alerts, e.ids = append(e.alerts, []byte(d.Key.Alert)), append(e.ids, []byte(d.ID))
		e.lanes, e.keys, e.due = append(e.lanes, lane), append(e.keys, key), append(e.due, sqlkit.Micro(d.DueAt))
	}
	return t.written()
}

// cancels are messages to be removed.
type cancels struct {
	all         [][]byte // alerts
	alerts, ids [][]byte
}

func (c *cancels) steps() (steps []step) {
	if len(c.all) > 0 {
		steps = append(steps, do(cancelAll, c.all))
	}
	if len(c.ids) > 0 {
		steps = append(steps, do(cancelSome, c.alerts, c.ids))
	}
	return steps
}

// Cancel removes messages of an alert.
func (t outbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if err := t.writes(); err != nil {
		return err
	}
	t.queue.sealEnqueues()
	c := &t.queue.cancels
	if len(messages) == 0 {
		c.all = append(c.all, []byte(id))
	}
	for _, m := range messages {
		c.alerts, c.ids = append(c.alerts, []byte(id)), append(c.ids, []byte(m))
	}
	return t.written()
}

// Lanes returns the lanes that have something to claim.
func (t outbox) Lanes(now time.Time) ([]notify.Lane, error) {
	var all []notify.Lane
	err := t.ask(step{query: lanes, args: []any{sqlkit.Micro(now)}, rows: func(rows pgx.Rows) error {
		var text driverBytes
		err := rows.Scan(&text)
		all = append(all, sqlkit.DecodeLane(text))
		return err
	}})
	sqlkit.SortLanes(all)
	return all, err
}

// Next returns when the next message can be claimed that cannot be at now.
func (t outbox) Next(now time.Time) (next time.Time, err error) {
	err = t.ask(readTime(&next, nextReady, sqlkit.Micro(now)))
	return next, err
}

// claimed is a message with when it could be claimed.
type claimed struct {
	store.Delivery
	ready int64
}

// Claim takes messages of one lane.
func (t outbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	if err := t.writes(); err != nil {
		return nil, err
	}
	name, err := sqlkit.EncodeLane(lane)
	if err != nil {
		return nil, t.fail(fmt.Errorf("postgres: lane %s: %w", lane, err))
	}
	var taken []claimed
	err = t.ask(step{query: claim, args: []any{name, sqlkit.Micro(now), max(limit, 0), []byte(c.Token), sqlkit.Micro(c.Until)},
		rows: func(rows pgx.Rows) error {
			d, err := scanClaimed(rows, lane)
			taken = append(taken, d)
			return err
		}})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(taken, func(a, b claimed) int { return cmp.Or(cmp.Compare(a.ready, b.ready), cmp.Compare(a.ID, b.ID)) })
	var all []store.Delivery
	for _, d := range taken {
		all = append(all, d.Delivery)
		if d.Err != nil {
			err = errors.Join(err, t.Cancel(d.Key.Alert, []notify.MessageID{d.ID}))
		}
	}
	return all, err
}

func scanClaimed(rows pgx.Rows, lane notify.Lane) (claimed, error) {
	d := claimed{Delivery: store.Delivery{Lane: lane}}
	var alert, id, key driverBytes
	var due int64
	if err := rows.Scan(&alert, &id, &key, &due, &d.Tries, &d.ready); err != nil {
		return d, err
	}
	d.ID, d.DueAt = notify.MessageID(id), sqlkit.Instant(due)
	var err error
	if d.Key, err = sqlkit.DecodeKey(key, watchbill.AlertID(alert), lane); err != nil {
		d.Err = fmt.Errorf("postgres: message %s: %w", d.ID, err)
	}
	return d, nil
}

// Settle removes claimed messages, or makes them due again.
func (t outbox) Settle(settlements []store.Settlement) error {
	if err := t.writes(); err != nil {
		return err
	}
	var lost []notify.MessageID
	for _, some := range runs(settlements, func(s store.Settlement) notify.MessageID { return s.ID }) {
		held, err := t.settle(some)
		if err != nil {
			return err
		}
		for _, s := range some {
			if !held[s.ID] {
				lost = append(lost, s.ID)
			}
		}
	}
	if len(lost) > 0 {
		return &store.LeaseLostError{IDs: lost}
	}
	return nil
}

// settle settles messages, each once, and returns those whose claim was held.
func (t outbox) settle(settlements []store.Settlement) (held seen[notify.MessageID], err error) {
	var removed, removedBy, retried, retriedBy [][]byte
	var retryAt []int64
	for _, s := range settlements {
		if s.RetryAt.IsZero() {
			removed, removedBy = append(removed, []byte(s.ID)), append(removedBy, []byte(s.Token))
		} else {
			retried, retriedBy = append(retried, []byte(s.ID)), append(retriedBy, []byte(s.Token))
			retryAt = append(retryAt, sqlkit.Micro(s.RetryAt))
		}
	}
	held = seen[notify.MessageID]{}
	var steps []step
	if len(removed) > 0 {
		steps = append(steps, step{query: removeClaimed, args: []any{removed, removedBy}, rows: held.row})
	}
	if len(retried) > 0 {
		steps = append(steps, step{query: retryClaimed, args: []any{retried, retriedBy, retryAt}, rows: held.row})
	}
	return held, t.ask(steps...)
}
