package intake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Bounds of a signal. What goes beyond is cut or left out, and noted; it never costs the signal.
const (
	MaxSummary    = 1024         // characters; cut
	MaxKey        = alert.MaxKey // bytes; a longer key, or one with control characters, is replaced by its SHA-256
	MaxLabels     = 64           // the first by name are kept
	MaxLabelName  = 128          // characters; a label with a longer name is left out
	MaxLabelValue = 1024         // characters; cut
	MaxLinks      = 32           // the first are kept
	MaxHref       = 2048         // bytes; a longer link is left out, as is one that is not http, https or mailto
	MaxLinkText   = 128          // characters; cut
	MaxDetails    = 16 << 10     // bytes as JSON; larger details are left out
	MaxSender     = 255          // characters; cut
)

// draft is a signal in the making: each method sets a part of it, within the bounds.
type draft struct{ alert.Signal }

func (d *draft) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

func (d *draft) key(key string) {
	var replaced bool
	if d.Key, replaced = alert.KeyOf(key); replaced {
		d.note("the key was replaced by its SHA-256: it is longer than %d bytes or has control characters", MaxKey)
	}
}

func (d *draft) summary(s string) {
	var long bool
	if d.Summary, long = cut(oneLine(s), MaxSummary); long {
		d.note("the summary was cut to %d characters", MaxSummary)
	}
}

// severity reads a severity. Only where the signal triggers does a missing one matter enough to be noted.
func (d *draft) severity(name string) {
	var known bool
	if d.Severity, known = severityOf(name); known || d.Action != alert.Trigger {
		return
	}
	if name = oneLine(name); name == "" {
		d.note("the severity is missing; it counts as error")
		return
	}
	name, _ = cut(name, 40)
	d.note("the severity %q is unknown; it counts as error", name)
}

// priority reads a priority. One that is unknown costs no signal.
func (d *draft) priority(name string) {
	if d.Priority.UnmarshalText([]byte(strings.ToUpper(strings.TrimSpace(name)))) != nil {
		name, _ = cut(oneLine(name), 40)
		d.note("the priority %q is unknown; it counts as none", name)
	}
}

func severityOf(name string) (watchbill.Severity, bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "critical", "page", "fatal", "emergency":
		return watchbill.SeverityCritical, true
	case "error", "high", "major":
		return watchbill.SeverityError, true
	case "warning", "warn", "minor":
		return watchbill.SeverityWarning, true
	case "info", "informational", "low", "none":
		return watchbill.SeverityInfo, true
	}
	return watchbill.SeverityUnset, false
}

// startsAt reads a time and reports whether it is one.
func (d *draft) startsAt(s string) (ok bool) {
	d.StartsAt, ok = timeOf(s)
	return ok
}

// timeOf reads a time and reports whether it is one. Empty and the zero time mean "not given". Years beyond 1970 to 9999
// are refused: not every store can hold them.
func timeOf(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z0700", s) // as PagerDuty's clients write it
	}
	if t = watchbill.Stamp(t); err != nil || !t.IsZero() && (t.Year() < 1970 || t.Year() > 9999) {
		return time.Time{}, false
	}
	return t, true
}

func (d *draft) labels(all map[string]text) {
	var dropped, shortened int
	for _, name := range slices.Sorted(maps.Keys(all)) {
		clean := oneLine(name)
		if clean == "" || utf8.RuneCountInString(clean) > MaxLabelName || len(d.Labels) == MaxLabels {
			dropped++
			continue
		}
		value, long := cut(oneLine(string(all[name])), MaxLabelValue)
		if long {
			shortened++
		}
		d.Labels = append(d.Labels, alert.Label{Name: clean, Value: value})
	}
	sortLabels(d.Labels)
	if dropped > 0 {
		d.note("labels left out: %d; at most %d are kept, with names of at most %d characters", dropped, MaxLabels, MaxLabelName)
	}
	if shortened > 0 {
		d.note("label values cut to %d characters: %d", MaxLabelValue, shortened)
	}
}

func sortLabels(labels []alert.Label) {
	slices.SortStableFunc(labels, func(a, b alert.Label) int { return strings.Compare(a.Name, b.Name) })
}

// links keeps those that are safe to click on. One without an address is not a link.
func (d *draft) links(all ...alert.Link) {
	var dropped int
	for _, l := range all {
		if l.Href == "" {
			continue
		}
		if !safe(l.Href) || len(d.Links) == MaxLinks {
			dropped++
			continue
		}
		l.Text, _ = cut(oneLine(l.Text), MaxLinkText)
		d.Links = append(d.Links, l)
	}
	if dropped > 0 {
		d.note("links left out: %d; at most %d are kept, of http, https or mailto and at most %d bytes",
			dropped, MaxLinks, MaxHref)
	}
}

// safe reports whether an address can be shown as a link: no script, no text that looks like another address.
func safe(href string) bool {
	u, err := url.Parse(href)
	if err != nil || len(href) > MaxHref || oneLine(href) != href {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return u.Opaque != ""
	}
	return false
}

// details sets any JSON. Its size bounds its depth too: MaxDetails/2 is well under what encoding/json reads back.
func (d *draft) details(raw json.RawMessage) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	if d.Details = canonical(raw); len(d.Details) > MaxDetails {
		d.Details = nil
		d.note("the details were left out: they are larger than %d bytes", MaxDetails)
	}
}

func oneLine(s string) string { return alert.Line(s) }

func cut(s string, n int) (string, bool) { return alert.Cut(s, n) }
