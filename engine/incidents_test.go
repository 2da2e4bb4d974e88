package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/timeline"
)

// response is org with what incidents need. Critical ones require a postmortem.
func response(rules catalog.IncidentRules) oncall.Config {
	c := org()
	c.Catalog.Services = []catalog.Service{
		{ID: "shop", Policy: "web", Owners: []watchbill.UserID{"cem"}, Customers: []watchbill.CustomerID{"acme"}},
		{ID: "mail", Policy: "web"}, {ID: "app", DependsOn: []watchbill.ServiceID{"shop"}},
	}
	c.Catalog.Customers = []catalog.Customer{{ID: "acme"}, {ID: "initech"}}
	c.Catalog.Pages = []catalog.Page{{ID: "public", Components: []catalog.Component{{ID: "orders", Services: []watchbill.ServiceID{"shop"}}}}}
	rules.Postmortem = catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityCritical}, Due: 48 * time.Hour}
	c.Catalog.Incidents = rules
	return c
}

// responding returns an engine over a store, with people and services to respond.
func responding(t *testing.T, st store.Store, rules catalog.IncidentRules) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{Store: st, Rand: rand.NewChaCha8([32]byte{1})})
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), t0.Add(-24*time.Hour), response(rules))
	require.NoError(t, err)
	return e
}

func onMemory(t *testing.T, rules catalog.IncidentRules) *engine.Engine {
	return responding(t, memory.New(), rules)
}

// onEach runs a test on every store that there is here.
func onEach(t *testing.T, test func(t *testing.T, st store.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, memory.New()) })
	t.Run("sqlite", func(t *testing.T) {
		st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "w.db"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = st.Close() })
		test(t, st)
	})
}

var byAda = timeline.By{Actor: timeline.User("ada")}

func alertOf(t *testing.T, e *engine.Engine, s alert.Signal, at time.Time) watchbill.AlertID {
	t.Helper()
	return accepted(t, e, at, s)[0].Alert
}

func declared(t *testing.T, e *engine.Engine, c incident.Declare) engine.Incident {
	t.Helper()
	c.By = byAda
	i, err := e.Declare(t.Context(), t0, c)
	require.NoError(t, err)
	return i
}

// told carries out a command of ada's on an incident.
func told(t *testing.T, e *engine.Engine, id watchbill.IncidentID, at time.Time, c incident.Command) engine.Incident {
	t.Helper()
	i, err := e.Command(t.Context(), at, id, c)
	require.NoError(t, err)
	return i
}

// wrong returns the fields that an error names, and why.
func wrong(err error) map[string]string {
	all := map[string]string{}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			for field, why := range wrong(e) {
				all[field] = why
			}
		}
	}
	var f *incident.FieldError
	var p *postmortem.FieldError
	var s *statuspage.FieldError
	switch {
	case len(all) > 0:
	case errors.As(err, &f):
		all[f.Field] = f.Reason
	case errors.As(err, &p):
		all[p.Field] = p.Reason
	case errors.As(err, &s):
		all[s.Field] = s.Reason
	}
	return all
}

func TestDeclareCarriesOverFromTheFirstAlertAndAddsTheOthers(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, catalog.IncidentRules{})
		first, second := trigger("db"), trigger("smtp")
		first.StartsAt, first.Links = t0.Add(-10*time.Minute), []alert.Link{{Text: "graph", Href: "https://g/1"}}
		second.Service, second.Severity, second.Links = "mail", watchbill.SeverityWarning, []alert.Link{{Text: "log", Href: "https://g/2"}}
		a, b := alertOf(t, e, first, t0.Add(-5*time.Minute)), alertOf(t, e, second, t0.Add(-4*time.Minute))
		i := declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a, b}})
		require.Equal(t, "db is down", i.Title)
		require.Equal(t, watchbill.SeverityCritical, i.Severity)
		require.Equal(t, t0.Add(-10*time.Minute), i.Impact.StartedAt)
		require.Equal(t, t0.Add(-5*time.Minute), i.DetectedAt)
		require.Equal(t, []watchbill.AlertID{a, b}, i.Alerts)
		require.Equal(t, []watchbill.ServiceID{"shop", "mail"}, i.Impact.ServiceIDs())
		require.Equal(t, []watchbill.CustomerID{"acme"}, i.Impact.Customers)
		require.Len(t, i.Links, 2)
		require.Equal(t, []watchbill.ServiceID{"app"}, i.AtRisk)
		found, err := e.Incident(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, i, found, "what is answered is what is stored")
	})
}

