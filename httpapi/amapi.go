package httpapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/intake"
)

// resolveTimeout is for how long an alert holds whose sender does not say so: Alertmanager's own default.
const resolveTimeout = 5 * time.Minute

// amRoutes is the API v2 of an Alertmanager, as Prometheus servers, amtool and dashboards use it: each source is one, at
// a path prefix of its own.
func (h *Handler) amRoutes() {
	const base = "/intake/prometheus/{key}"
	h.handle(base, methods{"": amNothing})
	const v2 = base + "/api/v2/"
	h.amHandle(v2+"alerts", amMethods{"GET": h.amAlone(h.amAlerts), "POST": h.amPost})
	h.amHandle(v2+"alerts/groups", amMethods{"GET": h.amAlone(h.amGroups)})
	h.amHandle(v2+"status", amMethods{"GET": h.amStatus})
	h.amHandle(v2+"receivers", amMethods{"GET": h.amReceivers})
	h.amHandle(v2+"silences", amMethods{"GET": h.amSilences, "POST": h.amPostSilence})
	h.amHandle(v2+"silence/{id}", amMethods{"GET": h.amGetSilence, "DELETE": h.amEndSilence})
	for _, path := range []string{base + "/api/v1/{rest...}", base + "/api/v1"} {
		h.handle(path, methods{"": amGone})
	}
}

// amHandler serves one request to a source.
type amHandler func(http.ResponseWriter, *http.Request, catalog.Source) error

type amMethods map[string]amHandler

// amHandle registers a path whose errors are answered as Alertmanager answers them.
func (h *Handler) amHandle(path string, m amMethods) {
	all := methods{}
	for method, do := range m {
		all[method] = func(w http.ResponseWriter, r *http.Request) error {
			r.SetPathValue("type", "prometheus")
			src, err := h.source(r)
			if err == nil {
				err = do(w, r, src)
			}
			return h.amFail(w, r, err)
		}
	}
	allow := all.allow()
	all[""] = func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		return h.amFail(w, r, amErrorf(http.StatusMethodNotAllowed, http.StatusMethodNotAllowed,
			"method %s is not allowed, but [%s] are", r.Method, strings.ReplaceAll(allow, ", ", ",")))
	}
	h.handle(path, all)
}

// amAlone lets few of the answers that read many alerts be made at a time.
func (h *Handler) amAlone(do amHandler) amHandler {
	return func(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
		return h.alone(func(w http.ResponseWriter, r *http.Request) error { return do(w, r, src) })(w, r)
	}
}

// amError is an error as Alertmanager's server says it: {"code", "message"}, or, where its handlers say it, no more than a
// JSON string.
type amError struct {
	status  int
	code    int // zero: the message alone
	message string
}

// Error returns "httpapi: status: message".
func (e *amError) Error() string { return fmt.Sprintf("httpapi: %d: %s", e.status, e.message) }

// The codes that Alertmanager has for a field that is missing, and for one of a wrong form.
const (
	amRequired = 602
	amInvalid  = 601
)

func amErrorf(status, code int, format string, args ...any) *amError {
	return &amError{status, code, fmt.Sprintf(format, args...)}
}

// amFail answers an error, if there is one.
func (h *Handler) amFail(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		return nil
	}
	var e *amError
	if !errors.As(err, &e) {
		p := problemOf(err)
		h.noteFailure(r, p, err)
		e = amErrorf(p.Status, p.Status, "%s", p.Detail)
	}
	if e.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	if e.code == 0 {
		return answer(w, e.status, e.message)
	}
	return answer(w, e.status, map[string]any{"code": e.code, "message": e.message})
}

// amNothing answers who forgets the path of the API.
func amNothing(http.ResponseWriter, *http.Request) error {
	return problem(http.StatusNotFound, "a Prometheus server posts to /intake/prometheus/KEY/api/v2/alerts: "+
		"give it path_prefix: /intake/prometheus/KEY, and amtool the address with /intake/prometheus/KEY")
}

// amGone answers the API before the second version.
func amGone(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusGone, map[string]string{"status": "deprecated",
		"error": "there is no API v1 of Alertmanager here; use the same path under /api/v2"})
}

// amBody reads a body of JSON. what is how Alertmanager calls it.
func (h *Handler) amBody(w http.ResponseWriter, r *http.Request, what string) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(cmp.Or(r.Header.Get("Content-Type"), "application/octet-stream"))
	if kind != "application/json" {
		return nil, amErrorf(http.StatusUnsupportedMediaType, http.StatusUnsupportedMediaType,
			"unsupported media type %q, only [application/json] are allowed", kind)
	}
	body, err := h.body(w, r)
	if err == nil && strings.TrimSpace(string(body)) == "" {
		err = amErrorf(http.StatusUnprocessableEntity, amRequired, "%s in body is required", what)
	}
	return body, err
}

// amPost takes alerts in. Prometheus drops what is refused, whatever the reason, and says it again within a minute or so.
func (h *Handler) amPost(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		return problem(http.StatusServiceUnavailable, "too many requests at the same time")
	}
	body, err := h.amBody(w, r, "alerts")
	if err != nil {
		return err
	}
	got := intake.Prometheus(src.ID, body)
	for _, p := range got.Problems {
		h.cfg.Metrics.Signal("refused")
		h.log.Warn("signal refused", "source", src.ID, "error", p)
	}
	now := h.now()
	for i := range got.Signals {
		got.Signals[i] = dated(got.Signals[i], now)
	}
	if _, err := h.submit(r, src, got.Signals); err != nil {
		return err
	}
	if err := amRefusal(got.Problems); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// dated decides, by what time it is, what a signal of the API v2 wants.
func dated(s alert.Signal, now time.Time) alert.Signal {
	switch {
	case s.EndsAt.IsZero():
		s.EndsAt = now.Add(resolveTimeout)
	case !s.EndsAt.After(now):
		s.Action = alert.Resolve
	}
	return s
}

// amRefusal says what was wrong with some alerts, as Alertmanager does: first where a field is missing.
func amRefusal(problems []intake.Problem) error {
	var said []string
	for _, p := range problems {
		switch {
		case p.Index == intake.Body:
			return amErrorf(http.StatusBadRequest, http.StatusBadRequest, "parsing alerts body from \"\" failed, because it %s", p.Reason)
		case p.Reason == intake.NoLabels:
			return amErrorf(http.StatusUnprocessableEntity, amRequired, "%d.labels in body is required", p.Index)
		}
		said = append(said, p.Reason)
	}
	if len(said) == 0 {
		return nil
	}
	return amErrorf(http.StatusBadRequest, 0, "%s", strings.Join(said[:min(len(said), maxProblems)], "; "))
}

// amTime is a time as Alertmanager's API writes it.
type amTime time.Time

// MarshalJSON writes milliseconds, in UTC.
func (t amTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z"))
}
