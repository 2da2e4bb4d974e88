package smtp

import (
	"bytes"
	_ "embed"
	htmltemplate "html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

var (
	//go:embed mail.txt
	textSource string
	//go:embed mail.html
	htmlSource string

	textBody = texttemplate.Must(texttemplate.New("mail.txt").Parse(textSource))
	htmlBody = htmltemplate.Must(htmltemplate.New("mail.html").Parse(htmlSource))
)

// boundary can stand between quoted-printable parts as it is: "=_" never occurs in them (RFC 2045, section 6.7).
const boundary = "=_watchbill"

// compose returns the message as RFC 5322 has it: headers, then text and HTML as alternatives.
func (n *Notifier) compose(m notify.Message, to *mail.Address) ([]byte, error) {
	var b bytes.Buffer
	n.writeHeaders(&b, m, to)
	parts := multipart.NewWriter(&b)
	if err := parts.SetBoundary(boundary); err != nil {
		return nil, err
	}
	view := viewOf(m)
	if err := writePart(parts, "text/plain", textBody, view); err != nil {
		return nil, err
	}
	if err := writePart(parts, "text/html", htmlBody, view); err != nil {
		return nil, err
	}
	if err := parts.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (n *Notifier) writeHeaders(b *bytes.Buffer, m notify.Message, to *mail.Address) {
	to.Name = oneLine(m.Name)
	_, domain, _ := strings.Cut(n.from.Address, "@")
	header := func(name, value string) { b.WriteString(fold(name+": "+value) + "\r\n") }

	header("Date", n.now().In(zone(m)).Format(time.RFC1123Z))
	header("Message-ID", headerID(string(m.ID), domain))
	if m.Alert != "" {
		header("References", headerID("alert-"+string(m.Alert), domain)) // one thread an alert
	}
	header("Subject", mime.QEncoding.Encode("utf-8", subject(m)))
	header("From", addressed(n.from))
	header("To", addressed(to))
	header("Auto-Submitted", "auto-generated") // no out-of-office answers, please (RFC 3834)
	header("MIME-Version", "1.0")
	header("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
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

// maxSubject bounds the subject, in bytes. The whole summary is in the text.
const maxSubject = 200

func subject(m notify.Message) string {
	prefix := "[" + m.Severity.String() + "] "
	switch m.Kind {
	case notify.KindUpdate:
		if prefix = "Update: "; isNotice(m) {
			prefix = ""
		}
	case notify.KindResolved:
		prefix = "Resolved: "
	case notify.KindSummary:
		prefix = "Summary: "
	}
	s := prefix + title(m)
	if len(s) > maxSubject {
		s = strings.ToValidUTF8(s[:maxSubject], "") + "..."
	}
	return s
}

// title is "service: summary", without the service where there is none.
func title(m notify.Message) string {
	if m.Service == "" {
		return oneLine(m.Summary)
	}
	return oneLine(m.Service + ": " + m.Summary)
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

// view is what the templates show.
type view struct {
	notify.Message
	Title  string // service and summary
	Lead   string // why the reader gets this mail
	Button string // what the link is called
	Color  string // of the severity
	Time   string // in the reader's zone
	Notice bool   // it is about no alert
}

func viewOf(m notify.Message) view {
	v := view{Message: m, Title: title(m), Color: color(m.Severity), Button: "Acknowledge", Notice: isNotice(m)}
	v.Time = m.At.In(zone(m)).Format("Mon, 2 Jan 2006 15:04:05 MST")
	switch m.Kind {
	case notify.KindUpdate:
		if v.Lead, v.Button = "There is news about this alert.", "Open"; v.Notice {
			v.Lead = "This is a notice; there is nothing to acknowledge."
		}
	case notify.KindResolved:
		v.Lead, v.Button = "This is over; there is nothing left to do.", "Open"
	case notify.KindSummary:
		v.Lead, v.Button = "Several things need your attention.", "Open the list"
	default:
		v.Lead = "You are on call, and this needs somebody now."
	}
	return v
}

// isNotice reports whether a message is news that is about no alert, as of a shift.
func isNotice(m notify.Message) bool { return m.Kind == notify.KindUpdate && m.Alert == "" }

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

// template is what text and HTML templates have in common.
type template interface {
	Execute(w io.Writer, data any) error
}

func writePart(parts *multipart.Writer, mediaType string, t template, v view) error {
	w, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {mediaType + "; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	encoded := quotedprintable.NewWriter(w)
	if err := t.Execute(encoded, v); err != nil {
		return err
	}
	return encoded.Close()
}
