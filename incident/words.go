package incident

import "fmt"

// Status says how far the work is.
type Status uint8

// The statuses. The zero Status is that of an incident which does not exist yet.
const (
	None Status = iota
	Investigating
	Identified
	Monitoring
	Resolved
)

var statusNames = [...]string{"none", "investigating", "identified", "monitoring", "resolved"}

// String returns the name in lower case.
func (s Status) String() string { return nameOf(statusNames[:], uint8(s)) }

// MarshalText returns the name.
func (s Status) MarshalText() ([]byte, error) { return textOf("status", statusNames[:], uint8(s)) }

// UnmarshalText accepts exactly the names that String returns.
func (s *Status) UnmarshalText(text []byte) error {
	return valueOf("status", statusNames[:], text, (*uint8)(s))
}

// Effect says what those who use a service notice. A greater one is worse.
type Effect uint8

// The effects.
const (
	EffectNone     Effect = iota // nothing, or not known yet
	EffectDegraded               // it works, slowly or with faults
	EffectPartial                // it does not work for some, or not all of it works
	EffectMajor                  // it does not work
)

var effectNames = [...]string{"none", "degraded", "partial_outage", "major_outage"}

// String returns "none", "degraded", "partial_outage" or "major_outage".
func (e Effect) String() string { return nameOf(effectNames[:], uint8(e)) }

// MarshalText returns the name.
func (e Effect) MarshalText() ([]byte, error) { return textOf("effect", effectNames[:], uint8(e)) }

// UnmarshalText accepts exactly the names that String returns.
func (e *Effect) UnmarshalText(text []byte) error {
	return valueOf("effect", effectNames[:], text, (*uint8)(e))
}

// Role is what one person does for the incident as a whole.
type Role uint8

// The roles. The zero Role is none.
const (
	NoRole         Role = iota
	Commander           // leads, decides, and names the owner of the postmortem
	Communications      // tells customers and the house
	Scribe              // keeps the record
)

var roleNames = [...]string{"none", "commander", "communications", "scribe"}

// String returns the name in lower case.
func (r Role) String() string { return nameOf(roleNames[:], uint8(r)) }

// MarshalText returns the name.
func (r Role) MarshalText() ([]byte, error) { return textOf("role", roleNames[:], uint8(r)) }

// UnmarshalText accepts exactly the names that String returns.
func (r *Role) UnmarshalText(text []byte) error {
	return valueOf("role", roleNames[:], text, (*uint8)(r))
}

func nameOf(names []string, v uint8) string {
	if int(v) >= len(names) {
		return "unknown"
	}
	return names[v]
}

func textOf(kind string, names []string, v uint8) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("incident: %s %d does not exist", kind, v)
	}
	return []byte(names[v]), nil
}

func valueOf(kind string, names []string, text []byte, v *uint8) error {
	for i, n := range names {
		if string(text) == n {
			*v = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("incident: unknown %s %q; use one of %v", kind, text, names)
}
