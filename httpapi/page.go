package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// maxForm is how many bytes the form of the page may have.
const maxForm = 4 << 10

// page is what the one-tap page shows.
type page struct {
	Style   template.CSS
	Title   string
	Notice  string // what came of a tap, or why there is nothing else
	Reader  string // the person who acts here; empty: there is no alert to show
	State   alert.State
	Rows    []row
	Buttons []button
}

type row struct{ Name, Text string }

type button struct{ Action, Text string }

// visit is a request to the page by somebody whose token is good.
type visit struct {
	claims
	org   *oncall.Org
	user  catalog.User
	alert Alert
}

// visit checks the token. Whatever is wrong with it, the answer is the same.
func (h *Handler) visit(r *http.Request) (visit, error) {
	gone := problem(http.StatusNotFound, "This link is not valid, or not any more.")
	c, ok := h.links.open(r.PathValue("token"))
	if !ok {
		return visit{}, gone
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return visit{}, err
	}
	user, ok := org.User(c.User)
	if !ok {
		return visit{}, gone
	}
	found, err := h.find(r.Context(), c.Alert)
	if errors.Is(err, store.ErrNotFound) || found.Quarantined {
		return visit{}, gone
	}
	return visit{c, org, user, found}, err
}

// showPage shows the alert. It changes nothing: mail scanners and previews open links too.
func (h *Handler) showPage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	p := v.page()
	p.Notice = v.notice(r.URL.Query().Get("done"))
	return h.render(w, http.StatusOK, p)
}

// tap acts as the person, and sends the browser back to the page, so that a reload does not act again. Another site
// cannot make a browser tap: it would have to know the token. A program that asks for JSON, such as a push app behind its
// buttons, hears what was done instead of being sent on; the token is all that it shows, so it may run in any site.
func (h *Handler) tap(w http.ResponseWriter, r *http.Request) error {
	v, err := h.visit(r)
	if err != nil {
		return err
	}
	if v.alert.State == alert.Resolved {
		return h.render(w, http.StatusGone, v.page())
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	action := r.PostFormValue("action")
	if !slices.Contains(v.Actions, action) {
		return problem(http.StatusBadRequest, "That is not something this page can do.")
	}
	in := command(action, episode.Command{By: v.User, Via: "link"})
	if _, err := h.cfg.Engine.Act(r.Context(), h.now(), v.Alert, in); err != nil {
		return err
	}
	secretive(w.Header())
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		send(w, http.StatusOK, "application/json", []byte(`{"done":"`+action+`"}`+"\n"))
		return nil
	}
	w.Header().Set("Location", "?done="+action) // relative: the path may have a prefix that was stripped
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// human answers errors with a page.
func (h *Handler) human(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := do(w, r)
		if err == nil {
			return nil
		}
		p := problemOf(err)
		h.noteFailure(r, p, err)
		return h.render(w, p.Status, page{Title: p.Title, Notice: p.Detail})
	}
}

func (h *Handler) render(w http.ResponseWriter, status int, p page) error {
	p.Style = template.CSS(pageCSS)
	var html bytes.Buffer
	if err := h.page.Execute(&html, p); err != nil {
		return fmt.Errorf("httpapi: page: %w", err)
	}
	secretive(w.Header())
	send(w, status, "text/html; charset=utf-8", html.Bytes())
	return nil
}

// secretive keeps the token, which is in the address, out of other sites, indexes and caches, and foreign content out
// of the page.
func secretive(header http.Header) {
	style := sha256.Sum256([]byte(pageCSS))
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(style[:])+
		"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Robots-Tag", "noindex, nofollow")
	header.Set("Cache-Control", "no-store")
}

// page puts the alert into words for the person.
func (v visit) page() page {
	p := page{Title: v.alert.Summary, Reader: v.user.DisplayName(), State: v.alert.State, Rows: v.rows()}
	for _, action := range v.Actions {
		needless := action == "ack" && v.alert.State == alert.Acknowledged
		if v.alert.State.Open() && !needless {
			p.Buttons = append(p.Buttons, button{action, label(action)})
		}
	}
	return p
}

func label(action string) string {
	return map[string]string{"ack": "Acknowledge", "resolve": "Resolve", "escalate": "Escalate", "decline": "I cannot take it"}[action]
}

// notice says what the person has just done, unless that is not so any more.
func (v visit) notice(done string) string {
	a := v.alert
	switch {
	case done == "ack" && a.State == alert.Acknowledged && a.AcknowledgedBy == v.User:
		return "You have it. Nobody else is paged."
	case done == "resolve" && a.State == alert.Resolved:
		return "Resolved. Thank you."
	case done == "decline":
		return "You are not paged any more. If nobody else is, the next level is now."
	case done == "escalate" && a.State == alert.Triggered:
		return "The next level is being paged."
	}
	return ""
}

// rows says what is known of the alert, with times in the person's zone.
func (v visit) rows() []row {
	a := v.alert
	zone := v.org.Zone(v.user.Zone)
	clock := func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006, 15:04 MST") }
	rows := []row{{"Severity", a.Severity.String()}, {"Since", clock(a.CreatedAt)}}
	if svc, ok := v.org.Service(a.Service); ok {
		rows = append([]row{{"Service", svc.DisplayName()}}, rows...)
	}
	if len(a.Responders) > 0 {
		rows = append(rows, row{"Paged", v.names(a.Responders)})
	}
	if a.AcknowledgedAt != nil {
		rows = append(rows, row{"Acknowledged", strings.TrimPrefix(v.names([]watchbill.UserID{a.AcknowledgedBy})+", ", ", ") + clock(*a.AcknowledgedAt)})
	}
	if a.ResolvedAt != nil {
		rows = append(rows, row{"Resolved", clock(*a.ResolvedAt)})
	}
	return rows
}

// names lists people as others know them.
func (v visit) names(ids []watchbill.UserID) string {
	var names []string
	for _, id := range ids {
		name := string(id)
		if u, ok := v.org.User(id); ok {
			name = u.DisplayName()
		}
		if id == v.User {
			name += " (you)"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
