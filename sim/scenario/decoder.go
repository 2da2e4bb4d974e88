package scenario

import (
	"errors"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/sim"
)

// defaultRest is how long a scenario goes on if it does not say so itself.
const defaultRest = 6 * time.Hour

// decoder walks through a file and collects what is wrong.
type decoder struct {
	*yamlfile.Decoder
	org     oncall.Config
	also    oncall.Config // whose people and channels may be named too
	zone    *time.Location
	start   time.Time     // zero: it cannot be read
	trouble time.Duration // from the start until nothing goes wrong by itself any more
	span    time.Duration // from the start to the end
	engines int
	compile route.Compiler
}

func (r Reader) decoder(root yamlfile.Node) (*decoder, error) {
	zone, err := calendar.LoadZone(r.Config.Timezone)
	if err != nil {
		return nil, err
	}
	d := &decoder{Decoder: &yamlfile.Decoder{Roots: []yamlfile.Node{root}}, org: r.Config.Org, zone: zone}
	if r.Also != nil {
		d.also = r.Also.Org
	}
	return d, nil
}

// object is a value with fields.
type object struct {
	*yamlfile.Object
	*decoder
}

func read[T any](d *decoder, n yamlfile.Node, from func(*object) T) T {
	return yamlfile.Read(d.Decoder, n, reads(d, from))
}

func inner[T any](o *object, name string, from func(*object) T) T {
	return yamlfile.Inner(o.Object, name, reads(o.decoder, from))
}

func list[T any](o *object, name string, from func(*object) T) []T {
	return yamlfile.List(o.Object, name, reads(o.decoder, from))
}

// reads lets what reads an object have the decoder too.
func reads[T any](d *decoder, from func(*object) T) func(*yamlfile.Object) T {
	return func(o *yamlfile.Object) T { return from(&object{o, d}) }
}

// moment reads a time; zero if it is not given.
func moment(o *object, name string) time.Time {
	m := yamlfile.Value[calendar.Moment](o.Object, name)
	if m.IsZero() {
		return time.Time{}
	}
	return m.In(o.zone)
}

// seed reads any whole number that is not negative.
func (o *object) seed(name string) uint64 {
	n, ok := o.Scalar(name)
	if !ok {
		return 0
	}
	v, err := strconv.ParseUint(n.Value, 10, 64)
	if err != nil {
		o.Fail(n, "is %s, must be a whole number of at least 0", yamlfile.Quote(n.Value))
	}
	return v
}

// Bounds of what a scenario can have. They are far beyond any use, and keep a slip of the pen from taking all memory.
const (
	maxEngines = 100
	maxActs    = 500_000 // of one source
	maxRate    = 1_000_000
)

// number reads a whole number within bounds; zero if it is not given.
func (o *object) number(name string, least, most int) int {
	v := o.Number(name, least)
	if v > most {
		o.Wrong(name, "is %d, must be at most %d", v, most)
		return 0
	}
	return v
}

// crowded reports a source of which there would be more than can be lived: one every so often, over a time.
func (o *object) crowded(name string, every, over time.Duration) {
	if every > 0 && over/every > maxActs {
		o.Wrong(name, "makes for more than %d of them; let it be longer, or the scenario shorter", maxActs)
	}
}

// maxLength is how long anything in a scenario can be: a hundred years.
const maxLength = 100 * 366 * 24 * time.Hour

// length reads a length of time that is more than least; zero if it is not given.
func (o *object) length(name string, least time.Duration) time.Duration {
	n, ok := o.One(name)
	if !ok {
		return 0
	}
	return o.lengthOf(n, least)
}

func (d *decoder) lengthOf(n yamlfile.Node, least time.Duration) time.Duration {
	if !d.Plain(n) {
		return 0
	}
	v, ok := parseLength(n.Value)
	switch {
	case !ok || v < least:
		d.Fail(n, "is %s, must be a length of time of at least %v, such as 90s, 5m, 24h or 2d", yamlfile.Quote(n.Value), least)
		return 0
	case v > maxLength:
		d.Fail(n, "is %s, must be a length of time of at most a hundred years", yamlfile.Quote(n.Value))
		return 0
	}
	return v
}

// parseLength reads what Go prints, and days and weeks. What is longer than a duration can be is the longest.
func parseLength(text string) (time.Duration, bool) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, true
	}
	var l calendar.Length
	if l.UnmarshalText([]byte(text)) != nil {
		return 0, false
	}
	unit := map[calendar.Unit]time.Duration{calendar.Hour: time.Hour, calendar.Day: 24 * time.Hour, calendar.Week: 7 * 24 * time.Hour}[l.Unit]
	if unit == 0 || l.N > int(math.MaxInt64/unit) {
		return math.MaxInt64, unit > 0
	}
	return time.Duration(l.N) * unit, true
}

// share reads a probability; zero if it is not given.
func (o *object) share(name string) float64 {
	n, ok := o.One(name)
	if !ok {
		return 0
	}
	return o.shareOf(n)
}

func (d *decoder) shareOf(n yamlfile.Node) float64 {
	if !d.Plain(n) {
		return 0
	}
	text, percent := strings.CutSuffix(n.Value, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		d.Fail(n, "is %s, must be a probability from 0%% to 100%%, such as 10%% or 0.1", yamlfile.Quote(n.Value))
		return 0
	}
	return v
}

