package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/watchbill/watchbill/notify"
)

// Form is what a text is for.
type Form string

// The forms. Subjects, titles and SMS are one line each.
const (
	EmailSubject Form = "email_subject" // at most 200 bytes
	EmailText    Form = "email_text"    // the plain text of a mail
	PushTitle    Form = "push_title"    // at most 200 bytes
	PushText     Form = "push_text"     // at most 2000 bytes, without the title
	SMS          Form = "sms"           // at most 160 characters of GSM, or 134 where those are not enough; see [Fits]
	Voice        Form = "voice"         // what is said, without the menu; at most 600 bytes
	Chat         Form = "chat"          // everything at once, for services that take a text only; at most 3500 bytes
)

// Forms returns every form.
func Forms() []Form {
	return []Form{EmailSubject, EmailText, PushTitle, PushText, SMS, Voice, Chat}
}

// Config says which texts are not the built-in ones. The zero value replaces none.
type Config struct {
	Templates map[Form]map[string]string // by form and language, as "de"
}

// Words writes texts. A nil one has the built-in texts; so has one of the zero Config. It is safe for concurrent use.
type Words struct {
	own map[Form]map[string]*template.Template
}

// New returns a writer. The error names each template that cannot be used, as templates.sms.de.
func New(c Config) (*Words, error) {
	w := &Words{own: map[Form]map[string]*template.Template{}}
	for _, form := range slices.Sorted(maps.Keys(c.Templates)) {
		w.own[form] = map[string]*template.Template{}
		for _, language := range slices.Sorted(maps.Keys(c.Templates[form])) {
			t, err := read(form, language, c.Templates[form][language])
			if err != nil {
				return nil, fmt.Errorf("words: templates.%s.%s: %w", form, language, err)
			}
			w.own[form][language] = t
		}
	}
	return w, nil
}

// Check returns what is wrong with one template; nil if nothing is.
func Check(form Form, language, source string) error {
	if _, err := read(form, language, source); err != nil {
		return fmt.Errorf("words: %w", err)
	}
	return nil
}

// Language returns the language of a locale, as "de" of "de-AT"; "en" if it has none. There may be no texts in it.
func Language(locale string) string {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	if language = strings.ToLower(language); isLanguage(language) {
		return language
	}
	return "en"
}

func isLanguage(s string) bool {
	strange := func(r rune) bool { return r < 'a' || r > 'z' }
	return (len(s) == 2 || len(s) == 3) && !strings.ContainsFunc(s, strange)
}

// Text returns the text of a message in one form. It is never empty, unless the message says nothing at all.
func (w *Words) Text(form Form, m notify.Message) string {
	d := dataOf(m)
	text := fit(form, builtin(form, m.Locale), d)
	if own := w.ownTemplate(form, m.Locale); own != nil {
		d.Default = text
		if better := fit(form, own, d); better != "" {
			return better
		}
	}
	return text
}

// Mail returns what a mail needs.
func (w *Words) Mail(m notify.Message) Mail {
	d, p := dataOf(m), phrasesOf(m.Locale)
	mail := Mail{
		Language: p.language, Subject: w.Text(EmailSubject, m), Text: w.Text(EmailText, m),
		Own: w.ownTemplate(EmailText, m.Locale) != nil, Data: d,
	}
	if !d.Notice {
		mail.row(p.severity, d.SeverityWord)
	}
	mail.row(p.time, d.Time)
	if d.Level > 0 {
		mail.row(p.level, fmt.Sprint(d.Level))
	}
	mail.row(p.alert, d.Alert)
	return mail
}

// Mail is a mail in words, for one who writes HTML.
type Mail struct {
	Data
	Language string // of what is built in
	Subject  string
	Text     string // the whole mail, as plain text
	Own      bool   // Text is an operator's: HTML is to show it as it is
	Rows     []Row  // what else is known
}

// Row is a named fact.
type Row struct{ Name, Text string }

func (m *Mail) row(name, text string) {
	if text != "" {
		m.Rows = append(m.Rows, Row{name, text})
	}
}

// Label is what a button is called that does something, as "Acknowledge"; empty for an action that has none.
func Label(locale string, a notify.Action) string { return phrasesOf(locale).actions[a] }

func (w *Words) ownTemplate(form Form, locale string) *template.Template {
	if w == nil {
		return nil
	}
	return w.own[form][Language(locale)]
}
