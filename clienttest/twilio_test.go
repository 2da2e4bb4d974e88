package clienttest

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	twilioclient "github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/twilio"
)

const (
	twilioSID      = "AC00112233445566778899aabbccddeeff"
	twilioToken    = "0123456789abcdef0123456789abcdef"
	twilioCallback = "https://oncall.example.com/channels/twilio"
)

// exchange is one request at the counterpart.
type exchange struct {
	method, path, kind, user, password string
	form                               url.Values
}

// newTwilio returns a counterpart that accepts everything, and an account whose requests go there.
func newTwilio(t *testing.T) (*httptest.Server, *twilio.Account, func() exchange) {
	t.Helper()
	var last exchange
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		user, password, _ := r.BasicAuth()
		last = exchange{r.Method, r.URL.Path, r.Header.Get("Content-Type"), user, password, r.PostForm}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"XX1","status":"queued"}`)
	}))
	t.Cleanup(server.Close)
	a, err := twilio.New(twilio.Config{Account: twilioSID, Token: twilioToken, From: "+15005550006", BaseURL: server.URL,
		Callback: twilioCallback})
	require.NoError(t, err)
	return server, a, func() exchange { return last }
}

func twilioPage() notify.Message {
	return notify.Message{ID: "m/1", Kind: notify.KindPage, User: "ada", Zone: time.UTC, Alert: "a1", Service: "Shop & Söhne",
		Summary: "disk <full>", Contact: notify.Contact{ID: "phone", Channel: "sms", Address: "+491701234567"}}
}

// elsewhere sends every request to one server.
type elsewhere struct{ host string }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", e.host
	return http.DefaultTransport.RoundTrip(r)
}

// TestTwilioRequests: what we send is what Twilio's own library sends that is told the same.
func TestTwilioRequests(t *testing.T) {
	server, account, last := newTwilio(t)
	c := &twilioclient.Client{Credentials: twilioclient.NewCredentials(twilioSID, twilioToken),
		HTTPClient: &http.Client{Transport: elsewhere{server.Listener.Addr().String()}}}
	c.SetAccountSid(twilioSID)
	theirs := openapi.NewApiServiceWithClient(c)

	_, err := account.SMS().Notify(t.Context(), twilioPage())
	require.NoError(t, err)
	ours := last()
	message := new(openapi.CreateMessageParams).SetTo(ours.form.Get("To")).SetFrom(ours.form.Get("From")).
		SetBody(ours.form.Get("Body")).SetStatusCallback(ours.form.Get("StatusCallback"))
	_, err = theirs.CreateMessage(message)
	require.NoError(t, err)
	require.Equal(t, last(), ours)

	_, err = account.Voice().Notify(t.Context(), twilioPage())
	require.NoError(t, err)
	ours = last()
	call := new(openapi.CreateCallParams).SetTo(ours.form.Get("To")).SetFrom(ours.form.Get("From")).
		SetTwiml(ours.form.Get("Twiml")).SetStatusCallback(ours.form.Get("StatusCallback"))
	_, err = theirs.CreateCall(call)
	require.NoError(t, err)
	require.Equal(t, last(), ours)
}

// library is what the script twilio.cjs is told.
type library struct {
	Token    string    `json:"token"`
	Requests []request `json:"requests"`
	Language string    `json:"language"`
	Say      string    `json:"say"`
	Action   string    `json:"action"`
	Goodbye  string    `json:"goodbye"`
	Message  string    `json:"message"`
}

type request struct {
	URL    string            `json:"url"`
	Params map[string]string `json:"params"`
}

// libraryAnswer is what the script says.
type libraryAnswer struct {
	Signatures []string
	Call, SMS  string
}

func (l library) ask(t *testing.T) (answer libraryAnswer) {
	t.Helper()
	node := need(t, "apt install nodejs npm", "node")
	needPackage(t, "twilio")
	in, err := json.Marshal(l)
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), node, "npm/twilio.cjs")
	c.Stdin, c.Stderr = bytes.NewReader(in), os.Stderr
	out, err := c.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &answer))
	return answer
}

// desk takes everything.
type desk struct{ answers []notify.Answer }

func (d *desk) Answer(_ context.Context, a notify.Answer) (notify.Answered, error) {
	d.answers = append(d.answers, a)
	return notify.Answered{Done: true, Text: `Acknowledged: "disk <full>" & Söhne`}, nil
}

func (d *desk) Delivered(context.Context, notify.Delivered) error { return nil }

// TestTwilioSignatures: what Twilio's own library has signed is taken, and nothing that was changed after that; its
// validator for Go agrees each time.
func TestTwilioSignatures(t *testing.T) {
	_, account, last := newTwilio(t)
	_, err := account.SMS().Notify(t.Context(), twilioPage())
	require.NoError(t, err)
	status := last().form.Get("StatusCallback")
	requests := []request{
		{twilioCallback + "/sms", map[string]string{"From": "+491701234567", "Body": "4 1234 Ü & ? + =", "MessageSid": "SM1", "Empty": ""}},
		{status, map[string]string{"MessageStatus": "delivered", "MessageSid": "SM1", "AccountSid": twilioSID}},
		{twilioCallback + "/gather?alert=a1&text=disk+%3Cfull%3E&user=ada", map[string]string{"Digits": "4", "CallSid": "CA1"}},
	}
	signatures := library{Token: twilioToken, Requests: requests}.ask(t).Signatures
	require.Len(t, signatures, len(requests))
	validator := twilioclient.NewRequestValidator(twilioToken)
	h := twilio.Handler(&desk{}, nil, account)
	taken := func(r request, signature string) bool {
		form := url.Values{}
		for name, value := range r.Params {
			form.Set(name, value)
		}
		req := httptest.NewRequest(http.MethodPost, strings.TrimPrefix(r.URL, twilioCallback), strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		ours := w.Code != http.StatusForbidden
		require.Equal(t, validator.Validate(r.URL, r.Params, signature), ours, "%v", r)
		return ours
	}
	for i, r := range requests {
		require.True(t, taken(r, signatures[i]), "%v", r)
		require.False(t, taken(r, signatures[(i+1)%len(signatures)]), "the signature of another")
		r.Params["Digits"] = "6"
		require.False(t, taken(r, signatures[i]), "another key")
		delete(r.Params, "Digits")
		r.URL = strings.Replace(r.URL+"?", "?", "?user=ben&", 1)
		require.False(t, taken(r, signatures[i]), "another address")
	}
}

// document is TwiML, without regard to how it is laid out.
type document struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []document `xml:",any"`
}

func parseTwiML(t *testing.T, text string) document {
	t.Helper()
	var d document
	require.NoError(t, xml.Unmarshal([]byte(text), &d))
	d.sort()
	return d
}

func (d *document) sort() {
	for i, a := range d.Attrs {
		for j := i; j > 0 && a.Name.Local < d.Attrs[j-1].Name.Local; j-- {
			d.Attrs[j-1], d.Attrs[j] = d.Attrs[j], d.Attrs[j-1]
		}
	}
	for i := range d.Children {
		d.Children[i].sort()
	}
}

// child returns the first child of some names, each within the one before.
func (d document) child(names ...string) document {
	for _, name := range names {
		for _, c := range d.Children {
			if c.XMLName.Local == name {
				d = c
				break
			}
		}
	}
	return d
}

func (d document) attr(name string) string {
	for _, a := range d.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// TestTwiML: our documents are those that Twilio's own library writes that is told the same.
func TestTwiML(t *testing.T) {
	_, account, last := newTwilio(t)
	_, err := account.Voice().Notify(t.Context(), twilioPage())
	require.NoError(t, err)
	ours := parseTwiML(t, last().form.Get("Twiml"))
	gather := ours.child("Gather")
	d := &desk{}
	h := twilio.Handler(d, nil, account)

	form := url.Values{"From": {"+491701234567"}, "Body": {"4"}, "MessageSid": {"SM1"}}
	l := library{Token: twilioToken, Language: gather.child("Say").attr("language"), Say: gather.child("Say").Text,
		Action: gather.attr("action"), Goodbye: ours.child("Say").Text, Message: `Acknowledged: "disk <full>" & Söhne`,
		Requests: []request{{twilioCallback + "/sms", map[string]string{"From": "+491701234567", "Body": "4", "MessageSid": "SM1"}}}}
	theirs := l.ask(t)
	require.Equal(t, parseTwiML(t, theirs.Call), ours)

	req := httptest.NewRequest(http.MethodPost, "/sms", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", theirs.Signatures[0])
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, parseTwiML(t, theirs.SMS), parseTwiML(t, w.Body.String()))
	require.Len(t, d.answers, 1)
}
