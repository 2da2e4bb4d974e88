package alert

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxKey is how many bytes a key may have.
const MaxKey = 255

// KeyOf returns a key as it is kept, and whether it had to be changed: one that is longer than [MaxKey], or has control
// characters, is replaced by its SHA-256, so that different keys stay different.
func KeyOf(key string) (DedupKey, bool) {
	if len(key) > MaxKey || strings.ContainsFunc(key, unicode.IsControl) {
		return DedupKey(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(key)))), true
	}
	return DedupKey(key), false
}

// Line makes a single line of plain text: white space becomes one space, other control characters and the marks that
// override the direction of text go.
func Line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), '\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Cut shortens s to n characters, the last of which then is an ellipsis, and reports whether it had to.
func Cut(s string, n int) (string, bool) {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s, false
	}
	return string([]rune(s)[:n-1]) + "…", true
}
