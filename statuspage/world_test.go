package statuspage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

var renderer = statuspage.NewRenderer()

const base = "https://status.example.com/status/public"

// noon is the now of the tests: 14:00 in Berlin.
var noon = time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)

// at returns an instant of the day of noon, in UTC.
func at(hour, minute int) time.Time { return time.Date(2026, 7, 15, hour, minute, 0, 0, time.UTC) }

func daysAgo(n int, t time.Time) time.Time { return t.AddDate(0, 0, -n) }

// shop is a page with two groups and a line without.
func shop() catalog.Page {
	services := func(ids ...watchbill.ServiceID) []watchbill.ServiceID { return ids }
	return catalog.Page{ID: "public", Name: "Example Shop", Description: "How our shop and its interfaces are doing.", Zone: "Europe/Berlin",
		Components: []catalog.Component{
			{ID: "site", Name: "Web site", Services: services("svc-site", "svc-cdn")},
			{ID: "checkout", Name: "Checkout", Group: "Shop", Description: "Basket, payment and order", Services: services("svc-checkout")},
			{ID: "search", Name: "Search", Group: "Shop", Services: services("svc-search")},
			{ID: "rest", Name: "REST API", Group: "Developers", Services: services("svc-api")},
			{ID: "hooks", Name: "Webhooks", Group: "Developers", Services: services("svc-hooks", "svc-api")},
		}}
}

// story carries commands out on an incident or a board.
type story struct {
	t testing.TB
	i incident.Incident
	b statuspage.Board
}

func tell(t testing.TB, id watchbill.IncidentID, start time.Time, affected ...incident.Affected) *story {
	s := &story{t: t}
	return s.do(start, incident.Declare{ID: id, Title: "internal title of " + string(id), StartedAt: start, Services: affected})
}

func (s *story) do(at time.Time, c incident.Command) *story {
	s.t.Helper()
	next, _, err := incident.Apply(s.i, at, c)
	require.NoError(s.t, err)
	s.i = next
	return s
}

func (s *story) say(at time.Time, status incident.Status, title, text string, pages ...watchbill.PageID) *story {
	s.t.Helper()
	return s.do(at, incident.Publish{Status: status, Title: title, Text: text, Pages: pages})
}

func (s *story) end(at time.Time) *story {
	s.t.Helper()
	return s.do(at, incident.SetStatus{Status: incident.Resolved})
}

func board(t testing.TB) *story { return &story{t: t, b: statuspage.Board{Page: "public"}} }

func (s *story) order(at time.Time, c statuspage.Command) *story {
	s.t.Helper()
	next, _, err := statuspage.Apply(s.b, at, c)
	require.NoError(s.t, err)
	s.b = next
	return s
}

var ada = timeline.By{Actor: "user:ada"}

func effect(s watchbill.ServiceID, e incident.Effect) incident.Affected {
	return incident.Affected{Service: s, Effect: e}
}

// big is a page with n components and incidents over the last 90 days.
func big(t testing.TB, components, incidents int) (catalog.Page, []incident.Incident) {
	p := catalog.Page{ID: "public", Name: "Example Cloud", Description: "All regions.", Zone: "Europe/Berlin"}
	for i := range components {
		id := fmt.Sprintf("svc-%02d", i)
		p.Components = append(p.Components, catalog.Component{ID: fmt.Sprintf("c%02d", i), Name: fmt.Sprintf("Service %02d of region %d", i, i/20),
			Group: fmt.Sprintf("Region %d", i/20), Services: []watchbill.ServiceID{watchbill.ServiceID(id)}})
	}
	var all []incident.Incident
	for i := range incidents {
		start := daysAgo(i*90/incidents, noon.Add(-5*time.Hour))
		var affected []incident.Affected
		for k := range 4 {
			affected = append(affected, effect(watchbill.ServiceID(fmt.Sprintf("svc-%02d", (i*7+k*3)%components)), incident.Effect(1+(i+k)%3)))
		}
		s := tell(t, watchbill.IncidentID(fmt.Sprintf("06nf%04d", i)), start, affected...)
		s.say(start.Add(10*time.Minute), incident.Investigating, "Elevated error rates in some regions", "We see elevated error rates and are looking into the cause. Some requests fail and are to be repeated.")
		s.say(start.Add(40*time.Minute), incident.Identified, "", "A configuration change made one of our load balancers drop connections. We are rolling it back.")
		if i > 0 {
			s.end(start.Add(time.Duration(50+7*i) * time.Minute))
			s.say(start.Add(time.Duration(60+7*i)*time.Minute), incident.Resolved, "", "The change is rolled back and all regions serve requests normally again. We are sorry for the trouble.")
		}
		all = append(all, s.i)
	}
	return p, all
}

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go test -update, and read what changed")
}

// between returns what stands between two marks.
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
