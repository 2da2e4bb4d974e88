package schedule

import (
	"sort"

	"github.com/watchbill/watchbill/calendar"
)

// turns are the civil times between which turns run, numbered from 0. All of it is arithmetic, however far from the
// beginning.
type turns interface {
	at(c calendar.Civil) int       // the turn at c, which does not lie before turn 0
	start(turn int) calendar.Civil // where a turn begins; endOfTime or later if it never does
}

// steady turns are all of one length.
type steady struct {
	anchor calendar.Civil
	every  int
	unit   calendar.Unit
}

// hours is how long a turn is, unless the unit is a month.
func (s *steady) hours() int { return s.anchor.Add(s.every, s.unit).Since(s.anchor, calendar.Hour) }

func (s *steady) at(c calendar.Civil) int       { return c.Since(s.anchor, s.unit) / s.every }
func (s *steady) start(turn int) calendar.Civil { return s.anchor.Add(turn*s.every, s.unit) }

// uneven turns have lengths that apply in turn, again and again.
type uneven struct {
	anchor calendar.Civil
	starts []int // of the turns of one cycle, in hours after its beginning
	cycle  int   // in hours
}

func newUneven(anchor calendar.Civil, lengths []calendar.Length) *uneven {
	u := &uneven{anchor: anchor}
	for _, l := range lengths {
		u.starts = append(u.starts, u.cycle)
		u.cycle += l.After(anchor).Since(anchor, calendar.Hour)
	}
	return u
}

func (u *uneven) at(c calendar.Civil) int {
	hours := c.Since(u.anchor, calendar.Hour)
	return hours/u.cycle*len(u.starts) + sort.SearchInts(u.starts, hours%u.cycle+1) - 1
}

func (u *uneven) start(turn int) calendar.Civil {
	n := len(u.starts)
	return u.anchor.Add(turn/n*u.cycle+u.starts[turn%n], calendar.Hour)
}

// ruled turns run from one occurrence of a rule to the next; turn 0 begins at the anchor in any case.
type ruled struct {
	anchor calendar.Civil
	rule   calendar.Recurrence
	before int // how many turns begin before the rule's first occurrence: 1, or 0 if that is at the anchor
}

func newRuled(lister *calendar.Lister, anchor calendar.Civil, rule calendar.Rule) (*ruled, error) {
	occurs, err := lister.From(rule, anchor)
	if err != nil {
		return nil, err
	}
	r := &ruled{anchor: anchor, rule: occurs, before: 1}
	if first, ok := occurs.At(0); ok && first == anchor {
		r.before = 0
	}
	return r, nil
}

func (r *ruled) at(c calendar.Civil) int { return max(r.rule.Index(c)+r.before, 0) }

func (r *ruled) start(turn int) calendar.Civil {
	if turn < r.before {
		return r.anchor
	}
	if at, ok := r.rule.At(turn - r.before); ok {
		return at
	}
	return endOfTime
}

// tally counts the turns that have some coverage. Turns of whole hours and coverage by weekdays repeat together, so one
// period says all.
type tally struct {
	before []int // before[i]: how many of the first i turns have coverage; one longer than the period
}

// newTally goes through one period of so many turns.
func newTally(t turns, period int, weekly calendar.Pattern) *tally {
	count := &tally{before: make([]int, 1, period+1)}
	for k := range period {
		covered := count.before[k]
		if open, until := weekly.At(t.start(k)); open || until.Before(t.start(k+1)) {
			covered++
		}
		count.before = append(count.before, covered)
	}
	return count
}

// of counts the turns with coverage before a turn.
func (c *tally) of(turn int) int {
	period := len(c.before) - 1
	return turn/period*c.before[period] + c.before[turn%period]
}

// everyWeeks is after how many hours something that takes so many hours begins at the same time of the week again.
func everyWeeks(hours int) int { return hours / gcd(hours, hoursPerWeek) * hoursPerWeek }

const hoursPerWeek = 7 * 24

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
