package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

//go:embed mine.html
var mineHTML string

// mineRoutes is what people open from messages that are about no single alert.
func (h *Handler) mineRoutes() {
	show := template.Must(template.New("mine").Parse(mineHTML))
	h.handle("/mine/{token}", methods{"GET": h.human(h.listMine(show))})
	h.handle("/confirm/{token}", methods{"GET": h.human(h.confirm(show)), "POST": h.human(h.confirm(show))})
}

// ListURL returns the address of the page on which somebody sees the open alerts that have paged the person. It is a secret
// of that person: from there each alert can be acted on. It is empty without a key.
func (l Links) ListURL(u watchbill.UserID) string { return l.sealed("/mine/", purposeList, string(u)) }

// proofLasts is how long after a message was sent a tap on its link proves that it arrived.
const proofLasts = 14 * 24 * time.Hour

// ProofURL returns the address that is in a message sent at an instant: whoever opens it and says so has got the message.
// It is empty without a key.
func (l Links) ProofURL(u watchbill.UserID, c notify.ContactID, at time.Time) string {
	return l.sealed("/confirm/", purposeProof, string(u), string(c), strconv.FormatInt(at.Unix(), 10))
}

// sealed returns the address of a token; empty if there is none.
func (l Links) sealed(path string, p purpose, words ...string) string {
	token := p.seal(l.Key, words...)
	if token == "" {
		return ""
	}
	return l.address(path + token)
}

// minePage is what such a page shows.
type minePage struct {
	Style                         template.CSS
	Title, Notice, Button, Reader string
	Alerts                        []mineAlert
}

type mineAlert struct {
	State    alert.State
	Severity watchbill.Severity
	Text     string
	Href     string
}

func (p minePage) send(w http.ResponseWriter, show *template.Template) error {
	p.Style = template.CSS(pageCSS)
	var html bytes.Buffer
	if err := show.Execute(&html, p); err != nil {
		return fmt.Errorf("httpapi: page: %w", err)
	}
	secretive(w.Header())
	send(w, http.StatusOK, "text/html; charset=utf-8", html.Bytes())
	return nil
}

// reader returns whom a token names first, with the rest of what it says.
func (h *Handler) reader(r *http.Request, p purpose, words int) (u catalog.User, rest []string, err error) {
	gone := problem(http.StatusNotFound, "This link is not valid, or not any more.")
	said, ok := p.open(h.links.Key, r.PathValue("token"), words)
	if !ok {
		return u, nil, gone
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return u, nil, err
	}
	if u, ok = org.User(watchbill.UserID(said[0])); !ok {
		return u, nil, gone
	}
	return u, said[1:], nil
}

// maxMine is how many alerts of a state the list looks at.
const maxMine = 200

// listMine shows the open alerts that have paged somebody, those that nobody has first.
func (h *Handler) listMine(show *template.Template) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, _, err := h.reader(r, purposeList, 1)
		if err != nil {
			return err
		}
		p := minePage{Title: "Your open alerts", Reader: u.DisplayName()}
		err = h.cfg.Store.View(r.Context(), func(tx store.Tx) error {
			p.Alerts = nil
			for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
				found, _, err := tx.Episodes().List(store.Query{State: state}, maxMine)
				if err != nil {
					return err
				}
				for _, s := range found {
					if a := s.Episode.Alert; s.Err == nil && slices.Contains(s.Episode.Paged, u.ID) {
						p.Alerts = append(p.Alerts, mineAlert{a.State, a.Severity, a.Summary, h.links.AckURL(a.ID, u.ID)})
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(p.Alerts) == 0 {
			p.Notice = "There is none: all is done."
		}
		return p.send(w, show)
	}
}

// confirm notes that a message has reached somebody. To look changes nothing: mail scanners and previews open links too.
func (h *Handler) confirm(show *template.Template) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, said, err := h.reader(r, purposeProof, 3)
		if err != nil {
			return err
		}
		sent, err := strconv.ParseInt(said[1], 10, 64)
		if age := h.now().Sub(time.Unix(sent, 0)); err != nil || age < -time.Minute || age > proofLasts {
			return problem(http.StatusGone, "This link is too old. The next message of this kind has another.")
		}
		p := minePage{Title: "Is this reaching you?", Reader: u.DisplayName(), Button: "Yes, it reaches me"}
		if r.Method == http.MethodPost {
			if err := h.cfg.Engine.Prove(r.Context(), h.now(), u.ID, notify.ContactID(said[0])); err != nil {
				return err
			}
			p.Notice, p.Button = "Thank you. It is noted that messages reach you here.", ""
		}
		return p.send(w, show)
	}
}
