// Package words puts messages into words: one text for each form that a channel needs (a subject, an SMS, what a voice
// says, a mail), in English and in German, with times in the person's zone. The language is that of the message's Locale
// (BCP 47: de-AT is German); one that is not known is English.
//
// An operator may replace any of the texts, or give them in another language:
//
//	templates:
//	  sms: {de: 'Alarm {{.Title}} - ACK {{.Code}}'}
//	  email_subject: {en: '{{if eq .Kind "page"}}PAGE {{.Title}}{{else}}{{.Default}}{{end}}'}
//
// A template is one of text/template about a [Data], and may use fields, if, with, range over .Items and .Links, and the
// functions and, or, not, len, eq, ne, lt, le, gt and ge: nothing that could run for ever or fill the memory. One that
// fails all the same, or says nothing at all, gives way to the text that is built in: the page goes out.
//
// Texts of alerts come from anybody. Whatever they hold, they cannot add a line to a form that has one, and control
// characters and those that turn the direction of writing are taken out. Escaping for HTML, TwiML and the like is left to
// the channel.
package words
