package oncall

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
)

// Holds reports whether the condition of a level holds for an alert of a severity at an instant; if not, when that may
// change, zero for never while the severity stays. Support hours that do not exist any more are no condition.
func (o *Org) Holds(w escalation.When, s watchbill.Severity, at time.Time) (ok bool, until time.Time) {
	if !w.Covers(s) {
		return false, time.Time{}
	}
	// Two conditions may take turns in not holding; a level is asked again when either changes.
	ok = true
	for _, c := range []struct {
		id   string
		want bool
	}{{w.Hours, true}, {w.Outside, false}} {
		if c.id == "" {
			continue
		}
		hours, known := o.SupportHours(c.id)
		if !known {
			continue
		}
		if during, change := hours.At(at); during != c.want {
			ok, until = false, earlier(until, change)
		}
	}
	return ok, until
}

// checkConditions refuses support hours that do not exist.
func (o *Org) checkConditions(i int, p escalation.Policy) (problems []error) {
	for j, l := range p.Levels {
		for _, c := range [][2]string{{"hours", l.When.Hours}, {"outside", l.When.Outside}} {
			field, id := c[0], c[1]
			if id != "" && !slices.ContainsFunc(o.config.Catalog.Hours, func(h catalog.Hours) bool { return h.ID == id }) {
				problems = append(problems, &FieldError{Path: fmt.Sprintf("policies[%d].levels[%d].when.%s", i, j, field),
					Reason: fmt.Sprintf("support hours %q do not exist", id)})
			}
		}
	}
	return problems
}
