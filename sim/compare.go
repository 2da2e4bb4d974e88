package sim

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
)

// Comparison sets what became of one scenario beside what another configuration would have made of the same alerts, people and
// chance: run by run, each pair under the same seed.
type Comparison struct {
	This    string           `json:"this"` // the names
	Other   string           `json:"other"`
	Runs    int              `json:"runs"`
	Figures []ComparedFigure `json:"figures"`
	People  []ComparedPerson `json:"people"` // by ID
}

// ComparedFigure is a figure on both sides.
type ComparedFigure struct {
	Name       string `json:"name"`
	Unit       Unit   `json:"unit"`
	This       Spread `json:"this"`
	Other      Spread `json:"other"`
	Difference Number `json:"difference"` // of the medians, other less this; NaN where either has nothing to measure

	ThisBetter  int `json:"this_better"`  // runs in which it was; that nothing could be measured is never better
	OtherBetter int `json:"other_better"` // runs in which the other was; in those that remain both were the same
}

// ComparedPerson is what one person bears, as medians over the runs.
type ComparedPerson struct {
	User        watchbill.UserID `json:"user"`
	ThisPages   Number           `json:"this_pages"`
	OtherPages  Number           `json:"other_pages"`
	ThisNights  Number           `json:"this_nights"`
	OtherNights Number           `json:"other_nights"`
}

// Differs reports whether anything is another.
func (p ComparedPerson) Differs() bool {
	return p.ThisPages != p.OtherPages || p.ThisNights != p.OtherNights
}

// Compare sets runs beside others of the same seeds in the same order, so there are as many of each; what is more on one side
// is left out.
func Compare(this string, a []Summary, other string, b []Summary) Comparison {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	c := Comparison{This: this, Other: other, Runs: n, People: comparePeople(a, b)}
	x, y := figuresOf(a), figuresOf(b)
	for i, f := range (Summary{}).Figures() {
		c.Figures = append(c.Figures, compareFigure(f, x[i], y[i]))
	}
	return c
}

// figuresOf returns the values of each figure, run by run.
func figuresOf(runs []Summary) [][]Number {
	values := make([][]Number, len(Summary{}.Figures()))
	for _, s := range runs {
		for i, f := range s.Figures() {
			values[i] = append(values[i], f.Value)
		}
	}
	return values
}

func compareFigure(f Figure, a, b []Number) ComparedFigure {
	c := ComparedFigure{Name: f.Name, Unit: f.Unit, This: spreadOf(a), Other: spreadOf(b)}
	c.Difference = c.Other.Median - c.This.Median
	if !f.Worse {
		return c
	}
	for i := range a {
		switch {
		case a[i] < b[i]:
			c.ThisBetter++
		case b[i] < a[i]:
			c.OtherBetter++
		}
	}
	return c
}

func comparePeople(a, b []Summary) (all []ComparedPerson) {
	x, y := loadsOf(a), loadsOf(b)
	users := map[watchbill.UserID]bool{}
	for id := range x {
		users[id] = true
	}
	for id := range y {
		users[id] = true
	}
	for id := range users {
		p := ComparedPerson{User: id}
		p.ThisPages, p.ThisNights = x[id].medians(len(a))
		p.OtherPages, p.OtherNights = y[id].medians(len(b))
		all = append(all, p)
	}
	slices.SortFunc(all, func(p, q ComparedPerson) int { return cmp.Compare(p.User, q.User) })
	return all
}

// loads are what one person bore, run by run.
type loads struct{ pages, nights []Number }

func loadsOf(runs []Summary) map[watchbill.UserID]loads {
	all := map[watchbill.UserID]loads{}
	for _, s := range runs {
		for _, l := range s.People {
			p := all[l.User]
			all[l.User] = loads{append(p.pages, Number(l.Pages)), append(p.nights, Number(l.Nights))}
		}
	}
	return all
}

// medians counts runs in which the person does not occur as runs without pages.
func (l loads) medians(runs int) (pages, nights Number) {
	for len(l.pages) < runs {
		l.pages, l.nights = append(l.pages, 0), append(l.nights, 0)
	}
	return spreadOf(l.pages).Median, spreadOf(l.nights).Median
}

// Spreads returns each figure of several runs of one scenario.
func Spreads(runs []Summary) []SpreadFigure {
	values := figuresOf(runs)
	var list []SpreadFigure
	for i, f := range (Summary{}).Figures() {
		list = append(list, SpreadFigure{Name: f.Name, Unit: f.Unit, Spread: spreadOf(values[i])})
	}
	return list
}

// SpreadFigure is a figure over several runs.
type SpreadFigure struct {
	Name string `json:"name"`
	Unit Unit   `json:"unit"`
	Spread
}

