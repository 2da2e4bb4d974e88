package httpapi

import "github.com/watchbill/watchbill"

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
