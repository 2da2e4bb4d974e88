package incident_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

var known = catalog.Catalog{
	Customers: []catalog.Customer{{ID: "acme"}, {ID: "globex"}, {ID: "initech"}},
	Services:  []catalog.Service{{ID: "shop", Customers: []watchbill.CustomerID{"globex", "acme"}}, {ID: "web", Customers: []watchbill.CustomerID{"initech"}}},
}

func TestFromAlert(t *testing.T) {
	a := alert.Alert{ID: "a1", Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "shop", CreatedAt: nine,
		StartsAt: minutes(-5), Links: []alert.Link{{Text: "graph", Href: "https://graphs/1"}}}
	require.Equal(t, incident.Declare{ID: "i1", Title: "disk full", Severity: watchbill.SeverityCritical, StartedAt: minutes(-5), DetectedAt: nine,
		Services: []incident.Affected{{Service: "shop"}}, Customers: []watchbill.CustomerID{"acme", "globex"},
		Alerts: []watchbill.AlertID{"a1"}, Links: a.Links}, incident.FromAlert("i1", a, known))

	for name, c := range map[string]struct {
		change func(a *alert.Alert)
		check  func(t *testing.T, d incident.Declare)
	}{
		"no start":               {func(a *alert.Alert) { a.StartsAt = time.Time{} }, func(t *testing.T, d incident.Declare) { assert.Equal(t, nine, d.StartedAt) }},
		"a source that is ahead": {func(a *alert.Alert) { a.StartsAt = minutes(5) }, func(t *testing.T, d incident.Declare) { assert.Equal(t, nine, d.StartedAt) }},
		"no summary":             {func(a *alert.Alert) { a.Summary = " \n" }, func(t *testing.T, d incident.Declare) { assert.Equal(t, "alert a1", d.Title) }},
		"lines":                  {func(a *alert.Alert) { a.Summary = "one\n two" }, func(t *testing.T, d incident.Declare) { assert.Equal(t, "one two", d.Title) }},
		"a long summary": {func(a *alert.Alert) { a.Summary = strings.Repeat("é", 201) }, func(t *testing.T, d incident.Declare) {
			assert.Equal(t, strings.Repeat("é", 200), d.Title)
		}},
		"no service": {func(a *alert.Alert) { a.Service = "" }, func(t *testing.T, d incident.Declare) {
			assert.Nil(t, d.Services)
			assert.Nil(t, d.Customers)
		}},
		"no severity": {func(a *alert.Alert) { a.Severity = watchbill.SeverityUnset }, func(t *testing.T, d incident.Declare) {
			w := newWorld(t)
			w.must(d)
			assert.Equal(t, watchbill.SeverityError, w.i.Severity)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := a
			c.change(&changed)
			d := incident.FromAlert("i1", changed, known)
			c.check(t, d)
			newWorld(t).must(d) // what comes from an alert is never refused
		})
	}
}

func TestAttachAlert(t *testing.T) {
	a := alert.Alert{ID: "a2", Service: "web", CreatedAt: minutes(-90), Links: []alert.Link{{Href: "https://graphs/1"}}}
	c := incident.AttachAlert(a)
	require.Equal(t, incident.Attach{Alert: "a2", OpenedAt: minutes(-90), Service: "web", Links: a.Links}, c)
	w := declared(t)
	w.must(c)
	assert.Equal(t, minutes(-90), w.i.DetectedAt)
	assert.Equal(t, []watchbill.ServiceID{"shop", "web"}, w.i.Impact.ServiceIDs())
	assert.Equal(t, a.Links, w.i.Links)
	assert.Len(t, w.i.Impact.Spans, 1, "what users notice of the service is not known from an alert")
}

