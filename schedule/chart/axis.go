package chart

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill/calendar"
)

// axis writes what the days of a band are called, and returns where its rows may begin.
func (p *picture) axis(b band, y float64) float64 {
	switch {
	case p.form == months:
		for day := 1; day <= 31; day++ {
			if p.perDay >= 17 || day%7 == 1 {
				p.tick(p.left+(float64(day)-0.5)*p.perDay, y+10, strconv.Itoa(day), middle)
			}
		}
		p.put("\n")
		return y + 14
	case p.form == weeks:
		for day := calendar.Monday; day <= calendar.Sunday; day++ {
			name := day.String()
			p.tick(p.left+(float64(day)+0.5)*p.perDay, y+10, strings.ToUpper(name[:1])+name[1:], middle)
		}
		p.put("\n")
		return y + 14
	case p.perDay >= 72:
		p.dayNames(b, y)
		return y + 14 + p.hours(b, y+24) + 4
	case p.perDay >= 17:
		p.monthNames(b, y)
		p.dayNumbers(b, y)
		return y + 40
	}
	p.monthNames(b, y)
	p.mondays(b, y)
	return y + 28
}

func (p *picture) tick(x, y float64, text, more string) { p.say(x, y, 10.5, text, quiet, more) }

// eachDay calls draw for each day that begins in the band, and for the one with which it begins.
func eachDay(b band, draw func(day int, left, right float64)) {
	for day := int(math.Floor(b.first)); float64(day) < b.first+b.days; day++ {
		draw(day, max(float64(day), b.first), min(float64(day+1), b.first+b.days))
	}
}

// place of a number of days in a band.
func (p *picture) place1(b band, day float64) float64 { return p.left + (day-b.first)*p.perDay }

// dayNames writes the days, all in the longest form that fits for the longest of names.
func (p *picture) dayNames(b band, y float64) {
	form := "Mon 2 Jan"
	if svg.Width("Wednesday 30 September", 12.5) <= p.perDay-4 {
		form = "Monday 2 January"
	}
	eachDay(b, func(day int, left, right float64) {
		d := date(day)
		text := svg.Fitting([]string{d.Format(form), d.Format("Mon 2"), d.Format("2")}, 12.5, (right-left)*p.perDay-4)
		p.say((p.place1(b, left)+p.place1(b, right))/2, y+11, 12, text, words, middle)
	})
	p.put("\n")
}

// hours writes times of day, as many as there is room for, and returns how high they are.
func (p *picture) hours(b band, y float64) float64 {
	step := 0
	for _, s := range []int{1, 2, 3, 4, 6, 12} {
		if float64(s)/24*p.perDay >= 36 {
			step = s
			break
		}
	}
	if step == 0 {
		return 0
	}
	eachDay(b, func(day int, _, _ float64) {
		midnight := epoch.Add(day, calendar.Day)
		for h := 0; h < 24; h += step {
			civil := midnight.Add(h, calendar.Hour)
			t := calendar.FirstAt(p.s.Zone(), civil)
			x := p.x(b, t)
			if calendar.CivilOf(t) == civil && x >= p.left-0.5 && x <= p.left+p.plot-14 { // else the clock skips it
				p.tick(x, y, civil.String()[len("2006-01-02T"):], middle)
			}
		}
	})
	p.put("\n")
	return 14
}

// dayNumbers writes the letter of the weekday, and the day of the month below.
func (p *picture) dayNumbers(b band, y float64) {
	eachDay(b, func(day int, left, right float64) {
		if right-left < 0.7 {
			return
		}
		d, x := date(day), (p.place1(b, left)+p.place1(b, right))/2
		p.tick(x, y+24, d.Format("Mon")[:1], middle)
		p.tick(x, y+36, d.Format("2"), middle)
	})
	p.put("\n")
}

func (p *picture) mondays(b band, y float64) {
	next := 0.0
	eachDay(b, func(day int, left, _ float64) {
		d, x := date(day), p.place1(b, left)
		text := d.Format("Mon 2")
		if d.Weekday() == time.Monday && x >= next && x+svg.Width(text, 10.5) <= p.left+p.plot {
			p.tick(x+2, y+24, text, "")
			next = x + svg.Width(text, 10.5) + 6
		}
	})
	p.put("\n")
}

func (p *picture) monthNames(b band, y float64) {
	eachDay(b, func(day int, left, _ float64) {
		d := date(day)
		if d.Day() != 1 && left > b.first {
			return
		}
		last := float64(day - d.Day() + 1 + daysIn(d))
		room := (min(last, b.first+b.days) - left) * p.perDay
		text := svg.Fitting([]string{d.Format("January 2006"), d.Format("Jan 2006"), d.Format("Jan")}, 12.5, room-4)
		p.say(p.place1(b, left)+2, y+11, 12, text, words, bold)
	})
	p.put("\n")
}

func daysIn(d time.Time) int { return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// ground draws what lies behind the bars: weekends, and where days and weeks begin.
func (p *picture) ground(b band, y, height float64) {
	var thin, thick strings.Builder
	begin, finish := p.days.at(b.from), p.days.at(b.to)
	eachDay(b, func(day int, left, right float64) {
		left, right = max(left, begin), min(right, finish)
		if right < left {
			return
		}
		weekday, x := date(day).Weekday(), p.place1(b, left)
		if weekday == time.Saturday || weekday == time.Sunday {
			p.rect(box{x, y - 2, (right - left) * p.perDay, height}, weekend, none, "")
		}
		line := &thin
		if weekday == time.Monday || left == begin {
			line = &thick
		}
		line.WriteString("M" + svg.Num(x) + " " + svg.Num(y-2) + "v" + svg.Num(height))
	})
	thick.WriteString("M" + svg.Num(p.place1(b, finish)) + " " + svg.Num(y-2) + "v" + svg.Num(height))
	if thin.Len() > 0 && p.perDay >= 12 {
		p.put(`<path d="`, thin.String(), `"`, p.theme.paint(none, grid), ` stroke-width="0.7"/>`)
	}
	p.put(`<path d="`, thick.String(), `"`, p.theme.paint(none, grid), ` stroke-width="1.6"/>`, "\n")
}
