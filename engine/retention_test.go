package engine_test

import (
	"fmt"
	"math/rand/v2"
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
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const week = 7 * 24 * time.Hour

func keeping(k oncall.Keep, holds ...oncall.LegalHold) func(*oncall.Config) {
	return func(c *oncall.Config) { c.Keep, c.Holds = k, holds }
}

// sweep sweeps until there is nothing left to remove.
func (p *postman) sweep() (all engine.Swept) {
	p.Helper()
	for more := true; more; {
		did, err := p.Sweep(p.Context(), p.now)
		require.NoError(p, err)
		all.Alerts, all.Incidents, all.Postmortems = all.Alerts+did.Alerts, all.Incidents+did.Incidents, all.Postmortems+did.Postmortems
		all.Records, all.Helpers, all.Kept = all.Records+did.Records, all.Helpers+did.Helpers, did.Kept
		more = did.More && did.Removed() > 0
	}
	return all
}

func (p *postman) resolve(ids ...watchbill.AlertID) {
	p.Helper()
	for _, id := range ids {
		_, err := p.Act(p.Context(), p.now, id, episode.Resolve{By: "ada"})
		require.NoError(p, err)
	}
}

func (p *postman) gone(id watchbill.AlertID) bool {
	_, err := p.Lookup(p.Context(), id)
	return err != nil
}

func TestWhatWasResolvedLongAgoIsRemoved(t *testing.T) {
	p := posting(t, keeping(oncall.Keep{Alerts: week}))
	ids := p.fire(watchbill.SeverityCritical, "a", "b", "c")
	p.at(0)
	p.resolve(ids[0])
	p.now = t0.Add(2 * 24 * time.Hour)
	p.resolve(ids[1])
	p.at(8 * 24 * time.Hour)
	require.Equal(t, engine.Swept{Alerts: 1}, p.sweep())
	require.True(t, p.gone(ids[0]))
	require.False(t, p.gone(ids[1]) || p.gone(ids[2]))
	require.NoError(t, p.store.View(t.Context(), func(tx store.Tx) error {
		entries, err := tx.Timeline().Read(timeline.Alert(ids[0]), 0, 10)
		require.Empty(t, entries)
		return err
	}))
	p.now = t0.Add(10 * 24 * time.Hour)
	require.Equal(t, 1, p.sweep().Alerts)
	require.False(t, p.gone(ids[2]), "it is open")
	require.Zero(t, p.sweep().Removed())
}

func TestNothingIsRemovedWithoutBeingAsked(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	p.resolve(p.fire(watchbill.SeverityCritical, "a")...)
	p.now = t0.AddDate(50, 0, 0)
	require.Zero(t, p.sweep())
}

func TestRetentionIsAWeekAtLeast(t *testing.T) {
	c := org()
	c.Keep.Alerts = week - 1
	c.Holds = []oncall.LegalHold{{ID: "x"}, {ID: "x", User: "ada", From: t0, To: t0}, {User: "ada"}}
	_, err := oncall.New(c, 1)
	for _, want := range []string{"retention.alerts: ", "legal_holds[0]: says nothing", "legal_holds[1].id: \"x\" is used twice",
		"legal_holds[1].to: must be later", "legal_holds[2].id: is missing"} {
		require.ErrorContains(t, err, want)
	}
}

// However much is kept, what comes behind it goes, and is not looked at again and again.
func TestManyThatAreKeptHoldUpNobody(t *testing.T) {
	p := posting(t, keeping(oncall.Keep{Alerts: week}, oncall.LegalHold{ID: "case", User: "ben", Reason: "a claim"}))
	var kept []watchbill.AlertID
	for i := range 450 {
		kept = append(kept, p.fire(watchbill.SeverityCritical, fmt.Sprint("kept", i))...)
	}
	for _, id := range kept {
		_, err := p.Act(t.Context(), p.now, id, episode.Resolve{By: "ben"})
		require.NoError(t, err)
	}
	p.now = p.now.Add(time.Minute)
	gone := p.fire(watchbill.SeverityCritical, "x", "y")
	p.resolve(gone...)
	p.now = t0.Add(8 * 24 * time.Hour)
	removed := 0
	for range 4 {
		did, err := p.Sweep(t.Context(), p.now)
		require.NoError(t, err)
		removed += did.Alerts
	}
	require.Equal(t, 2, removed)
	require.False(t, p.gone(kept[0]))
	did, err := p.Sweep(t.Context(), p.now)
	require.NoError(t, err)
	require.Equal(t, engine.Swept{Kept: 450}, did)

	p.configure(keeping(oncall.Keep{Alerts: week}))
	require.Equal(t, 450, p.sweep().Alerts, "the hold is lifted")
}

func TestLegalHolds(t *testing.T) {
	for name, hold := range map[string]oncall.LegalHold{
		"service": {Service: "shop"}, "alert": {}, "user": {User: "ada"}, "customer": {Customer: "acme"},
		"from": {From: t0.Add(-time.Hour)}, "span": {From: t0, To: t0.Add(time.Hour)}, "both": {Service: "shop", User: "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			hold.ID = "case"
			p := posting(t, func(*oncall.Config) {})
			ids := p.fire(watchbill.SeverityCritical, "a")
			p.at(0)
			p.resolve(ids...)
			if name == "alert" {
				hold.Alert = ids[0]
			}
			customers := func(c *oncall.Config) {
				c.Catalog.Customers = []catalog.Customer{{ID: "acme"}}
				c.Catalog.Services[0].Customers = []watchbill.CustomerID{"acme"}
			}
			p.now = t0.Add(8 * 24 * time.Hour)
			p.configure(func(c *oncall.Config) { customers(c); keeping(oncall.Keep{Alerts: week}, hold)(c) })
			require.Equal(t, engine.Swept{Kept: 1}, p.sweep())
			other := hold
			other.Service, other.To, other.From = "other", time.Time{}, time.Time{}
			p.configure(func(c *oncall.Config) { customers(c); keeping(oncall.Keep{Alerts: week}, other)(c) })
			require.Equal(t, engine.Swept{Alerts: 1}, p.sweep())
		})
	}
}

