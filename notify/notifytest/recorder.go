package notifytest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/watchbill/watchbill/notify"
)

// Recorder is a Notifier for tests: it accepts every message and remembers it. The zero value is ready; it is safe for
// concurrent use and may not be copied.
type Recorder struct {
	// Respond decides what becomes of a message; nil accepts every one. It may be called by several goroutines at once,
	// and may wait until ctx is done to play a provider that hangs. Set it before the first message.
	Respond func(ctx context.Context, m notify.Message) error

	mu      sync.Mutex
	calls   []Call
	changed chan struct{} // closed at the next call; nil while nobody waits
}

var _ notify.Notifier = (*Recorder)(nil)

// Call is one message that a [Recorder] was asked to send, and what it answered.
type Call struct {
	Message notify.Message
	Err     error
}

// Notify records m and returns what Respond says of it.
func (r *Recorder) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	m = clone(m)
	var err error
	if r.Respond != nil {
		err = r.Respond(ctx, m)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, Call{m, err})
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	return notify.Receipt{}, err
}

// Calls returns all calls so far, refused ones too, in the order in which they ended.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// Messages returns the messages accepted so far.
func (r *Recorder) Messages() []notify.Message {
	messages, _ := r.look(0)
	return messages
}

// Wait returns the accepted messages as soon as there are n, and an error that tells what there was if ctx ends before.
func (r *Recorder) Wait(ctx context.Context, n int) ([]notify.Message, error) {
	for {
		messages, changed := r.look(n)
		if len(messages) >= n {
			return messages, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return messages, fmt.Errorf("notifytest: %d messages of %d: %w", len(messages), n, ctx.Err())
		}
	}
}

// WaitFor returns the first accepted message, past or future, that match likes.
func (r *Recorder) WaitFor(ctx context.Context, match func(notify.Message) bool) (notify.Message, error) {
	for seen := 0; ; {
		messages, err := r.Wait(ctx, seen+1)
		if i := slices.IndexFunc(messages, match); i >= 0 {
			return messages[i], nil
		}
		if err != nil {
			return notify.Message{}, fmt.Errorf("notifytest: no message matches: %w", err)
		}
		seen = len(messages)
	}
}

// look returns the accepted messages and, where there are fewer than n, a channel closed at the next call.
func (r *Recorder) look(n int) ([]notify.Message, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var messages []notify.Message
	for _, c := range r.calls {
		if c.Err == nil {
			messages = append(messages, c.Message)
		}
	}
	if len(messages) < n && r.changed == nil {
		r.changed = make(chan struct{})
	}
	return messages, r.changed
}

// Replies returns a Respond that gives each error once, in turn, and accepts everything after the last.
func Replies(errs ...error) func(context.Context, notify.Message) error {
	var mu sync.Mutex
	return func(context.Context, notify.Message) error {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return nil
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

// clone copies what a message shares with its sender.
func clone(m notify.Message) notify.Message {
	m.Links = slices.Clone(m.Links)
	m.Body = json.RawMessage(slices.Clone(m.Body))
	return m
}
