package ntfy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/ntfy"
	"github.com/watchbill/watchbill/notify/words"
)

// TestConformance: a contact with a secret of its own.
func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: notifytest.HTTPCases(time.Now()), Open: open(false)})
}

// TestConformanceWithTheServersToken: a refusal of what the operator has configured is no fault of the contact.
func TestConformanceWithTheServersToken(t *testing.T) {
	cases := notifytest.HTTPCases(time.Now())
	for i, c := range cases {
		if c.Answer.Code == http.StatusUnauthorized || c.Answer.Code == http.StatusForbidden {
			cases[i].Want = notifytest.Transient
		}
	}
	notifytest.Run(t, notifytest.Subject{Cases: cases, Open: open(true)})
}

func open(own bool) func(notifytest.Script) (*notifytest.Rig, error) {
	return func(s notifytest.Script) (*notifytest.Rig, error) {
		rig, url := notifytest.HTTP(s, func(_ *http.Request, body []byte) string {
			var p published
			_ = json.Unmarshal(body, &p)
			return p.SequenceID
		})
		rig.Contact = notify.Contact{ID: "phone", Channel: "ntfy", Address: url + "/canary-path/canary-topic", Secret: "canary-user:canary-password"}
		config := ntfy.Config{Token: "tk_canary_token"}
		if own {
			rig.Contact.Address, rig.Contact.Secret = "canary-topic", ""
			config.Server = url
		}
		rig.Secrets = []string{"canary-path", "canary-topic", "canary-user", "canary-password", "tk_canary_token",
			"Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3N3b3Jk"}
		n, err := ntfy.New(config)
		rig.Notifier = n
		return rig, err
	}
}

// published is what ntfy's server reads of a publication.
type published struct {
	Topic      string   `json:"topic"`
	Title      string   `json:"title"`
	Message    string   `json:"message"`
	Priority   int      `json:"priority"`
	Tags       []string `json:"tags"`
	Click      string   `json:"click"`
	SequenceID string   `json:"sequence_id"`
	Actions    []struct {
		Action  string            `json:"action"`
		Label   string            `json:"label"`
		URL     string            `json:"url"`
		Method  string            `json:"method"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
		Clear   bool              `json:"clear"`
	} `json:"actions"`
}

// server is a counterpart that refuses what ntfy's server refuses, and turns nothing into an attachment.
type server struct {
	*httptest.Server
	got    chan published
	header chan http.Header
}

func started(t *testing.T) server {
	s := server{got: make(chan published, 10), header: make(chan http.Header, 10)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := accept(r)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"code":40017,"http":400,"error":%q}`, err)
			return
		}
		s.got <- p
		s.header <- r.Header
		_, _ = fmt.Fprintf(w, `{"id":"PW6SQqesKz98","time":1795326318,"event":"message","topic":%q}`, p.Topic)
	}))
	t.Cleanup(s.Close)
	return s
}

var name = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

// accept checks a request against the bounds of ntfy 2.13, which are stricter than those of later ones.
func accept(r *http.Request) (p published, err error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return p, err
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	err = d.Decode(&p)
	switch {
	case err != nil:
		return p, err
	case r.Method != http.MethodPost || r.URL.Path != "/":
		return p, fmt.Errorf("%s %s is not for publishing JSON", r.Method, r.URL.Path)
	case len(body) > 8192 || len(p.Message) > 4096 || p.Message == "":
		return p, fmt.Errorf("%d bytes, of which %d of the message", len(body), len(p.Message))
	case !name.MatchString(p.Topic) || !name.MatchString(p.SequenceID):
		return p, fmt.Errorf("topic %q, sequence %q", p.Topic, p.SequenceID)
	case p.Priority < 1 || p.Priority > 5 || len(p.Actions) > 3 || strings.Contains(p.Title, "\n"):
		return p, fmt.Errorf("priority %d, %d actions, title %q", p.Priority, len(p.Actions), p.Title)
	}
	for _, a := range p.Actions {
		if a.Action != "http" || a.Label == "" || a.URL == "" || slices.Contains([]string{"GET", "HEAD"}, a.Method) {
			return p, fmt.Errorf("action %+v", a)
		}
	}
	return p, nil
}

func message() notify.Message {
	return notify.Message{
		ID: "a1/1", Kind: notify.KindPage, User: "ada", Name: "Ada", Zone: time.UTC, Alert: "a1", Level: 1, Attempt: 1,
		Contact: notify.Contact{ID: "phone", Channel: "ntfy", Address: "oncall-ada"},
		Summary: "disk <90%> full", Service: "Checkout", Severity: watchbill.SeverityCritical, Details: "no space left",
		AckURL: "https://example.com/a/acktoken", Critical: true, At: time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC),
	}
}

