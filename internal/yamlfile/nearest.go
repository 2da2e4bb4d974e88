package yamlfile

import (
	"fmt"
	"strings"
)

// Nearest returns the word, of some, that somebody may have meant who wrote another; empty if none is near, or there are
// more than 5000 to compare. Small letters and capitals are the same.
func Nearest(word string, words []string) string {
	best, least := "", 1+max(1, min(len(word)/3, 3))
	if len(word) > 64 || len(words) > 5000 {
		return ""
	}
	for _, w := range words {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// OneOf says what words there are, and which one may have been meant.
func OneOf(word string, words []string) string {
	if near := Nearest(word, words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "must be one of " + strings.Join(words, ", ")
}

// distance counts how many letters to put in, take out, change, or swap with their neighbour.
func distance(a, b string) int {
	if len(b) > len(a)+3 || len(a) > len(b)+3 {
		return len(a) + len(b)
	}
	d := make([][]int, len(a)+1) // d[i][j] is the distance of a[:i] and b[:j]
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
