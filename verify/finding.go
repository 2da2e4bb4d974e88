package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities, the worst first.
const (
	Error   Severity = iota // a policy that, catch_all included, reaches nobody at some instant
	Warning                 // somebody should look at it
	Info                    // good to know
)

var severityNames = [...]string{"error", "warning", "info"}

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "unknown"
}

// MarshalText returns the name. A value that is no severity is an error.
func (s Severity) MarshalText() ([]byte, error) {
	if int(s) >= len(severityNames) {
		return nil, fmt.Errorf("verify: severity %d does not exist", s)
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("verify: unknown severity %q; write error, warning or info", text)
	}
	*s = Severity(i)
	return nil
}

// Rule names what a finding is about.
type Rule string

// The rules. The package documentation says what each of them means.
const (
	CoverageGap     Rule = "coverage-gap"
	PolicyGap       Rule = "policy-gap"
	UnreachedLevel  Rule = "unreached-level"
	SamePeople      Rule = "same-people"
	SinglePoint     Rule = "single-point-of-failure"
	StarvedRung     Rule = "starved-rung"
	FewChannels     Rule = "few-channels"
	NoContact       Rule = "no-contact"
	DoubleBooking   Rule = "double-booking"
	AbsentOnCall    Rule = "absent-on-call"
	Unqualified     Rule = "unqualified"
	DSTShift        Rule = "dst-shift"
	DSTGap          Rule = "dst-gap"
	NoPolicy        Rule = "no-policy"
	UnusedSchedule  Rule = "unused-schedule"
	SingleMember    Rule = "single-member"
	LayerEnds       Rule = "layer-ends"
	SlowForTier     Rule = "slow-for-tier"
	UnfinishedProof Rule = "unfinished-proof"
	NeverHolds      Rule = "never-holds"
	TooManyAcks     Rule = "too-many-acks"
	SeverityGap     Rule = "severity-gap"
	NoRelief        Rule = "no-relief"
	QuietAlone      Rule = "quiet-alone"
	NeverOpen       Rule = "never-open"
	MutesAll        Rule = "mutes-all"
)

// Finding is one thing that somebody may want to change. Message says what it costs and where to mend it.
type Finding struct {
	Rule     Rule
	Severity Severity
	Subject  string    // as "schedule:primary", "policy:web", "user:ada" or "service:checkout"
	From, To time.Time // when, [From, To); where it happens more than once, the first time
	Message  string    // sentences for a person
	Count    int       // how often it happens in all; 0 means once
	Total    time.Duration
	Causes   []Cause // of a coverage gap
	Stands   int     // for how many findings this one stands; 0 means itself. Not in JSON, see Report.Brief
}

// MarshalJSON writes {"rule", "severity", "subject", "from", "to", "message"}, and "count", "total" and "causes" where
// there are any.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rule     Rule               `json:"rule"`
		Severity Severity           `json:"severity"`
		Subject  string             `json:"subject"`
		From     time.Time          `json:"from"`
		To       time.Time          `json:"to"`
		Message  string             `json:"message"`
		Count    int                `json:"count,omitempty"`
		Total    watchbill.Duration `json:"total,omitzero"`
		Causes   []Cause            `json:"causes,omitempty"`
	}{f.Rule, f.Severity, f.Subject, f.From, f.To, f.Message, f.Count, watchbill.Duration(f.Total), f.Causes})
}

// Report is what [Check] found out about a configuration in [From, To).
type Report struct {
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"`
	Findings  []Finding   `json:"findings"`   // the worst first, then by subject and time
	Proved    []string    `json:"proved"`     // sentences that hold at every instant of the window
	WorstCase []WorstCase `json:"worst_case"` // one for each policy, in the order of the configuration
	Instants  int         `json:"instants"`   // how many boundaries were looked at

	brief []Finding
}

// Brief returns the findings for a reader: gaps that come back every week, or every few weeks, are one finding, which Stands
// for them. What is over the limit of [MaxFindings] is one finding, too.
func (r Report) Brief() []Finding {
	if r.brief == nil {
		return r.Findings
	}
	return r.brief
}

// Failed reports whether any finding is an error.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error })
}

// sortFindings puts the worst first; findings of one rule and subject stay in the order of time.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject),
			a.From.Compare(b.From))
	})
}

// tally counts how often something happens, and keeps the first time.
type tally struct {
	from, to micros
	last     micros // the end of the latest interval
	count    int
	total    micros
}

// add counts an interval, or lengthens the last one if it goes on. Intervals come in order.
func (t *tally) add(from, to micros) {
	goesOn := t.count > 0 && t.last == from
	switch {
	case t.count == 0:
		t.from, t.to = from, to
	case goesOn && t.count == 1:
		t.to = to
	}
	if !goesOn {
		t.count++
	}
	t.last = to
	t.total += to - from
}

// micros is a point or a length of time in microseconds, the former since 1970, UTC.
type micros int64

func microsOf(t time.Time) micros { return micros(t.UnixMicro()) }

func (m micros) in(loc *time.Location) time.Time { return time.UnixMicro(int64(m)).In(loc) }

func (m micros) duration() time.Duration { return time.Duration(m) * time.Microsecond }

// long writes an instant as people read it.
func long(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("Mon 2006-01-02 15:04:05 MST")
	}
	return t.Format("Mon 2006-01-02 15:04 MST")
}

// period writes an interval as people read it.
func period(from, to time.Time) string {
	end := long(to)
	switch {
	case from.YearDay() == to.YearDay() && from.Year() == to.Year():
		end = to.Format("15:04 MST")
	case to.Sub(from) < 7*24*time.Hour && from.Weekday() != to.Weekday(): // "Mon to Mon" would be the same day
		end = to.Format("Mon 15:04 MST")
	}
	return fmt.Sprintf("%s to %s", from.Format("Mon 2006-01-02 15:04"), end)
}
