package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

var ada = timeline.By{Actor: "user:ada"}

func ptr[T any](v T) *T { return &v }

// declared returns a world with an open incident: shop is degraded since half past eight.
func declared(t testing.TB) *world {
	w := newWorld(t)
	w.must(incident.Declare{By: ada, ID: "i1", Title: "Slow", StartedAt: nine.Add(-30 * time.Minute), Alerts: []watchbill.AlertID{"a1"},
		Services: []incident.Affected{{Service: "shop", Effect: incident.EffectDegraded}}})
	return w
}

// must carries out commands of which each does something.
func (w *world) must(commands ...incident.Command) {
	for _, c := range commands {
		did := w.apply(c)
		require.NotEqual(w.t, "(nothing)", did, "%#v", c)
		require.NotContains(w.t, did, "refused:", "%#v", c)
	}
}

func numbered[T ~string](n int) []T {
	var all []T
	for k := range n {
		all = append(all, T(fmt.Sprintf("x%d", k)))
	}
	return all
}

func TestRefused(t *testing.T) {
	long, text := strings.Repeat("é", incident.MaxTitle+1), strings.Repeat("é", incident.MaxText+1)
	future, past, mars := nine.Add(time.Hour), nine.Add(-time.Hour), nine.AddDate(9000, 0, 0)
	ancient := time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		command incident.Command
		want    []string
	}{
		"status, none":           {incident.SetStatus{}, []string{"status: is missing; use investigating, identified, monitoring or resolved"}},
		"status, unknown":        {incident.SetStatus{Status: 9}, []string{"status: is missing; use investigating, identified, monitoring or resolved"}},
		"status, note":           {incident.SetStatus{Status: incident.Resolved, Note: text}, []string{"note: has 20001 characters; at most 20000 are allowed"}},
		"status, end to come":    {incident.SetStatus{Status: incident.Resolved, EndedAt: future}, []string{"ended_at: 2026-01-05T10:00:00Z has not come yet"}},
		"status, end too early":  {incident.SetStatus{Status: incident.Resolved, EndedAt: past}, []string{"ended_at: 2026-01-05T08:00:00Z lies before the start of the impact, 2026-01-05T08:30:00Z"}},
		"status, end at start":   {incident.SetStatus{Status: incident.Resolved, EndedAt: nine.Add(-30 * time.Minute)}, []string{"ended_at: no service is known to be affected until 2026-01-05T08:30:00Z; say which in the impact first"}},
		"status, end of nothing": {incident.SetStatus{Status: incident.Monitoring, EndedAt: nine}, []string{"ended_at: goes with the status resolved only"}},
		"status, two at once":    {incident.SetStatus{Note: text, EndedAt: nine}, []string{"status: is missing; use investigating, identified, monitoring or resolved", "note: has 20001 characters; at most 20000 are allowed", "ended_at: goes with the status resolved only"}},

		"edit, nothing":          {incident.Edit{}, []string{"title: nothing is given; give title, severity or detected_at"}},
		"edit, empty title":      {incident.Edit{Title: ptr(" \n ")}, []string{"title: is missing; say in one line what is wrong"}},
		"edit, long title":       {incident.Edit{Title: &long}, []string{"title: has 201 characters; at most 200 are allowed"}},
		"edit, no severity":      {incident.Edit{Severity: ptr(watchbill.SeverityUnset)}, []string{"severity: is missing; use critical, error, warning or info"}},
		"edit, to come":          {incident.Edit{DetectedAt: future}, []string{"detected_at: 2026-01-05T10:00:00Z has not come yet"}},
		"edit, of old":           {incident.Edit{DetectedAt: ancient}, []string{"detected_at: the year -5 is not between 1 and 9999"}},
		"edit, unknown severity": {incident.Edit{Severity: ptr(watchbill.Severity(9))}, []string{"severity: is missing; use critical, error, warning or info"}},

		"assign, no role":      {incident.Assign{User: "ada"}, []string{"role: is missing; use commander, communications or scribe"}},
		"assign, unknown role": {incident.Assign{Role: 9, User: "ada", Note: text}, []string{"role: is missing; use commander, communications or scribe", "note: has 20001 characters; at most 20000 are allowed"}},

		"impact, nothing":           {incident.SetImpact{Services: []incident.Affected{}}, []string{"services: nothing is given; give services, customers, reported, metric or started_at"}},
		"impact, twice":             {incident.SetImpact{Services: []incident.Affected{{Service: "a"}, {Service: "b"}, {Service: "a"}}}, []string{`services: names "a" twice`}},
		"impact, no service":        {incident.SetImpact{Services: []incident.Affected{{}}}, []string{"services: has an empty ID"}},
		"impact, unknown effect":    {incident.SetImpact{Services: []incident.Affected{{Service: "a", Effect: 9}}}, []string{`services: "a" has an effect that does not exist; use none, degraded, partial_outage or major_outage`}},
		"impact, customers":         {incident.SetImpact{Customers: &[]watchbill.CustomerID{"a", "", "a"}}, []string{"customers: has an empty ID", `customers: names "a" twice`}},
		"impact, equal when stored": {incident.SetImpact{Customers: &[]watchbill.CustomerID{"a\xff", "a\xfe"}}, []string{"customers: names \"a\uFFFD\" twice"}},
		"impact, many":              {incident.SetImpact{Customers: ptr(numbered[watchbill.CustomerID](incident.MaxItems + 1))}, []string{"customers: has 1001 items; at most 1000 are allowed"}},
		"impact, reported":          {incident.SetImpact{Reported: ptr(-1)}, []string{"reported: is negative; it is how many customers reported the incident"}},
		"impact, metric":            {incident.SetImpact{Metric: &text}, []string{"metric: has 20001 characters; at most 20000 are allowed"}},
		"impact, to come":           {incident.SetImpact{StartedAt: future}, []string{"started_at: 2026-01-05T10:00:00Z has not come yet"}},
		"impact, of old":            {incident.SetImpact{StartedAt: ancient}, []string{"started_at: the year -5 is not between 1 and 9999"}},

		"attach, nothing":   {incident.Attach{}, []string{"alert: is missing"}},
		"attach, of old":    {incident.Attach{Alert: "a2", OpenedAt: ancient}, []string{"opened_at: the year -5 is not between 1 and 9999"}},
		"attach, links":     {incident.Attach{Alert: "a2", Links: make([]alert.Link, incident.MaxItems+1)}, []string{"links: has 1001 items; at most 1000 are allowed"}},
		"attach, long link": {incident.Attach{Alert: "a2", Links: []alert.Link{{Text: text, Href: text}}}, []string{"links: has 20001 characters; at most 20000 are allowed", "links: has 20001 characters; at most 20000 are allowed"}},
		"detach, nothing":   {incident.Detach{}, []string{`alert: alert "" does not belong to this incident`}},
		"detach, another":   {incident.Detach{Alert: "a2"}, []string{`alert: alert "a2" does not belong to this incident`}},

		"task, no title":   {incident.AddTask{Owner: "ada"}, []string{"title: is missing; say in one line what is wrong"}},
		"task, far future": {incident.AddTask{Title: "x", DueAt: mars}, []string{"due_at: the year 11026 is not between 1 and 9999"}},
		"done, no task":    {incident.FinishTask{Task: "t1"}, []string{`task: there is no task "t1"`}},
		"reopen, reason":   {incident.Reopen{Reason: text}, []string{"reason: has 20001 characters; at most 20000 are allowed"}},
		"comment, nothing": {incident.Comment{Text: "\n"}, []string{"text: is missing"}},
		"decide, nothing":  {incident.Decide{}, []string{"text: is missing"}},
		"decide, long":     {incident.Decide{Text: text}, []string{"text: has 20001 characters; at most 20000 are allowed"}},

		"publish, nothing":    {incident.Publish{}, []string{"title: is missing; say in one line what is wrong: readers of these pages know no title yet", "text: is missing"}},
		"publish, long title": {incident.Publish{Title: long, Text: "x"}, []string{"title: has 201 characters; at most 200 are allowed"}},
		"publish, resolved":   {incident.Publish{Title: "x", Text: "x", Status: incident.Resolved}, []string{"status: customers cannot be told that it is resolved before it is; resolve the incident first"}},
		"publish, unknown":    {incident.Publish{Title: "x", Text: "x", Status: 9}, []string{"status: does not exist; use investigating, identified, monitoring or resolved"}},
		"publish, past":       {incident.Publish{Title: "x", Text: "x", ExpectedAt: nine}, []string{"expected_at: 2026-01-05T09:00:00Z is past"}},
		"publish, far future": {incident.Publish{Title: "x", Text: "x", ExpectedAt: mars}, []string{"expected_at: the year 11026 is not between 1 and 9999"}},
		"publish, pages":      {incident.Publish{Title: "x", Text: "x", Pages: []watchbill.PageID{"p", "p", ""}}, []string{`pages: names "p" twice`, "pages: has an empty ID"}},

		"declare": {incident.Declare{ID: "i2", Title: "x"}, []string{"incident: it is declared already"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := declared(t)
			_, _, err := incident.Apply(w.i, w.now, c.command)
			assert.Equal(t, c.want, reasons(err))
			assert.True(t, strings.HasPrefix(w.apply(c.command), "refused: "))
		})
	}
}

