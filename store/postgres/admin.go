package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	rewindEpisodes = `with r as (update watchbill_alerts set wake_at = $1 where state < 3 and state in (1, 2) and stepped_at > $1 returning id)
		insert into watchbill_wakes (alert, wake_at) select id, $1 from r
		on conflict (alert) do update set wake_at = excluded.wake_at returning alert`

	quarantineEpisode = `update watchbill_alerts set state = 0, unreached = false, wake_at = null, ended_at = null, version = version + 1
		where id = $1 returning id`

	countOpen = `select state, count(*) from watchbill_alerts where state < 3 group by state`

	countUnreached = `select count(*) from watchbill_alerts where unreached`

	countAll = `select count(*) from watchbill_alerts`

	endedEpisodes = `select id from watchbill_alerts where ended_at < $1 order by ended_at, id limit $2`

	// removeEpisodes removes what else there is of those that exist. The owner of an alert's timeline is its ID.
	removeEpisodes = `with gone as (delete from watchbill_alerts where id = any($1::bytea[]) returning id),
		asleep as (delete from watchbill_wakes w using gone where w.alert = gone.id),
		silent as (delete from watchbill_outbox o using gone where o.alert = gone.id)
		delete from watchbill_timeline t using gone where t.owner = gone.id`
)

// Admin returns what is needed in rare cases.
func (t episodes) Admin() store.EpisodesAdmin { return admin(t) }

type admin episodes

// Rewind makes due what was stepped later than now, and the messages that would wait for a time that was wrong.
func (t admin) Rewind(now time.Time) (n int, err error) {
	if err := t.writes(); err != nil {
		return 0, err
	}
	at := sqlkit.Micro(now)
	err = t.ask(step{query: rewindEpisodes, args: []any{at}, rows: func(pgx.Rows) error {
		n++
		return nil
	}}, do(rewindMessages, at), do(rewindClaims, sqlkit.Micro(now.Add(store.RewoundClaim))))
	return n, err
}

// Quarantine takes a row out of service.
func (t admin) Quarantine(id watchbill.AlertID) error {
	if err := t.writes(); err != nil {
		return err
	}
	delete(t.held, timeline.Alert(id))
	var found []watchbill.AlertID
	name := []byte(id)
	err := t.ask(readIDs(&found, quarantineEpisode, name), do(removeWakes, [][]byte{name}), do(cancelAll, [][]byte{name}))
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	return err
}

// Count counts the rows. The resolved ones are what is left of all.
func (t admin) Count() (store.Counts, error) {
	var c store.Counts
	open := func(rows pgx.Rows) error {
		var state int16
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return err
		}
		c.Resolved -= n
		switch alert.State(state) {
		case alert.Triggered:
			c.Triggered = n
		case alert.Acknowledged:
			c.Acknowledged = n
		case quarantined:
			c.Quarantined = n
		}
		return nil
	}
	into := func(n *int) func(pgx.Rows) error {
		return func(rows pgx.Rows) error {
			var more int
			err := rows.Scan(&more)
			*n += more
			return err
		}
	}
	err := t.ask(step{query: countOpen, rows: open}, step{query: countUnreached, rows: into(&c.Unreached)},
		step{query: countAll, rows: into(&c.Resolved)})
	return c, err
}

// Ended returns resolved episodes whose latest entry is earlier than an instant.
func (t admin) Ended(before time.Time, limit int) (ended []watchbill.AlertID, err error) {
	err = t.ask(readIDs(&ended, episodes(t).locking(endedEpisodes), sqlkit.Micro(before), max(limit, 0)))
	return ended, err
}

// Remove removes episodes with their timelines and messages.
func (t admin) Remove(ids []watchbill.AlertID) error {
	if err := t.writes(); err != nil || len(ids) == 0 {
		return err
	}
	for _, id := range ids {
		delete(t.held, timeline.Alert(id))
	}
	return t.ask(do(removeEpisodes, raws(ids)))
}
