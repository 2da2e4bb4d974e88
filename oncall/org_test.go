package oncall_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// small is a configuration with one of everything.
func small() oncall.Config {
	hook := []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://127.0.0.1:9/"}}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{
				{ID: "ada", Contacts: hook, Teams: []watchbill.TeamID{"ops", "dev"}}, {ID: "ben", Contacts: hook}, {ID: "cem"}},
			Teams:     []catalog.Team{{ID: "ops", Members: []watchbill.UserID{"ben", "ada"}}, {ID: "dev"}, {ID: "idle"}},
			Services:  []catalog.Service{{ID: "shop", Policy: "web", AutoResolve: time.Hour}, {ID: "bare"}},
			Customers: []catalog.Customer{{ID: "acme", Tier: 2}, {ID: "us", Internal: true}},
			Pages:     []catalog.Page{{ID: "public", Components: []catalog.Component{{ID: "shop", Services: []watchbill.ServiceID{"shop"}}}}, {ID: "own"}},
			Incidents: catalog.IncidentRules{Declare: []watchbill.Severity{watchbill.SeverityCritical}},
			Sources:   []catalog.Source{{ID: "prom", Type: "alertmanager", Service: "shop", Key: catalog.DigestOf("prom-key")}},
			Keys:      []catalog.Key{{ID: "ops", Role: catalog.RoleAdmin, Token: catalog.DigestOf("token"), User: "ada"}},
		},
		Schedules: []schedule.Spec{weekly("primary", "Europe/Berlin", "ada", "ben"), {ID: "empty"}, weekly("gone", "UTC", "~"), weekly("late", "America/New_York", "ada")},
		Policies: []escalation.Policy{
			{ID: "web", Levels: []escalation.Level{{Targets: targets("schedule:primary", "user:cem")}, {Targets: targets("team:ops")}}},
			{ID: "own", CatchAll: targets("user:ben"), CatchAllEvery: time.Minute},
		},
		CatchAll: targets("user:ada"), CatchAllEvery: 5 * time.Minute,
	}
}

// weekly hands over on Mondays at nine, since 5 January 2026.
func weekly(id watchbill.ScheduleID, zone string, users ...watchbill.UserID) schedule.Spec {
	var start calendar.Moment
	if err := start.UnmarshalText([]byte("2026-01-05T09:00")); err != nil {
		panic(err)
	}
	return schedule.Spec{ID: id, Timezone: zone, Layers: []schedule.Layer{
		{ID: "week", Users: users, Start: start, Rotation: schedule.Rotation{Every: 1, Unit: calendar.Week}}}}
}

func targets(texts ...string) (list []escalation.Target) {
	for _, text := range texts {
		var t escalation.Target
		if err := t.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		list = append(list, t)
	}
	return list
}

func org(t testing.TB, c oncall.Config) *oncall.Org {
	o, err := oncall.New(c, 7)
	require.NoError(t, err)
	return o
}

