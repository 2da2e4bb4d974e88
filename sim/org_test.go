package sim_test

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/schedule"
)

// org has what makes trouble: rungs that wait, a schedule with gaps, a person without contacts, a policy without
// anybody, several cycles, short time-outs, groups, a heartbeat.
func org() oncall.Config {
	low := watchbill.UrgencyLow
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{
				{ID: "ada", Contacts: []notify.Contact{contact("hook", "a"), contact("mail", "b")}, Rules: notify.Rules{
					High: []notify.Rung{{Contact: "hook"}, {After: 90 * time.Second, Contact: "mail"}}}},
				{ID: "ben", Contacts: []notify.Contact{contact("hook", "a")}},
				{ID: "cem", Contacts: []notify.Contact{contact("hook", "c"), contact("mail", "b")}},
				{ID: "eve", Contacts: []notify.Contact{contact("hook", "e")}},
				{ID: "mute"},
			},
			Teams: []catalog.Team{{ID: "all", Members: []watchbill.UserID{"ada", "ben", "cem", "eve", "mute"}}},
			Services: []catalog.Service{
				{ID: "shop", Policy: "web", AutoResolve: time.Hour},
				{ID: "batch", Policy: "gappy"},
				{ID: "quiet", Policy: "web", Urgency: &low},
				{ID: "orphan"},
				{ID: "young", Policy: "both", Pause: 2 * time.Minute},
				{ID: "herd", Policy: "both"},
				{ID: "dusk", Policy: "web", Urgency: &low},
				{ID: "office", Policy: "hours", Support: catalog.Support{Hours: "office", Raise: true}},
			},
			Hours: []catalog.Hours{{ID: "office", Zone: "America/New_York", Coverage: []calendar.Window{
				{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}}},
			Sources: []catalog.Source{
				{ID: "sim", Type: "generic", Key: catalog.DigestOf("sim"), Handling: route.Handling{Flapping: route.Flapping{Changes: 4, Within: 20 * time.Minute}}},
				{ID: "herd", Type: "generic", Key: catalog.DigestOf("herd"), Handling: route.Handling{
					Group: &route.Group{By: []string{"service"}, Window: 40 * time.Minute}, Flood: route.Limit{Alerts: 6, Per: 10 * time.Minute}}},
			},
			Destinations: []catalog.Destination{{ID: "chat", Channel: "webhook", Address: "http://d"}},
			Incidents: catalog.IncidentRules{AutoResolve: true, Declare: []watchbill.Severity{watchbill.SeverityError, watchbill.SeverityCritical},
				Postmortem: catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityCritical}}},
		},
		Schedules: []schedule.Spec{nights()},
		Policies: []escalation.Policy{
			{ID: "web", Cycles: 2, Levels: []escalation.Level{
				{Targets: targets("schedule:nights", "user:ben"), Timeout: 3 * time.Minute, Repeat: escalation.Repeat{Every: time.Minute, Attempts: 2}},
				{Targets: targets("user:mute")},
				{Targets: targets("team:all"), Timeout: 2 * time.Minute},
			}},
			{ID: "both", AckTimeout: 20 * time.Minute, Levels: []escalation.Level{
				{Targets: targets("user:ada", "user:ben", "chat:chat"), Acks: 2, Timeout: 3 * time.Minute},
				{Targets: targets("team:all"), Mode: escalation.RoundRobin, Timeout: time.Minute, Then: escalation.Jump{Level: 1, Times: 2}},
				{Targets: targets("policy:gappy")},
			}},
			{ID: "hours", Quiet: true, Rest: escalation.Rest{After: 1, Relief: targets("user:cem")}, Levels: []escalation.Level{
				{Targets: targets("next:nights"), When: escalation.When{Outside: "office"}},
				{Targets: targets("user:ben"), When: escalation.When{Hours: "office", Wait: true}},
				{Targets: targets("previous:nights"), When: escalation.When{Severity: []watchbill.Severity{watchbill.SeverityCritical}}},
			}},
			{ID: "gappy", Levels: []escalation.Level{{Targets: targets("schedule:nights")}}, CatchAll: targets("user:mute")},
		},
		CatchAll: targets("user:cem"),
		Maintenance: []mute.Maintenance{{ID: "nightly", Services: []watchbill.ServiceID{"batch"}, Span: mute.Span{Windows: []calendar.Window{
			{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(21, 0), To: calendar.NewTimeOfDay(21, 30)}}}}},
		Heartbeats:  []heartbeat.Monitor{{ID: "backup", Key: string(catalog.DigestOf("backup")), Interval: 10 * time.Minute, Grace: 2 * time.Minute, Service: "shop"}},
		Inhibitions: []mute.Inhibition{{ID: "batch", Source: matchers("service", "shop"), Target: matchers("service", "quiet")}},
	}
}

func contact(id, address string) notify.Contact {
	return notify.Contact{ID: notify.ContactID(id), Channel: "webhook", Address: "http://" + address}
}

func nights() (s schedule.Spec) {
	must(json.Unmarshal([]byte(`{"id": "nights", "timezone": "America/New_York", "layers": [{
		"id": "n", "users": ["ada", "mute", "cem"], "start": "2026-01-01T00:00", "rotation": {"every": 1, "unit": "hour"},
		"coverage": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "22:00", "to": "06:00"}]}]}`), &s))
	return s
}

func targets(list ...string) []escalation.Target {
	out := make([]escalation.Target, len(list))
	for i, s := range list {
		must(out[i].UnmarshalText([]byte(s)))
	}
	return out
}

func matchers(name, value string) mute.Matchers {
	m, err := mute.NewMatcher(name, mute.Equal, value)
	must(err)
	return mute.Matchers{m}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
