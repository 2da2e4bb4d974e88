package calendar

import (
	"errors"
	"fmt"
	"slices"

	"github.com/teambition/rrule-go"
)

// Recurrence is a [Rule] that begins somewhere: civil times in order, numbered from 0. It is immutable, and takes the
// same short time to answer however far from its beginning. The zero value has no occurrence.
//
// A rule of days or weeks goes on for ever by arithmetic. One that has BYSETPOS or speaks of months or years is listed up
// to the end of the year 2200, where it ends.
type Recurrence struct {
	start   Civil
	period  int64   // in seconds; 0: offsets is all there is
	offsets []int64 // seconds after start, in order, all of them in the first period
	limit   int     // how many occurrences there are; 0: without end
}

// maxListed is how many occurrences a list may have.
const maxListed = 200_000

// lastListed is where a list ends.
func lastListed() Civil { return NewCivil(2200, 12, 31, 23, 59, 59) }

// From returns the occurrences of the rule from anchor on, which is what RFC 5545 calls DTSTART: intervals are counted
// from it, it fills in what the rule leaves open, and its time of day is that of every occurrence. It is itself an
// occurrence only if the rule says so. A rule without any occurrence from there on is an error, so is the zero rule.
//
// Everything here is civil time. Where the clock skips or repeats an occurrence, the boundary rule [FirstAt] settles
// what RFC 5545 would settle otherwise: a skipped time happens at the jump.
func (r Rule) From(anchor Civil) (Recurrence, error) {
	found, _, err := r.from(anchor, maxSteps)
	return found, err
}

// from is From if there are steps of a [Lister] left, and says how many it took.
func (r Rule) from(anchor Civil, left int) (Recurrence, int, error) {
	if r.IsZero() {
		return Recurrence{}, 0, errors.New("calendar: the rule is missing; write one such as FREQ=WEEKLY;BYDAY=MO")
	}
	p, err := parseRule(r.text)
	if err != nil {
		return Recurrence{}, 0, err
	}
	found, err := p.from(anchor, left)
	if err != nil {
		return Recurrence{}, p.steps, fmt.Errorf("calendar: rule %.60q: %w", r.text, err)
	}
	return found, p.steps, nil
}

func (p *parts) from(anchor Civil, left int) (Recurrence, error) {
	if !anchor.Before(lastListed()) || anchor.Before(Civil{}) {
		return Recurrence{}, fmt.Errorf("begins at %v; it must begin before %v", anchor, lastListed())
	}
	found := Recurrence{start: anchor}
	var err error
	if o := &p.option; o.Freq >= rrule.WEEKLY && len(o.Bysetpos)+len(o.Bymonth)+len(o.Bymonthday) == 0 {
		found.period, found.offsets = p.regular(anchor)
		found.limit = p.count
	} else if left <= 0 {
		err = errors.New("is one too many that has to be listed; use fewer rules of months or years," +
			" or begin them at the same time")
	} else if found.offsets, err = p.list(anchor); err == nil {
		found.limit = len(found.offsets)
	}
	if err != nil {
		return Recurrence{}, err
	}
	if !p.until.IsZero() && len(found.offsets) > 0 {
		n := found.Index(p.until) + 1
		if n == 0 {
			found.offsets = nil
		}
		found.limit = n
	}
	if len(found.offsets) == 0 {
		return Recurrence{}, fmt.Errorf("never occurs from %v on; mend the rule or where it begins", anchor)
	}
	return found, nil
}

// regular returns the occurrences of a rule that knows days and weeks only, and after how many seconds they repeat.
func (p *parts) regular(anchor Civil) (period int64, offsets []int64) {
	on := [7]bool{}
	for _, d := range p.option.Byweekday {
		on[d.Day()] = true
	}
	if p.option.Freq == rrule.DAILY {
		return regularDays(anchor, int64(max(p.option.Interval, 1)), on, len(p.option.Byweekday) == 0)
	}
	if len(p.option.Byweekday) == 0 {
		on[anchor.Weekday()] = true
	}
	period = int64(max(p.option.Interval, 1)) * week
	monday := int64(p.option.Wkst.Day()) // the day on which weeks begin
	into := floorMod(int64(anchor.Weekday())-monday, 7)
	for d := range int64(7) {
		if !on[(monday+d)%7] {
			continue
		}
		offset := (d - into) * day
		if offset < 0 { // before the anchor: the first is a period later
			offset += period
		}
		offsets = append(offsets, offset)
	}
	slices.Sort(offsets)
	return period, offsets
}

func regularDays(anchor Civil, interval int64, on [7]bool, every bool) (period int64, offsets []int64) {
	if every {
		return interval * day, []int64{0}
	}
	steps := int64(7) // until the weekdays repeat
	if interval%7 == 0 {
		steps = 1
	}
	for step := range steps {
		if on[(int64(anchor.Weekday())+step*interval)%7] {
			offsets = append(offsets, step*interval*day)
		}
	}
	return steps * interval * day, offsets
}

