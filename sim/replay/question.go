package replay

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

// Question is what is replayed, and against what. Of Alerts, Incident and the span from From to To one says which alerts;
// without any of them it is all.
type Question struct {
	Alerts   []watchbill.AlertID
	Incident watchbill.IncidentID
	From, To time.Time // alerts opened in [From, To); either may be zero

	Org     *oncall.Config // that is tried; what people made is taken from the record. nil: what was in force
	Assume  Assume
	Compile route.Compiler // of the expressions in the rules of sources; nil: there are none
}

// Assume is how soon somebody answers of whom the record cannot tell. The zero value is as usual: after the median of what the
// person took over the whole record; else of what everybody took; if nobody ever answered, never.
type Assume struct {
	After time.Duration // over zero: after so long
	Never bool
}

// String returns a duration, "never" or "as-usual".
func (a Assume) String() string {
	switch {
	case a.Never:
		return "never"
	case a.After > 0:
		return a.After.String()
	}
	return "as-usual"
}

// MarshalText returns what String does.
func (a Assume) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts a duration over zero, "never" or "as-usual".
func (a *Assume) UnmarshalText(text []byte) error {
	switch string(text) {
	case "never":
		*a = Assume{Never: true}
		return nil
	case "as-usual":
		*a = Assume{}
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("replay: assume: %q is none of: a duration over zero such as 5m, never, as-usual", text)
	}
	*a = Assume{After: d}
	return nil
}
