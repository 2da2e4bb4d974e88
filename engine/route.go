package engine

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

// plans keeps the compiled rules of each source, of the configuration that was asked for last.
type plans struct {
	mu  sync.Mutex
	org *oncall.Org
	of  map[watchbill.SourceID]*route.Plan
}

// Rules returns the compiled rules and the mapping of a source; nil if it has none, or they cannot be compiled here, which is
// logged: then its signals are taken as they are.
func (e *Engine) Rules(org *oncall.Org, id watchbill.SourceID) *route.Plan {
	src, ok := org.SourceByID(id)
	if !ok {
		return nil
	}
	e.plans.mu.Lock()
	defer e.plans.mu.Unlock()
	if e.plans.org != org {
		e.plans.org, e.plans.of = org, map[watchbill.SourceID]*route.Plan{}
	}
	plan, known := e.plans.of[id]
	if known {
		return plan
	}
	plan, err := route.Compile(src.Handling, e.cfg.Compile)
	if err != nil {
		e.log.Error("the rules of a source cannot be compiled; its signals are taken as they are", "source", id, "error", err)
		plan = nil
	}
	e.plans.of[id] = plan
	return plan
}

// route lets the rules of its source change a signal. A service or policy that they name and that does not exist is left
// aside, and noted: better paged in the wrong place than not at all.
func (w *work) route(s alert.Signal) incoming {
	if src, ok := w.org.SourceByID(s.Source); ok {
		s = from(src, s)
	}
	plan := w.e.Rules(w.org, s.Source)
	if plan == nil {
		return incoming{signal: s}
	}
	next, routed := plan.Apply(s, s.Service)
	if !known(w.org, next) {
		next.Notes = append(slices.Clip(next.Notes), "rules: the service or policy that they name does not exist; where it goes stays as it was")
		next.Service, next.Policy, next.User = s.Service, s.Policy, s.User
	}
	next.Notes = append(slices.Clip(next.Notes), routed.Notes...)
	return incoming{next, routed}
}

// customerLabel says whose systems a source watches, on every alert of it.
const customerLabel = "customer"

// from fills in what the source says of all its signals: its service, where a signal is for nothing in particular, and its
// customer.
func from(src catalog.Source, s alert.Signal) alert.Signal {
	if s.Service == "" && s.Policy == "" && s.User == "" {
		s.Service = src.Service
	}
	named := slices.ContainsFunc(s.Labels, func(l alert.Label) bool { return l.Name == customerLabel })
	if src.Customer != "" && !named {
		s.Labels = append(slices.Clip(s.Labels), alert.Label{Name: customerLabel, Value: string(src.Customer)})
		slices.SortStableFunc(s.Labels, func(a, b alert.Label) int { return strings.Compare(a.Name, b.Name) })
	}
	return s
}

// limits counts how many alerts each source has opened lately, by this engine.
type limits struct {
	mu sync.Mutex
	of map[watchbill.SourceID]*window
}

// window is so many since an instant.
type window struct {
	from  time.Time
	count int
}

// allowed counts an alert that a source would open, and reports whether its limit has room for it. A transaction that is
// repeated counts it again: limits are to keep floods out, not to be exact.
func (e *Engine) allowed(org *oncall.Org, id watchbill.SourceID, now time.Time) bool {
	src, ok := org.SourceByID(id)
	limit := src.Handling.Limit
	if !ok || limit.Alerts <= 0 || limit.Per <= 0 {
		return true
	}
	e.limits.mu.Lock()
	defer e.limits.mu.Unlock()
	v := e.limits.of[id]
	if v == nil || now.Sub(v.from) >= limit.Per || now.Before(v.from) {
		if v == nil && e.limits.of == nil {
			e.limits.of = map[watchbill.SourceID]*window{}
		}
		v = &window{from: now}
		e.limits.of[id] = v
	}
	v.count++
	return v.count <= limit.Alerts
}