func TestDeclareRefused(t *testing.T) {
	_, _, err := incident.Apply(incident.Incident{}, nine, incident.Declare{By: ada, Severity: 9, Title: strings.Repeat("x", 201),
		StartedAt: nine.Add(time.Hour), DetectedAt: nine.Add(time.Microsecond), Services: []incident.Affected{{Service: ""}, {Service: "a", Effect: 4}},
		Customers: []watchbill.CustomerID{"c", "c"}, Alerts: numbered[watchbill.AlertID](1001), Links: make([]alert.Link, 1001)})
	assert.Equal(t, []string{
		"id: is missing",
		"title: has 201 characters; at most 200 are allowed",
		"severity: does not exist; use critical, error, warning or info",
		"started_at: 2026-01-05T10:00:00Z has not come yet",
		"detected_at: 2026-01-05T09:00:00Z has not come yet",
		"services: has an empty ID",
		`services: "a" has an effect that does not exist; use none, degraded, partial_outage or major_outage`,
		`customers: names "c" twice`,
		"alerts: has 1001 items; at most 1000 are allowed",
		"links: has 1001 items; at most 1000 are allowed",
	}, reasons(err))
	var f *incident.FieldError
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "id", f.Field)
	assert.EqualError(t, f, "incident: id: is missing")
}

