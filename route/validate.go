package route

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Bounds of a handling.
const (
	MaxRules     = 100            // of a source
	MaxSetLabels = 32             // of a rule
	MaxBy        = 10             // labels by which alerts are grouped
	MaxResponse  = 1024           // characters
	MaxPause     = 24 * time.Hour // that an alert waits before it pages
)

// ErrInvalid is what every [*FieldError] is.
var ErrInvalid = errors.New("route: the handling of a source is wrong")

// FieldError says which field of a [Handling] is wrong and how to mend it. Path is as in the configuration file, within
// the source: "rules[2].when".
type FieldError struct {
	Path   string
	Reason string
}

// Error returns "route: path: reason".
func (e *FieldError) Error() string { return "route: " + e.Path + ": " + e.Reason }

// Unwrap returns [ErrInvalid].
func (e *FieldError) Unwrap() error { return ErrInvalid }

// problems collects what is wrong.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, &FieldError{path, fmt.Sprintf(format, args...)})
}

// Validate returns every problem that can be seen without a compiler, each a [*FieldError], joined; nil if there is
// none.
func (h Handling) Validate() error {
	var p problems
	if len(h.Rules) > MaxRules {
		p.add("rules", "has %d rules; a source may have %d", len(h.Rules), MaxRules)
	}
	seen := map[string]bool{}
	for i, r := range h.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		switch {
		case r.ID == "":
			p.add(path+".id", "is missing; notes name the rule by it")
		case seen[r.ID]:
			p.add(path+".id", "%q is used twice; ids are unique within their list", r.ID)
		}
		seen[r.ID] = true
		p.rule(r, path)
	}
	p.limit(h.Limit, "limit")
	p.limit(h.Flood, "flood")
	p.pause(h.Pause, "pause")
	p.group(h.Group, "group")
	p.flapping(h.Flapping)
	p.mapping(h)
	return errors.Join(p...)
}

func (p *problems) rule(r Rule, path string) {
	if r.Suppress && r.Drop {
		p.add(path+".suppress", "does not go with drop: a signal that is dropped opens no alert to suppress")
	}
	if !r.acts() {
		p.add(path, "does nothing; give it set, group, pause, suppress, drop, stop or a response")
	}
	if alert.Line(r.Response) != r.Response {
		p.add(path+".response", "must be one line of text, or an address")
	}
	if _, long := alert.Cut(r.Response, MaxResponse); long {
		p.add(path+".response", "is longer than %d characters; give the address of a runbook", MaxResponse)
	}
	p.pause(r.Pause, path+".pause")
	p.group(r.Group, path+".group")
	p.set(r.Set, path+".set")
}

func (r Rule) acts() bool {
	return len(r.Set.values()) > 0 || r.Group != nil || r.Pause != 0 || r.Suppress || r.Drop || r.Stop || r.Response != ""
}

func (p *problems) set(s Set, path string) {
	if len(s.Labels) > MaxSetLabels {
		p.add(path+".labels", "has %d labels; a rule may set %d", len(s.Labels), MaxSetLabels)
	}
	for name, value := range s.Labels {
		if name == "" || alert.Line(name) != name || len(name) > maxLabelName {
			p.add(path+".labels", "the name %.40q is not one line of at most %d bytes", name, maxLabelName)
		}
		if value == "" {
			p.add(path+".labels."+name, "is empty; write \"\" as an expression, '\"\"', for an empty label")
		}
	}
	p.word(s.Severity, path+".severity", new(watchbill.Severity), "critical, error, warning or info")
	p.word(s.Urgency, path+".urgency", new(watchbill.Urgency), "high or low")
	p.word(s.Priority, path+".priority", new(alert.Priority), "P1, P2, P3, P4 or P5")
}

// word checks a value that is written as itself.
func (p *problems) word(source, path string, into interface{ UnmarshalText([]byte) error }, words string) {
	if w, ok := Literal(source); ok && (w == "" || into.UnmarshalText([]byte(w)) != nil) {
		p.add(path, "%q is not one of %s", w, words)
	}
}

func (p *problems) limit(l Limit, path string) {
	switch {
	case l == (Limit{}):
	case l.Alerts < 1:
		p.add(path+".alerts", "must be at least 1")
	case l.Per < time.Second || l.Per > 24*time.Hour:
		p.add(path+".per", "must be from 1s to 24h, such as 1m")
	}
}

func (p *problems) pause(d time.Duration, path string) {
	if d < 0 || d > MaxPause {
		p.add(path, "must be at most %v; leave it out to page at once", MaxPause)
	}
}

func (p *problems) group(g *Group, path string) {
	if g == nil {
		return
	}
	if len(g.By) > MaxBy {
		p.add(path+".by", "has %d names; at most %d are allowed", len(g.By), MaxBy)
	}
	for i, name := range g.By {
		if name == "" || slices.Contains(g.By[:i], name) {
			p.add(fmt.Sprintf("%s.by[%d]", path, i), "is empty or named twice; take it out")
		}
	}
	if !(g.Similar >= 0 && g.Similar <= 1) {
		p.add(path+".similar", "must be from 0 to 1, such as 0.8")
	}
	if g.Window < 0 || g.Idle < 0 {
		p.add(path+"."+cmp.Or(map[bool]string{true: "window"}[g.Window < 0], "idle"), "must not be negative")
	}
}

func (p *problems) flapping(f Flapping) {
	switch {
	case f == (Flapping{}):
	case f.Changes < 2:
		p.add("flapping.changes", "must be at least 2")
	case f.Within < time.Second || f.Within > 24*time.Hour:
		p.add("flapping.within", "must be from 1s to 24h, such as 10m")
	}
}

func (p *problems) mapping(h Handling) {
	if _, known := Ready()[h.Ready]; h.Ready != "" && !known {
		p.add("ready", "%q is no ready mapping; there are %s", h.Ready, strings.Join(slices.Sorted(maps.Keys(Ready())), ", "))
	}
	if h.Ready != "" && h.Mapping != nil {
		p.add("mapping", "does not go with ready; choose one")
	}
	if h.Mapping != nil && h.Mapping.Summary == "" && h.Mapping.Key == "" {
		p.add("mapping", "says neither key nor summary, so every body would look alike")
	}
}