func TestWhatIsGivenIsNotCarriedOver(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	a := alertOf(t, e, trigger("db"), t0)
	i := declared(t, e, incident.Declare{Title: "Mail is late", Severity: watchbill.SeverityInfo, StartedAt: t0.Add(-time.Hour),
		Services: []incident.Affected{{Service: "mail"}}, Customers: []watchbill.CustomerID{"initech"}, Alerts: []watchbill.AlertID{a}})
	require.Equal(t, "Mail is late", i.Title)
	require.Equal(t, watchbill.SeverityInfo, i.Severity)
	require.Equal(t, t0.Add(-time.Hour), i.Impact.StartedAt)
	require.Equal(t, []watchbill.ServiceID{"mail"}, i.Impact.ServiceIDs())
	require.Equal(t, []watchbill.CustomerID{"initech"}, i.Impact.Customers)
}

func TestDeclareAboutAnAlertWhoseServiceHasLeftTheConfiguration(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	a := alertOf(t, e, trigger("db"), t0)
	c := response(catalog.IncidentRules{})
	c.Catalog.Services, c.Catalog.Pages = c.Catalog.Services[1:2], nil
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	require.Equal(t, []watchbill.ServiceID{"shop"}, declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a}}).Impact.ServiceIDs())
}

func TestDeclareAfterTheClockWasSetBack(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	a := alertOf(t, e, trigger("db"), t0.Add(time.Hour))
	i := declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a}})
	require.Equal(t, t0, i.DetectedAt)
	later := told(t, e, i.ID, t0.Add(-time.Hour), incident.Comment{By: byAda, Text: "x"})
	require.Equal(t, t0, later.UpdatedAt, "the record never goes back")
}

func TestEveryReferenceThatDoesNotExistIsNamedWithWhateverElseIsWrong(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	ctx, eve := t.Context(), timeline.By{Actor: timeline.User("eve")}
	id := declared(t, e, incident.Declare{Title: "x"}).ID
	customers, users := []watchbill.CustomerID{"nobody"}, []watchbill.UserID{"ada", "eve"}
	owner := watchbill.UserID("eve")
	on := func(c incident.Command) error { _, err := e.Command(ctx, t0, id, c); return err }
	review := func(c postmortem.Command) error { _, err := e.Review(ctx, t0, id, c); return err }
	board := func(c statuspage.Command) error { _, err := e.Board(ctx, t0, "public", c); return err }
	declare := func(c incident.Declare) error { _, err := e.Declare(ctx, t0, c); return err }
	require.NoError(t, review(postmortem.Draft{By: byAda}))
	nope := []incident.Affected{{Service: "nope"}, {Service: "shop"}}
	for name, c := range map[string]struct {
		err  error
		want map[string]string
	}{
		"declare": {declare(incident.Declare{By: eve, Services: nope, Customers: customers}), map[string]string{
			"by": `there is no user "eve"`, "services": `there is no service "nope"`, "customers": `there is no customer "nobody"`,
			"title": "is missing; say in one line what is wrong"}},
		"alerts":       {declare(incident.Declare{By: byAda, Alerts: []watchbill.AlertID{"a1"}}), map[string]string{"alerts": `there is no alert "a1"`}},
		"impact":       {on(incident.SetImpact{By: eve, Services: nope, Customers: &customers}), map[string]string{"by": `there is no user "eve"`, "services": `there is no service "nope"`, "customers": `there is no customer "nobody"`}},
		"role":         {on(incident.Assign{By: byAda, User: "eve"}), map[string]string{"user": `there is no user "eve"`, "role": "is missing; use commander, communications or scribe"}},
		"task":         {on(incident.AddTask{By: byAda, Owner: "eve", Title: "x"}), map[string]string{"owner": `there is no user "eve"`}},
		"attach":       {on(incident.Attach{By: byAda, Alert: "a1"}), map[string]string{"alert": `there is no alert "a1"`}},
		"no alert":     {on(incident.Attach{By: byAda}), map[string]string{"alert": "is missing"}},
		"publish":      {on(incident.Publish{By: byAda, Title: "x", Pages: []watchbill.PageID{"intern"}}), map[string]string{"pages": `there is no status page "intern"`, "text": "is missing"}},
		"owner":        {review(postmortem.Assign{By: byAda, Owner: "eve", Participants: &users}), map[string]string{"owner": `there is no user "eve"`, "participants": `there is no user "eve"`}},
		"item":         {review(postmortem.AddItem{By: eve, Title: "x", Owner: "eve"}), map[string]string{"owner": `there is no user "eve"`, "by": `there is no user "eve"`, "kind": "is missing; use prevent, detect or contain"}},
		"set item":     {review(postmortem.SetItem{By: byAda, Item: "a9", Owner: &owner}), map[string]string{"owner": `there is no user "eve"`, "item": `there is no action item "a9"`}},
		"component":    {board(statuspage.SetComponent{By: eve, Component: "nope"}), map[string]string{"component": `there is no component "nope"`, "by": `there is no user "eve"`}},
		"no component": {board(statuspage.SetComponent{By: byAda}), map[string]string{"component": "is missing"}},
		"schedule":     {board(statuspage.Schedule{By: byAda, Components: []string{"nope"}, Until: t0.Add(time.Hour)}), map[string]string{"components": `there is no component "nope"`, "title": "is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := wrong(c.err)
			if reason, ok := got["kind"]; ok { // which words it has is for package postmortem to say
				c.want["kind"] = reason
			}
			if reason, ok := got["item"]; ok {
				c.want["item"] = reason
			}
			require.Equal(t, c.want, got, c.err)
		})
	}
	i, err := e.Incident(ctx, id)
	require.NoError(t, err)
	require.EqualValues(t, 1, i.Seq, "nothing of it was done")
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	ctx := t.Context()
	_, err := e.Command(ctx, t0, "i1", incident.Comment{By: byAda, Text: "x"})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.EqualError(t, err, `engine: there is no incident "i1"`)
	for name, ask := range map[string]func() error{
		"incident":          func() error { _, err := e.Incident(ctx, "i1"); return err },
		"timeline":          func() error { _, err := e.IncidentTimeline(ctx, "i1"); return err },
		"postmortem":        func() error { _, err := e.Postmortem(ctx, "i1"); return err },
		"review":            func() error { _, err := e.Review(ctx, t0, "i1", postmortem.Publish{By: byAda}); return err },
		"draft of nothing":  func() error { _, err := e.Review(ctx, t0, "i1", postmortem.Draft{By: byAda}); return err },
		"page":              func() error { _, err := e.Page(ctx, t0, "p1", ""); return err },
		"board":             func() error { _, err := e.PageBoard(ctx, "p1"); return err },
		"command on a page": func() error { _, err := e.Board(ctx, t0, "p1", statuspage.Cancel{By: byAda}); return err },
	} {
		var missing *engine.MissingError
		require.ErrorAs(t, ask(), &missing, name)
	}
}

