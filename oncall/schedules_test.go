package oncall_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

func at(text string) (m calendar.Moment) {
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return m
}

func TestOverridesThatPeopleMade(t *testing.T) {
	from, to := at("2026-03-03T09:00"), at("2026-03-04T09:00")
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	made := func(s watchbill.ScheduleID, o schedule.Override) oncall.Override {
		if o.From.IsZero() {
			o.From, o.To = from, to
		}
		return oncall.Override{Schedule: s, Override: o}
	}
	c := small()
	c.Schedules[0].Overrides = []schedule.Override{{ID: "own", From: from, To: to, User: "ben"}}
	config, err := oncall.New(c, 1)
	require.NoError(t, err)
	s, _ := config.Schedule("primary")
	require.Equal(t, []watchbill.UserID{"ben"}, s.OnCall(noon).Users)

	for name, o := range map[string]oncall.Override{
		"its schedule is gone":     made("nowhere", schedule.Override{ID: "x", User: "ada"}),
		"its user is gone":         made("primary", schedule.Override{ID: "x", User: "zoe"}),
		"who is replaced is gone":  made("primary", schedule.Override{ID: "x", User: "ada", Replaces: "zoe"}),
		"who is added is gone":     made("primary", schedule.Override{ID: "x", Add: "zoe"}),
		"its ID is taken":          made("primary", schedule.Override{ID: "own", User: "ada"}),
		"it has no ID":             made("primary", schedule.Override{User: "ada"}),
		"it is two things at once": made("primary", schedule.Override{ID: "x", User: "ada", Remove: "ben"}),
		"it ends before it begins": made("primary", schedule.Override{ID: "x", User: "ada", From: to, To: from}),
	} {
		c.Overrides = []oncall.Override{o}
		org, err := oncall.New(c, 1)
		require.NoError(t, err, name)
		s, _ := org.Schedule("primary")
		assert.Equal(t, []watchbill.UserID{"ben"}, s.OnCall(noon).Users, name)
	}

	c.Overrides = []oncall.Override{
		made("primary", schedule.Override{ID: "x", Add: "ada"}),
		made("primary", schedule.Override{ID: "x", Remove: "ben"}), // the ID is taken by now
		made("primary", schedule.Override{ID: "own2", Remove: "ben"}),
		made("late", schedule.Override{ID: "own", Remove: "ada"}), // another schedule's ID is free
	}
	org, err := oncall.New(c, 1)
	require.NoError(t, err)
	s, _ = org.Schedule("primary")
	assert.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(noon).Users)
	assert.Len(t, c.Schedules[0].Overrides, 1, "what was given is left alone")
	assert.Len(t, org.Config().Schedules[0].Overrides, 1)
}

// Overrides that people made fail no configuration, however many of them hold at once.
func TestOverridesAtOnceAreBounded(t *testing.T) {
	c := small()
	for i := range schedule.MaxAtOnce + 1 {
		o := schedule.Override{ID: schedule.OverrideID(fmt.Sprint(i)), From: at("2026-01-05"), To: at("2026-01-09"), User: "ada", Replaces: "cem"}
		switch i {
		case schedule.MaxAtOnce - 1:
			o.Replaces = "" // the last that fits
		case schedule.MaxAtOnce:
			o.User, o.Add = "", "ben"
			o.Replaces = ""
		}
		c.Overrides = append(c.Overrides, oncall.Override{Schedule: "primary", Override: o})
	}
	later := schedule.Override{ID: "later", From: at("2026-01-09"), To: at("2026-01-10"), User: "cem"}
	c.Overrides = append(c.Overrides, oncall.Override{Schedule: "primary", Override: later})
	s, _ := org(t, c).Schedule("primary")
	assert.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(at("2026-01-06").In(time.UTC)).Users, "one too many has no effect")
	assert.Equal(t, []watchbill.UserID{"cem"}, s.OnCall(at("2026-01-09T12:00").In(time.UTC)).Users, "another time has room")
	assert.Len(t, s.Spec().Overrides, schedule.MaxAtOnce+1)

	c = small()
	c.Schedules[0].Overrides = s.Spec().Overrides[:schedule.MaxAtOnce]
	extra := c.Schedules[0].Overrides[0]
	extra.ID = "extra"
	c.Schedules[0].Overrides = append(c.Schedules[0].Overrides, extra)
	_, err := oncall.New(c, 1)
	assert.EqualError(t, err, "oncall: schedules[0].overrides[1000]: holds while 1000 others do; at most 1000 may at once",
		"a file that has too many is refused")
}

