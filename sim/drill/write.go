package drill

import (
	"bytes"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
)

// head explains a file to whoever edits it.
const head = `# A drill: a past incident as training. Change whatever you like, then try it and run it:
#   refserver drill run -config watchbill.yaml -drill THIS-FILE -robots
#   refserver drill run -config watchbill.yaml -drill THIS-FILE
# Distances and limits count from the beginning of the drill. Whoever takes part must not read this file before.
`

// written is a drill as its file has it.
type written struct {
	Title    string               `yaml:"title"`
	From     string               `yaml:"from,omitempty"`
	Happened string               `yaml:"happened,omitempty"`
	Limit    watchbill.Duration   `yaml:"limit"`
	Signals  []writtenSignal      `yaml:"signals"`
	Injects  []writtenInject      `yaml:"injects,omitempty"`
	Notes    []string             `yaml:"notes,omitempty"`
	Expect   []writtenExpectation `yaml:"expect"`
	Robots   writtenRobots        `yaml:"robots"`
}

type writtenSignal struct {
	After    watchbill.Duration `yaml:"after"`
	Source   string             `yaml:"source"`
	Key      string             `yaml:"key"`
	Action   string             `yaml:"action,omitempty"`
	Severity string             `yaml:"severity,omitempty"`
	Priority string             `yaml:"priority,omitempty"`
	Summary  string             `yaml:"summary,omitempty"`
	Service  string             `yaml:"service,omitempty"`
	Policy   string             `yaml:"policy,omitempty"`
	User     string             `yaml:"user,omitempty"`
	Labels   map[string]string  `yaml:"labels,omitempty,flow"`
	Links    []writtenLink      `yaml:"links,omitempty"`
	Details  string             `yaml:"details,omitempty"`
}

type writtenLink struct {
	Text string `yaml:"text,omitempty"`
	Href string `yaml:"href"`
}

type writtenInject struct {
	After watchbill.Duration `yaml:"after"`
	Text  string             `yaml:"text"`
}

type writtenExpectation struct {
	What   string             `yaml:"what"`
	Alert  string             `yaml:"alert,omitempty"`
	Role   string             `yaml:"role,omitempty"`
	User   string             `yaml:"user,omitempty"`
	Within watchbill.Duration `yaml:"within"`
	Points int                `yaml:"points"`
	Then   watchbill.Duration `yaml:"then,omitempty"`
}

type writtenRobots struct {
	Answers     watchbill.Duration `yaml:"answers"`
	Misses      float64            `yaml:"misses"`
	Coordinates watchbill.Duration `yaml:"coordinates"`
	Fixes       watchbill.Duration `yaml:"fixes"`
	Seed        uint64             `yaml:"seed"`
}

// YAML returns the file that [Parse] reads.
func (d Drill) YAML() ([]byte, error) {
	r := d.Robots
	w := written{Title: d.Title, From: d.From, Limit: watchbill.Duration(d.Limit), Notes: d.Notes,
		Robots: writtenRobots{watchbill.Duration(r.Answers), r.Misses, watchbill.Duration(r.Coordinates), watchbill.Duration(r.Fixes), r.Seed}}
	if !d.Happened.IsZero() {
		w.Happened = d.Happened.UTC().Format(time.RFC3339Nano)
	}
	for _, s := range d.Signals {
		w.Signals = append(w.Signals, writtenSignalOf(s))
	}
	for _, i := range d.Injects {
		w.Injects = append(w.Injects, writtenInject{watchbill.Duration(i.After), i.Text})
	}
	for _, e := range d.Expect {
		x := writtenExpectation{What: string(e.What), Alert: string(e.Alert), User: string(e.User),
			Within: watchbill.Duration(e.Within), Points: e.Points, Then: watchbill.Duration(e.Then)}
		if e.Role != incident.NoRole {
			x.Role = e.Role.String()
		}
		w.Expect = append(w.Expect, x)
	}
	b := bytes.NewBufferString(head)
	enc := yaml.NewEncoder(b)
	enc.SetIndent(2)
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("drill: %w", err)
	}
	return b.Bytes(), enc.Close()
}

func writtenSignalOf(s Signal) writtenSignal {
	a := s.Signal
	w := writtenSignal{After: watchbill.Duration(s.After), Source: string(a.Source), Key: string(a.Key), Summary: a.Summary,
		Service: string(a.Service), Policy: string(a.Policy), User: string(a.User), Details: string(a.Details)}
	if a.Action != alert.Trigger {
		w.Action = a.Action.String()
	}
	if a.Severity != watchbill.SeverityUnset {
		w.Severity = a.Severity.String()
	}
	if a.Priority != 0 {
		w.Priority = a.Priority.String()
	}
	for _, l := range a.Labels {
		if w.Labels == nil {
			w.Labels = map[string]string{}
		}
		w.Labels[l.Name] = l.Value
	}
	for _, l := range a.Links {
		w.Links = append(w.Links, writtenLink(l))
	}
	return w
}
