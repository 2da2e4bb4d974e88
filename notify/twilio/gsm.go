package twilio

import (
	"strings"
	"unicode/utf16"
)

// An SMS of several segments has 153 places a segment in the GSM 7-bit alphabet (3GPP TS 23.038), or 67 in UCS-2.
const (
	segments  = 2
	gsmPlaces = 153 * segments
	ucsPlaces = 67 * segments
)

// basic and extended are the GSM 7-bit default alphabet; a character of the second takes two places.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
		"ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "^{}\\[~]|€\f"
)

// plain replaces what the GSM alphabet lacks, where something close is in it, so that one typographic quote does not more
// than halve what fits.
func plain(s string) string {
	return strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "‚", "'", "`", "'",
		"–", "-", "—", "-", "−", "-", "…", "...", "\u00a0", " ", "\t", " ", "•", "-", "→", "->",
		"á", "a", "â", "a", "ã", "a", "ç", "c", "ê", "e", "ë", "e", "í", "i", "î", "i", "ï", "i", "ó", "o", "ô", "o",
		"õ", "o", "ú", "u", "û", "u", "ý", "y", "Á", "A", "À", "A", "Â", "A", "È", "E", "Ê", "E", "Í", "I", "Ó", "O",
		"Ô", "O", "Ú", "U").Replace(s)
}

// places returns how many places s takes, and how many there are for its alphabet.
func places(s string) (n, limit int) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(basic, r):
			n++
		case strings.ContainsRune(extended, r):
			n += 2
		default:
			return len(utf16.Encode([]rune(s))), ucsPlaces
		}
	}
	return n, gsmPlaces
}

// fit returns head and tail, the head cut so that both fit.
func fit(head, tail string) string {
	runes := []rune(head)
	for text := head + tail; ; text = string(runes) + "..." + tail {
		if n, limit := places(text); n <= limit || len(runes) == 0 {
			return text
		}
		runes = runes[:len(runes)-1]
	}
}
