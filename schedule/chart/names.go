package chart

import (
	"strings"
	"unicode"
)

// clean makes text from elsewhere fit for a picture and a table: white space becomes a single space; controls, marks
// of direction and code points that are no text are left out; accents are kept, two to a letter; what is longer than
// limit is cut.
func clean(text string, limit int) string {
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

// isolated keeps a name that is written from right to left from turning what stands beside it.
func isolated(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	}) {
		return "\u2068" + name + "\u2069"
	}
	return name
}

// width is how wide text is at most, in pixels, in the widest of the usual sans-serif fonts.
func width(text string, size float64) float64 {
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

// fitting returns the first of the texts that is no wider than room, or nothing.
func fitting(texts []string, size, room float64) string {
	for _, t := range texts {
		if width(t, size) <= room {
			return t
		}
	}
	return ""
}

// trimmed cuts text until it is no wider than room.
func trimmed(text string, size, room float64) string {
	if width(text, size) <= room {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && width(string(runes)+"…", size) > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}
