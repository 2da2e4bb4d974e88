package calendar

import "errors"

// Lister makes the recurrences and coverages of many owners, each rule from each anchor once, and bounds what that
// costs: rules that have to be listed, and holidays, take time and memory. Whatever is beyond is an error. It must not
// be used by two goroutines at once. Make one with [NewLister].
type Lister struct {
	known map[begun]listed
	left  int
}

type begun struct {
	rule   Rule
	anchor Civil
}

type listed struct {
	Recurrence
	err error
}

// maxSteps is what one Lister may spend. A step is an occurrence, a turn or a holiday kept, or a few days looked
// through: at most about 0.2 us, so all of them take a part of a second and 24 MB. A monthly rule from 2024 on takes
// about 8,000.
const maxSteps = 3_000_000

// NewLister returns a Lister that has spent nothing.
func NewLister() *Lister { return &Lister{known: map[begun]listed{}, left: maxSteps} }

// Spend takes so many steps from those that are left, for lists that an owner keeps itself. It is false, and takes
// none, once there are too few.
func (l *Lister) Spend(steps int) bool {
	if steps > l.left {
		return false
	}
	l.left -= steps
	return true
}

// From is [Rule.From].
func (l *Lister) From(r Rule, anchor Civil) (Recurrence, error) {
	key := begun{r, anchor}
	if found, ok := l.known[key]; ok {
		return found.Recurrence, found.err
	}
	found, steps, err := r.from(anchor, l.left)
	l.left -= steps
	l.known[key] = listed{found, err}
	return found, err
}

// Coverage is [NewCoverage].
func (l *Lister) Coverage(windows []Window, anchor Civil, days DayFilter) (Coverage, error) {
	var weekly []Window
	var problems []error
	days = days.Sorted()
	more := beyond{only: days.Only, days: days.sorted.spans}
	for i, w := range windows {
		err := w.Validate()
		switch {
		case err != nil:
		case w.RRule.IsZero():
			weekly = append(weekly, w)
		default:
			err = more.add(l, w, anchor)
		}
		if err != nil {
			problems = append(problems, &WindowError{i, err})
		}
	}
	if len(problems) > 0 {
		return Coverage{}, errors.Join(problems...)
	}
	more.bare = len(weekly) == 0 && len(windows) > 0
	c := Coverage{weekly: NewPattern(weekly), more: &more}
	if len(more.rules) == 0 && len(more.days) == 0 && !more.only {
		c.more = nil
	}
	return c, nil
}