func TestEveryCommandNeedsAnIncident(t *testing.T) {
	for _, c := range []incident.Command{
		incident.SetStatus{}, incident.Reopen{}, incident.Edit{}, incident.Assign{}, incident.SetImpact{}, incident.Attach{}, incident.Detach{},
		incident.AddTask{}, incident.FinishTask{}, incident.Comment{}, incident.Decide{}, incident.Publish{},
	} {
		i, entries, err := incident.Apply(incident.Incident{}, nine, c)
		assert.ErrorIs(t, err, incident.ErrMissing, "%T", c)
		assert.Zero(t, i)
		assert.Empty(t, entries)
	}
}

func TestRefusedWhileResolved(t *testing.T) {
	w := declared(t)
	w.must(incident.SetStatus{By: ada, Status: incident.Resolved})
	for _, c := range []incident.Command{
		incident.SetStatus{Status: incident.Monitoring},
		incident.SetImpact{Services: []incident.Affected{{Service: "shop"}}},
	} {
		_, _, err := incident.Apply(w.i, w.now, c)
		assert.ErrorIs(t, err, incident.ErrResolved, "%T", c)
	}
	for _, c := range []incident.Command{
		incident.Publish{Title: "x", Text: "x", Status: incident.Monitoring},
		incident.Publish{Title: "x", Text: "x", ExpectedAt: nine.Add(time.Hour)},
		incident.SetImpact{StartedAt: nine},
		incident.SetStatus{Status: incident.Resolved, EndedAt: nine.Add(-time.Hour)},
	} {
		assert.Contains(t, w.apply(c), "refused: ", "%T", c)
	}
	w.must( // what is found out afterwards
		incident.SetImpact{StartedAt: nine.Add(-time.Hour), Reported: ptr(3), Metric: ptr("x"), Customers: &[]watchbill.CustomerID{"acme"}},
		incident.Edit{Title: ptr("Very slow")}, incident.Assign{Role: incident.Scribe, User: "cem"}, incident.Attach{Alert: "a2", Service: "web"},
		incident.Detach{Alert: "a1"}, incident.AddTask{Title: "Tidy up"}, incident.FinishTask{Task: "t1"}, incident.Comment{Text: "x"},
		incident.Decide{Text: "x"}, incident.Publish{Title: "x", Text: "x", Status: incident.Resolved}, incident.Reopen{},
	)
}

