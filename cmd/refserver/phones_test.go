package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
)

const phonesYAML = `
users:
  - id: ada
    contacts:
      - {id: sms, channel: sms, address: "+491701234567"}
      - {id: call, channel: voice, address: "+491701234567"}
    rules: {high: [{after: 0s, contact: sms}, {after: 1h, contact: call}]}
policies:
  - {id: once, levels: [{targets: ["user:ada"], timeout: 1h, repeat: {every: 1h, attempts: 1}}]}
services: [{id: shop, policy: once}]
sources: [{id: gen, type: generic, service: shop, key: key-of-gen}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels:
  twilio:
    - {account: AC1, token: token-1, from: "+4930111111", base_url: "PROVIDER/first"}
    - {account: AC2, token: token-2, from: "+4930222222", base_url: "PROVIDER/second"}
catch_all: "user:ada"
`

// provider is two gateways that speak Twilio's API. The first is down.
type provider struct {
	*httptest.Server
	sent chan url.Values // with Resource, Messages.json or Calls.json
}

func newProvider(t *testing.T) *provider {
	p := &provider{sent: make(chan url.Values, 16)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/first/") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if user, password, _ := r.BasicAuth(); user != "AC2" || password != "token-2" || r.ParseForm() != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.PostForm.Set("Resource", filepath.Base(r.URL.Path))
		p.sent <- r.PostForm
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"XX1","status":"queued"}`)
	}))
	t.Cleanup(p.Close)
	return p
}

// next waits for a message or a call.
func (p *provider) next(t *testing.T, resource string) url.Values {
	t.Helper()
	select {
	case form := <-p.sent:
		require.Equal(t, resource, form.Get("Resource"))
		return form
	case <-time.After(20 * time.Second):
		require.Fail(t, "nothing was sent")
		return nil
	}
}

// tell posts what the provider would, signed with a token, and returns the answer.
func tell(t *testing.T, token, address string, form url.Values) (status int, said string) {
	t.Helper()
	signed := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signed))
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

// TestPhonesTwoWays: the first account is down, so the second sends an SMS; a reply acknowledges. The next SMS does not
// arrive, so the phone rings at once, an hour before its time; a key acknowledges.
func TestPhonesTwoWays(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(phonesYAML, "PROVIDER", p.URL))
	_, base := serveOn(t, conf, "memory:", "127.0.0.1:0")
	callback := base + "/channels/twilio"
	acknowledged := func() (n int) {
		status, body := client{t, base, "ops-token"}.do(http.MethodGet, "/api/v1/alerts?state=acknowledged", "")
		require.Equal(t, http.StatusOK, status)
		var list struct {
			Alerts []struct {
				By string `json:"acknowledged_by"`
			} `json:"alerts"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &list))
		for _, a := range list.Alerts {
			require.Equal(t, "ada", a.By)
		}
		return len(list.Alerts)
	}

	require.True(t, send(t.Context(), base, "a"))
	sms := p.next(t, "Messages.json")
	require.Equal(t, "+4930222222", sms.Get("From"))
	code := regexp.MustCompile(`\d{4}`).FindString(sms.Get("Body"))
	require.NotEmpty(t, code, sms.Get("Body"))
	reply := url.Values{"From": {"+491701234567"}, "To": {"+4930222222"}, "Body": {"4 " + code}, "MessageSid": {"SM1"}}
	status, _ := tell(t, "guessed", callback+"/sms", reply)
	require.Equal(t, http.StatusForbidden, status)
	require.Zero(t, acknowledged())
	status, said := tell(t, "token-2", callback+"/sms", reply)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, said, "<Message>")
	require.Equal(t, 1, acknowledged())

	require.True(t, send(t.Context(), base, "b"))
	sms = p.next(t, "Messages.json")
	status, _ = tell(t, "token-2", sms.Get("StatusCallback"), url.Values{"MessageStatus": {"undelivered"}, "ErrorCode": {"30003"}})
	require.Equal(t, http.StatusNoContent, status)
	call := p.next(t, "Calls.json")
	var document struct {
		Gather struct {
			Action string `xml:"action,attr"`
		}
	}
	require.NoError(t, xml.Unmarshal([]byte(call.Get("Twiml")), &document))
	status, said = tell(t, "token-2", document.Gather.Action, url.Values{"CallSid": {"CA1"}, "To": {"+491701234567"}, "Digits": {"4"}})
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, said, "<Hangup>")
	require.Equal(t, 2, acknowledged())
}

// TestChannelThatIsNotSetUp takes nothing in.
func TestChannelThatIsNotSetUp(t *testing.T) {
	t.Parallel()
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", "http://127.0.0.1:1"))
	_, base := serveOn(t, conf, "memory:", "127.0.0.1:0")
	status, _ := tell(t, "", base+"/channels/twilio/sms", url.Values{"Body": {"4"}})
	require.Equal(t, http.StatusNotFound, status)
}

// roundTripper sends every request to one server.
type roundTripper struct{ host string }

func (r roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = "http", r.host
	return http.DefaultTransport.RoundTrip(req)
}

// TestTelegram runs that service of nikoksr/notify against a server that answers as Telegram's does.
func TestTelegram(t *testing.T) {
	t.Parallel()
	const token = "4711:bot-token"
	var path string
	var form url.Values
	answer := `{"ok":true,"result":{"message_id":1,"chat":{"id":42}}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		path, form = r.URL.Path, r.PostForm
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	open := func(host string) notify.Notifier {
		all, err := newChats([]config.Service{{Name: "chat", Service: "telegram", Token: token}}, nil,
			&http.Client{Transport: roundTripper{host}})
		require.NoError(t, err)
		return all["chat"]
	}
	m := notify.Message{ID: "m1", Kind: notify.KindPage, User: "ada", Alert: "a1", Zone: time.UTC, Summary: "disk <full>",
		AckURL: "https://oncall.example.com/a/x?b=1&c=2", Contact: notify.Contact{ID: "chat", Channel: "chat", Address: "42"}}
	n := open(server.Listener.Addr().String())
	_, err := n.Notify(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, "/bot"+token+"/sendMessage", path)
	require.Equal(t, "42", form.Get("chat_id"))
	require.Equal(t, "HTML", form.Get("parse_mode"))
	require.Contains(t, form.Get("text"), "disk &lt;full&gt;")
	require.Contains(t, form.Get("text"), "https://oncall.example.com/a/x?b=1&amp;c=2")

	answer = `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`
	_, err = n.Notify(t.Context(), m)
	require.ErrorContains(t, err, "chat not found")

	server.Close()
	_, err = n.Notify(t.Context(), m)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "bot-token", "the library's errors quote the address, and the token in it")

	m.Contact.Address = "@ada"
	_, err = n.Notify(t.Context(), m)
	require.ErrorIs(t, err, notify.ErrPermanent)
}
