package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
)

// manyRows fills the tables as after months: most alerts are resolved, most records closed.
const manyRows = `
insert into watchbill_alerts (id, version, stepped_at, wake_at, ended_at, state, unreached, service, parent, body, created_at, key_hash, source, dedup_key)
	select convert_to(to_char(n, 'FM00000000'), 'UTF8'), 1, n, case when n % 50 = 0 then n end, case when n % 50 > 0 then n end,
		case when n % 50 > 0 then 3 else 1 end, n % 500 = 0, convert_to('s' || n % 40, 'UTF8'),
		convert_to(case when n % 10 = 0 then 'g' || n / 1000 else '' end, 'UTF8'), '\x7b7d', n, n, 'prom', convert_to('k' || n, 'UTF8')
	from generate_series(1, 20000) n;
insert into watchbill_wakes (wake_at, alert) select wake_at, id from watchbill_alerts where wake_at is not null;
insert into watchbill_timeline (owner, first, last, entries) select id, f, f, '[]' from watchbill_alerts, generate_series(1, 3) f;
insert into watchbill_outbox (alert, id, lane, due_at, ready_at, message_key, token)
	select id, id || '-m', convert_to('lane' || created_at % 3, 'UTF8'), created_at, created_at, '\x7b7d', case when created_at % 4 = 0 then id end
	from watchbill_alerts where wake_at is not null;
insert into watchbill_records (kind, id, version, closed_at, body) select 'incident', id, 1, nullif(created_at, created_at / 100 * 100), '\x7b7d' from watchbill_alerts;
insert into watchbill_revisions (number, effective_at, config) select n, n, 'c' from generate_series(1, 200) n;
insert into watchbill_values (name, value) select convert_to('v' || n, 'UTF8'), 'x' from generate_series(1, 100) n;`

// TestPlansSearch checks that no statement that engines run all day reads a whole table or sorts more than a page, whatever
// the server knows of the tables: also with plans made before they were full, and with those made for any arguments.
func TestPlansSearch(t *testing.T) {
	dsn := schema(t)
	s := openAt(t, dsn)
	for _, analyzed := range []bool{false, true} {
		if analyzed {
			sql(t, dsn, manyRows+`analyze;`)
		}
		for _, query := range daily() {
			for _, line := range s.plan(t, query) {
				assert.NotContains(t, line, "Seq Scan on watchbill_alerts", query)
				assert.NotContains(t, line, "Seq Scan on watchbill_wakes", query)
				assert.NotContains(t, line, "Seq Scan on watchbill_timeline", query)
				assert.NotContains(t, line, "Seq Scan on watchbill_outbox", query)
				assert.NotContains(t, line, "Seq Scan on watchbill_records", query)
				assert.NotContains(t, line, "Bitmap", query)
			}
		}
	}
	for query, index := range map[string]string{
		claimDue: "watchbill_wakes_at", nextWake: "watchbill_wakes_at", newestEpisodes: "watchbill_alerts_key", claim: "watchbill_outbox_ready",
		lanes: "watchbill_outbox_ready", nextReady: "watchbill_outbox_ready", removeClaimed: "watchbill_outbox_claimed",
		endedEpisodes: "watchbill_alerts_ended", countUnreached: "watchbill_alerts_unreached", countOpen: "watchbill_alerts_state",
		listOpenRecords: "watchbill_records_open", listRecordsBefore: "watchbill_records_closed", appendEntries: "watchbill_timeline_pkey",
		listing(store.Query{State: 1}): "watchbill_alerts_state", listing(store.Query{Service: "s"}): "watchbill_alerts_service",
		listing(store.Query{Parent: "g"}): "watchbill_alerts_members", listing(store.Query{Parent: "g", State: 1}): "watchbill_alerts_members",
	} {
		assert.Contains(t, strings.Join(s.plan(t, query), "\n"), index, query)
	}
	for _, query := range []string{claimDue, dueEpisodes, endedEpisodes, nextWake, lanes, nextReady} {
		assert.NotContains(t, strings.Join(s.plan(t, query), "\n"), "Sort", query)
	}
}

// listing is the statement of a listing.
func listing(q store.Query) string {
	ids, _ := listed(q)
	return pageOpen + ids + pageClose
}

// daily are the statements that engines run all day.
func daily() []string {
	all := []string{
		getEpisodes + forUpdate, newestEpisodes + forUpdate, dueEpisodes, claimDue, nextWake, createEpisodes, replaceEpisodes, setWakes, removeWakes,
		endedEpisodes, removeEpisodes, quarantineEpisode, countOpen, countUnreached,
		appendEntries, readEntries, entriesBetween, enqueue, lanes, nextReady, claim, removeClaimed, retryClaimed, cancelAll, cancelSome,
		getRecords + forUpdate, createRecords, replaceRecords, listRecords, listOpenRecords, listRecordsSince, listRecordsBefore, removeRecords,
	}
	for _, q := range []store.Query{{}, {State: 1}, {Service: "s"}, {Service: "s", State: 1}, {Parent: "g"}, {Parent: "g", State: 1}} {
		all = append(all, listing(q), listing(q)+forUpdate)
	}
	return all
}

// plan returns the plan of a statement for any arguments, on a connection as the store has them.
func (s *Store) plan(t *testing.T, query string) (lines []string) {
	t.Helper()
	ctx := context.Background()
	conn, err := s.pool.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	do := func(text string) []string {
		results, err := conn.Conn().PgConn().Exec(ctx, text).ReadAll()
		require.NoError(t, err, text)
		var all []string
		for _, r := range results {
			for _, row := range r.Rows {
				all = append(all, string(row[0]))
			}
		}
		return all
	}
	do(`set plan_cache_mode = force_generic_plan; prepare p as ` + s.texts.of(query))
	defer do(`deallocate p; reset plan_cache_mode`)
	sd, err := conn.Conn().Prepare(ctx, "", s.texts.of(query))
	require.NoError(t, err)
	nulls := make([]string, len(sd.ParamOIDs))
	for i := range nulls {
		nulls[i] = "null"
	}
	return do(`explain execute p` + map[bool]string{true: "(" + strings.Join(nulls, ", ") + ")"}[len(nulls) > 0])
}
