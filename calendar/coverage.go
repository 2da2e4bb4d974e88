package calendar

import (
	"cmp"
	"slices"
)

// DayFilter picks days, each from midnight to midnight. The zero value is every day.
type DayFilter struct {
	Days []Civil // any time of the days meant; in any order, may repeat
	Only bool    // whether they are the only days, rather than left out

	sorted *stretches // of Days; nil: not made yet
}

// stretches are neighbouring days as one, in order.
type stretches struct{ spans []span }

// Sorted returns the filter with its days put in order, once for all the coverages that it is given to.
func (f DayFilter) Sorted() DayFilter {
	if f.sorted == nil {
		f.sorted = &stretches{wholeDays(f.Days)}
	}
	return f
}

// Coverage is a set of civil times: the union of some windows, or everything if there are none, on the days that a
// filter leaves. It is immutable. The zero value is every civil time.
type Coverage struct {
	weekly Pattern
	more   *beyond // nil: weekly is all there is
}

// beyond is what a Coverage has beside windows by weekdays. It never changes.
type beyond struct {
	rules []ruled
	bare  bool // no window is by weekdays: then weekly counts for nothing
	days  []span
	only  bool
}

// ruled is a window by a rule.
type ruled struct {
	begins Recurrence
	lasts  int64
}

// WindowError says which of the windows given to [NewCoverage] is wrong, and how.
type WindowError struct {
	Index int   // its place in the list, from 0
	Err   error // of Window.Validate or Rule.From
}

// Error returns the text of Err, which does not name the place.
func (e *WindowError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *WindowError) Unwrap() error { return e.Err }

// NewCoverage returns the union of windows on the days that the filter leaves. Windows by a rule are counted from the
// day of the anchor; on days before it they do not begin. The error joins a *[WindowError] for every window that is
// wrong, which is also one whose rule, with those before it, takes more than a [Lister] may spend.
func NewCoverage(windows []Window, anchor Civil, days DayFilter) (Coverage, error) {
	return NewLister().Coverage(windows, anchor, days)
}

// add takes in a window by a rule.
func (m *beyond) add(l *Lister, w Window, anchor Civil) error {
	midnight := anchor.seconds - floorMod(anchor.seconds, day)
	begins, err := l.From(w.RRule, Civil{midnight + int64(w.From)})
	if err != nil {
		return err
	}
	m.rules = append(m.rules, ruled{begins, int64(w.For.N) * w.For.Unit.seconds()})
	return nil
}

// wholeDays returns the stretches of neighbouring days.
func wholeDays(days []Civil) []span {
	all := make([]span, 0, len(days))
	for _, d := range days {
		midnight := d.seconds - floorMod(d.seconds, day)
		all = append(all, span{midnight, midnight + day})
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return union(all)
}

// At reports whether t is covered, and a civil time after t until which that holds. It may go on to hold after that. If
// it never changes, that time is far beyond the year 9999.
func (c Coverage) At(t Civil) (open bool, until Civil) {
	if c.more == nil {
		return c.weekly.At(t)
	}
	open, until = c.more.dayAt(t)
	if !open {
		return false, until
	}
	open, change := c.windowAt(t)
	if change.Before(until) {
		until = change
	}
	return open, until
}

// dayAt is the day filter alone.
func (m *beyond) dayAt(t Civil) (open bool, until Civil) {
	i, _ := slices.BinarySearchFunc(m.days, t.seconds, func(s span, t int64) int { return cmp.Compare(s.to, t+1) })
	if i == len(m.days) {
		return !m.only, Civil{endless}
	}
	if next := m.days[i]; t.seconds < next.from {
		return !m.only, Civil{next.from}
	}
	return m.only, Civil{m.days[i].to}
}

// windowAt is the union of windows: open as long as any of them, closed until the first opens.
func (c Coverage) windowAt(t Civil) (open bool, until Civil) {
	until = Civil{endless}
	if !c.more.bare {
		open, until = c.weekly.At(t)
	}
	for i := range c.more.rules {
		opened, change := c.more.rules[i].at(t)
		switch {
		case opened && !open, opened && until.Before(change), !opened && !open && change.Before(until):
			open, until = opened, change
		}
	}
	return open, until
}

func (r *ruled) at(t Civil) (open bool, until Civil) {
	k := r.begins.Index(t)
	if began, ok := r.begins.At(k); ok && t.seconds < began.seconds+r.lasts {
		return true, Civil{began.seconds + r.lasts}
	}
	if next, ok := r.begins.At(k + 1); ok {
		return false, next
	}
	return false, Civil{endless}
}
