// Package webhook is the provider that posts messages as JSON to a URL, signed by the Standard Webhooks scheme
// (https://www.standardwebhooks.com): headers webhook-id, webhook-timestamp and webhook-signature. A receiver checks
// them with [Verify], or with any library for that scheme.
//
// The body is
//
//	{"id","type":"page|update|resolved|summary","attempt","level","user","alert":{...},"ack_url"}
//
// where alert is the alert as the HTTP API shows it, and id is the same in every repeat of a message. An update that is
// about no alert, as a notice about a shift, has null there, and instead
//
//	"notice": {"kind","user","schedule","at","from","to","summary","details","link",...}
//
// A message that may break through "do not disturb" has "critical": true, and a summary has
//
//	"items": [{"alert","summary","severity","service"}, ...]
//
// A contact whose address was given by somebody other than the operator is sent to by package notify/guard: its address may
// lead to the public internet only.
//
// A 2xx answer is acceptance. 408, 425, 429 and 5xx may be tried again, not before Retry-After where the answer has
// one; every other answer is permanent, redirects included: a page goes where its owner sent it and nowhere else.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
)

// Config says how webhooks are sent. The zero value works and signs nothing.
type Config struct {
	// Secret signs messages to contacts that have none of their own: "whsec_" and 24 to 64 bytes in base64. Several,
	// separated by spaces, all sign, so that receivers can change from one to the next. Empty leaves the signature out.
	Secret string

	// Client sends to contacts that are not guarded. Nil means one that keeps up to 128 idle connections a host; its redirect
	// policy is not used.
	Client *http.Client

	Timeout   time.Duration   // of one send, from dialling to the last byte read; 0 means 10 s
	UserAgent string          // empty means "Watchbill"
	Clock     watchbill.Clock // for the timestamp and for Retry-After dates; nil means the real one
}

// Notifier posts messages to the addresses of their contacts. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	keys    [][]byte
	client  *http.Client
	guarded *http.Client // for contacts whose address the operator has not given
	timeout time.Duration
	agent   string
	now     func() time.Time
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a Notifier, or an error that says what is wrong with the secret.
func New(c Config) (*Notifier, error) {
	keys, err := parseSecrets(c.Secret)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	n := &Notifier{keys: keys, timeout: c.Timeout, agent: c.UserAgent, now: time.Now}
	if n.timeout <= 0 {
		n.timeout = 10 * time.Second
	}
	if n.agent == "" {
		n.agent = "Watchbill"
	}
	if c.Clock != nil {
		n.now = c.Clock.Now
	}
	n.client, n.guarded = guard.Operators(c.Client, n.timeout, 128), guard.Client(n.timeout)
	return n, nil
}

// Close closes idle connections. Sends under way go on.
func (n *Notifier) Close() error {
	n.client.CloseIdleConnections()
	n.guarded.CloseIdleConnections()
	return nil
}

// Notify posts m and returns once it has been answered.
func (n *Notifier) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	req, err := n.request(ctx, m)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("webhook: %w", err))
	}
	client := n.client
	if m.Contact.Guarded {
		client = n.guarded
	}
	res, err := client.Do(req)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("webhook: %s: %w", req.URL.Host, cause(err, req.URL, m))
	}
	defer res.Body.Close()
	// Read even when nobody looks at it: a body read to its end lets the connection be used again.
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return notify.Receipt{}, n.classify(res, answerText(text, req.URL, m))
}

// payload is the body, as the package comment shows it.
type payload struct {
	ID      notify.MessageID `json:"id"`
	Type    notify.Kind      `json:"type"`
	Attempt int              `json:"attempt"`
	Level   int              `json:"level"`
	User    watchbill.UserID `json:"user"`
	Alert   json.RawMessage  `json:"alert"`
	AckURL  string           `json:"ack_url"`
	Notice  json.RawMessage  `json:"notice,omitempty"`

	Critical bool   `json:"critical,omitempty"`
	Items    []item `json:"items,omitempty"`
}

// item is one alert of a summary.
type item struct {
	Alert    watchbill.AlertID  `json:"alert"`
	Summary  string             `json:"summary"`
	Severity watchbill.Severity `json:"severity"`
	Service  string             `json:"service"`
}

func payloadOf(m notify.Message) payload {
	p := payload{ID: m.ID, Type: m.Kind, Attempt: m.Attempt, Level: m.Level, User: m.User, AckURL: m.AckURL,
		Critical: m.Critical}
	for _, i := range m.Items {
		p.Items = append(p.Items, item(i))
	}
	if m.Kind == notify.KindUpdate && m.Alert == "" {
		p.Notice = m.Body
	} else {
		p.Alert = m.Body
	}
	return p
}

func (n *Notifier) request(ctx context.Context, m notify.Message) (*http.Request, error) {
	address, err := parseAddress(m.Contact.Address)
	if err != nil {
		return nil, err
	}
	keys := n.keys
	if m.Contact.Secret != "" {
		if keys, err = parseSecrets(m.Contact.Secret); err != nil {
			return nil, fmt.Errorf("contact %s: %w", m.Contact.ID, err)
		}
	}
	body, err := encode(m)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errAddress
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", n.agent)
	// Not sent; tells net/http that it may repeat the request on a new connection when an idle one turns out dead.
	req.Header["Idempotency-Key"] = []string{}
	sign(req.Header, keys, string(m.ID), n.now(), body)
	return req, nil
}

func encode(m notify.Message) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the alert as it is
	err := e.Encode(payloadOf(m))
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

var errAddress = errors.New("the address is not an http or https URL")

// parseAddress never says what is wrong in detail: the parser's errors quote the address, and that may hold a secret.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errAddress
	}
	return u, nil
}

// cause returns err without the URL that net/http puts before it. What is left may still quote bytes of something that
// is no HTTP server and echoes.
func cause(err error, address *url.URL, m notify.Message) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if leaks(err.Error(), address, m) {
		return errors.New("the answer is not HTTP")
	}
	return err
}
