package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// maxError bounds what is kept of a provider's error.
const maxError = 500

// Send hands a delivery to its provider and classes what comes back. It ends within Config.SendTimeout, provided that
// the provider honours its context.
func (e *Engine) Send(ctx context.Context, d Delivery) episode.Result {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.SendTimeout)
	defer cancel()
	n, ok := e.cfg.Notifiers[d.Message.Contact.Channel]
	if !ok {
		return episode.Result{Verdict: episode.Refused,
			Error: fmt.Sprintf("channel %q is not configured", d.Message.Contact.Channel)}
	}
	receipt, err := notifySafely(ctx, n, d.Message)
	return classify(receipt, err)
}

// Channels lists the channels over which messages can be sent now, in order: those of Config.Notifiers, but not one that has
// a method Ready() bool and says that it is not.
func (e *Engine) Channels() []notify.Channel {
	var list []notify.Channel
	for c, n := range e.cfg.Notifiers {
		if r, ok := n.(interface{ Ready() bool }); !ok || r.Ready() {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	return list
}

// notifySafely makes an error of a provider's panic.
func notifySafely(ctx context.Context, n notify.Notifier, m notify.Message) (r notify.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("engine: provider of channel %q panicked: %v", m.Contact.Channel, p)
		}
	}()
	return n.Notify(ctx, m)
}

func classify(r notify.Receipt, err error) episode.Result {
	if err == nil {
		return episode.Result{ProviderID: clip(r.ProviderID)}
	}
	res := episode.Result{Verdict: episode.Retry, Error: clip(err.Error())}
	var retry *notify.RetryError
	switch {
	case errors.Is(err, notify.ErrPermanent):
		res.Verdict = episode.Refused
	case errors.As(err, &retry):
		res.RetryAfter = max(retry.After, 0)
	}
	return res
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > maxError {
		s = strings.ToValidUTF8(s[:maxError], "") + "..."
	}
	return s
}

const (
	// breakAfter is how many sends to an address in a row must fail before it is given rest.
	breakAfter = 3
	// maxRest is the longest rest; afterwards one message probes whether the address is back.
	maxRest = 10 * time.Second
	// standBack is how soon a message is looked at again that gives way to those for other addresses.
	standBack = time.Second
	// slowAfter is how long an address may answer nothing before it gets no more than half of its lane.
	slowAfter = time.Second
)

// lanes keeps count of what is under way, and collects what became of it. A lane is what fails together and has a
// limit; an address in it has a breaker, and half of the lane at most while it does not answer: one full mailbox, or
// one that takes a minute for a word, must not hold up the mail of everybody else. Lanes and addresses that are idle
// and well take no space.
type lanes struct {
	mu        sync.Mutex
	limit     int
	limits    map[notify.Channel]int
	sending   map[notify.Lane]int
	addresses map[address]*health
	inFlight  int
	finished  []Outcome
}

// address is where a message goes.
type address struct {
	lane notify.Lane
	to   string
}

func addressOf(d Delivery) address { return address{d.Lane, d.Message.Contact.Address} }

// health is how an address has been doing.
type health struct {
	sending  int
	moved    time.Time // when a send last began on an idle address, or ended
	failures int       // in a row
	restTill time.Time // nothing is sent before
}

func (l *lanes) init(limit int, limits map[notify.Channel]int) {
	l.limit, l.limits = limit, limits
	l.sending, l.addresses = map[notify.Lane]int{}, map[address]*health{}
}

func (l *lanes) limitOf(c notify.Channel) int {
	if n, ok := l.limits[c]; ok {
		return n
	}
	return l.limit
}

// room returns how many more messages of a lane may be claimed.
func (l *lanes) room(k notify.Lane) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limitOf(k.Channel) - l.sending[k]
}

// start takes a slot for a message that was claimed at now; if its address has none for it, it returns until when the
// message has to wait.
func (l *lanes) start(d Delivery, now time.Time) (wait time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := addressOf(d)
	h := l.addresses[at]
	if h == nil {
		h = &health{}
	}
	slow := h.sending > 0 && now.Sub(h.moved) > slowAfter
	switch {
	case now.Before(h.restTill):
		return h.restTill, false
	case h.failures >= breakAfter && h.sending > 0, slow && h.sending >= max(l.limitOf(d.Lane.Channel)/2, 1):
		return now.Add(standBack), false
	}
	if h.sending == 0 {
		h.moved = now
	}
	l.addresses[at] = h
	h.sending++
	l.sending[d.Lane]++
	l.inFlight++
	return time.Time{}, true
}

// finish notes what became of a delivery.
func (l *lanes) finish(o Outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = append(l.finished, o)
	l.inFlight--
	if l.sending[o.Delivery.Lane]--; l.sending[o.Delivery.Lane] == 0 {
		delete(l.sending, o.Delivery.Lane)
	}
	at := addressOf(o.Delivery)
	h := l.addresses[at]
	h.sending--
	h.moved = now
	if o.Result.Verdict == episode.Retry {
		h.failures++
		if h.failures >= breakAfter {
			h.restTill = now.Add(min(time.Second<<min(h.failures-breakAfter, 10), maxRest))
		}
	} else {
		h.failures, h.restTill = 0, time.Time{}
	}
	if h.sending == 0 && h.failures == 0 {
		delete(l.addresses, at)
	}
}

// take returns what has finished since the last take.
func (l *lanes) take() []Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := l.finished
	l.finished = nil
	return done
}

// stand notes that a claimed message has to wait.
func (l *lanes) stand(d Delivery, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = append(l.finished, Outcome{Delivery: d, standTill: until})
}

// giveBack is for outcomes that could not be recorded yet.
func (l *lanes) giveBack(outcomes []Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = append(outcomes, l.finished...)
}

// idle reports whether nothing is under way or waits to be recorded.
func (l *lanes) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight == 0 && len(l.finished) == 0
}
