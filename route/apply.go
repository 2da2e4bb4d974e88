package route

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Bounds of what rules make of a signal; what goes beyond is cut, or left out with a note.
const (
	maxText      = 64 << 10 // bytes of a value before it is made to fit
	maxSummary   = 1024     // characters
	maxLabels    = 64
	maxLabelName = 128  // bytes
	maxLabel     = 1024 // characters of a value
	maxID        = 255  // bytes of a service or policy
	maxDetails   = 64 << 10
	maxNotes     = 30
	maxNote      = 300 // characters
)

// Apply puts a signal through the rules and returns what they made of it. Service is that of the source, which a rule
// sees where the signal names none. The slices of the signal are not written to.
//
// Rules apply in order, and each sees what those before it changed; all values of one rule are worked out before any is
// set. A rule whose condition fails to evaluate, or gives something other than true or false, does not apply; a value
// that fails, or is nothing, leaves the field as it was. Either is noted, and never costs the signal.
//
// What a rule sets holds for every signal, so that the key of a resolve is made as that of the trigger was, as long as
// the rule does not depend on what only one of them has. The rest is for signals that trigger: a rule never drops,
// suppresses, holds or downgrades an acknowledgement or a resolve.
func (p *Plan) Apply(s alert.Signal, service watchbill.ServiceID) (alert.Signal, Routed) {
	r := run{s: s, plan: p, triggers: s.Action == alert.Trigger}
	if r.triggers {
		r.routed.Pause, r.routed.Group = p.handling.Pause, p.handling.Group
	}
	if len(p.rules) > 0 {
		r.env = p.env(s, service)
		for i := range p.rules {
			if !r.apply(&p.rules[i]) {
				break
			}
		}
		r.finish()
	}
	r.downgrade()
	return r.s, r.routed
}

// run is one signal on its way through the rules.
type run struct {
	s        alert.Signal
	plan     *Plan
	triggers bool
	env      map[string]any
	labels   map[string]string // that rules set
	routed   Routed
	left     int // notes that there was no room for
	values   []result
}

// result is a value that a rule sets.
type result struct {
	*compiledValue
	text string
}

// env returns what expressions see.
func (p *Plan) env(s alert.Signal, service watchbill.ServiceID) map[string]any {
	labels := make(map[string]string, len(s.Labels)+2)
	for _, l := range s.Labels {
		labels[l.Name] = l.Value
	}
	if s.Service != "" || s.Policy != "" || s.User != "" {
		service = s.Service
	}
	env := map[string]any{
		"labels": labels, "summary": s.Summary, "severity": severity(s.Severity).String(), "priority": "",
		"source": string(s.Source), "service": string(service), "policy": string(s.Policy), "key": string(s.Key),
		"action": s.Action.String(), "starts_at": "", "details": nil, "links": nil,
	}
	if s.Priority != 0 {
		env["priority"] = s.Priority.String()
	}
	if !s.StartsAt.IsZero() {
		env["starts_at"] = s.StartsAt.UTC().Format(time.RFC3339)
	}
	if p.details {
		env["details"] = details(s.Details)
	}
	if p.links {
		env["links"] = links(s.Links)
	}
	return env
}

// severity returns what an unset one counts as.
func severity(s watchbill.Severity) watchbill.Severity {
	if s == watchbill.SeverityUnset {
		return watchbill.SeverityError
	}
	return s
}

// details returns the details as values; an empty map where there are none, so that asking for a field of it is no
// error.
func details(raw json.RawMessage) any {
	if len(raw) > 0 && len(raw) <= maxDetails {
		if v, err := Decode(raw); err == nil && v != nil {
			return v
		}
	}
	return map[string]any{}
}

func links(all []alert.Link) []any {
	list := make([]any, 0, len(all))
	for _, l := range all {
		list = append(list, map[string]any{"text": l.Text, "href": l.Href})
	}
	return list
}

