package webhook_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
	"github.com/watchbill/watchbill/notify/webhook"
)

const (
	secret1 = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	secret2 = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
)

// fixed is a clock that stands still.
type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func (f fixed) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, t)
}

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func newNotifier(t *testing.T, c webhook.Config) *webhook.Notifier {
	t.Helper()
	c.Clock = fixed(noon)
	n, err := webhook.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func message(address string) notify.Message {
	return notify.Message{
		ID: "a1/1/1/1/2/ada/0", Kind: notify.KindPage, User: "ada", Level: 1, Attempt: 2, Zone: time.UTC,
		Contact: notify.Contact{ID: "hook", Channel: "webhook", Address: address},
		AckURL:  "https://example.com/a/acktoken?x=1&y=2",
		Body:    json.RawMessage(`{"id":"a1","summary":"disk <90%> & more"}`),
	}
}

// received is one request as a server saw it.
type received struct {
	header http.Header
	body   string
}

// receiver answers as told and passes on what it got.
func receiver(t *testing.T, answer http.HandlerFunc) (*httptest.Server, chan received) {
	t.Helper()
	got := make(chan received, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, string(body)}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server, got
}

func ok(http.ResponseWriter, *http.Request) {}

func TestPayload(t *testing.T) {
	server, got := receiver(t, ok)
	_, err := newNotifier(t, webhook.Config{Secret: secret1}).Notify(t.Context(), message(server.URL+"/ada"))
	require.NoError(t, err)

	r := <-got
	require.Equal(t, `{"id":"a1/1/1/1/2/ada/0","type":"page","attempt":2,"level":1,"user":"ada",`+
		`"alert":{"id":"a1","summary":"disk <90%> & more"},"ack_url":"https://example.com/a/acktoken?x=1&y=2"}`, r.body)
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
	require.Equal(t, "Watchbill", r.header.Get("User-Agent"))
	require.Equal(t, "a1/1/1/1/2/ada/0", r.header.Get("Webhook-Id"))
	require.Equal(t, "1767614400", r.header.Get("Webhook-Timestamp"))
	require.NotContains(t, r.header, "Idempotency-Key")
}

func TestPayloadWithoutAlert(t *testing.T) {
	server, got := receiver(t, ok)
	_, err := newNotifier(t, webhook.Config{}).Notify(t.Context(), notify.Message{
		ID: "s1", Kind: notify.KindSummary, Contact: notify.Contact{Address: server.URL}})
	require.NoError(t, err)
	r := <-got
	require.Equal(t, `{"id":"s1","type":"summary","attempt":0,"level":0,"user":"","alert":null,"ack_url":""}`, r.body)
	require.Empty(t, r.header.Get("Webhook-Signature"), "nothing to sign with")
}

func TestPayloadOfASummary(t *testing.T) {
	server, got := receiver(t, ok)
	m := message(server.URL)
	m.Kind, m.Critical, m.Body = notify.KindSummary, true, nil
	m.Items = []notify.Item{{Alert: "a1", Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "Checkout"}, {Alert: "a2"}}
	_, err := newNotifier(t, webhook.Config{}).Notify(t.Context(), m)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"a1/1/1/1/2/ada/0","type":"summary","attempt":2,"level":1,"user":"ada","alert":null,
		"ack_url":"https://example.com/a/acktoken?x=1&y=2","critical":true,"items":[
			{"alert":"a1","summary":"disk full","severity":"critical","service":"Checkout"},
			{"alert":"a2","summary":"","severity":"","service":""}]}`, (<-got).body)
}

// TestGuardedContacts: an address that a person has set leads to no private place, also with a client of the host's own.
func TestGuardedContacts(t *testing.T) {
	server, got := receiver(t, ok)
	for _, client := range []*http.Client{nil, {}} {
		n := newNotifier(t, webhook.Config{Client: client})
		m := message(strings.Replace(server.URL, "://", "://ada:hunter2@", 1) + "/pathtoken")
		m.Contact.Guarded = true
		_, err := n.Notify(t.Context(), m)
		require.ErrorIs(t, err, guard.ErrRefused)
		require.ErrorIs(t, err, notify.ErrPermanent)
		require.ErrorContains(t, err, "give a public address, or have an operator write this one into the configuration file")
		require.NotContains(t, err.Error(), "token")
		require.NotContains(t, err.Error(), "hunter2")

		m.Contact.Guarded = false
		_, err = n.Notify(t.Context(), m)
		require.NoError(t, err)
	}
	require.Len(t, got, 2)
}

func TestGone(t *testing.T) {
	server, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	_, err := newNotifier(t, webhook.Config{}).Notify(t.Context(), message(server.URL))
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.ErrorContains(t, err, "answered 410 Gone: the receiver wants no more; take the contact out, or give another address")
}

func TestSecrets(t *testing.T) {
	server, got := receiver(t, ok)
	send := func(channel, contact string) received {
		m := message(server.URL)
		m.Contact.Secret = contact
		_, err := newNotifier(t, webhook.Config{Secret: channel}).Notify(t.Context(), m)
		require.NoError(t, err)
		return <-got
	}
	verify := func(secret string, r received) error {
		return webhook.Verify(secret, r.header, []byte(r.body), noon, time.Minute)
	}

	rotating := send(secret1+" "+secret2, "")
	require.NoError(t, verify(secret1, rotating))
	require.NoError(t, verify(secret2, rotating))

	own := send(secret1, secret2)
	require.NoError(t, verify(secret2, own), "the contact's secret")
	require.ErrorIs(t, verify(secret1, own), webhook.ErrSignature, "replaces the channel's")
}

func TestNewRefusesBadSecrets(t *testing.T) {
	for secret, want := range map[string]string{
		"hunter2hunter2":                      "webhook: secret 1 does not start with whsec_",
		secret1 + " whsec_hunter2***":         "webhook: secret 2 is not base64 after whsec_",
		"whsec_aHVudGVyMg==":                  "webhook: secret 1 has 7 bytes, must have 24 to 64",
		"whsec_" + strings.Repeat("AAAA", 22): "webhook: secret 1 has 66 bytes, must have 24 to 64",
	} {
		_, err := webhook.New(webhook.Config{Secret: secret})
		require.EqualError(t, err, want)
	}
}

func TestMessagesThatCannotBeSent(t *testing.T) {
	n := newNotifier(t, webhook.Config{})
	for _, address := range []string{
		"", "ada", "ftp://example.com/hunter2", "http://", "http:///hunter2", "http://ada:hunter2@",
		"http://ada:hun/ter2@example.com", "http://example.com:hunter2/", "http://example.com/%zz-hunter2", "http://a b/hunter2",
	} {
		_, err := n.Notify(t.Context(), message(address))
		require.ErrorIs(t, err, notify.ErrPermanent, address)
		require.EqualError(t, err, "webhook: the address is not an http or https URL")
	}

	m := message("http://127.0.0.1:9")
	m.Body = json.RawMessage(`{`)
	_, err := n.Notify(t.Context(), m)
	require.ErrorIs(t, err, notify.ErrPermanent)

	m = message("http://127.0.0.1:9")
	m.Contact.Secret = "hunter2"
	_, err = n.Notify(t.Context(), m)
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.EqualError(t, err, "webhook: contact hook: secret 1 does not start with whsec_")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, got := receiver(t, ok)
	server, _ := receiver(t, http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect).ServeHTTP)
	for _, client := range []*http.Client{nil, {}} {
		_, err := newNotifier(t, webhook.Config{Client: client}).Notify(t.Context(), message(server.URL))
		require.ErrorIs(t, err, notify.ErrPermanent)
		require.ErrorContains(t, err, "answered 307 Temporary Redirect: redirects are not followed")
	}
	require.Empty(t, got)
}

func TestErrorsQuoteAnswers(t *testing.T) {
	for answer, want := range map[string]string{
		"":                               ` answered 400 Bad Request`,
		"invalid\x00\x1b[31m\nthing\xff": ` answered 400 Bad Request: "invalid [31m thing"`,
		strings.Repeat("é", 4000):        ` answered 400 Bad Request: "` + strings.Repeat("é", 60) + `..."`,
		"no such path /pathtoken":        ` answered 400 Bad Request`,
		"your token is query token":      ` answered 400 Bad Request`,
		"ack at /a/acktoken":             ` answered 400 Bad Request`,
		"Basic YWRhOmh1bnRlcjI=":         ` answered 400 Bad Request`,
	} {
		server, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, answer)
		})
		host := server.Listener.Addr().String()
		_, err := newNotifier(t, webhook.Config{}).Notify(t.Context(),
			message("http://ada:hunter2@"+host+"/pathtoken?key=query%20token"))
		require.EqualError(t, err, "webhook: "+host+want)
	}
}

func TestErrorsDoNotQuoteWhatIsNotHTTP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn) }() // an echo server; ends with the connection
		}
	}()
	host := listener.Addr().String()
	_, err = newNotifier(t, webhook.Config{}).Notify(t.Context(), message("http://"+host+"/pathtoken"))
	require.EqualError(t, err, "webhook: "+host+": the answer is not HTTP")
	require.NotErrorIs(t, err, notify.ErrPermanent)
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	server, _ := receiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	n := newNotifier(t, webhook.Config{Timeout: time.Millisecond})
	_, err := n.Notify(t.Context(), message(server.URL))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, notify.ErrPermanent)
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("thanks ", 100))
	}))
	opened := make(chan net.Conn, 100)
	server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened <- c
		}
	}
	server.Start()
	defer server.Close()
	n := newNotifier(t, webhook.Config{})
	for range 10 {
		_, err := n.Notify(t.Context(), message(server.URL))
		require.NoError(t, err)
	}
	require.Len(t, opened, 1)
}

func TestOwnClient(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(ok))
	defer server.Close()

	_, err := newNotifier(t, webhook.Config{}).Notify(t.Context(), message(server.URL))
	require.ErrorAs(t, err, new(*tls.CertificateVerificationError))
	require.NotErrorIs(t, err, notify.ErrPermanent, "certificates get mended")

	_, err = newNotifier(t, webhook.Config{Client: server.Client()}).Notify(t.Context(), message(server.URL))
	require.NoError(t, err)
}
