package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	createEpisodes = `insert into watchbill_alerts (id, version, stepped_at, wake_at, ended_at, state, unreached, service, parent, body,
			created_at, key_hash, source, dedup_key)
		select * from unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::boolean[],
			$8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[], $12::bigint[], $13::bytea[], $14::bytea[])
		on conflict (id) do nothing returning id`

	replaceEpisodes = `update watchbill_alerts set version = n.version + 1, stepped_at = n.stepped_at, wake_at = n.wake_at,
			ended_at = n.ended_at, state = n.state, unreached = n.unreached, service = n.service, parent = n.parent, body = n.body
		from unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::boolean[],
			$8::bytea[], $9::bytea[], $10::bytea[]) n (id, version, stepped_at, wake_at, ended_at, state, unreached, service, parent, body)
		where watchbill_alerts.id = n.id and watchbill_alerts.version = n.version returning n.id`

	setWakes = `insert into watchbill_wakes (alert, wake_at) select * from unnest($1::bytea[], $2::bigint[])
		on conflict (alert) do update set wake_at = excluded.wake_at where watchbill_wakes.wake_at <> excluded.wake_at`

	removeWakes = `delete from watchbill_wakes where alert = any($1::bytea[])`
)

// Put creates or replaces episodes.
func (t episodes) Put(writes []store.Write) error {
	if err := t.writes(); err != nil {
		return err
	}
	all := true
	for _, w := range writes {
		sure, err := t.putOf(timeline.Alert(w.Episode.Alert.ID), w.Want)
		if err != nil {
			return err
		}
		all = all && sure
	}
	for _, some := range runs(writes, func(w store.Write) watchbill.AlertID { return w.Episode.Alert.ID }) {
		steps, err := t.puts(some)
		if err != nil {
			return t.fail(err)
		}
		t.queue.add(steps...)
	}
	return t.sent(all)
}

// puts returns the statements that write episodes, of each ID once.
func (t episodes) puts(writes []store.Write) ([]step, error) {
	var made, changed rows
	var w wakes
	for _, write := range writes {
		body, err := episode.Encode(write.Episode)
		if err != nil {
			return nil, err
		}
		r := rowOf(write.Episode, int64(write.Want), body)
		w.add(r.id, r.wakeAt, write.Want != 0)
		if write.Want == 0 {
			r.version = 1
			made.add(r)
			made.name(write.Episode.Alert.CreatedAt.UnixMicro(), write.Episode.Alert.Ref())
		} else {
			changed.add(r)
		}
		t.put = append(t.put, sqlkit.Row{Episode: write.Episode.Clone(), Body: body})
	}
	var steps []step
	if len(made.ids) > 0 {
		steps = append(steps, conflicting(createEpisodes, made.ids, append(made.columns(), made.created, made.hashes, made.sources, made.keys)))
	}
	if len(changed.ids) > 0 {
		steps = append(steps, conflicting(replaceEpisodes, changed.ids, changed.columns()))
	}
	return append(steps, w.steps()...), nil
}

// conflicting returns a step whose rows are the IDs that it worked on; the one that is missing is the conflict.
func conflicting(query string, ids [][]byte, args []any) step {
	done := seen[watchbill.AlertID]{}
	return step{query: query, args: args, rows: done.row, after: func() error {
		for _, id := range ids {
			if id := watchbill.AlertID(id); !done[id] {
				return &store.ConflictError{Of: timeline.Alert(id)}
			}
		}
		return nil
	}}
}

// row is an episode as it lies in the table, but for what never changes.
type row struct {
	id, service, parent, body []byte
	version, steppedAt        int64
	wakeAt, endedAt           pgtype.Int8
	state                     int16
	unreached                 bool
}

func rowOf(e episode.Episode, version int64, body []byte) row {
	a := e.Alert
	r := row{
		id: []byte(a.ID), service: []byte(a.Service), parent: []byte(e.Parent), body: body,
		version: version, steppedAt: sqlkit.Micro(e.Last), wakeAt: orNull(sqlkit.WakeAt(e)),
		state: int16(a.State), unreached: sqlkit.Unreached(e),
	}
	r.end()
	return r
}

// end notes when it was resolved.
func (r *row) end() {
	r.endedAt = pgtype.Int8{Int64: r.steppedAt, Valid: alert.State(r.state) == alert.Resolved}
}

// rows are the columns of many.
type rows struct {
	ids, services, parents, bodies [][]byte
	versions, stepped              []int64
	wakes, ended                   []pgtype.Int8
	states                         []int16
	unreached                      []bool

	created, hashes []int64 // only of new ones
	sources, keys   [][]byte
}

func (c *rows) add(r row) {
	c.ids, c.services, c.parents, c.bodies = append(c.ids, r.id), append(c.services, r.service), append(c.parents, r.parent), append(c.bodies, r.body)
	c.versions, c.stepped = append(c.versions, r.version), append(c.stepped, r.steppedAt)
	c.wakes, c.ended = append(c.wakes, r.wakeAt), append(c.ended, r.endedAt)
	c.states, c.unreached = append(c.states, r.state), append(c.unreached, r.unreached)
}

// name adds what never changes.
func (c *rows) name(created int64, k alert.Ref) {
	c.created, c.hashes = append(c.created, created), append(c.hashes, keyHash(k))
	c.sources, c.keys = append(c.sources, []byte(k.Source)), append(c.keys, []byte(k.Key))
}

func (c *rows) columns() []any {
	return []any{c.ids, c.versions, c.stepped, c.wakes, c.ended, c.states, c.unreached, c.services, c.parents, c.bodies}
}

// wakes are the rows of the table of wake-ups.
type wakes struct {
	ids     [][]byte
	at      []int64
	removed [][]byte
}

// add notes when an episode wakes; one that never does may have a row.
func (w *wakes) add(id []byte, at pgtype.Int8, known bool) {
	switch {
	case at.Valid:
		w.ids, w.at = append(w.ids, id), append(w.at, at.Int64)
	case known:
		w.removed = append(w.removed, id)
	}
}

func (w *wakes) steps() (steps []step) {
	if len(w.ids) > 0 {
		steps = append(steps, do(setWakes, w.ids, w.at))
	}
	if len(w.removed) > 0 {
		steps = append(steps, do(removeWakes, w.removed))
	}
	return steps
}
