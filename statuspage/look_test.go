package statuspage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// look returns what a visitor of the shop reads at noon.
func look(b statuspage.Board, incidents ...incident.Incident) statuspage.View {
	return statuspage.Look(shop(), b, incidents, noon, base)
}

// states writes the components that are not operational: "checkout partial_outage, ...".
func states(v statuspage.View) string {
	var all []string
	for _, c := range v.Components {
		if c.Status != statuspage.Operational {
			all = append(all, c.ID+" "+c.Status.String())
		}
	}
	return strings.Join(all, ", ")
}

// told writes a notice in short: "Title, resolved, partial_outage: investigating 09:00 text | ...".
func told(n statuspage.Notice) string {
	var all []string
	for _, t := range n.Told {
		all = append(all, fmt.Sprintf("%s %s %s", t.Phase, t.At.Format("15:04"), t.Text))
	}
	return fmt.Sprintf("%s, %s, %s: %s", n.Title, n.Phase, n.Impact, strings.Join(all, " | "))
}

// TestStatusOfComponents shows how a component's status comes about.
func TestStatusOfComponents(t *testing.T) {
	down := tell(t, "down", at(9, 0), effect("svc-api", incident.EffectMajor)).i
	slow := tell(t, "slow", at(9, 0), effect("svc-api", incident.EffectDegraded), effect("svc-search", incident.EffectDegraded)).i
	over := tell(t, "over", at(9, 0), effect("svc-site", incident.EffectMajor)).end(at(10, 0)).i
	works := func(ids ...string) statuspage.Schedule {
		return statuspage.Schedule{Title: "Works", Components: ids, From: at(11, 0), Until: at(13, 0)}
	}
	for _, c := range []struct {
		name      string
		board     statuspage.Board
		incidents []incident.Incident
		want      string
	}{
		{"nothing", board(t).b, nil, ""},
		{"the worse of two incidents", board(t).b, []incident.Incident{slow, down}, "search degraded_performance, rest major_outage, hooks major_outage"},
		{"a resolved incident", board(t).b, []incident.Incident{over}, ""},
		{"a maintenance in progress", board(t).order(at(8, 0), works("site", "gone")).b, nil, "site under_maintenance"},
		{"a maintenance and a worse incident", board(t).order(at(8, 0), works("search", "site")).b, []incident.Incident{slow},
			"site under_maintenance, search degraded_performance, rest degraded_performance, hooks degraded_performance"},
		{"a maintenance ended early", board(t).order(at(8, 0), works("site")).order(at(11, 30), statuspage.Complete{Maintenance: "m1"}).b, nil, ""},
		{"a maintenance to come", board(t).order(at(8, 0), statuspage.Schedule{Title: "Works", Components: []string{"site"}, From: at(13, 0), Until: at(14, 0)}).b, nil, ""},
		{"by hand, worse", board(t).order(at(11, 0), statuspage.SetComponent{Component: "site", Status: status(statuspage.Partial)}).b, nil, "site partial_outage"},
		{"by hand, better than incident and maintenance", board(t).order(at(8, 0), works("rest")).
			order(at(11, 0), statuspage.SetComponent{Component: "rest", Status: status(statuspage.Operational)}).b, []incident.Incident{down}, "hooks major_outage"},
		{"by hand and taken back", board(t).order(at(10, 0), statuspage.SetComponent{Component: "rest", Status: status(statuspage.Operational)}).
			order(at(11, 0), statuspage.SetComponent{Component: "rest"}).b, []incident.Incident{down}, "rest major_outage, hooks major_outage"},
	} {
		require.Equal(t, c.want, states(look(c.board, c.incidents...)), c.name)
	}
}

// TestManual shows a page whose components follow what was published.
func TestManual(t *testing.T) {
	p := shop()
	p.Manual = true
	s := tell(t, "i1", at(9, 0), effect("svc-api", incident.EffectMajor))
	at := at(10, 0)
	see := func() string {
		return states(statuspage.Look(p, statuspage.Board{}, []incident.Incident{s.i}, noon, base))
	}
	require.Equal(t, "", see())
	s.say(at, incident.Investigating, "For others", "x", "other")
	require.Equal(t, "", see(), "published elsewhere")
	s.say(at, incident.Investigating, "For all", "x")
	require.Equal(t, "rest major_outage, hooks major_outage", see())
	s.do(at, incident.SetImpact{Services: []incident.Affected{effect("svc-api", incident.EffectDegraded), effect("svc-site", incident.EffectMajor)}})
	require.Equal(t, "site major_outage, rest degraded_performance, hooks degraded_performance", see(), "what is noted later needs no update")
}

