package engine_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/store/storetest"
	"github.com/watchbill/watchbill/timeline"
)

// byItself declares and resolves critical incidents.
var byItself = catalog.IncidentRules{Declare: []watchbill.Severity{watchbill.SeverityCritical}, AutoResolve: true}

func over(s alert.Signal) alert.Signal {
	s.Action = alert.Resolve
	return s
}

func incidents(t *testing.T, e *engine.Engine) []engine.Incident {
	t.Helper()
	all, next, err := e.Incidents(t.Context(), false, "", 200)
	require.NoError(t, err)
	require.Empty(t, next)
	return all
}

func accepted(t *testing.T, e *engine.Engine, at time.Time, signals ...alert.Signal) []engine.Verdict {
	t.Helper()
	verdicts := e.Accept(t.Context(), at, signals)
	for _, v := range verdicts {
		require.NoError(t, v.Err)
	}
	require.NoError(t, e.FollowUp(t.Context(), at))
	return verdicts
}

func TestAnAlertOfASeverityInTheRulesDeclaresAnIncident(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, byItself)
		quiet := trigger("x")
		quiet.Severity = watchbill.SeverityWarning
		v := accepted(t, e, t0, quiet)
		require.Empty(t, incidents(t, e))

		accepted(t, e, t0.Add(time.Minute), trigger("x"), trigger("x")) // now it is critical
		all := incidents(t, e)
		require.Len(t, all, 1)
		require.Equal(t, []watchbill.AlertID{v[0].Alert}, all[0].Alerts)
		require.Equal(t, timeline.Engine, all[0].DeclaredBy)
		require.Equal(t, watchbill.SeverityCritical, all[0].Severity)
		require.Equal(t, []watchbill.CustomerID{"acme"}, all[0].Impact.Customers)
		require.Zero(t, all[0].Figures.AcknowledgedAt, "nobody has taken it yet")
		accepted(t, e, t0.Add(2*time.Minute), trigger("x"))
		require.Equal(t, all, incidents(t, e), "a repeat does nothing")
	})
}

func TestAnAlertThatGoesOnDoesNotDeclareAgainWhatAPersonHasResolved(t *testing.T) {
	e := onMemory(t, byItself)
	accepted(t, e, t0, trigger("x"))
	told(t, e, incidents(t, e)[0].ID, t0, incident.SetStatus{By: byAda, Status: incident.Resolved})
	other := trigger("x")
	other.Summary = "x is down for 2 minutes"
	accepted(t, e, t0.Add(2*time.Minute), other)
	require.Len(t, incidents(t, e), 1)
}

func TestAFloodIsOneIncident(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, byItself)
		var flood, end []alert.Signal
		for k := range 300 {
			flood, end = append(flood, trigger(fmt.Sprint(k))), append(end, over(trigger(fmt.Sprint(k))))
		}
		accepted(t, e, t0, flood...)
		mail := trigger("smtp")
		mail.Service = "mail"
		accepted(t, e, t0, mail)
		all := incidents(t, e)
		require.Len(t, all, 2, "another service is another incident")
		require.Len(t, all[1].Alerts, 300)
		accepted(t, e, t0.Add(time.Minute), end[:299]...)
		require.Equal(t, incident.Investigating, incidents(t, e)[1].Status)
		accepted(t, e, t0.Add(2*time.Minute), end[299])
		all = incidents(t, e)
		require.Equal(t, incident.Resolved, all[1].Status)
		require.Equal(t, incident.Investigating, all[0].Status)
		p, err := e.Postmortem(t.Context(), all[1].ID)
		require.NoError(t, err)
		require.True(t, p.Required)
	})
}

func TestMoreAlertsThanAnIncidentTakesFailNoSignal(t *testing.T) {
	e := onMemory(t, byItself)
	var flood []alert.Signal
	for k := range incident.MaxItems + 10 {
		flood = append(flood, trigger(fmt.Sprint(k)))
	}
	accepted(t, e, t0, flood...)
	all := incidents(t, e)
	require.Equal(t, 2, len(all), "what does not fit into one is another")
	require.Equal(t, incident.MaxItems, len(all[1].Alerts))
	require.Equal(t, 10, len(all[0].Alerts))
}

func TestAnAlertOfNoServiceIsNotAttachedToAnIncidentOfPeople(t *testing.T) {
	e := onMemory(t, byItself)
	people := declared(t, e, incident.Declare{Title: "Customers call"})
	stray := alert.Signal{Source: "prom", Key: "s", User: "ada", Summary: "stray", Severity: watchbill.SeverityCritical}
	accepted(t, e, t0, stray)
	accepted(t, e, t0, over(stray))
	require.Len(t, incidents(t, e), 2)
	i, err := e.Incident(t.Context(), people.ID)
	require.NoError(t, err)
	require.Equal(t, people, i)
}

