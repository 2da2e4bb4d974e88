package engine

import (
	"context"
	"errors"
	"fmt"
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
	// breakAfter is how many sends of a lane in a row must fail before it is given rest.
	breakAfter = 5
	// maxRest is the longest rest; afterwards one message probes whether the destination is back.
	maxRest = 10 * time.Second
)

// lanes keeps count of what is under way, and collects what became of it. A lane that is idle and well takes no space.
type lanes struct {
	mu       sync.Mutex
	limit    int
	limits   map[notify.Channel]int
	state    map[notify.Lane]*lane
	inFlight int
	finished []Outcome
}

type lane struct {
	sending  int
	failures int       // in a row
	restTill time.Time // nothing is sent before
}

func (l *lanes) init(limit int, limits map[notify.Channel]int) {
	l.limit, l.limits, l.state = limit, limits, map[notify.Lane]*lane{}
}

func (l *lanes) limitOf(c notify.Channel) int {
	if n, ok := l.limits[c]; ok {
		return n
	}
	return l.limit
}

// room returns how many more messages of a lane may be claimed at now. A lane that fails gets rest, then one probe at a
// time until one of them is answered.
func (l *lanes) room(k notify.Lane, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.state[k]
	switch {
	case !ok:
		return l.limitOf(k.Channel)
	case s.failures < breakAfter:
		return l.limitOf(k.Channel) - s.sending
	case now.Before(s.restTill) || s.sending > 0:
		return 0
	}
	return 1
}

func (l *lanes) start(k notify.Lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state[k] == nil {
		l.state[k] = &lane{}
	}
	l.state[k].sending++
	l.inFlight++
}

// finish notes what became of a delivery.
func (l *lanes) finish(o Outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished = append(l.finished, o)
	l.inFlight--
	s := l.state[o.Delivery.Lane]
	s.sending--
	if o.Result.Verdict == episode.Retry {
		s.failures++
		rest := min(time.Second<<min(max(s.failures-breakAfter, 0), 10), maxRest)
		s.restTill = now.Add(rest)
	} else {
		s.failures = 0
	}
	if s.sending == 0 && s.failures == 0 {
		delete(l.state, o.Delivery.Lane)
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