func TestBoundsAreInclusive(t *testing.T) {
	w := newWorld(t)
	var services []incident.Affected
	for _, id := range numbered[watchbill.ServiceID](incident.MaxItems) {
		services = append(services, incident.Affected{Service: id, Effect: incident.EffectMajor})
	}
	title, text := strings.Repeat("é", incident.MaxTitle), strings.Repeat("é", incident.MaxText)
	w.must(
		incident.Declare{ID: "i1", Title: title, Services: services, Customers: numbered[watchbill.CustomerID](incident.MaxItems),
			Alerts: numbered[watchbill.AlertID](incident.MaxItems), Links: []alert.Link{{Href: text}}},
		incident.Publish{Title: title, Text: text},
	)
	require.Equal(t, "refused: incident: alerts: has 1001 items; at most 1000 are allowed", w.apply(incident.Attach{Alert: "another"}))
	require.Equal(t, "(nothing)", w.apply(incident.Attach{Alert: "x7"}))
}

func TestListsThatGrowAreBounded(t *testing.T) {
	full := declared(t).i
	full.Tasks, full.Updates = make([]incident.Task, incident.MaxItems), make([]incident.Update, incident.MaxItems)
	_, _, err := incident.Apply(full, nine, incident.AddTask{Title: "x"})
	assert.Equal(t, []string{"tasks: has 1001 items; at most 1000 are allowed"}, reasons(err))
	_, _, err = incident.Apply(full, nine, incident.Publish{Title: "x", Text: "x"})
	assert.Equal(t, []string{"updates: has 1001 items; at most 1000 are allowed"}, reasons(err))
}

// A flood of alerts is not kept out because each brings links.
func TestLinksBeyondTheBoundAreLeftOut(t *testing.T) {
	w := declared(t)
	for k := range 3 {
		var links []alert.Link
		for _, href := range numbered[string](400) {
			links = append(links, alert.Link{Href: fmt.Sprint(k, href)}, alert.Link{Href: fmt.Sprint(k, href)})
		}
		w.must(incident.Attach{Alert: watchbill.AlertID(fmt.Sprint("b", k)), Links: links})
	}
	assert.Len(t, w.i.Links, incident.MaxItems)
	assert.Len(t, w.i.Alerts, 4)
}

