package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

const (
	enqueue = `insert into watchbill_outbox (id, alert, channel, destination, due_at, ready_at, message_key)
		values (?1, ?2, ?3, ?4, ?5, ?5, ?6) on conflict (id) do nothing`

	// heads finds the first message of each lane by jumping from lane to lane in the index.
	heads = `with recursive head (id) as (
			select * from (select id from watchbill_outbox order by channel, destination, ready_at, id limit 1)
			union all
			select coalesce(
				(select n.id from watchbill_outbox n where n.channel = o.channel and n.destination > o.destination
					order by n.destination, n.ready_at, n.id limit 1),
				(select n.id from watchbill_outbox n where n.channel > o.channel
					order by n.channel, n.destination, n.ready_at, n.id limit 1))
			from head cross join watchbill_outbox o on o.id = head.id)
		`

	lanes = heads + `select o.channel, o.destination from head cross join watchbill_outbox o on o.id = head.id
		where o.ready_at <= ? order by o.channel, o.destination`

	nextReady = heads + `select min((select min(n.ready_at) from watchbill_outbox n
			where n.channel = o.channel and n.destination = o.destination and n.ready_at > ?))
		from head cross join watchbill_outbox o on o.id = head.id`

	claimable = ` from watchbill_outbox where channel = ?1 and destination = ?2 and ready_at <= ?3
		order by ready_at, id limit ?4`

	readClaimable = `select id, message_key, due_at, tries + 1` + claimable

	claim = `update watchbill_outbox set tries = tries + 1, token = ?5, ready_at = ?6
		where id in (select id` + claimable + `)`

	removeClaimed = `delete from watchbill_outbox where id = ? and token = ?`

	retryClaimed = `update watchbill_outbox set token = '', due_at = ?1, ready_at = ?1 where id = ?2 and token = ?3`

	cancelAll = `delete from watchbill_outbox where alert = ?`

	cancelOne = `delete from watchbill_outbox where id = ? and alert = ?`
)

type outbox struct{ *tx }

// Enqueue adds the messages that are not there yet.
func (t outbox) Enqueue(deliveries []store.Delivery) error {
	if err := t.writes(); err != nil {
		return err
	}
	for _, d := range deliveries {
		key, err := json.Marshal(d.Key)
		if err != nil {
			return t.fail(fmt.Errorf("sqlite: message %s: %w", d.ID, err))
		}
		_, err = t.exec(enqueue, string(d.ID), string(d.Key.Alert), string(d.Lane.Channel), d.Lane.Destination,
			micro(d.DueAt), string(key))
		if err != nil {
			return err
		}
	}
	return nil
}

// Lanes returns the lanes that have something to claim.
func (t outbox) Lanes(now time.Time) ([]notify.Lane, error) {
	var all []notify.Lane
	err := t.each(func(rows *sql.Rows) error {
		var l notify.Lane
		err := rows.Scan(&l.Channel, &l.Destination)
		all = append(all, l)
		return err
	}, lanes, micro(now))
	return all, err
}

// Claim takes messages of one lane: it reads them in order, and then takes the same.
func (t outbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	if err := t.writes(); err != nil {
		return nil, err
	}
	var claimed []store.Delivery
	args := []any{string(lane.Channel), lane.Destination, micro(now), max(limit, 0)}
	err := t.each(func(rows *sql.Rows) error {
		d, err := scanDelivery(rows)
		d.Lane = lane
		claimed = append(claimed, d)
		return err
	}, readClaimable, args...)
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	if _, err := t.exec(claim, append(args, c.Token, micro(c.Until))...); err != nil {
		return nil, err
	}
	return claimed, nil
}

func scanDelivery(rows *sql.Rows) (d store.Delivery, err error) {
	var key sql.RawBytes
	var due int64
	if err := rows.Scan(&d.ID, &key, &due, &d.Tries); err != nil {
		return d, err
	}
	d.DueAt = instant(due)
	return d, json.Unmarshal(key, &d.Key)
}

// Settle removes claimed messages, or makes them due again.
func (t outbox) Settle(settlements []store.Settlement) error {
	if err := t.writes(); err != nil {
		return err
	}
	var lost []notify.MessageID
	for _, s := range settlements {
		held, err := t.settle(s)
		if err != nil {
			return err
		}
		if !held {
			lost = append(lost, s.ID)
		}
	}
	if len(lost) > 0 {
		return &store.LeaseLostError{IDs: lost}
	}
	return nil
}

// settle settles one, and reports whether its claim was held.
func (t outbox) settle(s store.Settlement) (held bool, err error) {
	if s.Token == "" {
		return false, nil // what is not claimed has that token
	}
	var n int64
	if s.RetryAt.IsZero() {
		n, err = t.exec(removeClaimed, string(s.ID), s.Token)
	} else {
		n, err = t.exec(retryClaimed, micro(s.RetryAt), string(s.ID), s.Token)
	}
	return n > 0, err
}

// Cancel removes messages of an alert.
func (t outbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if len(messages) == 0 {
		_, err := t.exec(cancelAll, string(id))
		return err
	}
	for _, m := range messages {
		if _, err := t.exec(cancelOne, string(m), string(id)); err != nil {
			return err
		}
	}
	return nil
}

// Next returns when the next message can be claimed that cannot be at now.
func (t outbox) Next(now time.Time) (time.Time, error) { return t.instant(nextReady, micro(now)) }
