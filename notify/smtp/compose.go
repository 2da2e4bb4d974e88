package smtp

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

var (
	//go:embed mail.html
	htmlSource string

	htmlBody = template.Must(template.New("mail.html").Parse(htmlSource))
)

// boundary can stand between quoted-printable parts as it is: "=_" never occurs in them (RFC 2045, section 6.7).
const boundary = "=_watchbill"

// compose returns the message as RFC 5322 has it: headers, then text and HTML as alternatives.
func (n *Notifier) compose(m notify.Message, to *mail.Address) ([]byte, error) {
	var b bytes.Buffer
	view := view{n.config.Words.Mail(m), color(m.Severity)}
	n.writeHeaders(&b, m, to, view.Subject)
	parts := multipart.NewWriter(&b)
	if err := parts.SetBoundary(boundary); err != nil {
		return nil, err
	}
	text := func(w io.Writer) error { _, err := io.WriteString(w, view.Text); return err }
	if err := writePart(parts, "text/plain", text); err != nil {
		return nil, err
	}
	html := func(w io.Writer) error { return htmlBody.Execute(w, view) }
	if err := writePart(parts, "text/html", html); err != nil {
		return nil, err
	}
	if err := parts.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (n *Notifier) writeHeaders(b *bytes.Buffer, m notify.Message, to *mail.Address, subject string) {
	to.Name = oneLine(m.Name)
	_, domain, _ := strings.Cut(n.from.Address, "@")
	header := func(name, value string) { b.WriteString(fold(name+": "+value) + "\r\n") }

	header("Date", n.now().In(zone(m)).Format(time.RFC1123Z))
	header("Message-ID", headerID(string(m.ID), domain))
	if m.Alert != "" {
		header("References", headerID("alert-"+string(m.Alert), domain)) // one thread an alert
	}
	header("Subject", mime.QEncoding.Encode("utf-8", subject))
	header("From", addressed(n.from))
	header("To", addressed(to))
	if loud(m) {
		header("Importance", "high") // RFC 2156
		header("X-Priority", "1 (Highest)")
	}
	header("Auto-Submitted", "auto-generated") // no out-of-office answers, please (RFC 3834)
	header("MIME-Version", "1.0")
	header("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
}

// loud reports whether a mail is of those that a reader is to see first.
func loud(m notify.Message) bool {
	calls := m.Kind == notify.KindPage || m.Kind == notify.KindSummary
	return calls && m.Urgency == watchbill.UrgencyHigh
}

// addressed is to.String(), except that a name beyond ASCII is encoded in base 64: String leaves a backslash in the other
// encoding as it is, and nothing can read that.
func addressed(to *mail.Address) string {
	if encoded := mime.BEncoding.Encode("utf-8", to.Name); encoded != to.Name {
		return encoded + " " + (&mail.Address{Address: to.Address}).String()
	}
	return to.String()
}

// headerID makes an identifier that is valid in a header of whatever name we use among ourselves.
func headerID(name, domain string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(name), ".", "%2E")
	return "<" + escaped + "@" + domain + ">"
}

// oneLine replaces every run of line breaks, control characters and spaces by one space.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// fold breaks a header at spaces into lines of at most 76 characters where it can (RFC 5322, section 2.2.3).
func fold(header string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Split(header, " ") {
		if i > 0 && width+1+len(word) > 76 {
			b.WriteString("\r\n")
			width = 0
		}
		if i > 0 {
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}

// view is what the HTML shows.
type view struct {
	words.Mail
	Color string // of the severity
}

func color(s watchbill.Severity) string {
	switch s {
	case watchbill.SeverityInfo:
		return "#2563eb"
	case watchbill.SeverityWarning:
		return "#b45309"
	}
	return "#b91c1c"
}

// zone spares us a panic where a caller forgot that Zone is never nil.
func zone(m notify.Message) *time.Location {
	if m.Zone == nil {
		return time.UTC
	}
	return m.Zone
}

// writePart writes one of the alternatives, with the line ends of a mail.
func writePart(parts *multipart.Writer, mediaType string, write func(io.Writer) error) error {
	w, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {mediaType + "; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	encoded := quotedprintable.NewWriter(w)
	if err := write(encoded); err != nil {
		return err
	}
	return encoded.Close()
}
