package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/route"
)

// Bounds of a mapped body.
const (
	maxFields = 1000 // of a form
	maxBad    = 100  // items that cannot be read; the rest is not tried
)

var errNoMap = errors.New("intake: is no map of names and values")

// bare returns what an error says, without the name of its package.
func bare(err error) string {
	if _, rest, ok := strings.Cut(err.Error(), ": "); ok {
		return rest
	}
	return err.Error()
}

// Foreign reads the body of a request into what [Mapped] takes: a form, if the content type says so, as a map of its
// fields, of which the first value counts; XML, if it begins so, as a map of its elements; JSON otherwise.
func Foreign(contentType string, body []byte) (any, *Problem) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind == "application/x-www-form-urlencoded" && !json.Valid(body) { // some say so of whatever they send
		return form(body)
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return readXML(body)
	}
	b := newBatch("", body)
	if !b.valid() {
		return nil, &b.Problems[0]
	}
	v, err := route.Decode(b.body)
	if err != nil {
		return nil, &Problem{Body, "", "is not JSON: " + err.Error()}
	}
	return v, nil
}

func form(body []byte) (any, *Problem) {
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	if bytes.Count(body, []byte("&")) >= maxFields {
		return nil, &Problem{Body, "", "is a form of more than 1000 fields"}
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil && len(fields) == 0 {
		return nil, &Problem{Body, "", "is no form: fields are name=value, with & between them"}
	}
	all := map[string]any{}
	for name, values := range fields {
		all[strings.ToValidUTF8(name, "\uFFFD")] = strings.ToValidUTF8(values[0], "\uFFFD")
	}
	return all, nil
}

// Mapped makes signals of a body of a foreign form, as [Foreign] returns it, by a mapping. The bounds are those of
// every decoder. What an expression of the mapping cannot read is left out and noted, since a signal that is shown
// badly is better than one that is lost: a summary that is missing names the source, an action that is unknown is
// trigger, details that are not mapped are the item. Only what cannot be a signal is a [Problem]: no list where the
// mapping names one, or an acknowledgement or resolve without a key. Problems name the field of the mapping.
func Mapped(source watchbill.SourceID, body any, m *route.Mapper) Result {
	b := &batch{source: source}
	items, err := m.Items(body)
	if err != nil {
		b.refuse(Body, "items", "%s", bare(err))
		return b.Result
	}
	if n := len(items); n > MaxSignals {
		b.refuse(Body, "items", "has %d items; only the first %d were taken", n, MaxSignals)
		items = items[:MaxSignals]
	}
	bad := 0
	for i, item := range items {
		before := len(b.Problems)
		g := mapped{batch: b, index: i}
		if g.read(m.Read(body, item), item) > 0 || len(b.Problems) > before {
			bad++
		}
		if bad == maxBad && i+1 < len(items) {
			b.refuse(Body, "items", "has %d items that the mapping cannot read as it should; those after item %d were not tried",
				bad, i)
			break
		}
	}
	return b.Result
}

// mapped reads one item.
type mapped struct {
	*batch
	index int
}

// read makes a signal of what a mapping found, and returns how many of its expressions failed.
func (g mapped) read(found []route.Mapped, item any) (failed int) {
	d := g.draft()
	labels := map[string]text{}
	var links []alert.Link
	var severity string
	details := item
	for _, f := range found {
		if f.Err != nil {
			failed++
			d.failed(f.Field, f.Err)
			continue
		}
		switch f.Name {
		case "labels":
			d.mappedLabel(labels, f)
		case "links":
			links = append(links, alert.Link{Text: f.Key, Href: d.text(f)})
		case "severity":
			severity = d.text(f)
		case "details":
			details = f.Value
		default:
			d.mapped(f)
		}
	}
	d.severity(severity)
	d.labels(labels)
	d.links(links...)
	d.mappedDetails(details)
	g.finish(d)
	return failed
}

// finish takes the signal, if it is one.
func (g mapped) finish(d *draft) {
	if d.Action != alert.Trigger && d.Key == "" {
		g.refuse(g.index, "key", "is missing; to %s, the mapping has to say which alert is meant", d.Action)
		return
	}
	if d.Action == alert.Trigger && d.Summary == "" {
		d.note("the mapping found no summary")
		d.summary(strings.TrimRight("an alert from "+string(g.source)+": "+string(d.Key), ": "))
	}
	g.accept(d)
}

// mapped sets a field that has one value.
func (d *draft) mapped(f route.Mapped) {
	switch f.Name {
	case "action":
		d.action(d.text(f))
	case "key":
		d.key(d.text(f))
	case "summary":
		d.summary(d.text(f))
	case "priority":
		d.priority(d.text(f))
	case "starts_at":
		if !d.startsAt(instant(f.Value)) {
			d.note("the start %.40q is no time such as 2026-01-05T09:00:00Z, nor seconds since 1970", d.text(f))
		}
	}
}

// failed notes an expression that could not be evaluated; the first two of a signal are enough.
func (d *draft) failed(f route.Field, err error) {
	const prefix = "mapping."
	said := 0
	for _, n := range d.Notes {
		if strings.HasPrefix(n, prefix) {
			said++
		}
	}
	if said < 2 {
		reason, _ := cut(oneLine(bare(err)), 160)
		name, _ := cut(oneLine(f.String()), 60)
		d.note(prefix+"%s: %s", name, reason)
	}
}

func (d *draft) action(word string) {
	if word == "" || d.Action.UnmarshalText([]byte(strings.ToLower(strings.TrimSpace(word)))) == nil {
		return
	}
	word, _ = cut(oneLine(word), 40)
	d.note("the action %q is unknown; it counts as trigger", word)
}

// text returns a value as text; nothing if it is too large.
func (d *draft) text(f route.Mapped) string {
	s, err := route.Text(f.Value, 1<<20)
	if err != nil {
		d.failed(f.Field, err)
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// mappedLabel sets a label, or those of a map.
func (d *draft) mappedLabel(labels map[string]text, f route.Mapped) {
	if f.Value == nil {
		return
	}
	if f.Key != "*" {
		labels[f.Key] = text(d.text(f))
		return
	}
	switch all := f.Value.(type) {
	case map[string]string:
		for name, v := range all {
			addLabel(labels, name, v)
		}
	case map[string]any:
		for name, v := range all {
			s, _ := route.Text(v, 16<<10)
			addLabel(labels, name, s)
		}
	default:
		d.failed(f.Field, errNoMap)
	}
}

// addLabel adds a label of a map; one that the mapping names itself goes before.
func addLabel(labels map[string]text, name, value string) {
	if _, named := labels[name]; !named {
		labels[strings.ToValidUTF8(name, "\uFFFD")] = text(strings.ToValidUTF8(value, "\uFFFD"))
	}
}

func (d *draft) mappedDetails(v any) {
	if v == nil {
		return
	}
	raw, err := route.JSON(v, 4*MaxDetails)
	if err != nil {
		d.note("the details were left out: %s", bare(err))
		return
	}
	d.details(raw)
}

// instant returns a time as text: seconds or, if they would lie beyond the year 5000, milliseconds since 1970 as such.
func instant(v any) string {
	var n float64
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return strings.ToValidUTF8(v, "\uFFFD")
		}
		n = f
	case int:
		n = float64(v)
	case float64:
		n = v
	default:
		return "?"
	}
	if n > 1e11 {
		n /= 1000
	}
	if !(n >= 0 && n < 1e11) {
		return "?"
	}
	return time.UnixMicro(int64(n * 1e6)).UTC().Format(time.RFC3339Nano)
}
