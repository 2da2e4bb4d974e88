// Package failover sends through the first of several providers that works, such as two accounts for SMS.
//
// Every provider gets a fair share of the time that is left, so that one that hangs leaves enough for the next. One that
// failed is tried last for a while; it is never left out, because the others may be worse.
//
// A message that may have arrived although its provider failed, because the answer was lost, is sent again by the next one:
// a page twice is better than none.
package failover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

// The defaults of Config.
const (
	DefaultAvoid = time.Minute
	DefaultTime  = 30 * time.Second
)

// Config names the providers. Providers is required.
type Config struct {
	Providers []Provider      // in the order in which they are preferred; one may do
	Avoid     time.Duration   // how long one that failed is tried last; zero: a minute
	Time      time.Duration   // of a send whose context has no end; zero: 30 s
	Clock     watchbill.Clock // nil: the real one
}

// Provider is one way to send.
type Provider struct {
	Name     string // for errors
	Notifier notify.Notifier
}

// Notifier tries several providers. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	config Config
	now    func() time.Time

	mu     sync.Mutex
	failed []time.Time // when each failed last; zero: it works
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a Notifier, or an error that names the field of c that is wrong.
func New(c Config) (*Notifier, error) {
	if len(c.Providers) == 0 {
		return nil, errors.New("failover: Config.Providers is empty")
	}
	for i, p := range c.Providers {
		if p.Notifier == nil {
			return nil, fmt.Errorf("failover: Config.Providers[%d].Notifier is missing", i)
		}
	}
	if c.Avoid < 0 || c.Time < 0 {
		return nil, errors.New("failover: Config.Avoid and Time must not be negative")
	}
	c.Providers = slices.Clone(c.Providers)
	c.Avoid, c.Time = cmp.Or(c.Avoid, DefaultAvoid), cmp.Or(c.Time, DefaultTime)
	n := &Notifier{config: c, now: time.Now, failed: make([]time.Time, len(c.Providers))}
	if c.Clock != nil {
		n.now = c.Clock.Now
	}
	return n, nil
}

// Notify sends m by the first provider that takes it.
//
// A permanent failure is about the recipient, and ends the attempt: no other provider can reach a number that is none.
// Otherwise the error joins those of all providers; it may be tried again, and where every one said when, at the earliest of
// those times.
func (n *Notifier) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, n.config.Time)
		defer cancel()
	}
	if ctx.Err() != nil {
		return notify.Receipt{}, fmt.Errorf("failover: %w", ctx.Err())
	}
	order := n.order()
	var failures several
	for k, i := range order {
		receipt, err := n.try(ctx, i, len(order)-k, m)
		if err == nil || errors.Is(err, notify.ErrPermanent) {
			n.note(i, time.Time{}) // it works
			return receipt, err
		}
		failures = append(failures, fmt.Errorf("failover: %s: %w", n.config.Providers[i].Name, err))
		if errors.Is(ctx.Err(), context.Canceled) {
			break // that is not the provider's fault
		}
		if n.note(i, n.now()); ctx.Err() != nil {
			break
		}
	}
	return notify.Receipt{}, failures.err()
}

// try gives a provider its share of the time, as one of so many that are left.
func (n *Notifier) try(ctx context.Context, i, left int, m notify.Message) (notify.Receipt, error) {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
	defer cancel()
	return n.config.Providers[i].Notifier.Notify(ctx, m)
}

// order returns the providers in the order in which to try them: those that failed a moment ago last, the longest ago
// first.
func (n *Notifier) order() []int {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	order := make([]int, len(n.failed))
	since := make([]time.Time, len(n.failed)) // zero: to be tried in its turn
	for i, at := range n.failed {
		order[i] = i
		if age := now.Sub(at); !at.IsZero() && age >= 0 && age < n.config.Avoid {
			since[i] = at
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return since[a].Compare(since[b]) })
	return order
}

func (n *Notifier) note(i int, failed time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failed[i] = failed
}

// Ready reports whether a provider can be used at all: one that has no Ready of its own, or that says so.
func (n *Notifier) Ready() bool {
	return slices.ContainsFunc(n.config.Providers, func(p Provider) bool {
		r, ok := p.Notifier.(interface{ Ready() bool })
		return !ok || r.Ready()
	})
}

// several are the failures of one send.
type several []error

// Error returns all texts.
func (s several) Error() string {
	texts := make([]string, len(s))
	for i, err := range s {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Is reports whether one of the failures is target. There is no Unwrap, so that nobody takes what one provider says of
// another try for what all say.
func (s several) Is(target error) bool {
	return slices.ContainsFunc(s, func(err error) bool { return errors.Is(err, target) })
}

// err returns the failures as one. It says when to come back only where each of them does: else one may work at once.
func (s several) err() error {
	var after []time.Duration
	for _, err := range s {
		if later, ok := errors.AsType[*notify.RetryError](err); ok {
			after = append(after, later.After)
		}
	}
	if len(after) < len(s) {
		return s
	}
	return &notify.RetryError{After: slices.Min(after), Err: s}
}
