package ical

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxLine is how many octets a line has at most, without its end: section 3.1 of RFC 5545.
const maxLine = 75

// lines collects content lines.
type lines struct{ bytes.Buffer }

// put writes one content line, folded where it is too long, never within a character.
func (l *lines) put(name, value string) {
	rest, room := name+":"+value, maxLine
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		l.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], maxLine-1
	}
	l.WriteString(rest + "\r\n")
}

// text writes a line whose value is text; nothing if it is empty.
func (l *lines) text(name, value string) {
	if value != "" {
		l.put(name, escape(value))
	}
}

// escape makes a value of text: section 3.3.11. Other control characters must not occur, and are left out.
func escape(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, escapes.Replace(s))
}

var escapes = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, `\`, `\\`, ";", `\;`, ",", `\,`)

// The forms of section 3.3.5.
const (
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
	dateForm  = "20060102"
)

// utc is a time in UTC.
func utc(t time.Time) string { return t.UTC().Format(utcForm) }

// duration is a length of time: section 3.3.6. It counts in hours and less: days would be days of the calendar.
func duration(d time.Duration) string {
	hours, minutes, seconds := int64(d/time.Hour), int64(d/time.Minute%60), int64(d/time.Second%60)
	switch {
	case minutes == 0 && seconds == 0 && hours > 0:
		return fmt.Sprintf("PT%dH", hours)
	case seconds > 0:
		return fmt.Sprintf("PT%dH%dM%dS", hours, minutes, seconds)
	}
	return fmt.Sprintf("PT%dH%dM", hours, minutes)
}