// TestWhichUpdatesShow shows on which pages an update can be read.
func TestWhichUpdatesShow(t *testing.T) {
	touching := func() *story { return tell(t, "i1", at(9, 0), effect("svc-api", incident.EffectMajor)) }
	foreign := func() *story { return tell(t, "i2", at(9, 0), effect("svc-ledger", incident.EffectMajor)) }
	for _, c := range []struct {
		name string
		i    incident.Incident
		want string
	}{
		{"nothing published", touching().i, ""},
		{"for all pages that are affected", touching().say(at(9, 5), incident.Investigating, "Errors", "x").i,
			"Errors, investigating, major_outage: investigating 09:05 x"},
		{"not affected", foreign().say(at(9, 5), incident.Investigating, "Errors", "x").i, ""},
		{"affected, but for another page", touching().say(at(9, 5), incident.Investigating, "Errors", "x", "other").i, ""},
		{"not affected, but named", foreign().say(at(9, 5), incident.Investigating, "Internal", "for the affected").
			say(at(9, 6), incident.Identified, "Late invoices", "x", "public").i,
			"Late invoices, identified, operational: identified 09:06 x"},
		{"only its own updates", touching().say(at(9, 5), incident.Investigating, "Errors", "one").
			say(at(9, 6), incident.Identified, "Other words", "two", "other").i,
			"Errors, investigating, major_outage: investigating 09:05 one"},
		{"thought to be affected", tell(t, "i3", at(9, 0), effect("svc-api", incident.EffectNone)).say(at(9, 5), incident.Investigating, "Errors", "x").i,
			"Errors, investigating, operational: investigating 09:05 x"},
	} {
		v := look(board(t).b, c.i)
		got := ""
		if len(v.Incidents) > 0 {
			got = told(v.Incidents[0])
		}
		require.Equal(t, c.want, got, c.name)
	}
}

// TestLifeOfAnIncident follows one through resolution and reopening.
func TestLifeOfAnIncident(t *testing.T) {
	s := tell(t, "i1", at(8, 0), effect("svc-api", incident.EffectPartial))
	s.do(at(8, 5), incident.Publish{Title: "Errors", Text: "a", ExpectedAt: at(13, 0)})
	see := func() statuspage.Notice {
		v := look(board(t).b, s.i)
		require.Len(t, v.Incidents, 1)
		return v.Incidents[0]
	}
	n := see()
	require.Equal(t, "Errors, investigating, partial_outage: investigating 08:05 a", told(n))
	require.Equal(t, at(13, 0), n.ExpectedAt)
	require.Equal(t, at(8, 0), n.StartedAt)
	require.True(t, n.Open())

	s.say(at(8, 30), incident.Monitoring, "", "b")
	require.Equal(t, at(13, 0), see().ExpectedAt, "what was said holds until something else is")

	s.end(at(9, 0))
	n = see()
	require.Equal(t, "Errors, resolved, partial_outage: investigating 08:05 a | monitoring 08:30 b | resolved 09:00 This incident has been resolved.", told(n))
	require.Equal(t, at(9, 0), n.EndedAt)
	require.True(t, n.ExpectedAt.IsZero())

	s.do(at(9, 10), incident.Reopen{})
	require.Equal(t, "Errors, monitoring, partial_outage: investigating 08:05 a | monitoring 08:30 b", told(see()), "nobody told that it was resolved")
	s.end(at(9, 20)).say(at(9, 30), incident.Resolved, "", "c").say(at(9, 40), incident.Resolved, "Errors of the API", "d")
	n = see()
	require.Equal(t, "Errors of the API, resolved, partial_outage: investigating 08:05 a | monitoring 08:30 b | resolved 09:30 c | resolved 09:40 d", told(n))
	require.Equal(t, at(9, 30), n.EndedAt)
	require.Equal(t, at(9, 40), n.UpdatedAt)

	s.do(at(10, 0), incident.Reopen{})
	n = see()
	require.True(t, n.Open())
	require.True(t, n.EndedAt.IsZero())
	require.Equal(t, statuspage.Investigating, n.Phase)
	require.Equal(t, at(10, 0), n.UpdatedAt)
	require.Equal(t, "rest partial_outage, hooks partial_outage", states(look(board(t).b, s.i)), "its components show it at once")
}

// TestReopened shows what is to be read of an incident that customers knew as resolved.
func TestReopened(t *testing.T) {
	const before, again = "Errors, %s, partial_outage: investigating 08:05 a | resolved 09:05 b", " | investigating 10:00 This incident has been reopened."
	told := func(i incident.Incident) (string, time.Time) {
		v := look(board(t).b, i)
		require.Len(t, v.Incidents, 1)
		return told(v.Incidents[0]), v.Incidents[0].EndedAt
	}
	for _, c := range []struct {
		name  string
		then  func(s *story)
		phase string
		want  string
		end   time.Time
	}{
		{"open", func(*story) {}, "investigating", again, time.Time{}},
		{"told", func(s *story) { s.say(at(10, 5), incident.Identified, "", "c") }, "identified", again + " | identified 10:05 c", time.Time{}},
		{"resolved again", func(s *story) { s.end(at(11, 0)) }, "resolved", again + " | resolved 11:00 This incident has been resolved.", at(11, 0)},
		{"resolved again, and told", func(s *story) { s.end(at(11, 0)).say(at(11, 5), incident.Resolved, "", "c") },
			"resolved", again + " | resolved 11:05 c", at(11, 5)},
		{"reopened twice", func(s *story) { s.end(at(11, 0)).do(at(11, 30), incident.Reopen{}) },
			"investigating", " | investigating 11:30 This incident has been reopened.", time.Time{}},
		{"told elsewhere", func(s *story) { s.say(at(10, 5), incident.Identified, "Others", "c", "other") }, "investigating", again, time.Time{}},
		{"while the clock stood still", func(s *story) { s.say(at(9, 0), incident.Identified, "", "c") }, "identified", " | identified 10:00 c", time.Time{}},
	} {
		s := tell(t, "i1", at(8, 0), effect("svc-api", incident.EffectPartial)).say(at(8, 5), incident.Investigating, "Errors", "a")
		s.end(at(9, 0)).say(at(9, 5), incident.Resolved, "", "b").do(at(10, 0), incident.Reopen{})
		c.then(s)
		got, end := told(s.i)
		require.Equal(t, fmt.Sprintf(before, c.phase)+c.want, got, c.name)
		require.Equal(t, c.end, end, c.name)
	}
}

// TestTitlesOfOtherPages keeps a title that was written for the customers of one page from those of another.
func TestTitlesOfOtherPages(t *testing.T) {
	s := tell(t, "i1", at(9, 0), effect("svc-api", incident.EffectMajor)).say(at(9, 5), incident.Investigating, "ACME loses orders", "For ACME only.", "acme")
	_, _, err := incident.Apply(s.i, at(9, 10), incident.Publish{Text: "Some orders fail.", Pages: []watchbill.PageID{"public"}})
	require.ErrorContains(t, err, "title: is missing")
	v := look(board(t).b, s.say(at(9, 15), incident.Investigating, "Errors", "x", "public").say(at(9, 20), incident.Identified, "", "y", "public").i)
	require.Equal(t, "Errors, identified, major_outage: investigating 09:15 x | identified 09:20 y", told(v.Incidents[0]))
}

// TestLifeOfAMaintenance follows three through time.
func TestLifeOfAMaintenance(t *testing.T) {
	b := board(t).
		order(at(8, 0), statuspage.Schedule{Title: "One", Text: "text", Components: []string{"site"}, From: at(10, 0), Until: at(12, 0)}).
		order(at(8, 10), statuspage.Tell{Maintenance: "m1", Text: "soon"}).
		order(at(8, 20), statuspage.Schedule{Title: "Two", From: at(11, 0), Until: at(12, 0)}).
		order(at(10, 30), statuspage.Cancel{Maintenance: "m2"}).
		order(at(11, 10), statuspage.Move{Maintenance: "m1", Until: at(13, 0)}).
		order(at(11, 20), statuspage.Tell{Maintenance: "m1", Text: "longer"}).b
	for _, c := range []struct {
		now  time.Time
		want []string
	}{
		{at(7, 0), nil},
		{at(11, 30), []string{
			"Two, cancelled, under_maintenance: scheduled 08:20 This maintenance is scheduled. | cancelled 10:30 The maintenance is cancelled.",
			"One, in_progress, under_maintenance: scheduled 08:00 text | scheduled 08:10 soon | in_progress 10:00 The maintenance is in progress. | in_progress 11:20 longer"}},
		{at(13, 0), []string{
			"Two, cancelled, under_maintenance: scheduled 08:20 This maintenance is scheduled. | cancelled 10:30 The maintenance is cancelled.",
			"One, completed, under_maintenance: scheduled 08:00 text | scheduled 08:10 soon | in_progress 10:00 The maintenance is in progress. | in_progress 11:20 longer | completed 13:00 The maintenance is completed."}},
	} {
		v := statuspage.Look(shop(), b, nil, c.now, base)
		var got []string
		for _, n := range v.Maintenance {
			got = append(got, told(n))
		}
		require.Equal(t, c.want, got, c.now)
	}
}

// TestUptime checks figures by hand.
func TestUptime(t *testing.T) {
	p := catalog.Page{ID: "public", Components: []catalog.Component{{ID: "a", Services: []watchbill.ServiceID{"a"}}}}
	start := daysAgo(10, noon)
	total := (89*24 + 12) * 3600.0 // from midnight 89 days ago until noon, in UTC
	for _, c := range []struct {
		effects []incident.Effect // each lasts an hour, one after the other
		want    int
	}{
		{nil, 10000},
		{[]incident.Effect{incident.EffectDegraded}, 10000},
		{[]incident.Effect{incident.EffectMajor}, int((1 - 3600/total) * 10000)},
		{[]incident.Effect{incident.EffectPartial}, int((1 - 0.3*3600/total) * 10000)},
		{[]incident.Effect{incident.EffectPartial, incident.EffectMajor, incident.EffectDegraded}, int((1 - 1.3*3600/total) * 10000)},
	} {
		var i incident.Incident
		i.Status = incident.Resolved
		for k, e := range c.effects {
			from := start.Add(time.Duration(k) * time.Hour)
			i.Impact.Spans = append(i.Impact.Spans, incident.Span{Service: "a", Effect: e, From: from, To: from.Add(time.Hour)})
		}
		// Twice: two incidents at once count once.
		v := statuspage.Look(p, statuspage.Board{}, []incident.Incident{i, i}, noon, base)
		require.Equal(t, c.want, v.Components[0].Uptime)
	}

	blink := incident.Incident{Status: incident.Resolved, Impact: incident.Impact{Spans: []incident.Span{
		{Service: "a", Effect: incident.EffectPartial, From: start, To: start.Add(time.Microsecond)}}}}
	require.Equal(t, 9999, statuspage.Look(p, statuspage.Board{}, []incident.Incident{blink}, noon, base).Components[0].Uptime, "100.00 % means none at all")
	forever := incident.Incident{Status: incident.Investigating, Impact: incident.Impact{Spans: []incident.Span{
		{Service: "a", Effect: incident.EffectMajor, From: daysAgo(400, noon)}}}}
	require.Equal(t, 0, statuspage.Look(p, statuspage.Board{}, []incident.Incident{forever}, noon, base).Components[0].Uptime)
}

// TestUpdatedAt finds the latest public change, and no other.
func TestUpdatedAt(t *testing.T) {
	require.Equal(t, time.Date(2026, 4, 16, 22, 0, 0, 0, time.UTC), look(board(t).b).UpdatedAt.UTC(), "the first day in Berlin")
	s := tell(t, "i1", at(8, 0), effect("svc-api", incident.EffectPartial)).do(at(9, 0), incident.Comment{Text: "internal"})
	require.Equal(t, at(8, 0), look(board(t).b, s.i).UpdatedAt)
	require.Equal(t, at(9, 30), look(board(t).b, s.say(at(9, 30), incident.Identified, "t", "x").i).UpdatedAt)
	b := board(t).order(at(9, 0), statuspage.Schedule{Title: "x", Components: []string{"site"}, From: at(11, 0), Until: at(14, 0)})
	require.Equal(t, at(11, 0), look(b.b, s.i).UpdatedAt)
	require.Equal(t, at(11, 15), look(b.order(at(11, 15), statuspage.SetComponent{Component: "rest", Status: status(statuspage.Operational)}).b, s.i).UpdatedAt)
}
