package chart

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/svg"
	"github.com/watchbill/watchbill/sim"
)

// Options say how the picture is. The zero value is complete.
type Options struct {
	Title string // empty: "What became of the alerts"

	// Names gives a user's name. Nil, and an empty name, mean the ID. Of a long name the beginning is shown; what
	// is no text, or would change the direction of the text around it, is left out.
	Names func(watchbill.UserID) string
}

// Side is one configuration, and what came of it in each run. Both sides have runs of the same seeds in the same order.
type Side struct {
	Name string // of a long one the end is shown: there paths differ
	Runs []sim.Summary
}

// SVG draws one side, or two. The error says that there are none or more, that a side has no runs, or is the writer's.
func SVG(w io.Writer, o Options, sides ...Side) error {
	if len(sides) < 1 || len(sides) > 2 {
		return fmt.Errorf("chart: sides: there are %d; give one or two", len(sides))
	}
	p := picture{title: svg.Clean(o.Title, 80), names: o.Names}
	if p.title == "" {
		p.title = "What became of the alerts"
	}
	for i, s := range sides {
		if len(s.Runs) == 0 {
			return errors.New("chart: sides: one has no runs; give at least one to each")
		}
		p.sides = append(p.sides, side{svg.Clean(s.Name, 200), sim.Total(s.Runs), sideInks[i], i})
	}
	last := sides[len(sides)-1]
	p.compared = sim.Compare(sides[0].Name, sides[0].Runs, last.Name, last.Runs)
	_, err := w.Write(p.draw())
	return err
}

// side is one that is drawn: all its runs together.
type side struct {
	name   string
	all    sim.Summary
	ink    ink
	number int
}

// picture is a picture under way.
type picture struct {
	pen
	title    string
	names    func(watchbill.UserID) string
	sides    []side
	compared sim.Comparison
}

const (
	width  = 1000.0
	margin = 16.0
)

func (p *picture) draw() []byte {
	whole := p.pen
	p.pen = pen{}
	y := p.curves(p.heading())
	y = p.people(y + 34)
	body := p.pen
	p.pen = whole
	w, h := svg.Num(width), svg.Num(y+margin)
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" width="`, w, `" height="`, h, `" viewBox="0 0 `, w, " ", h,
		`" role="img" lang="en" aria-labelledby="`, prefix, `title" aria-describedby="`, prefix, "desc\">\n",
		`<title id="`, prefix, `title">`, svg.Escaped(p.title), "</title>\n",
		`<desc id="`, prefix, `desc">`, svg.Escaped(p.words()), "</desc>\n",
		"<style>", style(), "</style>\n")
	p.hatch()
	p.rect(0, 0, width, y+margin, paint(paper, none), "")
	p.put(`<g font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">`, "\n", body.String(), "</g>\n</svg>\n")
	return p.Bytes()
}

// hatch is the pattern of the second side's bars.
func (p *picture) hatch() {
	if len(p.sides) < 2 {
		return
	}
	p.put(`<defs><pattern id="`, prefix, `hatch" width="6" height="6" patternUnits="userSpaceOnUse">`, "\n")
	p.rect(0, 0, 6, 6, paint(paper, none), "")
	p.line("M-1.5 4.5L4.5 -1.5M1.5 7.5L7.5 1.5", p.sides[1].ink, ` stroke-width="2"`)
	p.put("</pattern></defs>\n")
}

// heading writes what is drawn, and the sides with their lines and bars.
func (p *picture) heading() float64 {
	room := width - 2*margin
	p.say(margin, 28, 17, svg.Trimmed(p.title, 18, room), words, bold)
	p.say(margin, 47, 12, p.scale(), quiet, "")
	y := 62.0
	for _, s := range p.sides {
		p.line("M"+svg.Num(margin)+" "+svg.Num(y+7)+"h34", s.ink, s.dashes()+` stroke-width="2.5"`)
		p.rect(margin+42, y+1, 22, 12, s.bar(), "")
		room := room - 72
		figures := ": " + s.words()
		name := ending(s.name, 13, room-svg.Width(figures, 13))
		p.say(margin+72, y+11.5, 13, svg.Trimmed(name+figures, 13, room), words, "")
		y += 20
	}
	return y + 10
}

