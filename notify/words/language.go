package words

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/watchbill/watchbill/notify"
)

// phrases is what a language has besides its templates.
type phrases struct {
	language                     string
	severity, time, level, alert string
	open, openList               string
	severities                   map[string]string
	leads                        map[string]string // by kind, and "notice"
	actions                      map[notify.Action]string
	at                           func(time.Time) string
}

var languages = map[string]phrases{"en": english(), "de": german()}

func phrasesOf(locale string) phrases {
	if p, ok := languages[Language(locale)]; ok {
		return p
	}
	return languages["en"]
}

func english() phrases {
	return phrases{
		language: "en", severity: "Severity", time: "Time", level: "Level", alert: "Alert",
		open: "Open", openList: "Open the list",
		severities: map[string]string{
			"unset": "unset", "info": "info", "warning": "warning", "error": "error", "critical": "critical",
		},
		leads: map[string]string{
			"page":     "You are on call, and this needs somebody now.",
			"update":   "There is news about this alert.",
			"resolved": "This is over; there is nothing left to do.",
			"summary":  "Several things need your attention.",
			"notice":   "This is a notice; there is nothing to acknowledge.",
		},
		actions: map[notify.Action]string{
			notify.ActionAcknowledge: "Acknowledge", notify.ActionDecline: "Decline",
			notify.ActionResolve: "Resolve", notify.ActionEscalate: "Escalate",
		},
		at: func(t time.Time) string { return t.Format("Mon, 2 Jan 2006 15:04:05 MST") },
	}
}

func german() phrases {
	days := [...]string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"}
	months := [...]string{"Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}
	return phrases{
		language: "de", severity: "Schweregrad", time: "Zeit", level: "Stufe", alert: "Alarm",
		open: "Öffnen", openList: "Liste öffnen",
		severities: map[string]string{
			"unset": "unbestimmt", "info": "Info", "warning": "Warnung", "error": "Fehler", "critical": "kritisch",
		},
		leads: map[string]string{
			"page":     "Du hast Bereitschaft, und hier wird jetzt jemand gebraucht.",
			"update":   "Es gibt Neues zu diesem Alarm.",
			"resolved": "Das ist vorbei; es ist nichts mehr zu tun.",
			"summary":  "Mehrere Dinge brauchen deine Aufmerksamkeit.",
			"notice":   "Das ist ein Hinweis; es gibt nichts zu bestätigen.",
		},
		actions: map[notify.Action]string{
			notify.ActionAcknowledge: "Übernehmen", notify.ActionDecline: "Ablehnen",
			notify.ActionResolve: "Erledigt", notify.ActionEscalate: "Eskalieren",
		},
		at: func(t time.Time) string {
			return fmt.Sprintf("%s, %d. %s %s", days[t.Weekday()], t.Day(), months[t.Month()-1], t.Format("2006 15:04:05 MST"))
		},
	}
}

// The built-in texts lie in files, for people to read and to start from.
//
//go:embed texts
var files embed.FS

var builtins = parseBuiltins()

// parseBuiltins panics if a text that is built in is not one: then nothing here works, and every test fails.
func parseBuiltins() map[string]map[Form]*template.Template {
	all := map[string]map[Form]*template.Template{}
	for language := range languages {
		all[language] = map[Form]*template.Template{}
		for _, form := range Forms() {
			source, err := files.ReadFile("texts/" + language + "/" + string(form) + ".txt")
			if err != nil {
				panic(err)
			}
			all[language][form] = template.Must(read(form, language, strings.TrimSuffix(string(source), "\n")))
		}
	}
	return all
}

func builtin(form Form, locale string) *template.Template {
	return builtins[phrasesOf(locale).language][form]
}
