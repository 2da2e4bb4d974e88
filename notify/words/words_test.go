package words_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

var update = flag.Bool("update", false, "write the golden files anew")

// messages is one of each kind, as people get them.
func messages(t *testing.T, locale string) []notify.Message {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	page := notify.Message{
		ID: "a1/1", Kind: notify.KindPage, User: "ada", Name: "Ada Okafor", Zone: berlin, Locale: locale, Alert: "a1",
		Summary: "disk full on db2", Severity: watchbill.SeverityCritical, Service: "Checkout", Level: 2, Attempt: 1,
		Details: "no space left\non /var", Links: []notify.Link{{Text: "runbook", Href: "https://example.com/runbook"}},
		At: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), AckURL: "https://example.com/a/acktoken", Critical: true,
	}
	news, over, summary, code := page, page, page, page
	news.Kind, news.Summary, news.Details = notify.KindUpdate, "ben has it", ""
	over.Kind, over.Details = notify.KindResolved, ""
	summary.Kind, summary.Alert, summary.Service, summary.Details, summary.Links = notify.KindSummary, "", "", "", nil
	summary.Summary, summary.Level = "2 alerts", 0
	summary.Items = []notify.Item{
		{Alert: "a1", Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "Checkout"},
		{Alert: "a2", Summary: "slow", Severity: watchbill.SeverityWarning},
	}
	code = notify.Message{Kind: notify.KindUpdate, User: "ada", Name: "Ada Okafor", Zone: berlin, Locale: locale,
		Summary: "Your code is 482193", Details: "It is good for 10 minutes.", At: page.At}
	return []notify.Message{page, news, over, summary, code}
}

// TestTexts: every kind of message in every form, in every language, as people read it.
func TestTexts(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		var b strings.Builder
		for _, form := range words.Forms() {
			for _, m := range messages(t, language) {
				name := m.Kind.String()
				if m.Alert == "" && m.Kind == notify.KindUpdate {
					name = "notice"
				}
				fmt.Fprintf(&b, "=== %s, %s\n%s\n", form, name, strings.TrimSuffix((*words.Words)(nil).Text(form, m), "\n"))
			}
		}
		golden(t, "testdata/"+language+".golden", b.String())
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "de": "de", "de-AT": "de", "DE_ch": "de", "de-Latn-DE-1996": "de", "fr": "fr",
		"klingon": "en", "x": "en", "d1": "en", "-de": "en", "\x00": "en",
	} {
		require.Equal(t, want, words.Language(locale), locale)
	}
	m := messages(t, "fr-CA")[0]
	require.Equal(t, "[critical] Checkout: disk full on db2", (*words.Words)(nil).Text(words.EmailSubject, m))
	m.Locale = "de-AT"
	require.Equal(t, "[kritisch] Checkout: disk full on db2", (*words.Words)(nil).Text(words.EmailSubject, m))
	require.Equal(t, "Übernehmen", words.Label("de-AT", notify.ActionAcknowledge))
	require.Equal(t, "Escalate", words.Label("fr", notify.ActionEscalate))
}

// TestSMS: the way to answer stays, however long the summary is; characters that an SMS has not are replaced where that
// loses little, and else the text gets shorter.
func TestSMS(t *testing.T) {
	code := notify.ReplyCode("a1", "ada")
	for summary, want := range map[string]string{
		"disk full": "disk full",
		"„größer“ – naïve café… 🔥 done": `"größer" - naive café... done`,
		strings.Repeat("x", 300):        strings.Repeat("x", 121) + "...",
		strings.Repeat("[", 300):        strings.Repeat("[", 60) + "...",
		strings.Repeat("диск ", 60):     strings.Repeat("диск ", 18) + "диск...",
		strings.Repeat("磁盘已满", 60):      strings.Repeat("磁盘已满", 23) + "磁盘已...",
	} {
		m := messages(t, "en")[0]
		m.Summary = summary
		got := (*words.Words)(nil).Text(words.SMS, m)
		require.True(t, words.Fits(got), got)
		require.Equal(t, "critical, Checkout: "+want+". Reply ACK "+code, got)
	}
}

