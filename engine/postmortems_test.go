package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/storetest"
)

func resolve(t *testing.T, e *engine.Engine, id watchbill.IncidentID, at time.Time) {
	t.Helper()
	told(t, e, id, at, incident.SetStatus{By: byAda, Status: incident.Resolved})
}

func review(t *testing.T, e *engine.Engine, id watchbill.IncidentID, at time.Time, list ...postmortem.Command) (p postmortem.Postmortem) {
	t.Helper()
	for _, c := range list {
		var err error
		p, err = e.Review(t.Context(), at, id, c)
		require.NoError(t, err)
	}
	return p
}

func TestResolvingDraftsThePostmortemThatTheRulesRequire(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, catalog.IncidentRules{})
		early := trigger("before")
		accepted(t, e, t0.Add(-30*time.Minute), early, over(early))
		a := alertOf(t, e, trigger("db"), t0)
		i := declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a}})
		told(t, e, i.ID, t0, incident.Assign{By: byAda, Role: incident.Commander, User: "ben"})
		resolve(t, e, i.ID, t0.Add(time.Hour))
		p, err := e.Postmortem(t.Context(), i.ID)
		require.NoError(t, err)
		require.True(t, p.Required)
		require.Equal(t, postmortem.StateDraft, p.State)
		require.Equal(t, watchbill.UserID("ben"), p.Owner)
		require.Equal(t, t0.Add(49*time.Hour), p.DueAt)
		require.ElementsMatch(t, []watchbill.UserID{"ada", "ben", "cem"}, p.Participants)
		require.Equal(t, t0.Add(-time.Hour), p.Timeline[0].At)
		require.Contains(t, p.Timeline[0].Text, "On call: shop: ada.")
		require.Contains(t, fmt.Sprint(p.Timeline), "before is down (critical, not part of the incident)")

		minor := declared(t, e, incident.Declare{Title: "small", Severity: watchbill.SeverityWarning})
		resolve(t, e, minor.ID, t0.Add(time.Hour))
		_, err = e.Postmortem(t.Context(), minor.ID)
		require.ErrorIs(t, err, store.ErrNotFound, "none is required")
	})
}

func TestASecondResolveRefreshesAndWhatIsPublishedStays(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	i := declared(t, e, incident.Declare{Title: "x", Severity: watchbill.SeverityCritical})
	resolve(t, e, i.ID, t0.Add(time.Hour))
	summary, note := "ours", "nothing to do"
	factors, lessons := []string{"one"}, []string{"two"}
	review(t, e, i.ID, t0.Add(time.Hour), postmortem.Edit{By: byAda, Summary: &summary, Factors: &factors, Lessons: &lessons})
	told(t, e, i.ID, t0.Add(2*time.Hour), incident.Reopen{By: byAda})
	resolve(t, e, i.ID, t0.Add(3*time.Hour))
	p, err := e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, t0.Add(3*time.Hour), p.Figures.ResolvedAt)
	require.Equal(t, "ours", p.Summary, "what people wrote stays")

	dropped := postmortem.ItemDropped
	for _, item := range p.Items {
		review(t, e, i.ID, t0.Add(4*time.Hour), postmortem.SetItem{By: byAda, Item: item.ID, State: &dropped})
	}
	published := review(t, e, i.ID, t0.Add(4*time.Hour), postmortem.Edit{By: byAda, ItemsNote: &note},
		postmortem.Assign{By: byAda, Owner: "ada"}, postmortem.Submit{By: byAda}, postmortem.Publish{By: byAda})
	told(t, e, i.ID, t0.Add(5*time.Hour), incident.Reopen{By: byAda})
	resolve(t, e, i.ID, t0.Add(6*time.Hour))
	p, err = e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, published, p)
	_, _, err = e.Postmortems(t.Context(), true, "", 10)
	require.NoError(t, err)
}

func TestASeverityThatTurnsOutToBeWorseRequiresThePostmortemAfterwards(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	i := declared(t, e, incident.Declare{Title: "x", Severity: watchbill.SeverityWarning})
	resolve(t, e, i.ID, t0)
	critical := watchbill.SeverityCritical
	told(t, e, i.ID, t0.Add(time.Hour), incident.Edit{By: byAda, Severity: &critical})
	p, err := e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, critical, p.Severity)
}

func TestWhatIsSaidAfterTheResolutionIsInTheDocument(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	i := declared(t, e, incident.Declare{Title: "x", Severity: watchbill.SeverityCritical})
	resolve(t, e, i.ID, t0)
	told(t, e, i.ID, t0.Add(time.Minute), incident.Publish{By: byAda, Title: "Sorry", Text: "It is over."})
	factors, none := []string{"one"}, "nothing to do"
	p := review(t, e, i.ID, t0.Add(time.Hour), postmortem.Edit{By: byAda, Factors: &factors, ItemsNote: &none}, postmortem.Assign{By: byAda, Owner: "ada"},
		postmortem.SetItem{By: byAda, Item: "a1", State: ptr(postmortem.ItemDropped)}, postmortem.Submit{By: byAda})
	last := p.Timeline[len(p.Timeline)-1]
	require.Contains(t, last.Text, "It is over.")
	require.Equal(t, t0.Add(time.Minute), last.At)
}

