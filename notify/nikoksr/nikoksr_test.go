package nikoksr_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	httpservice "github.com/nikoksr/notify/service/http"
	"github.com/nikoksr/notify/service/mail"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/nikoksr"
	"github.com/watchbill/watchbill/notify/notifytest"
)

// web makes a service of nikoksr/notify that posts to the contact's address, with the message's ID in a header.
func web(client *http.Client) func(notify.Contact, notify.MessageID) (nikoksr.Service, error) {
	return func(c notify.Contact, id notify.MessageID) (nikoksr.Service, error) {
		if u, err := url.Parse(c.Address); err != nil || u.Host == "" {
			return nil, notify.Permanent(errors.New("the address is no URL"))
		}
		s := httpservice.New()
		s.WithClient(client)
		s.AddReceivers(&httpservice.Webhook{
			ContentType: "application/json", Header: http.Header{"Idempotency-Key": {string(id)}}, Method: http.MethodPost, URL: c.Address,
			BuildPayload: func(subject, message string) any {
				return map[string]string{"subject": subject, "message": message, "authorization": c.Secret}
			},
		})
		return s, nil
	}
}

// TestConformance runs the suite with that module's own http service. All that it says of a refusal is a text, so that
// every one may be tried again.
func TestConformance(t *testing.T) {
	cases := notifytest.HTTPCases(time.Now())
	for i := range cases {
		if cases[i].Want != notifytest.Accepted {
			cases[i].Want = notifytest.Transient
		}
	}
	notifytest.Run(t, notifytest.Subject{Cases: cases, Open: func(s notifytest.Script) (*notifytest.Rig, error) {
		rig, address := notifytest.HTTP(s, func(r *http.Request, _ []byte) string { return r.Header.Get("Idempotency-Key") })
		address = strings.Replace(address, "://", "://canary-user:canary-password@", 1) + "/canary-path?key=canary-query"
		rig.Contact = notify.Contact{ID: "x", Channel: "x", Address: address, Secret: "canary-secret"}
		rig.Secrets = []string{"canary-user", "canary-password", "canary-path", "canary-query", "canary-secret"}
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
		stop := rig.Close
		rig.Close = func() { client.CloseIdleConnections(); stop() }
		var err error
		rig.Notifier, err = nikoksr.New(nikoksr.Config{Make: web(client)})
		return rig, err
	}})
}

func page(address string) notify.Message {
	return notify.Message{ID: "m1", Kind: notify.KindPage, User: "ada", Zone: time.UTC, Alert: "a1", Summary: "disk <full>",
		Service: "Checkout", AckURL: "https://oncall.example.com/a/ack-token-1",
		Contact: notify.Contact{ID: "x", Channel: "x", Address: address}}
}

// TestSharesNothing sends as the module's users did when its http service raced: 8 senders, 20 messages each. Every request
// has the header of its own message.
func TestSharesNothing(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Header.Get("Idempotency-Key")]++
	}))
	defer server.Close()
	n, err := nikoksr.New(nikoksr.Config{Make: web(server.Client())})
	require.NoError(t, err)
	var group sync.WaitGroup
	for sender := range 8 {
		group.Go(func() {
			for i := range 20 {
				m := page(server.URL)
				m.ID = notify.MessageID(string(rune('a'+sender)) + string(rune('a'+i)))
				if _, err := n.Notify(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Len(t, seen, 160)
}

// TestMailThatNeverGreets: that module's mail service looks at its context only before it dials. Notify returns in time all
// the same, and sends that are stuck do not pile up.
func TestMailThatNeverGreets(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n, err := nikoksr.New(nikoksr.Config{Markup: nikoksr.HTML, Timeout: 50 * time.Millisecond,
		Make: func(c notify.Contact, _ notify.MessageID) (nikoksr.Service, error) {
			s := mail.New("oncall@example.com", listener.Addr().String())
			s.AddReceivers(c.Address)
			return s, nil
		}})
	require.NoError(t, err)
	for range nikoksr.DefaultMaxStuck {
		start := time.Now()
		_, err = n.Notify(t.Context(), page("ada@example.com"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(start), 5*time.Second)
	}
	_, err = n.Notify(t.Context(), page("ada@example.com"))
	_, later := errors.AsType[*notify.RetryError](err)
	require.True(t, later, "%v", err)
	require.NoError(t, listener.Close())
}

// service is one of the test's own.
type service func(ctx context.Context, subject, message string) error

func (s service) Send(ctx context.Context, subject, message string) error {
	return s(ctx, subject, message)
}

func by(s service) func(notify.Contact, notify.MessageID) (nikoksr.Service, error) {
	return func(notify.Contact, notify.MessageID) (nikoksr.Service, error) { return s, nil }
}

// TestStuck: one contact's stuck sends stop that contact, and no other; when they come back, it goes on.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		n, err := nikoksr.New(nikoksr.Config{Timeout: time.Second, Make: func(c notify.Contact, _ notify.MessageID) (nikoksr.Service, error) {
			return service(func(context.Context, string, string) error {
				if c.Address == "stuck" {
					<-back
				}
				return nil
			}), nil
		}})
		require.NoError(t, err)
		try := func(address string) error {
			_, err := n.Notify(t.Context(), page(address))
			return err
		}
		require.ErrorIs(t, try("stuck"), context.DeadlineExceeded)
		require.ErrorIs(t, try("stuck"), context.DeadlineExceeded)
		_, later := errors.AsType[*notify.RetryError](try("stuck"))
		require.True(t, later)
		require.NoError(t, try("another"))
		close(back)
		synctest.Wait()
		require.NoError(t, try("stuck"))
	})
}

