package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// Proposal is a roster as people read it, and as it goes into a configuration. It changes nothing by itself.
type Proposal struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to"`
	Slots    []Turn               `json:"slots"`
	People   []Share              `json:"people"`
	Unfilled []Unfilled           `json:"unfilled"` // slots that nobody can have, and why
	Split    []string             `json:"split"`    // of swaps: turns that several people have a part of, which stay as they are

	Cost          watchbill.Duration `json:"cost"`           // how far loads are from fair, added up, and what goes against wishes
	Bound         watchbill.Duration `json:"bound"`          // what no roster can be below
	BoundUnfilled int                `json:"bound_unfilled"` // and how many slots nobody can fill in any roster
	Gap           report.Percent     `json:"gap_percent"`    // of the cost, what a better roster could save at most, rounded up
	Proven        bool               `json:"proven"`         // there is no better roster
	Was           watchbill.Duration `json:"was,omitempty"`  // of swaps: the cost without them

	Temporary *schedule.Temporary `json:"temporary,omitempty"` // of a new roster
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

// Propose plans the window anew, whatever the schedule says of it now. The proposal's Temporary schedule replaces all
// layers in the window.
func Propose(t Task, o Options) (Proposal, error) {
	p, err := New(t)
	if err != nil {
		return Proposal{}, err
	}
	r, err := Solve(p.Problem, o)
	if err != nil {
		return Proposal{}, err
	}
	out := p.tell(p.Problem, r)
	out.Temporary = p.temporary(r.Owners)
	return out, nil
}

// ProposeSwaps keeps the schedule as it is but for turns that break a constraint, and for up to so many swaps and
// hand-overs that make it fairer. The proposal's Overrides carry them out.
func ProposeSwaps(t Task, most int, o Options) (Proposal, error) {
	p, err := New(t)
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
	out.Overrides = overrides(problem, changes)
	for k, split := range p.split {
		if split {
			out.Split = append(out.Split, p.Slots[k].Name)
		}
	}
	return out, nil
}

