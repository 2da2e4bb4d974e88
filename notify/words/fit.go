package words

import (
	"sort"
	"strings"
	"text/template"
	"unicode/utf16"
)

// limits in the measure of the form; none is no limit.
var limits = map[Form]int{EmailSubject: 200, PushTitle: 200, PushText: 2000, Voice: 600, Chat: 3500}

// fit writes a text that keeps the limit of its form. What is too long loses first items, then details, then the end of
// the summary and of the service's name: what is around them, such as how to answer, stays. It is empty if the template
// fails.
func fit(form Form, t *template.Template, d Data) string {
	text, over := shape(form, t, d)
	for over > 0 && len(d.Items) > 1 {
		d.Items, d.More = d.Items[:len(d.Items)-1], d.More+1
		text, over = shape(form, t, d)
	}
	for _, part := range []*string{&d.Details, &d.Default, &d.Summary, &d.Service} {
		if over <= 0 {
			return text
		}
		whole := *part
		shorten := func(n int) bool {
			*part = cut(whole, n)
			d.Title = titled(d.Service, d.Summary)
			text, over = shape(form, t, d)
			return over > 0
		}
		shorten(max(0, sort.Search(len(whole), shorten)-1))
	}
	whole := text
	n := sort.Search(len(whole), func(n int) bool { return excess(form, cut(whole, n)) > 0 })
	return cut(whole, max(0, n-1))
}

// shape runs a template and says by how much the text is too long.
func shape(form Form, t *template.Template, d Data) (text string, over int) {
	if form == Voice {
		d = spoken(d)
	}
	text, err := run(t, d)
	if err != nil {
		return "", 0
	}
	switch form {
	case EmailSubject, PushTitle, Voice:
		text = strings.Join(strings.Fields(text), " ")
	case SMS:
		text = simple(strings.Join(strings.Fields(text), " "))
	case PushText, Chat:
		text = strings.TrimSpace(text)
	}
	return text, excess(form, text)
}

func excess(form Form, text string) int {
	if form == SMS {
		length, limit := measure(text)
		return length - limit
	}
	if limit, ok := limits[form]; ok {
		return len(text) - limit
	}
	return 0
}

// spoken is data for a voice: it does not read addresses aloud, and reads the digits of a notice, which may be a code, one
// by one.
func spoken(d Data) Data {
	for _, text := range []*string{&d.Summary, &d.Details, &d.Title} {
		words := strings.Fields(*text)
		for i, word := range words {
			switch {
			case strings.Contains(word, "://"):
				words[i] = ""
			case d.Notice:
				words[i] = digitByDigit(word)
			}
		}
		*text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	}
	return d
}

// digitByDigit puts spaces between the digits of a number of four or more.
func digitByDigit(word string) string {
	digits := strings.TrimRight(word, ".,;:!?")
	if len(digits) < 4 || strings.Trim(digits, "0123456789") != "" {
		return word
	}
	return strings.Join(strings.Split(digits, ""), " ") + word[len(digits):]
}

// measure returns the length of an SMS and the longest that it may have: septets of the GSM alphabet and one message, or,
// where a character is not in that, units of UTF-16 and two (3GPP TS 23.038 and 23.040).
func measure(text string) (length, limit int) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			length++
		case strings.ContainsRune(gsmExtended, r):
			length += 2
		default:
			return len(utf16.Encode([]rune(text))), 2 * 67
		}
	}
	return length, 160
}

// Fits reports whether a text is one that [SMS] allows: one message of the GSM alphabet, or two of any characters.
func Fits(text string) bool {
	length, limit := measure(text)
	return length <= limit
}
