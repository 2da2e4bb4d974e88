package sim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

// mondayNoon is when the small scenarios begin: noon, in UTC.
var mondayNoon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// twoLevels is ada, and ben if she does not answer in time.
func twoLevels(timeout time.Duration) sim.Scenario {
	user := func(id watchbill.UserID) catalog.User {
		return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "app", Channel: "push", Address: string(id)}}}
	}
	low := watchbill.UrgencyLow
	return sim.Scenario{Start: mondayNoon, For: 2 * time.Hour, Org: oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{user("ada"), user("ben")},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}, {ID: "quiet", Policy: "web", Urgency: &low}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
			{Targets: targets("user:ada"), Timeout: timeout}, {Targets: targets("user:ben")}}}},
		CatchAll: targets("user:ben"),
	}}
}

// breaks is the shop that breaks after a while.
func breaks(after time.Duration, key alert.DedupKey) sim.Act {
	return sim.Act{After: after, Do: sim.Signal{Source: "prom", Service: "shop", Key: key, Summary: "it is broken", Severity: watchbill.SeverityCritical}}
}

func mends(after time.Duration, key alert.DedupKey) sim.Act {
	return sim.Act{After: after, Do: sim.Signal{Source: "prom", Service: "shop", Key: key, Action: alert.Resolve}}
}

func brokenBy(t *testing.T, s sim.Scenario, e sim.Expectation) (texts []string) {
	h, err := sim.Run(s)
	require.NoError(t, err)
	for _, b := range e.Check(h) {
		name := ""
		if b.Alert != nil {
			name = b.Alert.Name + ": "
		}
		texts = append(texts, name+b.Text)
	}
	return texts
}

// answersAfter is somebody who answers after so long.
func answersAfter(d time.Duration) sim.Person { return sim.Person{Answers: sim.Always(d)} }

