package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

const (
	enqueue = `insert into watchbill_outbox (alert, id, lane, due_at, ready_at, message_key)
		values /*each*/(?, ?, ?, ?, ?, ?)/*end*/ on conflict (alert, id) do nothing`

	// head is every lane there is, found by jumping from lane to lane in the index.
	head = `with recursive head (lane) as (
			select min(lane) from watchbill_outbox
			union all
			select (select min(n.lane) from watchbill_outbox n where n.lane > head.lane) from head where lane is not null)
		`

	lanes = head + `select lane from head
		where (select min(o.ready_at) from watchbill_outbox o where o.lane = head.lane) <= ?`

	// nextReady has an upper bound since text in that column would be greater than any number.
	nextReady = head + `select min((select min(o.ready_at) from watchbill_outbox o
			where o.lane = head.lane and o.ready_at > ? and o.ready_at <= 9223372036854775807))
		from head`

	claimable = ` from watchbill_outbox where lane = ?1 and ready_at <= ?2 order by ready_at, id limit ?3`

	readClaimable = `select alert, id, message_key, cast(due_at as integer), tries + 1` + claimable

	claim = `update watchbill_outbox set tries = tries + 1, token = ?4, ready_at = ?5
		where (alert, id) in (select alert, id` + claimable + `)`

	removeClaimed = `delete from watchbill_outbox where token is not null and (token, id) in (values /*each*/(?, ?)/*end*/) returning token, id`

	retryClaimed = `update watchbill_outbox set token = null, due_at = ?1, ready_at = ?1 where token = ?2 and id = ?3`

	rewindMessages = `update watchbill_outbox set due_at = ?1, ready_at = ?1 where token is null and ready_at > ?1`

	rewindClaims = `update watchbill_outbox set ready_at = ?1 where token is not null and ready_at > ?1`

	cancelAll = `delete from watchbill_outbox where alert = ?`

	cancelOne = `delete from watchbill_outbox where alert = ? and id = ?`
)

type outbox struct{ *tx }

// Enqueue adds the messages that are not there yet.
func (t outbox) Enqueue(deliveries []store.Delivery) error {
	if err := t.writes(); err != nil {
		return err
	}
	args := make([]any, 0, 6*len(deliveries))
	names := map[notify.Lane]string{}
	for _, d := range deliveries {
		name, known := names[d.Lane]
		key, err := json.Marshal(d.Key)
		if !known && err == nil {
			var lane []byte
			lane, err = json.Marshal(d.Lane)
			name = string(lane)
			names[d.Lane] = name
		}
		if err != nil {
			return t.fail(fmt.Errorf("sqlite: message %s: %w", d.ID, err))
		}
		due := micro(d.DueAt)
		args = append(args, string(d.Key.Alert), string(d.ID), name, due, due, string(key))
	}
	_, err := t.execEach(enqueue, args)
	return err
}

// Lanes returns the lanes that have something to claim.
func (t outbox) Lanes(now time.Time) ([]notify.Lane, error) {
	var all []notify.Lane
	err := t.read(func(rows *sql.Rows) error {
		var text sql.RawBytes
		if err := rows.Scan(&text); err != nil {
			return err
		}
		all = append(all, sqlkit.DecodeLane(text))
		return nil
	}, lanes, micro(now))
	sqlkit.SortLanes(all)
	return all, err
}

// Claim takes messages of one lane: it reads them in order, and then takes the same.
func (t outbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	if err := t.writes(); err != nil {
		return nil, err
	}
	var claimed []store.Delivery
	name, err := sqlkit.EncodeLane(lane)
	if err != nil {
		return nil, t.fail(fmt.Errorf("sqlite: lane %s: %w", lane, err))
	}
	args := []any{string(name), micro(now), max(limit, 0)}
	err = t.read(func(rows *sql.Rows) error {
		d, err := scanDelivery(rows, lane)
		claimed = append(claimed, d)
		return err
	}, readClaimable, args...)
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	if _, err := t.exec(claim, append(args, c.Token, micro(c.Until))...); err != nil {
		return nil, err
	}
	return claimed, t.removeSpoilt(claimed)
}

// removeSpoilt removes what could not be decoded.
func (t outbox) removeSpoilt(claimed []store.Delivery) error {
	for _, d := range claimed {
		if d.Err == nil {
			continue
		}
		if err := t.Cancel(d.Key.Alert, []notify.MessageID{d.ID}); err != nil {
			return err
		}
	}
	return nil
}

func scanDelivery(rows *sql.Rows, lane notify.Lane) (store.Delivery, error) {
	d := store.Delivery{Lane: lane}
	var id watchbill.AlertID
	var key sql.RawBytes
	var due int64
	if err := rows.Scan(&id, &d.ID, &key, &due, &d.Tries); err != nil {
		return d, err
	}
	d.DueAt = instant(due)
	var err error
	if d.Key, err = sqlkit.DecodeKey(key, id, lane); err != nil {
		d.Err = fmt.Errorf("sqlite: message %s: %w", d.ID, err)
	}
	return d, nil
}

// Settle removes claimed messages, or makes them due again.
func (t outbox) Settle(settlements []store.Settlement) error {
	if err := t.writes(); err != nil {
		return err
	}
	var lost []notify.MessageID
	for len(settlements) > 0 {
		n := 0 // of the first so many, each claim ends for good
		for n < len(settlements) && settlements[n].RetryAt.IsZero() {
			n++
		}
		missing, err := t.remove(settlements[:n])
		if lost = append(lost, missing...); err != nil {
			return err
		}
		if settlements = settlements[n:]; len(settlements) == 0 {
			break
		}
		s := settlements[0]
		held, err := t.exec(retryClaimed, micro(s.RetryAt), s.Token, string(s.ID))
		if err != nil {
			return err
		}
		if held == 0 {
			lost = append(lost, s.ID)
		}
		settlements = settlements[1:]
	}
	if len(lost) > 0 {
		return &store.LeaseLostError{IDs: lost}
	}
	return nil
}

// remove removes claimed messages, and returns those whose claim was not held, or not any more.
func (t outbox) remove(settlements []store.Settlement) (lost []notify.MessageID, err error) {
	args, held := make([]any, 0, 2*len(settlements)), make(map[store.Settlement]bool, len(settlements))
	for _, s := range settlements {
		args = append(args, s.Token, string(s.ID))
	}
	err = t.readEach(func(rows *sql.Rows) error {
		var s store.Settlement
		err := rows.Scan(&s.Token, &s.ID)
		held[s] = true
		return err
	}, removeClaimed, args)
	for _, s := range settlements {
		key := store.Settlement{ID: s.ID, Token: s.Token}
		if !held[key] {
			lost = append(lost, s.ID)
		}
		held[key] = false // the same once more finds nothing
	}
	return lost, err
}

// Cancel removes messages of an alert.
func (t outbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if len(messages) == 0 {
		_, err := t.exec(cancelAll, string(id))
		return err
	}
	for _, m := range messages {
		if _, err := t.exec(cancelOne, string(id), string(m)); err != nil {
			return err
		}
	}
	return nil
}

// rewind makes due now what is not claimed, and lets claims end soon.
func (t outbox) rewind(now time.Time) error {
	if _, err := t.exec(rewindMessages, micro(now)); err != nil {
		return err
	}
	_, err := t.exec(rewindClaims, micro(now.Add(store.RewoundClaim)))
	return err
}

// Next returns when the next message can be claimed that cannot be at now.
func (t outbox) Next(now time.Time) (time.Time, error) { return t.readTime(nextReady, micro(now)) }
