package verify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// TestCoverageAgreesWithEveryMinute asks random schedules at every minute of a year who is on call: all of their boundaries
// lie on minutes.
func TestCoverageAgreesWithEveryMinute(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(1, 0, 0)
	for n := range cases(t, 6) {
		s, err := schedule.New(seeded(n).schedule("s"))
		require.NoError(t, err)
		gaps := verify.Coverage(s, from, to)
		i := 0
		for at := from; at.Before(to); at = at.Add(time.Minute) {
			for i < len(gaps) && !gaps[i].End.After(at) {
				i++
			}
			inGap := i < len(gaps) && !gaps[i].Start.After(at)
			require.Equal(t, len(s.OnCall(at).Users) == 0, inGap, "case %d at %v", n, at)
		}
		for i, g := range gaps {
			require.True(t, g.Start.Before(g.End) && (i == 0 || gaps[i-1].End.Before(g.Start)), "case %d: gap %d is not maximal", n, i)
			require.NotEmpty(t, g.Causes, "case %d: gap %d", n, i)
			require.True(t, g.Causes[0].Start.Equal(g.Start))
		}
	}
}

// TestPolicyCoverageAgreesWithRuns compares with what the machine that pages finds, at random instants.
func TestPolicyCoverageAgreesWithRuns(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 8, 0)
	for n := range cases(t, 40) {
		d := seeded(n)
		o := d.org(t)
		gaps, ok := verify.PolicyCoverage(o, "p", from, to)
		require.True(t, ok)
		for range 100 {
			at := d.start(o, from, to)
			inGap := false
			for _, g := range gaps {
				inGap = inGap || !g.Start.After(at) && g.End.After(at)
			}
			run := verify.Rehearse(o, "p", at, 0)
			require.Equal(t, len(run.Episode().Paged) == 0, inGap, "case %d at %v", n, at)
		}
	}
}

var (
	winter = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) // a Monday
	week   = 7 * 24 * time.Hour
)

func check(tb testing.TB, spec schedule.Spec) []verify.Gap {
	tb.Helper()
	s, err := schedule.New(spec)
	require.NoError(tb, err)
	return verify.Coverage(s, winter, winter.Add(week))
}

func TestAnEmptyScheduleIsOneGap(t *testing.T) {
	gaps := check(t, schedule.Spec{ID: "s"})
	require.Len(t, gaps, 1)
	assert.Equal(t, winter, gaps[0].Start)
	assert.Equal(t, winter.Add(week), gaps[0].End)
	assert.Equal(t, verify.CauseEmpty, gaps[0].Causes[0].Kind)
	assert.Equal(t, "add one to layers of schedule s", gaps[0].Causes[0].Mend)
}

// TestDoubleStaffingHidesNoGap: two people in one half of the week do not make up for nobody in the other.
func TestDoubleStaffingHidesNoGap(t *testing.T) {
	spec := weekly(t, "s", "ada")
	spec.Combine = schedule.Union
	spec.Layers[0].Start = moment(t, "2026-01-01T00:00")
	spec.Layers[0].Coverage = []calendar.Window{{Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday},
		From: calendar.NewTimeOfDay(0, 0), To: calendar.NewTimeOfDay(24, 0)}}
	second := spec.Layers[0]
	second.ID, second.Users = "second", spec.Layers[0].Users[:0:0]
	second.Users = append(second.Users, "ben")
	spec.Layers = append(spec.Layers, second)
	gaps := check(t, spec)
	require.Len(t, gaps, 1)
	assert.Equal(t, winter.Add(3*24*time.Hour), gaps[0].Start)
	assert.Equal(t, 4*24*time.Hour, gaps[0].End.Sub(gaps[0].Start))
}