func TestPromises(t *testing.T) {
	const d = 10 * time.Minute
	away := sim.Person{Away: []sim.Span{{To: 24 * time.Hour}}}
	for _, c := range []struct {
		name        string
		change      func(s *sim.Scenario)
		acked, seen []string // what is broken
	}{
		{name: "answered in time", change: func(s *sim.Scenario) {}},
		{name: "answered late", change: func(s *sim.Scenario) { s.Others = answersAfter(20 * time.Minute) },
			acked: []string{"db#1: acknowledged after 20m0s"}},
		{name: "nobody is there", change: func(s *sim.Scenario) { s.Others = away },
			acked: []string{"db#1: not acknowledged in 7h0m0s, when the history ends"},
			seen:  []string{"db#1: not seen by anybody in 7h0m0s, when the history ends"}},
		{name: "over by itself before", change: func(s *sim.Scenario) {
			s.Others = away
			s.Acts = append(s.Acts, mends(time.Hour+9*time.Minute, "db"))
		}},
		{name: "over by itself too late", change: func(s *sim.Scenario) {
			s.Others = away
			s.Acts = append(s.Acts, mends(time.Hour+11*time.Minute, "db"))
		}, acked: []string{"db#1: never acknowledged; over after 11m0s"}, seen: []string{"db#1: never seen by anybody; over after 11m0s"}},
		{name: "the history ends before", change: func(s *sim.Scenario) {
			s.Others = away
			s.For, s.Rest = time.Hour+time.Minute, 8*time.Minute
		}},
		{name: "the history ends just then", change: func(s *sim.Scenario) {
			s.Others = away
			s.For, s.Rest = time.Hour+time.Minute, 9*time.Minute
		}, acked: []string{"db#1: not acknowledged in 10m0s, when the history ends"},
			seen: []string{"db#1: not seen by anybody in 10m0s, when the history ends"}},
		{name: "of low urgency", change: func(s *sim.Scenario) {
			s.Others = away
			signal := s.Acts[0].Do.(sim.Signal)
			signal.Service = "quiet"
			s.Acts[0].Do = signal
		}},
		{name: "its source acknowledges it", change: func(s *sim.Scenario) {
			s.Others = away
			signal := s.Acts[0].Do.(sim.Signal)
			signal.Action = alert.Acknowledge
			s.Acts = append(s.Acts, sim.Act{After: time.Hour + 5*time.Minute, Do: signal})
		}},
		{name: "acknowledged at once, and never again", change: func(s *sim.Scenario) {
			s.Org.Policies[0].AckTimeout = 30 * time.Minute
			s.Others = sim.Person{Away: []sim.Span{{From: 70 * time.Minute, To: 24 * time.Hour}}}
		}, acked: []string{"db#1: it rings 30m0s after it was opened, and is not acknowledged in 6h30m0s, when the history ends"},
			seen: []string{"db#1: it rings 30m0s after it was opened, and is not seen by anybody in 6h30m0s, when the history ends"}},
		{name: "snoozed", change: func(s *sim.Scenario) {
			s.Others = away
			s.Acts = append(s.Acts, sim.Act{After: time.Hour + time.Minute, Do: sim.Command{Key: "db",
				Input: episode.Snooze{Command: episode.Command{By: "ada"}, Until: mondayNoon.Add(2 * time.Hour)}}})
		}, acked: []string{"db#1: it rings 1h0m0s after it was opened, and is not acknowledged in 6h0m0s, when the history ends"},
			seen: []string{"db#1: it rings 1h0m0s after it was opened, and is not seen by anybody in 6h0m0s, when the history ends"}},
		{name: "two must acknowledge, and one does", change: func(s *sim.Scenario) {
			s.Org.Policies[0].Levels = []escalation.Level{{Targets: targets("user:ada", "user:ben"), Acks: 2}}
			s.People = map[watchbill.UserID]sim.Person{"ben": {Ignores: 1}}
		}, acked: []string{"db#1: not acknowledged in 7h0m0s, when the history ends"}},
		{name: "two must acknowledge, and both do", change: func(s *sim.Scenario) {
			s.Org.Policies[0].Levels = []escalation.Level{{Targets: targets("user:ada", "user:ben"), Acks: 2}}
			s.People = map[watchbill.UserID]sim.Person{"ben": answersAfter(9 * time.Minute)}
		}},
		{name: "of low urgency until office hours begin", change: func(s *sim.Scenario) {
			s.Others = away
			s.Org.Catalog.Hours = []catalog.Hours{{ID: "office", Zone: "UTC", Coverage: []calendar.Window{
				{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(14, 0), To: calendar.NewTimeOfDay(17, 0)}}}}
			s.Org.Catalog.Services[0].Support = catalog.Support{Hours: "office", Raise: true}
		}, acked: []string{"db#1: it rings 1h0m0s after it was opened, and is not acknowledged in 6h0m0s, when the history ends"},
			seen: []string{"db#1: it rings 1h0m0s after it was opened, and is not seen by anybody in 6h0m0s, when the history ends"}},
		{name: "muted, and over when that ends", change: func(s *sim.Scenario) {
			s.Others = away
			s.Org.Maintenance = lunchBreak()
			s.Acts = append(s.Acts, mends(89*time.Minute, "db"))
		}},
		{name: "muted, and outlasts that", change: func(s *sim.Scenario) {
			s.Others = away
			s.Org.Maintenance = lunchBreak()
		}, acked: []string{"db#1: it rings 30m0s after it was opened, and is not acknowledged in 6h30m0s, when the history ends"},
			seen: []string{"db#1: it rings 30m0s after it was opened, and is not seen by anybody in 6h30m0s, when the history ends"}},
		{name: "muted, outlasts that, and is answered", change: func(s *sim.Scenario) { s.Org.Maintenance = lunchBreak() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := twoLevels(5 * time.Minute)
			s.Acts = []sim.Act{breaks(time.Hour, "db")}
			c.change(&s)
			require.Equal(t, c.acked, brokenBy(t, s, sim.EveryAlert(sim.IsAcknowledgedWithin(d))))
			require.Equal(t, c.seen, brokenBy(t, s, sim.EveryAlert(sim.ReachesAPersonWithin(d))))
		})
	}
}

// lunchBreak is from 13:00 to 13:30.
func lunchBreak() []mute.Maintenance {
	return []mute.Maintenance{{ID: "daily", Services: []watchbill.ServiceID{"shop"}, Span: mute.Span{Windows: []calendar.Window{
		{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(13, 0), To: calendar.NewTimeOfDay(13, 30)}}}}}
}

