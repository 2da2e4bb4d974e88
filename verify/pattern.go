package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// pattern is gaps that come back: at the same hours of the same weekdays, every week or every few weeks.
type pattern struct {
	gaps  []stretch // in order
	days  []calendar.Weekday
	weeks int   // from one to the next
	from  civil // of the first: where the weekday and the time of day come from
	long  civil // from the clock's reading at the start to that at the end
}

// civil is what a clock reads, as microseconds of the same reading in UTC; or the difference of two.
type civil int64

const (
	civilDay  = civil(day / time.Microsecond)
	civilWeek = 7 * civilDay
	monday    = 4 * civilDay // 1970-01-05
)

func civilOf(m micros, zone *time.Location) civil {
	_, offset := m.in(zone).Zone()
	return civil(m) + civil(offset)*civil(time.Second/time.Microsecond)
}

func (c civil) inWeek() civil { return ((c-monday)%civilWeek + civilWeek) % civilWeek }

func (c civil) weekday() calendar.Weekday { return calendar.Weekday(c.inWeek() / civilDay) }

func (c civil) ofDay() calendar.TimeOfDay {
	return calendar.TimeOfDay(c.inWeek() % civilDay / civil(time.Second/time.Microsecond))
}

// fewest is how often a gap comes back at least to be told as one that does.
const fewest = 3

// patternsOf finds the gaps that come back; the other ones are left over. Both are in the order of time.
func patternsOf(gaps []stretch, zone *time.Location) (patterns []pattern, rest []stretch) {
	type hours struct{ at, long civil }
	by := map[hours][]stretch{}
	var order []hours
	for _, g := range gaps {
		from, to := civilOf(g.from, zone), civilOf(g.to, zone)
		h := hours{from.inWeek(), to - from}
		if by[h] == nil {
			order = append(order, h)
		}
		by[h] = append(by[h], g)
	}
	for _, h := range order {
		for list := by[h]; len(list) > 0; {
			n, weeks := steady(list, zone)
			if n < fewest {
				rest, list = append(rest, list[0]), list[1:]
				continue
			}
			from := civilOf(list[0].from, zone)
			patterns = append(patterns, pattern{list[:n], []calendar.Weekday{from.weekday()}, weeks, from, h.long})
			list = list[n:]
		}
	}
	byStart := func(a, b stretch) int { return int(min(max(a.from-b.from, -1), 1)) }
	slices.SortFunc(rest, byStart)
	slices.SortStableFunc(patterns, func(a, b pattern) int { return byStart(a.gaps[0], b.gaps[0]) })
	return merged(patterns, byStart), rest
}

// steady returns how many gaps follow each other at the same distance, and that in weeks.
func steady(list []stretch, zone *time.Location) (n, weeks int) {
	if len(list) < 2 {
		return len(list), 0
	}
	apart := func(i int) civil { return civilOf(list[i].from, zone) - civilOf(list[i-1].from, zone) }
	for n = 2; n < len(list) && apart(n) == apart(1); n++ {
		continue
	}
	return n, int(apart(1) / civilWeek)
}

// merged draws together the same hours of several weekdays, over the same weeks.
func merged(list []pattern, byStart func(a, b stretch) int) []pattern {
	var all []pattern
	for _, p := range list {
		i := slices.IndexFunc(all, func(o pattern) bool { return o.goesWith(p) })
		if i < 0 {
			all = append(all, p)
			continue
		}
		all[i].days = append(all[i].days, p.days...)
		slices.Sort(all[i].days)
		all[i].gaps = append(slices.Clip(all[i].gaps), p.gaps...)
	}
	for _, p := range all {
		slices.SortFunc(p.gaps, byStart)
	}
	return all
}

func (p pattern) goesWith(o pattern) bool {
	const week = micros(civilWeek)
	near := func(a, b micros) bool { return max(a-b, b-a) < week }
	if p.weeks != o.weeks || p.weeks > 1 && (p.from-monday)/civilWeek != (o.from-monday)/civilWeek {
		return false
	}
	return p.from.ofDay() == o.from.ofDay() && p.long == o.long && p.long <= civilDay &&
		near(p.gaps[0].from, o.gaps[0].from) && near(p.last().from, o.last().from)
}

func (p pattern) last() stretch { return p.gaps[len(p.gaps)-1] }

func (p pattern) total() (d micros) {
	for _, g := range p.gaps {
		d += g.to - g.from
	}
	return d
}

// when tells the hours, as "every Sat 09:00 to Mon 09:00".
func (p pattern) when() string {
	to := p.from + p.long
	end := to.ofDay().String()
	if to.weekday() != p.from.weekday() && len(p.days) == 1 || p.long >= civilWeek {
		end = named(to.weekday()) + " " + end
	}
	var names []string
	for _, d := range p.days {
		names = append(names, named(d))
	}
	days := strings.Join(names, ", ")
	switch {
	case p.weeks > 1:
		days = fmt.Sprintf("%d weeks, %s", p.weeks, days)
	case len(p.days) == 7:
		days = "day"
	}
	return fmt.Sprintf("every %s %s to %s", days, p.from.ofDay(), end)
}

// often tells when, where, how often, and the first and the last time.
func (p pattern) often(zone *time.Location) string {
	const form = "Mon 2006-01-02"
	return fmt.Sprintf("%s (%s), %s, first %s, last %s", p.when(), zone, times(len(p.gaps)), p.gaps[0].from.in(zone).Format(form),
		p.last().from.in(zone).Format(form))
}

func named(d calendar.Weekday) string {
	name := d.String()
	return strings.ToUpper(name[:1]) + name[1:]
}

// windows writes the weekly windows that close a gap, each valid by itself; empty for one of a week or longer.
func windows(days []calendar.Weekday, from, long civil) string {
	begin, end := from.ofDay(), (from + long).ofDay()
	const midnight = calendar.TimeOfDay(24 * 60 * 60)
	switch {
	case long >= civilWeek:
		return ""
	case long < civilDay:
		if end == 0 {
			end = midnight
		}
		return window(days, begin, end)
	}
	var list []string
	first := days[0]
	left := from.inWeek()%civilDay + long // from the first midnight on
	for i := calendar.Weekday(0); left > 0; i++ {
		until := midnight
		if left < civilDay {
			until = end
		}
		list = append(list, window([]calendar.Weekday{(first + i) % 7}, begin, until))
		begin, left = 0, left-civilDay
	}
	return strings.Join(list, ", ")
}

func window(days []calendar.Weekday, from, to calendar.TimeOfDay) string {
	var names []string
	for _, d := range days {
		names = append(names, d.String())
	}
	return fmt.Sprintf(`{days: [%s], from: "%s", to: "%s"}`, strings.Join(names, ", "), from, to)
}