func TestToldAndMerge(t *testing.T) {
	entry := func(seq int64, at int, kind timeline.Kind) timeline.Entry {
		return timeline.Entry{Seq: seq, At: minutes(at), Actor: "user:ada", Via: "key:ops", Kind: kind}
	}
	tell := func(e timeline.Entry) string { return strings.TrimPrefix(string(e.Kind), "silent") }
	one := incident.Told("incident:i1", []timeline.Entry{entry(1, 0, "a"), entry(2, 5, "silent"), entry(3, 5, "c"), entry(4, 5, "d")}, tell)
	two := incident.Told("a1", []timeline.Entry{entry(1, -1, "e"), entry(2, 5, "f"), entry(3, 9, "g")}, tell)
	require.Equal(t, incident.Moment{At: minutes(5), Of: "incident:i1", Seq: 3, Actor: "user:ada", Via: "key:ops", Kind: "c", Text: "c"}, one[1])

	order := func(moments []incident.Moment) (text string) {
		for _, m := range moments {
			text += m.Text
		}
		return text
	}
	assert.Equal(t, "acd", order(one))
	assert.Equal(t, "eacdfg", order(incident.Merge(one, two)))
	assert.Equal(t, "eafcdg", order(incident.Merge(two, one)))
	assert.Equal(t, "acd", order(one), "what is merged stays as it was")
	assert.Empty(t, incident.Merge())
	assert.Empty(t, incident.Merge(nil, nil))
	assert.Empty(t, incident.Told("a1", nil, tell))
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		kind       timeline.Kind
		data, want string
	}{
		{incident.KindDeclared, `{"id":"i1","title":"Slow"}`, `declared the incident "Slow", severity error`},
		{incident.KindDeclared, `{"id":"i1","title":"Slow","severity":"critical","started_at":"2026-01-04T23:50:00Z","services":[{"service":"shop","effect":"major_outage"},{"service":"web","effect":"none"}],"customers":["acme","globex"],"alerts":["a1"]}`,
			`declared the incident "Slow", severity critical, impact since 2026-01-04 23:50:00 UTC; services shop major outage, web; customers acme, globex; alerts a1`},
		{incident.KindStatus, `{"status":"monitoring"}`, "set the status to monitoring"},
		{incident.KindStatus, `{"status":"resolved","note":"rolled back","ended_at":"2026-01-05T09:20:00Z"}`, "set the status to resolved, impact until 2026-01-05 09:20:00 UTC: rolled back"},
		{incident.KindReopened, `{}`, "reopened the incident"},
		{incident.KindReopened, `{"reason":"it is back"}`, "reopened the incident: it is back"},
		{incident.KindEdited, `{"title":"Very slow"}`, `changed the title to "Very slow"`},
		{incident.KindEdited, `{"title":"Very slow","severity":"critical"}`, `changed the title to "Very slow" and the severity to critical`},
		{incident.KindEdited, `{"detected_at":"2026-01-05T09:00:00+01:00"}`, "changed the detection to 2026-01-05 08:00:00 UTC"},
		{incident.KindAssigned, `{"role":"commander","user":"ben"}`, "made ben commander"},
		{incident.KindAssigned, `{"role":"commander","user":"ben","note":"read the log"}`, "made ben commander: read the log"},
		{incident.KindAssigned, `{"role":"scribe","note":"I must go"}`, "left the role scribe open: I must go"},
		{incident.KindImpact, `{"services":[{"service":"shop","effect":"none"},{"service":"web","effect":"partial_outage"}]}`, "noted the impact: shop not affected, web partial outage"},
		{incident.KindImpact, `{"started_at":"2026-01-05T08:00:00Z","customers":["acme"],"reported":0,"metric":"4 % failed"}`,
			"noted the impact: started 2026-01-05 08:00:00 UTC; 1 customer affected: acme; 0 customers reported it; 4 % failed"},
		{incident.KindImpact, `{"customers":[],"reported":1,"metric":""}`, "noted the impact: 0 customers affected; 1 customer reported it; no metric"},
		{incident.KindAttached, `{"alert":"a1"}`, "attached alert a1"},
		{incident.KindDetached, `{"alert":"a1"}`, "detached alert a1"},
		{incident.KindTaskAdded, `{"title":"Roll back"}`, `added the task "Roll back"`},
		{incident.KindTaskAdded, `{"title":"Roll back","owner":"cem","due_at":"2026-01-05T10:00:00+01:00"}`, `added the task "Roll back" for cem, due 2026-01-05 09:00:00 UTC`},
		{incident.KindTaskDone, `{"task":"t1"}`, "finished task t1"},
		{incident.KindCommented, `{"text":"hello"}`, "commented: hello"},
		{incident.KindDecided, `{"text":"We roll back."}`, "decided: We roll back."},
		{incident.KindPublished, `{"text":"We know why."}`, "told customers: We know why."},
		{incident.KindPublished, `{"status":"identified","title":"Slow","text":"We know why.","expected_at":"2026-01-05T12:00:00Z","pages":["public"]}`,
			"told customers (identified) on public, Slow: We know why. (expected to be resolved by 2026-01-05 12:00:00 UTC)"},
	} {
		e := timeline.Entry{Seq: 1, At: nine, Actor: "user:ada", Kind: c.kind, Data: json.RawMessage(c.data)}
		assert.Equal(t, "ada "+c.want, incident.Describe(e))
	}
}

func TestDescribeNamesWhoSpoke(t *testing.T) {
	for want, by := range map[string]timeline.By{
		"ada commented: x":                {Actor: "user:ada"},
		"ada (via key:chat) commented: x": {Actor: "user:ada", Via: "key:chat"},
		"source:prom commented: x":        {Actor: "source:prom"},
		"engine commented: x":             {Actor: timeline.Engine},
		"(via key:chat) commented: x":     {Via: "key:chat"},
	} {
		assert.Equal(t, want, incident.Describe(timeline.Entry{Actor: by.Actor, Via: by.Via, Kind: incident.KindCommented, Data: []byte(`{"text":"x"}`)}))
	}
}

func TestUnreadableEntries(t *testing.T) {
	for name, c := range map[string]struct {
		kind         timeline.Kind
		data         string
		told, folded string
	}{
		"unknown kind":    {"vanished", `{}`, `vanished (unreadable: incident: entry 7: unknown kind "vanished")`, `entry 7: unknown kind "vanished"`},
		"not JSON":        {incident.KindStatus, `{`, "status_changed (unreadable: incident: entry 7, status_changed: ", "entry 7, status_changed: unexpected end"},
		"no data":         {incident.KindCommented, ``, "commented (unreadable: incident: entry 7, commented: ", "entry 7, commented: unexpected end"},
		"another type":    {incident.KindCommented, `[]`, "commented (unreadable: incident: entry 7, commented: ", "entry 7, commented: json: cannot unmarshal array"},
		"an unknown word": {incident.KindStatus, `{"status":"gone"}`, "status_changed (unreadable: incident: entry 7, status_changed: ", `unknown status "gone"`},
	} {
		t.Run(name, func(t *testing.T) {
			e := timeline.Entry{Seq: 7, Actor: "user:ada", Kind: c.kind, Data: json.RawMessage(c.data)}
			assert.Contains(t, incident.Describe(e), c.told)
			_, err := incident.Fold([]timeline.Entry{e})
			assert.ErrorContains(t, err, c.folded)
		})
	}
}
