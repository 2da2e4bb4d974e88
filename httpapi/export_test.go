package httpapi

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/mute"
)

// DecodeObject is for fuzzing.
func DecodeObject(data []byte) error { return decodeObject(data, new(raiseRequest)) }

// Open is for fuzzing.
func (l Links) Open(token string) (watchbill.AlertID, watchbill.UserID, []string, bool) {
	c, ok := l.open(token)
	return c.Alert, c.User, c.Actions, ok
}

// Seal makes links with other actions.
func (l Links) Seal(a watchbill.AlertID, u watchbill.UserID, actions ...string) string {
	return l.seal(claims{a, u, actions})
}

// Kept returns how many pages are kept in memory, and how many files of the one.
func (p *Pages) Kept(id watchbill.PageID) (n [2]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n[0] = len(p.prints)
	if pr := p.prints[id]; pr != nil {
		if e := pr.last.Load(); e != nil {
			n[1] = len(e.files)
		}
	}
	return n
}

// Proving takes the place of a check under way until it is released.
func (h *Handler) Proving() (release func()) {
	h.heavy <- struct{}{}
	return func() { <-h.heavy }
}

// PostedSilence reads the body of a silence that is posted as to an Alertmanager, and shows it as one would.
func PostedSilence(body []byte, now time.Time) (shown []byte, s mute.Silence, err error) {
	if s, err = amPostedIn(body, now); err != nil {
		return nil, s, err
	}
	shown, err = json.Marshal(amSilenceOf(s, now))
	return shown, s, err
}
