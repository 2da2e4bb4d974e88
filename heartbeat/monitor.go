package heartbeat

import (
	"time"

	"github.com/watchbill/watchbill"
)

// Monitor is one dead-man's switch as it is configured.
type Monitor struct {
	ID       string              `json:"id"`
	Name     string              `json:"name,omitempty"`
	Key      string              `json:"key"`                // the digest of the key in its path
	Interval time.Duration       `json:"interval,omitempty"` // between pings; zero where there is Cron
	Cron     string              `json:"cron,omitempty"`     // when pings are expected, in five fields
	Zone     string              `json:"timezone,omitempty"` // of Cron; empty means UTC
	Grace    time.Duration       `json:"grace,omitempty"`    // how much later a ping may come
	Waiting  time.Duration       `json:"waiting,omitempty"`  // for the first ping; zero means twice the interval, negative for ever
	Service  watchbill.ServiceID `json:"service,omitempty"`
	Severity watchbill.Severity  `json:"severity,omitempty"` // of its alerts; unset means critical
	Summary  string              `json:"summary,omitempty"`  // of its alerts; empty: made of the name
}
