package twilio_test

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/twilio"
)

func TestSMS(t *testing.T) {
	c := newCounterpart(t)
	receipt, err := c.open(t).SMS().Notify(t.Context(), page())
	require.NoError(t, err)
	require.Equal(t, "SM0123456789abcdef", receipt.ProviderID)
	require.Equal(t, []string{"POST /2010-04-01/Accounts/" + account + "/Messages.json"}, c.paths)
	require.Equal(t, []string{account + ":" + token}, c.auths)
	form := c.forms[0]
	require.Equal(t, phone, form.Get("To"))
	require.Equal(t, number, form.Get("From"))
	require.Equal(t, callback+"/status?alert=a1&message=m%2F1%3F%26", form.Get("StatusCallback"))
	require.Contains(t, form.Get("Body"), "Checkout: disk full")
	action, code, ok := twilio.ParseReply(offered(form.Get("Body")))
	require.True(t, ok, "what the text tells people to reply is understood: %s", form.Get("Body"))
	require.Equal(t, notify.ActionAcknowledge, action)
	require.Equal(t, page().Code(), code)
}

// offered is what a text says that people may reply: a command and a code.
func offered(text string) string { return regexp.MustCompile(`\S+ \d{4}`).FindString(text) }

// TestSMSOffersWhatIsUnderstood, in every language.
func TestSMSOffersWhatIsUnderstood(t *testing.T) {
	for _, locale := range []string{"en", "de"} {
		m := page()
		m.Locale = locale
		c := newCounterpart(t)
		_, err := c.open(t).SMS().Notify(t.Context(), m)
		require.NoError(t, err)
		_, code, ok := twilio.ParseReply(offered(c.forms[0].Get("Body")))
		require.True(t, ok)
		require.Equal(t, m.Code(), code)
	}
}

func TestSMSByMessagingService(t *testing.T) {
	c := newCounterpart(t)
	config := c.config()
	config.From = "MG00112233445566778899aabbccddeeff"
	a, err := twilio.New(config)
	require.NoError(t, err)
	require.Nil(t, a.Voice(), "there is no number to call from")
	_, err = a.SMS().Notify(t.Context(), page())
	require.NoError(t, err)
	require.Equal(t, config.From, c.forms[0].Get("MessagingServiceSid"))
	require.NotContains(t, c.forms[0], "From")
}

// twiML is what we write, as a reader of XML sees it.
type twiML struct {
	XMLName xml.Name `xml:"Response"`
	Message string
	Gather  *struct {
		Input               string   `xml:"input,attr"`
		NumDigits           int      `xml:"numDigits,attr"`
		Timeout             int      `xml:"timeout,attr"`
		ActionOnEmptyResult bool     `xml:"actionOnEmptyResult,attr"`
		Action              string   `xml:"action,attr"`
		Say                 []spoken `xml:"Say"`
	}
	Say    []spoken `xml:"Say"`
	Hangup *struct{}
}

type spoken struct {
	Language string `xml:"language,attr"`
	Loop     int    `xml:"loop,attr"`
	Text     string `xml:",chardata"`
}

func parse(t *testing.T, document string) (r twiML) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	d.Strict = true
	require.NoError(t, d.Decode(&r), document)
	return r
}

func TestCall(t *testing.T) {
	c := newCounterpart(t)
	m := page()
	m.Locale = "de-AT"
	m.Summary = `disk <full> & "hot"`
	_, err := c.open(t).Voice().Notify(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, []string{"POST /2010-04-01/Accounts/" + account + "/Calls.json"}, c.paths)
	r := parse(t, c.forms[0].Get("Twiml"))
	require.NotNil(t, r.Gather)
	require.Equal(t, 1, r.Gather.NumDigits)
	require.True(t, r.Gather.ActionOnEmptyResult)
	require.Len(t, r.Gather.Say, 1)
	require.Equal(t, 2, r.Gather.Say[0].Loop)
	require.Equal(t, "de-DE", r.Gather.Say[0].Language)
	require.Contains(t, r.Gather.Say[0].Text, `disk <full> & "hot"`)
	require.Contains(t, r.Gather.Say[0].Text, "Drücke 4")
	require.Len(t, r.Say, 1)
	action, err := url.Parse(r.Gather.Action)
	require.NoError(t, err)
	require.Equal(t, "/channels/twilio/gather", action.Path)
	require.Equal(t, "ada", action.Query().Get("user"))
	require.Equal(t, "a1", action.Query().Get("alert"))
}

