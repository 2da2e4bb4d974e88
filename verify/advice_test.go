package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// told returns the messages of a rule, as a reader gets them.
func told(r verify.Report, rule verify.Rule) (list []string) {
	for _, f := range r.Brief() {
		if f.Rule == rule {
			list = append(list, f.Message)
		}
	}
	return list
}

// covered is a rotation in Berlin with these hours.
func covered(t *testing.T, windows ...calendar.Window) schedule.Spec {
	spec := weekly(t, "primary", "ada", "ben")
	spec.Timezone, spec.Layers[0].ID, spec.Layers[0].Coverage = "Europe/Berlin", "nights", windows
	return spec
}

var workdays = []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday}

func TestGapsThatComeBackAreToldOnce(t *testing.T) {
	from := at(t, "2026-01-05T08:00")
	for _, c := range []struct {
		name    string
		windows []calendar.Window
		want    []string
	}{
		{"a weekend", []calendar.Window{
			{Days: workdays, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(0, 0)},
			{Days: workdays, From: calendar.NewTimeOfDay(0, 0), To: calendar.NewTimeOfDay(9, 0)},
			{Days: []calendar.Weekday{calendar.Saturday}, From: calendar.NewTimeOfDay(0, 0), To: calendar.NewTimeOfDay(9, 0)},
		}, []string{
			"nobody is on call in primary every Sat 09:00 to Mon 00:00 (Europe/Berlin), 521 times, first Sat 2026-01-10, last Sat 2035-12-29",
		}},
		{"nights", []calendar.Window{{Days: workdays, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}, []string{
			"nobody is on call in primary every Mon, Tue, Wed, Thu 17:00 to 09:00 (Europe/Berlin), ",
			"nobody is on call in primary every Fri 17:00 to Mon 09:00 (Europe/Berlin), ",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := covered(t, c.windows...)
			r := verify.Check(org(t, oncall.Config{Schedules: []schedule.Spec{spec}}), from, from.AddDate(10, 0, 0))
			stands, each := 0, 0
			for _, f := range r.Brief() {
				if f.Rule == verify.CoverageGap {
					stands += max(f.Stands, 1)
				}
			}
			for _, f := range r.Findings {
				if f.Rule == verify.CoverageGap {
					each += max(f.Stands, 1)
				}
			}
			assert.Equal(t, each, stands, "the brief form stands for the same gaps")
			got := told(r, verify.CoverageGap)
			for _, want := range c.want {
				assert.True(t, slices.ContainsFunc(got, func(m string) bool { return strings.HasPrefix(m, want) }), "%s is not in %q", want, got)
			}
			assert.LessOrEqual(t, len(got), len(c.want)+2) // and what the window cuts
			for _, m := range got {
				assert.Contains(t, m, "the coverage of layers[0] (nights) of schedule primary")
			}
		})
	}
}

// TestTheProposedLineClosesTheGap adds what the advice says, as it would stand in a file.
func TestTheProposedLineClosesTheGap(t *testing.T) {
	from := at(t, "2026-01-05T08:00")
	for n, windows := range [][]calendar.Window{
		{{Days: workdays, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}},
		{{Days: workdays, From: calendar.NewTimeOfDay(0, 0), To: calendar.NewTimeOfDay(24, 0)}},
		{{Days: []calendar.Weekday{calendar.Tuesday}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(8, 30)}},
		{{Days: []calendar.Weekday{calendar.Wednesday, calendar.Thursday}, From: calendar.NewTimeOfDay(22, 15), To: calendar.NewTimeOfDay(6, 0)}},
	} {
		spec := covered(t, windows...)
		check := func() verify.Report {
			return verify.Check(org(t, oncall.Config{Schedules: []schedule.Spec{spec}}), from, from.AddDate(1, 0, 0))
		}
		advised := 0
		for _, m := range told(check(), verify.CoverageGap) {
			line := between(m, "To mend it, add ", " to the coverage of layers[0] (nights)")
			require.NotEmpty(t, line, m)
			var list []struct {
				Days     []string
				From, To string
			}
			require.NoError(t, yaml.Unmarshal([]byte("["+line+"]"), &list), line)
			for _, entry := range list {
				var w calendar.Window
				require.NoError(t, w.From.UnmarshalText([]byte(entry.From)))
				require.NoError(t, w.To.UnmarshalText([]byte(entry.To)))
				for _, name := range entry.Days {
					var d calendar.Weekday
					require.NoError(t, d.UnmarshalText([]byte(name)))
					w.Days = append(w.Days, d)
				}
				require.NoError(t, w.Validate(), line)
				spec.Layers[0].Coverage = append(spec.Layers[0].Coverage, w)
			}
			advised++
		}
		require.NotZero(t, advised, n)
		assert.Empty(t, told(check(), verify.CoverageGap), "case %d", n)
	}
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	middle, _, _ := strings.Cut(rest, after)
	return middle
}

// TestEverySecondWeek: ada has nothing that can be sent to, so the policy reaches nobody in her weeks.
func TestEverySecondWeek(t *testing.T) {
	o := org(t, oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{user("ada", "sms"), user("ben", "webhook")}},
		Schedules: []schedule.Spec{covered(t, calendar.Window{Days: workdays, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)})},
		Policies:  []escalation.Policy{{ID: "p", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.Schedule("primary")}}}}}})
	r := verify.Check(o, at(t, "2026-01-05T08:00"), at(t, "2027-01-04T08:00"), verify.Channels("webhook"))
	got := told(r, verify.PolicyGap)
	require.Len(t, got, 4) // the first and the last are cut by the window
	assert.Contains(t, got[0], "ada has no contact that works (sms: not set up on this server)")
	assert.Contains(t, got[1], "every 2 weeks, Mon, Tue, Wed, Thu 17:00 to 09:00 (Europe/Berlin), 104 times, first Mon 2026-01-12")
	assert.Contains(t, got[2], "every 2 weeks, Fri 17:00 to Mon 09:00 (Europe/Berlin), 25 times, first Fri 2026-01-16")
	assert.Contains(t, got[2], "reaches nobody for 9 days 16h")
}

