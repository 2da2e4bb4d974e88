package smtp_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/smtp"
	"github.com/watchbill/watchbill/notify/words"
)

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: notifytest.SMTPCases(), Open: open})
}

// open returns a rig with a server that echoes what it refuses.
func open(script notifytest.Script) (*notifytest.Rig, error) {
	s := &server{mode: script.Mode, echo: true, extensions: []string{"AUTH PLAIN"}}
	if a := script.Answer; a.Code >= 400 {
		s.replies = map[string]string{a.Step: fmt.Sprintf("%d no", a.Code)}
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	n, err := smtp.New(smtp.Config{Addr: s.addr(), From: "oncall@example.com", Username: "canary-user", Password: "canary-password"})
	return &notifytest.Rig{
		Notifier: n,
		Contact:  notify.Contact{ID: "mail", Channel: "email", Address: "ada@example.com", Secret: "canary-unused"},
		Secrets: []string{"canary-password", "canary-unused",
			base64.StdEncoding.EncodeToString([]byte("\x00canary-user\x00canary-password"))},
		Arrived: s.arrived,
		Close:   s.close,
	}, err
}

// fixed is a clock that stands still.
type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func (f fixed) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, t)
}

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func newNotifier(t *testing.T, s *server, edit func(*smtp.Config)) *smtp.Notifier {
	t.Helper()
	c := smtp.Config{Addr: s.addr(), From: "Watch <oncall@example.com>", Hello: "me.example.com", Clock: fixed(noon)}
	if edit != nil {
		edit(&c)
	}
	n, err := smtp.New(c)
	require.NoError(t, err)
	return n
}

func message(t *testing.T) notify.Message {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return notify.Message{
		ID: "a1/1:2.", Kind: notify.KindPage, User: "ada", Name: "Ada Okafor", Zone: berlin, Alert: "a1",
		Contact: notify.Contact{ID: "mail", Channel: "email", Address: "ada@example.com"},
		Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "Checkout", Level: 2, Attempt: 1,
		Details: "no space left\n.\n<b>on device</b>",
		Links:   []notify.Link{{Text: "runbook", Href: "https://example.com/runbook"}, {Href: "javascript:alert(1)"}},
		At:      noon, AckURL: "https://example.com/a/acktoken",
	}
}

// parsed is a mail as a reader sees it.
type parsed struct {
	header     mail.Header
	text, html string
}