// After a crash at any call of the store the incident is resolved and its postmortem is there, or neither; and doing it
// again does it.
func TestResolutionAndPostmortemAreOneTransaction(t *testing.T) {
	crash := errors.New("crash")
	for name, rules := range map[string]catalog.IncidentRules{"by hand": {}, "by itself": byItself} {
		t.Run(name, func(t *testing.T) {
			for left := 1; ; left++ {
				plain := memory.New()
				e := responding(t, plain, rules)
				a := alertOf(t, e, trigger("x"), t0)
				if len(rules.Declare) == 0 {
					declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a}})
				}
				id := incidents(t, e)[0].ID
				if rules.AutoResolve {
					require.NoError(t, e.Accept(t.Context(), t0, []alert.Signal{over(trigger("x"))})[0].Err)
				}
				steps, burning := 0, false
				faulty := responding(t, &storetest.Faulty{Store: plain, Before: func(string) error {
					if steps++; burning && steps == left {
						return crash
					}
					return nil
				}}, rules)
				steps, burning = 0, true
				do := func() error {
					if rules.AutoResolve {
						return faulty.FollowUp(t.Context(), t0)
					}
					_, err := faulty.Command(t.Context(), t0, id, incident.SetStatus{By: byAda, Status: incident.Resolved})
					return err
				}
				err := do()
				_, missing := e.Postmortem(t.Context(), id)
				require.Equal(t, incidents(t, e)[0].Status == incident.Resolved, missing == nil, "crash at call %d", left)
				if steps < left {
					require.Greater(t, left, 10)
					return
				}
				if err != nil {
					require.ErrorIs(t, err, crash)
				}
				burning = false
				require.NoError(t, do())
				_, missing = e.Postmortem(t.Context(), id)
				require.NoError(t, missing)
			}
		})
	}
}

// However large an incident, resolving it reads a bounded part of the records of its alerts, and says what it left out.
func TestALargeIncidentIsResolved(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	var flood []alert.Signal
	for k := range 500 {
		flood = append(flood, trigger(fmt.Sprint(k)))
	}
	var ids []watchbill.AlertID
	for _, v := range accepted(t, e, t0, flood...) {
		ids = append(ids, v.Alert)
	}
	for k := range 40 { // each changes its alert
		for n := range flood {
			flood[n].Summary = fmt.Sprint(n, " is down for ", k)
		}
		accepted(t, e, t0.Add(time.Duration(k)*time.Second), flood...)
	}
	i := declared(t, e, incident.Declare{Severity: watchbill.SeverityCritical, Alerts: ids})
	resolve(t, e, i.ID, t0.Add(time.Hour))
	p, err := e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Less(t, len(p.Timeline), 10_000)
	moments, err := e.IncidentTimeline(t.Context(), i.ID)
	require.NoError(t, err)
	require.Less(t, len(moments), 10_000)
	require.True(t, slices.ContainsFunc(moments, func(m incident.Moment) bool { return m.Kind == "left_out" }))
}

func TestTheTimeBeforeIsFoundBehindAFlood(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	accepted(t, e, t0.Add(-30*time.Minute), trigger("omen"))
	var flood []alert.Signal
	for k := range 450 {
		flood = append(flood, trigger(fmt.Sprint(k)))
	}
	v := accepted(t, e, t0, flood...)
	i := declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{v[0].Alert}})
	resolve(t, e, i.ID, t0.Add(time.Minute))
	p, err := e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(p.Timeline), "omen is down")
}

func TestAHugeTimeline(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	i := declared(t, e, incident.Declare{Title: "x", Severity: watchbill.SeverityCritical})
	const comments = 1000
	for k := range comments {
		_, err := e.Command(t.Context(), t0, i.ID, incident.Comment{By: byAda, Text: strings.Repeat("x", 100) + fmt.Sprint(k)})
		require.NoError(t, err)
	}
	moments, err := e.IncidentTimeline(t.Context(), i.ID)
	require.NoError(t, err)
	require.Len(t, moments, comments+1)
	resolve(t, e, i.ID, t0)
	p, err := e.Postmortem(t.Context(), i.ID)
	require.NoError(t, err)
	require.Greater(t, len(p.Timeline), comments)
}

func facts(t *testing.T, e *engine.Engine, from, to time.Time) report.Input {
	t.Helper()
	hours, err := report.ParseHours("")
	require.NoError(t, err)
	in, err := e.Facts(t.Context(), report.Window{From: from, To: to}, hours)
	require.NoError(t, err)
	return in
}

