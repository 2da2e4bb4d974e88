package words

import (
	"strings"
	"time"
	"unicode"

	"github.com/watchbill/watchbill/notify"
)

// The bounds of what a template is given.
const (
	maxLine    = 1000     // bytes of a text of one line
	maxDetails = 16 << 10 // bytes
	maxItems   = 50
	maxLinks   = 20
)

// Data is what a template may speak of. All texts but Details and Default are of one line.
type Data struct {
	Kind     string // "page", "update", "resolved" or "summary"
	Notice   bool   // an update that is about no alert: news of a shift, a code, a test
	Critical bool

	Title        string // "Service: Summary", or the summary alone
	Summary      string
	Service      string // may be empty
	Severity     string // "critical", "error", "warning", "info" or "unset"
	SeverityWord string // the same in the reader's language
	Urgency      string // "high" or "low"
	Details      string // may be empty, may have several lines
	Links        []Link // at most 20
	Items        []Item // of a summary, at most 50
	More         int    // items that are left out

	Name    string // the person's; may be empty
	User    string // the person's ID
	Alert   string // the alert's ID; may be empty
	Level   int    // of the policy, from 1
	Attempt int    // from 1
	Time    string // when, in the person's zone and language
	AckURL  string // may be empty
	Code    string // four digits that name the alert in an answer; empty where there is nothing to answer

	Lead    string // why the reader gets this, in a sentence of the reader's language
	Button  string // what the link of AckURL is called
	Default string // in a template of an operator: the text that is built in
}

// Link is a labelled address.
type Link struct{ Text, Href string }

// Item is one alert of a summary.
type Item struct{ Alert, Title, Summary, Service, Severity, SeverityWord string }

func dataOf(m notify.Message) Data {
	p := phrasesOf(m.Locale)
	d := Data{
		Kind: m.Kind.String(), Notice: m.Kind == notify.KindUpdate && m.Alert == "", Critical: m.Critical,
		Summary: line(m.Summary), Service: line(m.Service), Severity: m.Severity.String(),
		SeverityWord: p.severities[m.Severity.String()], Urgency: m.Urgency.String(), Details: paragraphs(m.Details),
		Name: line(m.Name), User: line(string(m.User)), Alert: line(string(m.Alert)), Level: m.Level, Attempt: m.Attempt,
		Time: p.at(m.At.In(zone(m))), AckURL: line(m.AckURL), Code: m.Code(), Button: p.actions[notify.ActionAcknowledge],
	}
	d.Title = titled(d.Service, d.Summary)
	d.Lead = p.leads[d.Kind]
	switch {
	case d.Notice:
		d.Lead, d.Button = p.leads["notice"], p.open
	case m.Kind == notify.KindSummary:
		d.Button = p.openList
	case m.Kind != notify.KindPage:
		d.Button = p.open
	}
	d.Links, d.Items, d.More = links(m), items(m, p), max(0, len(m.Items)-maxItems)
	return d
}

func links(m notify.Message) (all []Link) {
	for _, l := range m.Links[:min(len(m.Links), maxLinks)] {
		all = append(all, Link{line(l.Text), line(l.Href)})
	}
	return all
}

func items(m notify.Message, p phrases) (all []Item) {
	for _, i := range m.Items[:min(len(m.Items), maxItems)] {
		item := Item{Alert: line(string(i.Alert)), Summary: line(i.Summary), Service: line(i.Service),
			Severity: i.Severity.String(), SeverityWord: p.severities[i.Severity.String()]}
		item.Title = titled(item.Service, item.Summary)
		all = append(all, item)
	}
	return all
}

// titled is "service: summary", without the service where there is none.
func titled(service, summary string) string {
	if service == "" {
		return summary
	}
	return service + ": " + summary
}

// zone spares us a panic where a caller forgot that Zone is never nil.
func zone(m notify.Message) *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

// line makes one line of a text: every run of spaces, line breaks and control characters is one space.
func line(s string) string {
	s = cut(s, maxLine*2) // bounds the work
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return cut(strings.Join(strings.FieldsFunc(visible(s), blank), " "), maxLine)
}

// paragraphs keeps the lines of a text, and takes other control characters out.
func paragraphs(s string) string {
	s = strings.ReplaceAll(cut(s, maxDetails), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, visible(s))
	return strings.TrimRightFunc(strings.TrimLeft(s, "\n"), unicode.IsSpace)
}

// visible takes out characters that only change how others are shown, as those that turn the direction of writing; the
// two joiners stay, because words of some languages need them. Bytes that are no text become U+FFFD.
func visible(s string) string {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// cut shortens a text to at most limit bytes, and says so with dots.
func cut(s string, limit int) string {
	const dots = "..."
	if len(s) <= limit {
		return s
	}
	if limit <= len(dots) {
		return ""
	}
	return strings.TrimRight(strings.ToValidUTF8(s[:limit-len(dots)], ""), " ") + dots
}
