package replay

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/store"
)

// Result is what was, beside what would have been.
type Result struct {
	Against     string       `json:"against"` // what was tried, in words
	Same        bool         `json:"same"`    // all that was asked for came to what was recorded, and nothing else did
	Alerts      []Pair       `json:"alerts"`  // that were asked for, in the order in which they were opened
	Recorded    Totals       `json:"recorded"`
	Replayed    Totals       `json:"replayed"`
	Assumptions []Assumption `json:"assumptions"`
	Gaps        []Gap        `json:"gaps,omitempty"` // what the record does not suffice for
}

// Pair is one alert, as it was and as it would have been.
type Pair struct {
	Alert    watchbill.AlertID   `json:"alert,omitempty"` // in the record; empty: only the replay has it
	Key      alert.DedupKey      `json:"key"`
	Source   watchbill.SourceID  `json:"source"`
	Service  watchbill.ServiceID `json:"service,omitempty"` // in the record
	Summary  string              `json:"summary"`
	OpenedAt time.Time           `json:"opened_at"`
	Recorded *Outcome            `json:"recorded,omitempty"` // nil: the record has no such alert
	Replayed *Outcome            `json:"replayed,omitempty"` // nil: the replay has no such alert; Why says why
	Why      string              `json:"why,omitempty"`
	Same     bool                `json:"same"`
}

// AssumptionKind says what an assumption is about.
type AssumptionKind string

// The kinds.
const (
	Played   AssumptionKind = "played"   // a recorded act was done
	LeftOut  AssumptionKind = "left_out" // a recorded act made no sense, or had no occasion
	Assumed  AssumptionKind = "assumed"  // what the record cannot tell
	Provided AssumptionKind = "provider" // what a provider did
	General  AssumptionKind = "general"  // about all alerts
)

// Assumption is one thing that a replay takes for granted.
type Assumption struct {
	Kind  AssumptionKind    `json:"kind"`
	Alert watchbill.AlertID `json:"alert,omitempty"`
	User  watchbill.UserID  `json:"user,omitempty"`
	Text  string            `json:"text"`
}

// Gap is something that the record does not suffice for.
type Gap struct {
	Alert watchbill.AlertID `json:"alert,omitempty"`
	Text  string            `json:"text"`
}

// Replay plays back what a store tells. The error is [ErrNone] if there is nothing to play, [store.ErrNotFound] for an incident
// that does not exist, that of [oncall.New] for a configuration that is not valid, or the store's.
func Replay(ctx context.Context, s store.Store, q Question) (Result, error) {
	r, err := read(ctx, s, q)
	if err != nil {
		return Result{Gaps: gapsOf(r)}, err
	}
	st := newStage(r, q.Assume)
	start, end := st.span()
	all, err := configs(ctx, s, q, start, end)
	if err != nil {
		return Result{Gaps: r.gaps}, err
	}
	if _, err := sim.Run(st.scenario(all, q)); err != nil {
		return Result{Gaps: r.gaps}, err
	}
	result := st.result(all)
	result.Against = "the configuration that was in force"
	if q.Org != nil {
		result.Against = "another configuration"
	}
	return result, nil
}

func gapsOf(r *record) []Gap {
	if r == nil {
		return nil
	}
	return r.gaps
}

func (st *stage) result(configs []inForce) Result {
	result := Result{Same: true, Gaps: st.record.gaps, Assumptions: append([]Assumption{}, st.record.declared...)}
	for _, a := range st.record.alerts {
		if !a.chosen {
			continue
		}
		recorded := outcomeOf(a.entries)
		p := Pair{Alert: a.Alert.ID, Key: a.Alert.Key, Source: a.Alert.Source, Service: a.Alert.Service, Summary: a.Alert.Summary,
			OpenedAt: a.opened(), Recorded: &recorded}
		if run := st.of[a.Alert.ID]; run != nil {
			replayed := outcomeOf(run.entries)
			p.Replayed, p.Same = &replayed, recorded.like(replayed)
			result.Assumptions = append(result.Assumptions, run.assumptions()...)
		} else {
			p.Why = st.missing(a, configs[0].config)
		}
		result.add(p)
	}
	for _, run := range st.order {
		if run.told != nil || !st.related(run) {
			continue
		}
		replayed := outcomeOf(run.entries)
		result.add(Pair{Key: run.alert.Key, Source: run.alert.Source, Service: run.alert.Service, Summary: run.alert.Summary, OpenedAt: run.alert.OpenedAt,
			Replayed: &replayed, Why: "the record has no such alert: its signals belonged to one that was still open"})
		result.Assumptions = append(result.Assumptions, run.assumptions()...)
	}
	result.Assumptions = append(result.Assumptions, st.general(configs)...)
	return result
}

