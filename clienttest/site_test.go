package clienttest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// site is a host whose status page readers see over the network. Its time is set by hand.
type site struct {
	t      *testing.T
	now    atomic.Pointer[time.Time]
	engine *engine.Engine
	page   watchbill.PageID
	url    string // of the page
}

var ada = timeline.By{Actor: timeline.User("ada")}

// newSite serves one page as a host does that mounts it in a mux of its own. Each service of its components exists.
func newSite(t *testing.T, now time.Time, page catalog.Page) *site {
	t.Helper()
	s := &site{t: t, page: page.ID}
	s.at(now)
	c := catalog.Catalog{Users: []catalog.User{{ID: "ada", Name: "Ada Okafor"}}, Pages: []catalog.Page{page}}
	for _, part := range page.Components {
		for _, id := range part.Services {
			c.Services = append(c.Services, catalog.Service{ID: id})
		}
	}
	var err error
	s.engine, err = engine.New(engine.Config{Store: memory.New(), Clock: s})
	require.NoError(t, err)
	_, err = s.engine.Configure(t.Context(), now, oncall.Config{Catalog: c})
	require.NoError(t, err)

	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	pages, err := httpapi.NewPages(httpapi.PagesConfig{Engine: s.engine, Clock: s, PublicURL: server.URL + "/status"})
	require.NoError(t, err)
	mux.Handle("/status/", http.StripPrefix("/status", pages))
	s.url = server.URL + "/status/" + string(page.ID)
	return s
}

// Now returns the time that was set last.
func (s *site) Now() time.Time { return *s.now.Load() }

// WithDeadline lets nothing run out of time: it only moves by hand.
func (s *site) WithDeadline(ctx context.Context, _ time.Time) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

// at sets the time.
func (s *site) at(now time.Time) *site {
	s.now.Store(&now)
	return s
}

// declare makes an incident. Its title is nothing for visitors.
func (s *site) declare(started time.Time, affected ...incident.Affected) watchbill.IncidentID {
	s.t.Helper()
	i, err := s.engine.Declare(s.t.Context(), s.Now(), incident.Declare{By: ada, Title: "internal-secret", Severity: watchbill.SeverityCritical,
		StartedAt: started, Services: affected})
	require.NoError(s.t, err)
	return i.ID
}

func (s *site) do(id watchbill.IncidentID, c incident.Command) {
	s.t.Helper()
	_, err := s.engine.Command(s.t.Context(), s.Now(), id, c)
	require.NoError(s.t, err)
}

// tell publishes an update of an incident. An empty title means the one before.
func (s *site) tell(id watchbill.IncidentID, status incident.Status, title, text string) {
	s.t.Helper()
	s.do(id, incident.Publish{By: ada, Status: status, Title: title, Text: text})
}

func (s *site) resolve(id watchbill.IncidentID) {
	s.t.Helper()
	s.do(id, incident.SetStatus{By: ada, Status: incident.Resolved, Note: "internal-secret note"})
}

func (s *site) board(c statuspage.Command) {
	s.t.Helper()
	_, err := s.engine.Board(s.t.Context(), s.Now(), s.page, c)
	require.NoError(s.t, err)
}

// get reads a document of the page.
func (s *site) get(path string) []byte {
	s.t.Helper()
	r, err := http.Get(s.url + path)
	require.NoError(s.t, err)
	defer r.Body.Close()
	require.Equal(s.t, http.StatusOK, r.StatusCode, path)
	body, err := io.ReadAll(r.Body)
	require.NoError(s.t, err)
	require.NotContains(s.t, string(body), "internal-secret", path)
	return body
}

func services(ids ...watchbill.ServiceID) []watchbill.ServiceID { return ids }

func effect(s watchbill.ServiceID, e incident.Effect) incident.Affected {
	return incident.Affected{Service: s, Effect: e}
}

// at returns an instant of July 2026, in UTC; in Berlin it is two hours later.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 7, day, hour, minute, 0, 0, time.UTC)
}

// story is what readers find: two incidents and a maintenance of each kind, at noon of the fifteenth.
type story struct {
	*site
	slow, late string // the incidents: one resolved, one open
}

const (
	hostileTitle = `Orders <b>& "baskets"</b> are slow`
	hostileText  = "Placing an order takes a minute.\n\nNothing is lost: <script>alert(1)</script> & so on."
)

func newStory(t *testing.T) story {
	s := newSite(t, at(1, 0, 0), catalog.Page{ID: "shop", Name: "Example Shop", Description: "Shop & interfaces", Zone: "Europe/Berlin",
		Components: []catalog.Component{
			{ID: "site", Name: "Web site", Services: services("svc-site")},
			{ID: "checkout", Name: "Checkout", Description: "Basket and payment", Services: services("svc-checkout")},
			{ID: "rest", Name: "REST API", Group: "Developers", Services: services("svc-api")},
		}})
	s.at(at(10, 8, 0))
	slow := s.declare(at(10, 7, 50), effect("svc-checkout", incident.EffectDegraded))
	s.at(at(10, 8, 5)).tell(slow, incident.Investigating, hostileTitle, hostileText)
	s.at(at(10, 8, 30)).tell(slow, incident.Identified, "", "We know why.")
	s.at(at(10, 9, 0)).tell(slow, incident.Monitoring, "", "We watch it.")
	s.at(at(10, 9, 30)).resolve(slow)
	s.tell(slow, incident.Resolved, "", "Orders are quick again.")

	s.at(at(11, 10, 0)).board(statuspage.Schedule{By: ada, Title: "Database upgrade", Text: "Checkout may be away for a minute.",
		Components: []string{"checkout"}, From: at(12, 1, 0), Until: at(12, 3, 0)})
	s.at(at(12, 1, 30)).board(statuspage.Tell{By: ada, Maintenance: "m1", Text: "Half of it is done."})
	s.at(at(14, 10, 0)).board(statuspage.Schedule{By: ada, Title: "New servers", Text: "Pages may load slowly.", Components: []string{"site"},
		From: at(15, 11, 0), Until: at(15, 15, 0)})
	s.at(at(14, 10, 5)).board(statuspage.Schedule{By: ada, Title: "Certificates", Components: []string{"rest", "site"},
		From: at(20, 2, 0), Until: at(20, 4, 0)})

	s.at(at(15, 10, 0))
	late := s.declare(at(15, 9, 55), effect("svc-api", incident.EffectPartial))
	s.at(at(15, 10, 5)).tell(late, incident.Investigating, "Webhooks are late", "Some webhooks come late.")
	s.at(at(15, 10, 40)).do(late, incident.Publish{By: ada, Status: incident.Identified, Text: "A queue is full.", ExpectedAt: at(15, 13, 0)})
	s.at(at(15, 12, 0))
	return story{s, string(slow), string(late)}
}
