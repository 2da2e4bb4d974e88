package notifytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
)

// fake is a provider and its counterpart in one, without any protocol. The hooks are where it can be broken; without
// them it keeps every clause.
type fake struct {
	script  Script
	arrived chan string
	stop    chan struct{} // closed when the rig is
	end     chan struct{} // closed when the test ends
	kept    chan notify.Message

	arrive  func(f *fake, m notify.Message)
	hang    func(f *fake, ctx context.Context) error
	refuse  func(m notify.Message, code int) error
	address func(m notify.Message) error
	before  func(f *fake, m notify.Message) error
}

func (f *fake) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	if strings.Contains(m.Contact.Address, "\x00") {
		return notify.Receipt{}, f.address(m)
	}
	if f.before != nil {
		if err := f.before(f, m); err != nil {
			return notify.Receipt{}, err
		}
	}
	f.arrive(f, m)
	if f.script.Mode != Answers {
		return notify.Receipt{}, f.hang(f, ctx)
	}
	if f.script.Answer.Code != 0 {
		return notify.Receipt{}, f.refuse(m, f.script.Answer.Code)
	}
	return notify.Receipt{}, nil
}

func properArrive(f *fake, m notify.Message) { f.arrived <- string(m.ID) }

func properHang(f *fake, ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.stop:
		return errors.New("gone")
	}
}

func properRefuse(_ notify.Message, code int) error {
	err := fmt.Errorf("code %d", code)
	switch code {
	case 1:
		return err
	case 2:
		return &notify.RetryError{After: 7 * time.Second, Err: err}
	}
	return notify.Permanent(err)
}

func properAddress(notify.Message) error { return notify.Permanent(errors.New("bad address")) }

// failures runs every check in a bubble of virtual time and returns the names of those that fail.
func failures(t *testing.T, bend func(*fake)) []string {
	end := make(chan struct{})
	s := Subject{
		Patience: 200 * time.Millisecond,
		Cases: []Case{
			{Name: "yes"},
			{Name: "not now", Answer: Answer{Code: 1}, Want: Transient},
			{Name: "in a while", Answer: Answer{Code: 2}, Want: Later, After: 7 * time.Second},
			{Name: "never", Answer: Answer{Code: 3}, Want: Permanent},
		},
		Open: func(script Script) (*Rig, error) {
			f := &fake{script: script, arrived: make(chan string, 128), stop: make(chan struct{}), end: end,
				kept: make(chan notify.Message, 128), arrive: properArrive, hang: properHang, refuse: properRefuse, address: properAddress}
			bend(f)
			return &Rig{
				Notifier: f, Contact: notify.Contact{Address: "fake canary"}, Secrets: []string{"canary"},
				Arrived: f.arrived, Close: func() { close(f.stop) },
			}, nil
		},
	}
	var failed []string
	for _, c := range checks() {
		if err := c.run(s); err != nil {
			t.Logf("%s: %v", c.name, err)
			failed = append(failed, c.name)
		}
	}
	close(end)
	return failed
}

func TestProperProviderPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { require.Empty(t, failures(t, func(*fake) {})) })
}

