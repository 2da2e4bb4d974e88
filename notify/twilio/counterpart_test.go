package twilio_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/twilio"
)

const (
	account  = "AC00112233445566778899aabbccddeeff"
	token    = "0123456789abcdef0123456789abcdef"
	callback = "https://oncall.example.com/channels/twilio"
	number   = "+4930987654"
	phone    = "+491701234567"
)

// counterpart answers as Twilio does: 201 with a resource, or a refusal with an error code in JSON.
type counterpart struct {
	*httptest.Server
	status, code int // of refusals; zero accepts
	retryAfter   string

	mu    sync.Mutex
	forms []url.Values
	paths []string
	auths []string
}

func newCounterpart(t *testing.T) *counterpart {
	t.Helper()
	c := &counterpart{}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *counterpart) serve(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	user, password, _ := r.BasicAuth()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms = append(c.forms, r.PostForm)
	c.paths = append(c.paths, r.Method+" "+r.URL.Path)
	c.auths = append(c.auths, user+":"+password)
	w.Header().Set("Content-Type", "application/json")
	if c.status != 0 {
		w.Header().Set("Retry-After", c.retryAfter)
		w.WriteHeader(c.status)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": c.code, "status": c.status,
			"message":   "The 'To' number " + r.PostForm.Get("To") + " is not right, says " + user + password,
			"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", c.code)})
		return
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"sid": "SM0123456789abcdef", "status": "queued", "error_code": nil})
}

func (c *counterpart) config() twilio.Config {
	return twilio.Config{Account: account, Token: token, From: number, BaseURL: c.URL, Callback: callback}
}

// open returns an account of the counterpart.
func (c *counterpart) open(t *testing.T) *twilio.Account {
	t.Helper()
	a, err := twilio.New(c.config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

func page() notify.Message {
	return notify.Message{
		ID: "m/1?&", Kind: notify.KindPage, User: "ada", Zone: time.UTC, Alert: "a1", Locale: "en",
		Contact: notify.Contact{ID: "phone", Channel: "sms", Address: phone},
		Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "Checkout", Level: 1, Attempt: 1,
	}
}

func TestSMSConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: cases(), Open: opener((*twilio.Account).SMS)})
}

func TestVoiceConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: cases(), Open: opener((*twilio.Account).Voice)})
}

// cases are those of HTTP, but for what is the operator's to mend.
func cases() []notifytest.Case {
	all := notifytest.HTTPCases(time.Now())
	for i, c := range all {
		switch c.Answer.Code {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			all[i].Want = notifytest.Transient
		}
	}
	return all
}

func opener(channel func(*twilio.Account) notify.Notifier) func(notifytest.Script) (*notifytest.Rig, error) {
	return func(s notifytest.Script) (*notifytest.Rig, error) {
		rig, address := notifytest.HTTP(s, func(_ *http.Request, body []byte) string {
			form, _ := url.ParseQuery(string(body))
			back, _ := url.Parse(form.Get("StatusCallback"))
			return cmp.Or(back, &url.URL{}).Query().Get("message")
		})
		rig.Contact = notify.Contact{ID: "phone", Channel: "sms", Address: phone}
		rig.Secrets = []string{phone, number, token, account}
		a, err := twilio.New(twilio.Config{Account: account, Token: token, From: number, BaseURL: address, Callback: callback})
		if err != nil {
			return nil, err
		}
		stop := rig.Close
		rig.Close = func() { _ = a.Close(); stop() }
		rig.Notifier = channel(a)
		return rig, nil
	}
}

// desk remembers what it was told, and says what it is to say.
type desk struct {
	mu        sync.Mutex
	answers   []notify.Answer
	delivered []notify.Delivered
	text      string
	err       error
}

var _ notify.Desk = (*desk)(nil)

func (d *desk) Answer(_ context.Context, a notify.Answer) (notify.Answered, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers = append(d.answers, a)
	return notify.Answered{Done: d.err == nil, Alert: a.Alert, Text: d.text}, d.err
}

func (d *desk) Delivered(_ context.Context, r notify.Delivered) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delivered = append(d.delivered, r)
	return d.err
}

func (d *desk) said() []notify.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answers
}

func (d *desk) receipts() []notify.Delivered {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.delivered
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(body)
}
