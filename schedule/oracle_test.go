package schedule_test

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// The oracle answers who is on call in the dumbest way there is. It never computes with zones: it looks at a clock on
// the wall every minute and writes down what it reads. It counts turns, windows and occurrences one by one, and marks
// the minutes of each. It shares no code with the package, and only knows its data types.
type oracle struct {
	spec       schedule.Spec
	start, end time.Time          // of what it can answer
	margin     int                // minutes of tape before the start and after the end
	tapes      map[string][]int64 // zone name: readings of its clock, one a minute
	versions   []oracleVersion
	temporary  []slot
	overrides  []slot
	included   map[watchbill.ScheduleID]schedule.Spec
	firsts     map[firstKey]int
	shifts     map[*schedule.Placed]slot
}

// oracleVersion is what is valid from a minute on.
type oracleVersion struct {
	from   int
	sites  []oracleSite
	layers []*oracleLayer
}

const noTurn = -1

// slot is a stretch of time in minutes after the beginning of the tape.
type slot struct{ from, to, number int }

func newOracle(spec schedule.Spec, start, end time.Time, included ...schedule.Spec) *oracle {
	o := &oracle{spec: spec, start: start, end: end, margin: 72 * 60, tapes: map[string][]int64{},
		firsts: map[firstKey]int{}, shifts: map[*schedule.Placed]slot{}}
	for _, v := range append([]schedule.Version{{Sites: spec.Sites}}, spec.Versions...) {
		if len(v.Sites) > 0 {
			o.margin = 9 * 24 * 60 // the last take-over may be a week ago
		}
	}
	o.included = map[watchbill.ScheduleID]schedule.Spec{}
	for _, s := range included {
		o.included[s.ID] = s
	}
	o.versions = append(o.versions, o.version(-1, spec.Sites, spec.Layers))
	for _, v := range spec.Versions {
		o.versions = append(o.versions, o.version(o.moment(v.EffectiveFrom, spec.Timezone), v.Sites, v.Layers))
	}
	for _, v := range spec.Temporary {
		o.temporary = append(o.temporary, o.slot(v.From, v.To, spec.Timezone))
	}
	for _, v := range spec.Overrides {
		o.overrides = append(o.overrides, o.slot(v.From, v.To, spec.Timezone))
	}
	return o
}

func (o *oracle) version(from int, sites []schedule.Site, layers []schedule.Layer) oracleVersion {
	v := oracleVersion{from: from}
	for i := range sites {
		v.sites = append(v.sites, o.site(&sites[i]))
	}
	for i := range layers {
		v.layers = append(v.layers, o.layer(&layers[i]))
	}
	return v
}

func (o *oracle) slot(from, to calendar.Moment, zone string) slot {
	return slot{o.moment(from, zone), o.moment(to, zone), 0}
}

func (o *oracle) length() int { return int(o.end.Sub(o.start)/time.Minute) + 2*o.margin }

// paint marks the minutes of each slot with its number.
func (o *oracle) paint(slots []slot) []int {
	painted := make([]int, o.length())
	for minute := range painted {
		painted[minute] = noTurn
	}
	for _, s := range slots {
		for minute := max(s.from, 0); minute < min(s.to, len(painted)); minute++ {
			painted[minute] = s.number
		}
	}
	return painted
}

// reading makes a number of a wall clock's reading that counts seconds as if there were no zones.
func reading(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), 0, time.UTC).Unix()
}

func (o *oracle) tape(zone string) []int64 {
	if zone == "" {
		zone = "UTC"
	}
	if o.tapes[zone] == nil {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			panic(err)
		}
		var tape []int64
		for t := o.start.Add(-time.Duration(o.margin) * time.Minute); t.Before(o.end.Add(time.Duration(o.margin) * time.Minute)); t = t.Add(time.Minute) {
			tape = append(tape, reading(t.In(loc)))
		}
		o.tapes[zone] = tape
	}
	return o.tapes[zone]
}

// first is the first minute whose reading is wall or later; -1 if that was before the tape.
func (o *oracle) first(zone string, wall int64) int {
	key := firstKey{zone, wall}
	if minute, known := o.firsts[key]; known {
		return minute
	}
	tape := o.tape(zone)
	minute := slices.IndexFunc(tape, func(reads int64) bool { return reads >= wall })
	switch minute {
	case -1:
		minute = len(tape)
	case 0:
		minute = -1
	}
	o.firsts[key] = minute
	return minute
}

// firstKey is a question that was asked before.
type firstKey struct {
	zone string
	wall int64
}

func (o *oracle) moment(m calendar.Moment, zone string) int {
	text, _ := m.MarshalText()
	if t, err := time.Parse(time.RFC3339, string(text)); err == nil {
		return int(t.Sub(o.start.Add(-time.Duration(o.margin)*time.Minute)) / time.Minute)
	}
	t, err := time.Parse("2006-01-02T15:04", string(text))
	if err != nil {
		panic(err)
	}
	return o.first(zone, t.Unix())
}

