package sqlkit_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/internal/sqlkit"
)

func TestRecentGoesByTheBodyAndIsBounded(t *testing.T) {
	row := func(n int, body string) sqlkit.Row {
		e := episode.Episode{Seq: int64(n), Alert: alert.Alert{ID: watchbill.AlertID(fmt.Sprint("a", n)), Summary: body}}
		return sqlkit.Row{Episode: e, Body: []byte(body)}
	}
	const n = 3 * sqlkit.RecentEpisodes
	var r sqlkit.Recent
	_, ok := r.Get("a1", []byte("x"))
	require.False(t, ok)
	for i := range n {
		r.Add([]sqlkit.Row{row(i, "old"), row(i, "new")})
	}
	_, ok = r.Get("a0", []byte("new"))
	require.False(t, ok, "forgotten")
	last := watchbill.AlertID(fmt.Sprint("a", n-1))
	_, ok = r.Get(last, []byte("old"))
	require.False(t, ok, "another body")
	got, ok := r.Get(last, []byte("new"))
	require.True(t, ok)
	require.Equal(t, row(n-1, "new").Episode, got)
}
