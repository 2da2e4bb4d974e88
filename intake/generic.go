package intake

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Generic reads Watchbill's own format, an object or a list of them:
//
//	{
//	  "dedup_key": "disk-1",                  needed to ack or resolve
//	  "summary":   "disk is full",            needed to trigger
//	  "severity":  "critical",
//	  "priority":  "P1",                      to P5
//	  "action":    "trigger",                 or ack, or resolve; trigger if left out
//	  "starts_at": "2026-01-05T09:00:00Z",
//	  "labels":    {"host": "db1"},           values that are no strings become their JSON
//	  "links":     ["https://x", {"text": "Graph", "href": "https://y"}],
//	  "details":   {"any": "JSON"}
//	}
//
// A signal that triggers without a dedup_key has an empty key: whoever takes it in gives it one of its own, so that
// each such signal opens an alert. A field of a wrong type is a problem with the item; one that is not listed here is
// ignored, and noted, since it may be a misspelling.
func Generic(source watchbill.SourceID, body []byte) Result {
	b := newBatch(source, body)
	if !b.valid() {
		return b.Result
	}
	items := []json.RawMessage{b.body}
	if bytes.HasPrefix(bytes.TrimSpace(b.body), []byte("[")) {
		items = b.items("", b.body)
	}
	for i, item := range items {
		g := generic{batch: b, index: i}
		g.decode(item)
	}
	return b.Result
}

// generic reads one item.
type generic struct {
	*batch
	index  int
	fields map[string]json.RawMessage // those that have not been read yet
	bad    bool
}

func (g *generic) fail(field, format string, args ...any) {
	g.bad = true
	g.refuse(g.index, field, format, args...)
}

// read takes a field, if it is there.
func (g *generic) read(field, expected string, into any) {
	raw, ok := g.fields[field]
	if !ok {
		return
	}
	delete(g.fields, field)
	if json.Unmarshal(raw, into) != nil {
		g.fail(field, "expected %s, got %s", expected, excerpt(raw))
	}
}

func (g *generic) decode(item json.RawMessage) {
	if json.Unmarshal(item, &g.fields) != nil || g.fields == nil {
		g.fail("", "expected an object, got %s", excerpt(item))
		return
	}
	d := g.draft()
	g.identity(d)
	g.content(d)
	g.leftover(d)
	if !g.bad {
		g.accept(d)
	}
}

// identity reads what the signal is about and what it wants.
func (g *generic) identity(d *draft) {
	var key, summary, severity, priority, startsAt string
	g.read("action", "trigger, ack or resolve", &d.Action)
	g.read("dedup_key", "a string", &key)
	g.read("summary", "a string", &summary)
	g.read("severity", "a string: critical, error, warning or info", &severity)
	g.read("priority", "a string: P1, P2, P3, P4 or P5", &priority)
	g.read("starts_at", "a string", &startsAt)
	if !d.startsAt(startsAt) {
		g.fail("starts_at", "expected a time such as 2026-01-05T09:00:00Z, got %q", startsAt)
	}
	if g.bad {
		return // what is missing below may be what was mistyped above
	}
	d.key(key)
	d.summary(summary)
	d.severity(severity)
	d.priority(priority)
	if d.Action == alert.Trigger && d.Summary == "" {
		g.fail("summary", "is missing; say in one line what is wrong")
	}
	if d.Action != alert.Trigger && d.Key == "" {
		g.fail("dedup_key", "is missing; say which alert is meant")
	}
}

// content reads what people are shown.
func (g *generic) content(d *draft) {
	var labels map[string]text
	var links []link
	var details json.RawMessage
	g.read("labels", "an object", &labels)
	g.read("links", `a list of addresses or {"text", "href"}`, &links)
	g.read("details", "any JSON", &details)
	d.labels(labels)
	d.links(plain(links)...)
	d.details(details)
}

// leftover notes the fields that nothing has read.
func (g *generic) leftover(d *draft) {
	if len(g.fields) == 0 {
		return
	}
	names, _ := cut(oneLine(strings.Join(slices.Sorted(maps.Keys(g.fields)), ", ")), 200)
	d.note("ignored fields that are unknown: %s", names)
}

// link is an address, or an address with a text.
type link alert.Link

func (l *link) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &l.Href) == nil {
		return nil
	}
	return json.Unmarshal(data, (*alert.Link)(l))
}

func plain(links []link) []alert.Link {
	var all []alert.Link
	for _, l := range links {
		all = append(all, alert.Link(l))
	}
	return all
}
