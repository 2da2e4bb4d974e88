package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/store"
)

// Problem is how the API says what went wrong: application/problem+json of RFC 9457.
type Problem struct {
	Type    string       `json:"type"`  // about:blank: the title says it all
	Title   string       `json:"title"` // of the status
	Status  int          `json:"status"`
	Detail  string       `json:"detail,omitempty"` // for a person
	Errors  []FieldError `json:"errors,omitempty"`
	Results []Result     `json:"results,omitempty"` // of the generic intake: what became of each item
}

// FieldError says which field of a request is wrong, and why.
type FieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Error returns "httpapi: status: detail".
func (p *Problem) Error() string { return fmt.Sprintf("httpapi: %d: %s", p.Status, p.Detail) }

// problem returns a Problem with a detail.
func problem(status int, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

// invalid returns a Problem about fields.
func invalid(status int, fields ...FieldError) *Problem {
	p := problem(status, "%s", strings.TrimPrefix(fields[0].Field+": "+fields[0].Reason, ": "))
	if more := len(fields) - 1; more > 0 {
		p.Detail += fmt.Sprintf(" (and %d more)", more)
	}
	p.Errors = fields
	return p
}

// problemOf returns what the caller is told of an error. What it does not know is a failure of the store: the caller may
// try again, and is told no more, since such errors can name hosts and files.
func problemOf(err error) *Problem {
	var p *Problem
	var unreadable *engine.UnreadableError
	if p := refusal(err); p != nil {
		return p
	}
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &unreadable):
		return problem(http.StatusInternalServerError, "the %s %q is damaged; this has been logged", unreadable.Kind, unreadable.ID)
	case errors.Is(err, store.ErrNotFound):
		return problem(http.StatusNotFound, "there is no such alert")
	case errors.Is(err, alert.ErrResolved):
		return problem(http.StatusConflict, "the alert is resolved, and that is final")
	case errors.Is(err, engine.ErrUnknownUser):
		return invalid(http.StatusUnprocessableEntity, FieldError{"by", "there is no such user"})
	case errors.Is(err, engine.ErrTooMuch):
		return invalid(http.StatusUnprocessableEntity, FieldError{"from", "there are more than 20,000 alerts in the window; choose a shorter one"})
	case errors.Is(err, engine.ErrLimited):
		return problem(http.StatusTooManyRequests, "the source has opened as many alerts as its limit allows; send what was refused again later")
	case errors.Is(err, engine.ErrBusy):
		return problem(http.StatusServiceUnavailable, "too many requests at the same time")
	case errors.Is(err, store.ErrFull):
		return problem(http.StatusServiceUnavailable, "there is no space to store this; try again")
	case errors.Is(err, engine.ErrUnknownTarget):
		return problem(http.StatusUnprocessableEntity, "the service, policy or user does not exist any more")
	}
	return problem(http.StatusServiceUnavailable, "this cannot be answered now; try again")
}

// fail answers a request that could not be served.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	h.noteFailure(r, p, err)
	p.write(w)
}

// noteFailure logs what is our fault. It names the route, not the path, which may hold a key.
func (h *Handler) noteFailure(r *http.Request, p *Problem, err error) {
	if errors.Is(err, store.ErrFull) && strings.Contains(r.Pattern, "/intake/") {
		return // the engine says it once a minute
	}
	if p.Status >= 500 && p.Status != http.StatusNotImplemented && r.Context().Err() == nil {
		h.log.Error("request failed", "method", r.Method, "route", r.Pattern, "status", p.Status, "error", err)
	}
}

func (h *Handler) panicked(w *responseWriter, r *http.Request, cause any) {
	h.log.Error("handler panicked", "method", r.Method, "route", r.Pattern, "panic", cause, "stack", string(debug.Stack()))
	if w.status == 0 {
		problem(http.StatusInternalServerError, "this is our fault, and has been logged").write(w)
	}
}

// retryAfter is how many seconds a client that came at a bad time is asked to wait.
const retryAfter = "2"

func (p *Problem) write(w http.ResponseWriter) {
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchbill"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
	}
	data, _ := json.Marshal(p) // plain data
	send(w, p.Status, "application/problem+json", data)
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("httpapi: answer: %w", err)
	}
	send(w, status, "application/json", data)
	return nil
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if !bytes.HasSuffix(body, []byte("\n")) {
		body = append(body, '\n')
	}
	_, _ = w.Write(body) // a client that has left needs no answer
}
