package nikoksr

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/watchbill/watchbill/notify"
)

const (
	maxError  = 160 // bytes of an error that are quoted
	leastPart = 4   // bytes of a part of a secret that hides something
)

// scrub returns what is to be told of a service's error: its text without secrets, and what it says of another try.
func (n *Notifier) scrub(err error, m notify.Message) error {
	if err == nil {
		return nil
	}
	told := fmt.Errorf("nikoksr: %s", n.quote(err, m))
	if later, ok := errors.AsType[*notify.RetryError](err); ok {
		return &notify.RetryError{After: later.After, Err: told}
	}
	for _, class := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, class) {
			return fmt.Errorf("nikoksr: %w", class)
		}
	}
	if errors.Is(err, notify.ErrPermanent) {
		return notify.Permanent(told)
	}
	return told
}

// quote returns the text of an error, short and of one line; nothing of it where it holds a secret.
func (n *Notifier) quote(err error, m notify.Message) string {
	text := err.Error()
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		text = wrapped.Err.Error() // without the address that it begins with
	}
	if m.Contact.Address != "" {
		text = strings.ReplaceAll(text, m.Contact.Address, "(address)")
	}
	if n.leaks(text, m) {
		return "the service failed, and what it says repeats a secret"
	}
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), odd), " ")
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "") + "..."
	}
	return text
}

// leaks reports whether a text holds a part of what is secret, as it is written or decoded.
func (n *Notifier) leaks(text string, m notify.Message) bool {
	parts := slices.Clone(n.config.Secrets)
	parts = append(parts, m.Contact.Secret)
	for _, address := range []string{m.Contact.Address, m.AckURL} {
		parts = append(parts, partsOf(address)...)
	}
	return slices.ContainsFunc(parts, func(part string) bool { return len(part) >= leastPart && strings.Contains(text, part) })
}

// partsOf returns every part of an address but the scheme and host of a URL.
func partsOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return []string{address}
	}
	local := *u
	local.Scheme, local.Host = "", ""
	parts := strings.FieldsFunc(local.String(), func(r rune) bool { return strings.ContainsRune("/:@?&=#;", r) })
	for _, part := range parts {
		if plain, err := url.QueryUnescape(part); err == nil {
			parts = append(parts, plain)
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		parts = append(parts, password, base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	return parts
}
