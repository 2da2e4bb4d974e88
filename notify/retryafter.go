package notify

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter bounds what a server may ask for: a page must not wait longer on its word.
const maxRetryAfter = time.Hour

// RetryAfter reads the HTTP header of that name (RFC 9110, section 10.2.3): seconds, or a date, against the clock's now. The
// wait is not under zero and at most an hour. It reports false for anything else.
func RetryAfter(header string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second, true
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), maxRetryAfter), true
}
