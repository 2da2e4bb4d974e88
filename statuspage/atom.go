package statuspage

import (
	"cmp"
	"encoding/xml"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"
)

type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"xml:lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Sub     string   `xml:"subtitle,omitempty"`
	Updated string   `xml:"updated"`
	Links   []link   `xml:"link"`
	Author  string   `xml:"author>name"`
	Entries []entry  `xml:"entry"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type entry struct {
	ID        string  `xml:"id"`
	Title     string  `xml:"title"`
	Published string  `xml:"published"`
	Updated   string  `xml:"updated"`
	Link      link    `xml:"link"`
	Content   content `xml:"content"`
}

type content struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Atom writes the feed of incidents and maintenances (RFC 4287), the latest change first. An entry has the address of its
// incident as its ID, for ever, and is marked as updated with every text.
func (v View) Atom() ([]byte, error) {
	f := feed{Lang: "en", ID: v.Base + "/", Title: v.Name + " status", Sub: v.Description, Updated: v.UpdatedAt.UTC().Format(time.RFC3339), Author: v.Name,
		Links: []link{{"self", "application/atom+xml", v.Feed()}, {"alternate", "text/html", v.Base}}}
	list := slices.Concat(v.Incidents, v.Maintenance)
	slices.SortStableFunc(list, func(a, b Notice) int { return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(a.ID, b.ID)) })
	for _, n := range list[:min(len(list), Listed)] {
		f.Entries = append(f.Entries, entry{ID: v.Link(n.ID), Title: n.Title, Published: n.CreatedAt.UTC().Format(time.RFC3339),
			Updated: n.UpdatedAt.UTC().Format(time.RFC3339), Link: link{"alternate", "text/html", v.Link(n.ID)},
			Content: content{"html", v.told(n)}})
	}
	data, err := xml.Marshal(f)
	return append([]byte(xml.Header), data...), err
}

// told writes the texts of a notice as HTML, the latest first.
func (v View) told(n Notice) string {
	var b strings.Builder
	if n.Planned {
		b.WriteString("<p>" + html.EscapeString(v.clock(n.StartedAt)+" – "+v.clock(n.Until)) + "</p>")
	}
	for k := len(n.Told) - 1; k >= 0; k-- {
		t := n.Told[k]
		b.WriteString("<p><strong>" + t.Phase.Words() + "</strong> – " + html.EscapeString(v.clock(t.At)) + "</p>")
		for _, p := range paragraphs(t.Text) {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>")
		}
	}
	return b.String()
}

// Link returns the address of an incident or a maintenance.
func (v View) Link(id string) string { return v.Base + "/incidents/" + url.PathEscape(id) }

// Feed returns the address of the Atom feed.
func (v View) Feed() string { return v.Base + "/feed.atom" }

// dayAndClock is how a time is written.
const dayAndClock = "2 Jan 2006, 15:04"

// clock writes a time for people, in the page's zone.
func (v View) clock(t time.Time) string {
	t = t.In(v.Location)
	return t.Format(dayAndClock) + " " + zoneName(t)
}

// zoneName returns what the zone is called at t. Zones without a name of their own have their offset as abbreviation.
func zoneName(t time.Time) string {
	name, _ := t.Zone()
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

// paragraphs splits a text at its empty lines.
func paragraphs(text string) []string {
	var all []string
	start := 0
	lines := strings.Split(text, "\n")
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && strings.TrimSpace(lines[i]) != "" {
			continue
		}
		if start < i {
			all = append(all, strings.Join(lines[start:i], "\n"))
		}
		start = i + 1
	}
	return all
}
