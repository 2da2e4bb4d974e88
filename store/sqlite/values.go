package sqlite

import "database/sql"

const (
	getValue = `select value from watchbill_values where name = ?`

	setValue = `insert into watchbill_values (name, value) values (?, ?)
		on conflict (name) do update set value = excluded.value`

	removeValue = `delete from watchbill_values where name = ?`
)

type values struct{ *tx }

// Get returns a value, nil if there is none.
func (t values) Get(name string) (value []byte, err error) {
	err = t.read(func(rows *sql.Rows) error { return rows.Scan(&value) }, getValue, name)
	return value, err
}

// Set replaces a value, or removes it if empty.
func (t values) Set(name string, value []byte) error {
	if len(value) == 0 {
		_, err := t.exec(removeValue, name)
		return err
	}
	_, err := t.exec(setValue, name, value)
	return err
}