// TestEveryThirdWeek: a turn that nobody has comes back with the rotation.
func TestEveryThirdWeek(t *testing.T) {
	spec := weekly(t, "primary", "ada", "ben", schedule.Unassigned)
	r := verify.Check(org(t, oncall.Config{Schedules: []schedule.Spec{spec}}), at(t, "2026-01-05T09:00"), at(t, "2027-01-05T09:00"))
	got := told(r, verify.CoverageGap)
	require.Len(t, got, 1)
	assert.Contains(t, got[0], "every 3 weeks, Mon 09:00 to Mon 09:00 (UTC), 17 times, first Mon 2026-01-19")
	assert.Contains(t, got[0], "in place of ~ in layers[0] (week) of schedule primary")
}

func TestSlowForTier(t *testing.T) {
	service := func(id watchbill.ServiceID, tier int, policy watchbill.PolicyID) catalog.Service {
		return catalog.Service{ID: id, Tier: tier, Policy: policy}
	}
	level := func(timeout time.Duration, r escalation.Repeat) escalation.Level {
		return escalation.Level{Targets: []escalation.Target{escalation.User("ada")}, Timeout: timeout, Repeat: r}
	}
	o := org(t, oncall.Config{
		Catalog: catalog.Catalog{Users: people(), Services: []catalog.Service{service("shop", 1, "web"), service("blog", 2, "web"),
			service("pay", 1, "fast"), service("lost", 1, "")}},
		Policies: []escalation.Policy{
			{ID: "web", Levels: []escalation.Level{level(10*time.Minute, escalation.Repeat{}), level(0, escalation.Repeat{}), level(2*time.Hour, escalation.Repeat{})}},
			{ID: "fast", Levels: []escalation.Level{level(10*time.Minute, escalation.Repeat{Every: time.Minute, Attempts: 3})}},
		},
	})
	assert.Equal(t, []string{
		"shop is of tier 1; level 1 of policy web gives way only after 10m: set timeout: 5m or less in levels[0] of policy web",
		"shop is of tier 1; level 3 of policy web gives way only after 2h: set timeout: 5m or less in levels[2] of policy web",
	}, told(verify.Check(o, winter, winter.Add(week)), verify.SlowForTier))
}

func TestAdviceNamesWhatToChange(t *testing.T) {
	users := people()
	users[0].Absences = []catalog.Absence{{From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-07T00:00")}}
	o := org(t, oncall.Config{Catalog: catalog.Catalog{Users: users},
		Schedules: []schedule.Spec{weekly(t, "primary", "ada", "ben"), weekly(t, "second", "ada", "cem")},
		Policies: []escalation.Policy{{ID: "p", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.Schedule("primary")}}, {Targets: []escalation.Target{escalation.Schedule("second")}},
			{Targets: []escalation.Target{escalation.User("cem")}}}}}})
	r := verify.Check(o, at(t, "2026-01-05T09:00"), at(t, "2026-02-02T09:00"))
	got := fmt.Sprint(told(r, verify.SinglePoint))
	assert.Contains(t, got, "Let somebody else be on call then in schedule primary (level 1) or schedule second (level 2), or change the targets")
	away := told(r, verify.AbsentOnCall)
	require.Len(t, away, 2)
	const line = "{id: ada-away-2026-01-06, from: 2026-01-06T00:00, to: 2026-01-07T00:00, user: ben, replaces: ada}"
	assert.Contains(t, away[0], "add to overrides of schedule primary: "+line)

	spec := weekly(t, "primary", "ada", "ben")
	spec.Overrides = []schedule.Override{{ID: "ada-away-2026-01-06", From: moment(t, "2026-01-06T00:00"), To: moment(t, "2026-01-07T00:00"), User: "ben", Replaces: "ada"}}
	mended := org(t, oncall.Config{Catalog: catalog.Catalog{Users: users}, Schedules: []schedule.Spec{spec}})
	assert.Empty(t, told(verify.Check(mended, at(t, "2026-01-05T09:00"), at(t, "2026-02-02T09:00")), verify.AbsentOnCall))
}
