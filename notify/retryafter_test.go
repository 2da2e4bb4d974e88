package notify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"0":                              0,
		"7":                              7 * time.Second,
		"86400":                          time.Hour,
		"9223372036854775807":            time.Hour,
		"Mon, 05 Jan 2026 12:00:09 GMT":  9 * time.Second,
		"Mon, 05 Jan 2026 11:00:00 GMT":  0,
		"Fri, 05 Jan 2126 12:00:00 GMT":  time.Hour,
		"Monday, 05-Jan-26 12:00:09 GMT": 9 * time.Second,
	} {
		after, ok := notify.RetryAfter(header, now)
		require.True(t, ok, header)
		require.Equal(t, want, after, header)
	}
	for _, header := range []string{"", "-1", "1.5", "+7", "soon", "99999999999999999999", "2026-01-05T12:00:09Z"} {
		_, ok := notify.RetryAfter(header, now)
		require.False(t, ok, header)
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7", int64(0))
	f.Add("Mon, 05 Jan 2026 12:00:09 GMT", int64(1767614400))
	f.Add("Sun, 06 Nov 0000 08:49:37 GMT", int64(1<<62))
	f.Fuzz(func(t *testing.T, header string, now int64) {
		after, ok := notify.RetryAfter(header, time.Unix(now, 0))
		if after < 0 || after > time.Hour || !ok && after != 0 {
			t.Fatalf("RetryAfter(%q) = %v, %v", header, after, ok)
		}
	})
}
