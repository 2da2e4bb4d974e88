package httpapi_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/roster"
)

// inPayingWorld has rules of pay; ada was paged at midnight UTC of 1 January 2000, a Saturday, in her night. It is two days
// later.
func inPayingWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		c := org()
		c.Catalog.Pay = catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "all", Hourly: 100, Page: 5}}}
		w.start()
		w.configure(c)
		a := w.raise("down")
		w.pass(time.Second)
		w.post("/api/v1/alerts/"+string(a.ID)+"/ack", object{"by": "ada"}).is(200)
		w.pass(48 * time.Hour)
		fn(t, w)
	})
}

func TestFairnessOverHTTP(t *testing.T) {
	inPayingWorld(t, func(t *testing.T, w *world) {
		var r report.FairnessReport
		const span = "from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z"
		w.get("/api/v1/reports/fairness?" + span).is(200).into(&r)
		require.True(t, r.PagesKnown)
		require.Equal(t, "ada", string(r.Rows[0].ID))
		assert.Equal(t, 1, r.Rows[0].Pages)
		assert.Equal(t, 1, r.Rows[0].Broken)
		// 24 h, 8 h of night (01:00 to 06:00 and 22:00 to 01:00 in Berlin), all on a weekend: 24 + 8 + 12, and 2 h 15 min
		assert.Equal(t, 46*time.Hour+15*time.Minute, time.Duration(r.Rows[0].Load))
		assert.Equal(t, r.Load/2, r.Rows[0].Fair, "with ben")

		var next report.FairnessReport
		w.get("/api/v1/reports/fairness?schedule=primary&from=2000-01-02T00:00:00Z&to=2000-01-03T00:00:00Z&carry_from=2000-01-01T00:00:00Z").is(200).into(&next)
		assert.Equal(t, r.Rows[0].Balance, next.Rows[0].Carried)
		assert.True(t, strings.HasPrefix(w.get("/api/v1/reports/fairness?format=csv").is(200).Body.String(), "id,name,timezone,"))

		assert.Equal(t, []string{"x", "from", "format"}, fields(w.get("/api/v1/reports/fairness?x=1&from=2001-01-01T00:00:00Z&format=xml").problem(400)))
		assert.Equal(t, []string{"schedule"}, fields(w.get("/api/v1/reports/fairness?schedule=none").problem(400)))
		assert.Equal(t, []string{"carry_from"}, fields(w.get("/api/v1/reports/fairness?"+span+"&carry_from=2000-01-01T01:00:00Z").problem(400)))
	})
}

func TestPayOverHTTP(t *testing.T) {
	inPayingWorld(t, func(t *testing.T, w *world) {
		var r report.PayReport
		w.get("/api/v1/reports/pay?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z").is(200).into(&r)
		require.Len(t, r.Lines, 1)
		assert.Equal(t, int64(2405), r.Amount, "24 h and a page")
		assert.True(t, strings.HasPrefix(w.get("/api/v1/reports/pay?format=csv").is(200).Body.String(), "kind,id,name,"))
		assert.Equal(t, []string{"from"}, fields(w.get("/api/v1/reports/pay?from=2001-01-01T00:00:00Z").problem(400)))
	})
}

func TestPayWithoutRulesSaysWhatToAdd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		assert.Contains(t, w.get("/api/v1/reports/pay").problem(422).Detail, "give it a section pay with currency and rules")
	})
}

// Planning is for few at once: others are told to come back.
func TestRostersAtOnce(t *testing.T) {
	inPayingWorld(t, func(t *testing.T, w *world) {
		var done sync.WaitGroup
		codes := make([]int, 12)
		for i := range codes {
			done.Go(func() {
				codes[i] = w.get("/api/v1/schedules/primary/roster?from=2000-01-03T08:00:00Z&to=2000-10-31T08:00:00Z", "bot-token").Code
			})
		}
		done.Wait()
		assert.Contains(t, codes, 200)
		assert.Contains(t, codes, 429)
		w.get("/api/v1/schedules/primary/roster", "bot-token").is(200)
	})
}

func TestRosterOverHTTP(t *testing.T) {
	inPayingWorld(t, func(t *testing.T, w *world) {
		var p roster.Proposal
		const at = "/api/v1/schedules/primary/roster?from=2000-01-03T08:00:00Z&to=2000-01-31T08:00:00Z"
		w.get(at, "bot-token").is(200).into(&p)
		require.Len(t, p.Slots, 4)
		assert.Empty(t, p.Unfilled)
		assert.True(t, p.Proven)
		require.NotNil(t, p.Temporary)
		w.get(at+"&layer="+string(p.Layer), "bot-token").is(200)
		assert.Contains(t, w.get(at+"&layer=none", "bot-token").problem(422).Detail, `has no layer "none" to plan then; it has `+string(p.Layer))
		var swaps roster.Proposal
		w.get(at+"&swaps=2&seed=3&carry_from=1999-12-27T08:00:00Z", "bot-token").is(200).into(&swaps)
		assert.Nil(t, swaps.Temporary)
		assert.LessOrEqual(t, swaps.Cost, swaps.Was)

		assert.Equal(t, []string{"swaps", "seed"}, fields(w.get(at+"&swaps=-1&seed=x", "bot-token").problem(400)))
		w.get("/api/v1/schedules/none/roster", "bot-token").problem(404)
		assert.Contains(t, w.get("/api/v1/schedules/empty/roster", "bot-token").problem(422).Detail, "has nobody in its layers; name people in its roster")
		for _, path := range []string{at, "/api/v1/reports/fairness", "/api/v1/reports/pay"} {
			w.send("GET", path, nil).problem(401)
			w.get(path, "intake-token").problem(403)
		}
		w.get(at, "viewer-token").problem(403)
	})
}