func TestFactsOfAWindow(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, catalog.IncidentRules{})
		from, to := t0, t0.Add(time.Hour)
		at := func(key string, when time.Time) watchbill.AlertID { return alertOf(t, e, trigger(key), when) }
		at("too old", from.Add(-7*24*time.Hour-time.Microsecond))
		lead := at("lead", from.Add(-7*24*time.Hour))
		old := at("old", from.Add(-time.Minute))
		first := at("first", from)
		last := at("last", to.Add(-time.Microsecond))
		at("next", to)
		for _, when := range []time.Time{from.Add(-time.Microsecond), from, to.Add(-time.Microsecond), to} {
			_, err := e.Declare(t.Context(), when, incident.Declare{By: byAda, Title: when.String()})
			require.NoError(t, err)
		}
		pass, err := e.RunOnce(t.Context(), from.Add(time.Minute), anyRoom)
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			if d.Message.Alert == old {
				require.NoError(t, e.Report(t.Context(), from.Add(time.Minute), []engine.Outcome{{Delivery: d, Result: episode.Result{Verdict: episode.Accepted}}}))
			}
		}
		in := facts(t, e, from, to)
		var ids []watchbill.AlertID
		for _, a := range in.Alerts {
			ids = append(ids, a.ID)
		}
		require.Equal(t, []watchbill.AlertID{last, first, old, lead}, ids, "half-open, and the week before")
		require.NotEmpty(t, in.Alerts[2].Pages, "opened before, paged within")
		require.Equal(t, from.Add(time.Minute), in.Alerts[2].Pages[0].At)
		require.Len(t, in.Incidents, 2)
		for _, row := range report.Response(in).Rows {
			if row.Scope == "all" && row.Of == "alerts" {
				require.Equal(t, 2, row.Count, "only those that began in the window count")
			}
		}
		require.Empty(t, facts(t, e, from.Add(-10000*time.Hour), from.Add(-9000*time.Hour)).Alerts)
	})
}

func TestFactsLeaveOutWhatCannotBeRead(t *testing.T) {
	e, db := damaged(t)
	accepted(t, e, t0, trigger("x"), trigger("y"))
	_, err := db.Exec("UPDATE watchbill_alerts SET body = '{', version = version + 1 WHERE id = (SELECT min(id) FROM watchbill_alerts)")
	require.NoError(t, err)
	in := facts(t, e, t0.Add(-time.Hour), t0.Add(time.Hour))
	require.Len(t, in.Alerts, 1)
	require.Len(t, in.Incidents, 1)
	_, err = db.Exec("UPDATE watchbill_records SET body = '{', version = version + 1")
	require.NoError(t, err)
	require.Empty(t, facts(t, e, t0.Add(-time.Hour), t0.Add(time.Hour)).Incidents)
}

func ptr[T any](v T) *T { return &v }

func TestFactsOfTooManyAlertsAreRefused(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	for n := range 21 {
		flood := make([]alert.Signal, engine.MaxFacts/20)
		for k := range flood {
			flood[k] = trigger(fmt.Sprint(n, "-", k))
		}
		accepted(t, e, t0, flood...)
	}
	_, err := e.Facts(t.Context(), report.Window{From: t0.Add(-time.Hour), To: t0.Add(time.Hour)}, report.Hours{})
	require.ErrorIs(t, err, engine.ErrTooMuch)
	_, err = e.Facts(t.Context(), report.Window{From: t0.Add(9 * 24 * time.Hour), To: t0.Add(10 * 24 * time.Hour)}, report.Hours{})
	require.NoError(t, err)
}

// Somebody took the alert late, behind much else in its record, and it was paged anew: the first time counts.
func TestTheFirstAcknowledgementCounts(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	again := trigger("x")
	id := alertOf(t, e, again, t0)
	for k := range 300 {
		again.Summary = fmt.Sprint("x is down for ", k)
		accepted(t, e, t0.Add(time.Duration(k)*time.Second), again)
	}
	for k, in := range []episode.Input{episode.Acknowledge{By: "ada"}, episode.Escalate{By: "ada"}, episode.Acknowledge{By: "ben"}} {
		_, err := e.Act(t.Context(), t0.Add(time.Duration(10+k)*time.Minute), id, in)
		require.NoError(t, err)
	}
	_, err := e.Declare(t.Context(), t0.Add(time.Hour), incident.Declare{By: byAda, Alerts: []watchbill.AlertID{id}})
	require.NoError(t, err)
	require.Equal(t, t0.Add(10*time.Minute), incidents(t, e)[0].Figures.AcknowledgedAt)
	in, err := e.Facts(t.Context(), report.Window{From: t0, To: t0.Add(2 * time.Hour)}, report.Hours{})
	require.NoError(t, err)
	require.Equal(t, in.Alerts[0].AcknowledgedAt, in.Incidents[0].Figures.AcknowledgedAt, "the report says the same")
}