// TestCallIsNeverTooLong: the API refuses a document of more than 4000 characters, and with it the call.
func TestCallIsNeverTooLong(t *testing.T) {
	c := newCounterpart(t)
	for _, r := range []string{"x", "&", "ü", "電", "🔥", "\x00", "]]>"} {
		m := page()
		m.Summary = strings.Repeat(r, 5000)
		_, err := c.open(t).Voice().Notify(t.Context(), m)
		require.NoError(t, err)
		document := c.forms[len(c.forms)-1].Get("Twiml")
		require.LessOrEqual(t, len(document), 4000)
		require.NotNil(t, parse(t, document).Gather)
	}
}

// TestCallAboutNothingToAnswer asks for no key.
func TestCallAboutNothingToAnswer(t *testing.T) {
	c := newCounterpart(t)
	m := page()
	m.Kind = notify.KindResolved
	_, err := c.open(t).Voice().Notify(t.Context(), m)
	require.NoError(t, err)
	r := parse(t, c.forms[0].Get("Twiml"))
	require.Nil(t, r.Gather)
	require.Equal(t, 2, r.Say[0].Loop)
}

// TestRefusals: what is about the recipient is final; what the operator can mend is not.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status, code int
		permanent    bool
	}{
		{400, 21211, true},  // no valid number
		{400, 21614, true},  // not a mobile number
		{400, 21610, true},  // replied STOP
		{400, 21408, false}, // the region is not switched on
		{400, 21606, false}, // the sender's number is not the account's
		{400, 21609, false}, // the callback is not an address that it takes
		{401, 20003, false}, // a wrong token
		{403, 20005, false}, // the account is suspended
		{404, 20404, false}, // a wrong account
		{429, 20429, false},
		{500, 20500, false},
	} {
		counterpart := newCounterpart(t)
		counterpart.status, counterpart.code = c.status, c.code
		_, err := counterpart.open(t).SMS().Notify(t.Context(), page())
		require.Error(t, err)
		require.Equal(t, c.permanent, errors.Is(err, notify.ErrPermanent), "%d: %v", c.code, err)
		for _, secret := range []string{phone, number, token, account} {
			require.NotContains(t, err.Error(), secret)
		}
	}
}

func TestTooMany(t *testing.T) {
	c := newCounterpart(t)
	c.status, c.code, c.retryAfter = 429, 20429, "7"
	_, err := c.open(t).SMS().Notify(t.Context(), page())
	later, ok := errors.AsType[*notify.RetryError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 7*time.Second, later.After)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	c := newCounterpart(t)
	c.status = http.StatusTemporaryRedirect
	_, err := c.open(t).SMS().Notify(t.Context(), page())
	require.Error(t, err)
	require.Len(t, c.paths, 1)
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	_, err := twilio.New(twilio.Config{Account: "AC/../x", VoiceFrom: "030", BaseURL: "ftp://x", Callback: "https://u:p@x/"})
	for _, field := range []string{"Account", "Token", "VoiceFrom", "BaseURL", "Callback"} {
		require.ErrorContains(t, err, "twilio: Config."+field)
	}
}

func TestNumbers(t *testing.T) {
	for _, s := range []string{"+4930123456", "+15005550006", "+123456789012345"} {
		require.True(t, twilio.IsNumber(s), s)
	}
	for _, s := range []string{"", "+", "4930123456", "+0301234567", "+123456", "+1234567890123456", "+49 30 123456", "+4930123456\x00",
		"+49301234५6"} {
		require.False(t, twilio.IsNumber(s), s)
	}
}
