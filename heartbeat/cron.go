package heartbeat

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// Cron is a parsed cron expression: the civil times at which something happens. The zero Cron has none.
type Cron struct {
	minute, hour, day, month, weekday uint64 // a bit for each value
	anyDay, anyWeekday                bool   // the field begins with *
}

// cronField is what one of the five fields may hold.
type cronField struct {
	name        string
	least, most int
	words       string // of three letters, from least on
}

// cronFields returns the fields in their order.
func cronFields() [5]cronField {
	return [5]cronField{
		{"minute", 0, 59, ""},
		{"hour", 0, 23, ""},
		{"day of the month", 1, 31, ""},
		{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
		{"day of the week", 0, 7, "sunmontuewedthufrisat"}, // 7 is Sunday again
	}
}

// maxCron bounds the text of an expression.
const maxCron = 200

// ParseCron reads a cron expression of five fields: minute, hour, day of the month, month, day of the week. A field is *, a
// number or a range, with a step behind a slash, or several of these separated by commas; months and days of the week may
// be written with three letters, and 0 and 7 are Sunday. Where both kinds of day are restricted, that is, do not begin with
// *, either suffices, as in Vixie's cron. An expression that no date matches is an error.
func ParseCron(text string) (Cron, error) {
	if len(text) > maxCron {
		return Cron{}, fmt.Errorf("has more than %d characters", maxCron)
	}
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return Cron{}, fmt.Errorf(`%q has %d fields; five are needed: minute, hour, day of the month, month, day of the week, as in "30 2 * * 1-5"`,
			text, len(fields))
	}
	var sets [5]uint64
	var problems []error
	for i, f := range cronFields() {
		set, err := f.parse(strings.ToLower(fields[i]))
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", f.name, err))
		}
		sets[i] = set
	}
	if err := errors.Join(problems...); err != nil {
		return Cron{}, err
	}
	c := Cron{minute: sets[0], hour: sets[1], day: sets[2], month: sets[3], weekday: sets[4]&0x7f | sets[4]>>7,
		anyDay: fields[2][0] == '*', anyWeekday: fields[4][0] == '*'}
	if !c.possible() {
		return Cron{}, fmt.Errorf("%q never comes: no such day is in those months", text)
	}
	return c, nil
}

func (f cronField) parse(text string) (set uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		s, err := f.part(part)
		if err != nil {
			return 0, err
		}
		set |= s
	}
	return set, nil
}

// part reads one of the parts between commas.
func (f cronField) part(text string) (set uint64, err error) {
	span, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > f.most {
			return 0, fmt.Errorf("%q is not a step from 1 to %d", stepText, f.most)
		}
	}
	from, to := f.least, f.most
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		if from, err = f.value(first); err != nil {
			return 0, err
		}
		switch {
		case ranged:
			if to, err = f.value(last); err != nil {
				return 0, err
			}
		case !stepped: // 5/15 goes on to the end
			to = from
		}
	}
	if to < from {
		return 0, fmt.Errorf("%q ends before it begins", span)
	}
	for v := from; v <= to; v += step {
		set |= 1 << v
	}
	return set, nil
}

func (f cronField) value(text string) (int, error) {
	if i := strings.Index(f.words, text); len(text) == 3 && i >= 0 && i%3 == 0 {
		return f.least + i/3, nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < f.least || v > f.most || strings.ContainsAny(text, "+-") {
		return 0, fmt.Errorf("%q is not a number from %d to %d", text, f.least, f.most)
	}
	return v, nil
}

// possible reports whether any date matches: only days of the month can fail to.
func (c Cron) possible() bool {
	if !c.anyWeekday || c.anyDay {
		return true
	}
	days := [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	least := bits.TrailingZeros64(c.day)
	for month, most := range days {
		if c.month&(2<<month) != 0 && least <= most {
			return true
		}
	}
	return false
}

// on reports whether a civil day matches.
func (c Cron) on(day calendar.Civil) bool {
	_, month, date := day.Date()
	inMonth := c.day&(1<<date) != 0
	inWeek := c.weekday&(1<<((int(day.Weekday())+1)%7)) != 0
	switch {
	case c.month&(1<<month) == 0:
		return false
	case c.anyDay || c.anyWeekday: // one that begins with * may have a step
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// maxDays is how far apart two times can lie: a 29th of February on a given day of the week comes after 40 years at most.
const maxDays = 41 * 366

// Next returns the first time strictly after an instant, in the zone; zero if there is none, which ParseCron excludes.
func (c Cron) Next(zone *time.Location, after time.Time) time.Time {
	read := calendar.Reading(zone, after)
	year, month, date := read.Date()
	for i := range maxDays {
		day := calendar.NewCivil(year, month, date+i, 0, 0, 0)
		if !c.on(day) {
			continue
		}
		if at, ok := c.during(day, read); ok {
			return calendar.FirstAt(zone, at)
		}
	}
	return time.Time{}
}

// during returns the first time of a day after what the clock has shown.
func (c Cron) during(day, read calendar.Civil) (calendar.Civil, bool) {
	year, month, date := day.Date()
	for hours := c.hour; hours != 0; hours &= hours - 1 {
		for minutes := c.minute; minutes != 0; minutes &= minutes - 1 {
			at := calendar.NewCivil(year, month, date, bits.TrailingZeros64(hours), bits.TrailingZeros64(minutes), 0)
			if read.Before(at) {
				return at, true
			}
		}
	}
	return calendar.Civil{}, false
}
