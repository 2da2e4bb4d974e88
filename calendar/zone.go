package calendar

import (
	"fmt"
	"time"
)

// LoadZone finds a zone by its IANA name, such as Europe/Berlin or UTC. An empty name and "Local" are errors: what
// they mean depends on the machine or on a default that the caller has to state.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("calendar: %q is not a time zone; write an IANA name such as Europe/Berlin", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("calendar: unknown time zone %q; write an IANA name such as Europe/Berlin", name)
	}
	return loc, nil
}
