package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// temporary is the roster as a temporary schedule.
func (p Planned) temporary(owners []int) *schedule.Temporary {
	zone := p.builder.Schedule.Zone()
	from, to := p.Task.Window.From.In(zone), p.Task.Window.To.In(zone)
	return &schedule.Temporary{ID: schedule.LayerID("roster-" + from.Format("2006-01-02")), From: moment(from), To: moment(to),
		Shifts: p.placed(owners, zone, nil)}
}

// above is the roster as a layer.
func (p Planned) above(owners []int) *Above {
	t := p.builder.target
	a := &Above{Over: t.layer.ID, Layer: schedule.Layer{ID: t.layer.ID + planned + schedule.LayerID(p.Task.Window.From.In(t.zone).Format("2006-01-02")),
		Timezone: t.layer.Timezone, Shifts: p.placed(owners, t.zone, p.builder.others)}}
	if t.isSite {
		a.Over = ""
	}
	if t.version >= 0 {
		a.Version = p.Task.Spec.Versions[t.version].EffectiveFrom
	}
	return a
}

// placed joins seats, and turns of the same people that follow one another. What of a turn is left goes to those who are
// on call in the other layers, so that what the proposal hides does not show through.
func (p Planned) placed(owners []int, zone *time.Location, others *schedule.Schedule) []schedule.Placed {
	list := []schedule.Placed{}
	var ends []time.Time
	for k := 0; k < len(p.Slots); {
		var shifts []schedule.Shift
		shifts, k = p.turnAt(owners, k, others)
		for _, s := range shifts {
			from, to := moment(s.Start.In(zone)), moment(s.End.In(zone))
			last := len(list) - 1
			if last >= 0 && ends[last].Equal(s.Start) && slices.Equal(list[last].Users, s.Users) {
				list[last].To, ends[last] = to, s.End
				continue
			}
			list, ends = append(list, schedule.Placed{From: from, To: to, Users: s.Users}), append(ends, s.End)
		}
	}
	return list
}

