package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/watchbill/watchbill/httpapi"
)

// probe checks a server from outside: that it is ready, that a ping reaches it, and that it is committed, as the API then
// shows. It pages nobody; but the heartbeat that it pings does, once the probe does not get through any more.
func probe(ctx context.Context, p *program) error {
	var l link
	l.flags(p.flags)
	key := p.flags.String("heartbeat", os.Getenv("WATCHBILL_HEARTBEAT"), "the `key` of a heartbeat that is the probe's own; default: $WATCHBILL_HEARTBEAT")
	asJSON := p.flags.Bool("json", false, "print the answer as JSON")
	if err := p.parse(); err != nil {
		return err
	}
	if *key == "" {
		return usagef("-heartbeat is missing: the key of a heartbeat in the server's configuration, for the probe alone")
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	run := newUUID()
	if err := l.ready(ctx); err != nil {
		return err
	}
	if err := l.ping(ctx, *key, run); err != nil {
		return err
	}
	found, err := l.pinged(ctx, run)
	if err != nil {
		return err
	}
	took := time.Since(began).Round(time.Millisecond)
	if *asJSON {
		return printJSON(p.stdout, map[string]any{"ok": true, "heartbeat": found.ID, "state": found.State, "took": took.String()})
	}
	_, err = fmt.Fprintf(p.stdout, "well: ready, and the ping of heartbeat %s is committed (%s)\n", found.ID, took)
	return err
}

// ready asks whether signals can be committed.
func (l link) ready(ctx context.Context) error {
	status, body, err := l.fetch(ctx, http.MethodGet, "/readyz")
	if err != nil {
		return fmt.Errorf("the server cannot be reached: %w", err)
	}
	if status == http.StatusOK {
		return nil
	}
	var h httpapi.Health
	if json.Unmarshal(body, &h) == nil && len(h.Reasons) > 0 {
		return fmt.Errorf("the server is not ready: %s", strings.Join(h.Reasons, "; "))
	}
	return fmt.Errorf("the server is not ready: it answers %d %s", status, http.StatusText(status))
}

func (l link) ping(ctx context.Context, key, run string) error {
	status, _, err := l.fetch(ctx, http.MethodPost, "/heartbeat/"+url.PathEscape(key)+"?rid="+run)
	switch {
	case err != nil:
		return fmt.Errorf("the ping does not get through: %w", err)
	case status == http.StatusNotFound:
		return errors.New("the server knows no heartbeat with that key")
	case status != http.StatusOK:
		return fmt.Errorf("the ping is not taken in: the server answers %d %s", status, http.StatusText(status))
	}
	return nil
}

// fetch makes a request whose path may hold a secret: no error shows it.
func (l link) fetch(ctx context.Context, method, path string) (status int, body []byte, err error) {
	base, err := url.Parse(l.server)
	if err != nil || base.Host == "" {
		return 0, nil, usagef("-server: expected an address such as http://127.0.0.1:8080")
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(l.server, "/")+path, nil)
	if err != nil {
		return 0, nil, errors.New("the address cannot be used")
	}
	resp, err := http.DefaultClient.Do(req)
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, err
}

// pinged finds the heartbeat whose latest pings have one of a run.
func (l link) pinged(ctx context.Context, run string) (found httpapi.Heartbeat, err error) {
	var list struct{ Heartbeats []httpapi.Heartbeat }
	if err := l.read(ctx, "/api/v1/heartbeats", &list); err != nil {
		return found, err
	}
	for _, h := range list.Heartbeats {
		if h.LastPing != nil && h.LastPing.Run == run {
			return h, nil
		}
	}
	for _, h := range list.Heartbeats { // somebody else may have pinged right after
		if err := l.read(ctx, "/api/v1/heartbeats/"+url.PathEscape(h.ID), &h); err != nil {
			return found, err
		}
		for _, p := range h.Pings {
			if p.Run == run {
				return h, nil
			}
		}
	}
	return found, errors.New("the server has answered the ping, but does not show it: it was not committed")
}

func (l link) read(ctx context.Context, path string, v any) error {
	data, err := l.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

// newUUID returns a random UUID.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
