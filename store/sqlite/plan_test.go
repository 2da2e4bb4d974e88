package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPlansSearch checks that no statement that the engine runs all day looks at rows that it does not need, which is
// what keeps its cost apart from the number of open alerts and of messages (E5, O2).
func TestPlansSearch(t *testing.T) {
	s := openTemp(t)
	rare := map[string]bool{
		lockForWriting: true, rewindEpisodes: true, rewindMessages: true, rewindClaims: true, countAll: true, latestRevision: true, revisionAt: true,
		exportRevisions: true, exportValues: true, exportEpisodes: true, exportRecords: true, exportEntries: true,
		exportMessages: true, holdsAnything: true}
	for _, query := range queries() {
		for _, line := range plan(t, s, query) {
			scan := strings.Contains(line, "SCAN watchbill_") || strings.Contains(line, "TEMP B-TREE")
			assert.False(t, scan && !rare[query], "%s\n%s", query, line)
		}
	}
}

// TestPlansPassByClosedRecords checks that the lists of what is open, or was of late, find that in the index: a search
// by ID alone would look at every record that was ever closed (K4).
func TestPlansPassByClosedRecords(t *testing.T) {
	s := openTemp(t)
	open := strings.Join(plan(t, s, listOpenRecords), "\n")
	assert.Contains(t, open, "INDEX watchbill_records_closed (kind=? AND closed_at=? AND id<?)")
	since := strings.Join(plan(t, s, listRecordsSince), "\n")
	assert.Contains(t, since, "COVERING INDEX watchbill_records_closed (kind=? AND closed_at=? AND id<?)")
	assert.Contains(t, since, "COVERING INDEX watchbill_records_closed (kind=? AND closed_at>?)")
	assert.Contains(t, since, "(kind=? AND id=?)")
}

// TestPlansOfRetentionSearch checks that what is old is found in an index, in order (E10, K5).
func TestPlansOfRetentionSearch(t *testing.T) {
	s := openTemp(t)
	ended := strings.Join(plan(t, s, endedEpisodes), "\n")
	assert.Contains(t, ended, "COVERING INDEX watchbill_alerts_ended (stepped_at<?)")
	assert.NotContains(t, ended, "B-TREE")
	closed := strings.Join(plan(t, s, listRecordsBefore), "\n")
	assert.Contains(t, closed, "INDEX watchbill_records_closed (kind=? AND closed_at<?)")
	assert.NotContains(t, closed, "B-TREE")
}

func plan(t *testing.T, s *Store, query string) (lines []string) {
	rows, err := s.read.db.Query("explain query plan "+query, make([]any, strings.Count(query, "?"))...)
	require.NoError(t, err, query)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		lines = append(lines, fmt.Sprint(id, " ", detail))
	}
	return lines
}
