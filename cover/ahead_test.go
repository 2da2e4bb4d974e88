package cover_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
)

// Nobody means a year that was mistyped, and it would be in force for good.
func TestWhatIsTooFarAheadIsRefused(t *testing.T) {
	from := monday.AddDate(7000, 0, 0)
	_, _, err := cover.Apply(cover.Request{}, monday, cover.TakeOver{ID: "r1", Schedule: "primary", From: from, To: from.AddDate(0, 0, 1)}, cover.Scene{})
	require.ErrorContains(t, err, "is more than two years away; give an earlier time")
	_, _, err = cover.Apply(cover.Request{}, monday, cover.TakeOver{ID: "r1", Schedule: "primary", To: monday.AddDate(0, 0, 1)}, cover.Scene{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "two years")
}
