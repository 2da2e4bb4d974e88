package verify

import "fmt"

// ledger lists findings, up to a limit for one rule and subject.
type ledger struct {
	list   []Finding
	listed map[string]int      // by rule and subject
	rest   map[string]*Finding // what is over the limit
}

func newLedger() ledger {
	return ledger{list: []Finding{}, listed: map[string]int{}, rest: map[string]*Finding{}}
}

func (f Finding) kind() string { return string(f.Rule) + " " + f.Subject }

// room reports whether one more finding of the kind would be listed.
func (l *ledger) room(f Finding) bool { return l.listed[f.kind()] < MaxFindings }

// add lists a finding, or counts it if there are many of its kind.
func (l *ledger) add(f Finding) {
	key := f.kind()
	if l.room(f) {
		l.listed[key]++
		l.list = append(l.list, f)
		return
	}
	r, ok := l.rest[key]
	if !ok {
		r = &Finding{Rule: f.Rule, Severity: f.Severity, Subject: f.Subject, From: f.From}
		l.rest[key] = r
	}
	r.Count += max(f.Stands, 1)
	if f.To.After(r.To) {
		r.To = f.To
	}
	r.Total += max(f.Total, f.To.Sub(f.From))
}

// close tells of the findings over the limit, and returns all, the worst first.
func (l *ledger) close() []Finding {
	for _, r := range l.rest {
		r.Stands = r.Count
		r.Message = fmt.Sprintf("and %s more of the same kind until %s, in all %s", times(r.Count), long(r.To), Length(r.Total))
		l.list = append(l.list, *r)
	}
	sortFindings(l.list)
	return l.list
}
