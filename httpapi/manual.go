package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/oncall"
)

var (
	//go:embed manual.html
	manualHTML string

	manualPage = template.Must(template.New("manual.html").Parse(manualHTML))
)

// manual is what the form for people shows.
type manual struct {
	Style      template.CSS
	Service    string
	Done       string // what came of it; empty: the form is shown
	Wrong      string
	Fields     url.Values
	Questions  [][2]string
	Severities []choice
}

type choice struct {
	Value, Text string
	Chosen      bool
}

// manualRoutes lets people raise alerts with the key of a generic source: by a form, and from a chat.
func (h *Handler) manualRoutes() {
	h.handle("/intake/form/{key}", methods{"GET": h.human(h.showForm), "POST": h.human(h.takeForm)})
	h.handle("/intake/chat/{key}", methods{"POST": h.takeChat})
}

// reporting finds the generic source of a form or a chat.
func (h *Handler) reporting(r *http.Request) (src catalog.Source, err error) {
	src, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.Source, bool) { return org.Source(r.PathValue("key")) })
	switch {
	case err != nil:
		return src, err
	case !ok:
		return src, problem(http.StatusUnauthorized, "no source has the key in the path")
	case src.Type != "generic":
		return src, problem(http.StatusNotFound, "the key is that of a source of type %s; people report to one of type generic", src.Type)
	}
	return src, nil
}

func (h *Handler) showForm(w http.ResponseWriter, r *http.Request) error {
	src, err := h.reporting(r)
	if err != nil {
		return err
	}
	return h.renderForm(w, r, src, http.StatusOK, manual{})
}

// takeForm raises an alert of what somebody filled in. What is wrong is said above the form, which keeps what was written.
func (h *Handler) takeForm(w http.ResponseWriter, r *http.Request) error {
	src, err := h.reporting(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return problem(http.StatusBadRequest, "The form could not be read; it may be too long.")
	}
	got := intake.Form(src.ID, r.PostForm)
	if len(got.Problems) > 0 {
		return h.renderForm(w, r, src, http.StatusUnprocessableEntity, manual{Wrong: "Please say in one line what is wrong.", Fields: r.PostForm})
	}
	results, err := h.submit(r, src, got.Signals)
	switch {
	case err != nil:
		return h.renderForm(w, r, src, http.StatusServiceUnavailable,
			manual{Wrong: "This did not work, and nobody was paged. Please try again in a moment, or call.", Fields: r.PostForm})
	case results[0].Decision == paused:
		return h.renderForm(w, r, src, http.StatusServiceUnavailable, manual{Wrong: "Reports are not taken at the moment; nobody was paged.", Fields: r.PostForm})
	}
	done := fmt.Sprintf("Thank you. Your report is alert %s.", results[0].Alert)
	if why := h.quiet(r, results[0]); why != "" {
		done = "Thank you. Your report was taken down, but it pages nobody for now: " + why + ". If it cannot wait, please call."
	}
	return h.renderForm(w, r, src, http.StatusCreated, manual{Done: done})
}

// quiet says why a report pages nobody for now, since whoever wrote it would wait in vain; empty if it pages.
func (h *Handler) quiet(r *http.Request, made Result) string {
	if made.Alert == "" {
		return "a rule leaves such reports out"
	}
	e, err := h.cfg.Engine.Lookup(r.Context(), made.Alert)
	switch {
	case err != nil: // it is committed all the same
		return ""
	case len(e.Held) > 0:
		return strings.TrimSpace(fmt.Sprintf("it is held by %s %s", e.Held[0].Reason, e.Held[0].ID))
	case e.Parent != "":
		return fmt.Sprintf("it belongs to alert %s, which pages in its place", e.Parent)
	}
	return ""
}

func (h *Handler) renderForm(w http.ResponseWriter, r *http.Request, src catalog.Source, status int, p manual) error {
	p.Style, p.Questions = template.CSS(pageCSS), intake.Questions()
	name, _, err := lookup(r.Context(), h, func(org *oncall.Org) (string, bool) {
		svc, ok := org.Service(src.Service)
		return svc.DisplayName(), ok
	})
	if err != nil {
		return err
	}
	p.Service = name
	if p.Fields == nil {
		p.Fields = url.Values{}
	}
	for _, c := range []choice{{Value: "critical", Text: "Critical: nothing works"}, {Value: "error", Text: "Error: something important does not work"},
		{Value: "warning", Text: "Warning: it can wait until somebody has time"}} {
		chosen := p.Fields.Get("severity")
		c.Chosen = c.Value == chosen || chosen == "" && c.Value == "error"
		p.Severities = append(p.Severities, c)
	}
	var html bytes.Buffer
	if err := manualPage.Execute(&html, p); err != nil {
		return fmt.Errorf("httpapi: form: %w", err)
	}
	secretive(w.Header())
	send(w, status, "text/html; charset=utf-8", html.Bytes())
	return nil
}

// takeChat raises an alert of a message in a chat, and answers as a chat shows it: always 200, since a chat shows no other
// answer to who wrote.
func (h *Handler) takeChat(w http.ResponseWriter, r *http.Request) error {
	src, err := h.reporting(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return problem(http.StatusBadRequest, "the form could not be read")
	}
	say := func(kind, text string) error {
		return answer(w, http.StatusOK, struct {
			Type string `json:"response_type"`
			Text string `json:"text"`
		}{kind, text})
	}
	got := intake.Chat(src.ID, r.PostForm)
	if len(got.Problems) > 0 {
		return say("ephemeral", "Nobody was paged: "+got.Problems[0].Reason)
	}
	results, err := h.submit(r, src, got.Signals)
	switch {
	case err != nil:
		return say("ephemeral", "Nobody was paged: this did not work. Please try again in a moment.")
	case results[0].Decision == paused:
		return say("ephemeral", "Nobody was paged: reports are not taken at the moment.")
	}
	if why := h.quiet(r, results[0]); why != "" {
		return say("in_channel", fmt.Sprintf("Taken down, but nobody is paged for now: %s. %s (alert %s)", why, got.Signals[0].Summary, results[0].Alert))
	}
	return say("in_channel", fmt.Sprintf("Paging whoever is on call: %s (%s, alert %s)", got.Signals[0].Summary, got.Signals[0].Severity, results[0].Alert))
}
