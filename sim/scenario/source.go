package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/sim"
)

// ways are the ways in which a source can make things go wrong.
var ways = []string{"troubles", "burst", "flapping", "recorded"}

// manual is the source of what people raise by hand.
const manual = "manual"

// source reads one of the kinds.
func source(o *object) sim.Source {
	kinds := map[string]func(o *object, like alert.Signal) sim.Source{"troubles": troubles, "burst": burst, "flapping": flapping}
	var given []string
	for _, name := range ways {
		if o.Has(name) {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		if len(given) > 1 {
			o.Fail(o.At, "has %s; make an item of each", strings.Join(given, " and "))
		} else {
			o.Fail(o.At, "must have one of %s", strings.Join(ways, ", "))
		}
		said(o) // so that its fields are known
		return sim.Recorded(nil)
	}
	if given[0] == "recorded" {
		return recorded(o)
	}
	like := said(o)
	return inner(o, given[0], func(o *object) sim.Source { return kinds[given[0]](o, like) })
}

func troubles(o *object, like alert.Signal) sim.Source {
	if !o.Has("every") {
		o.Wrong("every", "is missing; write how long it is from one to the next, on average, such as 6h")
	}
	every := o.length("every", time.Second)
	o.crowded("every", every, o.trouble)
	return sim.Troubles{Like: like, Every: every, Lasts: o.delay("lasts"), Keys: o.Number("keys", 1)}
}

func burst(o *object, like alert.Signal) sim.Source {
	if !o.Has("count") {
		o.Wrong("count", "is missing; write how many things go wrong at once")
	}
	before := o.Failures()
	at := o.at()
	said := o.Failures() > before
	b := sim.Burst{Like: like, At: at, Count: o.number("count", 1, maxActs), Over: o.length("over", 0), Lasts: o.delay("lasts")}
	switch {
	case o.trouble == 0, said: // that is said already
	case b.At >= o.trouble:
		o.Wrong("at", "is %s after the start, when nothing goes wrong any more; see for at the top", b.At)
	case b.Over > o.trouble-b.At:
		o.Wrong("over", "is %s, so that it would go on when nothing goes wrong any more; see for at the top", b.Over)
	}
	return b
}

func flapping(o *object, like alert.Signal) sim.Source {
	for _, name := range []string{"wrong", "fine"} {
		if !o.Has(name) {
			o.Wrong(name, "is missing; write how long it lasts each time, such as 30s or 10s..2m")
		}
	}
	f := sim.Flapping{Like: like, Phases: o.troubled("during"), Wrong: o.delay("wrong"), Fine: o.delay("fine")}
	over := o.trouble
	if len(f.Phases) > 0 {
		over = 0
		for _, p := range f.Phases {
			over += min(p.To, o.trouble) - min(p.From, o.trouble)
		}
	}
	o.crowded("wrong", max(f.Wrong.Median, f.Wrong.Least, time.Second)+max(f.Fine.Median, f.Fine.Least, time.Second), over)
	return f
}

// said reads what a source says.
func said(o *object) alert.Signal {
	s := alert.Signal{
		Source:   watchbill.SourceID(o.id("source", "source", append(sourceIDs(o.org), manual))),
		Key:      alert.DedupKey(o.Text("key")),
		Summary:  o.Paragraph("summary"),
		Severity: yamlfile.Word[watchbill.Severity](o.Object, "severity", "critical", "error", "warning", "info"),
		Service:  watchbill.ServiceID(o.id("service", "service", serviceIDs(o.org))),
		Policy:   watchbill.PolicyID(o.id("policy", "policy", policyIDs(o.org))),
		User:     watchbill.UserID(o.id("user", "user", userIDs(o.org))),
		Labels:   inner(o, "labels", labels),
	}
	if s.Key == "" {
		o.Wrong("key", "is missing; write what it is deduplicated by, such as disk-full")
	}
	if s.Summary == "" {
		s.Summary = string(s.Key)
	}
	var goals []string
	for _, name := range []string{"service", "policy", "user"} {
		if o.Has(name) {
			goals = append(goals, name)
		}
	}
	switch {
	case len(goals) > 1:
		o.Fail(o.At, "has %s; only one of service, policy and user can say where it goes", strings.Join(goals, " and "))
	case !o.Has("source") && len(goals) == 0:
		o.Fail(o.At, "must have source, or one of service, policy and user: nobody knows whose it is")
	case !o.Has("source"):
		s.Source = manual
	case s.Source == manual && len(goals) == 0:
		o.Wrong("source", "is manual, so there must be one of service, policy and user")
	}
	return s
}

// labels reads labels, sorted by name.
func labels(o *object) (all []alert.Label) {
	for _, name := range o.Names() {
		all = append(all, alert.Label{Name: name, Value: o.Text(name)})
	}
	return all
}

// recorded reads a file of signals.
func recorded(o *object) sim.Source {
	n, ok := o.Scalar("recorded")
	if !ok {
		return sim.Recorded(nil)
	}
	path := n.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(n.File), path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		o.Fail(n, "the file %s cannot be read: %s", path, cause(err))
		return sim.Recorded(nil)
	}
	var all sim.Recorded
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	lines.Buffer(nil, yamlfile.MaxSize)
	for number := 1; lines.Scan(); number++ {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 && o.Spend(1) {
			all = append(all, o.signal(yamlfile.Node{Node: &yaml.Node{}, File: path, Line: number}, line))
		}
	}
	if err := lines.Err(); err != nil {
		o.Fail(n, "the file %s cannot be read: %v", path, err)
	}
	return all
}

// signal reads one that was recorded.
func (d *decoder) signal(at yamlfile.Node, line []byte) (s sim.RecordedSignal) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		d.Fail(at, "is not a recorded signal: %s", strings.TrimPrefix(err.Error(), "json: "))
		return s
	}
	if _, err := dec.Token(); err != io.EOF {
		d.Fail(at, "has more than one signal; write each in a line of its own")
	}
	// As what takes signals in does: no key and no summary steers a terminal.
	s.Signal.Key, _ = alert.KeyOf(string(s.Signal.Key))
	s.Signal.Summary = alert.Line(s.Signal.Summary)
	if s.At.IsZero() {
		d.Fail(at, `has no "at"`)
	}
	if s.Signal.Key == "" {
		d.Fail(at, `the signal has no "key"`)
	}
	if id := string(s.Signal.Source); id != manual {
		d.known(at, "source", id, append(sourceIDs(d.org), manual))
	}
	if id := string(s.Signal.Service); id != "" {
		d.known(at, "service", id, serviceIDs(d.org))
	}
	if id := string(s.Signal.Policy); id != "" {
		d.known(at, "policy", id, policyIDs(d.org))
	}
	if id := string(s.Signal.User); id != "" {
		d.known(at, "user", id, userIDs(d.org))
	}
	slices.SortFunc(s.Signal.Labels, func(a, b alert.Label) int { return strings.Compare(a.Name, b.Name) })
	return s
}