func (r *Result) add(p Pair) {
	r.Alerts = append(r.Alerts, p)
	r.Same = r.Same && p.Same
	r.Recorded.count(p.Recorded)
	r.Replayed.count(p.Replayed)
}

// related reports whether an alert that the record does not have is about the same as one that was asked for.
func (st *stage) related(r *run) bool {
	ref := alert.Ref{Source: r.alert.Source, Key: r.alert.Key}
	return slices.ContainsFunc(st.record.alerts, func(a *recorded) bool { return a.chosen && a.Ref() == ref })
}

// missing says why the replay has no such alert.
func (st *stage) missing(a *recorded, c oncall.Config) string {
	for _, r := range slices.Backward(st.order) {
		over := r.alert.ResolvedAt
		if r.alert.Source == a.Alert.Source && r.alert.Key == a.Alert.Key && r.alert.OpenedAt.Before(a.opened()) && (over.IsZero() || over.After(a.opened())) {
			return fmt.Sprintf("its signals belong to the alert of the same key that was opened at %s, which is still open in the replay",
				r.alert.OpenedAt.Format(time.RFC3339))
		}
	}
	signal := a.latest()
	if signal.Service != "" && !slices.ContainsFunc(c.Catalog.Services, func(s catalog.Service) bool { return s.ID == signal.Service }) {
		return fmt.Sprintf("its signal is refused: there is no service %q", signal.Service)
	}
	if signal.Policy != "" && !slices.ContainsFunc(c.Policies, func(p escalation.Policy) bool { return p.ID == signal.Policy }) {
		return fmt.Sprintf("its signal is refused: there is no policy %q", signal.Policy)
	}
	if signal.User != "" && !slices.ContainsFunc(c.Catalog.Users, func(u catalog.User) bool { return u.ID == signal.User }) {
		return fmt.Sprintf("its signal is refused: there is no user %q", signal.User)
	}
	return "its signal opens no alert: a rule of its source drops it, the source's limit is reached, or it began before one that is resolved"
}

// assumptions lists what was taken for granted of one alert.
func (r *run) assumptions() []Assumption {
	all := r.notes
	r.notes = nil
	for _, p := range r.parts {
		if p.guessed {
			continue
		}
		switch {
		case p.progress == played && p.instead != "":
			r.note(p.instead, Played, "%s %s %s, as %s did then, who had acknowledged it", p.instead, p.verb(), p.when(), p.by)
		case p.progress == played:
			r.note(p.by, Played, "%s %s %s, as recorded", p.by, p.verb(), p.when())
		default:
			r.note(p.by, LeftOut, "%s %s %s: left out, since %s", p.by, p.verb(), p.when(), r.why(p))
		}
	}
	return append(r.notes, all...)
}

// why says why an act was not played.
func (r *run) why(p *part) string {
	switch {
	case p.why != "":
		return p.why
	case p.progress == armed:
		return "the replay ends before"
	case p.from == onAck:
		return "nobody acknowledges it"
	case (p.from == onPage || p.from == onSend) && !r.first[p.by]:
		return string(p.by) + " is not paged for it"
	case p.from == onPage || p.from == onSend:
		return string(p.by) + " is not paged for it again"
	}
	return "it follows what is left out"
}

// general lists what is taken for granted of all alerts.
func (st *stage) general(configs []inForce) (all []Assumption) {
	say := func(format string, args ...any) {
		all = append(all, Assumption{Kind: General, Text: fmt.Sprintf(format, args...)})
	}
	start, end := st.span()
	if st.open() {
		say("an alert is open at the end of the record, so the replay ends there too, at %s", end.Format(time.RFC3339))
	} else {
		say("the replay goes on for %s after the last thing that was recorded, at %s", rest, end.Format(time.RFC3339))
	}
	if st.record.older && remembers(configs) {
		say("policies take turns, or spare those who were woken: what happened before %s does not count", start.Format(time.RFC3339))
	}
	if slices.ContainsFunc(st.record.alerts, func(a *recorded) bool {
		return slices.ContainsFunc(a.heard, func(h episode.Heard) bool { return h.Times > 1 }) || a.Repeats > 1
	}) {
		say("signals that changed nothing came at unknown instants, but for the last of each row; they are spread evenly")
	}
	return all
}

// remembers reports whether any policy looks at what happened before.
func remembers(configs []inForce) bool {
	return slices.ContainsFunc(configs, func(c inForce) bool {
		return slices.ContainsFunc(c.config.Policies, func(p escalation.Policy) bool {
			turns := slices.ContainsFunc(p.Levels, func(l escalation.Level) bool { return l.Mode == escalation.RoundRobin })
			return turns || p.Rest.After > 0
		})
	})
}