// TestStuckInAll: a service that is stuck for everybody is called no more than so often.
func TestStuckInAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		var called atomic.Int64
		n, err := nikoksr.New(nikoksr.Config{MaxStuck: 1, Timeout: time.Second,
			Make: by(func(context.Context, string, string) error { called.Add(1); <-back; return nil })})
		require.NoError(t, err)
		for i := range 100 {
			_, err := n.Notify(t.Context(), page(string(rune('A'+i))))
			require.Error(t, err)
		}
		require.EqualValues(t, 16, called.Load())
		close(back)
	})
}

func TestPanic(t *testing.T) {
	n, err := nikoksr.New(nikoksr.Config{Make: by(func(context.Context, string, string) error { panic("secret-1") })})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), page("x"))
	require.EqualError(t, err, "nikoksr: the service panicked")
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		text      string
		permanent bool
	}{
		"plain":     {errors.New("no such chat"), "nikoksr: no such chat", false},
		"permanent": {notify.Permanent(errors.New("no such chat")), "nikoksr: no such chat", true},
		"address":   {errors.New("send to chat-4711:\nno"), "nikoksr: send to (address): no", false},
		"token":     {errors.New("https://api/bot-token-1: no"), "nikoksr: the service failed, and what it says repeats a secret", false},
		"link":      {errors.New("bad text: ack-token-1"), "nikoksr: the service failed, and what it says repeats a secret", false},
	} {
		n, err := nikoksr.New(nikoksr.Config{Secrets: []string{"bot-token-1"},
			Make: by(func(context.Context, string, string) error { return c.err })})
		require.NoError(t, err)
		_, err = n.Notify(t.Context(), page("chat-4711"))
		require.EqualError(t, err, c.text, name)
		require.Equal(t, c.permanent, errors.Is(err, notify.ErrPermanent), name)
	}
}

// TestText: the text has the link, and a service that reads HTML gets no other markup than ours.
func TestText(t *testing.T) {
	for markup, want := range map[nikoksr.Markup]string{nikoksr.PlainText: "disk <full>", nikoksr.HTML: "disk &lt;full&gt;"} {
		var said string
		n, err := nikoksr.New(nikoksr.Config{Markup: markup, Make: by(func(_ context.Context, subject, message string) error {
			said = subject + "\n" + message
			return nil
		})})
		require.NoError(t, err)
		_, err = n.Notify(t.Context(), page("x"))
		require.NoError(t, err)
		require.Contains(t, said, want)
		require.Contains(t, said, "Acknowledge: https://oncall.example.com/a/ack-token-1")
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	_, err := nikoksr.New(nikoksr.Config{})
	require.ErrorContains(t, err, "Config.Make")
	_, err = nikoksr.New(nikoksr.Config{Make: by(nil), Timeout: -1})
	require.ErrorContains(t, err, "Timeout")
	_, err = nikoksr.New(nikoksr.Config{Make: by(nil), Markup: 9})
	require.ErrorContains(t, err, "Markup")
}
