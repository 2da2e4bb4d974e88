package postmortem_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

var (
	nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	ada  = timeline.By{Actor: timeline.User("ada")}
	ben  = timeline.By{Actor: timeline.User("ben"), Via: "chat"}
)

// at returns an instant of Monday morning, "9:02" or "9:02:30".
func at(clock string) time.Time {
	layout := "15:04:05"
	if len(clock) < len("9:00:00") {
		layout = "15:04"
	}
	t, err := time.Parse(layout, clock)
	if err != nil {
		panic(err)
	}
	return nine.Truncate(24 * time.Hour).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
}

// checkout is an incident that every sentence of a draft has something to say about: impact from 9:00 to 9:42 and two
// services, found by an alert at 9:02, acknowledged at 9:05, resolved at 9:45.
func checkout() incident.Incident {
	return incident.Incident{
		ID: "06nf", Title: "Checkout fails", Severity: watchbill.SeverityCritical, Status: incident.Resolved,
		DeclaredAt: at("9:06"), DeclaredBy: ben.Actor, TakenAt: at("9:06"), DetectedAt: at("9:02"), ResolvedAt: at("9:45"), UpdatedAt: at("9:45"), Seq: 9,
		Roles:  []incident.Assignment{{Role: incident.Commander, User: "ben", Since: at("9:06")}},
		Alerts: []watchbill.AlertID{"01"}, Links: []alert.Link{{Text: "graph", Href: "https://metrics.example.com/d/1?from=a&to=b"}},
		Impact: incident.Impact{
			StartedAt: at("9:00"), Customers: []watchbill.CustomerID{"acme", "globex", "initech"}, Reported: 1, Metric: "4 % of checkouts failed",
			Services: []incident.Affected{{Service: "shop"}, {Service: "search"}, {Service: "mail"}},
			Spans: []incident.Span{
				{Service: "shop", Effect: incident.EffectMajor, From: at("9:00"), To: at("9:20")},
				{Service: "search", Effect: incident.EffectPartial, From: at("9:10"), To: at("9:15")},
				{Service: "shop", Effect: incident.EffectDegraded, From: at("9:20"), To: at("9:42")},
			},
		},
	}
}

// moments are what the records of that incident and its alert tell, as packages incident and episode put it.
func moments() []incident.Moment {
	record, one := timeline.Record(incident.RecordKind, "06nf"), timeline.Alert("01")
	paged := func(clock, text string) incident.Moment {
		return incident.Moment{At: at(clock), Of: one, Actor: timeline.Engine, Text: text}
	}
	accepted := func(clock string) incident.Moment {
		return incident.Moment{At: at(clock), Of: one, Actor: "channel:webhook", Text: "channel:webhook accepted the page to app of ada"}
	}
	said := func(clock string, by timeline.By, text string) incident.Moment {
		return incident.Moment{At: at(clock), Of: record, Actor: by.Actor, Via: by.Via, Text: text}
	}
	return []incident.Moment{
		{At: at("9:02"), Of: one, Actor: "source:prom", Text: "source:prom triggered the alert: 5xx of checkout over 2 %"},
		paged("9:02", "paging level 1: ada (primary)"), accepted("9:02:01"),
		paged("9:03", "paging level 1, attempt 2: ada (primary)"), accepted("9:03:01"),
		paged("9:04", "paging level 1, attempt 3: ada (primary)"), accepted("9:04:01"),
		{At: at("9:05"), Of: one, Actor: ada.Actor, Text: "ada acknowledged"},
		said("9:06", ben, `ben (via chat) declared the incident "Checkout fails", severity critical; services shop major outage`),
		said("9:07", ada, "ada commented: the new pool size\n| is | live |"),
		said("9:15", ada, "ada decided: roll back the pool size"),
		said("9:20", ben, "ben (via chat) set the status to monitoring"),
		said("9:21", ben, "ben (via chat) told customers (monitoring), Checkout is slow: Orders go through again."),
		said("9:45", ada, "ada set the status to resolved, impact until 2026-01-05 09:42:00 UTC"),
	}
}

func material() postmortem.Material {
	i := checkout()
	return postmortem.Material{
		Incident: i, Figures: i.Figures(at("9:05")), Moments: moments(),
		Before: []postmortem.Event{
			{At: at("8:00"), Text: "ada is on call for primary"},
			{At: at("8:50"), Actor: "user:cem", Text: "loaded configuration 12"},
		},
		Required: true, DueAt: at("9:45").AddDate(0, 0, 5), Owner: "ben", Participants: []watchbill.UserID{"ben", "ada", "ben", ""},
	}
}