func (p Planned) tell(problem Problem, r Result) Proposal {
	out := Proposal{Schedule: p.Task.Spec.ID, From: p.Task.Window.From, To: p.Task.Window.To, Slots: []Turn{}, People: []Share{},
		Unfilled: append([]Unfilled{}, r.Unfilled...), Split: []string{}, Cost: watchbill.Duration(r.Cost.Time),
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

// temporary joins seats, and turns of the same people that follow one another.
func (p Planned) temporary(owners []int) *schedule.Temporary {
	from, to := p.Task.Window.From.In(p.builder.zone), p.Task.Window.To.In(p.builder.zone)
	t := &schedule.Temporary{ID: schedule.LayerID("roster-" + from.Format("2006-01-02")), From: moment(from), To: moment(to),
		Shifts: []schedule.Placed{}}
	var end time.Time
	for k := 0; k < len(p.Slots); {
		s := p.Slots[k]
		var users []watchbill.UserID
		for ; k < len(p.Slots) && p.Slots[k].Turn == s.Turn; k++ {
			if owners[k] != Nobody {
				users = append(users, p.user(owners[k]))
			}
		}
		slices.Sort(users)
		for _, h := range s.Hours {
			last := len(t.Shifts) - 1
			switch {
			case len(users) == 0:
			case last >= 0 && end.Equal(h.Start) && slices.Equal(t.Shifts[last].Users, users):
				t.Shifts[last].To, end = moment(h.End), h.End
			default:
				t.Shifts = append(t.Shifts, schedule.Placed{From: moment(h.Start), To: moment(h.End), Users: users})
				end = h.End
			}
		}
	}
	return t
}

// moment writes an instant as its zone's wall clock reads, or with an offset where that would mean another instant.
func moment(t time.Time) calendar.Moment {
	if civil := calendar.CivilOf(t); calendar.FirstAt(t.Location(), civil).Equal(t) {
		return calendar.CivilMoment(civil)
	}
	return calendar.InstantMoment(t)
}

func overrides(p Problem, changes []Change) []schedule.Override {
	list := []schedule.Override{}
	for _, c := range changes {
		if c.To == "" { // whoever has it keeps it: better than nobody
			continue
		}
		for n, h := range p.Slots[c.Index].Hours {
			id := "roster-" + strings.ReplaceAll(c.Slot, " ", "-")
			if n > 0 {
				id += fmt.Sprintf("-%d", n+1)
			}
			list = append(list, schedule.Override{ID: schedule.OverrideID(id), From: moment(h.Start), To: moment(h.End),
				User: c.To, Replaces: c.From, By: "roster", Reason: c.Reason})
		}
	}
	return list
}

// YAML returns what to put into the schedule in the configuration, under a comment that says how good it is.
func (p Proposal) YAML() []byte {
	var b strings.Builder
	for _, line := range p.Words() {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	switch {
	case p.Temporary != nil:
		t := p.Temporary
		fmt.Fprintf(&b, "temporary:\n  - id: %s\n    from: %s\n    to: %s\n    shifts:\n", t.ID, t.From, t.To)
		for _, s := range t.Shifts {
			fmt.Fprintf(&b, "      - {from: %s, to: %s, users: [%s]}\n", quoted(s.From.String()), quoted(s.To.String()), join(s.Users))
		}
		if len(t.Shifts) == 0 {
			b.WriteString("      []\n")
		}
	case len(p.Overrides) > 0:
		b.WriteString("overrides:\n")
		for _, o := range p.Overrides {
			fmt.Fprintf(&b, "  - {id: %s, from: %s, to: %s, user: %s", quoted(string(o.ID)), quoted(o.From.String()), quoted(o.To.String()),
				quoted(string(o.User)))
			if o.Replaces != "" {
				fmt.Fprintf(&b, ", replaces: %s", quoted(string(o.Replaces)))
			}
			fmt.Fprintf(&b, ", reason: %s}\n", quoted(o.Reason))
		}
	}
	return []byte(b.String())
}

// Words say in short lines how good the proposal is, and what it could not do.
func (p Proposal) Words() []string {
	lines := []string{fmt.Sprintf("%s, %s to %s: %d slots", p.Schedule, p.From.Format("2006-01-02 15:04"),
		p.To.Format("2006-01-02 15:04 MST"), len(p.Slots))}
	for _, s := range p.People {
		lines = append(lines, fmt.Sprintf("%s: turns %d, load %v, fair would be %v", s.User, s.Turns, minutes(s.Load), minutes(s.Fair)))
	}
	lines = append(lines, p.quality())
	for _, c := range p.Changes {
		lines = append(lines, fmt.Sprintf("%s: %s instead of %s: %s", c.Slot, orNobody(c.To), orNobody(c.From), c.Reason))
	}
	for _, s := range p.Split {
		lines = append(lines, fmt.Sprintf("%s: several people have a part of it; it stays as it is", s))
	}
	for _, u := range p.Unfilled {
		lines = append(lines, fmt.Sprintf("NOT FILLED: %s", u.Slot))
		for _, r := range u.Reasons {
			lines = append(lines, fmt.Sprintf("  %s %s", r.User, r.Reason))
		}
	}
	for i := range lines {
		lines[i] = strings.Map(func(r rune) rune { return max(r, ' ') }, lines[i])
	}
	return lines
}

func orNobody(u watchbill.UserID) string { return string(cmp.Or(u, "nobody")) }

func (p Proposal) quality() string {
	switch {
	case p.Proven:
		return fmt.Sprintf("cost %v; no roster is better", minutes(p.Cost))
	case len(p.Unfilled) > p.BoundUnfilled:
		return fmt.Sprintf("cost %v; up to %d more slots might be filled", minutes(p.Cost), len(p.Unfilled)-p.BoundUnfilled)
	}
	return fmt.Sprintf("cost %v; no roster is below %v: at most %v %% could be saved", minutes(p.Cost), minutes(p.Bound), p.Gap)
}

// minutes is for reading; JSON is exact.
func minutes(d watchbill.Duration) time.Duration { return time.Duration(d).Round(time.Minute) }

func join(users []watchbill.UserID) string {
	var list []string
	for _, u := range users {
		list = append(list, quoted(string(u)))
	}
	return strings.Join(list, ", ")
}

// quoted returns a text as YAML reads it back, plain where it can be.
func quoted(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	odd := strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) >= 0
	if odd || text == "" || strings.EqualFold(text, "null") || !plain(rune(text[0])) || strings.ContainsRune("-.", rune(text[0])) {
		return fmt.Sprintf("%q", text)
	}
	return text
}