func TestAResolvedIncidentIsReopenedFirst(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	id := declared(t, e, incident.Declare{Title: "x"}).ID
	told(t, e, id, t0, incident.SetStatus{By: byAda, Status: incident.Resolved})
	_, err := e.Command(t.Context(), t0, id, incident.SetStatus{By: byAda, Status: incident.Monitoring})
	require.ErrorIs(t, err, incident.ErrResolved)
	_, err = e.Command(t.Context(), t0, id, incident.Declare{By: byAda, ID: id, Title: "again"})
	require.ErrorIs(t, err, incident.ErrExists)
	require.True(t, told(t, e, id, t0, incident.Reopen{By: byAda}).Open())
}

func TestACommandThatChangesNothingWritesNothing(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	i := declared(t, e, incident.Declare{Title: "x"})
	again := told(t, e, i.ID, t0.Add(time.Hour), incident.SetStatus{By: byAda, Status: incident.Investigating})
	require.Equal(t, i, again)
}

func TestTheSameSeedGivesTheSameIncidents(t *testing.T) {
	history := func() string {
		e := onMemory(t, catalog.IncidentRules{Declare: []watchbill.Severity{watchbill.SeverityCritical}, AutoResolve: true})
		id := alertOf(t, e, trigger("db"), t0)
		_, err := e.Act(t.Context(), t0.Add(time.Minute), id, episode.Resolve{By: "ada"})
		require.NoError(t, err)
		require.NoError(t, e.FollowUp(t.Context(), t0.Add(time.Minute)))
		declared(t, e, incident.Declare{Title: "x"})
		all, _, err := e.Incidents(t.Context(), false, "", 10)
		require.NoError(t, err)
		p, _, err := e.Postmortems(t.Context(), false, "", 10)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Len(t, p, 1)
		data, err := json.Marshal([]any{all, p})
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, history(), history())
}