func TestSummaryLosesItemsFirst(t *testing.T) {
	m := messages(t, "en")[3]
	for range 20 {
		m.Items = append(m.Items, notify.Item{Summary: "the queue of the warehouse is long"})
	}
	got := (*words.Words)(nil).Text(words.SMS, m)
	require.True(t, words.Fits(got), got)
	require.True(t, strings.HasPrefix(got, "2 alerts; critical, Checkout: disk full; warning, slow; "), got)
	require.True(t, strings.HasSuffix(got, " more"), got)

	for range 80 {
		m.Items = append(m.Items, notify.Item{Summary: "more"})
	}
	require.Contains(t, (*words.Words)(nil).Text(words.EmailText, m), "- and 52 more\n")
}

// TestHostileTexts: what a stranger writes into an alert adds no line and no invisible character.
func TestHostileTexts(t *testing.T) {
	m := messages(t, "de")[0]
	m.Summary = "a\r\nReply ACK 0000\x00\x1b[31m\u202e\u2066b\u2028c {{.AckURL}} \xff"
	m.Service, m.Name = "x\ny", "Ada\n\nEve"
	m.Details = "one\r\ntwo\x00\x1b[0m\u202ethree"
	for _, form := range words.Forms() {
		text := (*words.Words)(nil).Text(form, m)
		require.NotContains(t, text, "\u202e")
		require.False(t, strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }), text)
		if form != words.EmailText && form != words.PushText && form != words.Chat {
			require.NotContains(t, text, "\n", form)
		}
		if form != words.PushText && form != words.SMS {
			require.Contains(t, text, "a Reply ACK 0000 [31mb c {{.AckURL}}", form)
		}
	}
	require.Contains(t, (*words.Words)(nil).Text(words.EmailText, m), "one\ntwo[0mthree\n")
}

func TestOperatorsTemplates(t *testing.T) {
	w, err := words.New(words.Config{Templates: map[words.Form]map[string]string{
		words.SMS:          {"de": "ALARM {{.Summary}} ACK {{.Code}}", "fr": "ALERTE {{.Title}}"},
		words.EmailSubject: {"en": `{{if eq .Kind "page"}}PAGE {{.Title}}{{else}}{{.Default}}!{{end}}`},
		words.EmailText:    {"en": "{{range .Links}}{{.Text}}={{.Href}}{{end}} {{len .Items}} {{.Name}}"},
		words.PushTitle:    {"en": "{{if .Alert}}{{.Title}}{{end}}"},
	}})
	require.NoError(t, err)
	text := func(locale string, kind int, form words.Form) string { return w.Text(form, messages(t, locale)[kind]) }
	code := notify.ReplyCode("a1", "ada")
	require.Equal(t, "ALARM disk full on db2 ACK "+code, text("de-CH", 0, words.SMS))
	require.Equal(t, "ALERTE Checkout: disk full on db2", text("fr", 0, words.SMS))
	require.Equal(t, "critical, Checkout: disk full on db2. Reply ACK "+code, text("en", 0, words.SMS), "not replaced")
	require.Equal(t, "PAGE Checkout: disk full on db2", text("en", 0, words.EmailSubject))
	require.Equal(t, "Resolved: Checkout: disk full on db2!", text("en", 2, words.EmailSubject))
	require.Equal(t, "Your code is 482193", text("en", 4, words.PushTitle), "a template that says nothing gives way")

	mail := w.Mail(messages(t, "en")[0])
	require.True(t, mail.Own)
	require.Equal(t, "runbook=https://example.com/runbook 0 Ada Okafor", mail.Text)

	long := messages(t, "de")[0]
	long.Summary = strings.Repeat("lang ", 100)
	got := w.Text(words.SMS, long)
	require.True(t, words.Fits(got) && strings.HasSuffix(got, " ACK "+code), got)
}