// What was never judged makes no share better.
func TestMostAlerts(t *testing.T) {
	s := twoLevels(30 * time.Minute)
	s.Others = answersAfter(time.Minute)
	for i := range 9 {
		s.Acts = append(s.Acts, breaks(time.Duration(i)*time.Minute, alert.DedupKey(fmt.Sprintf("ok-%d", i))))
	}
	for i := range 20 { // over after ten seconds
		key := alert.DedupKey(fmt.Sprintf("blip-%d", i))
		s.Acts = append(s.Acts, breaks(30*time.Minute, key), mends(30*time.Minute+10*time.Second, key))
	}
	s.Acts = append(s.Acts, breaks(time.Hour, "late"))
	s.People = map[watchbill.UserID]sim.Person{"ada": {Answers: sim.Always(time.Minute), Away: []sim.Span{{From: time.Hour, To: 24 * time.Hour}}}}
	of := func(percent float64) []string {
		return brokenBy(t, s, sim.MostAlerts(percent, sim.IsAcknowledgedWithin(10*time.Minute)))
	}
	require.Empty(t, of(90))
	require.Equal(t, []string{"only 9 of 10, which is 90.0%", "late#1: acknowledged after 31m0s"}, of(90.5))
	require.Empty(t, brokenBy(t, twoLevels(time.Minute), sim.MostAlerts(100, sim.IsAcknowledgedWithin(0))), "of no alerts")
}

func TestNever(t *testing.T) {
	s := twoLevels(5 * time.Minute)
	s.Acts = []sim.Act{breaks(time.Hour, "db")}
	benSees := sim.Never("ben is disturbed", func(e sim.Event) bool { return e.Kind == sim.KindNotice && e.User == "ben" })
	require.Empty(t, brokenBy(t, s, benSees))
	s.People = map[watchbill.UserID]sim.Person{"ada": answersAfter(10 * time.Minute)}
	require.Equal(t, []string{"db#1: sees it"}, brokenBy(t, s, benSees))
}

// Three people take turns by the hour; the oracle counts hours, and knows nothing of schedules.
func TestPagesOnly(t *testing.T) {
	s := twoLevels(time.Hour)
	s.Others = sim.Person{Ignores: 1}
	s.Org.Policies[0].Levels = []escalation.Level{{Targets: targets("schedule:nights"), Timeout: 3 * time.Hour, Repeat: escalation.Repeat{Every: 10 * time.Minute}}}
	s.Org.Catalog.Users = append(s.Org.Catalog.Users, catalog.User{ID: "cem", Contacts: s.Org.Catalog.Users[0].Contacts}, catalog.User{ID: "mute", Contacts: s.Org.Catalog.Users[0].Contacts})
	s.Org.Schedules = append(s.Org.Schedules, nights())
	s.Start, s.Acts = time.Date(2026, 3, 3, 3, 0, 0, 0, time.UTC), []sim.Act{breaks(time.Minute, "db"), breaks(70*time.Minute, "web")}
	var judged int
	onCall := func(user watchbill.UserID, at time.Time) bool { // by the hour, each of three since the year began there
		hours := int(at.Sub(time.Date(2026, 1, 1, 5, 0, 0, 0, time.UTC)) / time.Hour)
		return user == []watchbill.UserID{"ada", "mute", "cem"}[hours%3]
	}
	byTheHour := sim.PagesOnly("whoever is on call", func(_ *sim.Alert, level int, user watchbill.UserID, at time.Time) bool {
		judged++
		return level == 0 || onCall(user, at)
	})
	require.Empty(t, brokenBy(t, s, byTheHour))
	require.Greater(t, judged, 20)
	late := sim.PagesOnly("whoever was on call half an hour before", func(_ *sim.Alert, level int, user watchbill.UserID, at time.Time) bool {
		return level == 0 || onCall(user, at.Add(-30*time.Minute))
	})
	require.NotEmpty(t, brokenBy(t, s, late))
}

