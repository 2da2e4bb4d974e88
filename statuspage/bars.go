package statuspage

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lines writes components: what varies is escaped here, once, since a page may have hundreds of them. The day is the unit
// of the picture's width; the stroke is dashed, so that a run of days is one stroke.
func (v View) lines(components []int) template.HTML {
	var b bytes.Buffer
	b.Grow(512 * len(components))
	for _, i := range components {
		c := v.Components[i]
		b.WriteString("\n<li><b>")
		template.HTMLEscape(&b, []byte(c.Name))
		b.WriteString(`</b><i class="` + marks[c.Status] + `">` + c.Status.Words() + `</i>`)
		if c.Description != "" {
			b.WriteString(`<p>`)
			template.HTMLEscape(&b, []byte(c.Description))
			b.WriteString(`</p>`)
		}
		b.WriteString(`<svg viewBox="0 0 90 1" preserveAspectRatio="none" role="img"><title>` + v.tale(c) + `</title><use href="#b"/>`)
		for s := UnderMaintenance; s <= v.worst(c); s++ {
			if d := path(c.Days, s); d != "" {
				b.WriteString(`<path class="` + marks[s] + `" d="` + d + `"/>`)
			}
		}
		b.WriteString("</svg><small>" + percent(c.Uptime) + "</small></li>")
	}
	return template.HTML(b.String())
}

// worst returns the worst status on any day.
func (v View) worst(c Component) Status {
	worst := Operational
	for _, d := range c.Days {
		worst = max(worst, d.Worst)
	}
	return worst
}

// percent writes hundredths of a percent.
func percent(hundredths int) string {
	return fmt.Sprintf("%d.%02d\u00a0%%", hundredths/100, hundredths%100)
}

// path draws the days whose worst status is s: a stroke for each run of them.
func path(days []Day, s Status) string {
	var b []byte
	for i := 0; i < len(days); i++ {
		if days[i].Worst != s {
			continue
		}
		first := days[i].Index
		for i+1 < len(days) && days[i+1].Worst == s && days[i+1].Index == days[i].Index+1 {
			i++
		}
		b = append(b, 'M')
		b = strconv.AppendInt(b, int64(first), 10)
		b = append(b, " 1h"...)
		b = strconv.AppendInt(b, int64(days[i].Index-first+1), 10)
	}
	return string(b)
}

// briefs are the statuses in a few letters. It is never written to.
var briefs = [statuses]string{"operational", "maintenance", "degraded", "partial outage", "major outage"}

// talesTold is about how many days the tales of all bars name, which bounds the page.
const talesTold = 150

// tale says what the bars show: the latest days that were not operational throughout.
func (v View) tale(c Component) string {
	if len(c.Days) == 0 {
		return "Operational on all 90 days"
	}
	var parts []string
	told := max(1, min(3, talesTold/len(v.Components)))
	for i := len(c.Days) - 1; i >= 0 && len(parts) < told; i-- {
		d := c.Days[i]
		parts = append(parts, v.Starts[d.Index].Format("2 Jan")+": "+briefs[d.Worst]+" "+length(d.Lasted[d.Worst]))
	}
	if more := len(c.Days) - len(parts); more > 0 {
		parts = append(parts, counted(more, "more day"))
	}
	return strings.Join(parts, "; ")
}

// length writes a duration for people, in minutes; what is shorter counts as one.
func length(d time.Duration) string {
	minutes := max(1, int(d.Minutes()))
	switch hours := minutes / 60; {
	case hours == 0:
		return strconv.Itoa(minutes) + " min"
	case minutes%60 == 0:
		return strconv.Itoa(hours) + " h"
	default:
		return strconv.Itoa(hours) + " h " + strconv.Itoa(minutes%60) + " min"
	}
}

// past tells of the last days, the latest first. Quiet days are drawn together; one on which an incident went on but did
// not end is neither quiet nor has it anything to tell.
func (v View) past() (all []pastDay, more int) {
	shown := 0
	quietTo := -1 // the last of a run of quiet days
	quiet := func(from int) {
		if quietTo >= 0 {
			all = append(all, pastDay{Heading: v.span(from, quietTo)})
		}
		quietTo = -1
	}
	for d := Days - 1; d >= Days-Past; d-- {
		cards := v.ended(d)
		room := max(0, pastShown-shown)
		if len(cards) > room {
			more += len(cards) - room
			cards = cards[:room]
		}
		shown += len(cards)
		switch {
		case len(cards) > 0:
			quiet(d + 1)
			all = append(all, pastDay{v.span(d, d), cards})
		case v.wentOn(d):
			quiet(d + 1)
		case quietTo < 0:
			quietTo = d
		}
	}
	quiet(Days - Past)
	return all, more
}

// ended returns what ended on a day.
func (v View) ended(day int) []card {
	var cards []card
	for _, list := range [][]Notice{v.Incidents, v.Maintenance} {
		for _, n := range list {
			if !n.Open() && !n.EndedAt.Before(v.Starts[day]) && n.EndedAt.Before(v.Starts[day+1]) {
				cards = append(cards, v.card(n, 1, runesPast))
			}
		}
	}
	return cards
}

// wentOn reports whether there was an incident on a day.
func (v View) wentOn(day int) bool {
	return slices.ContainsFunc(v.Incidents, func(n Notice) bool {
		return n.StartedAt.Before(v.Starts[day+1]) && (n.EndedAt.IsZero() || !n.EndedAt.Before(v.Starts[day]))
	})
}

// span names a run of days: "12 July 2026", "5 – 12 July 2026", "28 June – 3 July 2026".
func (v View) span(from, to int) string {
	a, b := v.Starts[from], v.Starts[to]
	switch {
	case from == to:
		return b.Format("2 January 2006")
	case a.Month() == b.Month():
		return a.Format("2") + " – " + b.Format("2 January 2006")
	case a.Year() == b.Year():
		return a.Format("2 January") + " – " + b.Format("2 January 2006")
	}
	return a.Format("2 January 2006") + " – " + b.Format("2 January 2006")
}