func TestCausesOfGaps(t *testing.T) {
	base := func(change func(*schedule.Spec)) schedule.Spec {
		spec := weekly(t, "s", "ada", "ben")
		spec.Layers[0].Start = moment(t, "2026-01-05T00:00")
		change(&spec)
		return spec
	}
	office := []calendar.Window{{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}
	for _, c := range []struct {
		name string
		spec schedule.Spec
		kind verify.CauseKind
		mend string
	}{
		{"before the start", base(func(s *schedule.Spec) { s.Layers[0].Start = moment(t, "2026-01-06T00:00") }), verify.CauseNotStarted,
			"let the start be earlier in layers[0] (week) of schedule s"},
		{"after the end", base(func(s *schedule.Spec) { s.Layers[0].End = moment(t, "2026-01-06T00:00") }), verify.CauseEnded,
			"take the end out of layers[0] (week) of schedule s"},
		{"outside coverage", base(func(s *schedule.Spec) { s.Layers[0].Coverage = office }), verify.CauseCoverage,
			"add coverage to layers[0] (week) of schedule s"},
		{"nobody's turn", base(func(s *schedule.Spec) { s.Layers[0].Users[0] = schedule.Unassigned }), verify.CauseUnassigned,
			"put somebody in place of ~ in layers[0] (week) of schedule s"},
		{"removed", base(func(s *schedule.Spec) {
			s.Overrides = []schedule.Override{{ID: "o", From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-07T00:00"), Remove: "ada"}}
		}), verify.CauseOverride, "name somebody who takes over in overrides[0] of schedule s"},
		{"holiday", base(func(s *schedule.Spec) {
			s.Layers[0].Holidays = schedule.HolidaysOff
			s.Holidays = []schedule.Holidays{{ID: "de", Days: []schedule.Holiday{{Date: calendar.NewCivil(2026, 1, 6, 0, 0, 0), Name: "Epiphany"}}}}
		}), verify.CauseHoliday, "add a layer with holidays: only, or write holidays: on in layers[0] (week) of schedule s"},
		{"own hours", base(func(s *schedule.Spec) {
			s.Layers[0].Hours = map[watchbill.UserID]schedule.Hours{"ada": {Coverage: office}}
		}), verify.CauseHours, "change the hours in layers[0] (week) of schedule s"},
		{"temporary", base(func(s *schedule.Spec) {
			s.Temporary = []schedule.Temporary{{ID: "t", From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-08T00:00"),
				Shifts: []schedule.Placed{{From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-07T00:00"), Users: []watchbill.UserID{"ada"}}}}}
		}), verify.CauseTemporary, "add a shift to temporary[0] of schedule s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gaps := check(t, c.spec)
			require.NotEmpty(t, gaps)
			require.Len(t, gaps[0].Causes, 1, "%+v", gaps[0])
			assert.Equal(t, c.kind, gaps[0].Causes[0].Kind)
			assert.Equal(t, c.mend, gaps[0].Causes[0].Mend)
			assert.Equal(t, gaps[0].End, gaps[0].Causes[0].End)
		})
	}
}

// rules returns the rules that a configuration breaks, with the subjects.
func rules(r verify.Report) map[string]verify.Severity {
	all := map[string]verify.Severity{}
	for _, f := range r.Findings {
		all[fmt.Sprintf("%s %s", f.Rule, f.Subject)] = f.Severity
	}
	return all
}

func TestCheckRules(t *testing.T) {
	users := []catalog.User{user("ada", "email", "voice"), user("ben", "email"), user("cem"), user("dee", "email", "webhook")}
	users[0].Absences = []catalog.Absence{{From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-07T00:00"), Reason: "leave"}}
	users[0].Rules.High = append(users[0].Rules.High, notify.Rung{Contact: "email"}, notify.Rung{Contact: "voice", After: 2 * time.Hour})
	ends := weekly(t, "ends", "ada", "ben")
	ends.Layers[0].End = moment(t, "2026-01-26T09:00")
	policy := func(id string, targets ...escalation.Target) escalation.Policy {
		p := escalation.Policy{ID: watchbill.PolicyID(id)}
		for _, target := range targets {
			p.Levels = append(p.Levels, escalation.Level{Targets: []escalation.Target{target}})
		}
		return p
	}
	o := org(t, oncall.Config{
		Catalog: catalog.Catalog{Users: users, Teams: []catalog.Team{{ID: "none"}, {ID: "all", Members: []watchbill.UserID{"ada", "ben"}}, {ID: "both", Members: []watchbill.UserID{"ben", "ada"}}},
			Services: []catalog.Service{{ID: "web", Policy: "web", Qualifications: []string{"sql"}}, {ID: "lost"}}},
		Schedules: []schedule.Spec{weekly(t, "primary", "ada", "ben"), ends, weekly(t, "mute", "cem"), weekly(t, "spare", "ada")},
		Policies: []escalation.Policy{
			policy("web", escalation.Schedule("primary"), escalation.User("ada"), escalation.Team("none")),
			policy("gone", escalation.Schedule("ends")),
			policy("mute", escalation.Schedule("mute")),
			policy("same", escalation.Team("all"), escalation.Team("both"), escalation.User("dee")),
		},
	})
	got := rules(verify.Check(o, winter.Add(9*time.Hour), winter.Add(8*week)))
	assert.Equal(t, map[string]verify.Severity{
		"policy-gap policy:gone":              verify.Error,
		"policy-gap policy:mute":              verify.Error,
		"coverage-gap schedule:ends":          verify.Warning,
		"unreached-level policy:web":          verify.Warning,
		"unreached-level policy:mute":         verify.Warning,
		"single-point-of-failure policy:web":  verify.Warning,
		"single-point-of-failure policy:gone": verify.Warning,
		"same-people policy:same":             verify.Warning,
		"starved-rung user:ada":               verify.Warning,
		"few-channels user:ben":               verify.Warning,
		"few-channels user:dee":               verify.Warning,
		"no-contact user:cem":                 verify.Warning,
		"absent-on-call user:ada":             verify.Warning,
		"unqualified service:web":             verify.Warning,
		"no-policy service:lost":              verify.Warning,
		"double-booking user:ada":             verify.Info,
		"double-booking user:ben":             verify.Info,
		"layer-ends schedule:ends":            verify.Info,
		"single-member schedule:mute":         verify.Info,
		"single-member schedule:spare":        verify.Info,
		"unused-schedule schedule:spare":      verify.Info,
	}, got)
}
