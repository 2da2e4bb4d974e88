package words

import (
	"strings"
	"unicode"
)

// The GSM 7-bit alphabet without Greek capitals that look like Latin ones, and its extension, whose characters count twice.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€"
)

var simpler = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "`", "'", "´", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`,
	"–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "…", "...", "•", "*", "·", "-", "×", "x", "→", "->", "≥", ">=", "≤", "<=",
	"á", "a", "â", "a", "ã", "a", "ā", "a", "ă", "a", "ą", "a", "ç", "c", "ć", "c", "č", "c", "ď", "d", "đ", "d", "ê", "e", "ë", "e",
	"ē", "e", "ę", "e", "ě", "e", "ğ", "g", "í", "i", "î", "i", "ï", "i", "ī", "i", "ı", "i", "ł", "l", "ń", "n", "ň", "n",
	"ó", "o", "ô", "o", "õ", "o", "ō", "o", "ő", "o", "ř", "r", "ś", "s", "š", "s", "ş", "s", "ș", "s", "ť", "t", "ț", "t", "ú", "u",
	"û", "u", "ū", "u", "ů", "u", "ű", "u", "ý", "y", "ÿ", "y", "ź", "z", "ż", "z", "ž", "z",
	"Á", "A", "À", "A", "Â", "A", "Ã", "A", "Č", "C", "È", "E", "Ê", "E", "Ë", "E", "Í", "I", "Î", "I", "İ", "I", "Ł", "L",
	"Ó", "O", "Ô", "O", "Õ", "O", "Ř", "R", "Ś", "S", "Š", "S", "Ş", "S", "Ú", "U", "Û", "U", "Ý", "Y", "Ż", "Z", "Ž", "Z",
)

// simple writes a text with the characters of an SMS as far as that loses little: without the accents that GSM has not,
// with plain quotes and dashes, and without pictures.
func simple(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.So, unicode.Sk, unicode.Cf, unicode.Variation_Selector) && r != '^' && r != '`' {
			return -1
		}
		return r
	}, simpler.Replace(s))
	return strings.Join(strings.Fields(s), " ")
}
