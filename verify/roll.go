package verify

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// roll is a policy over a window: from at[i] to at[i+1] its levels have the people of moments[state[i]]. Two in a row may
// be equal in what they mean, never in the schedules behind them.
type roll struct {
	policy  escalation.Policy // as a run takes it
	at      []micros
	state   []int32
	moments []moment
	end     micros
}

// moment is whom the levels of a policy have at an instant: people who exist and can be paged.
type moment struct {
	levels [][]watchbill.UserID
	open   []bool               // whether the condition of each level holds for a critical alert
	held   bool                 // an alert waits until a condition holds, and reaches nobody before
	catch  []watchbill.UserID   // the policy's catch-all, else the installation's
	mute   [][]watchbill.UserID // also of each level, and of catch: the machine pages them, and every message is refused
}

// empty reports whether there is nobody at all, now or when a condition holds.
func (m moment) empty() bool {
	if m.held {
		return false
	}
	for i, l := range m.levels {
		if m.open[i] && len(l) > 0 {
			return false
		}
	}
	return len(m.catch) == 0
}

// everybody returns the people of all levels and of the catch-all, each once.
func (m moment) everybody() []watchbill.UserID {
	var all []watchbill.UserID
	for i, l := range append(slices.Clip(m.levels), m.catch) {
		if i < len(m.open) && !m.open[i] {
			continue
		}
		for _, u := range l {
			if !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	return all
}

func (r *roll) until(i int) micros {
	if i+1 < len(r.at) {
		return r.at[i+1]
	}
	return r.end
}

// newRoll sweeps over all boundaries of the schedules that a policy asks. Whom its targets are is asked of oncall.Resolve,
// once for each combination of sets.
func (w *world) newRoll(p escalation.Policy) *roll {
	r := &roll{policy: p, end: w.tail}
	lines := append(w.behind(p), w.conditions(p)...)
	beside := neighbours(p)
	most := 1
	for _, l := range lines {
		most += len(l.at)
	}
	r.at, r.state = make([]micros, 0, most), make([]int32, 0, most)
	pos := make([]int, len(lines))
	known := map[string]int32{}
	var key []byte
	for t := w.from; t < w.tail; {
		key = key[:0]
		next := w.tail
		for i, l := range lines {
			for l.until(pos[i]) <= t {
				pos[i]++
			}
			next = min(next, l.until(pos[i]))
			key = binary.LittleEndian.AppendUint32(key, uint32(l.set[pos[i]]))
			if l.schedule != nil && slices.Contains(beside, l.schedule.ID()) {
				key = w.besides(key, l, pos[i])
			}
		}
		n, ok := known[string(key)]
		if !ok {
			n = int32(len(r.moments))
			known[string(key)] = n
			r.moments = append(r.moments, w.momentAt(p, t.in(time.UTC)))
		}
		r.at, r.state = append(r.at, t), append(r.state, n)
		t = next
	}
	w.swept += len(r.at)
	return r
}

// behind returns the lines that decide whom the policy's targets are.
func (w *world) behind(p escalation.Policy) []*line {
	var lines []*line
	for _, t := range targetsOf(w.org, p) {
		if l := w.lines[watchbill.ScheduleID(t.ID)]; t.Schedule() && l != nil && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return lines
}

// targetsOf returns every target that a run of the policy may ask for.
func targetsOf(org *oncall.Org, p escalation.Policy) []escalation.Target {
	var all []escalation.Target
	for _, l := range p.Levels {
		all = append(all, l.Targets...)
	}
	for _, t := range slices.Concat(p.CatchAll, org.Config().CatchAll) {
		all = append(all, t)
		if q, ok := org.Frozen(watchbill.PolicyID(t.ID)); ok && t.Kind == escalation.TargetPolicy && len(q.Levels) > 0 {
			all = append(all, q.Levels[0].Targets...) // the first level of the policy, which leads to no other
		}
	}
	return all
}

func (w *world) momentAt(p escalation.Policy, at time.Time) moment {
	n := len(p.Levels)
	m := moment{levels: make([][]watchbill.UserID, n), mute: make([][]watchbill.UserID, n+1)}
	for i, l := range p.Levels {
		m.levels[i], m.mute[i] = w.peopleAt(l.Targets, at)
	}
	m.open, m.held = w.openAt(p, watchbill.SeverityCritical, m.levels, at)
	if m.catch, m.mute[n] = w.peopleAt(p.CatchAll, at); len(m.catch)+len(m.mute[n]) == 0 {
		m.catch, m.mute[n] = w.peopleAt(w.org.Config().CatchAll, at)
	}
	return m
}

// peopleAt returns who is paged for some targets at an instant, and who would be, if their channels could send.
func (w *world) peopleAt(targets []escalation.Target, at time.Time) (people, mute []watchbill.UserID) {
	for _, p := range w.org.Resolve(targets, at).People {
		if w.usable(p.User) {
			people = append(people, p.User)
		} else if u, ok := w.org.User(p.User); ok && len(u.Contacts) > 0 {
			mute = append(mute, p.User)
		}
	}
	return people, mute
}

// gaps lists the longest intervals before to in which nobody is reached.
func (r *roll) gaps(to micros) []stretch {
	dead := make([]bool, len(r.moments))
	for i, m := range r.moments {
		dead[i] = m.empty()
	}
	var gaps []stretch
	for i, s := range r.state {
		if !dead[s] || r.at[i] >= to {
			continue
		}
		end := min(r.until(i), to)
		if n := len(gaps); n > 0 && gaps[n-1].to == r.at[i] {
			gaps[n-1].to = end
		} else {
			gaps = append(gaps, stretch{r.at[i], end})
		}
	}
	return gaps
}
