package verify

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
)

// The two states of support hours, as sets of a line.
const (
	outsideHours int32 = iota
	duringHours
)

// hoursLine is support hours over a window.
func (w *world) hoursLine(h *catalog.SupportHours) *line {
	l := &line{end: w.tail}
	for t := w.from; t < w.tail; {
		during, until := h.At(t.in(time.UTC))
		state := outsideHours
		if during {
			state = duringHours
		}
		l.at, l.set = append(l.at, t), append(l.set, state)
		if until.IsZero() || microsOf(until) <= t {
			break
		}
		t = microsOf(until)
	}
	return l
}

// conditions returns the support hours that decide which levels of a policy are asked.
func (w *world) conditions(p escalation.Policy) []*line {
	var ids []string
	for _, l := range p.Levels {
		for _, id := range []string{l.When.Hours, l.When.Outside} {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	var lines []*line
	for _, id := range ids {
		if h, ok := w.org.SupportHours(id); ok {
			lines = append(lines, w.hoursLine(h))
		}
	}
	return lines
}

// timed reports whether the hours decide which levels of a policy are asked.
func timed(p escalation.Policy) bool {
	return slices.ContainsFunc(p.Levels, func(l escalation.Level) bool { return l.When.Hours != "" || l.When.Outside != "" })
}

// openAt returns which levels are asked for an alert of a severity, and whether it waits and reaches nobody before: at a level
// that waits, before any that has somebody, or because all are skipped and one will not be.
func (w *world) openAt(p escalation.Policy, s watchbill.Severity, people [][]watchbill.UserID, at time.Time) (open []bool, held bool) {
	skipped, later, found := 0, false, false
	for i, l := range p.Levels {
		ok, until := w.org.Holds(l.When, s, at)
		open = append(open, ok)
		switch {
		case ok:
			found = found || len(people[i]) > 0
		case l.When.Wait && !until.IsZero():
			held = held || !found
		default:
			skipped++
			later = later || !until.IsZero()
		}
	}
	return open, held || len(p.Levels) > 0 && skipped == len(p.Levels) && later
}

// neighbours returns the schedules of which a policy asks who is on call next, or was before.
func neighbours(p escalation.Policy) []watchbill.ScheduleID {
	var ids []watchbill.ScheduleID
	for _, l := range p.Levels {
		for _, t := range l.Targets {
			if t.Kind == escalation.TargetNext || t.Kind == escalation.TargetPrevious {
				ids = append(ids, watchbill.ScheduleID(t.ID))
			}
		}
	}
	return ids
}

// yearOf is as far as who is next, and who was before, is looked for; a little less, to be safe.
const yearOf = micros(365 * 24 * time.Hour / time.Microsecond)

// besides adds to a key what decides who is next and who was before: the nearest sets with somebody else. Where the window
// does not show who was before, the instant itself.
func (w *world) besides(key []byte, l *line, i int) []byte {
	other := func(j int) bool {
		return slices.ContainsFunc(w.crowd.sets[l.set[j]], func(u watchbill.UserID) bool { return !slices.Contains(w.crowd.sets[l.set[i]], u) })
	}
	next, before := int32(-1), int32(-1)
	for j := i + 1; j < len(l.at) && next < 0 && l.at[j]-l.at[i] < yearOf; j++ {
		if other(j) {
			next = l.set[j]
		}
	}
	for j := i - 1; j >= 0 && before < 0 && l.at[i]-l.at[j] < yearOf; j-- {
		if other(j) {
			before = l.set[j]
		}
	}
	key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(key, uint32(next)), uint32(before))
	if next < 0 || before < 0 {
		key = binary.LittleEndian.AppendUint64(key, uint64(l.at[i]))
	}
	return key
}

// unproved says what the worst times of a policy leave out.
func (w *world) unproved(r *roll) (all []string) {
	p := r.policy
	if p.Rest.After > 0 {
		all = append(all, "whom rest spares depends on the nights before: the times are those of people who are not spared")
	}
	quiet, mute := []string{}, false
	for _, m := range r.within(w.to) {
		for _, id := range m.everybody() {
			u, _ := w.org.User(id)
			if len(u.Quiet.Windows) > 0 && !slices.Contains(quiet, string(id)) {
				quiet = append(quiet, string(id))
			}
		}
		for n, l := range p.Levels {
			mute = mute || l.Mode == escalation.RoundRobin && len(m.mute[n]) > 0 && len(m.levels[n]) > 0
		}
	}
	slices.Sort(quiet)
	switch {
	case len(quiet) > 0 && p.Quiet:
		all = append(all, "the quiet hours of "+enumerate(quiet)+" hold for this policy: the times are those outside of them")
	case len(quiet) > 0:
		all = append(all, "low urgency waits for the end of the quiet hours of "+enumerate(quiet)+": the times are those outside of them")
	}
	if mute {
		all = append(all, "a level that takes turns may pick somebody whom nothing can be sent to: the times are those of the others")
	}
	return all
}
