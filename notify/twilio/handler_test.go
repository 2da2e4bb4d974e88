package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/twilio"
)

// signature is that of the provider's documentation, written once more.
func signature(token, address string, form url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		address += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends what the provider posts to an address under the callback.
func post(t *testing.T, h http.Handler, path string, form url.Values) *http.Response {
	t.Helper()
	return postSigned(t, h, path, form, signature(token, callback+path, form))
}

func postSigned(t *testing.T, h http.Handler, path string, form url.Values, signature string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestReplyAcknowledges(t *testing.T) {
	d := &desk{text: "Acknowledged: disk <full> & hot."}
	h := twilio.Handler(d, nil, newCounterpart(t).open(t))
	form := url.Values{"From": {phone}, "To": {number}, "Body": {" 4 1234. "}, "MessageSid": {"SM1"}, "AccountSid": {account}}
	res := post(t, h, "/sms", form)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "text/xml; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, d.text, parse(t, bodyOf(t, res)).Message)
	require.Equal(t, []notify.Answer{{Channel: "sms", Event: "SM1", Action: notify.ActionAcknowledge, From: phone, Code: "1234"}}, d.said())
}

// TestReplyThatCouldNotBeRecorded tells so: silence would be taken for an acknowledgement.
func TestReplyThatCouldNotBeRecorded(t *testing.T) {
	d := &desk{err: errors.New("no database")}
	h := twilio.Handler(d, nil, newCounterpart(t).open(t))
	res := post(t, h, "/sms", url.Values{"From": {phone}, "Body": {"4"}, "MessageSid": {"SM1"}})
	require.Contains(t, parse(t, bodyOf(t, res)).Message, "could not be recorded")
}

func TestReplyThatIsNotUnderstood(t *testing.T) {
	d := &desk{}
	h := twilio.Handler(d, nil, newCounterpart(t).open(t))
	say := func(from, body string) string {
		return parse(t, bodyOf(t, post(t, h, "/sms", url.Values{"From": {from}, "Body": {body}}))).Message
	}
	require.Contains(t, say(phone, "what?"), "Reply 4")
	require.Empty(t, say(phone, "what?"), "two machines would talk to each other for ever")
	require.Contains(t, say("+4917099", "what?"), "Reply 4")
	require.Empty(t, say("+4917000", "STOP"), "the provider answers that itself")
	require.Empty(t, d.said())
}

// TestSignature: nothing that the account's token has not signed gets through, whatever it is.
func TestSignature(t *testing.T) {
	d := &desk{text: "done"}
	h := twilio.Handler(d, nil, newCounterpart(t).open(t))
	path := "/gather?alert=a1&message=m1&user=ada"
	form := url.Values{"CallSid": {"CA1"}, "Digits": {"4"}, "To": {phone}}
	good := signature(token, callback+path, form)
	for name, try := range map[string]func() *http.Response{
		"none":           func() *http.Response { return postSigned(t, h, path, form, "") },
		"another token":  func() *http.Response { return postSigned(t, h, path, form, signature("x", callback+path, form)) },
		"another person": func() *http.Response { return postSigned(t, h, strings.Replace(path, "ada", "ben", 1), form, good) },
		"another path": func() *http.Response {
			return postSigned(t, h, strings.Replace(path, "gather", "status", 1), form, good)
		},
		"another key": func() *http.Response {
			return postSigned(t, h, path, url.Values{"CallSid": {"CA1"}, "Digits": {"6"}, "To": {phone}}, good)
		},
		"a field more": func() *http.Response {
			return postSigned(t, h, path, url.Values{"CallSid": {"CA1"}, "Digits": {"4"}, "To": {phone}, "X": {""}}, good)
		},
	} {
		require.Equal(t, 403, try().StatusCode, name)
	}
	require.Empty(t, d.said())
	require.Equal(t, 200, postSigned(t, h, path, form, good).StatusCode)
	withPort := signature(token, strings.Replace(callback, ".com", ".com:443", 1)+path, form)
	require.Equal(t, 200, postSigned(t, h, path, form, withPort).StatusCode, "the provider may sign the port too")
}

// TestSeveralAccounts: what any of them has signed is taken.
func TestSeveralAccounts(t *testing.T) {
	c := newCounterpart(t)
	other := c.config()
	other.Account, other.Token = "AC2", "another"
	second, err := twilio.New(other)
	require.NoError(t, err)
	h := twilio.Handler(&desk{}, nil, c.open(t), second)
	form := url.Values{"MessageStatus": {"delivered"}}
	require.Equal(t, 204, postSigned(t, h, "/status?message=m", form, signature("another", callback+"/status?message=m", form)).StatusCode)
}

func TestNotAForm(t *testing.T) {
	h := twilio.Handler(&desk{}, nil, newCounterpart(t).open(t))
	for _, c := range []struct {
		method, path, kind, body string
		want                     int
	}{
		{"GET", "/sms", "", "", 405},
		{"POST", "/", "", "", 404},
		{"POST", "/sms", "application/json", "{}", 415},
		{"POST", "/sms", "application/x-www-form-urlencoded", "a=%zz", 400},
		{"POST", "/sms", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 70_000), 400},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, c.want, w.Code, "%s %s %s", c.method, c.path, c.kind)
	}
}

