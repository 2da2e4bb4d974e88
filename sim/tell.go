package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/watchbill/watchbill/episode"
)

// wallFormat is how a time of the day is told.
const wallFormat = "Mon 2 Jan 15:04:05"

// Tell writes what happened as a person would tell it, a line for each event: how long after the start it came, when that was (in
// the people's time zone if all have the same, else in UTC), and to which alert. What only matters to machines is left out, and
// what repeats with nothing in between is told once; [History.MarshalJSON] has everything.
func (h *History) Tell(w io.Writer) error { return h.write(w, h.lines(nil)) }

// TellOf writes the story of one alert as Tell does: first in short what became of it, then what happened.
func (h *History) TellOf(w io.Writer, a *Alert) error {
	if _, err := fmt.Fprintln(w, h.short(a)); err != nil {
		return err
	}
	return h.write(w, h.lines(a))
}

// short is what became of an alert, in one line.
func (h *History) short(a *Alert) string {
	parts := []string{fmt.Sprintf("%s (%s, %s urgency) %q, opened %s", a.Name, a.Severity, a.Urgency, a.Summary, h.wall(a.OpenedAt))}
	add := func(what string, at time.Time) {
		if !at.IsZero() {
			parts = append(parts, fmt.Sprintf("%s after %s", what, short(at.Sub(a.OpenedAt))))
		}
	}
	add("first reached a person", a.ReachedAt())
	by := ""
	if a.AcknowledgedBy != "" {
		by = " by " + string(a.AcknowledgedBy)
	}
	add("acknowledged"+by, a.AcknowledgedAt)
	add("resolved", a.ResolvedAt)
	if a.ResolvedAt.IsZero() {
		parts = append(parts, fmt.Sprintf("still %s at the end", a.State))
	}
	return strings.Join(append(parts, fmt.Sprintf("pages: %d", len(a.pages()))), "; ")
}

// wall tells when something was.
func (h *History) wall(at time.Time) string { return at.In(h.told()).Format(wallFormat + " MST") }

// told is the zone in which the history is told.
func (h *History) told() *time.Location {
	if h.zone == nil {
		return time.UTC
	}
	return h.zone
}

// line is one event as it is told.
type line struct {
	at    time.Time
	alert *Alert
	text  string

	same  string // what it says but for the number of the attempt; empty: it never repeats
	again int    // so many more attempts followed, of which nothing else came
	until time.Time
}

// lines tells the log, of one alert or of all if it is nil.
func (h *History) lines(of *Alert) (all []*line) {
	said := map[*Alert]map[string]*line{} // since something else happened to it; the line that stands for what repeats
	for _, e := range h.Log {
		if of != nil && e.Alert != of {
			continue
		}
		text, same := e.tale()
		if text == "" {
			continue
		}
		l := &line{at: e.At, alert: e.Alert, text: text, same: same}
		if e.Alert != nil && same == "" {
			delete(said, e.Alert)
		}
		if e.Alert != nil && same != "" && !l.fold(said) {
			continue
		}
		all = append(all, l)
	}
	return all
}

// fold reports whether a line is to be told, and counts it with those like it if not.
func (l *line) fold(said map[*Alert]map[string]*line) bool {
	before := said[l.alert]
	if before == nil {
		before = map[string]*line{}
		said[l.alert] = before
	}
	if before[l.same] == nil {
		before[l.same] = l
		return true
	}
	paged, stands := strings.HasPrefix(l.same, "paging "), before[further]
	if paged && stands == nil {
		before[further] = l
		return true
	}
	if paged {
		stands.again++
		stands.until = l.at
	}
	return false
}

// further stands for the line of all attempts after the first.
const further = ""

// tale tells an event to a person; empty: it matters only to machines, or is told already. What repeats with every attempt is the
// same but for the number.
func (e Event) tale() (text, same string) {
	switch {
	case e.told:
		return "", ""
	case e.Kind == KindRecord:
		return e.recordTale()
	case e.Kind == KindSend: // a page that gets lost
		same, _, _ = strings.Cut(e.Text, ", attempt ")
		return e.Text, same
	case e.Kind == KindArrive:
		if !strings.HasPrefix(e.Text, "page ") {
			return "", ""
		}
		text = fmt.Sprintf("%s: %s", cmp.Or(string(e.User), "nobody in particular"), e.Text)
		return text, text
	case e.Kind == KindCrash || e.Kind == KindStart || e.Kind == KindPause:
		return fmt.Sprintf("engine %d %s", e.Engine, strings.TrimPrefix(e.Text, "it ")), ""
	case e.Kind == KindTrouble:
		return fmt.Sprintf("engine %d is refused by its store: %s", e.Engine, e.Text), ""
	case e.Kind == KindAct && e.User != "":
		return fmt.Sprintf("%s: %s", e.User, e.Text), ""
	case e.Kind == KindNotice:
		text = fmt.Sprintf("%s %s", e.User, e.Text)
		return text, text
	}
	return e.Words(), ""
}

// recordTale tells an entry of an alert's record.
func (e Event) recordTale() (text, same string) {
	if e.Alert == nil || e.Entry == nil {
		return "", "" // of an incident, or the like
	}
	text = strings.TrimPrefix(e.Words(), "source:")
	switch e.Entry.Kind {
	case episode.KindReceipt:
		var p struct{ Verdict episode.Verdict }
		if json.Unmarshal(e.Entry.Data, &p) == nil && p.Verdict == episode.Accepted {
			return "", "" // what becomes of it follows
		}
		return text, text
	case episode.KindFound:
		var p struct{ Attempt struct{ Number int } }
		if json.Unmarshal(e.Entry.Data, &p) == nil {
			return text, strings.Replace(text, fmt.Sprintf(", attempt %d:", p.Attempt.Number), ":", 1)
		}
	}
	return text, ""
}

// write writes lines.
func (h *History) write(w io.Writer, lines []*line) error {
	_, err := io.WriteString(w, h.text(lines))
	return err
}

// text joins lines, in columns.
func (h *History) text(lines []*line) string {
	zone := h.told()
	rows, width := make([][4]string, len(lines)), [3]int{}
	for i, l := range lines {
		rows[i] = [4]string{"+" + since(l.at.Sub(h.Start)), l.at.In(zone).Format(wallFormat), "", l.text + l.more(h.Start)}
		if l.alert != nil {
			rows[i][2] = l.alert.Name
		}
		for c := range width {
			width[c] = max(width[c], len(rows[i][c]))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %-*s  %s\n", width[0], r[0], width[1], r[1], width[2], r[2], r[3])
	}
	return b.String()
}

// more tells how often a line stands for others.
func (l *line) more(start time.Time) string {
	switch l.again {
	case 0:
		return ""
	case 1:
		return "; and once more at +" + since(l.until.Sub(start))
	}
	return fmt.Sprintf("; and %d times more until +%s", l.again, since(l.until.Sub(start)))
}

// story tells the last so many lines.
func (h *History) story(last int) string {
	lines := h.lines(nil)
	return h.text(lines[max(0, len(lines)-last):])
}

// since tells how long after the start something was, to the second.
func since(d time.Duration) string {
	d = d.Truncate(time.Second)
	day := 24 * time.Hour
	clock := fmt.Sprintf("%02d:%02d:%02d", int(d%day/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second))
	if d >= day {
		return fmt.Sprintf("%dd %s", d/day, clock)
	}
	return clock
}

// short tells a span to the second, or to the millisecond if it is short.
func short(d time.Duration) string {
	if d >= 10*time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
