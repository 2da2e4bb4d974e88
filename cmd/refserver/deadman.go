package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/httpapi"
)

const (
	// deadManAgain is when the dead-man's switch is tried again that could not be told, or that all is well, if not sooner.
	deadManAgain = 10 * time.Second
	// deadManWait bounds one ping.
	deadManWait = 10 * time.Second
	// deadManBegin is when it is told first: once the engine runs.
	deadManBegin = 2 * time.Second
)

// deadMan pings somebody else's dead-man's switch while all is well. When the server is gone, or is not well, the pings
// stop, and the other side says so.
type deadMan struct {
	health func(context.Context) httpapi.Health // set before begin
	log    *slog.Logger
	clock  watchbill.Clock
	client *http.Client

	target  atomic.Pointer[config.DeadMan] // nil: there is none
	changed chan struct{}                  // holds at most one
}

func newDeadMan(clock watchbill.Clock, log *slog.Logger) *deadMan {
	return &deadMan{
		log: log, clock: clock, changed: make(chan struct{}, 1),
		client: &http.Client{ // a redirect would carry the secret in the address elsewhere
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// use changes whom to ping; nil: nobody.
func (d *deadMan) use(target *config.DeadMan) {
	d.target.Store(target)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// begin pings until ctx is done, or what it returns is called, which waits for the end.
func (d *deadMan) begin(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with ctx, and is waited for by whoever calls end
		defer close(done)
		d.run(ctx)
	}()
	return func() { stop(); <-done }
}

// run pings until ctx is done.
func (d *deadMan) run(ctx context.Context) {
	d.wait(ctx, deadManBegin, nil)
	select {
	case <-d.changed: // before it began
	default:
	}
	for ctx.Err() == nil {
		wait := time.Hour // until somebody is named
		if target := d.target.Load(); target != nil {
			if wait = target.Every; !d.beat(ctx, *target) {
				wait = min(wait, deadManAgain)
			}
		}
		d.wait(ctx, wait, d.changed)
	}
}

// wait waits for so long, or until ctx is done, or the target has changed.
func (d *deadMan) wait(ctx context.Context, long time.Duration, changed <-chan struct{}) {
	due, cancel := d.clock.WithDeadline(context.Background(), d.clock.Now().Add(long))
	defer cancel()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-due.Done():
	}
}

// beat pings once, if all is well, and reports whether the other side knows.
func (d *deadMan) beat(ctx context.Context, target config.DeadMan) (told bool) {
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("the dead-man's switch could not be told; the server goes on", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, deadManWait) // I/O: by the real clock
	defer cancel()
	h := d.health(ctx)
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return false // the server is being stopped
	}
	if !h.OK {
		d.log.Error("the dead-man's switch is not told, since not all is well", "reasons", h.Reasons)
		return false
	}
	if err := d.ping(ctx, target.URL, h); err != nil {
		d.log.Warn("the dead-man's switch cannot be told that all is well", "error", err)
		return false
	}
	return true
}

// ping posts how things are, or gets the address where it takes no POST. No error shows the address, which is a secret.
func (d *deadMan) ping(ctx context.Context, address string, h httpapi.Health) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	status, err := d.request(ctx, http.MethodPost, address, body)
	if err == nil && status == http.StatusMethodNotAllowed {
		status, err = d.request(ctx, http.MethodGet, address, nil)
	}
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("it answers %d %s", status, http.StatusText(status))
	}
	return err
}

func (d *deadMan) request(ctx context.Context, method, address string, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("its address cannot be used")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "watchbill")
	resp, err := d.client.Do(req)
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	return resp.StatusCode, nil
}
