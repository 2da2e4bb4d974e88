package chart

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/internal/svg"
)

// total is how much of the final line somebody has.
type total struct {
	who    *person
	shifts int
	time   time.Duration
}

// totals are those of the people in the picture, in the order in which the schedule names them.
func (p *picture) totals() []total {
	sums, ends := map[*person]*total{}, map[*person]time.Time{}
	for _, shift := range p.final {
		for _, u := range shift.Users {
			who := p.people.of(u)
			t := sums[who]
			if t == nil {
				t = &total{who: who}
				sums[who] = t
			}
			if !ends[who].Equal(shift.Start) {
				t.shifts++
			}
			ends[who] = shift.End
			t.time += shift.End.Sub(shift.Start)
		}
	}
	for who := range p.inBars() { // of layers that are hidden, or overrides without effect
		if sums[who] == nil {
			sums[who] = &total{who: who}
		}
	}
	var all []total
	for _, who := range p.people.list {
		if t := sums[who]; t != nil {
			all = append(all, *t)
		}
	}
	return all
}

// inBars are the people whose bars are drawn, and those whom overrides speak of.
func (p *picture) inBars() map[*person]bool {
	found := map[*person]bool{}
	for _, r := range p.rows {
		for _, lane := range r.lanes {
			for _, b := range lane {
				if b.part.User != "" {
					found[p.person(b)] = true
				}
				if b.override != nil && b.override.Replaces != "" {
					found[p.people.of(b.override.Replaces)] = true
				}
			}
		}
	}
	return found
}

const (
	maxLegend   = 60
	legendLine  = 21.0
	swatchWidth = 30.0
)

// entry is one line of the legend.
type entry struct {
	text   string
	swatch func(box)
}

// legend says what the bars mean, and returns where it ends.
func (p *picture) legend(y float64) float64 {
	var entries []entry
	list := p.totals()
	for i, t := range list {
		if i == maxLegend {
			p.remarks = append(p.remarks, fmt.Sprintf("%d more people are named in their bars' titles", len(list)-i))
			break
		}
		entries = append(entries, entry{t.text(), func(b box) {
			p.put("<rect", b.attrs(), p.ref(patternOf(t.who.index)), p.theme.edge(edgeOf(t.who.index)), ` rx="2"/>`)
			text := svg.Fitting([]string{t.who.initials}, 10, b.w-4)
			p.label(b.x+b.w/2, b.y+11, 10, text, words, fillOf(t.who.index), middle+bold)
		}})
	}
	y = p.columns(append(entries, p.signs()...), y)
	for _, r := range p.remarks {
		p.say(margin, y+11, 11, svg.Trimmed("Note: "+r+".", 11, float64(p.o.Width)-2*margin), quiet, "")
		y += 17
	}
	return y
}

// columns writes entries side by side, as many as there is room for.
func (p *picture) columns(entries []entry, y float64) float64 {
	room, widest := float64(p.o.Width)-2*margin, 0.0
	for i := range entries {
		entries[i].text = svg.Trimmed(entries[i].text, 12, room-swatchWidth-6)
		widest = max(widest, swatchWidth+6+svg.Width(entries[i].text, 12)+8)
	}
	across := max(int(room/max(widest, 1)), 1)
	for i, e := range entries {
		x := margin + float64(i%across)*room/float64(across)
		if i > 0 && i%across == 0 {
			y += legendLine
		}
		e.swatch(box{x + 0.5, y + 0.5, swatchWidth, 15})
		p.say(x+swatchWidth+6, y+12.5, 12, e.text, words, "")
		p.put("\n")
	}
	return y + legendLine
}

func (t total) text() string {
	if t.shifts == 0 {
		return t.who.name + ", not on call"
	}
	return fmt.Sprintf("%s, %s, %s", t.who.name, counted(t.shifts, "shift"), lasting(t.time))
}

// signs explains the other marks, those that occur.
func (p *picture) signs() (all []entry) {
	if len(p.gaps) > 0 {
		var sum time.Duration
		for _, g := range p.gaps {
			sum += g.end.Sub(g.start)
		}
		all = append(all, entry{"nobody, " + counted(len(p.gaps), "gap") + ", " + lasting(sum), func(b box) {
			p.put("<rect", b.attrs(), p.ref("gap"), p.theme.edge(gapEdge), ` stroke-width="2"/>`)
		}})
	}
	changing, overridden := false, false
	for _, r := range p.rows {
		for _, lane := range r.lanes {
			for _, b := range lane {
				changing = changing || b.kind == often
				overridden = overridden || b.part.Override != "" || b.kind == standIn
			}
		}
	}
	if overridden {
		all = append(all, entry{"by an override", func(b box) {
			p.rect(b, paper, quiet, ` stroke-width="2" stroke-dasharray="5 3" rx="2"`)
		}})
	}
	if changing {
		all = append(all, entry{"changes too often to draw", func(b box) {
			p.put("<rect", b.attrs(), p.ref("often"), p.theme.edge(oftenEdge), "/>")
		}})
	}
	return all
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
