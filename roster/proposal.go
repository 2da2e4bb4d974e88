package roster

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// Proposal is a roster as people read it, and as it goes into a configuration. It changes nothing by itself.
type Proposal struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	Layer    schedule.LayerID     `json:"layer"` // that is planned: a layer or a site
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to"`
	Slots    []Turn               `json:"slots"`
	People   []Share              `json:"people"`
	Unfilled []Unfilled           `json:"unfilled"` // slots that nobody can have, and why
	Split    []string             `json:"split"`    // of swaps: turns that several people have a part of, which stay as they are
	Unmet    []UnmetWish          `json:"wishes_unmet"`
	Notes    []string             `json:"notes"` // what is not as it was asked for: where turns begin and end

	Uncovered []schedule.Interval `json:"uncovered"` // somebody is on call then, and would not be with the proposal in place
	Otherwise []Otherwise         `json:"otherwise"` // where others are on call with it than it says

	Cost          watchbill.Duration `json:"cost"`           // how far loads are from fair, added up, and what goes against wishes
	Bound         watchbill.Duration `json:"bound"`          // what no roster can be below
	BoundUnfilled int                `json:"bound_unfilled"` // and how many slots nobody can fill in any roster
	Gap           report.Percent     `json:"gap_percent"`    // of the cost, what a better roster could save at most, rounded up
	Proven        bool               `json:"proven"`         // there is no better roster
	Was           watchbill.Duration `json:"was,omitempty"`  // of swaps: the cost without them

	Temporary *schedule.Temporary `json:"temporary,omitempty"` // of a new roster for the only layer there is
	Above     *Above              `json:"above,omitempty"`     // of a new roster for one of several
	Changes   []Change            `json:"changes,omitempty"`   // of swaps
	Overrides []schedule.Override `json:"overrides,omitempty"` // of swaps
}

// Turn is one slot of a proposal.
type Turn struct {
	Name string             `json:"name"`
	From time.Time          `json:"from"`
	To   time.Time          `json:"to"`
	User watchbill.UserID   `json:"user"` // empty: nobody
	Load watchbill.Duration `json:"load"` // for that person
}

// Share is what one person gets.
type Share struct {
	User    watchbill.UserID   `json:"user"`
	Turns   int                `json:"turns"`
	Load    watchbill.Duration `json:"load"`
	Fair    watchbill.Duration `json:"fair"`    // with what is carried over taken off; may be negative
	Against watchbill.Duration `json:"against"` // of the cost, what goes against wishes, in these turns
}

// Above is a layer that carries a proposal out: it hides the planned one where it has shifts, and nothing else.
type Above struct {
	Layer   schedule.Layer   `json:"layer"`
	Over    schedule.LayerID `json:"over,omitempty"`          // the layer right before it in the list; empty: it comes first, above the sites
	Version calendar.Moment  `json:"effective_from,omitzero"` // of the version whose layers it goes into; zero: the schedule's own
}

// Otherwise is a time in which others are on call than a proposal says: an override stands above it, say.
type Otherwise struct {
	schedule.Interval
	Slot  string             `json:"slot"`
	User  watchbill.UserID   `json:"user"` // who has the slot; empty: nobody
	Users []watchbill.UserID `json:"users"`
	Why   string             `json:"why"` // where they come from
}

// Propose plans a layer anew in the window, whatever the schedule says of it now. If it is the only one, the proposal's
// Temporary replaces it; else Above hides it, and all other layers stay as they are.
func Propose(t Task, o Options) (Proposal, error) {
	p, err := newPlanned(t, false)
	if err != nil {
		return Proposal{}, err
	}
	b := p.builder
	if !b.target.only && b.Spec.Combine == schedule.Union {
		return Proposal{}, fmt.Errorf("roster: in schedule %q all layers are on call at once, so none can hide %s; ask for swaps, which replace people",
			b.Spec.ID, b.target.layer.ID)
	}
	r, err := Solve(p.Problem, o)
	if err != nil {
		return Proposal{}, err
	}
	out := p.tell(p.Problem, r)
	if b.target.only {
		out.Temporary = p.temporary(r.Owners)
	} else {
		out.Above = p.above(r.Owners)
	}
	return out, p.check(&out, p.Problem, r.Owners)
}

// ProposeSwaps keeps the layer as it is but for turns that break a constraint, and for up to so many swaps and hand-overs
// that make it fairer. The proposal's Overrides carry them out. Turns go only to people who are there for all of them.
func ProposeSwaps(t Task, most int, o Options) (Proposal, error) {
	p, err := newPlanned(t, true)
	if err != nil {
		return Proposal{}, err
	}
	problem, owners := p.asIs()
	changes, r, err := Swaps(problem, owners, most, o)
	if err != nil {
		return Proposal{}, err
	}
	out := p.tell(problem, r)
	out.Changes, out.Was = changes, watchbill.Duration(problem.Cost(owners).Time)
	out.Overrides = p.overrides(problem, changes)
	for k, split := range p.split {
		if split {
			out.Split = append(out.Split, p.Slots[k].Name)
		}
	}
	now := slices.Clone(r.Owners)
	for _, c := range changes {
		if c.To == "" { // whoever has it keeps it
			now[c.Index] = owners[c.Index]
		}
	}
	return out, p.check(&out, problem, now)
}

func (p Planned) tell(problem Problem, r Result) Proposal {
	zone := p.builder.target.zone
	out := Proposal{Schedule: p.Task.Spec.ID, Layer: p.builder.target.layer.ID, From: p.Task.Window.From.In(zone), To: p.Task.Window.To.In(zone),
		Slots: []Turn{}, People: []Share{}, Unmet: p.unmet(problem, r.Owners), Notes: p.notes(), Uncovered: []schedule.Interval{},
		Otherwise: []Otherwise{}, Unfilled: append([]Unfilled{}, r.Unfilled...), Split: []string{}, Cost: watchbill.Duration(r.Cost.Time),
		Bound: watchbill.Duration(r.Bound.Time), BoundUnfilled: r.Bound.Unfilled, Gap: r.Gap, Proven: r.Proven}
	for _, c := range problem.People {
		out.People = append(out.People, Share{User: c.User, Fair: watchbill.Duration(c.Target)})
	}
	for k, o := range r.Owners {
		s := problem.Slots[k]
		turn := Turn{Name: s.Name, From: s.Turn.Start, To: s.Turn.End, User: problem.user(o)}
		if o != Nobody {
			share := &out.People[o]
			turn.Load = watchbill.Duration(problem.People[o].Loads[k])
			share.Turns++
			share.Load += turn.Load
			share.Against += watchbill.Duration(problem.People[o].Costs[k])
		}
		out.Slots = append(out.Slots, turn)
	}
	return out
}
