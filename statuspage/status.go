package statuspage

import (
	"fmt"

	"github.com/watchbill/watchbill/incident"
)

// Status says how a component is. A greater one is worse.
type Status uint8

// The statuses.
const (
	Operational Status = iota
	UnderMaintenance
	Degraded
	Partial
	Major
)

// statuses is how many there are.
const statuses = int(Major) + 1

// statusNames are as Statuspage has them. It is never written to.
var statusNames = [statuses]string{"operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"}

// statusWords are the same for people. It is never written to.
var statusWords = [statuses]string{"Operational", "Under maintenance", "Degraded performance", "Partial outage", "Major outage"}

// String returns the name, as Statuspage has it.
func (s Status) String() string {
	if int(s) >= statuses {
		return "unknown"
	}
	return statusNames[s]
}

// Words returns the name as people write it: "Degraded performance".
func (s Status) Words() string {
	if int(s) >= statuses {
		return "Unknown"
	}
	return statusWords[s]
}

// MarshalText returns the name.
func (s Status) MarshalText() ([]byte, error) {
	if int(s) >= statuses {
		return nil, fmt.Errorf("statuspage: status %d does not exist", s)
	}
	return []byte(statusNames[s]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (s *Status) UnmarshalText(text []byte) error {
	for i, name := range statusNames {
		if string(text) == name {
			*s = Status(i)
			return nil
		}
	}
	return fmt.Errorf("statuspage: unknown status %q; use one of %v", text, statusNames)
}

// statusOf returns how a component is while its service has an effect.
func statusOf(e incident.Effect) Status {
	switch e {
	case incident.EffectDegraded:
		return Degraded
	case incident.EffectPartial:
		return Partial
	case incident.EffectMajor:
		return Major
	}
	return Operational
}

// indicator returns Statuspage's word for how bad a status is.
func (s Status) indicator() string {
	return [...]string{"none", "maintenance", "minor", "major", "critical"}[s]
}

// description returns Statuspage's sentence about a page whose worst component is so.
func (s Status) description() string {
	return [...]string{"All Systems Operational", "Service Under Maintenance", "Partially Degraded Service",
		"Partial System Outage", "Major Service Outage"}[s]
}
