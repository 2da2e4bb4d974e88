package chart

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill/calendar"
)

// form is how the window is laid out.
type form uint8

const (
	whole  form = iota // one timeline
	weeks              // one for each week
	months             // a row of days for each month
)

// band is one timeline of the picture. Its days are from first to first+days, as package-wide numbers; the window may
// have only a part of them.
type band struct {
	from, to    time.Time
	first, days float64
	head        string
}

// Sizes, in pixels.
const (
	margin    = 14.0
	letter    = 11.0
	wholeMost = 42 // days in one timeline
)

// arrange decides on the form, divides the window into bands, and merges what would be too narrow.
func (p *picture) arrange() {
	p.left = margin + p.labelWidth()
	p.plot = float64(p.o.Width) - margin - p.left
	first, last := p.days.at(p.o.From), p.days.at(p.o.To)
	switch n := last - first; {
	case n > wholeMost:
		p.form, p.perDay = months, p.plot/31
		p.split(calendar.Month, 31, "January 2006")
	case n > 8 && p.plot/n < 14:
		p.form, p.perDay = weeks, p.plot/7
		p.split(calendar.Week, 7, "Mon 2 January 2006")
	default:
		p.form, p.perDay = whole, p.plot/n
		p.bands = []band{{from: p.o.From, to: p.o.To, first: first, days: n}}
	}
	p.merge()
}

func (p *picture) labelWidth() float64 {
	widest := 0.0
	for _, r := range p.rows {
		widest = max(widest, svg.Width(r.label, letter))
	}
	return min(widest, float64(p.o.Width)*0.2) + 8
}

// split makes a band of each week or month.
func (p *picture) split(unit calendar.Unit, days float64, head string) {
	y, m, d := calendar.CivilOf(p.o.From).Date()
	start := calendar.NewCivil(y, m, 1, 0, 0, 0)
	if unit == calendar.Week {
		start = calendar.NewCivil(y, m, d, 0, 0, 0)
		start = start.Add(-int(start.Weekday()), calendar.Day)
	}
	for k := 0; ; k++ {
		first, next := start.Add(k, unit), start.Add(k+1, unit)
		from, to := calendar.FirstAt(p.s.Zone(), first), calendar.FirstAt(p.s.Zone(), next)
		if !from.Before(p.o.To) {
			return
		}
		number := first.Since(epoch, calendar.Day)
		b := band{from, to, float64(number), days, date(number).Format(head)}
		if b.from.Before(p.o.From) {
			b.from = p.o.From
		}
		if b.to.After(p.o.To) {
			b.to = p.o.To
		}
		if b.from.Before(b.to) {
			p.bands = append(p.bands, b)
		}
	}
}

// Bounds of what is drawn.
const (
	maxBars = 2500
	least   = 3.0 // pixels: neighbours that are narrower become a block
)

// merge joins narrow neighbours, and wider and wider ones until the picture is small enough.
func (p *picture) merge() {
	widthOf := func(from, to time.Time) float64 { return (p.days.at(to) - p.days.at(from)) * p.perDay }
	for narrow := least; ; narrow *= 1.5 {
		rows, total := make([]row, len(p.rows)), 0
		for i, r := range p.rows {
			rows[i] = row{role: r.role, label: r.label, gaps: merged(r.gaps, narrow, 3*narrow, widthOf)}
			for _, lane := range r.lanes {
				rows[i].lanes = append(rows[i].lanes, merged(lane, narrow, narrow, widthOf))
				total += len(rows[i].lanes[len(rows[i].lanes)-1]) + len(p.bands) - 1 // a bar may go on in the next band
			}
			total += len(rows[i].gaps) + len(p.bands) - 1
		}
		if total <= maxBars {
			p.rows = rows
			return
		}
	}
}

// x is the place of an instant in a band.
func (p *picture) x(b band, t time.Time) float64 {
	return p.left + (p.days.at(t)-b.first)*p.perDay
}

// within cuts a bar to a band.
func (x bar) within(b band) (bar, bool) {
	if x.start.Before(b.from) {
		x.start = b.from
	}
	if x.end.After(b.to) {
		x.end = b.to
	}
	return x, x.start.Before(x.end)
}

// heights of a row: of one of its lanes, and of its letters.
func (p *picture) heights(r row) (lane, size float64) {
	several := len(r.lanes) > 1
	switch {
	case r.role == finalRow && !several:
		return 34, 13
	case r.role == finalRow:
		return 22, 12
	case p.form == months && r.role == layerRow:
		return 9, 9
	case p.form == months:
		return 14, 10
	case several:
		return 16, 10
	}
	return 20, letter
}

// height of a row in the picture.
func (p *picture) height(r row) float64 {
	lane, _ := p.heights(r)
	return lane * float64(max(len(r.lanes), 1))
}

// shown are the rows of a band. Where there are several bands, overrides have a row only where there are any, a single
// layer has none, and lanes at the end of a row that are empty are left out.
func (p *picture) shown(b band) []row {
	if p.form == whole {
		return p.rows
	}
	var rows []row
	for _, r := range p.rows {
		if r.role == layerRow && len(p.rows) == 2 {
			continue
		}
		for n := len(r.lanes); n > 0 && !touches(r.lanes[n-1], b); n-- {
			r.lanes = r.lanes[:n-1]
		}
		if r.role != overrideRow || len(r.lanes) > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}

func touches(lane []bar, b band) bool {
	return slices.ContainsFunc(lane, func(x bar) bool { _, ok := x.within(b); return ok })
}
