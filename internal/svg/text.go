// Package svg has what every picture of ours needs of numbers and of words from elsewhere: as little markup as possible, and no
// text that breaks it, runs out of its place or turns what stands beside it.
package svg

import (
	"encoding/xml"
	"strconv"
	"strings"
	"unicode"
)

// Clean makes text from elsewhere fit for a picture and a table: white space becomes a single space; controls, marks
// of direction and code points that are no text are left out; accents are kept, two to a letter; what is longer than
// limit is cut.
func Clean(text string, limit int) string {
	var b strings.Builder
	runes, accents, space := 0, 0, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = runes > 0
			continue
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if accents++; accents > 2 || runes == 0 {
				continue
			}
		case !unicode.IsGraphic(r) && r != joiner || r == unicode.ReplacementChar:
			continue
		default:
			accents = 0
		}
		if runes++; runes > limit {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// joiner holds the parts of one emoji together.
const joiner = '\u200d'

// Isolated keeps a name that is written from right to left from turning what stands beside it.
func Isolated(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	}) {
		return "\u2068" + name + "\u2069"
	}
	return name
}

// Width is how wide text is at most, in pixels, in the widest of the usual sans-serif fonts.
func Width(text string, size float64) float64 {
	sum := 0.0
	for _, r := range text {
		sum += ems(r)
	}
	return sum * size
}

func ems(r rune) float64 {
	switch {
	case strings.ContainsRune("iljI.,:;'|! ", r):
		return 0.4
	case strings.ContainsRune("mwMW@%", r):
		return 1.02
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return 0.65
	case r < 0x7f:
		return 0.8
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r):
		return 0
	case r < 0x2e80:
		return 0.9
	}
	return 1.35
}

// Fitting returns the first of the texts that is no wider than room, or nothing.
func Fitting(texts []string, size, room float64) string {
	for _, t := range texts {
		if Width(t, size) <= room {
			return t
		}
	}
	return ""
}

// Trimmed cuts text until it is no wider than room.
func Trimmed(text string, size, room float64) string {
	if Width(text, size) <= room {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && Width(string(runes)+"…", size) > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// Num writes a number with at most one digit after the point.
func Num(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// Escaped is text as it stands in markup.
func Escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}