// delay reads how long something takes; the zero Delay if it is not given.
func (o *object) delay(name string) sim.Delay {
	n, ok := o.One(name)
	switch {
	case !ok:
		return sim.Delay{}
	case n.Kind == yaml.MappingNode:
		return read(o.decoder, n, logNormal)
	case n.Kind != yaml.ScalarNode:
		o.Fail(n, "must be a length of time such as 2m, two such as 1m..10m, or {median: 2m, p90: 8m}; got %s", yamlfile.Describe(n))
		return sim.Delay{}
	}
	from, to, between := strings.Cut(n.Value, "..")
	if !between {
		return sim.Always(o.lengthOf(n, 0))
	}
	least, ok1 := parseLength(strings.TrimSpace(from))
	most, ok2 := parseLength(strings.TrimSpace(to))
	if !ok1 || !ok2 || least < 0 || most <= least || most > maxLength {
		o.Fail(n, "is %s, must be the shortest and the longest, such as 1m..10m", yamlfile.Quote(n.Value))
		return sim.Delay{}
	}
	return sim.Between(least, most)
}

func logNormal(o *object) sim.Delay {
	d := sim.Delay{Median: o.length("median", time.Millisecond), P90: o.length("p90", time.Millisecond)}
	switch {
	case !o.Has("median"):
		o.Wrong("median", "is missing; half of the times are shorter than it")
	case !o.Has("p90"):
		o.Wrong("p90", "is missing; nine of ten times are shorter than it")
	case d.Median > 0 && d.P90 > 0 && d.P90 <= d.Median:
		o.Wrong("p90", "is %v, must be more than the median, %v; for what is always the same write one length of time", d.P90, d.Median)
	}
	return d
}

// instant reads when something is, since the start.
func (o *object) instant(name string) time.Duration {
	after, n, ok := o.moment(name)
	switch {
	case !ok:
		return 0
	case after < 0:
		o.early(n)
	case o.trouble > 0 && after > o.span:
		o.late(n)
	}
	return after
}

// moment reads a length of time since the start, or a time, which may be before the start or after the end.
func (o *object) moment(name string) (after time.Duration, n yamlfile.Node, ok bool) {
	n, ok = o.One(name)
	if !ok || !o.Plain(n) {
		return 0, n, false
	}
	after, ok = parseLength(n.Value)
	if !ok {
		var m calendar.Moment
		if m.UnmarshalText([]byte(n.Value)) != nil {
			o.Fail(n, "is %s, must be a length of time since the start, such as 90m or 2d, or a time, such as 2026-03-02T09:00", yamlfile.Quote(n.Value))
			return 0, n, false
		}
		after = m.In(o.zone).Sub(o.start)
	}
	return after, n, !o.start.IsZero() // else that is said already
}

func (o *object) early(n yamlfile.Node) {
	o.Fail(n, "is %s, which is before the start, %s", yamlfile.Quote(n.Value), o.start.Format(time.RFC3339))
}

func (o *object) late(n yamlfile.Node) {
	o.Fail(n, "is %s, which is after the end, %s; see for and rest", yamlfile.Quote(n.Value), o.start.Add(o.span).Format(time.RFC3339))
}

// at reads when something is that must be given.
func (o *object) at() time.Duration {
	if !o.Has("at") {
		o.Wrong("at", "is missing; write a length of time since the start, such as 90m, or a time")
	}
	return o.instant("at")
}

// span reads a part of the scenario's time. Who is on holiday may have left before it starts, and be back after it ends.
func span(o *object) sim.Span {
	var s sim.Span
	var first, last yamlfile.Node
	var legible, known bool
	s.From, first, legible = o.moment("from")
	s.To, last, known = o.moment("to")
	length := o.length("for", 0)
	switch {
	case !o.Has("from"):
		o.Wrong("from", "is missing; write a length of time since the start, such as 90m, or a time")
	case o.Has("to") == o.Has("for"):
		o.Fail(o.At, "must have one of to and for")
	case o.Has("for"):
		s.To, last, known = s.From+length, first, true
	}
	switch {
	case !legible || !known:
		return s
	case o.Has("to") && s.To <= s.From:
		o.Wrong("to", "must be after from")
	case s.From >= 0 && s.To <= 0: // of no length: that is said already
	case s.To <= 0:
		o.early(last)
	case o.trouble > 0 && s.From >= o.span:
		o.late(first)
	case o.trouble > 0:
		s.To = min(s.To, o.span)
	}
	return sim.Span{From: max(s.From, 0), To: s.To}
}

// spans reads a list of them.
func (o *object) spans(name string) []sim.Span { return list(o, name, span) }

// troubled reads a list of spans of what goes wrong by itself.
func (o *object) troubled(name string) []sim.Span {
	return list(o, name, func(o *object) sim.Span {
		s := span(o)
		if o.trouble > 0 && s.From >= o.trouble {
			o.Wrong("from", "is %s after the start, when nothing goes wrong any more; see for at the top", s.From)
		}
		return s
	})
}

// cause returns what the system says, without the operation and the path.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
