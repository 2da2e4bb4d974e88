package route

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTokens is how many words of a summary are compared.
const maxTokens = 64

// Similar says how alike two summaries are, from 0 to 1: the share of words that they have in common, the Sørensen–Dice
// coefficient of their bags of words (T. Sørensen, 1948; L. R. Dice, 1945): twice the words of both, over the words of each.
// Small letters and capitals are the same, the order of the words does not count, and only the first 64 do.
//
// A word with a digit in it is left out, as log parsers do (P. He et al., Drain, ICWS 2017): numbers, IDs, addresses and
// numbered hosts tell two cases of one trouble apart, not two troubles. A word is letters, digits and - _ . : / @ # between
// them. Summaries without any other word are alike only if they are equal.
func Similar(a, b string) float64 {
	if a == b {
		return 1
	}
	var spaceA, spaceB [maxTokens]uint64
	tokensA, tokensB := tokens(a, spaceA[:0]), tokens(b, spaceB[:0])
	if len(tokensA) == 0 || len(tokensB) == 0 {
		return 0
	}
	return 2 * float64(common(tokensA, tokensB)) / float64(len(tokensA)+len(tokensB))
}

// common counts what is in both of two sorted lists, as often as it is in both.
func common(a, b []uint64) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n, i, j = n+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

// tokens returns the hashes of the words of a text, sorted.
func tokens(s string, into []uint64) []uint64 {
	for len(s) > 0 && len(into) < cap(into) {
		start := strings.IndexFunc(s, isWord)
		if start < 0 {
			break
		}
		s = s[start:]
		end := strings.IndexFunc(s, func(r rune) bool { return !isWord(r) && !isJoint(r) })
		if end < 0 {
			end = len(s)
		}
		if h, ok := hash(strings.TrimRightFunc(s[:end], isJoint)); ok {
			into = append(into, h)
		}
		s = s[end:]
	}
	slices.Sort(into)
	return into
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func isJoint(r rune) bool { return strings.ContainsRune("-_.:/@#", r) }

// hash returns the 64-bit FNV-1a hash of a word in small letters; false if it has a digit.
func hash(word string) (uint64, bool) {
	h := uint64(14695981039346656037)
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9' || r >= utf8.RuneSelf && unicode.IsDigit(r):
			return 0, false
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= utf8.RuneSelf:
			r = unicode.ToLower(r)
		}
		h = (h ^ uint64(r)) * 1099511628211
	}
	return h, true
}
