package postgres

import (
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// queue keeps what waits to be written, in order for each table. What is written to one table in many calls goes in few
// statements. Nothing in it reads what it writes to another table, so the order of tables does not matter.
type queue struct {
	steps   []step
	appends appends
	cancels cancels
	enqueue enqueues
}

// add lets statements wait.
func (q *queue) add(steps ...step) { q.steps = append(q.steps, steps...) }

// take returns all that waits, and leaves nothing.
func (q *queue) take() []step {
	q.sealAppends()
	q.sealCancels()
	q.sealEnqueues()
	all := q.steps
	q.steps = nil
	return all
}

func (q *queue) sealAppends() {
	q.steps = append(q.steps, q.appends.steps()...)
	q.appends = appends{}
}

func (q *queue) sealCancels() {
	q.steps = append(q.steps, q.cancels.steps()...)
	q.cancels = cancels{}
}

func (q *queue) sealEnqueues() {
	q.steps = append(q.steps, q.enqueue.steps()...)
	q.enqueue = enqueues{}
}

// appends are entries for timelines, of each owner once.
type appends struct {
	owners      []timeline.Owner
	known       map[timeline.Owner]bool
	first, last []int64
	entries     [][]byte
}

const appendEntries = `insert into watchbill_timeline (owner, first, last, entries)
	select n.owner, n.first, n.last, n.entries
	from unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[]) n (owner, first, last, entries)
	where n.first = 1 + coalesce((select l.last from watchbill_timeline l where l.owner = n.owner order by l.first desc limit 1), 0)
	on conflict (owner, first) do nothing returning owner`

// append adds entries of an owner.
func (q *queue) append(of timeline.Owner, first, last int64, entries []byte) {
	if q.appends.known[of] {
		q.sealAppends()
	}
	a := &q.appends
	if a.known == nil {
		a.known = map[timeline.Owner]bool{}
	}
	a.known[of] = true
	a.owners = append(a.owners, of)
	a.first, a.last, a.entries = append(a.first, first), append(a.last, last), append(a.entries, entries)
}

// steps are one statement. The owner that no row was made for is the conflict.
func (a appends) steps() []step {
	if len(a.owners) == 0 {
		return nil
	}
	made, owners := seen[timeline.Owner]{}, a.owners
	return []step{{
		query: appendEntries, args: []any{raws(owners), a.first, a.last, a.entries}, rows: made.row,
		after: func() error {
			if of, missing := made.missing(owners); missing {
				return &store.ConflictError{Of: of}
			}
			return nil
		},
	}}
}

// seen are the names in the rows of a statement.
type seen[T ~string] map[T]bool

func (s seen[T]) row(rows pgxRows) error {
	var name driverBytes
	err := rows.Scan(&name)
	s[T(name)] = true
	return err
}

// missing returns the first of these that was not seen.
func (s seen[T]) missing(all []T) (name T, missing bool) {
	for _, name := range all {
		if !s[name] {
			return name, true
		}
	}
	return name, false
}
