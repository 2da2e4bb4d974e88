package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/verify"
)

func TestLength(t *testing.T) {
	for want, d := range map[string]time.Duration{"0s": 0, "45s": 45 * time.Second, "8m": 8 * time.Minute, "12h": 12 * time.Hour,
		"1h30m": 90 * time.Minute, "1h0m5s": time.Hour + 5*time.Second, "10m": 10 * time.Minute, "24h": 24 * time.Hour,
		"3 days 12h": 84 * time.Hour, "2 days": 48 * time.Hour} {
		assert.Equal(t, want, verify.Length(d))
	}
}

func TestParseHorizon(t *testing.T) {
	most := 3653 * 24 * time.Hour
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "2w": 336 * time.Hour, "90m": 90 * time.Minute} {
		got, err := verify.ParseHorizon(text, most)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "30", "-1d", "0s", "1.5d", "d", "9999999999d", "2000000000w", "3654d", "30y"} {
		_, err := verify.ParseHorizon(text, most)
		require.ErrorContains(t, err, "30d", text)
	}
}
