package smtp

import (
	"bytes"
	"net/mail"
	"testing"
	"time"

	"github.com/watchbill/watchbill/notify"
)

// FuzzCompose: whatever a message says, the mail has our headers and no others, and its lines are short enough.
func FuzzCompose(f *testing.F) {
	f.Add("a1", "disk full\r\nBcc: eve@example.com\r\n\r\n", "Ada\nOkafor", "Checkout", "no space\r\n.\r\n", "https://example.com/a/b")
	f.Add(".", "größer \xff\x00\u2028", "=?utf-8?q?x?=", "\"<>,;", "--=_watchbill--", "javascript:alert(1)")
	n, err := New(Config{Addr: "127.0.0.1:25", From: "Watch <oncall@example.com>"})
	if err != nil {
		f.Fatal(err)
	}
	n.now = func() time.Time { return time.Unix(0, 0) }
	f.Fuzz(func(t *testing.T, id, summary, name, service, details, link string) {
		m := notify.Message{ID: notify.MessageID(id), Alert: "a", Summary: summary, Name: name, Service: service,
			Details: details, AckURL: link, Links: []notify.Link{{Text: details, Href: link}}}
		text, err := n.compose(m, &mail.Address{Address: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			if len(line) > 998 && len(id) < 300 && len(name) < 300 {
				t.Fatalf("a line of %d bytes: %q", len(line), line)
			}
		}
		parsed, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		to, err := parsed.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "ada@example.com" || len(parsed.Header) != 11 {
			t.Fatalf("headers %v, to %v, %v", parsed.Header, to, err)
		}
	})
}