// Whatever a caller does with a command or an older value afterwards, an incident stays what it is.
func TestNothingIsShared(t *testing.T) {
	services, customers, alerts := []incident.Affected{{Service: "shop", Effect: incident.EffectMajor}}, []watchbill.CustomerID{"acme"}, []watchbill.AlertID{"a1"}
	links, pages, title := []alert.Link{{Href: "https://a"}}, []watchbill.PageID{"public"}, "Slow"
	w := newWorld(t)
	w.must(
		incident.Declare{ID: "i1", Title: "x", Services: services, Customers: customers, Alerts: alerts, Links: links},
		incident.Edit{Title: &title},
		incident.Publish{Title: "x", Text: "x", Pages: pages},
	)
	before := encoded(t, w.i)
	services[0].Service, customers[0], alerts[0], links[0].Href, pages[0], title = "?", "?", "?", "?", "?", "?"
	require.Equal(t, before, encoded(t, w.i))

	older := w.i
	w.must(incident.Attach{Alert: "a2", Links: []alert.Link{{Href: "https://b"}}}, incident.AddTask{Title: "x"})
	one, two := *w, *w // two futures of one past
	for k, future := range []*world{&one, &two} {
		text := fmt.Sprint("future ", k)
		future.entries = append([]timeline.Entry{}, w.entries...)
		future.must(
			incident.Attach{Alert: watchbill.AlertID(text), Links: []alert.Link{{Href: text}}}, incident.AddTask{Title: text}, incident.FinishTask{Task: "t1"},
			incident.Publish{Text: text, Pages: []watchbill.PageID{"public"}}, incident.Assign{Role: incident.Scribe, User: watchbill.UserID(text)},
			incident.SetImpact{Services: []incident.Affected{{Service: watchbill.ServiceID(text), Effect: incident.EffectMajor}}},
			incident.Detach{Alert: "a1"}, incident.SetStatus{Status: incident.Resolved}, incident.Reopen{},
		)
	}
	assert.NotContains(t, encoded(t, one.i), "future 1")
	assert.NotContains(t, encoded(t, two.i), "future 0")
	require.Equal(t, before, encoded(t, older))
}

func TestWhatIsNotUTF8IsMended(t *testing.T) {
	const bad, mended = " \xff\n x ", "\uFFFD x"
	w := newWorld(t)
	by := timeline.By{Actor: "user:\xff", Via: "key:\xff"}
	w.must(
		incident.Declare{By: by, ID: bad, Title: bad, Services: []incident.Affected{{Service: bad}}, Customers: []watchbill.CustomerID{bad},
			Alerts: []watchbill.AlertID{bad}, Links: []alert.Link{{Text: bad, Href: bad}}},
		incident.SetStatus{By: by, Status: incident.Monitoring, Note: bad},
		incident.Assign{By: by, Role: incident.Scribe, User: bad, Note: bad},
		incident.SetImpact{By: by, Services: []incident.Affected{{Service: bad, Effect: incident.EffectMajor}}, Customers: &[]watchbill.CustomerID{"\xff"}, Metric: ptr(bad)},
		incident.Attach{By: by, Alert: "\xff", Service: "\xff"},
		incident.Detach{By: by, Alert: "\xff"},
		incident.AddTask{By: by, Title: bad, Owner: bad},
		incident.FinishTask{By: by, Task: "t1"},
		incident.Comment{By: by, Text: bad}, incident.Decide{By: by, Text: bad},
		incident.Publish{By: by, Title: bad, Text: bad, Pages: []watchbill.PageID{bad}},
		incident.SetStatus{By: by, Status: incident.Resolved}, incident.Reopen{By: by, Reason: bad}, incident.Edit{By: by, Title: ptr("\xff\xff")},
	)
	assert.NotContains(t, encoded(t, w.i), `\ufffd\ufffd`)
	assert.Equal(t, mended, w.i.Updates[0].Title, "a title is one line")
	assert.Equal(t, "\uFFFD\n x", w.i.Updates[0].Text)
	assert.Equal(t, timeline.Actor("user:\uFFFD"), w.i.DeclaredBy)
	assert.Equal(t, "key:\uFFFD", w.entries[0].Via)
}

// Lists that are empty are stored as if they were not given, except where that says something.
func TestEmptyLists(t *testing.T) {
	w := newWorld(t)
	w.must(incident.Declare{ID: "i1", Title: "x", Services: []incident.Affected{}, Customers: []watchbill.CustomerID{}, Alerts: []watchbill.AlertID{}, Links: []alert.Link{}})
	assert.Nil(t, w.i.Impact.Customers)
	none := []watchbill.CustomerID{}
	require.Equal(t, "(nothing)", w.apply(incident.SetImpact{Customers: &none}))
	w.must(incident.SetImpact{Customers: &[]watchbill.CustomerID{"acme"}})
	none = nil
	w.must(incident.SetImpact{Customers: &none})
	assert.Nil(t, w.i.Impact.Customers)
	w.must(incident.Publish{Title: "x", Text: "x", Pages: []watchbill.PageID{}})
	assert.Nil(t, w.i.Updates[0].Pages)
}