func newNotifier(t *testing.T, c ntfy.Config) *ntfy.Notifier {
	t.Helper()
	n, err := ntfy.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestPublication(t *testing.T) {
	s := started(t)
	n := newNotifier(t, ntfy.Config{Server: s.URL, Token: "tk_server"})
	receipt, err := n.Notify(t.Context(), message())
	require.NoError(t, err)
	require.Equal(t, "PW6SQqesKz98", receipt.ProviderID)

	p, header := <-s.got, <-s.header
	require.Equal(t, "Bearer tk_server", header.Get("Authorization"))
	require.Equal(t, "oncall-ada", p.Topic)
	require.Equal(t, "[critical] Checkout: disk <90%> full", p.Title)
	require.Equal(t, "You are on call, and this needs somebody now.\n\nno space left\n\nMon, 5 Jan 2026 12:00:00 UTC, level 1", p.Message)
	require.Equal(t, 5, p.Priority)
	require.Equal(t, []string{"rotating_light"}, p.Tags)
	require.Equal(t, "https://example.com/a/acktoken", p.Click)
	require.Len(t, p.Actions, 3)
	for i, want := range [][2]string{{"Acknowledge", "action=ack"}, {"Escalate", "action=escalate"}, {"Resolve", "action=resolve"}} {
		a := p.Actions[i]
		require.Equal(t, [2]string{a.Label, a.Body}, want)
		require.Equal(t, "https://example.com/a/acktoken", a.URL)
		require.True(t, a.Clear)
		require.Equal(t, map[string]string{"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}, a.Headers)
	}
}

// TestKinds: how loud each kind is, and that only pages have buttons.
func TestKinds(t *testing.T) {
	s := started(t)
	n := newNotifier(t, ntfy.Config{Server: s.URL})
	for _, c := range []struct {
		kind     notify.Kind
		critical bool
		urgency  watchbill.Urgency
		locale   string
		priority int
		tag      string
		buttons  int
		title    string
	}{
		{notify.KindPage, true, watchbill.UrgencyHigh, "de", 5, "rotating_light", 3, "[kritisch] Checkout: disk <90%> full"},
		{notify.KindPage, false, watchbill.UrgencyHigh, "", 4, "rotating_light", 3, "[critical] Checkout: disk <90%> full"},
		{notify.KindPage, false, watchbill.UrgencyLow, "", 3, "warning", 3, "[critical] Checkout: disk <90%> full"},
		{notify.KindUpdate, false, watchbill.UrgencyHigh, "", 3, "speech_balloon", 0, "Update: Checkout: disk <90%> full"},
		{notify.KindResolved, true, watchbill.UrgencyHigh, "de-AT", 2, "white_check_mark", 0, "Erledigt: Checkout: disk <90%> full"},
		{notify.KindSummary, false, watchbill.UrgencyHigh, "", 4, "clipboard", 0, "Summary: Checkout: disk <90%> full"},
		{notify.KindSummary, false, watchbill.UrgencyLow, "", 3, "clipboard", 0, "Summary: Checkout: disk <90%> full"},
	} {
		m := message()
		m.Kind, m.Critical, m.Urgency, m.Locale = c.kind, c.critical, c.urgency, c.locale
		_, err := n.Notify(t.Context(), m)
		require.NoError(t, err)
		p := <-s.got
		require.Equal(t, c.priority, p.Priority)
		require.Equal(t, []string{c.tag}, p.Tags)
		require.Len(t, p.Actions, c.buttons)
		require.Equal(t, c.title, p.Title)
		require.Equal(t, m.AckURL, p.Click)
	}
}

// TestBigMessages: what is too long is shortened, so that nothing becomes an attachment or is refused.
func TestBigMessages(t *testing.T) {
	s := started(t)
	n := newNotifier(t, ntfy.Config{Server: s.URL})
	for _, long := range []string{strings.Repeat("x", 100_000), strings.Repeat("\n\x01\"\\", 20_000), strings.Repeat("磁", 40_000)} {
		m := message()
		m.Summary, m.Details, m.Service = long, long, long
		_, err := n.Notify(t.Context(), m)
		require.NoError(t, err)
	}
}

func TestAddresses(t *testing.T) {
	s := started(t)
	n := newNotifier(t, ntfy.Config{Server: s.URL + "/", Token: "tk_server"})
	for _, c := range []struct{ address, secret, authorization string }{
		{"oncall-ada", "", "Bearer tk_server"},
		{"oncall-ada", "tk_ada", "Bearer tk_ada"},
		{s.URL + "/oncall-ada", "", "Bearer tk_server"},
		{s.URL + "/oncall-ada/", "ada:hunter2", "Basic YWRhOmh1bnRlcjI="},
		{strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/oncall-ada", "", ""}, // not the configured server: no token
	} {
		m := message()
		m.Contact.Address, m.Contact.Secret = c.address, c.secret
		_, err := n.Notify(t.Context(), m)
		require.NoError(t, err, c.address)
		require.Equal(t, "oncall-ada", (<-s.got).Topic)
		require.Equal(t, c.authorization, (<-s.header).Get("Authorization"))
	}
	for _, address := range []string{"", "on call", "a/b", strings.Repeat("x", 65), "hunter2\n", "http://", "ftp://example.com/x",
		"https://ntfy.sh", "https://ntfy.sh/", "https://ada:hunter2@ntfy.sh/x", "https://ntfy.sh/x?auth=hunter2", "https://ntfy.sh/x#y",
		"https://ntfy.sh/a%2Fhunter2", "https://ntfy.sh/%zz"} {
		m := message()
		m.Contact.Address = address
		_, err := n.Notify(t.Context(), m)
		require.ErrorIs(t, err, notify.ErrPermanent, address)
		require.Regexp(t, `^ntfy: contact phone: (the address )?must be `, err.Error())
		require.NotContains(t, err.Error(), "hunter2")
	}
	m := message()
	m.Contact.Secret = "tk_hunter2\r\nX-Delay: 3 days"
	_, err := n.Notify(t.Context(), m)
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.NotContains(t, err.Error(), "hunter2")

	for _, bad := range []string{"ntfy.sh", "ftp://ntfy.sh", "https://ada:hunter2@ntfy.sh", "https://ntfy.sh/?x"} {
		_, err := ntfy.New(ntfy.Config{Server: bad})
		require.ErrorContains(t, err, "ntfy: server: must be an http or https URL")
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// TestGuardedContacts: a server that a person names must be a public one; the operator's own may be anywhere.
func TestGuardedContacts(t *testing.T) {
	s := started(t)
	m := message()
	m.Contact.Guarded = true
	_, err := newNotifier(t, ntfy.Config{Server: s.URL}).Notify(t.Context(), m)
	require.NoError(t, err)

	m.Contact.Address = s.URL + "/oncall-ada"
	_, err = newNotifier(t, ntfy.Config{}).Notify(t.Context(), m)
	require.ErrorIs(t, err, guard.ErrRefused)
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.NotContains(t, err.Error(), "oncall-ada")
}

func TestErrors(t *testing.T) {
	for code, want := range map[int]string{
		403: "answered 403 Forbidden (error 40301): check the token, and what it may write to",
		413: "answered 413 Request Entity Too Large (error 40301)",
		301: "answered 301 Moved Permanently (error 40301): redirects are not followed; give the address to which it leads",
		503: "answered 503 Service Unavailable (error 40301)",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"code":40301,"http":403,"error":"no, oncall-ada"}`)
		}))
		_, err := newNotifier(t, ntfy.Config{Server: s.URL}).Notify(t.Context(), message())
		s.Close()
		require.EqualError(t, err, "ntfy: "+s.Listener.Addr().String()+" "+want)
	}
}

// TestEcho: what is no HTTP server and repeats what it gets is not quoted.
func TestEcho(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }() // ends with the connection
		}
	}()
	m := message()
	m.Contact.Address = "http://" + listener.Addr().String() + "/secret-path/oncall-ada"
	_, err = newNotifier(t, ntfy.Config{}).Notify(t.Context(), m)
	require.EqualError(t, err, "ntfy: "+listener.Addr().String()+": the answer is not HTTP")
}

func TestOperatorsWords(t *testing.T) {
	s := started(t)
	w, err := words.New(words.Config{Templates: map[words.Form]map[string]string{words.PushTitle: {"en": "PAGE {{.Summary}}"}}})
	require.NoError(t, err)
	_, err = newNotifier(t, ntfy.Config{Server: s.URL, Words: w, Client: &http.Client{}}).Notify(t.Context(), message())
	require.NoError(t, err)
	require.Equal(t, "PAGE disk <90%> full", (<-s.got).Title)
}

func Example() {
	n, err := ntfy.New(ntfy.Config{Server: "https://ntfy.example.com", Token: "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // this is an example: nothing is sent
	_, err = n.Notify(ctx, notify.Message{Summary: "disk full", Contact: notify.Contact{ID: "phone", Address: "no topic"}})
	fmt.Println(err)
	// Output: ntfy: contact phone: the address must be a topic (letters, digits, - and _, at most 64), or the URL of one
}