// shift moves a rule by 19 times 400 years, after which the calendar with its weekdays repeats: to the last years that the
// library knows, where it soon gives up if nothing occurs.
const shift = 19 * 146_097 * day

// list asks the library, in UTC and from the beginning, once.
func (p *parts) list(anchor Civil) ([]int64, error) {
	option := p.option
	option.Byweekno = nil // the library numbers some weeks about New Year wrongly
	start := anchor
	if option.Freq == rrule.WEEKLY { // BYSETPOS counts in whole weeks, and the library begins in the middle of one
		if len(option.Byweekday) == 0 {
			option.Byweekday = []rrule.Weekday{weekdays()[anchor.Weekday()]}
		}
		start = anchor.Add(-int(floorMod(int64(anchor.Weekday())-int64(option.Wkst.Day()), 7)), Day)
	}
	option.Dtstart = Civil{start.seconds + shift}.utc()
	last := lastListed()
	if !p.until.IsZero() && p.until.Before(last) {
		last = p.until
	}
	option.Until = Civil{last.seconds + shift}.utc()
	rule, err := rrule.NewRRule(option)
	if err != nil {
		return nil, err
	}
	var offsets []int64
	next := rule.Iterator()
	for t, ok := next(); ok; t, ok = next() {
		p.steps++
		c := Civil{CivilOf(t).seconds - shift}
		if c.Before(anchor) || !p.inWeeks(c) {
			continue
		}
		if len(offsets) == maxListed {
			return nil, fmt.Errorf("occurs more than %d times up to %v; begin it later", maxListed, lastListed())
		}
		offsets = append(offsets, c.seconds-anchor.seconds)
		if len(offsets) == p.count {
			last = c
			break
		}
	}
	p.looked(anchor, last)
	return offsets, nil
}

// looked counts the steps of looking through all days up to the last, each held against what the rule speaks of. They
// are fewer than days: the library looks at 30 in the time that it takes to list one.
func (p *parts) looked(anchor, last Civil) {
	o := &p.option
	speaksOf := len(o.Bysetpos) + len(o.Bymonth) + len(o.Bymonthday) + len(o.Byyearday) + len(o.Byweekno) + len(o.Byweekday)
	days := max(int(last.seconds-anchor.seconds), 0) / day
	p.steps += days / max(o.Interval, 1) * (2 + speaksOf) / 32
}

// inWeeks is BYWEEKNO. Weeks are numbered as RFC 5545 does: the first has at least four days of the year.
func (p *parts) inWeeks(c Civil) bool {
	if len(p.option.Byweekno) == 0 {
		return true
	}
	year, _, _ := c.Date()
	first, next := p.firstWeek(year), p.firstWeek(year+1)
	if c.Before(first) {
		first, next = p.firstWeek(year-1), first
	} else if !c.Before(next) {
		first, next = next, p.firstWeek(year+2)
	}
	number := int((c.seconds - first.seconds) / week)
	total := int((next.seconds - first.seconds) / week)
	return slices.Contains(p.option.Byweekno, number+1) || slices.Contains(p.option.Byweekno, number-total)
}

// firstWeek is where the first week of the year begins: the one that the fourth of January is in.
func (p *parts) firstWeek(year int) Civil {
	fourth := NewCivil(year, 1, 4, 0, 0, 0)
	return fourth.Add(-int(floorMod(int64(fourth.Weekday())-int64(p.option.Wkst.Day()), 7)), Day)
}

func weekdays() [7]rrule.Weekday {
	return [7]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}
}

// Index returns the number of the last occurrence at or before c, from 0; -1 if there is none yet.
func (r Recurrence) Index(c Civil) int {
	if c.Before(r.start) {
		return -1
	}
	into, before := c.seconds-r.start.seconds, 0
	if r.period > 0 {
		periods := into / r.period
		into -= periods * r.period
		before = int(periods) * len(r.offsets)
	}
	i, found := slices.BinarySearch(r.offsets, into)
	if found {
		i++
	}
	if n := before + i; r.limit == 0 || n <= r.limit {
		return n - 1
	}
	return r.limit - 1
}

// At returns occurrence number k, or false if there is none.
func (r Recurrence) At(k int) (Civil, bool) {
	n := len(r.offsets)
	if k < 0 || n == 0 || r.limit > 0 && k >= r.limit {
		return Civil{}, false
	}
	periods := int64(k / n)
	if r.period > 0 && periods > endless/r.period {
		return Civil{}, false
	}
	return Civil{r.start.seconds + periods*r.period + r.offsets[k%n]}, true
}
