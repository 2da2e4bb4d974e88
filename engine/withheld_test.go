package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
)

// News that the backup had not sent waits as well, whoever had claimed it; so does what was to be sent later.
func TestMessagesOfARestoredCopyWait(t *testing.T) {
	old := posting(t, func(*oncall.Config) {})
	ids := old.fire(watchbill.SeverityCritical, "db")
	require.Len(t, old.at(0), 1)
	_, err := old.Act(t.Context(), old.now, ids[0], episode.Resolve{By: "ben"})
	require.NoError(t, err)
	claimed, err := old.RunOnce(t.Context(), old.now, anyRoom)
	require.NoError(t, err)
	require.Len(t, claimed.Deliveries, 1, "ada is to hear that it is over")

	p := old.again()
	is, err := p.Restore(t.Context(), p.now)
	require.NoError(t, err)
	require.Equal(t, 0, is.Alerts)
	require.Equal(t, 1, is.Messages)
	require.Len(t, p.at(time.Hour), 1, "cem is told of the copy")
	_, err = p.Confirm(t.Context(), p.now, episode.Command{Via: "key:ops"})
	require.NoError(t, err)
	require.Contains(t, p.at(time.Hour), "resolved ada/hook: db is down")
}