// TestCallStory follows a call: nobody understands the first time, the key 7 means nothing, 4 acknowledges.
func TestCallStory(t *testing.T) {
	c, d := newCounterpart(t), &desk{text: "Acknowledged."}
	a := c.open(t)
	h := twilio.Handler(d, nil, a)
	_, err := a.Voice().Notify(t.Context(), page())
	require.NoError(t, err)
	said := parse(t, c.forms[0].Get("Twiml"))
	press := func(key string) twiML {
		path := strings.TrimPrefix(said.Gather.Action, callback)
		said = parse(t, bodyOf(t, post(t, h, path, url.Values{"CallSid": {"CA1"}, "To": {phone}, "Digits": {key}})))
		return said
	}
	first := said.Gather.Say[0].Text
	require.Equal(t, first, press("1").Gather.Say[0].Text, "says the same again")
	require.Contains(t, press("7").Gather.Say[0].Text, "no meaning")
	require.Empty(t, d.said())
	require.Equal(t, "Acknowledged.", press("4").Say[0].Text)
	require.NotNil(t, said.Hangup)
	require.Equal(t, []notify.Answer{{Channel: "voice", Event: "CA1/ack", Action: notify.ActionAcknowledge,
		Alert: "a1", User: "ada", From: phone}}, d.said())
	require.Equal(t, []notify.Delivered{{Alert: "a1", Message: "m/1?&", State: notify.Read}}, d.receipts())
}

// TestVoicemail: who presses nothing has read nothing.
func TestVoicemail(t *testing.T) {
	c, d := newCounterpart(t), &desk{}
	h := twilio.Handler(d, nil, c.open(t))
	for path, form := range map[string]url.Values{
		"/gather?alert=a1&message=m1&user=ada": {"CallSid": {"CA1"}},
		"/status?alert=a1&message=m1":          {"CallSid": {"CA1"}, "CallStatus": {"completed"}, "CallDuration": {"31"}},
	} {
		require.Less(t, post(t, h, path, form).StatusCode, 300)
	}
	require.Empty(t, d.said())
	require.Empty(t, d.receipts())
}

// TestCallAsksOnlySoOften: a machine at the other end cannot keep a call up for ever.
func TestCallAsksOnlySoOften(t *testing.T) {
	h := twilio.Handler(&desk{}, nil, newCounterpart(t).open(t))
	for _, round := range []string{"4", "99", "-1", "x", ""} {
		res := post(t, h, "/gather?round="+round, url.Values{"Digits": {"1"}})
		require.NotNil(t, parse(t, bodyOf(t, res)).Hangup, round)
	}
}

// TestKeyThatCouldNotBeRecorded asks again.
func TestKeyThatCouldNotBeRecorded(t *testing.T) {
	d := &desk{err: errors.New("no database")}
	h := twilio.Handler(d, nil, newCounterpart(t).open(t))
	said := parse(t, bodyOf(t, post(t, h, "/gather?alert=a1&round=0", url.Values{"Digits": {"4"}, "CallSid": {"CA1"}})))
	require.Contains(t, said.Gather.Say[0].Text, "could not be recorded")
	require.Empty(t, d.receipts())
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		field, status string
		want          notify.DeliveryState
		reason        string
	}{
		{"MessageStatus", "queued", "", ""},
		{"MessageStatus", "sent", "", ""},
		{"MessageStatus", "delivered", notify.ReachedDevice, ""},
		{"MessageStatus", "read", notify.Read, ""},
		{"MessageStatus", "undelivered", notify.Undelivered, "twilio: undelivered (error 30003)"},
		{"MessageStatus", "failed", notify.Undelivered, "twilio: failed (error 30003)"},
		{"CallStatus", "ringing", "", ""},
		{"CallStatus", "completed", "", ""},
		{"CallStatus", "busy", notify.Undelivered, "twilio: busy (error 30003)"},
		{"CallStatus", "no-answer", notify.Undelivered, "twilio: no-answer (error 30003)"},
		{"CallStatus", "failed", notify.Undelivered, "twilio: failed (error 30003)"},
		{"CallStatus", "canceled", notify.Undelivered, "twilio: canceled (error 30003)"},
	} {
		d := &desk{}
		h := twilio.Handler(d, nil, newCounterpart(t).open(t))
		res := post(t, h, "/status?alert=a1&message=m1", url.Values{c.field: {c.status}, "ErrorCode": {"30003"}, "To": {phone}})
		require.Equal(t, 204, res.StatusCode)
		if c.want == "" {
			require.Empty(t, d.receipts(), c.status)
			continue
		}
		require.Equal(t, []notify.Delivered{{Alert: "a1", Message: "m1", State: c.want, Error: c.reason}}, d.receipts(), c.status)
	}
}

func TestStatusThatCouldNotBeRecorded(t *testing.T) {
	h := twilio.Handler(&desk{err: errors.New("no database")}, nil, newCounterpart(t).open(t))
	res := post(t, h, "/status?alert=a1&message=m1", url.Values{"MessageStatus": {"delivered"}})
	require.Equal(t, 503, res.StatusCode)
}
