package chart

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// moment writes an instant, with the year where the window has several, and without the zone.
func (p *picture) moment(t time.Time) string {
	layout := "Mon 2 Jan 15:04"
	if p.o.From.Year() != p.o.To.Add(-1).Year() {
		layout = "Mon 2 Jan 2006 15:04"
	}
	if t.Second() != 0 {
		layout += ":05"
	}
	return t.In(p.s.Zone()).Format(layout)
}

// span writes an interval, with the zone's name at its end, and at its beginning too where that is another one.
func (p *picture) span(from, to time.Time) string {
	before, _ := from.In(p.s.Zone()).Zone()
	after, _ := to.In(p.s.Zone()).Zone()
	text := p.moment(from)
	if before != after {
		text += " " + before
	}
	return text + " to " + p.moment(to) + " " + after
}

// window is what is drawn, in words.
func (p *picture) window() string { return p.windowTexts()[0] }

// windowTexts are the window at length and shorter.
func (p *picture) windowTexts() []string {
	const layout = "Mon 2 Jan 2006 15:04 MST"
	text := p.o.From.Format(layout) + " to " + p.o.To.Format(layout)
	texts := []string{text, p.o.From.Format("2 Jan 2006 15:04") + " to " + p.o.To.Format("2 Jan 2006 15:04")}
	if name := p.s.Zone().String(); !strings.HasSuffix(text, " "+name) {
		texts = append([]string{text + ", " + name}, texts...)
	}
	return texts
}

// lasting writes a length of time in hours and minutes.
func lasting(d time.Duration) string {
	h, m := d/time.Hour, d%time.Hour/time.Minute
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	}
	return fmt.Sprintf("%d h %d min", h, m)
}

// tip is the title of a bar.
func (p *picture) tip(b bar) string {
	when := p.span(b.start, b.end)
	switch b.kind {
	case gap:
		return fmt.Sprintf("Nobody, %s, %s", when, lasting(b.end.Sub(b.start)))
	case many:
		return fmt.Sprintf("%d more people, %s: %s", len(b.users), when, p.names(b.users))
	case often:
		return p.oftenTip(b, when)
	case standIn, standOut:
		return p.overrideTip(b, when)
	}
	return fmt.Sprintf("%s, %s%s", p.person(b).name, when, p.reason(b.part))
}

// reason says where a duty comes from.
func (p *picture) reason(part schedule.Part) string {
	var text string
	if part.Override != "" {
		text = ", override " + svg.Clean(string(part.Override), 40)
		if o := p.overrides[part.Override]; o != nil && o.Replaces != "" {
			text += ", for " + p.people.of(o.Replaces).name
		}
	}
	if part.Layer != "" {
		text += ", " + p.kinds.of(part)
	}
	return text
}

func (p *picture) oftenTip(b bar, when string) string {
	text := fmt.Sprintf("%s, %s", sentence(b.frequency()), when)
	if len(b.users) > 0 {
		text += ": " + p.names(b.users)
	}
	if b.holes && len(b.users) > 0 {
		text += "; at times nobody"
	}
	return text
}

// frequency says how often a block changes.
func (b bar) frequency() string {
	switch {
	case b.gapsOnly():
		return fmt.Sprintf("nobody, %d times", b.changes+1)
	case b.every == time.Hour:
		return "changes hourly"
	case b.every > 0:
		return "changes every " + lasting(b.every)
	}
	return fmt.Sprintf("changes %d times", b.changes)
}

func (b bar) gapsOnly() bool { return b.kind == often && b.holes && len(b.users) == 0 }

func (p *picture) overrideTip(b bar, when string) string {
	o := b.override
	text := fmt.Sprintf("%s, %s, override %s", p.overrideTexts(b)[0], when, svg.Clean(string(o.ID), 40))
	if o.By != "" {
		text += ", by " + svg.Clean(o.By, 40)
	}
	if o.Reason != "" {
		text += ": " + svg.Clean(o.Reason, 80)
	}
	return text
}

// overrideTexts say what an override does, at length and shorter.
func (p *picture) overrideTexts(b bar) []string {
	o, who := b.override, p.person(b)
	short, brief := who.labels[max(len(who.labels)-2, 0)], who.labels[len(who.labels)-1]
	switch {
	case o.Add != "":
		return []string{who.name + " too", "+ " + short, "+" + brief}
	case o.Remove != "":
		return []string{"without " + who.name, "\u2212 " + short, "\u2212" + brief}
	case o.Replaces == "":
		return []string{who.name + " for everybody", short + " for all", brief}
	}
	other := p.people.of(o.Replaces)
	otherShort, otherBrief := other.labels[max(len(other.labels)-2, 0)], other.labels[len(other.labels)-1]
	return []string{who.name + " for " + other.name, short + " for " + otherShort, brief + " for " + otherBrief, brief}
}

// names lists people, ten at most.
func (p *picture) names(users []watchbill.UserID) string {
	var list []string
	for i, u := range users {
		if i == 10 {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(users)-i)
		}
		list = append(list, p.people.of(u).name)
	}
	return strings.Join(list, ", ")
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// clocks says what a change of the offset does.
func (j jump) clocks() string {
	if j.by < 0 {
		return "clocks back " + lasting(-j.by)
	}
	return "clocks forward " + lasting(j.by)
}