// apply applies one rule, and reports whether those after it are asked.
func (r *run) apply(rule *compiled) bool {
	if rule.when != nil {
		switch holds, err := rule.when.Eval(r.env); {
		case err != nil:
			r.note("rule %s does not apply: its condition fails: %s", rule.ID, reason(err))
			return true
		case holds == nil || holds == false:
			return true
		case holds != true:
			r.note("rule %s does not apply: its condition is neither true nor false", rule.ID)
			return true
		}
	}
	did := r.set(rule)
	if r.triggers {
		did = r.effects(rule, did)
	}
	if len(did) > 0 {
		r.note("rule %s: %s", rule.ID, strings.Join(did, ", "))
	}
	return !rule.Stop && !r.routed.Drop
}

// set works out all values of a rule, then sets them, and says which.
func (r *run) set(rule *compiled) (did []string) {
	r.values = r.values[:0]
	for i := range rule.values {
		v := &rule.values[i]
		text := v.literal
		if v.program != nil {
			made, err := v.program.Eval(r.env)
			if err == nil {
				text, err = Text(made, maxText)
			}
			if err != nil {
				r.note("rule %s: %s is left as it is: %s", rule.ID, v.title(), reason(err))
				continue
			}
			if made == nil {
				continue
			}
		}
		r.values = append(r.values, result{v, text})
	}
	for _, v := range r.values {
		shown, err := r.assign(v)
		switch {
		case err != nil:
			r.note("rule %s: %s is left as it is: %s", rule.ID, v.title(), reason(err))
		case shown != "":
			did = append(did, v.title()+" "+shown)
		}
	}
	return did
}

func (v value) title() string {
	if v.field == fieldLabel {
		return "label " + v.label
	}
	return v.field.name()
}

// effects does what a rule does besides setting values, and says what. The last pause and group count, the first that
// suppresses is named.
func (r *run) effects(rule *compiled, did []string) []string {
	if rule.Response != "" {
		r.routed.Response = rule.Response
		did = append(did, "response "+rule.Response)
	}
	if rule.Group != nil {
		r.routed.Group = rule.Group
		did = append(did, "grouped "+rule.Group.String())
	}
	if rule.Pause > 0 {
		r.routed.Pause = rule.Pause
		did = append(did, fmt.Sprintf("pages if still open after %v", rule.Pause))
	}
	if rule.Suppress && !r.routed.Suppress {
		r.routed.Suppress, r.routed.By = true, rule.ID
		did = append(did, "suppressed: it pages nobody")
	}
	if rule.Drop {
		r.routed.Drop, r.routed.Suppress, r.routed.By = true, false, rule.ID
		did = append(did, "dropped: it opens no alert")
	}
	return did
}

// downgrade lowers an alert that nobody said what to do about. What a rule said of its urgency goes before.
func (r *run) downgrade() {
	if r.triggers && r.plan.handling.Downgrade && r.routed.Response == "" && r.routed.Urgency == nil && !r.routed.Drop {
		low := watchbill.UrgencyLow
		r.routed.Urgency = &low
		r.note("of low urgency: no rule names a response to it")
	}
	if r.left > 0 {
		r.routed.Notes = append(r.routed.Notes, fmt.Sprintf("and %d more notes of rules", r.left))
	}
	if g := r.routed.Group; g != nil && g.none() {
		r.routed.Group = nil
	}
}

func (r *run) note(format string, args ...any) {
	if len(r.routed.Notes) >= maxNotes {
		r.left++
		return
	}
	text, _ := alert.Cut(alert.Line(fmt.Sprintf(format, args...)), maxNote)
	r.routed.Notes = append(r.routed.Notes, text)
}

// finish writes the labels that rules set into the signal.
func (r *run) finish() {
	if len(r.labels) == 0 {
		return
	}
	all := slices.Clone(r.s.Labels)
	for _, name := range sortedKeys(r.labels) {
		l := alert.Label{Name: name, Value: r.labels[name]}
		i := slices.IndexFunc(all, func(l alert.Label) bool { return l.Name == name })
		switch {
		case i >= 0:
			all[i] = l
		case len(all) < maxLabels:
			all = append(all, l)
		default:
			r.note("the label %s is left out: there are %d already", name, maxLabels)
		}
	}
	slices.SortStableFunc(all, func(a, b alert.Label) int { return strings.Compare(a.Name, b.Name) })
	r.s.Labels = all
}
