// Package ntfy is the provider that pushes messages to phones by https://ntfy.sh, or by an ntfy server of one's own: as
// JSON (https://docs.ntfy.sh/publish/#publish-as-json), with buttons that acknowledge, escalate and resolve without opening
// anything. A button posts a form to the message's AckURL, as its page does; reading a message never acts.
//
// The address of a contact is a topic of the server, or the whole URL of a topic. The contact's secret is an access token,
// or user:password, and replaces the token of the server, which no other server ever gets. A topic is as good as a secret,
// and no error repeats it.
//
// 408, 425, 429 and 5xx may be tried again, not before Retry-After where the answer has one. So may a refusal of the server's
// own token (401, 403), because a page must outlive the mending of a wrong one. Every other answer is permanent.
//
// A repeat of a message carries the same sequence_id, so that it takes the place of the first on phones whose app knows that
// (ntfy 2.16, app 1.22); others show both.
package ntfy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
	"github.com/watchbill/watchbill/notify/words"
)

// Config names the server and says how to talk to it. The zero value works with https://ntfy.sh.
type Config struct {
	Server string // of addresses that are a topic; empty means https://ntfy.sh
	Token  string // for that server: an access token, or user:password; empty means none

	Client  *http.Client    // for contacts that are not guarded; nil means one of our own; its redirect policy is not used
	Timeout time.Duration   // of one send, from dialling to the last byte read; 0 means 10 s
	Clock   watchbill.Clock // for Retry-After dates; nil means the real one
	Words   *words.Words    // nil means the built-in texts
}

// Notifier pushes messages to topics. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	server  *url.URL
	token   string
	words   *words.Words
	client  *http.Client
	guarded *http.Client
	timeout time.Duration
	now     func() time.Time
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a Notifier, or an error that says what is wrong with c. It does not connect.
func New(c Config) (*Notifier, error) {
	if c.Server == "" {
		c.Server = "https://ntfy.sh"
	}
	server, err := parseURL(c.Server)
	if err != nil {
		return nil, fmt.Errorf("ntfy: server: %w", err)
	}
	n := &Notifier{server: server, token: c.Token, words: c.Words, timeout: c.Timeout, now: time.Now}
	if n.timeout <= 0 {
		n.timeout = 10 * time.Second
	}
	if c.Clock != nil {
		n.now = c.Clock.Now
	}
	n.client, n.guarded = guard.Operators(c.Client, n.timeout, 16), guard.Client(n.timeout)
	return n, nil
}

// Close closes idle connections. Sends under way go on.
func (n *Notifier) Close() error {
	n.client.CloseIdleConnections()
	n.guarded.CloseIdleConnections()
	return nil
}

// Notify publishes m and returns once the server has taken or refused it.
func (n *Notifier) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	to, err := n.parse(m.Contact)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("ntfy: contact %s: %w", m.Contact.ID, err))
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	req, err := n.request(ctx, to, m)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("ntfy: %w", err))
	}
	client := n.client
	if m.Contact.Guarded && to.foreign {
		client = n.guarded
	}
	res, err := client.Do(req)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("ntfy: %s: %w", to.server.Host, cause(err))
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return n.classify(res, body, to)
}

func (n *Notifier) request(ctx context.Context, to target, m notify.Message) (*http.Request, error) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(n.publication(to.topic, m)); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.server.String(), &body)
	if err != nil {
		return nil, errors.New("the server's address is not usable")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Watchbill")
	// Not sent; tells net/http that it may repeat the request on a new connection when an idle one turns out dead.
	req.Header["Idempotency-Key"] = []string{}
	if user, password, ok := strings.Cut(to.secret, ":"); ok {
		req.SetBasicAuth(user, password)
	} else if to.secret != "" {
		req.Header.Set("Authorization", "Bearer "+to.secret)
	}
	return req, nil
}

// cause returns err without the URL that net/http puts before it, and without what something that is no HTTP server said.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is not HTTP")
	}
	return err
}
