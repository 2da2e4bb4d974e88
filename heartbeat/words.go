package heartbeat

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// overdue says what has not come.
func (w *Watch) overdue(s State, now time.Time) string {
	name := "Heartbeat " + w.monitor.DisplayName()
	switch {
	case len(s.Running) > 0:
		return fmt.Sprintf("%s: a job that started at %s has not finished", name, w.clock(s.Running[0].At, now))
	case s.OKAt.IsZero():
		return fmt.Sprintf("%s has never come: watched since %s, expected %s", name, w.clock(s.TimedAt, now), w.expectation())
	}
	return fmt.Sprintf("%s is overdue: last ping %s, expected %s", name, w.clock(s.OKAt, now), w.expectation())
}

func (w *Watch) failed(p Ping) string {
	text := "Heartbeat " + w.monitor.DisplayName() + " says that it failed"
	if p.Exit != 0 {
		text += fmt.Sprintf(", with exit code %d", p.Exit)
	}
	return text
}

// expectation says when pings are expected.
func (w *Watch) expectation() string {
	if w.monitor.Cron != "" {
		return fmt.Sprintf("at %q (%s)", w.monitor.Cron, w.zone)
	}
	return "every " + short(w.monitor.Interval)
}

// clock writes a time as somebody reads it at now.
func (w *Watch) clock(t, now time.Time) string {
	t, now = t.In(w.zone), now.In(w.zone)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05 MST")
	}
	return t.Format("Mon 2 Jan 15:04:05 MST")
}

// short writes a duration without the zeros at its end: 5m, not 5m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// tail returns the end of a log, where it says what went wrong, without half a character at its beginning.
func tail(text string, n int) string {
	if len(text) <= n {
		return text
	}
	text = text[len(text)-n:]
	for len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	return text
}
