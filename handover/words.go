package handover

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Describe says in plain words what an entry of a document's record records.
func Describe(e timeline.Entry) string {
	c, err := decodeCommand(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	return strings.TrimPrefix(who, " ") + " " + c.tell()
}

func (c Begin) tell() string {
	return fmt.Sprintf("began the hand-over of %s at %s, from %s to %s", c.Schedule, c.At.UTC().Format("2006-01-02 15:04 UTC"), anyOf(c.Outgoing), anyOf(c.Incoming))
}

func (c AddNote) tell() string { return "noted: " + c.Text }

func (c Acknowledge) tell() string {
	if c.Text == "" {
		return "acknowledged the hand-over"
	}
	return "acknowledged the hand-over: " + c.Text
}

// A brief has the latest notes, and of a long one the beginning.
const (
	briefNotes = 5
	briefRunes = 1000
)

func clipped(s string) string {
	if runes := []rune(s); len(runes) > briefRunes {
		return string(runes[:briefRunes]) + "..."
	}
	return s
}

// Brief says in a few lines of plain text what is handed over: counts and the notes. It is for messages.
func (h Handover) Brief(name func(watchbill.UserID) string) string {
	w := h.Work
	var b strings.Builder
	fmt.Fprintf(&b, "Open: %s, %s.\n", count(len(w.Alerts), w.MoreAlerts, "alert"), count(len(w.Incidents), w.MoreIncidents, "incident"))
	for _, a := range w.Alerts[:min(len(w.Alerts), 3)] {
		fmt.Fprintf(&b, "- %s, %s: %s\n", a.Severity, a.State, oneLine(a.Summary))
	}
	for _, i := range w.Incidents[:min(len(w.Incidents), 3)] {
		fmt.Fprintf(&b, "- incident, %s: %s\n", i.Status, oneLine(i.Title))
	}
	for _, n := range h.Notes[max(len(h.Notes)-briefNotes, 0):] {
		fmt.Fprintf(&b, "%s: %s\n", name(n.By), clipped(plain(n.Text)))
	}
	return b.String()
}

func count(n int, more bool, what string) string {
	if n != 1 || more {
		what += "s"
	}
	switch {
	case more:
		return fmt.Sprintf("more than %d %s", n, what)
	case n == 0:
		return "no " + what
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Markdown writes the document for people, with times in zone; nil means UTC. name gives people their names; nil means
// their IDs. What people wrote is shown as they wrote it: none of it is Markdown.
func (h Handover) Markdown(zone *time.Location, name func(watchbill.UserID) string) []byte {
	if zone == nil {
		zone = time.UTC
	}
	if name == nil {
		name = func(u watchbill.UserID) string { return string(u) }
	}
	w := &writer{zone: zone, name: name}
	w.say("# Hand-over of %s\n\n", escaped(string(h.Schedule)))
	w.say("- **When:** %s\n- **From:** %s\n- **To:** %s\n", w.time(h.At), w.people(h.Outgoing), w.people(h.Incoming))
	w.say("- **Acknowledged:** %s\n", w.acks(h.Acks))
	w.notes(h)
	w.open(h.Work)
	w.happened(h.Work.Happened)
	return []byte(w.String())
}

// Line says in a line of Markdown which hand-off the document is about, and how many notes it has. The arguments are those
// of [Handover.Markdown], and neither may be nil.
func (h Handover) Line(zone *time.Location, name func(watchbill.UserID) string) string {
	w := &writer{zone: zone, name: name}
	return fmt.Sprintf("%s, %s to %s, %s", w.time(h.At), w.people(h.Outgoing), w.people(h.Incoming), count(len(h.Notes), false, "note"))
}

type writer struct {
	strings.Builder
	zone *time.Location
	name func(watchbill.UserID) string
}

func (w *writer) say(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *writer) time(t time.Time) string { return t.In(w.zone).Format("Mon, 2 Jan 2006 15:04 MST") }

func (w *writer) people(ids []watchbill.UserID) string {
	var all []string
	for _, id := range ids {
		all = append(all, escaped(w.name(id)))
	}
	return cmp.Or(strings.Join(all, ", "), "nobody")
}

func (w *writer) acks(acks []Ack) string {
	var all []string
	for _, a := range acks {
		text := escaped(w.name(a.User)) + ", " + w.time(a.At)
		if a.Text != "" {
			text += ": " + escaped(oneLine(a.Text))
		}
		all = append(all, text)
	}
	return cmp.Or(strings.Join(all, "; "), "not yet")
}

func (w *writer) notes(h Handover) {
	w.say("\n## Notes\n\n")
	for _, n := range h.Notes {
		after := ""
		if h.afterAcks(n) {
			after = ", after the acknowledgement"
		}
		w.say("**%s**, %s%s:\n\n", escaped(w.name(n.By)), w.time(n.At), after)
		for line := range strings.SplitSeq(plain(n.Text), "\n") {
			w.say("%s\n", strings.TrimRight("> "+escaped(line), " "))
		}
		w.say("\n")
	}
	if len(h.Notes) == 0 {
		w.say("None.\n")
	}
}

func (w *writer) open(work Work) {
	w.say("\n## Open incidents: %s\n\n", count(len(work.Incidents), work.MoreIncidents, "incident"))
	for _, i := range work.Incidents {
		lead := "nobody leads it"
		if i.Commander != "" {
			lead = escaped(w.name(i.Commander)) + " leads it"
		}
		w.say("- %s: %s, %s, since %s, %s\n", link(i.Title, i.Link), i.Severity, i.Status, w.time(i.Since), lead)
	}
	w.say("\n## Open alerts: %s\n\n", count(len(work.Alerts), work.MoreAlerts, "alert"))
	for _, a := range work.Alerts {
		state := a.State.String()
		if a.AcknowledgedBy != "" {
			state += " by " + escaped(w.name(a.AcknowledgedBy))
		}
		w.say("- %s: %s, %s, %s, since %s\n", link(a.Summary, a.Link), a.Severity, escaped(string(a.Service)), state, w.time(a.Since))
	}
}

func (w *writer) happened(h Happened) {
	if h.From.IsZero() {
		return
	}
	more := ""
	if h.More {
		more = " There was more than was counted."
	}
	w.say("\n## During the shift\n\n%s to %s: %s opened, %d of them resolved; %d pages.%s\n",
		w.time(h.From), w.time(h.To), count(h.Alerts, false, "alert"), h.Resolved, h.Pages, more)
}

// link returns a text that leads to an address of ours, if there is one.
func link(text, href string) string {
	if href == "" {
		return escaped(oneLine(text))
	}
	return "[" + escaped(oneLine(text)) + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\n", "%0A").Replace(href) + ">)"
}

// escaped returns a line of text that stays what it is in Markdown, and of which GitHub makes no links by itself.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]>|~$#", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	line := autolinks.Replace(b.String())
	digits := strings.TrimLeft(line, "0123456789")
	if line != digits && strings.IndexAny(digits, ".)") == 0 { // it would begin a list, as do the next
		return strings.TrimSuffix(line, digits) + `\` + digits
	}
	if strings.IndexAny(line, "-+=:") == 0 {
		return `\` + line
	}
	return line
}

var autolinks = strings.NewReplacer("://", `\://`, "www.", `www\.`)

// plain takes out what could steer a terminal or turn the direction of what follows.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r == '\r':
			return -1
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func oneLine(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }
