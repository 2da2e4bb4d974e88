package postmortem_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

func draftOf(t testing.TB, m postmortem.Material) postmortem.Postmortem {
	w := newWorld(t).must(postmortem.Draft{Material: m})
	w.checkFold()
	return w.p
}

// Every figure, by hand: impact 9:00 to 9:42, first alert 9:02, acknowledged 9:05, resolved 9:45; shop major from 9:00 to
// 9:20 and degraded to 9:42, search partial from 9:10 to 9:15.
func TestFiguresOfADraft(t *testing.T) {
	minutes := func(n int) watchbill.Duration { return watchbill.Duration(time.Duration(n) * time.Minute) }
	p := draftOf(t, material())
	assert.Equal(t, incident.Figures{
		StartedAt: at("9:00"), DetectedAt: at("9:02"), AcknowledgedAt: at("9:05"), EndedAt: at("9:42"), ResolvedAt: at("9:45"),
		ToDetect: minutes(2), ToAcknowledge: minutes(3), ToResolve: minutes(45), Visible: minutes(42),
	}, p.Figures)
	assert.Equal(t, postmortem.Impact{
		StartedAt: at("9:00"), EndedAt: at("9:42"), Visible: minutes(42), Worst: incident.EffectMajor,
		Services: []postmortem.Affected{
			{Service: "shop", Worst: incident.EffectMajor, Time: minutes(20 + 22)},
			{Service: "search", Worst: incident.EffectPartial, Time: minutes(5)},
			{Service: "mail"},
		},
		Customers: []watchbill.CustomerID{"acme", "globex", "initech"}, Affected: 3, Reported: 1, Metric: "4 % of checkouts failed",
	}, p.Impact)

	data, err := json.Marshal(p)
	require.NoError(t, err)
	for _, want := range []string{`"time_to_detect":"2m0s"`, `"time_to_acknowledge":"3m0s"`, `"time_to_resolve":"45m0s"`, `"visible_impact":"42m0s"`,
		`"visible":"42m0s"`, `"time":"5m0s"`, `"started_at":"2026-01-05T09:00:00Z"`, `"state":"draft"`, `"severity":"critical"`, `"worst":"major_outage"`} {
		assert.Contains(t, string(data), want)
	}
}

func TestDraftTakesOver(t *testing.T) {
	p := draftOf(t, material())
	assert.Equal(t, watchbill.IncidentID("06nf"), p.Incident)
	assert.Equal(t, "Checkout fails", p.Title)
	assert.Equal(t, watchbill.SeverityCritical, p.Severity)
	assert.True(t, p.Required)
	assert.Equal(t, watchbill.UserID("ben"), p.Owner)
	assert.Equal(t, at("9:45").AddDate(0, 0, 5), p.DueAt)
	assert.Equal(t, []watchbill.UserID{"ben", "ada"}, p.Participants, "nobody twice, and not nobody")
	assert.Equal(t, []postmortem.Link{{Text: "graph", Href: "https://metrics.example.com/d/1?from=a&to=b"}}, p.Evidence)
	assert.Empty(t, p.Items)
	for name, list := range map[string][]string{"factors": p.Factors, "unknown": p.Unknown, "strengths": p.Strengths, "lessons": p.Lessons, "edited": p.Edited} {
		assert.Empty(t, list, "%s: nothing is invented", name)
	}
	assert.Empty(t, p.Process)
}

func TestDraftWithoutFiguresTakesTheIncidents(t *testing.T) {
	m := material()
	m.Figures = incident.Figures{}
	p := draftOf(t, m)
	require.Equal(t, m.Incident.Figures(), p.Figures)
	require.Equal(t, at("9:06"), p.Figures.AcknowledgedAt, "whoever declares it has taken it")
}