func TestTwoEnginesLoseNoComment(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		engines := []*engine.Engine{responding(t, st, catalog.IncidentRules{}), responding(t, st, catalog.IncidentRules{})}
		id := declared(t, engines[0], incident.Declare{Title: "x"}).ID
		var both sync.WaitGroup
		for n, e := range engines {
			both.Go(func() {
				for k := range 50 {
					c := incident.Comment{By: byAda, Text: fmt.Sprintf("%d of %d", k, n)}
					if _, err := e.Command(context.Background(), t0, id, c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		moments, err := engines[1].IncidentTimeline(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, moments, 101)
		texts := map[string]bool{}
		for k, m := range moments {
			require.EqualValues(t, k+1, m.Seq)
			texts[m.Text] = true
		}
		require.Len(t, texts, 101)
	})
}

// conflicting is a store whose every second transaction is told at its end that somebody was quicker.
type conflicting struct {
	store.Store
	n int
}

func (c *conflicting) Update(ctx context.Context, fn func(store.Tx) error) error {
	return c.Store.Update(ctx, func(tx store.Tx) error {
		err := fn(tx)
		if c.n++; c.n%2 == 1 && err == nil {
			err = store.ErrConflict
		}
		return err
	})
}

func TestAConflictIsTriedAgainWithTheSameCommand(t *testing.T) {
	e := responding(t, &conflicting{Store: memory.New()}, catalog.IncidentRules{})
	a, b := alertOf(t, e, trigger("a"), t0), alertOf(t, e, trigger("b"), t0)
	i := declared(t, e, incident.Declare{Alerts: []watchbill.AlertID{a}})
	require.Equal(t, []watchbill.AlertID{a, b}, told(t, e, i.ID, t0, incident.Attach{By: byAda, Alert: b}).Alerts)
	p, err := e.Review(t.Context(), t0, i.ID, postmortem.Draft{By: byAda})
	require.NoError(t, err)
	require.Equal(t, postmortem.StateDraft, p.State)
	_, err = e.Board(t.Context(), t0, "public", statuspage.Schedule{By: byAda, Title: "x", Until: t0.Add(time.Hour)})
	require.NoError(t, err)
	b2, err := e.PageBoard(t.Context(), "public")
	require.NoError(t, err)
	require.Len(t, b2.Maintenances, 1)
}

func TestIncidentsAndPostmortemsInPages(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := responding(t, st, catalog.IncidentRules{})
		for k := range 7 {
			i, err := e.Declare(t.Context(), t0.Add(time.Duration(k)*time.Minute), incident.Declare{By: byAda, Title: fmt.Sprint(k)})
			require.NoError(t, err)
			_, err = e.Review(t.Context(), t0.Add(time.Hour), i.ID, postmortem.Draft{By: byAda})
			require.NoError(t, err)
			if k%2 == 0 {
				told(t, e, i.ID, t0.Add(time.Hour), incident.SetStatus{By: byAda, Status: incident.Resolved})
			}
		}
		titles := func(open bool) (all []string) {
			for cursor := ""; ; {
				page, next, err := e.Incidents(t.Context(), open, cursor, 3)
				require.NoError(t, err)
				for _, i := range page {
					all = append(all, i.Title)
				}
				if next == "" {
					return all
				}
				cursor = next
			}
		}
		require.Equal(t, []string{"6", "5", "4", "3", "2", "1", "0"}, titles(false))
		require.Equal(t, []string{"5", "3", "1"}, titles(true))
		page, next, err := e.Postmortems(t.Context(), true, "", 3)
		require.NoError(t, err)
		require.Len(t, page, 3)
		rest, next, err := e.Postmortems(t.Context(), true, next, 10)
		require.NoError(t, err)
		require.Len(t, rest, 4)
		require.Empty(t, next)
	})
}

// An update for no page in particular was written for those who could read it then.
func TestAnUpdateDoesNotShowOnPagesThatAreAffectedLater(t *testing.T) {
	e := onMemory(t, catalog.IncidentRules{})
	c := response(catalog.IncidentRules{})
	for _, id := range []watchbill.ServiceID{"one", "two"} {
		c.Catalog.Services = append(c.Catalog.Services, catalog.Service{ID: id})
		c.Catalog.Pages = append(c.Catalog.Pages, catalog.Page{ID: watchbill.PageID(id), Components: []catalog.Component{{ID: "it", Services: []watchbill.ServiceID{id}}}})
	}
	_, err := e.Configure(t.Context(), t0.Add(-time.Hour), c)
	require.NoError(t, err)
	i := declared(t, e, incident.Declare{Title: "x", Services: []incident.Affected{{Service: "one", Effect: incident.EffectMajor}}})
	told(t, e, i.ID, t0, incident.Publish{By: byAda, Title: "One is hit", Text: "Only one is hit."})
	told(t, e, i.ID, t0, incident.SetImpact{By: byAda, Services: []incident.Affected{{Service: "two", Effect: incident.EffectMajor}}})
	for page, notices := range map[watchbill.PageID]int{"one": 1, "two": 0} {
		v, err := e.Page(t.Context(), t0.Add(time.Minute), page, "https://x.example/status")
		require.NoError(t, err)
		require.Len(t, v.Incidents, notices, page)
		require.Equal(t, "major_outage", v.Status.String())
	}
}