// scale says how much was lived.
func (p *picture) scale() string {
	of := func(n sim.Number, what string) string {
		if n != 1 {
			what += "s"
		}
		return sim.UnitCount.Write(n) + " " + what
	}
	all := p.sides[0].all
	days := sim.Number(math.Round(all.Weeks() * 7 / float64(all.Runs)))
	alerts := of(p.figure(p.sides[0], "urgent alerts"), "urgent alert")
	if p.compared.Runs == 1 {
		return "one run of " + of(days, "day") + " with " + alerts
	}
	return fmt.Sprintf("%d runs of %s, each with about %s", p.compared.Runs, of(days, "day"), alerts)
}

// figure is the median over the runs of a figure.
func (p *picture) figure(s side, name string) sim.Number {
	for _, f := range p.compared.Figures {
		if f.Name == name && s.number == 0 {
			return f.This.Median
		} else if f.Name == name {
			return f.Other.Median
		}
	}
	return 0
}

func (s side) dashes() string {
	if s.number == 0 {
		return ""
	}
	return ` stroke-dasharray="7 4"`
}

func (s side) bar() string {
	if s.number == 0 {
		return paint(s.ink, none)
	}
	return ` fill="url(#` + prefix + `hatch)" stroke="` + s.ink.light + `" class="` + prefix + "s-" + s.ink.class + `"`
}

// words says what matters of a side.
func (s side) words() string {
	t := s.all.ToAcknowledge
	if s.all.Urgent == 0 {
		return "there was no urgent alert"
	}
	if len(t) == 0 {
		return "nobody acknowledged anything"
	}
	seconds := func(percent int) string { return sim.UnitSeconds.Write(sim.Number(t.Rank(percent).Seconds())) }
	return fmt.Sprintf("half of those acknowledged within %s, 95 %% within %s; never acknowledged: %s", seconds(50), seconds(95),
		sim.UnitPercent.Write(sim.Number(100*float64(s.all.Unacknowledged)/float64(s.all.Urgent))))
}

// words is the picture in words.
func (p *picture) words() string {
	var b strings.Builder
	for _, s := range p.sides {
		fmt.Fprintf(&b, "%s: %s; %s pages and %s broken nights a run. ", svg.Isolated(s.name), s.words(), sim.UnitCount.Write(p.figure(s, "pages")),
			sim.UnitCount.Write(p.figure(s, "nights broken")))
	}
	list := p.rows()
	for i, c := range list {
		if i == maxPeople {
			fmt.Fprintf(&b, "And %d more people. ", len(list)-i)
			break
		}
		fmt.Fprintf(&b, "%s: %s. ", p.name(c.User), p.load(c))
	}
	return strings.TrimSpace(b.String())
}

// load is what somebody bears, in words.
func (p *picture) load(c sim.ComparedPerson) string {
	text := fmt.Sprintf("%s pages, %s nights broken", sim.UnitCount.Write(c.ThisPages), sim.UnitCount.Write(c.ThisNights))
	if len(p.sides) == 2 {
		text += fmt.Sprintf("; %s and %s with %s", sim.UnitCount.Write(c.OtherPages), sim.UnitCount.Write(c.OtherNights), svg.Isolated(p.sides[1].name))
	}
	return text
}

// ending returns as much of the end of a name as there is room for: at their ends paths differ.
func ending(name string, size, room float64) string {
	all := []rune(name)
	for n := range all {
		if n > 0 {
			name = "…" + string(all[n:])
		}
		if svg.Width(name, size) <= room {
			break
		}
	}
	return svg.Isolated(name)
}

func (p *picture) name(id watchbill.UserID) string {
	name := ""
	if p.names != nil {
		name = svg.Clean(p.names(id), 40)
	}
	if name == "" {
		name = svg.Clean(string(id), 40)
	}
	return svg.Isolated(name)
}