func TestNothingSentAfterAcknowledge(t *testing.T) {
	a := &sim.Alert{Name: "db#1", Sends: []*sim.Send{{User: "ada", State: alert.Triggered}, {User: "ben", State: alert.Acknowledged}}}
	e := sim.NothingSentAfterAcknowledge()
	require.Len(t, e.Check(&sim.History{Alerts: []*sim.Alert{a}}), 1)
	a.Sends[1].Key.Attempt.Level = -1 // whom somebody asked for
	require.Empty(t, e.Check(&sim.History{Alerts: []*sim.Alert{a}}))
}

// What was stopped with a run is not sent in the next.
func TestNothingOfARunBefore(t *testing.T) {
	send := func(run int) *sim.Send {
		return &sim.Send{User: "ada", State: alert.Triggered, Run: 2, Key: notify.Key{Attempt: watchbill.Attempt{Run: run, Cycle: 1, Level: 1, Number: 1}}}
	}
	e := sim.NothingSentAfterAcknowledge()
	require.Empty(t, e.Check(&sim.History{Alerts: []*sim.Alert{{Name: "db#1", Sends: []*sim.Send{send(2)}}}}))
	require.Len(t, e.Check(&sim.History{Alerts: []*sim.Alert{{Name: "db#1", Sends: []*sim.Send{send(1), send(2)}}}}), 1)
}

// A room that was told is nobody who was reached, and where nothing rings every promise is kept.
func TestRoomsAndSilence(t *testing.T) {
	told := &sim.Alert{Name: "db#1", OpenedAt: mondayNoon, Rings: []sim.Ring{{From: mondayNoon}},
		Sends: []*sim.Send{{At: mondayNoon, User: "destination:chat", ArrivedAt: mondayNoon, NoticedAt: mondayNoon}}}
	h := &sim.History{Start: mondayNoon, End: mondayNoon.Add(time.Hour), Alerts: []*sim.Alert{told}}
	reached := sim.EveryAlert(sim.ReachesAPersonWithin(time.Minute))
	require.Len(t, reached.Check(h), 1)
	require.Zero(t, told.ReachedAt())
	require.Empty(t, sim.SomeAlertRings().Check(h))
	told.Sends[0].User = "ada"
	require.Empty(t, reached.Check(h))

	told.Rings = nil
	require.Empty(t, reached.Check(h))
	require.Len(t, sim.SomeAlertRings().Check(h), 1)
}

// A history lasts as long as was said, also where nothing is left to happen.
func TestHistoryEnds(t *testing.T) {
	h, err := sim.Run(twoLevels(time.Minute))
	require.NoError(t, err)
	require.Equal(t, mondayNoon.Add(8*time.Hour), h.End)
}

// historyOfPages is a history in which ada's phone rings at these instants, for as many alerts, over two contacts each.
func historyOfPages(at ...time.Time) *sim.History {
	h := &sim.History{Start: mondayNoon}
	for i, t := range at {
		h.Alerts = append(h.Alerts, &sim.Alert{Name: fmt.Sprint(i), Sends: []*sim.Send{
			{User: "ada", Contact: "call", ArrivedAt: t.Add(time.Second)}, {User: "ada", Contact: "app", ArrivedAt: t}, {User: "ben", At: t}}})
	}
	return h
}

func TestPagesPerPerson(t *testing.T) {
	c := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var at []time.Time
		for range c.IntN(30) {
			at = append(at, mondayNoon.Add(time.Duration(c.IntN(600))*time.Minute))
		}
		want := 0
		for _, from := range at { // the most begins with one of them
			n := 0
			for _, t := range at {
				if !t.Before(from) && t.Before(from.Add(time.Hour)) {
					n++
				}
			}
			want = max(want, n)
		}
		counts := sim.PagesPerPersonPerHour().Count(historyOfPages(at...))
		if len(at) == 0 {
			require.Empty(t, counts)
			continue
		}
		require.Len(t, counts, 1, "what never came to ben is no page")
		require.Equal(t, watchbill.UserID("ada"), counts[0].User)
		require.Equal(t, want, counts[0].N, at)
		require.Less(t, counts[0].To.Sub(counts[0].From), time.Hour)
		require.Empty(t, sim.AtMost(want, sim.PagesPerPersonPerHour()).Check(historyOfPages(at...)))
		require.Len(t, sim.AtMost(want-1, sim.PagesPerPersonPerHour()).Check(historyOfPages(at...)), 1)
	}
	day := sim.PagesPerPersonPerDay().Count(historyOfPages(mondayNoon, mondayNoon.Add(23*time.Hour), mondayNoon.Add(24*time.Hour)))
	require.Equal(t, 2, day[0].N)
}