func TestAlertsOfAnOpenIncidentStay(t *testing.T) {
	p := posting(t, keeping(oncall.Keep{Alerts: week, Incidents: 2 * week}))
	ids := p.fire(watchbill.SeverityCritical, "a")
	i := declared(t, p.Engine, incident.Declare{Alerts: ids})
	p.resolve(ids...)
	p.at(8 * 24 * time.Hour)
	require.Equal(t, engine.Swept{Kept: 1}, p.sweep())
	told(t, p.Engine, i.ID, p.now, incident.SetStatus{By: byAda, Status: incident.Resolved})
	p.now = p.now.Add(time.Hour)
	require.Equal(t, engine.Swept{Alerts: 1}, p.sweep())
	p.now = p.now.Add(2 * week)
	require.Equal(t, engine.Swept{Incidents: 1}, p.sweep())
	require.Empty(t, incidents(t, p.Engine))
}

func grouping(c *oncall.Config) {
	c.Catalog.Sources = []catalog.Source{{ID: "prom", Key: catalog.DigestOf("k"), Handling: route.Handling{Group: &route.Group{By: []string{"service"}}}}}
}

func TestMembersOfAnOpenGroupStay(t *testing.T) {
	p := posting(t, func(c *oncall.Config) { grouping(c); keeping(oncall.Keep{Alerts: week})(c) })
	ids := p.fire(watchbill.SeverityCritical, "a", "b", "c")
	p.resolve(ids[1])
	p.at(8 * 24 * time.Hour)
	require.Equal(t, engine.Swept{Kept: 1}, p.sweep())
	p.resolve(ids[0])
	require.NoError(t, p.FollowUp(t.Context(), p.now))
	p.now = p.now.Add(8 * 24 * time.Hour)
	did := p.sweep()
	require.Equal(t, 3, did.Alerts)
	require.Equal(t, 1, did.Helpers, "the group's record goes with it")
}

// TestSweepingChangesNothingForWhoIsPaged compares two histories at random that differ in this only: one sweeps.
func TestSweepingChangesNothingForWhoIsPaged(t *testing.T) {
	removed := 0
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			keep := func(c *oncall.Config) {
				grouping(c)
				keeping(oncall.Keep{Alerts: week, Incidents: week, Records: week})(c)
			}
			cleans, keeps := posting(t, keep), posting(t, keep)
			a, b := history{cleans, rand.New(rand.NewPCG(seed, 1)), nil}, history{keeps, rand.New(rand.NewPCG(seed, 1)), nil}
			for range 60 {
				require.Equal(t, b.happens(), a.happens())
				before := a.open()
				removed += cleans.sweep().Removed()
				require.Equal(t, before, a.open())
			}
		})
	}
	require.Greater(t, removed, 100)
}

// history is what happens to an engine.
type history struct {
	*postman
	r   *rand.Rand
	ids []watchbill.AlertID
}

// happens lets something happen, and returns what was sent.
func (h *history) happens() []string {
	id := func() watchbill.AlertID { return h.ids[h.r.IntN(len(h.ids))] }
	switch n := h.r.IntN(10); {
	case n < 4 || len(h.ids) == 0:
		h.ids = append(h.ids, h.fire(watchbill.SeverityCritical, fmt.Sprint("k", h.r.IntN(8)))...)
	case n < 7:
		_, _ = h.Act(h.Context(), h.now, id(), episode.Resolve{By: "ada"}) // which may be gone
	case n < 8:
		_, _ = h.Act(h.Context(), h.now, id(), episode.Acknowledge{By: "ben"})
	case n < 9:
		_, _ = h.Declare(h.Context(), h.now, incident.Declare{By: byAda, Title: "x", Alerts: []watchbill.AlertID{id()}})
	default:
		h.now = h.now.Add(time.Duration(h.r.IntN(int(5 * 24 * time.Hour))))
	}
	require.NoError(h, h.FollowUp(h.Context(), h.now))
	return h.at(h.now.Sub(t0) + time.Duration(h.r.IntN(int(time.Hour))))
}

// open returns everything that is open, as it is stored.
func (h *history) open() (all []store.Stored) {
	for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
		require.NoError(h, h.store.View(h.Context(), func(tx store.Tx) error {
			page, _, err := tx.Episodes().List(store.Query{State: state}, 1000)
			all = append(all, page...)
			return err
		}))
	}
	return all
}
