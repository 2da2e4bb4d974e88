package ntfy

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/watchbill/watchbill/notify"
)

const maxAnswer = 32 << 10 // bytes of an answer that are read

// answer is what the server says: of a message, or of what is wrong. Of the latter only the number is repeated.
type answer struct {
	ID   string `json:"id"`
	Code int    `json:"code"` // as 40301; see server/errors.go of ntfy
}

// classify turns an answer into a receipt, or into the error that tells the engine what to do next.
func (n *Notifier) classify(res *http.Response, body []byte, to target) (notify.Receipt, error) {
	var said answer
	_ = json.Unmarshal(body, &said) // what is no JSON says nothing
	code := res.StatusCode
	if code/100 == 2 {
		return notify.Receipt{ProviderID: receipt(said.ID)}, nil
	}
	err := fmt.Errorf("ntfy: %s answered %d %s", to.server.Host, code, http.StatusText(code))
	if said.Code > 0 {
		err = fmt.Errorf("%w (error %d)", err, said.Code)
	}
	if after, ok := notify.RetryAfter(res.Header.Get("Retry-After"), n.now()); ok && transient(code) {
		return notify.Receipt{}, &notify.RetryError{After: after, Err: err}
	}
	switch {
	case transient(code):
		return notify.Receipt{}, err
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		err = fmt.Errorf("%w: check the token, and what it may write to", err)
		if to.own {
			return notify.Receipt{}, err
		}
	case code/100 == 3:
		err = fmt.Errorf("%w: redirects are not followed; give the address to which it leads", err)
	}
	return notify.Receipt{}, notify.Permanent(err)
}

func transient(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code/100 == 5
}

// receipt returns the server's name for a message, if it is of the usual form.
func receipt(id string) string {
	if topicName.MatchString(id) {
		return id
	}
	return ""
}
