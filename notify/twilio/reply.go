package twilio

import (
	"strings"
	"unicode"

	"github.com/watchbill/watchbill/notify"
)

// maxReply bounds a reply, in bytes: what is longer is no command.
const maxReply = 200

// ParseReply reads an SMS that somebody sent: a digit or a word that says what is to be done, and the four digits of the
// page that is meant, in either order, as "4 1234", "1234 ack", "41234" or "Ich übernehme!". The code is empty where none
// is given. It reports false where anything else is in the text: half a command is no command.
func ParseReply(text string) (action notify.Action, code string, ok bool) {
	if len(text) > maxReply {
		return "", "", false
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), isSeparator) {
		said, named := split(word)
		switch {
		case isFiller(word):
		case said == "" && named == "", // not understood
			said != "" && action != "" && said != action,
			named != "" && code != "" && named != code:
			return "", "", false
		default:
			action, code = notify.Action(either(string(said), string(action))), either(named, code)
		}
	}
	if action == "" {
		return "", "", false
	}
	return action, code, true
}

func isSeparator(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// split returns what a word says: a command, a code, or both in one, as 41234.
func split(word string) (notify.Action, string) {
	if action := command(word); action != "" {
		return action, ""
	}
	digits := strings.IndexFunc(word, func(r rune) bool { return !isDigit(r) }) < 0
	switch {
	case digits && len(word) == 4:
		return "", word
	case digits && len(word) == 5 && command(word[:1]) != "":
		return command(word[:1]), word[1:]
	}
	return "", ""
}

// command returns what a digit or a word asks for; empty where it asks for nothing.
func command(word string) notify.Action {
	switch word {
	case "4", "ack", "acknowledge", "acknowledged", "ok", "okay", "yes", "y", "take", "taking",
		"ja", "j", "übernehme", "uebernehme", "übernommen", "bestätige", "bestätigt":
		return notify.ActionAcknowledge
	case "6", "escalate", "esc", "eskaliere", "eskalieren":
		return notify.ActionEscalate
	case "9", "decline", "no", "n", "nein", "ablehnen":
		return notify.ActionDecline
	case "resolve", "resolved", "fixed", "gelöst", "behoben", "erledigt":
		return notify.ActionResolve
	}
	return ""
}

// isFiller reports whether a word says nothing by itself.
func isFiller(word string) bool {
	switch word {
	case "i", "it", "please", "thanks", "ich", "es", "bitte", "danke":
		return true
	}
	return false
}

// isOptOut reports whether an SMS is one of the words by which people stop and start messages. The provider obeys and
// answers them itself.
func isOptOut(text string) bool {
	switch strings.ToLower(strings.TrimFunc(text, isSeparator)) {
	case "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "start", "unstop", "help", "info":
		return true
	}
	return false
}