func TestTemplatesThatCannotBe(t *testing.T) {
	for source, want := range map[string]string{
		"{{.Foo}}":                     "can't evaluate field Foo",
		"{{":                           "1: ",
		"":                             "says nothing for a page",
		"{{if .Notice}}x{{end}}":       "says nothing for a page",
		"{{range 1000000000}}x{{end}}": "line 1: range is for .Items and .Links",
		"{{range .Items}}{{range $.Items}}x{{end}}{{end}}":             "line 1: range is for .Items and .Links",
		"x{{range .Title}}x{{end}}":                                    "range is for .Items and .Links",
		`{{printf "%1000000000d" 1}}`:                                  `function "printf" is not supported; there are and, or, not`,
		`{{if (call .Title)}}{{end}}x`:                                 `function "call" is not supported`,
		`{{define "a"}}x{{end}}x`:                                      "define and block are not supported",
		`x{{template "text" .}}`:                                       "line 1: template is not supported",
		`{{block "a" .}}x{{end}}`:                                      "define and block are not supported",
		"x{{(index .Items 0).Title}}":                                  "not supported",
		"{{hello}}":                                                    `function "hello" not defined`,
		strings.Repeat("x", 8<<10) + "y":                               "longer than 8192 bytes",
		strings.Repeat("{{.Details}}", 600) + strings.Repeat("x", 100): "",
	} {
		err := words.Check(words.SMS, "en", source)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want, source)
	}
	_, err := words.New(words.Config{Templates: map[words.Form]map[string]string{words.SMS: {"de": "{{.Foo}}"}}})
	require.ErrorContains(t, err, "words: templates.sms.de: ")
	require.ErrorContains(t, words.Check("letter", "en", "x"), `"letter" is not a form of text; there are [email_subject email_text`)
	require.ErrorContains(t, words.Check(words.SMS, "German", "x"), `"German" is not a language, such as en or de`)
}

// FuzzText: whatever an alert says, a text keeps its limit and its lines.
func FuzzText(f *testing.F) {
	f.Add("disk full", "Checkout", "no space", "en", uint8(0))
	f.Add("größer \xff\u202e", "\n\x00", strings.Repeat("я", 5000), "de", uint8(1))
	f.Add(strings.Repeat("😀", 300), strings.Repeat("[", 300), "https://x 123456", "de-AT", uint8(3))
	f.Fuzz(func(t *testing.T, summary, service, details, locale string, kind uint8) {
		m := notify.Message{Kind: notify.Kind(kind % 4), User: "ada", Alert: "a", Summary: summary, Service: service,
			Details: details, Locale: locale, Items: []notify.Item{{Summary: summary, Service: service}, {Summary: details}}}
		if !words.Fits((*words.Words)(nil).Text(words.SMS, m)) {
			t.Fatal("the SMS is too long")
		}
		for form, limit := range map[words.Form]int{
			words.EmailSubject: 200, words.PushTitle: 200, words.PushText: 2000, words.Voice: 600, words.Chat: 3500,
		} {
			if text := (*words.Words)(nil).Text(form, m); len(text) > limit || text == "" {
				t.Fatalf("%s has %d bytes", form, len(text))
			}
		}
	})
}

// FuzzTemplate: a template that is accepted ends, and a page is never without words.
func FuzzTemplate(f *testing.F) {
	for _, source := range []string{
		"{{.Title}}", "{{range .Items}}{{.Title}}{{end}}", "{{$x := .Title}}{{$x = .Name}}{{$x}}",
		"{{with $x := .Links}}{{len $x}}{{end}}", "{{/* */}}", "{{.Items.Title}}", "{{range $i, $l := .Links}}{{break}}{{end}}x",
		"{{if and .Notice (eq .Kind \"page\")}}a{{else with .Name}}b{{end}}",
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		w, err := words.New(words.Config{Templates: map[words.Form]map[string]string{
			words.SMS: {"en": source}, words.Chat: {"en": source},
		}})
		if err != nil {
			return
		}
		for _, m := range messages2() {
			if !words.Fits(w.Text(words.SMS, m)) || w.Text(words.Chat, m) == "" {
				t.Fatal("no text, or one that is too long")
			}
		}
	})
}

func messages2() []notify.Message {
	return []notify.Message{{Summary: "disk full", Alert: "a"}, {Kind: notify.KindSummary, Summary: "2", Items: make([]notify.Item, 60)}}
}

func Example() {
	m := notify.Message{Kind: notify.KindPage, User: "ada", Alert: "a1", Summary: "disk full", Service: "Checkout",
		Severity: watchbill.SeverityCritical, Locale: "de-AT"}
	var built *words.Words // the texts that are built in
	fmt.Println(built.Text(words.SMS, m))
	fmt.Println(built.Text(words.Voice, m))
	// Output:
	// kritisch, Checkout: disk full. Antwort ACK 0400
	// Hier ist Watchbill mit einem Alarm, kritisch, für Checkout. disk full.
}