func parse(t *testing.T, data string) parsed {
	t.Helper()
	for line := range strings.Lines(data) {
		require.LessOrEqual(t, len(line), 78, line)
	}
	m, err := mail.ReadMessage(strings.NewReader(data))
	require.NoError(t, err)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	p := parsed{header: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, part := range []struct {
		kind string
		text *string
	}{{"text/plain; charset=utf-8", &p.text}, {"text/html; charset=utf-8", &p.html}} {
		raw, err := parts.NextRawPart()
		require.NoError(t, err)
		require.Equal(t, part.kind, raw.Header.Get("Content-Type"))
		require.Equal(t, "quoted-printable", raw.Header.Get("Content-Transfer-Encoding"))
		text, err := io.ReadAll(quotedprintable.NewReader(raw))
		require.NoError(t, err)
		*part.text = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	_, err = parts.NextRawPart()
	require.ErrorIs(t, err, io.EOF)
	return p
}

// sent sends m to a willing server and returns the mail.
func sent(t *testing.T, m notify.Message) parsed {
	t.Helper()
	s := started(t, &server{})
	_, err := newNotifier(t, s, nil).Notify(t.Context(), m)
	require.NoError(t, err)
	got := <-s.sessions
	require.Equal(t, []string{"EHLO", "MAIL", "RCPT", "DATA", "QUIT"}, got.commands)
	require.Equal(t, "EHLO me.example.com", got.lines[0])
	require.Equal(t, "MAIL FROM:<oncall@example.com>", got.lines[1])
	require.Equal(t, "RCPT TO:<ada@example.com>", got.lines[2])
	return parse(t, got.data)
}

func TestMail(t *testing.T) {
	p := sent(t, message(t))
	require.Equal(t, mail.Header{
		"Date":           {"Mon, 05 Jan 2026 13:00:00 +0100"},
		"Message-Id":     {"<a1%2F1%3A2%2E@example.com>"},
		"References":     {"<alert-a1@example.com>"},
		"Subject":        {"[critical] Checkout: disk full"},
		"From":           {`"Watch" <oncall@example.com>`},
		"To":             {`"Ada Okafor" <ada@example.com>`},
		"Auto-Submitted": {"auto-generated"},
		"Importance":     {"high"},
		"X-Priority":     {"1 (Highest)"},
		"Mime-Version":   {"1.0"},
		"Content-Type":   {`multipart/alternative; boundary="=_watchbill"`},
	}, p.header)
	require.Equal(t, `Checkout: disk full

You are on call, and this needs somebody now.

Acknowledge: https://example.com/a/acktoken

no space left
.
<b>on device</b>

runbook: https://example.com/runbook
javascript:alert(1)

Severity: critical
Time: Mon, 5 Jan 2026 13:00:00 CET
Level: 2
Alert: a1
`, p.text)
	for _, part := range []string{
		`<h1 `, `>Checkout: disk full</h1>`, `<meta name="color-scheme" content="light dark">`,
		`<a href="https://example.com/a/acktoken" style="display: inline-block;`, `>Acknowledge</a>`,
		"no space left\n.\n&lt;b&gt;on device&lt;/b&gt;", `<a href="https://example.com/runbook">runbook</a>`,
		`<a href="#ZgotmplZ">javascript:alert(1)</a>`, `Mon, 5 Jan 2026 13:00:00 CET`,
	} {
		require.Contains(t, p.html, part)
	}
}

func TestMailOfAlmostNothing(t *testing.T) {
	p := sent(t, notify.Message{ID: "1", Contact: notify.Contact{Address: "ada@example.com"}, Summary: "hello", At: noon})
	require.Equal(t, "[unset] hello", p.header.Get("Subject"))
	require.Equal(t, "<ada@example.com>", p.header.Get("To"))
	require.NotContains(t, p.header, "References")
	require.NotContains(t, p.html, "<a ")
	require.Equal(t, "hello\n\nYou are on call, and this needs somebody now.\n\n"+
		"Severity: unset\nTime: Mon, 5 Jan 2026 12:00:00 UTC\n", p.text)
}

// TestNotice: what is about no alert speaks of none, and asks for nothing.
func TestNotice(t *testing.T) {
	m := message(t)
	m.Kind, m.Alert, m.AckURL, m.Service, m.Level, m.Severity = notify.KindUpdate, "", "", "", 0, watchbill.SeverityInfo
	m.Summary, m.Details, m.Links = "You are on call in primary now", "It ends tomorrow.\n", []notify.Link{{Text: "Hand-over", Href: "https://example.com/h"}}
	p := sent(t, m)
	require.Equal(t, "You are on call in primary now", p.header.Get("Subject"))
	require.Empty(t, p.header.Get("References"))
	require.Equal(t, `You are on call in primary now

This is a notice; there is nothing to acknowledge.

It ends tomorrow.

Hand-over: https://example.com/h

Time: Mon, 5 Jan 2026 13:00:00 CET
`, p.text)
	for _, absent := range []string{"Severity", "Acknowledge", "Alert"} {
		require.NotContains(t, p.html, absent)
	}
}

func TestSubjects(t *testing.T) {
	for kind, want := range map[notify.Kind][3]string{
		notify.KindPage:     {"[critical] Checkout: disk full", ">Acknowledge<", "high"},
		notify.KindUpdate:   {"Update: Checkout: disk full", ">Open<", ""},
		notify.KindResolved: {"Resolved: Checkout: disk full", ">Open<", ""},
		notify.KindSummary:  {"Summary: Checkout: disk full", ">Open the list<", "high"},
	} {
		m := message(t)
		m.Kind = kind
		p := sent(t, m)
		require.Equal(t, want[0], p.header.Get("Subject"))
		require.Contains(t, p.html, want[1])
		require.Equal(t, want[2], p.header.Get("Importance"))

		m.Urgency = watchbill.UrgencyLow
		require.Empty(t, sent(t, m).header.Get("X-Priority"))
	}
}

func TestGermanMail(t *testing.T) {
	m := message(t)
	m.Locale = "de-AT"
	p := sent(t, m)
	require.Equal(t, "[kritisch] Checkout: disk full", p.header.Get("Subject"))
	require.Contains(t, p.text, "Übernehmen: https://example.com/a/acktoken\n")
	for _, part := range []string{`<html lang="de">`, "Du hast Bereitschaft", ">Übernehmen</a>", "Schweregrad: kritisch<br>",
		"Zeit: Mo, 5. Jan. 2026 13:00:00 CET"} {
		require.Contains(t, p.html, part)
	}
}

func TestSummaryMail(t *testing.T) {
	m := message(t)
	m.Kind, m.Alert, m.Service, m.Summary, m.Details, m.Links = notify.KindSummary, "", "", "60 alerts", "", nil
	m.Items = []notify.Item{{Alert: "a1", Summary: "<disk> full", Severity: watchbill.SeverityCritical, Service: "Checkout"}}
	for range 59 {
		m.Items = append(m.Items, notify.Item{Alert: "a2", Summary: "slow", Severity: watchbill.SeverityWarning})
	}
	p := sent(t, m)
	require.Equal(t, "Summary: 60 alerts", p.header.Get("Subject"))
	require.Contains(t, p.text, "\n- [critical] Checkout: <disk> full\n- [warning] slow\n")
	require.Contains(t, p.text, "\n- and 10 more\n")
	require.Contains(t, p.html, "<li>[critical] Checkout: &lt;disk&gt; full</li>")
	require.Contains(t, p.html, "<li>+ 10</li>")
}

// TestOperatorsWords: what an operator writes is in both parts, escaped in the HTML, and the button stays.
func TestOperatorsWords(t *testing.T) {
	w, err := words.New(words.Config{Templates: map[words.Form]map[string]string{
		words.EmailSubject: {"en": "PAGE {{.Summary}}"}, words.EmailText: {"en": "Dear {{.Name}},\n<b>{{.Details}}</b>"},
	}})
	require.NoError(t, err)
	s := started(t, &server{})
	_, err = newNotifier(t, s, func(c *smtp.Config) { c.Words = w }).Notify(t.Context(), message(t))
	require.NoError(t, err)
	p := parse(t, (<-s.sessions).data)
	require.Equal(t, "PAGE disk full", p.header.Get("Subject"))
	require.Equal(t, "Dear Ada Okafor,\n<b>no space left\n.\n<b>on device</b></b>", p.text)
	require.Contains(t, p.html, "Dear Ada Okafor,\n&lt;b&gt;no space left\n.\n&lt;b&gt;on device&lt;/b&gt;&lt;/b&gt;</div>")
	require.Contains(t, p.html, ">Acknowledge</a>")
	require.NotContains(t, p.html, "<h1")
}

func TestHostileTexts(t *testing.T) {
	m := message(t)
	m.Summary = "disk\r\nBcc: eve@example.com\r\n\r\n\x00\u2028 voll: " + strings.Repeat("größer ", 100)
	m.Service = "a\nb"
	m.Name = "Ada\r\nBcc: eve@example.com " + strings.Repeat("Ökafor ", 20)
	m.Alert = "a1\r\nBcc: eve@example.com"
	m.ID = "1\r\nBcc: eve@example.com"
	m.Details = strings.Repeat("x", 5000) + "\r\n--=_watchbill--\r\n.\r\nQUIT\r\n"
	p := sent(t, m)
	require.NotContains(t, p.header, "Bcc")
	require.Len(t, p.header, 11)
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(subject, "[critical] a b: disk Bcc: eve@example.com voll: größer "), subject)
	require.True(t, strings.HasSuffix(subject, "..."), subject)
	to, err := p.header.AddressList("To")
	require.NoError(t, err)
	require.Len(t, to, 1)
	require.Equal(t, "ada@example.com", to[0].Address)
	require.Contains(t, p.text, "\n--=_watchbill--\n.\nQUIT\n")
}

func TestAddressesThatCannotBe(t *testing.T) {
	s := started(t, &server{})
	n := newNotifier(t, s, nil)
	for _, address := range []string{"", "ada", "ada@", "@example.com", "a@example.com, b@example.com",
		"ada@example.com\r\nRCPT TO:<eve@example.com>", "ada\n@example.com"} {
		m := message(t)
		m.Contact.Address = address
		_, err := n.Notify(t.Context(), m)
		require.ErrorIs(t, err, notify.ErrPermanent, address)
		require.EqualError(t, err, "smtp: the contact's address is not an e-mail address")
	}
}

func TestHelloFallsBack(t *testing.T) {
	s := started(t, &server{replies: map[string]string{"EHLO": "500 what?"}})
	_, err := newNotifier(t, s, nil).Notify(t.Context(), message(t))
	require.NoError(t, err)
	require.Equal(t, []string{"EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"}, (<-s.sessions).commands)
}

func TestErrorsQuoteAnswers(t *testing.T) {
	s := started(t, &server{replies: map[string]string{"RCPT": "550 5.1.1 no such \x1b[31m user " + strings.Repeat("é", 200)}})
	_, err := newNotifier(t, s, nil).Notify(t.Context(), message(t))
	require.EqualError(t, err, "smtp: "+s.addr()+`: rcpt: the server answered 550 "5.1.1 no such \x1b[31m user `+
		strings.Repeat("é", 87)+`..."`)
}
