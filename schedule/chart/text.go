package chart

import (
	"fmt"
	"io"
	"strings"

	"github.com/watchbill/watchbill/schedule"
)

// Bounds of lists in words.
const (
	maxNamed = 20     // in the description of a picture
	maxLines = 20_000 // of a table
)

// summary is the picture in words.
func (p *picture) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Who is on call from %s.", p.window())
	list := p.totals()
	for i, t := range list {
		if i == maxNamed {
			fmt.Fprintf(&b, " And %d more people.", len(list)-i)
			break
		}
		fmt.Fprintf(&b, " %s.", t.text())
	}
	p.gapsInWords(&b)
	p.overridesInWords(&b)
	for _, j := range p.jumps {
		fmt.Fprintf(&b, " %s on %s.", sentence(j.clocks()), p.moment(j.at))
	}
	for _, t := range p.versions {
		fmt.Fprintf(&b, " A new version of the schedule begins on %s.", p.moment(t))
	}
	for _, r := range p.remarks {
		fmt.Fprintf(&b, " %s.", sentence(r))
	}
	return b.String()
}

func (p *picture) gapsInWords(b *strings.Builder) {
	if len(p.gaps) == 0 {
		b.WriteString(" Somebody is on call at every instant.")
		return
	}
	fmt.Fprintf(b, " Nobody is on call at %s:", counted(len(p.gaps), "time"))
	for i, g := range p.gaps {
		if i == maxNamed {
			fmt.Fprintf(b, "; and %d more", len(p.gaps)-i)
			break
		}
		if i > 0 {
			b.WriteString(";")
		}
		fmt.Fprintf(b, " %s, %s", p.span(g.start, g.end), lasting(g.end.Sub(g.start)))
	}
	b.WriteString(".")
}

func (p *picture) overridesInWords(b *strings.Builder) {
	n := 0
	for _, r := range p.rows {
		for _, lane := range r.lanes {
			for _, x := range lane {
				if x.override == nil {
					continue
				}
				if n++; n <= maxNamed {
					fmt.Fprintf(b, " Override: %s, %s.", p.overrideTexts(x)[0], p.span(x.start, x.end))
				}
			}
		}
	}
	if n > maxNamed {
		fmt.Fprintf(b, " And %d more overrides.", n-maxNamed)
	}
}

// Text writes the same as a table in plain words, for terminals and for those who do not look at pictures: a line for
// each shift and each gap, in order, then how much everybody has, and the changes of the clocks. It lists at most
// 20,000 shifts, and says how many it leaves out. Width and Theme mean nothing to it. The error is as that of [SVG].
func Text(w io.Writer, s *schedule.Schedule, o Options) error {
	o.Width, o.Theme = 0, Auto
	p, err := newPicture(s, o)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", p.o.Title, p.window())
	p.table(&b)
	b.WriteString("\n")
	for _, t := range p.totals() {
		fmt.Fprintln(&b, t.text())
	}
	for _, j := range p.jumps {
		fmt.Fprintf(&b, "%s on %s\n", sentence(j.clocks()), p.moment(j.at))
	}
	for _, t := range p.versions {
		fmt.Fprintf(&b, "New version of the schedule from %s\n", p.moment(t))
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// table writes shifts and gaps in order of time.
func (p *picture) table(b *strings.Builder) {
	gaps, lines := p.gaps, 0
	nobody := func() {
		fmt.Fprintf(b, "%s  NOBODY, %s\n", p.span(gaps[0].start, gaps[0].end), lasting(gaps[0].end.Sub(gaps[0].start)))
		gaps = gaps[1:]
		lines++
	}
	for i, shift := range p.final {
		if lines >= maxLines {
			fmt.Fprintf(b, "and %d more shifts\n", len(p.final)-i)
			return
		}
		if len(gaps) > 0 && gaps[0].start.Before(shift.Start) {
			nobody()
		}
		var who []string
		for _, part := range shift.Parts {
			who = append(who, p.people.of(part.User).name+p.reason(part))
		}
		fmt.Fprintf(b, "%s  %s\n", p.span(shift.Start, shift.End), strings.Join(who, "; and "))
		lines++
	}
	for len(gaps) > 0 {
		nobody()
	}
}
