package scenario

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/sim"
)

// File is what a scenario file says.
type File struct {
	Scenario sim.Scenario
	Expect   []sim.Expectation
	Zone     *time.Location // the configuration's, in which the file's times are
}

// Error is one thing that is wrong with a file. Load and Parse join all they find; errors.As finds the first.
type Error struct {
	File   string
	Line   int    // from 1; 0: the file as a whole
	Field  string // as "events[2].signal.key"; empty: the line as a whole
	Reason string // what is wrong and how to mend it
}

// Error returns "scenario: file:line: field: reason".
func (e *Error) Error() string { return "scenario: " + yamlfile.Problem(*e).String() }

// Reader reads scenario files.
type Reader struct {
	Config  *config.File   // that they are about
	Also    *config.File   // another one that they are about too, to compare; what they say of people and channels that only it has is left out; nil: there is none
	Compile route.Compiler // of the expressions in the rules of sources; nil: there are none
}

var form = yamlfile.Form{First: "start", Least: "it needs start, such as 2026-03-02T08:00, and for, such as 24h"}

// Load reads a file. The error joins every [*Error] there is.
func (r Reader) Load(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err)}
	}
	return r.Parse(path, data)
}

// Parse is Load for a file that has been read already. Recordings that it names are relative to the folder of name.
func (r Reader) Parse(name string, data []byte) (*File, error) {
	root, bad := yamlfile.Parse(form, name, data)
	if bad != nil {
		return nil, (*Error)(bad)
	}
	d, err := r.decoder(root)
	if err != nil {
		return nil, err
	}
	d.compile = r.Compile
	f := read(d, root, file)
	if d.Failures() == 0 {
		return f, nil
	}
	var all []error
	for _, p := range d.Problems() {
		all = append(all, (*Error)(&p))
	}
	return nil, errors.Join(all...)
}

// file reads the top.
func file(o *object) *File {
	f := &File{Zone: o.zone}
	s := &f.Scenario
	s.Org = o.org
	s.Start, s.For, s.Rest = o.begin()
	s.Start = s.Start.In(o.zone)
	s.Seed = 1
	if o.Has("seed") {
		s.Seed = o.seed("seed")
	}
	o.engines = max(o.number("engines", 1, maxEngines), 1)
	s.Engines = o.engines
	s.People, s.Others = people(o)
	s.Providers = providers(o)
	s.Sources = list(o, "sources", source)
	s.Acts = list(o, "events", event)
	s.Org.Heartbeats, s.Pings = heartbeats(o)
	s.Faults = inner(o, "faults", faults)
	f.Expect = list(o, "expect", expectation)
	if o.Failures() == 0 {
		s.Compile = o.compile
		o.refused(s.Validate())
	}
	return f
}

// refused tells what only shows when all is read, such as a key that no signal has: of events and sources where they are.
func (o *object) refused(err error) {
	lists := map[string][]yamlfile.Node{"Acts": o.Items("events"), "Sources": o.Items("sources")}
	many, _ := err.(interface{ Unwrap() []error })
	if many == nil {
		return
	}
	for _, e := range many.Unwrap() {
		var field *sim.FieldError
		if !errors.As(e, &field) {
			o.Fail(o.At, "%v", e)
			continue
		}
		name, rest, _ := strings.Cut(field.Path, "[")
		number, rest, _ := strings.Cut(rest, "]")
		i, bad := strconv.Atoi(number)
		if items := lists[name]; bad == nil && i < len(items) {
			n := items[i]
			if name == "Acts" || !strings.Contains(rest, ".Like.") {
				n.Path += partOf(n, name)
			}
			if last := rest[strings.LastIndexByte(rest, '.')+1:]; last != "" {
				n.Path += "." + strings.ToLower(last)
			}
			o.Fail(n, "%s", field.Reason)
			continue
		}
		o.Fail(o.At, "%s: %s", field.Path, field.Reason)
	}
}

// begin reads when it begins and how long it lasts, on which everything else depends.
func (o *object) begin() (start time.Time, span, rest time.Duration) {
	m := moment(o, "start")
	if !o.Has("start") {
		o.Wrong("start", "is missing; write when it begins, such as 2026-03-02T08:00 in %s", o.zone)
	}
	if span = o.length("for", time.Second); !o.Has("for") {
		o.Wrong("for", "is missing; write for how long things go wrong, such as 24h")
	}
	rest = defaultRest
	if o.Has("rest") {
		rest = o.length("rest", time.Second)
	}
	if end := m.Add(span + rest); end.Year() > 9999 {
		o.Wrong("start", "is so late that it would end after the year 9999")
	}
	o.start, o.trouble, o.span = m, span, span+rest
	return m, span, rest
}

// partOf names the part that says what happens: what an event does, as ".acknowledge", and how a source does it, as ".burst".
func partOf(n yamlfile.Node, list string) (name string) {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if list == "Acts" && key != "at" || list == "Sources" && slices.Contains(ways, key) {
			name += "." + key
		}
	}
	return name
}
