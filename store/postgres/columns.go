package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/watchbill/watchbill/internal/sqlkit"
)

type (
	pgxRows = pgx.Rows
	// driverBytes is a column that is valid until the next row.
	driverBytes = pgtype.DriverBytes
)

// raws is an array of text columns.
func raws[T ~string](all []T) [][]byte {
	list := make([][]byte, len(all))
	for i, s := range all {
		list[i] = []byte(s)
	}
	return list
}

// distinct returns each once, in the order of the first.
func distinct[T comparable](all []T) []T {
	known := make(map[T]bool, len(all))
	list := make([]T, 0, len(all))
	for _, v := range all {
		if !known[v] {
			list = append(list, v)
		}
		known[v] = true
	}
	return list
}

// runs splits a list before each element whose name has been there since the last split: a statement writes a row once.
func runs[T any, N comparable](all []T, name func(T) N) (split [][]T) {
	known := map[N]bool{}
	start := 0
	for i, v := range all {
		if n := name(v); known[n] {
			split = append(split, all[start:i])
			start, known = i, map[N]bool{n: true}
		} else {
			known[n] = true
		}
	}
	if start < len(all) {
		split = append(split, all[start:])
	}
	return split
}

// orNull is how a time is stored that may be none.
func orNull(t time.Time) pgtype.Int8 {
	return pgtype.Int8{Int64: sqlkit.Micro(t), Valid: !t.IsZero()}
}

// orZero reads what orNull wrote.
func orZero(us pgtype.Int8) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return sqlkit.Instant(us.Int64)
}

// readTime returns a step that reads one time; zero if that is null or there is no row.
func readTime(at *time.Time, query string, args ...any) step {
	return step{query: query, args: args, rows: func(rows pgx.Rows) error {
		var us pgtype.Int8
		err := rows.Scan(&us)
		*at = orZero(us)
		return err
	}}
}

// beyond is greater than any text there is.
func beyond() []byte {
	all := make([]byte, 64)
	for i := range all {
		all[i] = 0xff
	}
	return all
}

// from returns what the IDs of a page are less than.
func from(cursor string) []byte {
	if cursor == "" {
		return beyond()
	}
	return []byte(cursor)
}