// The incident resolves with its last alert, whoever or whatever resolves that, and needs a postmortem all the same.
func TestAnIncidentIsResolvedWithItsLastAlert(t *testing.T) {
	at := t0.Add(30 * time.Minute)
	for name, end := range map[string]func(t *testing.T, e *engine.Engine, id watchbill.AlertID){
		"source": func(t *testing.T, e *engine.Engine, _ watchbill.AlertID) { accepted(t, e, at, over(trigger("x"))) },
		"person": func(t *testing.T, e *engine.Engine, id watchbill.AlertID) {
			_, err := e.Act(t.Context(), at, id, episode.Resolve{By: "ada"})
			require.NoError(t, err)
			require.NoError(t, e.FollowUp(t.Context(), at))
		},
		"expiry": func(t *testing.T, e *engine.Engine, _ watchbill.AlertID) {
			for now := t0; !now.After(at); now = now.Add(30 * time.Second) { // a running engine passes all the time
				pass, err := e.RunOnce(t.Context(), now, anyRoom)
				require.NoError(t, err)
				if pass.FollowUp {
					require.NoError(t, e.FollowUp(t.Context(), now))
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, st store.Store) {
				e := responding(t, st, byItself)
				c := response(byItself)
				c.Catalog.Services[0].AutoResolve = 20 * time.Minute
				_, err := e.Configure(t.Context(), t0, c)
				require.NoError(t, err)
				id := accepted(t, e, t0, trigger("x"))[0].Alert
				require.True(t, incidents(t, e)[0].Open())
				end(t, e, id)
				i := incidents(t, e)[0]
				require.Equal(t, incident.Resolved, i.Status)
				p, err := e.Postmortem(t.Context(), i.ID)
				require.NoError(t, err)
				require.True(t, p.Required)
				require.Equal(t, i.ResolvedAt.Add(48*time.Hour), p.DueAt)
				require.Equal(t, i.Figures, p.Figures)
				require.Equal(t, []watchbill.UserID{"cem"}, p.Participants[:1], "who owns the service")
			})
		})
	}
}

// What people have taken ends when they say so: customers must not be told that it is over because monitoring is quiet.
func TestAnIncidentThatPeopleHaveTakenIsNotResolvedByItself(t *testing.T) {
	for name, c := range map[string]incident.Command{
		"a commander": incident.Assign{By: byAda, Role: incident.Commander, User: "ada"},
		"an update":   incident.Publish{By: byAda, Title: "Trouble", Text: "We look into it."},
	} {
		t.Run(name, func(t *testing.T) {
			e := onMemory(t, byItself)
			accepted(t, e, t0, trigger("x"))
			told(t, e, incidents(t, e)[0].ID, t0, c)
			accepted(t, e, t0, over(trigger("x")))
			require.True(t, incidents(t, e)[0].Open())
		})
	}
	e := onMemory(t, byItself)
	quiet := trigger("x")
	quiet.Severity = watchbill.SeverityWarning
	declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{accepted(t, e, t0, quiet)[0].Alert}})
	accepted(t, e, t0, over(quiet))
	require.True(t, incidents(t, e)[0].Open(), "a person declared it")
}

func TestAnIncidentIsAsSevereAsItsAlerts(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{Declare: []watchbill.Severity{watchbill.SeverityError, watchbill.SeverityCritical}})
	lesser := trigger("x")
	lesser.Severity = watchbill.SeverityError
	accepted(t, e, t0, lesser)
	require.Equal(t, watchbill.SeverityError, incidents(t, e)[0].Severity)
	accepted(t, e, t0, trigger("y"))
	require.Equal(t, watchbill.SeverityCritical, incidents(t, e)[0].Severity, "an alert that joins")
	e = onMemory(t, catalog.IncidentRules{Declare: []watchbill.Severity{watchbill.SeverityError, watchbill.SeverityCritical}})
	accepted(t, e, t0, lesser)
	accepted(t, e, t0, trigger("x"))
	require.Equal(t, watchbill.SeverityCritical, incidents(t, e)[0].Severity, "one that grows worse")
}

func TestRunFollowsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := responding(t, memory.New(), byItself)
		run(t, e)
		e.Submit(t.Context(), []alert.Signal{trigger("x")})
		<-time.After(2 * time.Second)
		require.True(t, incidents(t, e)[0].Open())
		e.Submit(t.Context(), []alert.Signal{over(trigger("x"))})
		<-time.After(2 * time.Second)
		require.Equal(t, incident.Resolved, incidents(t, e)[0].Status)
	})
}

func TestOneThatOpensAndIsOverInOneBatchDeclaresNothing(t *testing.T) {
	e := onMemory(t, byItself)
	accepted(t, e, t0, trigger("x"), over(trigger("x")))
	require.Empty(t, incidents(t, e))
	accepted(t, e, t0, trigger("y"))
	accepted(t, e, t0, over(trigger("y")), trigger("z"))
	all := incidents(t, e)
	require.Len(t, all, 1)
	require.True(t, all[0].Open(), "z keeps it open")
	require.Len(t, all[0].Alerts, 2)
}

// counts counts the calls of a store.
func counts(st store.Store) (*storetest.Faulty, map[string]int) {
	calls := map[string]int{}
	return &storetest.Faulty{Store: st, Before: func(step string) error { calls[step]++; return nil }}, calls
}

