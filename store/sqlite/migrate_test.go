package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/timeline"
)

// migrations returns the names of the files, in order.
func migrations(t *testing.T) []string {
	names, err := fs.Glob(sqlite.Migrations(), "*.sql")
	require.NoError(t, err)
	return names
}

// apply runs one file as it was released, for tables with a prefix.
func apply(t *testing.T, db *sql.DB, name, prefix string) {
	text, err := fs.ReadFile(sqlite.Migrations(), name)
	require.NoError(t, err)
	mustExec(t, db, prefix, string(text))
}

func mustExec(t *testing.T, db *sql.DB, prefix, query string, args ...any) {
	_, err := db.Exec(strings.ReplaceAll(query, "watchbill_", prefix), args...)
	require.NoError(t, err, query)
}

func TestMigrationsRunByThemselves(t *testing.T) {
	db := hostDB(t, goodPragmas)
	for _, name := range migrations(t) {
		apply(t, db, name, "watchbill_")
	}
	assert.NoError(t, db.QueryRow(`select 1 from watchbill_alerts union all select 1 from watchbill_records limit 1`).Err())
}

// TestUpgradeFrom1 opens a database as the first version left it, with rows in every table.
func TestUpgradeFrom1(t *testing.T) {
	for _, prefix := range []string{"watchbill_", "oncall_"} {
		t.Run(prefix, func(t *testing.T) {
			db := hostDB(t, goodPragmas)
			apply(t, db, "0001_start.sql", prefix)
			fillVersion1(t, db, prefix)
			mustExec(t, db, prefix, `create view of_the_host as select * from what_it_dropped`)
			for range 2 { // the second time nothing is left to do
				s, err := sqlite.New(t.Context(), db, sqlite.Options{TablePrefix: prefix})
				require.NoError(t, err)
				checkUpgraded(t, s)
				require.NoError(t, s.Close())
			}
			var last int
			require.NoError(t, db.QueryRow(`select max(number) from `+prefix+`migrations`).Scan(&last))
			assert.Len(t, migrations(t), last)
		})
	}
}

// acknowledged returns an episode that can be decoded.
func acknowledged(n int) episode.Episode {
	e := plain(n)
	e.Alert.State, e.Escalation.Phase = alert.Acknowledged, escalation.Acknowledged
	return e
}

// line is an entry as it lay in a timeline of version 1.
func line(n int64) timeline.Entry {
	return timeline.Entry{Seq: n, At: plain(1).Last, Actor: timeline.Engine, Kind: "opened", Data: json.RawMessage(`{"a":1}`)}
}

// fillVersion1 writes what the first version did: two alerts, the entries of one in two rows, and a message.
func fillVersion1(t *testing.T, db *sql.DB, prefix string) {
	mustExec(t, db, prefix, `create table watchbill_migrations (number integer primary key, name text not null)`)
	mustExec(t, db, prefix, `insert into watchbill_migrations values (1, '0001_start.sql')`)
	for n := range 2 {
		e := acknowledged(n + 1)
		body, err := episode.Encode(e)
		require.NoError(t, err)
		at := e.Last.UnixMicro()
		mustExec(t, db, prefix, `insert into watchbill_alerts values (?, 'prom', ?, ?, '', 3, 2, 0, null, ?, ?)`,
			string(e.Alert.ID), string(e.Alert.Key), at, at, string(body))
	}
	first, err := json.Marshal([]timeline.Entry{line(1), line(2)})
	require.NoError(t, err)
	second, err := json.Marshal([]timeline.Entry{line(3)})
	require.NoError(t, err)
	mustExec(t, db, prefix, `insert into watchbill_timeline (alert, last, entries) values (?1, 2, ?2), (?1, 3, ?3)`,
		string(alertID(1)), string(first), string(second))
	mustExec(t, db, prefix, `insert into watchbill_outbox (alert, id, lane, due_at, ready_at, message_key) values (?, 'm1', ?, 0, 0, ?)`,
		string(alertID(1)), `{"channel":"webhook","destination":"x"}`, `{"alert":"`+string(alertID(1))+`","rung":1}`)
	mustExec(t, db, prefix, `insert into watchbill_revisions values (1, 0, 'config')`)
	mustExec(t, db, prefix, `insert into watchbill_values values ('a', 'value')`)
}

// checkUpgraded reads it all back, and goes on where the first version stopped; what it writes is rolled back.
func checkUpgraded(t *testing.T, s *sqlite.Store) {
	of := timeline.Alert(alertID(1))
	err := s.Update(t.Context(), func(tx store.Tx) error {
		found, err := tx.Episodes().Get([]watchbill.AlertID{alertID(1), alertID(2)})
		require.NoError(t, err)
		require.Len(t, found, 2)
		for i, st := range found {
			assert.Equal(t, store.Stored{Episode: acknowledged(i + 1), Version: 3}, st)
		}
		entries, err := tx.Timeline().Read(of, 0, 9)
		require.NoError(t, err)
		assert.Equal(t, []timeline.Entry{line(1), line(2), line(3)}, entries)
		lanes, err := tx.Outbox().Lanes(plain(1).Last)
		require.NoError(t, err)
		assert.Equal(t, []notify.Lane{{Channel: "webhook", Destination: "x"}}, lanes)
		config, err := tx.Revisions().Latest()
		require.NoError(t, err)
		assert.Equal(t, "config", string(config.Config))
		value, err := tx.Values().Get("a")
		require.NoError(t, err)
		assert.Equal(t, "value", string(value))

		record := store.Record{Kind: "incident", ID: string(alertID(1)), Body: []byte("body")}
		require.NoError(t, tx.Timeline().Append(of, []timeline.Entry{line(4)}))
		require.NoError(t, tx.Timeline().Append(record.Owner(), []timeline.Entry{line(1)}))
		require.NoError(t, tx.Records().Put([]store.RecordWrite{{Record: record}}))
		page, _, err := tx.Records().List(store.RecordQuery{Kind: "incident"}, 9)
		require.NoError(t, err)
		assert.Equal(t, []store.StoredRecord{{Record: record, Version: 1}}, page)
		return errUndo
	})
	require.ErrorIs(t, err, errUndo)
}

var errUndo = errors.New("undo")
