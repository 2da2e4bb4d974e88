package verify

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Gap is a longest interval [Start, End) in which nobody is on call, or in which a policy reaches nobody.
type Gap struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Causes []Cause   `json:"causes,omitempty"` // in the order of time; what is cut at MaxCauses goes on like the last
}

// Cause says why nobody is on call for a part of a gap, and what would mend it.
type Cause struct {
	Kind  CauseKind `json:"kind"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Field string    `json:"field,omitempty"` // in the schedule, as "layers[1]"
	Text  string    `json:"text"`            // as "outside the coverage of layers[1] (office)"
	Mend  string    `json:"mend"`            // as "add coverage to layers[1] (office) of schedule primary"

	weekly bool // windows of the schedule's own clock, added to the coverage of one layer, would mend it
}

// CauseKind names a reason for which nobody is on call.
type CauseKind string

// The reasons.
const (
	CauseEmpty      CauseKind = "empty"       // the schedule has nothing that puts anybody on call
	CauseNotStarted CauseKind = "not-started" // before a layer starts
	CauseEnded      CauseKind = "ended"       // after a layer has ended
	CauseCoverage   CauseKind = "coverage"    // outside a layer's coverage
	CauseHoliday    CauseKind = "holiday"     // a holiday, or none, as the layer asks for
	CauseHours      CauseKind = "hours"       // outside the own hours of whose turn it is
	CauseUnassigned CauseKind = "unassigned"  // a turn that nobody has, or time without a placed shift
	CauseIncluded   CauseKind = "included"    // the schedule that a layer includes has nobody
	CauseTemporary  CauseKind = "temporary"   // a temporary schedule has no shift then
	CauseOverride   CauseKind = "override"    // an override took everybody off call
)

// MaxCauses is how many parts of one gap are told apart.
const MaxCauses = 8

// Coverage lists every gap of a schedule between from and to: the longest intervals in which nobody is on call, each with
// its causes, cut to the window. None means that it is proved that somebody is on call at every instant of the window. It
// goes over every boundary, so it misses nothing, however short; two people at once do not make up for nobody at another
// time, and a schedule without layers is one gap. Included are the schedules that s was made with; they only help to tell
// the causes.
func Coverage(s *schedule.Schedule, from, to time.Time, included ...*schedule.Schedule) []Gap {
	l := newLine(s, microsOf(from), microsOf(to), newCrowd())
	d := newDoctor(s, included)
	var gaps []Gap
	for _, g := range l.gaps(l.end) {
		gaps = append(gaps, d.gap(g))
	}
	return gaps
}

// PolicyCoverage lists when a policy reaches nobody between from and to: no level of it has anybody who exists and can be
// paged, nor has its catch-all, nor the installation's. It is false if there is no such policy.
func PolicyCoverage(org *oncall.Org, id watchbill.PolicyID, from, to time.Time, more ...Option) ([]Gap, bool) {
	p, ok := org.Frozen(id)
	if !ok {
		return nil, false
	}
	w := newWorld(org, from, to, optionsOf(more).channels)
	var gaps []Gap
	for _, g := range w.newRoll(p).gaps(w.to) {
		gaps = append(gaps, Gap{Start: g.from.in(time.UTC), End: g.to.in(time.UTC)})
	}
	return gaps, true
}

// gap explains a gap.
func (d *doctor) gap(g stretch) Gap {
	gap := Gap{Start: g.from.in(d.s.Zone()), End: g.to.in(d.s.Zone())}
	for t := gap.Start; t.Before(gap.End); {
		causes, until := d.diagnose(t)
		if until.IsZero() || until.After(gap.End) {
			until = gap.End
		}
		for _, c := range causes {
			gap.Causes = appendCause(gap.Causes, c, t, until)
		}
		t = until
		if len(gap.Causes) >= MaxCauses {
			break
		}
	}
	return gap
}

// appendCause adds a cause for an interval, or lengthens the one that it goes on.
func appendCause(list []Cause, c Cause, from, to time.Time) []Cause {
	i := slices.IndexFunc(list, func(o Cause) bool { return o.Text == c.Text && o.End.Equal(from) })
	if i >= 0 {
		list[i].End = to
		return list
	}
	c.Start, c.End = from, to
	return append(list, c)
}
