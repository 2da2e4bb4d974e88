package twilio

import "github.com/watchbill/watchbill/notify/words"

// phrases are what this package says itself, in one language.
type phrases struct {
	language string // of the voice
	menu     string
	goodbye  string // nobody pressed a key
	again    string // the key has no meaning
	failed   string // an answer could not be recorded
	hint     string // an SMS is not understood
}

// phrasesOf returns the phrases for a locale: German, or else English.
func phrasesOf(locale string) phrases {
	if words.Language(locale) == "de" {
		return phrases{
			language: "de-DE",
			menu:     "Drücke 4, um zu übernehmen; 6, um zu eskalieren; 9, um abzulehnen; 1, um das noch einmal zu hören.",
			goodbye:  "Es wurde keine Taste gedrückt. Der Alarm ist nicht übernommen.",
			again:    "Diese Taste hat keine Bedeutung.",
			failed:   "Das konnte nicht eingetragen werden. Bitte versuche es noch einmal.",
			hint:     "Nicht verstanden. Antworte 4 und den Code der Nachricht, um zu übernehmen, oder 6 und den Code, um zu eskalieren.",
		}
	}
	return phrases{
		language: "en-US",
		menu:     "Press 4 to acknowledge, 6 to escalate, 9 to decline, or 1 to hear this again.",
		goodbye:  "No key was pressed. The alert is not acknowledged.",
		again:    "That key has no meaning.",
		failed:   "That could not be recorded. Please try again.",
		hint:     "Not understood. Reply 4 and the code in the message to acknowledge, or 6 and the code to escalate.",
	}
}