// The times of a command are stored as all times are.
func TestTimesAreStamped(t *testing.T) {
	zone := time.FixedZone("", 3600)
	w := newWorld(t)
	w.now = nine.Add(123456789).In(zone)
	w.must(
		incident.Declare{ID: "i1", Title: "x", StartedAt: nine.Add(1999).In(zone), DetectedAt: nine.Add(1999).In(zone)},
		incident.AddTask{Title: "x", DueAt: nine.Add(1999).In(zone)},
		incident.Publish{Title: "x", Text: "x", ExpectedAt: nine.Add(time.Hour + 1999).In(zone)},
	)
	assert.Equal(t, nine.Add(1000), w.i.Impact.StartedAt)
	assert.Equal(t, nine.Add(1000), w.i.DetectedAt)
	assert.Equal(t, nine.Add(123456000), w.i.DeclaredAt)
	assert.Equal(t, nine.Add(1000), w.i.Tasks[0].DueAt)
	assert.Equal(t, nine.Add(time.Hour+1000), w.i.Updates[0].ExpectedAt)
}

// A caller may hand over a pointer to a command.
func TestPointersToCommands(t *testing.T) {
	i, _, err := incident.Apply(incident.Incident{}, nine, &incident.Declare{By: ada, ID: "i1", Title: "x"})
	require.NoError(t, err)
	_, entries, err := incident.Apply(i, nine, &incident.Comment{By: ada, Text: "x"})
	require.NoError(t, err)
	require.Len(t, entries, 1)
	_, entries, err = incident.Apply(i, nine, &incident.Publish{By: ada, Title: "x", Text: "x"})
	require.NoError(t, err)
	require.Equal(t, ada.Actor, entries[0].Actor)
}

// How badly a service is affected is learnt later than that it is: the first effect counts from when it was known to be
// affected, unless somebody says since when.
func TestSinceWhenAServiceIsAffected(t *testing.T) {
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	major := func(service watchbill.ServiceID, since time.Time) incident.SetImpact {
		return incident.SetImpact{Services: []incident.Affected{{Service: service, Effect: incident.EffectMajor, Since: since}}}
	}
	var i incident.Incident
	do := func(minutes int, c incident.Command) error {
		next, _, err := incident.Apply(i, at(minutes), c)
		i = next
		return err
	}
	froms := func() map[watchbill.ServiceID]time.Time {
		all := map[watchbill.ServiceID]time.Time{}
		for _, s := range i.Impact.Spans {
			all[s.Service] = s.From
		}
		return all
	}
	require.NoError(t, do(0, incident.Declare{ID: "i1", Title: "x", StartedAt: at(-5), Services: []incident.Affected{{Service: "shop"}}}))
	require.NoError(t, do(3, incident.Attach{Alert: "a2", OpenedAt: at(2), Service: "web"}))
	require.NoError(t, do(10, major("shop", time.Time{})))
	require.NoError(t, do(11, major("web", time.Time{})))
	require.NoError(t, do(12, major("search", time.Time{})))
	require.NoError(t, do(13, major("mail", at(4))))
	assert.Equal(t, map[watchbill.ServiceID]time.Time{"shop": at(-5), "web": at(2), "search": at(12), "mail": at(4)}, froms())

	assert.ErrorContains(t, do(14, major("fax", at(-6))), "before the start of the impact")
	assert.ErrorContains(t, do(14, major("fax", at(15))), "has not come yet")
	assert.ErrorContains(t, do(14, major("shop", at(1))), "is known to be major_outage since")

	require.NoError(t, do(15, incident.SetImpact{StartedAt: at(-9)}))
	assert.Equal(t, at(-9), froms()["shop"], "what began with the impact moves with it")
	assert.Equal(t, at(2), froms()["web"])
}