// turnAt returns the shifts of the turn that a slot is the first of, and the first slot of the next.
func (p Planned) turnAt(owners []int, first int, others *schedule.Schedule) (shifts []schedule.Shift, next int) {
	turn, rest := p.Slots[first].Turn, p.Slots[first].Hours
	for next = first; next < len(p.Slots) && p.Slots[next].Turn == turn; next++ {
		if owners[next] == Nobody {
			continue
		}
		user := p.user(owners[next])
		hours := p.builder.hoursOf(user, next, p.Slots[next])
		rest = minus(rest, hours)
		for _, h := range hours {
			shifts = addTo(shifts, schedule.Shift{Start: h.Start, End: h.End, Users: []watchbill.UserID{user}})
		}
	}
	for _, h := range rest {
		if others == nil {
			break
		}
		for _, s := range others.Shifts(h.Start, h.End) {
			shifts = append(shifts, schedule.Shift{Start: s.Start, End: s.End, Users: s.Users})
		}
	}
	slices.SortStableFunc(shifts, func(a, b schedule.Shift) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return shifts, next
}

// addTo adds a shift, or its person to one of the same hours.
func addTo(list []schedule.Shift, s schedule.Shift) []schedule.Shift {
	for i := range list {
		if list[i].Start.Equal(s.Start) && list[i].End.Equal(s.End) {
			list[i].Users = append(list[i].Users, s.Users...)
			slices.Sort(list[i].Users)
			return list
		}
	}
	return append(list, s)
}

// moment writes an instant as its zone's wall clock reads, or with an offset where that would mean another instant.
func moment(t time.Time) calendar.Moment {
	if civil := calendar.CivilOf(t); calendar.FirstAt(t.Location(), civil).Equal(t) {
		return calendar.CivilMoment(civil)
	}
	return calendar.InstantMoment(t)
}

// overrides carry the changes out. A seat that nobody had is added to those of the others.
func (p Planned) overrides(problem Problem, changes []Change) []schedule.Override {
	list := []schedule.Override{}
	zone := p.builder.Schedule.Zone()
	for _, c := range changes {
		if c.To == "" { // whoever has it keeps it: better than nobody
			continue
		}
		for n, h := range problem.Slots[c.Index].Hours {
			id := "roster-" + strings.ReplaceAll(c.Slot, " ", "-")
			if !p.builder.target.only {
				id = string(p.builder.target.layer.ID) + "-" + id
			}
			if n > 0 {
				id += fmt.Sprintf("-%d", n+1)
			}
			o := schedule.Override{ID: schedule.OverrideID(id), From: moment(h.Start.In(zone)), To: moment(h.End.In(zone)), By: "roster", Reason: c.Reason}
			if c.From == "" && (p.builder.rules.Seats > 1 || p.builder.Spec.Combine == schedule.Union) {
				o.Add = c.To
			} else {
				o.User, o.Replaces = c.To, c.From
			}
			list = append(list, o)
		}
	}
	return list
}

// Apply returns a schedule with the proposal in place: what it was made from, or what has become of that since.
func (p Proposal) Apply(spec schedule.Spec) schedule.Spec {
	switch {
	case p.Temporary != nil:
		spec.Temporary = append(slices.Clone(spec.Temporary), *p.Temporary)
	case p.Above == nil:
		spec.Overrides = append(slices.Clone(spec.Overrides), p.Overrides...)
	case p.Above.Version.IsZero():
		spec.Layers = p.Above.put(spec.Layers)
	default:
		spec.Versions = slices.Clone(spec.Versions)
		for i, v := range spec.Versions {
			if v.EffectiveFrom == p.Above.Version {
				spec.Versions[i].Layers = p.Above.put(v.Layers)
			}
		}
	}
	return spec
}

func (a *Above) put(layers []schedule.Layer) []schedule.Layer {
	at := 0
	if a.Over != "" {
		at = layerAt(layers, a.Over) + 1
	}
	if len(a.Layer.Shifts) == 0 { // a layer needs some; without any it would change nothing
		return layers
	}
	return slices.Insert(slices.Clone(layers), at, a.Layer)
}

// check makes the schedule with the proposal in place, and compares what it says with what it said, and with the
// proposal.
func (p Planned) check(out *Proposal, problem Problem, owners []int) error {
	b := p.builder
	s, err := b.compile(out.Apply(b.Spec))
	if err != nil {
		return fmt.Errorf("%w: the proposal cannot be put in place; is it there already?", err)
	}
	zone := s.Zone()
	was := b.Schedule.Gaps(out.From, out.To)
	for _, i := range minus(s.Gaps(out.From, out.To), was) {
		out.Uncovered = append(out.Uncovered, schedule.Interval{Start: i.Start.In(zone), End: i.End.In(zone)})
	}
	for k, slot := range problem.Slots {
		hours, user := slot.Hours, problem.user(owners[k])
		if user != "" {
			hours = b.hoursOf(user, p.index(slot.Name), slot)
		}
		for _, h := range hours {
			p.compare(out, s, slot, user, h)
		}
	}
	return nil
}

// index finds a slot by its name.
func (p Planned) index(name string) int {
	return slices.IndexFunc(p.Slots, func(s Slot) bool { return s.Name == name })
}

// compare notes where others are on call in an interval than a slot's owner, and for a slot of nobody, who is.
func (p Planned) compare(out *Proposal, s *schedule.Schedule, slot Slot, user watchbill.UserID, h schedule.Interval) {
	if user == "" && p.builder.rules.Seats > 1 {
		return
	}
	for _, shift := range s.Shifts(h.Start, h.End) {
		if user != "" && slices.Contains(shift.Users, user) || user == "" && len(shift.Users) == 0 {
			continue
		}
		o := Otherwise{schedule.Interval{Start: shift.Start, End: shift.End}, slot.Name, user, shift.Users, p.whence(shift.Parts[0])}
		if last := len(out.Otherwise) - 1; last >= 0 && out.Otherwise[last].Slot == slot.Name && out.Otherwise[last].End.Equal(o.Start) &&
			slices.Equal(out.Otherwise[last].Users, o.Users) && out.Otherwise[last].Why == o.Why {
			out.Otherwise[last].End = o.End
			continue
		}
		out.Otherwise = append(out.Otherwise, o)
	}
}

// whence says where somebody comes from who has what a proposal gives to another.
func (p Planned) whence(part schedule.Part) string {
	switch {
	case part.Override != "":
		return fmt.Sprintf("override %s stands above it", part.Override)
	case part.Layer == p.builder.target.layer.ID:
		return "the layer as it stands has them"
	}
	return fmt.Sprintf("%s has them", part.Layer)
}

// notes say where the turns begin and end, if that is not where it was asked for.
func (p Planned) notes() []string {
	notes := []string{}
	zone := p.builder.target.zone
	if w, asked := p.Task.Window, p.asked; !w.From.Equal(asked.From) {
		notes = append(notes, fmt.Sprintf("begins at the hand-off %s; until then the plan stays", w.From.In(zone).Format(minute)))
	}
	switch w, asked := p.Task.Window, p.asked; {
	case w.To.After(asked.To):
		notes = append(notes, fmt.Sprintf("ends at the hand-off %s, with a whole turn", w.To.In(zone).Format(minute)))
	case w.To.Before(asked.To):
		notes = append(notes, fmt.Sprintf("ends at %s, with the last turn there is", w.To.In(zone).Format(minute)))
	}
	if len(p.builder.own) > 0 && !p.builder.target.only && !p.builder.whole {
		notes = append(notes, "what people with hours of their own leave of a turn goes to those whom the other layers have now")
	}
	return notes
}