// Somebody who asks nobody again only when the answer may change must be told of a time, also where nothing was found.
func TestResolveSaysWhenToAskAgain(t *testing.T) {
	c := small()
	empty := &c.Schedules[1]
	begin := time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC)
	for i := range 10_010 {
		from := begin.Add(time.Duration(i) * time.Minute)
		empty.Overrides = append(empty.Overrides, schedule.Override{ID: schedule.OverrideID(fmt.Sprint(i)), User: "ada", Replaces: "ben",
			From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Second))})
	}
	a := org(t, c).Resolve(targets("schedule:empty"), begin)
	assert.Empty(t, a.People)
	assert.True(t, a.Until.After(begin.AddDate(0, 0, 3)), "%v", a.Until)
}

func TestResolveNamesTheIncludedSchedule(t *testing.T) {
	c := small()
	c.Schedules[1].Layers = []schedule.Layer{{ID: "all", Schedule: "primary"}}
	a := org(t, c).Resolve(targets("schedule:empty"), time.Date(2026, 1, 6, 12, 0, 0, 0, time.UTC))
	assert.Equal(t, []oncall.Person{{User: "ada", Why: "on call in empty: layer all, from schedule primary"}}, a.People)
}

func TestSchedulesIncludeEachOther(t *testing.T) {
	c := small()
	c.Schedules[1].Layers = []schedule.Layer{{ID: "all", Schedule: "primary"}}
	org, err := oncall.New(c, 1)
	require.NoError(t, err)
	outer, _ := org.Schedule("empty")
	inner, _ := org.Schedule("primary")
	now := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	assert.Equal(t, inner.OnCall(now).Users, outer.OnCall(now).Users)
	assert.NotEmpty(t, outer.OnCall(now).Users)

	c.Schedules[0].Layers[0].Rotation.Every = -1
	_, err = oncall.New(c, 1)
	require.Len(t, flatten(err), 1, "who includes a schedule is not blamed for its problems: %v", err)

	c = small()
	c.Schedules[1].Layers = []schedule.Layer{{ID: "all", Schedule: "none"}}
	_, err = oncall.New(c, 1)
	assert.EqualError(t, err, `oncall: schedules[1].layers[0].schedule: schedule "none" does not exist`)
}

func TestEverybodyInASchedule(t *testing.T) {
	c := small()
	shifts := []schedule.Placed{{From: at("2026-01-05"), To: at("2026-01-06"), Users: []watchbill.UserID{"~", "s1"}}}
	day := schedule.Rotation{Unit: calendar.Day}
	layer := schedule.Layer{ID: "l", Start: at("2026-01-05"), Rotation: day, Users: []watchbill.UserID{"s2"},
		Hours: map[watchbill.UserID]schedule.Hours{"s2": {Coverage: []calendar.Window{{Days: []calendar.Weekday{0}, To: 3600}}}}}
	site := schedule.Site{ID: "eu", Timezone: "UTC", Start: at("2026-01-05"), Rotation: day, Users: []watchbill.UserID{"s3"}}
	c.Schedules = []schedule.Spec{{
		ID: "s", Sites: []schedule.Site{site}, Layers: []schedule.Layer{{ID: "hand", Shifts: shifts}},
		Versions:  []schedule.Version{{EffectiveFrom: at("2026-02-01"), Sites: []schedule.Site{site}, Layers: []schedule.Layer{layer}}},
		Temporary: []schedule.Temporary{{ID: "t", From: at("2026-01-05"), To: at("2026-01-06"), Shifts: shifts}},
		Overrides: []schedule.Override{
			{ID: "a", From: at("2026-01-05"), To: at("2026-01-06"), Add: "s4"},
			{ID: "b", From: at("2026-01-05"), To: at("2026-01-06"), Remove: "s5"},
		},
	}}
	c.Policies, c.CatchAll, c.Catalog = nil, nil, catalog.Catalog{}
	_, err := oncall.New(c, 1)
	var got []string
	for _, e := range flatten(err) {
		got = append(got, e.Error())
	}
	assert.Equal(t, []string{
		`oncall: schedules[0].sites[0].users[0]: user "s3" does not exist`,
		`oncall: schedules[0].layers[0].shifts[0].users[1]: user "s1" does not exist`,
		`oncall: schedules[0].versions[0].sites[0].users[0]: user "s3" does not exist`,
		`oncall: schedules[0].versions[0].layers[0].users[0]: user "s2" does not exist`,
		`oncall: schedules[0].versions[0].layers[0].hours[s2]: user "s2" does not exist`,
		`oncall: schedules[0].temporary[0].shifts[0].users[1]: user "s1" does not exist`,
		`oncall: schedules[0].overrides[0].add: user "s4" does not exist`,
		`oncall: schedules[0].overrides[1].remove: user "s5" does not exist`,
	}, got)
}
