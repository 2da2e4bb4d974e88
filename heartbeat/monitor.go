package heartbeat

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Bounds of a monitor.
const (
	MinInterval = time.Second
	MaxInterval = 366 * 24 * time.Hour // of grace and waiting too
	MaxSummary  = 1000                 // bytes
)

// Monitor is one dead-man's switch as it is configured.
type Monitor struct {
	ID       string              `json:"id"`
	Name     string              `json:"name,omitempty"`
	Key      string              `json:"key"`                // the digest of the key in its path
	Interval time.Duration       `json:"interval,omitempty"` // between pings; zero where there is Cron
	Cron     string              `json:"cron,omitempty"`     // when pings are expected, in five fields
	Zone     string              `json:"timezone,omitempty"` // of Cron, and of times in texts; empty means UTC
	Grace    time.Duration       `json:"grace,omitempty"`    // how much later a ping may come; zero: a fifth of the interval, at most an hour
	Waiting  time.Duration       `json:"waiting,omitempty"`  // for the first ping; zero means twice the interval, negative for ever
	Service  watchbill.ServiceID `json:"service,omitempty"`
	Severity watchbill.Severity  `json:"severity,omitempty"` // of its alerts; unset means critical
	Summary  string              `json:"summary,omitempty"`  // of its alerts; empty: what is wrong, in words
}

// DisplayName returns the monitor's name, or its ID where it has none.
func (m Monitor) DisplayName() string {
	if m.Name != "" {
		return m.Name
	}
	return m.ID
}

// FieldError says which field of a monitor is wrong and how to mend it.
type FieldError struct {
	Path   string // as in the configuration file, within the monitor
	Reason string
}

// Error returns "heartbeat: path: reason".
func (e *FieldError) Error() string { return "heartbeat: " + e.Path + ": " + e.Reason }

// Watch is a monitor that was checked. It is immutable and safe for concurrent use.
type Watch struct {
	monitor Monitor
	cron    Cron
	zone    *time.Location
}

// New checks a monitor. The error joins a [*FieldError] for everything that is wrong.
func New(m Monitor) (*Watch, error) {
	w := &Watch{monitor: m, zone: time.UTC}
	var problems []error
	wrong := func(path, format string, args ...any) {
		problems = append(problems, &FieldError{path, fmt.Sprintf(format, args...)})
	}
	if m.ID == "" {
		wrong("id", "is missing")
	}
	if m.Key == "" {
		wrong("key", "is missing; pings have it in their path")
	}
	if len(m.Summary) > MaxSummary {
		wrong("summary", "has %d bytes; at most %d fit", len(m.Summary), MaxSummary)
	}
	w.check(wrong)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return w, nil
}

// check reads when pings are expected.
func (w *Watch) check(wrong func(path, format string, args ...any)) {
	m := w.monitor
	switch {
	case m.Interval == 0 && m.Cron == "":
		wrong("interval", `is missing; say how often pings come, such as 5m, or when, such as cron: "30 2 * * *"`)
	case m.Interval != 0 && m.Cron != "":
		wrong("cron", "excludes interval; take one of them out")
	case m.Cron == "" && (m.Interval < MinInterval || m.Interval > MaxInterval):
		wrong("interval", "is %v; it must lie between %v and 366 days", m.Interval, MinInterval)
	}
	if m.Grace < 0 || m.Grace > MaxInterval {
		wrong("grace", "is %v; it must lie between 0 and 366 days", m.Grace)
	}
	if m.Waiting > MaxInterval {
		wrong("waiting", "is %v; it must not be more than 366 days, or never", m.Waiting)
	}
	var err error
	if m.Zone != "" {
		if w.zone, err = calendar.LoadZone(m.Zone); err != nil {
			wrong("timezone", "%q is not a time zone; write an IANA name such as Europe/Berlin", m.Zone)
			w.zone = time.UTC
		}
	}
	if m.Cron == "" {
		return
	}
	if w.cron, err = ParseCron(m.Cron); err != nil {
		wrong("cron", "%v", err)
	}
}

// Monitor returns the monitor as it is configured.
func (w *Watch) Monitor() Monitor { return w.monitor }

// Timing returns when pings are expected.
func (w *Watch) Timing() Timing {
	m := w.monitor
	return Timing{m.Interval, m.Cron, m.Zone, m.Grace, m.Waiting}
}

// Zone returns the zone in which people read the monitor's times.
func (w *Watch) Zone() *time.Location { return w.zone }

// maxGrace bounds the grace that a monitor has where it does not say.
const maxGrace = time.Hour

// grace returns how much later a ping may come than expected, where pings are so far apart.
func (w *Watch) grace(apart time.Duration) time.Duration {
	if w.monitor.Grace > 0 {
		return w.monitor.Grace
	}
	return min(apart/5, maxGrace)
}

// Grace returns how much later a ping may come than expected. Where it is not configured, it is a fifth of the interval,
// or of the time between the next two times of the cron expression after now; at most an hour.
func (w *Watch) Grace(now time.Time) time.Duration {
	if w.monitor.Cron == "" {
		return w.grace(w.monitor.Interval)
	}
	expected := w.cron.Next(w.zone, now)
	return w.grace(w.cron.Next(w.zone, expected).Sub(expected))
}