// duty is what somebody has, and whom the layers gave it to.
type duty struct {
	schedule.Part
	given []watchbill.UserID
}

// all says who is on call at each minute, and why.
func (o *oracle) all() (parts [][]schedule.Part) {
	for minute := o.margin; minute < o.length()-o.margin; minute++ {
		var now []schedule.Part
		for _, d := range o.at(minute) {
			now = append(now, d.Part)
		}
		parts = append(parts, now)
	}
	return parts
}

func (o *oracle) at(minute int) []duty {
	duties := o.planned(minute, false)
	for i, v := range o.spec.Overrides {
		if minute >= o.overrides[i].from && minute < o.overrides[i].to {
			duties = override(v, duties)
		}
	}
	return duties
}

func override(v schedule.Override, duties []duty) (changed []duty) {
	if v.User != "" && v.Replaces == "" {
		all := duty{Part: schedule.Part{User: v.User, Override: v.ID}}
		for _, d := range duties {
			all.given = append(all.given, d.given...)
		}
		return []duty{all}
	}
	holds := false
	for _, d := range duties {
		holds = holds || d.User == v.Add
		if v.Replaces != "" && (d.User == v.Replaces || slices.Contains(d.given, v.Replaces)) {
			d.User, d.Override = v.User, v.ID
		}
		if v.Remove == "" || d.User != v.Remove {
			changed = append(changed, d)
		}
	}
	if v.Add != "" && !holds {
		changed = append(changed, duty{Part: schedule.Part{User: v.Add, Override: v.ID}})
	}
	return changed
}

// planned is who is on call before overrides, or who only learns.
func (o *oracle) planned(minute int, shadows bool) (duties []duty) {
	for i := len(o.temporary) - 1; i >= 0; i-- {
		if minute >= o.temporary[i].from && minute < o.temporary[i].to {
			if !shadows {
				tmp := o.spec.Temporary[i]
				duties = o.byHand(tmp.ID, tmp.Shifts, o.spec.Timezone, minute)
			}
			return duties
		}
	}
	v := o.versions[0]
	for _, later := range o.versions {
		if minute >= later.from {
			v = later
		}
	}
	if !shadows {
		duties = o.bySites(v.sites, minute)
	}
	for _, l := range v.layers {
		if l.spec.Shadow != shadows {
			continue
		}
		had := o.byLayer(l, minute)
		if len(had) > 0 && o.spec.Combine == schedule.Hide && !shadows {
			duties = nil
		}
		duties = append(duties, had...)
	}
	return duties
}

func (o *oracle) byHand(id schedule.LayerID, shifts []schedule.Placed, zone string, minute int) (duties []duty) {
	for i := range shifts {
		s, known := o.shifts[&shifts[i]]
		if !known {
			s = o.slot(shifts[i].From, shifts[i].To, zone)
			o.shifts[&shifts[i]] = s
		}
		if minute < s.from || minute >= s.to {
			continue
		}
		for _, u := range shifts[i].Users {
			if u != schedule.Unassigned {
				duties = append(duties, duty{schedule.Part{User: u, Layer: id, Turn: i}, []watchbill.UserID{u}})
			}
		}
	}
	return duties
}

func (o *oracle) byLayer(l *oracleLayer, minute int) (duties []duty) {
	switch {
	case minute < l.begin || minute >= l.finish || !l.open[minute]:
		return nil
	case len(l.spec.Shifts) > 0:
		return o.byHand(l.spec.ID, l.spec.Shifts, l.zone, minute)
	case l.inner != nil:
		seen := map[schedule.Part]bool{}
		for _, d := range l.inner.at(minute - o.margin + l.inner.margin) {
			p := schedule.Part{User: d.User, Layer: l.spec.ID, Turn: d.Turn, Schedule: l.spec.Schedule}
			if !seen[p] {
				duties = append(duties, duty{p, []watchbill.UserID{d.User}})
			}
			seen[p] = true
		}
		return duties
	}
	turn := l.turns[minute]
	if turn == noTurn {
		return nil
	}
	place := turn
	if l.counted != nil {
		place = l.counted[turn]
	}
	seats, seated := max(l.spec.Seats, 1), map[watchbill.UserID]bool{}
	for j := range seats {
		u := l.spec.Users[(place*seats+j)%len(l.spec.Users)]
		own, has := l.hours[u]
		if u != schedule.Unassigned && !seated[u] && (!has || own[minute] != noTurn) {
			duties = append(duties, duty{schedule.Part{User: u, Layer: l.spec.ID, Turn: turn}, []watchbill.UserID{u}})
		}
		seated[u] = true
	}
	return duties
}