func TestNewReportsEveryProblemAtOnce(t *testing.T) {
	c := small()
	c.Catalog.Users[2].Zone = "Mars/Olympus"
	c.Catalog.Services[0].Policy = "nowhere"
	c.Schedules[0].Layers[0].Users = []watchbill.UserID{"ada", "dan", "~"}
	c.Schedules[0].Layers[0].Rotation.Every = -1
	c.Schedules[1] = schedule.Spec{ID: "primary", Overrides: []schedule.Override{{User: "eve", Replaces: "fay"}}}
	c.Policies[0].Levels[1] = escalation.Level{Targets: targets("team:nobody", "schedule:none", "user:eve"), Timeout: time.Millisecond}
	c.Policies[1].ID = "web"
	c.Policies[1].CatchAll = targets("user:gus")
	c.CatchAll, c.CatchAllEvery = targets("user:hal"), -1

	_, err := oncall.New(c, 1)
	var got []string
	for _, e := range flatten(err) {
		var own *oncall.FieldError
		var catalogs *catalog.FieldError
		require.True(t, errors.As(e, &own) || errors.As(e, &catalogs), "%T is no field error", e)
		got = append(got, e.Error())
	}
	for _, want := range []string{
		`catalog: users[2].timezone: "Mars/Olympus" is not an IANA time zone such as Europe/Berlin`,
		`oncall: services[0].policy: policy "nowhere" does not exist`,
		`oncall: schedules[0].layers[0].users[1]: user "dan" does not exist`,
		`oncall: schedules[0].layers[0].rotation.every: is -1; write a number from 1 to 10000`,
		`oncall: schedules[1].id: "primary" is used twice`,
		`oncall: schedules[1].overrides[0].user: user "eve" does not exist`,
		`oncall: schedules[1].overrides[0].replaces: user "fay" does not exist`,
		`oncall: policies[0].levels[1].timeout: 1ms is under a second; leave it out for the default`,
		`oncall: policies[0].levels[1].targets[0]: team "nobody" does not exist`,
		`oncall: policies[0].levels[1].targets[1]: schedule "none" does not exist`,
		`oncall: policies[0].levels[1].targets[2]: user "eve" does not exist`,
		`oncall: policies[1].id: "web" is used twice`,
		`oncall: policies[1].catch_all[0]: user "gus" does not exist`,
		`oncall: catch_all[0]: user "hal" does not exist`,
		`oncall: catch_all_every: -1ns is under a second; leave it out for 15 minutes`,
	} {
		assert.Contains(t, got, want)
	}
	assert.NotContains(t, got, `oncall: schedules[0].layers[0].users[2]: user "~" does not exist`)
}

func flatten(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var list []error
		for _, e := range many.Unwrap() {
			list = append(list, flatten(e)...)
		}
		return list
	}
	return []error{err}
}

// A target that points at a schedule with errors of its own is no further error.
func TestNewDoesNotBlameTheTarget(t *testing.T) {
	c := small()
	c.Schedules[0].Timezone = "nowhere"
	_, err := oncall.New(c, 1)
	list := flatten(err)
	require.Len(t, list, 1)
	assert.ErrorContains(t, list[0], "schedules[0].timezone")
	var room *schedule.FieldError
	assert.ErrorAs(t, list[0], &room, "the schedule's own error is inside")
}

func TestLookups(t *testing.T) {
	o := org(t, small())
	assert.EqualValues(t, 7, o.Revision())
	assert.Equal(t, small(), o.Config())
	for name, found := range map[string]bool{"prom-key": true, "token": false, "": false, string(catalog.DigestOf("prom-key")): false} {
		_, ok := o.Source(name)
		assert.Equal(t, found, ok, name)
	}
	key, ok := o.Key("token")
	assert.True(t, ok)
	assert.Equal(t, "ops", key.ID)
	_, ok = o.Key("")
	assert.False(t, ok)
	_, ok = o.User("eve")
	assert.False(t, ok)
	_, ok = o.Schedule("primary")
	assert.True(t, ok)
	_, ok = o.Service("none")
	assert.False(t, ok)
	customer, ok := o.Customer("us")
	assert.True(t, ok)
	assert.Equal(t, small().Catalog.Customers[1], customer)
	_, ok = o.Customer("none")
	assert.False(t, ok)
	page, ok := o.Page("public")
	assert.True(t, ok)
	assert.Equal(t, small().Catalog.Pages[0], page)
	_, ok = o.Page("")
	assert.False(t, ok)
}

func TestTeam(t *testing.T) {
	o := org(t, small())
	dev, ok := o.Team("dev")
	assert.True(t, ok)
	assert.Equal(t, catalog.Team{ID: "dev", Members: []watchbill.UserID{"ada"}}, dev, "whoever says it is in it")
	ops, _ := o.Team("ops")
	assert.Equal(t, []watchbill.UserID{"ben", "ada"}, ops.Members, "once")
	assert.Empty(t, o.Config().Catalog.Teams[1].Members, "what is configured stays as it is")
	none, ok := o.Team("none")
	assert.False(t, ok)
	assert.Empty(t, none)
}

