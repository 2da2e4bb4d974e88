package statuspage

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

// How much of a text the page shows; the incident's own page shows all.
const (
	textsShown = 8    // of an open incident
	runesShown = 2000 // of the last text of an open incident
	runesPast  = 400  // of a text before that, and of the last text of a past one
	namesShown = 12   // of the components that one affects
	pastShown  = 12   // of past incidents; the feed has more
)

// screen is what the template of the page shows: words, and nothing left to decide.
type screen struct {
	View
	Style   template.CSS
	Link    string // to the feed
	Mark    string // of the overall status
	Banner  string
	Detail  string
	Open    []card
	Planned []card
	Groups  []block
	Past    []pastDay
	Older   string // how many are left out
	Changed template.HTML
	Kinds   []kind // for the legend
}

// kind is a status in the legend.
type kind struct{ Mark, Words string }

// block is a group of components.
type block struct {
	Name  string
	Lines template.HTML
}

// card is an incident or a maintenance.
type card struct {
	Title, Href string
	Mark        string
	Phase       string
	Impact      string
	Affects     string
	When        template.HTML
	Expected    template.HTML
	Texts       []text
	More        string // how much is left to read on its own page
}

// text is what was told at one time.
type text struct {
	Phase      string
	At         template.HTML
	Paragraphs []string
}

// pastDay is a day on which something ended, or a run of days on which nothing did.
type pastDay struct {
	Heading string
	Cards   []card
}

// marks are the classes of the statuses, and the names of their icons. It is never written to.
var marks = [statuses]string{"op", "mt", "dg", "pt", "mj"}

// banners say what the worst status means for the page. It is never written to.
var banners = [statuses]string{"All systems operational", "Maintenance in progress", "Degraded performance", "Partial outage", "Major outage"}

func (v View) screen(style template.CSS) screen {
	s := screen{View: v, Style: style, Link: v.Feed(), Mark: marks[v.Status], Banner: banners[v.Status], Detail: v.detail()}
	if v.UpdatedAt.After(v.Starts[0]) {
		s.Changed = v.when(v.UpdatedAt)
	}
	for i := range statuses {
		s.Kinds = append(s.Kinds, kind{marks[i], Status(i).Words()})
	}
	for _, n := range v.Incidents {
		if n.Open() {
			s.Open = append(s.Open, v.card(n, textsShown, runesShown))
		}
	}
	for _, n := range v.soonest() {
		if n.Open() {
			s.Planned = append(s.Planned, v.card(n, textsShown, runesShown))
		}
	}
	for _, g := range v.groups() {
		s.Groups = append(s.Groups, block{g.name, v.lines(g.components)})
	}
	past, more := v.past()
	if s.Past = past; more > 0 {
		s.Older = counted(more, "more incident")
	}
	return s
}

// single is what the template of one incident shows.
func (v View) single(n Notice, style template.CSS) screen {
	return screen{View: v, Style: style, Link: v.Feed(), Changed: v.when(n.UpdatedAt),
		Open: []card{v.card(n, len(n.Told), 0)}}
}

// detail says how many components are not operational.
func (v View) detail() string {
	troubled := 0
	for _, c := range v.Components {
		if c.Status != Operational {
			troubled++
		}
	}
	if troubled == 0 {
		return ""
	}
	return strconv.Itoa(troubled) + " of " + counted(len(v.Components), "component") + " affected"
}

func counted(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

// when writes a time with its machine-readable form.
func (v View) when(t time.Time) template.HTML { return v.mark(t, v.clock(t)) }

// mark puts words about a time into an element with its machine-readable form.
func (v View) mark(t time.Time, words string) template.HTML {
	return template.HTML(`<time datetime="` + t.In(v.Location).Format(time.RFC3339) + `">` + template.HTMLEscapeString(words) + `</time>`)
}

// stretch writes from when to when, with the day and the zone once if they are the same.
func (v View) stretch(from, to time.Time) template.HTML {
	a, b := from.In(v.Location), to.In(v.Location)
	if a.Format(time.DateOnly) != b.Format(time.DateOnly) || zoneName(a) != zoneName(b) {
		return v.when(a) + " – " + v.when(b)
	}
	return v.mark(a, a.Format(dayAndClock)) + " – " + v.mark(b, b.Format("15:04 ")+zoneName(b))
}

// card puts a notice into words: its last texts, latest first. The latest is cut after so many runes, and those before it
// are cut shorter; 0 means that none is.
func (v View) card(n Notice, texts, runes int) card {
	c := card{Title: n.Title, Href: v.Link(n.ID), Mark: "no", Phase: n.Phase.Words(), Affects: v.names(n.Components)}
	if n.Impact != Operational {
		c.Mark = marks[n.Impact]
	}
	if n.Impact != Operational && !n.Planned {
		c.Impact = n.Impact.Words()
	}
	switch {
	case n.Planned && n.Phase != Completed:
		c.When = v.stretch(n.StartedAt, n.Until)
	case n.EndedAt.IsZero():
		c.When = "since " + v.when(n.StartedAt)
	default:
		c.When = v.stretch(n.StartedAt, n.EndedAt)
	}
	if !n.ExpectedAt.IsZero() {
		c.Expected = v.when(n.ExpectedAt)
	}
	cut := false
	for k := len(n.Told) - 1; k >= 0 && len(c.Texts) < texts; k-- {
		t := n.Told[k]
		shown, shorter := shorten(t.Text, runes)
		cut, runes = cut || shorter, min(runes, runesPast)
		c.Texts = append(c.Texts, text{t.Phase.Words(), v.when(t.At), paragraphs(shown)})
	}
	switch {
	case len(c.Texts) < len(n.Told):
		c.More = "All " + counted(len(n.Told), "update")
	case cut:
		c.More = "Full text"
	}
	return c
}

// shorten cuts a text at a space, and says whether it did.
func shorten(s string, runes int) (string, bool) {
	if runes == 0 || len(s) <= runes {
		return s, false
	}
	n := 0
	for i := range s {
		if n++; n > runes {
			s = s[:i]
			if k := strings.LastIndexAny(s, " \n"); k > len(s)/2 {
				s = s[:k]
			}
			return strings.TrimRight(s, " \n") + " …", true
		}
	}
	return s, false
}

func (v View) names(components []int) string {
	var names []string
	for _, c := range components[:min(len(components), namesShown)] {
		names = append(names, v.Components[c].Name)
	}
	list := strings.Join(names, ", ")
	if more := len(components) - len(names); more > 0 {
		list += " and " + strconv.Itoa(more) + " more"
	}
	return list
}

// group is a heading and the components under it.
type group struct {
	name       string
	components []int
}

// groups returns the components by group, in the order in which each group is first named.
func (v View) groups() []group {
	var all []group
	index := map[string]int{}
	for i, c := range v.Components {
		k, ok := index[c.Group]
		if !ok {
			k = len(all)
			index[c.Group] = k
			all = append(all, group{name: c.Group})
		}
		all[k].components = append(all[k].components, i)
	}
	return all
}
