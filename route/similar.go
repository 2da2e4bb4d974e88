package route

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxTokens is how many words of a summary are compared.
const maxTokens = 64

// Similar says how alike two summaries are, from 0 to 1: the share of words that they have in common, the Sørensen–Dice
// coefficient of their bags of words (T. Sørensen, 1948; L. R. Dice, 1945): twice the words of both, over the words of
// each. Small letters and capitals are the same, the order of the words does not count, and only the first 64 do.
//
// A word with a digit in it is left out, as log parsers do (P. He et al., Drain, ICWS 2017): numbers, IDs, addresses
// and numbered hosts tell two cases of one trouble apart, not two troubles. A word is letters, digits and - _ . : / @ #
// between them. Summaries without any other word are alike only if they are equal.
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

// The 64-bit FNV-1a hash.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// tokens returns the hashes of the words of a text, in small letters, sorted. What joins words counts where another
// letter follows; a word with a digit is left out.
func tokens(s string, into []uint64) []uint64 {
	hash, joints, digit, within := uint64(fnvOffset), "", false, false
	for i, r := range s {
		class := classOf(r)
		switch {
		case class == joint && within:
			joints = s[i-len(joints) : i+1]
			continue
		case class == letter || class == digits:
			for j := range len(joints) {
				hash = (hash ^ uint64(joints[j])) * fnvPrime
			}
			hash, digit, within = (hash^uint64(small(r)))*fnvPrime, digit || class == digits, true
		case within:
			if !digit {
				into = append(into, hash)
			}
			hash, digit, within = fnvOffset, false, false
		}
		if joints = ""; len(into) == cap(into) {
			break
		}
	}
	if within && !digit && len(into) < cap(into) {
		into = append(into, hash)
	}
	slices.Sort(into)
	return into
}

// class is what a character is to a word.
type class uint8

const (
	gap class = iota
	letter
	digits
	joint
)

func classOf(r rune) class {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return letter
	case r >= '0' && r <= '9':
		return digits
	case r >= utf8.RuneSelf && unicode.IsLetter(r):
		return letter
	case r >= utf8.RuneSelf && unicode.IsDigit(r):
		return digits
	}
	switch r {
	case '-', '_', '.', ':', '/', '@', '#':
		return joint
	}
	return gap
}

func small(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= utf8.RuneSelf:
		return unicode.ToLower(r)
	}
	return r
}
