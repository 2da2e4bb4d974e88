package twilio

import (
	"strings"
	"unicode"

	"github.com/watchbill/watchbill/notify"
)

const (
	maxSummary = 200 // characters of a summary that are sent
	maxSpoken  = 300 // characters that are spoken, twice
)

// smsText is what an SMS says: at most two segments, so that it arrives as one.
func smsText(m notify.Message) string {
	head, tail := plain(title(m)), ""
	if code := m.Code(); code != "" {
		tail = ". " + plain(phrasesOf(m.Locale).replyTo(code))
	}
	return fit(head, tail)
}

func title(m notify.Message) string {
	prefix := ""
	switch m.Kind {
	case notify.KindPage:
		prefix = m.Severity.String() + ": "
	case notify.KindResolved:
		prefix = "OK: "
	}
	if m.Service != "" {
		prefix += m.Service + ": "
	}
	return prefix + cut(oneLine(m.Summary), maxSummary)
}

// spokenText is what a call says before it asks for a key.
func spokenText(m notify.Message) string {
	return cut(oneLine(title(m)), maxSpoken) + "."
}

func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-3]) + "..."
	}
	return s
}
