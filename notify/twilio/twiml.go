package twilio

import (
	"encoding/xml"
	"net/url"
	"strconv"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

const (
	maxTwiML  = 4000 // characters that the API takes in the field Twiml
	maxRounds = 5    // times that one call asks for a key
)

// response is a TwiML document (https://www.twilio.com/docs/glossary/what-is-twilio-markup-language-twiml), its verbs in the
// order in which they are carried out.
type response struct {
	XMLName xml.Name  `xml:"Response"`
	Message string    `xml:"Message,omitempty"`
	Gather  *gather   `xml:"Gather,omitempty"`
	Say     *say      `xml:"Say,omitempty"`
	Hangup  *struct{} `xml:"Hangup,omitempty"`
}

// gather asks for a key while it speaks.
type gather struct {
	Input   string `xml:"input,attr"`
	Digits  int    `xml:"numDigits,attr"`
	Timeout int    `xml:"timeout,attr"` // seconds of silence after it has spoken
	Empty   bool   `xml:"actionOnEmptyResult,attr"`
	Action  string `xml:"action,attr"`
	Method  string `xml:"method,attr"`
	Say     []say  `xml:"Say"`
}

type say struct {
	Language string `xml:"language,attr"`
	Loop     int    `xml:"loop,attr,omitempty"`
	Text     string `xml:",chardata"`
}

// document returns the bytes of a response. Marshalling cannot fail: every field is text, and what XML has no room for
// becomes U+FFFD.
func (r response) document() []byte {
	body, err := xml.Marshal(r)
	if err != nil {
		return []byte(xml.Header + "<Response/>")
	}
	return append([]byte(xml.Header), body...)
}

// talk is what a call is about. It travels in the address to which the provider posts a key, which the provider signs, so
// that nobody else can make one.
type talk struct {
	Alert, User, Message, Locale, Text string
	Round                              int // how often a key was asked for
}

func (t talk) query() url.Values {
	return url.Values{"alert": {t.Alert}, "user": {t.User}, "message": {t.Message}, "locale": {t.Locale},
		"text": {t.Text}, "round": {strconv.Itoa(t.Round)}}
}

func talkOf(query url.Values) talk {
	round, err := strconv.Atoi(query.Get("round"))
	if err != nil || round < 0 {
		round = maxRounds
	}
	return talk{query.Get("alert"), query.Get("user"), query.Get("message"), query.Get("locale"), query.Get("text"), round}
}

// greeting is what a call says first: what m is about, twice, and what can be pressed. Its text is cut until the document is
// not too long.
func (a *Account) greeting(m notify.Message) string {
	t := talk{string(m.Alert), string(m.User), string(m.ID), m.Locale, a.config.Words.Text(words.Voice, m), 0}
	for {
		r := a.ask(t, "")
		if m.Code() == "" { // nothing to answer
			r = response{Say: &say{Language: phrasesOf(t.Locale).language, Loop: 2, Text: t.Text}}
		}
		document := r.document()
		runes := []rune(t.Text)
		if len(document) <= maxTwiML || len(runes) == 0 {
			return string(document)
		}
		t.Text = string(runes[:len(runes)*3/4])
	}
}

// ask says something first, if given, and then what the call is about, and asks for a key.
func (a *Account) ask(t talk, first string) response {
	p := phrasesOf(t.Locale)
	g := &gather{Input: "dtmf", Digits: 1, Timeout: 10, Empty: true, Method: "POST", Action: a.callback("/gather", t.query())}
	if first != "" {
		g.Say = append(g.Say, say{Language: p.language, Text: first})
	}
	g.Say = append(g.Say, say{Language: p.language, Loop: 2, Text: t.Text + " " + p.menu})
	return response{Gather: g, Say: &say{Language: p.language, Text: p.goodbye}}
}

// last says something and ends the call.
func last(t talk, text string) response {
	return response{Say: &say{Language: phrasesOf(t.Locale).language, Text: text}, Hangup: &struct{}{}}
}