func TestPagesPerAlert(t *testing.T) {
	s := twoLevels(5 * time.Minute)
	s.People = map[watchbill.UserID]sim.Person{"ada": {Ignores: 1}}
	s.Acts = []sim.Act{breaks(time.Hour, "db")}
	require.Equal(t, []string{"db#1: 6 pages, from Mon 2 Mar 13:00:00 UTC to Mon 2 Mar 13:05:00 UTC"},
		brokenBy(t, s, sim.AtMost(5, sim.PagesPerAlert())), "ada five times, a minute apart, and ben once")
	require.Empty(t, brokenBy(t, s, sim.AtMost(6, sim.PagesPerAlert())))
}

// A night is one by the clock of the person, from its evening to its morning.
func TestNightsBroken(t *testing.T) {
	at := func(day int, clock string) time.Time {
		c, err := time.Parse("15:04", clock)
		require.NoError(t, err)
		return time.Date(2026, 3, day, c.Hour(), c.Minute(), 0, 0, time.UTC)
	}
	n := func(times ...time.Time) int {
		counts := sim.NightsBrokenPerPersonPerWeek().Count(historyOfPages(times...))
		if len(counts) == 0 {
			return 0
		}
		return counts[0].N
	}
	require.Equal(t, 0, n(at(3, "21:59"), at(4, "07:00"), at(4, "12:00")))
	require.Equal(t, 1, n(at(3, "22:00"), at(4, "06:59")), "one night")
	require.Equal(t, 2, n(at(3, "06:59"), at(3, "22:00")), "two nights, though of one day")
	require.Equal(t, 2, n(at(3, "23:00"), at(9, "23:00")), "seven nights in a row")
	require.Equal(t, 1, n(at(3, "23:00"), at(10, "23:00")), "eight")

	s := twoLevels(5 * time.Minute)
	s.Acts = []sim.Act{breaks(time.Hour, "db")} // at 13:00 in UTC
	require.Empty(t, brokenBy(t, s, sim.AtMost(0, sim.NightsBrokenPerPersonPerWeek())))
	s.Org.Catalog.Users[0].Zone = "Asia/Tokyo" // 22:00 there
	require.Equal(t, []string{"1 night broken, from Mon 2 Mar 13:00:00 UTC to Mon 2 Mar 13:00:00 UTC"},
		brokenBy(t, s, sim.AtMost(0, sim.NightsBrokenPerPersonPerWeek())))
	moved := s.Org
	moved.Catalog.Users = []catalog.User{moved.Catalog.Users[0], moved.Catalog.Users[1]}
	moved.Catalog.Users[0].Zone = ""
	s.Acts = append(s.Acts, sim.Act{After: 30 * time.Minute, Do: sim.Configure{Org: moved}})
	require.Empty(t, brokenBy(t, s, sim.AtMost(0, sim.NightsBrokenPerPersonPerWeek())), "the zone is the latest")
}

// One message about several alerts is a page of each of them, which the person sees.
func TestSummaryIsSeen(t *testing.T) {
	s := twoLevels(10 * time.Minute)
	s.Org.Catalog.Users[0].Bundle = 5 * time.Minute
	s.Acts = []sim.Act{breaks(time.Hour, "a"), breaks(time.Hour+time.Minute, "b"), breaks(time.Hour+2*time.Minute, "c")}
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Zero(t, h.Duplicates)
	for i, a := range h.Alerts {
		require.Len(t, a.Sends, 1, a.Name)
		require.Equal(t, a.Sends[0].NoticedAt, a.ReachedAt(), a.Name)
		require.Equal(t, i > 0, a.Sends[0].Message == h.Alerts[2].Sends[0].Message, a.Name)
		require.Equal(t, watchbill.UserID("ada"), a.AcknowledgedBy, a.Name)
	}
	require.Equal(t, 3, sim.PagesPerPersonPerHour().Count(h)[0].N)
}