// Words says in a few sentences what the comparison means: what is better with the other configuration, what is worse, and what
// chance alone may have made.
func (c Comparison) Words() string {
	var better, worse, unclear []string
	for _, f := range c.Figures {
		text := f.words()
		switch {
		case text == "":
		case c.clearly(f, f.OtherBetter):
			better = append(better, text)
		case c.clearly(f, f.ThisBetter):
			worse = append(worse, text)
		default:
			unclear = append(unclear, f.Name)
		}
	}
	var sentences []string
	for _, p := range []struct {
		what string
		list []string
	}{{"better with " + c.Other, better}, {"worse with " + c.Other, worse}, {"no clear difference", unclear}} {
		if len(p.list) > 0 {
			sentences = append(sentences, strings.ToUpper(p.what[:1])+p.what[1:]+": "+strings.Join(p.list, "; ")+".")
		}
	}
	if c.Runs < enoughRuns {
		sentences = append(sentences, fmt.Sprintf("Chance may have made that in %d %s: look at 20 or more.", c.Runs, plural(c.Runs, "run")))
	}
	return strings.Join(sentences, " ")
}

// words says what a figure is on the other side; nothing if it is not one that matters by itself.
func (f ComparedFigure) words() string {
	form := map[string]string{
		figureUnacknowledged: "%s alerts are never acknowledged instead of %s",
		figureAcknowledge:    "half of the acknowledgements come within %s instead of %s",
		figureAcknowledge95:  "19 of 20 acknowledgements come within %s instead of %s",
		figurePages:          "people are paged %s times instead of %s",
		figureNights:         "%s nights are broken instead of %s",
	}[f.Name]
	if form == "" {
		return ""
	}
	return fmt.Sprintf(form, f.Unit.Write(f.Other.Median), f.Unit.Write(f.This.Median))
}

// enoughRuns is how many runs it takes to see a difference: if both sides were alike, one would be better in all of five runs
// once in sixteen times.
const enoughRuns = 5

// clearly reports whether a side that was better in so many runs is to be called so: it was in nineteen of twenty of those that
// differ, and enough do. A difference that does not show in the middle of the runs is none to speak of.
func (c Comparison) clearly(f ComparedFigure, better int) bool {
	differ := f.ThisBetter + f.OtherBetter
	return differ > 0 && differ >= min(c.Runs, enoughRuns) && 20*better >= 19*differ && f.This.Median != f.Other.Median
}

func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// Tell writes the comparison as a table for people, and what it means below. Of several runs there is the median, and from
// which to which value nine of ten of them lie.
func (c Comparison) Tell(w io.Writer) error {
	t := [][]string{{"", c.This, c.Other, "difference", c.heading()}}
	for _, f := range c.Figures {
		t = append(t, []string{f.Name, f.This.write(f.Unit), f.Other.write(f.Unit), difference(f.Unit, f.Difference), c.score(f)})
	}
	people := [][]string{{"pages, nights broken", c.This, c.Other, "difference", ""}}
	for _, p := range c.People {
		if p.Differs() {
			people = append(people, []string{string(p.User), pair(UnitCount.Write, p.ThisPages, p.ThisNights), pair(UnitCount.Write, p.OtherPages, p.OtherNights),
				pair(func(n Number) string { return difference(UnitCount, n) }, p.OtherPages-p.ThisPages, p.OtherNights-p.ThisNights), ""})
		}
	}
	text := table(t) + "\n"
	if len(people) > 1 {
		text += table(people) + "\n"
	}
	_, err := io.WriteString(w, text+c.Words()+"\n")
	return err
}

func pair(write func(Number) string, a, b Number) string { return write(a) + ", " + write(b) }

func (c Comparison) heading() string {
	if c.Runs == 1 {
		return "better"
	}
	return fmt.Sprintf("better in how many of %d runs", c.Runs)
}

// score says which side was better how often.
func (c Comparison) score(f ComparedFigure) string {
	switch {
	case f.ThisBetter+f.OtherBetter == 0:
		return ""
	case c.Runs == 1 && f.ThisBetter > 0:
		return c.This
	case c.Runs == 1:
		return c.Other
	}
	return fmt.Sprintf("%d : %d", f.ThisBetter, f.OtherBetter)
}

// difference writes a difference with its sign; none is a dash. That of two percentages is no percentage.
func difference(u Unit, n Number) string {
	text := u.Write(n)
	if number, ok := strings.CutSuffix(text, " %"); ok {
		text = number + " points"
	}
	switch {
	case !n.known() || n == 0:
		return "-"
	case n > 0:
		return "+" + text
	}
	return text
}

// table writes columns as wide as they must be, the first to the left and the others to the right.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			if i == 0 {
				fmt.Fprintf(&line, "%-*s", widths[i], cell)
				continue
			}
			fmt.Fprintf(&line, "  %*s", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
