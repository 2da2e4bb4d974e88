package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/watchbill/watchbill/internal/svg"
	"github.com/watchbill/watchbill/sim"
)

const (
	maxPeople = 40 // that have bars
	nameWidth = 170.0
	barHeight = 11.0
)

// rows are the people, those with the most pages first.
func (p *picture) rows() []sim.ComparedPerson {
	list := slices.Clone(p.compared.People)
	slices.SortStableFunc(list, func(a, b sim.ComparedPerson) int { return cmp.Compare(b.ThisPages, a.ThisPages) })
	return list
}

// people draws the pages and the broken nights of everybody, side by side.
func (p *picture) people(y float64) float64 {
	left, gap := margin+nameWidth, 44.0
	room := (width - margin - left - gap) / 2
	unit := ""
	if p.compared.Runs > 1 {
		unit = fmt.Sprintf(", median of %d runs", p.compared.Runs)
	}
	p.say(left, y, 14, "Pages to each person"+unit, words, bold)
	p.say(left+room+gap, y, 14, "Nights broken"+unit, words, bold)
	p.say(left+room+gap, y+16, 12, "a page between 22:00 and 07:00 by their own clock", quiet, "")
	y += 26
	list := p.rows()
	more := len(list) - maxPeople
	if more > 0 {
		list = list[:maxPeople]
	}
	pages, nights := sim.Number(1), sim.Number(1)
	for _, c := range list {
		pages, nights = max(pages, c.ThisPages, c.OtherPages), max(nights, c.ThisNights, c.OtherNights)
	}
	for _, c := range list {
		height := barHeight*float64(len(p.sides)) + 6
		p.put("<g>", "<title>", svg.Escaped(p.name(c.User)+": "+p.load(c)), "</title>\n")
		p.say(left-10, y+height/2+1, 12.5, svg.Trimmed(p.name(c.User), 12.5, nameWidth-14), words, end)
		p.pair(left, y, room, pages, c.ThisPages, c.OtherPages)
		p.pair(left+room+gap, y, room, nights, c.ThisNights, c.OtherNights)
		p.put("</g>\n")
		y += height
	}
	if more > 0 {
		p.say(left, y+12, 12, fmt.Sprintf("and %d more people", more), quiet, "")
		y += 18
	}
	return y
}

// pair draws the bars of one person's figure, with their numbers behind.
func (p *picture) pair(x, y, room float64, most sim.Number, values ...sim.Number) {
	const number = 44.0
	for i, s := range p.sides {
		w := (room - number) * float64(values[i]) / float64(most)
		top := y + barHeight*float64(i)
		if values[i] > 0 {
			p.rect(x+0.5, top+0.5, w, barHeight-2, s.bar(), "")
		}
		p.say(x+w+5, top+barHeight-2.5, 10, sim.UnitCount.Write(values[i]), words, "")
	}
}