func TestSummaryAndDetection(t *testing.T) {
	shop := func(effect incident.Effect, from, to string) func(m *postmortem.Material) {
		return func(m *postmortem.Material) {
			m.Incident.Impact.Services, m.Incident.Impact.Spans = []incident.Affected{{Service: "shop"}}, []incident.Span{{Service: "shop", Effect: effect, From: at(from), To: at(to)}}
			m.Figures = m.Incident.Figures(at("9:05"))
		}
	}
	for name, c := range map[string]struct {
		change             func(m *postmortem.Material)
		summary, detection string
	}{
		"everything is known": {func(*postmortem.Material) {},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:00:00 to 09:42:00 UTC, for 42 min. ` +
				"Services affected: shop for 42 min (worst effect: major outage), search for 5 min (worst effect: partial outage), mail (worst effect: none recorded). " +
				"It was detected at 09:02:00 UTC, 2 min after it began, by an alert from source prom. " +
				"ada acknowledged at 09:05:00 UTC, 3 min after the detection. " +
				"It was resolved at 09:45:00 UTC, 45 min after it began. 3 customers were affected; 1 reported it. Measured: 4 % of checkouts failed.",
			"Noticed at 09:02:00 UTC by monitoring: an alert from source prom. It had begun at 09:00:00 UTC and went unnoticed for 2 min."},
		"noticed at once, by a person with an alert": {func(m *postmortem.Material) {
			m.Moments[0].Actor, m.Moments[0].Text = "user:cem", "cem triggered the alert: customers call"
			m.Incident.Impact.StartedAt, m.Incident.Impact.Metric, m.Incident.Impact.Reported = at("9:02"), "", 0
			m.Incident.Impact.Customers = m.Incident.Impact.Customers[:1]
			shop(incident.EffectDegraded, "9:02", "9:44")(m)
		},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:02:00 to 09:44:00 UTC, for 42 min. ` +
				"Services affected: shop for 42 min (worst effect: degraded). It was detected at 09:02:00 UTC, when it began, by cem, who raised an alert. " +
				"ada acknowledged at 09:05:00 UTC, 3 min after the detection. It was resolved at 09:45:00 UTC, 43 min after it began. 1 customer was affected.",
			"Noticed at 09:02:00 UTC by cem, who raised an alert."},
		"noticed before it began, not acknowledged, never over": {func(m *postmortem.Material) {
			m.Incident.Impact.StartedAt, m.Incident.DeclaredBy, m.Incident.Status, m.Incident.ResolvedAt = at("9:10"), timeline.Engine, incident.Investigating, time.Time{}
			m.Incident.TakenAt, m.Incident.Impact.Customers, m.Incident.Impact.Metric = time.Time{}, nil, "4 %."
			shop(incident.EffectPartial, "9:10", "9:40")(m)
			m.Incident.Impact.Spans[0].To = time.Time{}
			m.Figures = m.Incident.Figures()
		},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:10:00 UTC on; it had not ended when this was drafted. ` +
				"Services affected: shop (worst effect: partial outage). It was detected at 09:02:00 UTC, 8 min before it began, by an alert from source prom. " +
				"No acknowledgement is recorded. No affected customer is recorded; 1 reported it. Measured: 4 %.",
			"Noticed at 09:02:00 UTC by monitoring: an alert from source prom."},
		"well again, not resolved": {func(m *postmortem.Material) {
			m.Incident.Status, m.Incident.ResolvedAt = incident.Monitoring, time.Time{}
			m.Incident.Impact.Customers, m.Incident.Impact.Metric, m.Incident.Impact.Reported = nil, "", 0
			shop(incident.EffectMajor, "9:00", "9:40")(m)
		},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:00:00 to 09:40:00 UTC, for 40 min. ` +
				"Services affected: shop for 40 min (worst effect: major outage). It was detected at 09:02:00 UTC, 2 min after it began, by an alert from source prom. " +
				"ada acknowledged at 09:05:00 UTC, 3 min after the detection. It was not resolved when this was drafted. No affected customer is recorded.",
			"Noticed at 09:02:00 UTC by monitoring: an alert from source prom. It had begun at 09:00:00 UTC and went unnoticed for 2 min."},
		"declared before the first alert, over days": {func(m *postmortem.Material) {
			m.Incident.DetectedAt, m.Incident.DeclaredAt, m.Incident.TakenAt = at("8:30"), at("8:30"), at("8:30")
			m.Incident.Impact.StartedAt, m.Incident.ResolvedAt, m.Incident.Reopened = at("8:00"), at("9:00").AddDate(0, 0, 2), 2
			m.Incident.Impact.Services, m.Incident.Impact.Spans, m.Incident.Impact.Customers, m.Incident.Impact.Metric, m.Incident.Impact.Reported = nil, nil, nil, "", 0
			m.Figures = m.Incident.Figures(at("9:05"))
		},
			`"Checkout fails" (severity critical) is recorded, without a visible effect, from 2026-01-05 08:00:00 to 2026-01-07 09:00:00 UTC, for 2 d 1 h. No affected service is recorded. ` +
				"It was detected at 08:30:00 UTC, 30 min after it began, by ben, who declared the incident. ben took it on by declaring the incident at 08:30:00 UTC. " +
				"It was resolved at 2026-01-07 09:00:00 UTC, 2 d 1 h after it began. It was reopened 2 times. No affected customer is recorded.",
			"Noticed at 08:30:00 UTC by ben, who declared the incident. It had begun at 08:00:00 UTC and went unnoticed for 30 min. The first alert came 32 min later, from source prom."},
		"taken by a comment": {func(m *postmortem.Material) {
			m.Incident.DeclaredBy, m.Incident.TakenAt = timeline.Engine, at("9:07")
			m.Incident.Impact.Customers, m.Incident.Impact.Metric, m.Incident.Impact.Reported = nil, "", 0
			shop(incident.EffectMajor, "9:00", "9:40")(m)
			m.Figures = m.Incident.Figures()
		},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:00:00 to 09:40:00 UTC, for 40 min. ` +
				"Services affected: shop for 40 min (worst effect: major outage). It was detected at 09:02:00 UTC, 2 min after it began, by an alert from source prom. " +
				"ada took it on at 09:07:00 UTC, 5 min after the detection. It was resolved at 09:45:00 UTC, 45 min after it began. No affected customer is recorded.",
			"Noticed at 09:02:00 UTC by monitoring: an alert from source prom. It had begun at 09:00:00 UTC and went unnoticed for 2 min."},
		"acknowledged by nobody knows whom, in a moment": {func(m *postmortem.Material) {
			m.Moments, m.Incident.DeclaredBy = nil, timeline.Engine
			m.Incident.Impact.Customers, m.Incident.Impact.Metric, m.Incident.Impact.Reported = nil, "", 0
			shop(incident.EffectMajor, "9:00", "9:40")(m)
			m.Figures = m.Incident.Figures(at("9:02").Add(time.Millisecond))
		},
			`"Checkout fails" (severity critical) had visible impact from 2026-01-05 09:00:00 to 09:40:00 UTC, for 40 min. ` +
				"Services affected: shop for 40 min (worst effect: major outage). It was detected at 09:02:00 UTC, 2 min after it began, by an alert. " +
				"Somebody acknowledged at 09:02:00 UTC, less than 1 s after the detection. It was resolved at 09:45:00 UTC, 45 min after it began. No affected customer is recorded.",
			"Noticed at 09:02:00 UTC by monitoring: an alert. It had begun at 09:00:00 UTC and went unnoticed for 2 min."},
	} {
		t.Run(name, func(t *testing.T) {
			m := material()
			c.change(&m)
			p := draftOf(t, m)
			assert.Equal(t, c.summary, p.Summary)
			assert.Equal(t, c.detection, p.Detection)
		})
	}
}

func TestMissingMonitoringIsProposed(t *testing.T) {
	p := draftOf(t, unnoticed())
	require.Equal(t, "Noticed at 09:30:00 UTC by ada, who declared the incident. It had begun at 09:00:00 UTC and went unnoticed for 30 min. No alert belongs to the incident.", p.Detection)
	require.Len(t, p.Items, 1)
	a := p.Items[0]
	require.Equal(t, postmortem.ActionItem{ID: "a1", Title: "Monitoring that would have noticed this", Detail: a.Detail, Kind: postmortem.Detect,
		State: postmortem.ItemDiscuss, CreatedAt: p.CreatedAt}, a)
}

// lines are a timeline as a table would show it.
func lines(events []postmortem.Event) []string {
	var all []string
	for _, e := range events {
		text := e.At.Format("15:04:05 ") + string(e.Actor) + ": " + e.Text
		if e.Times > 0 {
			text += e.Until.Format(" until 15:04:05 x") + string(rune('0'+e.Times))
		}
		all = append(all, text)
	}
	return all
}

func TestTimelineBeginsBeforeTheImpact(t *testing.T) {
	require.Equal(t, []string{
		"08:00:00 : ada is on call for primary",
		"08:50:00 user:cem: loaded configuration 12",
		"09:00:00 : Impact begins (as recorded)",
		"09:02:00 source:prom: triggered the alert: 5xx of checkout over 2 %",
		"09:02:00 engine: paging level 1: ada (primary) until 09:04:00 x3",
		"09:02:01 channel:webhook: accepted the page to app of ada until 09:04:01 x3",
		"09:05:00 user:ada: acknowledged",
		`09:06:00 user:ben: declared the incident "Checkout fails", severity critical; services shop major outage`,
		"09:07:00 user:ada: commented: the new pool size\n| is | live |",
		"09:15:00 user:ada: decided: roll back the pool size",
		"09:20:00 user:ben: set the status to monitoring",
		"09:21:00 user:ben: told customers (monitoring), Checkout is slow: Orders go through again.",
		"09:42:00 : Impact ends (as recorded)",
		"09:45:00 user:ada: set the status to resolved, impact until 2026-01-05 09:42:00 UTC",
	}, lines(draftOf(t, material()).Timeline))
}

func TestCondense(t *testing.T) {
	said := func(clock string, actor timeline.Actor, text string) postmortem.Event {
		return postmortem.Event{At: at(clock), Actor: actor, Text: text}
	}
	for name, c := range map[string]struct {
		before []postmortem.Event
		want   []string
	}{
		"attempts and what becomes of them": {[]postmortem.Event{
			said("8:00", "engine", "paging level 1: ada"), said("8:01", "channel:sms", "accepted it"),
			said("8:02", "engine", "paging level 1, attempt 2: ada"), said("8:03", "channel:sms", "accepted it"),
			said("8:04", "engine", "paging level 2: ben"),
		}, []string{"08:00:00 engine: paging level 1: ada until 08:02:00 x2", "08:01:00 channel:sms: accepted it until 08:03:00 x2", "08:04:00 engine: paging level 2: ben"}},
		"another actor, another text": {[]postmortem.Event{
			said("8:00", "channel:sms", "accepted it"), said("8:01", "channel:mail", "accepted it"), said("8:02", "channel:sms", "refused it"),
		}, []string{"08:00:00 channel:sms: accepted it", "08:01:00 channel:mail: accepted it", "08:02:00 channel:sms: refused it"}},
		"a person in between": {[]postmortem.Event{
			said("8:00", "engine", "the signal repeated"), said("8:01", "user:ada", "looked"), said("8:02", "engine", "the signal repeated"), said("8:03", "engine", "the signal repeated"),
		}, []string{"08:00:00 engine: the signal repeated", "08:01:00 user:ada: looked", "08:02:00 engine: the signal repeated until 08:03:00 x2"}},
		"what people repeat": {[]postmortem.Event{
			said("8:00", "user:ada", "acknowledged"), said("8:01", "user:ada", "acknowledged"), said("8:02", "", "quiet"), said("8:03", "", "quiet"),
		}, []string{"08:00:00 user:ada: acknowledged", "08:01:00 user:ada: acknowledged", "08:02:00 : quiet", "08:03:00 : quiet"}},
		"what was joined already": {[]postmortem.Event{
			{At: at("8:00"), Actor: "engine", Text: "x", Times: 4, Until: at("8:20")}, {At: at("8:30"), Actor: "engine", Text: "x", Times: 3, Until: at("8:40")},
		}, []string{"08:00:00 engine: x until 08:40:00 x7"}},
		"out of order": {[]postmortem.Event{said("8:01", "user:ada", "b"), said("8:00", "user:ada", "a")},
			[]string{"08:00:00 user:ada: a", "08:01:00 user:ada: b"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := unnoticed()
			m.Before = c.before
			require.Equal(t, append(c.want, "09:00:00 : Impact begins (as recorded)"), lines(draftOf(t, m).Timeline))
		})
	}
}

// Invalid text and times of other zones are stored as everything else is.
func TestMaterialIsCleaned(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	m := unnoticed()
	m.Incident.Title, m.Incident.Impact.Metric, m.Incident.ID = " two\nlines\xff ", "\xff", "07\xff"
	m.Incident.Impact.StartedAt = at("9:00").Add(3).In(berlin)
	m.Incident.Impact.Services, m.Incident.Impact.Customers = []incident.Affected{{Service: "\xff"}}, []watchbill.CustomerID{"\xff"}
	m.Owner, m.Participants, m.DueAt = "\xff", []watchbill.UserID{"\xff"}, at("9:00").In(berlin)
	m.Before = []postmortem.Event{{At: at("8:00").In(berlin), Actor: "user:\xff", Text: "\xff"}}
	m.Moments = []incident.Moment{{At: at("8:30").In(berlin), Actor: "\xff", Text: "\xff \xff"}}
	p := draftOf(t, m)
	require.Equal(t, "two lines\uFFFD", p.Title)
	require.Equal(t, at("9:00"), p.Impact.StartedAt)
	require.Equal(t, []string{"08:00:00 user:\uFFFD: \uFFFD", "08:30:00 \uFFFD: \uFFFD", "09:00:00 : Impact begins (as recorded)"}, lines(p.Timeline))
}
