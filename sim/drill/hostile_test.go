package drill_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/sim/drill"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// quiet is a past in which nothing has happened yet.
func quiet(t *testing.T) *past {
	t.Helper()
	p := &past{t: t, store: memory.New(), now: time.Date(2026, 2, 10, 2, 0, 0, 0, time.UTC)}
	var err error
	p.e, err = engine.New(engine.Config{Store: p.store})
	require.NoError(t, err)
	c, _ := organisation(t)
	c.Heartbeats = nil
	_, err = p.e.Configure(context.Background(), p.now, c)
	require.NoError(t, err)
	return p
}

// loads makes a drill of records, and reads its file.
func loads(t *testing.T, r drill.Records) drill.Drill {
	t.Helper()
	text, err := drill.Make(r).YAML()
	require.NoError(t, err)
	_, org := organisation(t)
	d, err := drill.Parse("x.yaml", text, org)
	require.NoError(t, err, "%s", text)
	return d
}

// TestMakeOfDays: whatever took days makes a drill that can be run.
func TestMakeOfDays(t *testing.T) {
	for _, c := range []struct {
		took    time.Duration
		limit   time.Duration
		signals int
	}{{3 * 24 * time.Hour, 6 * 24 * time.Hour, 2}, {4 * 24 * time.Hour, drill.MaxLimit, 2}, {9 * 24 * time.Hour, drill.MaxLimit, 1}} {
		p := quiet(t)
		id := p.signal(alert.Signal{Key: "Disk", Severity: watchbill.SeverityCritical, Summary: "x"})
		p.now = p.now.Add(c.took)
		p.signal(alert.Signal{Key: "Disk", Action: alert.Resolve})
		r, err := drill.ThePastOf(context.Background(), p.store, id)
		require.NoError(t, err)
		d := loads(t, r)
		require.Equal(t, c.limit, d.Limit)
		require.Len(t, d.Signals, c.signals)
		require.Equal(t, c.signals == 1, len(d.Notes) > 0 && d.Notes[len(d.Notes)-1] == "left out: 1 signals that came more than 168h0m0s after the first; no drill lasts longer")
	}
}

// TestMakeOfOddTexts: what no source says, but a program that hands in signals itself or somebody who declares an incident can.
func TestMakeOfOddTexts(t *testing.T) {
	for summary, want := range map[string]string{"": "Disk", "x\x1b[2J\ny": "x[2J y"} {
		p := quiet(t)
		r, err := drill.ThePastOf(context.Background(), p.store, p.signal(alert.Signal{Key: "Disk", Severity: watchbill.SeverityCritical, Summary: summary}))
		require.NoError(t, err)
		d := loads(t, r)
		require.Equal(t, want, d.Title)
		require.Equal(t, want, d.Signals[0].Signal.Summary)
	}
	p := quiet(t)
	id := p.signal(alert.Signal{Key: "Disk", Severity: watchbill.SeverityCritical, Summary: "x"})
	made, err := p.e.Declare(context.Background(), p.now, incident.Declare{By: timeline.By{Actor: "user:ben"}, Title: "a\x1b[2J b", Alerts: []watchbill.AlertID{id}})
	require.NoError(t, err)
	r, err := drill.ThePast(context.Background(), p.store, made.ID)
	require.NoError(t, err)
	require.Equal(t, "a[2J b", loads(t, r).Title)
}

// TestAnonymousKeys: who is in a key is nobody any more, and the expectation is still about the same signal.
func TestAnonymousKeys(t *testing.T) {
	r := drill.Records{Names: map[watchbill.UserID]string{"ada": "Ada Okafor", "ada-b": "Bo"},
		Incidents: []drill.Incident{{Incident: incident.Incident{ID: "i", Impact: incident.Impact{Customers: []watchbill.CustomerID{"acme"}}}}}}
	d := drill.Drill{Title: "Ada Okafors laptop, ada-bx and acme's", Signals: []drill.Signal{{Signal: alert.Signal{Key: "slow/acme"}}},
		Expect: []drill.Expectation{{What: drill.Acknowledged, Alert: "slow/acme"}}}.Anonymous(r)
	require.Equal(t, "person 1 Okafors laptop, person 1-bx and customer 1's", d.Title)
	require.EqualValues(t, "slow/customer 1", d.Signals[0].Signal.Key)
	require.Equal(t, d.Signals[0].Signal.Key, d.Expect[0].Alert)
}

// TestSheetOfHostileTexts: nothing that somebody wrote is Markdown or HTML, ends a cell or steers a terminal.
func TestSheetOfHostileTexts(t *testing.T) {
	text := drill.Sheet{Title: "<b>x</b>\x1b[2J\u202e", Results: []drill.Result{{What: `a\|b`}}, Notes: []string{"![x](http://evil.example/x.png)"},
		Lines: []drill.Line{{Text: "`*a*` &lt;"}}}.Markdown()
	require.Contains(t, text, "# &lt;b&gt;x&lt;/b&gt;[2J\n")
	require.Contains(t, text, `| a\\\|b |`)
	require.Contains(t, text, `- ![x]\(http://evil.example/x.png)`)
	require.Contains(t, text, "\\`\\*a\\*\\` &amp;lt;")
}
