package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
)

// again is another engine on the same store, as after a restart.
func (p *postman) again() *postman {
	p.Helper()
	next := &postman{T: p.T, store: p.store, now: p.now}
	next.start()
	return next
}

func confirming(u watchbill.UserID) episode.Command { return episode.Command{By: u} }

func TestARestoredCopyPagesNobodyForWhatWasOpenUntilSomebodyConfirms(t *testing.T) {
	old := posting(t, func(*oncall.Config) {})
	ids := old.fire(watchbill.SeverityCritical, "db", "web", "disk")
	_, err := old.Act(t.Context(), t0, ids[2], episode.Acknowledge{By: "ben"})
	require.NoError(t, err)

	p := old.again()
	p.now = t0.Add(time.Hour)
	is, err := p.Restore(t.Context(), p.now)
	require.NoError(t, err)
	require.Equal(t, 3, is.Alerts)
	require.Equal(t, p.now, is.Since)

	told := p.at(time.Hour)
	require.Len(t, told, 1, "the catch-all is told once")
	require.Contains(t, told[0], "page cem/hook: this is a restored copy: 3 alerts")
	_, err = p.Act(t.Context(), p.now, waiting(t, p, "restored").Alert.ID, episode.Acknowledge{By: "cem"})
	require.NoError(t, err)
	require.Empty(t, p.at(3*time.Hour))

	p.fire(watchbill.SeverityCritical, "new")
	require.Equal(t, []string{"page ada/hook: new is down"}, p.at(3*time.Hour), "new signals page as usual")
	p.fire(watchbill.SeverityCritical, "db")
	require.Equal(t, []string{"page ben/hook: new is down"}, p.at(3*time.Hour+5*time.Minute), "what was open waits on")

	p = p.again()
	p.now = t0.Add(4 * time.Hour)
	still, err := p.Restored(t.Context())
	require.NoError(t, err)
	require.Equal(t, is, still, "a restart drops nothing")
	require.Empty(t, pagesAbout(p.at(4*time.Hour), "db", "web", "disk"))

	_, err = p.Act(t.Context(), p.now, ids[1], episode.Resolve{By: "ada"})
	require.NoError(t, err)
	_, err = p.Confirm(t.Context(), p.now, confirming("nobody"))
	require.ErrorIs(t, err, engine.ErrUnknownUser)
	was, err := p.Confirm(t.Context(), p.now, confirming("cem"))
	require.NoError(t, err)
	require.Equal(t, is, was)
	require.Equal(t, []string{"page ada/hook: db is down"}, pagesAbout(p.at(4*time.Hour), "db", "web", "disk"))
	require.Equal(t, alert.Resolved, waiting(t, p, "restored").Alert.State)
	_, err = p.Confirm(t.Context(), p.now, confirming("cem"))
	require.ErrorIs(t, err, engine.ErrNotRestored)
	still, err = p.again().Restored(t.Context())
	require.NoError(t, err)
	require.False(t, still.Waits())
}

// waiting returns the newest of Watchbill's own alerts with a key.
func waiting(t *testing.T, p *postman, key alert.DedupKey) (ep episode.Episode) {
	t.Helper()
	require.NoError(t, p.store.View(t.Context(), func(tx store.Tx) error {
		found, err := tx.Episodes().Newest([]alert.Ref{{Source: "watchbill", Key: key}})
		require.Len(t, found, 1)
		ep = found[0].Episode
		return err
	}))
	return ep
}

func pagesAbout(sent []string, keys ...string) (all []string) {
	for _, s := range sent {
		for _, k := range keys {
			if s[len(s)-len(k+" is down"):] == k+" is down" {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestARestoredCopyInWhichNothingIsOpenNeedsNoConfirmation(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	is, err := p.Restore(t.Context(), p.now)
	require.NoError(t, err)
	require.False(t, is.Waits())
	is, err = p.Restored(t.Context())
	require.NoError(t, err)
	require.False(t, is.Waits())
}

// What nobody is paged for must keep nobody from being paged: neither as a group nor as a cause.
func TestWhatIsHeldAfterARestoreHoldsNothingNew(t *testing.T) {
	p := posting(t, inhibiting)
	cause := host(trigger("node"), "node", "a")
	effect := host(trigger("disk"), "disk", "a")
	accepted(t, p.Engine, t0, cause)
	_, err := p.Restore(t.Context(), t0)
	require.NoError(t, err)
	v := accepted(t, p.Engine, t0, effect)
	ep, err := p.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Empty(t, ep.Held)
}

func TestAGroupOfARestoredCopyTakesNoNewMembers(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		c.Catalog.Sources = []catalog.Source{{ID: "prom", Key: catalog.DigestOf("k"), Handling: route.Handling{Group: &route.Group{By: []string{"service"}}}}}
	})
	ids := p.fire(watchbill.SeverityCritical, "a", "b")
	b, err := p.Lookup(t.Context(), ids[1])
	require.NoError(t, err)
	require.Equal(t, ids[0], b.Parent)
	_, err = p.Restore(t.Context(), t0)
	require.NoError(t, err)
	more := p.fire(watchbill.SeverityCritical, "c", "d")
	c, err := p.Lookup(t.Context(), more[0])
	require.NoError(t, err)
	require.Empty(t, c.Parent)
	_, err = p.Confirm(t.Context(), t0, confirming("ada"))
	require.NoError(t, err)
	paged := map[string]bool{}
	for _, s := range p.at(0) {
		paged[s] = paged[s] || s[:4] == "page"
	}
	require.True(t, paged["page ada/hook: a is down (and 1 more)"] && paged["page ada/hook: c is down (and 1 more)"], "%v", paged)
	require.Len(t, paged, 2, "members do not page: %v", paged)
}
