package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/watchbill/watchbill/catalog"
)

// handler is an http.HandlerFunc that leaves its errors to [Handler.fail].
type handler func(http.ResponseWriter, *http.Request) error

// methods is what can be done with a path.
type methods map[string]handler

// routes is the whole API, in the order of the package documentation.
func (h *Handler) routes(metrics prometheus.Gatherer) {
	h.handle("/", methods{"": nothingHere})

	h.handle("/intake/{type}/{key}", methods{"POST": h.intake})
	h.manualRoutes()
	h.handle("/intake/{type}", methods{"": h.unbuiltIntake}) // else the mux redirects
	h.handle("/intake/{type}/{rest...}", methods{"": h.unbuiltIntake})
	h.amRoutes()
	h.heartbeatRoutes()

	h.handle("/api/v1/alerts", methods{
		"GET":  h.needs(h.listAlerts, catalog.RoleViewer),
		"POST": h.needs(h.raise, catalog.RoleResponder, catalog.RoleIntake),
	})
	h.handle("/api/v1/alerts/{id}", methods{"GET": h.needs(h.getAlert, catalog.RoleViewer)})
	h.handle("/api/v1/alerts/{id}/timeline", methods{"GET": h.needs(h.timeline, catalog.RoleViewer)})
	h.handle("/api/v1/alerts/{id}/plan", methods{"GET": h.needs(h.plan, catalog.RoleViewer)})
	for _, action := range []string{"ack", "resolve", "escalate"} {
		h.handle("/api/v1/alerts/{id}/"+action, methods{"POST": h.needs(h.act(action), catalog.RoleResponder)})
	}
	h.alertRoutes()
	h.handle("/api/v1/oncall", methods{"GET": h.needs(h.onCall, catalog.RoleViewer)})
	h.handle("/api/v1/schedules/{id}/shifts", methods{"GET": h.needs(h.shifts, catalog.RoleViewer)})

	h.coverRoutes()
	h.muteRoutes()
	h.handoverRoutes()
	h.feedRoutes()
	h.rosterRoutes()
	h.checkRoutes()
	h.chartRoutes()
	h.incidentRoutes()
	h.postmortemRoutes()
	h.reportRoutes()
	h.boardRoutes()
	h.channelRoutes()
	h.peopleRoutes()
	h.restoredRoutes()
	h.wipeRoutes()
	h.handle("/status", methods{"": nothingHere}) // else the mux redirects
	h.mux.Handle("/status/", http.StripPrefix("/status", h.pages))

	h.handle("/a/{token}", methods{"GET": h.human(h.showPage), "POST": h.human(h.tap)})

	show := plain(promhttp.HandlerFor(metrics, promhttp.HandlerOpts{
		ErrorLog: logged{h.log}, ErrorHandling: promhttp.ContinueOnError}))
	if !h.cfg.PublicMetrics {
		show = h.needs(show, catalog.RoleViewer)
	}
	h.handle("/metrics", methods{"GET": show})
	h.handle("/healthz", methods{"GET": h.healthz})
	h.handle("/readyz", methods{"GET": h.readyz})
}

// handle registers a path. It asks for the method itself, so that a wrong one is answered as our API answers errors.
func (h *Handler) handle(path string, m methods) {
	h.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		do, ok := m.find(r.Method)
		if !ok {
			w.Header().Set("Allow", m.allow())
			do = wrongMethod
		}
		if err := do(w, r); err != nil {
			h.fail(w, r, err)
		}
	})
}

// find returns the handler for a method. GET answers HEAD too, and "" everything.
func (m methods) find(method string) (handler, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if do, ok := m[method]; ok {
		return do, true
	}
	do, ok := m[""]
	return do, ok
}

func (m methods) allow() string {
	names := slices.Sorted(maps.Keys(m))
	if slices.Contains(names, http.MethodGet) {
		names = append(names, http.MethodHead)
	}
	return strings.Join(names, ", ")
}

func plain(do http.Handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		do.ServeHTTP(w, r)
		return nil
	}
}

func nothingHere(http.ResponseWriter, *http.Request) error {
	return problem(http.StatusNotFound, "there is nothing at this path")
}

func wrongMethod(w http.ResponseWriter, r *http.Request) error {
	return problem(http.StatusMethodNotAllowed, "this path takes %s", w.Header().Get("Allow"))
}