func TestWithoutRulesSignalsCostNothingMore(t *testing.T) {
	st, calls := counts(memory.New())
	e := responding(t, st, catalog.IncidentRules{})
	_, err := e.Org(t.Context()) // it has read what is in force
	require.NoError(t, err)
	clear(calls)
	require.NoError(t, e.Accept(t.Context(), t0, []alert.Signal{trigger("x"), trigger("y")})[0].Err)
	require.NoError(t, e.Accept(t.Context(), t0, []alert.Signal{over(trigger("x"))})[0].Err)
	require.Equal(t, map[string]int{"update": 2, "revisions.number": 2, "episodes.newest": 2, "episodes.put": 2,
		"timeline.append": 3, "outbox.enqueue": 1, "outbox.cancel": 1, "commit": 2, "committed": 2}, calls)
}

func TestWithRulesWhatDoesNotConcernThemCostsNothingMore(t *testing.T) {
	st, calls := counts(memory.New())
	e := responding(t, st, byItself)
	accepted(t, e, t0, trigger("x"))
	clear(calls)
	quiet, louder := trigger("y"), trigger("x")
	quiet.Severity = watchbill.SeverityWarning
	louder.Summary = "x is down, still"
	accepted(t, e, t0, quiet, louder)
	require.Zero(t, calls["records.list"]+calls["records.get"]+calls["records.put"], calls)
}

// damaged returns an engine on a file with rules, and the file's database.
func damaged(t *testing.T) (*engine.Engine, *sql.DB) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "w.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	st, err := sqlite.New(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return responding(t, st, byItself), db
}

// Whatever is wrong with incidents and postmortems, signals are taken in.
func TestDamageToIncidentsFailsNoSignal(t *testing.T) {
	for name, c := range map[string]struct {
		damage   string
		resolved bool // the incident, in the end
	}{
		"an incident that cannot be read":      {"UPDATE watchbill_records SET body = '{' WHERE kind = 'incident'", false},
		"its record is gone":                   {"DELETE FROM watchbill_timeline WHERE owner LIKE 'incident:%'", false},
		"a postmortem that cannot be read":     {"UPDATE watchbill_records SET body = '{' WHERE kind = 'postmortem'", true},
		"the postmortem's record is gone":      {"DELETE FROM watchbill_timeline WHERE owner LIKE 'postmortem:%'", true},
		"a postmortem is gone, its record not": {"DELETE FROM watchbill_records WHERE kind = 'postmortem'", true},
		"its record cannot be read":            {"UPDATE watchbill_timeline SET entries = '[' WHERE owner LIKE 'incident:%'", false},
		"an alert's record cannot be read":     {"UPDATE watchbill_timeline SET entries = '[' WHERE owner NOT LIKE '%:%'", false},
		"the marks cannot be read":             {"INSERT INTO watchbill_values (name, value) VALUES ('engine.incidents', '[')", true},
	} {
		t.Run(name, func(t *testing.T) {
			e, db := damaged(t)
			accepted(t, e, t0, trigger("x"))
			id := incidents(t, e)[0].ID
			_, err := e.Review(t.Context(), t0, id, postmortem.Draft{By: byAda})
			require.NoError(t, err)
			result, err := db.Exec(c.damage)
			require.NoError(t, err)
			n, err := result.RowsAffected()
			require.NoError(t, err)
			require.Positive(t, n)
			accepted(t, e, t0, trigger("y"))
			accepted(t, e, t0, over(trigger("x")), over(trigger("y")))
			resolved := false
			for _, i := range incidents(t, e) {
				resolved = resolved || i.ID == id && i.Status == incident.Resolved
			}
			require.Equal(t, c.resolved, resolved)
		})
	}
}

func TestAnIncidentWithAnAlertThatCannotBeReadIsNotResolvedByItself(t *testing.T) {
	e, db := damaged(t)
	accepted(t, e, t0, trigger("x"), trigger("y"))
	_, err := db.Exec("UPDATE watchbill_alerts SET body = '{', version = version + 1 WHERE id = (SELECT max(id) FROM watchbill_alerts)")
	require.NoError(t, err)
	accepted(t, e, t0, over(trigger("x")))
	all := incidents(t, e)
	require.True(t, all[len(all)-1].Open())
}

func TestRulesAfterTheClockWasSetBack(t *testing.T) {
	e := onMemory(t, byItself)
	ahead := trigger("x")
	ahead.StartsAt = t0.Add(2 * time.Hour)
	accepted(t, e, t0.Add(3*time.Hour), ahead)
	accepted(t, e, t0, trigger("y"))
	accepted(t, e, t0.Add(time.Minute), over(trigger("x")), over(trigger("y")))
	all := incidents(t, e)
	require.Len(t, all, 1)
	require.Equal(t, incident.Resolved, all[0].Status)
	require.False(t, all[0].ResolvedAt.Before(all[0].DeclaredAt))
	require.GreaterOrEqual(t, all[0].Figures.ToResolve, watchbill.Duration(0))
}
