package postgres

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

const (
	getValue = `select value from watchbill_values where name = $1`

	// lockValues is for the names that are to be set and those that were read, all in one order: of two Updates that read
	// what the other sets, one waits, also where no row is there to be locked.
	lockValues = `select pg_advisory_xact_lock(h) from (select unnest($1::bigint[]) h) s`

	// changedValues finds what others have set since it was read.
	changedValues = `select n.name from unnest($1::bytea[], $2::bytea[]) n (name, value)
		left join watchbill_values v on v.name = n.name where v.value is distinct from n.value limit 1`

	setValues = `insert into watchbill_values (name, value) select * from unnest($1::bytea[], $2::bytea[])
		on conflict (name) do update set value = excluded.value`

	removeValues = `delete from watchbill_values where name = any($1::bytea[])`
)

// remembered are the values that an Update has read and set. Nothing locks them, since every Update reads some and hardly
// any sets one: they are set last of all, and what was read must still be so then, else the Update runs again.
type remembered struct {
	known map[string][]byte // when the Update began; nil: there was none
	read  map[string][]byte // likewise, what fn has asked for
	set   map[string][]byte // empty: to be removed
}

type values struct{ *tx }

// Get returns a value, nil if there is none.
func (t values) Get(name string) ([]byte, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	if t.kind == update && !t.begun { // what it begins with may be what is asked for
		if err := t.ask(); err != nil {
			return nil, err
		}
	}
	if v, ok := t.values.set[name]; ok {
		return notEmpty(v), nil
	}
	if v, ok := t.values.read[name]; ok {
		return notEmpty(v), nil
	}
	if v, ok := t.values.known[name]; ok {
		t.values.note(&t.values.read, name, v)
		return notEmpty(v), nil
	}
	var value []byte
	err := t.ask(step{query: getValue, args: []any{[]byte(name)}, rows: func(rows pgx.Rows) error { return rows.Scan(&value) }})
	if err != nil || t.kind != update {
		return value, err
	}
	t.values.note(&t.values.read, name, value)
	return slices.Clone(value), nil
}

// notEmpty returns a copy, nil if there is nothing.
func notEmpty(v []byte) []byte {
	if len(v) == 0 {
		return nil
	}
	return slices.Clone(v)
}

// Set replaces a value, or removes it if empty.
func (t values) Set(name string, value []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	if t.kind == hosted {
		one := remembered{set: map[string][]byte{name: value}}
		return t.ask(one.steps(t.store)...)
	}
	t.values.note(&t.values.set, name, slices.Clone(value))
	return nil
}

func (r *remembered) note(in *map[string][]byte, name string, value []byte) {
	if *in == nil {
		*in = map[string][]byte{}
	}
	(*in)[name] = value
}

// asked returns the names of what fn has asked for.
func (r *remembered) asked() map[string]bool {
	names := make(map[string]bool, len(r.read))
	for name := range r.read {
		names[name] = true
	}
	return names
}

// steps check what was read, and set what was set.
func (r *remembered) steps(s *Store) (steps []step) {
	if len(r.set) > 0 {
		steps = append(steps, do(lockValues, r.locks(s)))
	}
	if len(r.read) > 0 {
		names := slices.Sorted(maps.Keys(r.read))
		steps = append(steps, step{query: changedValues, args: []any{raws(names), r.of(r.read, names)},
			rows: func(pgx.Rows) error { return errRaced }})
	}
	var set, removed []string
	for _, name := range slices.Sorted(maps.Keys(r.set)) {
		if len(r.set[name]) > 0 {
			set = append(set, name)
		} else {
			removed = append(removed, name)
		}
	}
	if len(set) > 0 {
		steps = append(steps, do(setValues, raws(set), r.of(r.set, set)))
	}
	if len(removed) > 0 {
		steps = append(steps, do(removeValues, raws(removed)))
	}
	return steps
}

// of returns the values of these names.
func (r *remembered) of(in map[string][]byte, names []string) (all [][]byte) {
	for _, name := range names {
		all = append(all, in[name])
	}
	return all
}

// locks returns the locks of all names, sorted.
func (r *remembered) locks(s *Store) (all []int64) {
	for _, names := range []map[string][]byte{r.read, r.set} {
		for name := range names {
			all = append(all, s.locks^hash64("value", name))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
