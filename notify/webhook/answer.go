package webhook

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/watchbill/watchbill/notify"
)

const (
	maxAnswer = 4 << 10 // bytes of an answer that are read
	maxText   = 120     // bytes of an answer that are quoted
)

// classify turns an answer into the error that tells the engine what to do next.
func (n *Notifier) classify(res *http.Response, text string) error {
	code := res.StatusCode
	if code/100 == 2 {
		return nil
	}
	err := fmt.Errorf("webhook: %s answered %d %s%s", res.Request.URL.Host, code, http.StatusText(code), text)
	if code/100 == 3 {
		return notify.Permanent(fmt.Errorf("%w: redirects are not followed", err))
	}
	if code == http.StatusGone {
		return notify.Permanent(fmt.Errorf("%w: the receiver wants no more; take the contact out, or give another address", err))
	}
	if !transient(code) {
		return notify.Permanent(err)
	}
	if after, ok := notify.RetryAfter(res.Header.Get("Retry-After"), n.now()); ok {
		return &notify.RetryError{After: after, Err: err}
	}
	return err
}

func transient(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code/100 == 5
}

// answerText returns the start of an answer for use in an error: printable and short, empty where the answer leaks.
func answerText(body []byte, address *url.URL, m notify.Message) string {
	all := strings.ToValidUTF8(string(body), "")
	text := strings.Join(strings.FieldsFunc(all, unprintable), " ")
	if text == "" || leaks(all, address, m) {
		return ""
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return fmt.Sprintf(": %q", text)
}

func unprintable(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// leaks reports whether a text from the other side repeats what an error may not tell: a part of the address or of the
// acknowledge link, or the user and password as they were sent. Either address may be a capability, path and all.
func leaks(text string, address *url.URL, m notify.Message) bool {
	parts := secretParts(address)
	if link, err := url.Parse(m.AckURL); err == nil {
		parts = append(parts, secretParts(link)...)
	}
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// secretParts returns every part of u but its scheme and host, as written and decoded. A part under four bytes hides
// nothing, and would be found in any text.
func secretParts(u *url.URL) []string {
	local := *u
	local.Scheme, local.Host = "", ""
	parts := strings.FieldsFunc(local.String(), delimiter)
	for _, part := range parts {
		if plain, err := url.QueryUnescape(part); err == nil {
			parts = append(parts, plain)
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		parts = append(parts, base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	return slices.DeleteFunc(parts, func(part string) bool { return len(part) < 4 })
}

func delimiter(r rune) bool { return strings.ContainsRune("/:@?&=#;", r) }