var monday = time.Date(2026, 1, 12, 8, 0, 0, 0, time.UTC) // ben takes over from ada

func TestResolve(t *testing.T) {
	o := org(t, small())
	for name, c := range map[string]struct {
		targets string
		at      time.Time
		want    []oncall.Person
		reason  string
		until   time.Time
	}{
		"a person": {targets: "user:cem", want: []oncall.Person{{User: "cem", Why: "named"}}},
		"before the hand-off": {targets: "schedule:primary", at: monday.Add(-time.Microsecond),
			want: []oncall.Person{{User: "ada", Why: "on call in primary: layer week, turn 0"}}, until: monday},
		"at the hand-off": {targets: "schedule:primary", at: monday,
			want: []oncall.Person{{User: "ben", Why: "on call in primary: layer week, turn 1"}}, until: monday.AddDate(0, 0, 7)},
		"a team, in its order, and those who say they are in it": {targets: "team:ops",
			want: []oncall.Person{{User: "ben", Why: "member of team ops"}, {User: "ada", Why: "member of team ops"}}},
		"a team by its members alone": {targets: "team:dev", want: []oncall.Person{{User: "ada", Why: "member of team dev"}}},
		"once, for the first target": {targets: "user:ada,team:ops,schedule:primary", at: monday,
			want: []oncall.Person{{User: "ada", Why: "named"}, {User: "ben", Why: "member of team ops"}}, until: monday.AddDate(0, 0, 7)},
		"until the first of two changes": {targets: "schedule:primary,schedule:late", at: monday.AddDate(0, 0, -10), reason: "nobody is on call in primary; nobody is on call in late", until: monday.AddDate(0, 0, -7)},
		"nobody yet": {targets: "schedule:primary", at: monday.AddDate(0, 0, -7).Add(-time.Hour),
			reason: "nobody is on call in primary", until: monday.AddDate(0, 0, -7)},
		"nobody ever":  {targets: "schedule:empty,schedule:gone,team:idle", at: monday, reason: "nobody is on call in empty; nobody is on call in gone; team idle has no members"},
		"gone by now":  {targets: "user:eve,schedule:none,team:none", reason: "user eve does not exist any more; schedule none does not exist any more; team none has no members"},
		"no targets":   {reason: "there is nobody to page"},
		"one has some": {targets: "schedule:empty,user:ada", want: []oncall.Person{{User: "ada", Why: "named"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var list []escalation.Target
			if c.targets != "" {
				list = targets(split(c.targets)...)
			}
			got := o.Resolve(list, c.at)
			assert.Equal(t, c.want, got.People)
			assert.Equal(t, c.reason, got.Reason)
			assert.True(t, c.until.Equal(got.Until), "until %s", got.Until)
		})
	}
}

func split(list string) (parts []string) {
	for start, i := 0, 0; i <= len(list); i++ {
		if i == len(list) || list[i] == ',' {
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return parts
}

func TestResolveToleratesUnknownKinds(t *testing.T) {
	got := org(t, small()).Resolve([]escalation.Target{{Kind: "pager", ID: "x"}}, monday)
	assert.Equal(t, "target pager:x is of an unknown kind", got.Reason)
}

func TestRoute(t *testing.T) {
	o := org(t, small())
	every := 5 * time.Minute
	for name, c := range map[string]struct {
		signal   alert.Signal
		policy   watchbill.PolicyID
		levels   int
		catchAll string
		every    time.Duration
	}{
		"a service":              {alert.Signal{Service: "shop"}, "web", 2, "user:ada", every},
		"without a policy":       {alert.Signal{Service: "bare"}, "", 0, "user:ada", every},
		"a service that is gone": {alert.Signal{Service: "none"}, "", 0, "user:ada", every},
		"a policy":               {alert.Signal{Policy: "own"}, "own", 0, "user:ben", time.Minute},
		"a policy that is gone":  {alert.Signal{Policy: "none"}, "", 0, "user:ada", every},
		"a person":               {alert.Signal{User: "cem"}, "user:cem", 1, "user:ada", every},
		"the person goes first":  {alert.Signal{User: "cem", Policy: "own", Service: "shop"}, "user:cem", 1, "user:ada", every},
		"nothing":                {alert.Signal{}, "", 0, "user:ada", every},
	} {
		t.Run(name, func(t *testing.T) {
			p := o.Route(c.signal.User, c.signal.Policy, c.signal.Service)
			assert.Equal(t, c.policy, p.ID)
			assert.Len(t, p.Levels, c.levels)
			assert.Equal(t, targets(c.catchAll), p.CatchAll)
			assert.Equal(t, c.every, p.CatchAllEvery)
		})
	}
	frozen, ok := o.Frozen("web")
	assert.True(t, ok)
	assert.Equal(t, targets("user:ada"), frozen.CatchAll)
	_, ok = o.Frozen("none")
	assert.False(t, ok)
	configured, _ := o.Policy("web")
	assert.Empty(t, configured.CatchAll, "what is configured stays as it is")
}

func TestNewDoesNotWriteIntoTheConfiguration(t *testing.T) {
	c := small()
	members := append(make([]watchbill.UserID, 0, 4), "ben")
	c.Catalog.Teams[0].Members = members
	assert.Len(t, org(t, c).Resolve(targets("team:ops"), monday).People, 2)
	assert.Equal(t, []watchbill.UserID{"ben", ""}, members[:2])
}

func TestConfigSurvivesBeingStored(t *testing.T) {
	c := small()
	data, err := c.Encode()
	require.NoError(t, err)
	back, err := oncall.Decode(data)
	require.NoError(t, err)
	assert.True(t, reflect.DeepEqual(c, back))
	_, err = oncall.Decode([]byte("{"))
	assert.ErrorContains(t, err, "oncall: stored configuration")

	c, err = oncall.Decode([]byte(`{"catalog": {"pay": {"rules": []}, "delivery": {"limits": {}},
		"users": [{"id": "ada", "rules": {"high": []}, "quiet": {"windows": []}}]}, "made": {"silences": []},
		"personal": [{"user": "ada", "rules": {"high": []}, "quiet": []}]}`))
	require.NoError(t, err)
	data, err = c.Encode()
	require.NoError(t, err)
	assert.JSONEq(t, `{"catalog": {"users": [{"id": "ada"}]}, "personal": [{"user": "ada", "rules": {}, "quiet": []}]}`,
		string(data), "an empty list says nothing, but where a person says that there is to be none")
}

// FuzzDecode: whatever was stored, New refuses it or makes an Org of it that answers.
func FuzzDecode(f *testing.F) {
	data, err := small().Encode()
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"catalog":{"users":[{"id":"0","rules":{"high":[]}}]}}`))
	f.Add([]byte(`{"policies":[{"id":"a","levels":[{"targets":[]}]}],"catch_all":["user:"]}`))
	f.Add([]byte(`{"catalog":{"users":[{"id":"ada","rules":{"high":[{"after":-1,"contact":"x"}]}}]},"schedules":[{"id":"s"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := oncall.Decode(data)
		if err != nil {
			return
		}
		o, err := oncall.New(c, 1)
		if err != nil {
			return
		}
		for _, p := range c.Policies {
			for _, l := range p.Levels {
				for _, q := range o.Resolve(l.Targets, monday).People {
					_, known := o.User(q.User)
					require.True(t, known)
				}
			}
			_ = o.Route("", p.ID, "")
		}
		again, err := c.Encode()
		require.NoError(t, err)
		back, err := oncall.Decode(again)
		require.NoError(t, err)
		require.Equal(t, c, back)
		twice, err := back.Encode()
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}