// TestBrokenProvidersFail bends a proper provider in one way at a time: it must fail that clause and no other.
func TestBrokenProvidersFail(t *testing.T) {
	for name, c := range map[string]struct {
		bend func(*fake)
		want string
	}{
		"says sent before it sends": {want: "accepted means arrived", bend: func(f *fake) {
			f.arrive = func(f *fake, m notify.Message) {
				time.AfterFunc(10*time.Millisecond, func() { f.arrived <- string(m.ID) })
			}
		}},
		"takes a refusal for a hiccup": {want: "answers are classed", bend: func(f *fake) {
			f.refuse = func(_ notify.Message, code int) error {
				return errors.Unwrap(notify.Permanent(properRefuse(notify.Message{}, min(code, 2))))
			}
		}},
		"forgets when to come back": {want: "answers are classed", bend: func(f *fake) {
			f.refuse = func(m notify.Message, code int) error {
				if code == 2 {
					return &notify.RetryError{Err: errors.New("later")}
				}
				return properRefuse(m, code)
			}
		}},
		"tries a bad address again": {want: "a malformed address is permanent", bend: func(f *fake) {
			f.address = func(notify.Message) error { return errors.New("bad address") }
		}},
		"tells the address": {want: "errors hold no secret", bend: func(f *fake) {
			f.refuse = func(m notify.Message, code int) error {
				err := properRefuse(m, code)
				if code == 3 {
					return fmt.Errorf("%s: %w", m.Contact.Address, err)
				}
				return err
			}
		}},
		"tells a bad address": {want: "errors hold no secret", bend: func(f *fake) {
			f.address = func(m notify.Message) error { return notify.Permanent(fmt.Errorf("bad %q", m.Contact.Address)) }
		}},
		"tells the acknowledge link": {want: "errors hold no secret", bend: func(f *fake) {
			f.refuse = func(m notify.Message, code int) error {
				return fmt.Errorf("%w: %s", properRefuse(m, code), m.AckURL)
			}
		}},
		"makes a key for every send": {want: "repeats carry the same key", bend: func(f *fake) {
			var sends atomic.Int64
			f.arrive = func(f *fake, m notify.Message) { f.arrived <- fmt.Sprintf("%s/%d", m.ID, sends.Add(1)) }
		}},
		"has no key": {want: "repeats carry the same key", bend: func(f *fake) {
			f.arrive = func(f *fake, m notify.Message) {
				key := string(m.ID)
				if key == "one" || key == "two" {
					key = ""
				}
				f.arrived <- key
			}
		}},
		"does not look at the context": {want: "the end of the context ends the send", bend: func(f *fake) {
			f.hang = func(f *fake, _ context.Context) error { <-f.stop; return errors.New("gone") }
		}},
		"gives up on a contact when cancelled": {want: "the end of the context ends the send", bend: func(f *fake) {
			f.hang = func(f *fake, ctx context.Context) error { return notify.Permanent(properHang(f, ctx)) }
		}},
		"takes the end of the context for success": {want: "the end of the context ends the send", bend: func(f *fake) {
			f.hang = func(f *fake, ctx context.Context) error { _ = properHang(f, ctx); return nil }
		}},
		"changes the message": {want: "the message is not changed", bend: func(f *fake) {
			f.before = func(_ *fake, m notify.Message) error { m.Links[0].Text = "changed"; return nil }
		}},
		"keeps the message": {want: "the message is not retained", bend: func(f *fake) {
			f.before = func(f *fake, m notify.Message) error { f.kept <- m; return nil }
		}},
		"sends one at a time and refuses more": {want: "concurrent use", bend: func(f *fake) {
			var busy atomic.Bool
			f.before = func(*fake, notify.Message) error {
				if !busy.CompareAndSwap(false, true) {
					return errors.New("busy")
				}
				defer busy.Store(false)
				<-time.After(time.Millisecond)
				return nil
			}
		}},
		"mixes messages up": {want: "concurrent use", bend: func(f *fake) {
			var last atomic.Value
			f.arrive = func(f *fake, m notify.Message) {
				last.Store(string(m.ID))
				<-time.After(time.Millisecond)
				f.arrived <- last.Load().(string)
			}
		}},
		"abandons what hangs": {want: "no goroutine is left behind", bend: func(f *fake) {
			f.hang = func(f *fake, ctx context.Context) error {
				go func() { <-f.stop }()
				return properHang(f, ctx)
			}
		}},
		"never stops its helper": {want: "no goroutine is left behind", bend: func(f *fake) {
			f.before = func(f *fake, _ notify.Message) error {
				go func() { <-f.end }()
				return nil
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { require.Equal(t, []string{c.want}, failures(t, c.bend)) })
		})
	}
}

func TestSubjectThatDoesNotOpen(t *testing.T) {
	s := Subject{Cases: SMTPCases(), Open: func(Script) (*Rig, error) { return nil, errors.New("no port") }}
	for _, c := range checks() {
		require.ErrorContains(t, c.run(s), "cannot open the subject: no port", c.name)
	}
}
