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
