package verify

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Length writes a length of time as people do: "45s", "12h", "1h30m", and from two days on "3 days 12h".
func Length(d time.Duration) string {
	if d >= 2*day {
		days := fmt.Sprintf("%d days", d/day)
		if rest := d % day; rest != 0 {
			return days + " " + Length(rest)
		}
		return days
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// ParseHorizon reads how far a proof looks: what [time.ParseDuration] does, or a whole number of days or weeks of 24 hours
// a day, as "30d" or "10w". It must be more than zero and not more than most.
func ParseHorizon(text string, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			var n int64
			if n, err = strconv.ParseInt(number, 10, 32); err == nil {
				d = time.Duration(min(n, int64(most/length)+1)) * length
			}
		}
	}
	if err != nil {
		return 0, fmt.Errorf("verify: horizon %.40q is not a duration; write one such as 30d, 10w or 8760h", text)
	}
	if d <= 0 || d > most {
		return 0, fmt.Errorf("verify: horizon %.40q is not between 0 and %d days; write one such as 30d, 10w or 8760h", text, most/day)
	}
	return d, nil
}