// unnoticed is an incident that somebody declared and no alert belongs to. It is not over.
func unnoticed() postmortem.Material {
	return postmortem.Material{Incident: incident.Incident{
		ID: "07aa", Title: "Mails are late", Severity: watchbill.SeverityWarning, Status: incident.Investigating,
		DeclaredAt: at("9:30"), DeclaredBy: ada.Actor, TakenAt: at("9:30"), DetectedAt: at("9:30"), Impact: incident.Impact{StartedAt: at("9:00")},
	}}
}

// world is a postmortem and its record, as an engine would keep them.
type world struct {
	t       testing.TB
	now     time.Time
	p       postmortem.Postmortem
	entries []timeline.Entry
}

func newWorld(t testing.TB) *world { return &world{t: t, now: at("10:00")} }

// do carries out a command a minute after the one before, and checks what holds for every command.
func (w *world) do(c postmortem.Command) error {
	w.t.Helper()
	before := encode(w.t, w.p)
	p, entries, err := postmortem.Apply(w.p, w.now, c)
	require.Equal(w.t, before, encode(w.t, w.p), "the postmortem before has changed")
	if err != nil || len(entries) == 0 {
		require.Equal(w.t, w.p, p)
		require.Empty(w.t, entries)
		return err
	}
	require.Len(w.t, entries, 1)
	e := entries[0]
	require.Equal(w.t, w.p.Seq+1, e.Seq)
	require.Equal(w.t, [2]any{e.Seq, e.At}, [2]any{p.Seq, p.UpdatedAt})
	require.False(w.t, e.At.Before(w.p.UpdatedAt), "back in time")
	require.NotContains(w.t, postmortem.Describe(e), "unreadable")
	w.p, w.entries, w.now = p, append(w.entries, e), w.now.Add(time.Minute)
	return nil
}

// must is do of what is not refused.
func (w *world) must(commands ...postmortem.Command) *world {
	w.t.Helper()
	for _, c := range commands {
		require.NoError(w.t, w.do(c))
	}
	return w
}

// checkFold checks that record and stored form lead back to the state.
func (w *world) checkFold() {
	w.t.Helper()
	data, err := json.Marshal(w.entries)
	require.NoError(w.t, err)
	var entries []timeline.Entry
	require.NoError(w.t, json.Unmarshal(data, &entries))
	folded, err := postmortem.Fold(entries)
	require.NoError(w.t, err)
	if !reflect.DeepEqual(w.p, folded) {
		require.Equal(w.t, w.p, folded)
		w.t.Fatal("folding the record gives something else")
	}
	back, err := postmortem.Decode([]byte(encode(w.t, w.p)))
	require.NoError(w.t, err)
	if !reflect.DeepEqual(w.p, back) {
		require.Equal(w.t, w.p, back)
		w.t.Fatal("the stored form gives something else")
	}
}

func encode(t testing.TB, p postmortem.Postmortem) string {
	data, err := postmortem.Encode(p)
	require.NoError(t, err)
	return string(data)
}

func to[V any](v V) *V { return &v }

// written is what people add to the draft of checkout.
func written() []postmortem.Command {
	return []postmortem.Command{
		postmortem.Assign{By: ben, Owner: "ada", MeetingAt: at("14:00").AddDate(0, 0, 1), Participants: &[]watchbill.UserID{"ada", "ben", "cem"}},
		postmortem.Edit{By: ada,
			Process:    to("Ben led and Ada searched.\nThe hand-over to customers took 15 minutes,\n\nsince nobody knew who writes to them."),
			ImpactNote: to("Orders were refused, none was lost."),
			Factors:    &[]string{"The pool size was cut to a quarter with the Monday release.", "The load test runs with one customer.", ""},
			Unknown:    &[]string{"That connections had been waiting since 08:55; `pool_wait` showed it."},
			Strengths:  &[]string{"Rolling back takes 5 minutes."},
			Lessons:    &[]string{"A limit that has never been reached is not known to be needless."},
			Evidence: &[]postmortem.Link{{Text: "graph of pool_wait", Href: "https://metrics.example.com/d/2?q=sum(pool_wait)|by=pod"},
				{Href: "kubectl logs deploy/shop --since 1h | grep pool"}},
		},
		postmortem.AddItem{By: ada, Title: "Page when connections wait", Kind: postmortem.Detect, Owner: "ada", DueAt: at("12:00").AddDate(0, 0, 14),
			Detail: "Alert on pool_wait > 1 s for 1 min.\nThe metric exists.", Ticket: "https://tickets.example.com/browse/OPS-12"},
		postmortem.AddItem{By: ben, Title: "Limits of the pool | a test of them", Kind: postmortem.Prevent, State: postmortem.ItemDiscuss},
		postmortem.AddItem{By: ben, Title: "Say beforehand who writes to customers", Kind: postmortem.Contain, Owner: "cem", DueAt: at("12:00").AddDate(0, 0, 7), Ticket: "OPS-13"},
	}
}
