package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim/drill"
)

// drillLook is how often, in real time, a drill is looked at: whether it is over.
const drillLook = 100 * time.Millisecond

// play runs the real server on an empty store in memory, with the drill's clock, and plays the drill on it.
func (f *drillFlags) play(ctx context.Context, d drill.Drill, file *config.File, begin time.Time, log *slog.Logger, out io.Writer) (sheet drill.Sheet, err error) {
	token := cmp.Or(f.token, rand.Text())
	isolate(file, f.public, token)
	clock := drill.Clock{Base: engine.RealClock(), Real: time.Now(), Set: begin, Speed: f.speed}
	t := &training{drill: d, clock: clock, speed: f.speed, out: out}
	if f.send {
		t.send = map[watchbill.UserID]bool{}
		for _, u := range file.Org.Catalog.Users {
			t.send[u.ID] = true
		}
	}
	a, err := newApp(ctx, file, setup{db: "memory:", listen: f.listen, log: log, clock: clock, instead: t.post,
		sendTimeout: time.Duration(f.speed * float64(engine.DefaultSendTimeout))})
	if err != nil {
		return sheet, err
	}
	defer a.close()
	t.app, t.began = a, clock.Now()
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	served := make(chan error, 1)
	go func() { served <- a.run(serving) }() // ends with serving, waited for below
	t.introduce(a.public, token)
	sheet, err = t.lead(ctx)
	stop()
	if failed := <-served; err == nil {
		err = failed
	}
	return sheet, err
}

// isolate takes out of a configuration what a drill must not touch: it has links, keys and a name of its own, and nobody
// outside is told that it is well.
func isolate(file *config.File, public, token string) {
	file.Org = drill.Isolated(file.Org)
	file.PublicURL, file.SigningKey, file.DeadMan = strings.TrimRight(public, "/"), "", nil
	file.Org.Catalog.Keys = append(slices.Clip(file.Org.Catalog.Keys), catalog.Key{ID: "drill", Role: catalog.RoleAdmin, Token: catalog.DigestOf(token)})
}

// training is a drill under way.
type training struct {
	drill drill.Drill
	clock drill.Clock
	began time.Time // by the drill's clock
	speed float64
	app   *app
	send  map[watchbill.UserID]bool // to these people; nil: to nobody

	mu  sync.Mutex
	out io.Writer
}

func (t *training) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%s  %s\n", drill.Distance(t.clock.Now().Sub(t.began)), fmt.Sprintf(format, args...))
}

func (t *training) introduce(base, token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pace := "in real time"
	if t.speed != 1 {
		pace = fmt.Sprintf("%g times faster than real time", t.speed)
	}
	how := "Pages are shown here, and reach nobody."
	if t.send != nil {
		how = "PAGES GO OUT TO PEOPLE, marked as a drill; other messages are only shown here."
	}
	fmt.Fprintf(t.out, `%s
An isolated server runs the drill on %s, %s, for %s of its time at most.
It keeps nothing; no other server knows of it. %s Ctrl-C ends it and prints the scoring sheet. Take part by the links in the pages, or:

  export WATCHBILL_SERVER=%s WATCHBILL_TOKEN=%s WATCHBILL_USER=your-id
  refserver incident declare -alert ALERT

`, drill.Marked(t.drill.Title), base, pace, t.drill.Limit, how, base, token)
}

// cue is something that comes at its time.
type cue struct {
	after time.Duration
	do    func(ctx context.Context)
}

// cues are the signals and injects, in order.
func (t *training) cues() (all []cue) {
	for _, s := range t.drill.Signals {
		all = append(all, cue{s.After, func(ctx context.Context) { t.signal(ctx, s) }})
	}
	for _, i := range t.drill.Injects {
		all = append(all, cue{i.After, func(context.Context) { t.say("inject, for whoever leads: %s", i.Text) }})
	}
	slices.SortStableFunc(all, func(a, b cue) int { return cmp.Compare(a.after, b.after) })
	return all
}

// lead plays the drill until it is over, and scores it.
func (t *training) lead(ctx context.Context) (sheet drill.Sheet, err error) {
	look := time.Duration(float64(drillLook) * t.speed)
	cues, end := t.cues(), t.began.Add(t.drill.Limit)
	keep := context.WithoutCancel(ctx)
	for {
		now := t.clock.Now()
		for len(cues) > 0 && !t.began.Add(cues[0].after).After(now) {
			cues[0].do(ctx)
			cues = cues[1:]
		}
		records, err := drill.Everything(keep, t.app.store)
		if err != nil {
			return sheet, err
		}
		why := ""
		switch now = t.clock.Now(); {
		case ctx.Err() != nil:
			why = "it was ended by hand"
		case !now.Before(end):
			why = "its time is up"
		case drill.Settled(t.drill, t.began, now, records):
			why = "everything is resolved"
		}
		if why != "" {
			t.say("the drill is over: %s", why)
			return drill.Score(t.drill, t.began, now, records), nil
		}
		next := now.Add(look)
		if len(cues) > 0 && t.began.Add(cues[0].after).Before(next) {
			next = t.began.Add(cues[0].after)
		}
		due, cancel := t.clock.WithDeadline(ctx, next)
		<-due.Done()
		cancel()
	}
}

// signal hands in what a source said in the past.
func (t *training) signal(ctx context.Context, s drill.Signal) {
	v := t.app.engine.Submit(ctx, []alert.Signal{s.At(t.clock.Now())})[0]
	what := fmt.Sprintf("signal from %s, %s %s", s.Signal.Source, s.Signal.Action, s.Signal.Key)
	if v.Err != nil {
		t.say("%s: REFUSED: %v", what, v.Err)
		return
	}
	t.say("%s: %s %s", what, v, v.Alert)
}

// post shows messages, and sends pages of alerts to people if that is wanted. Whatever else the file would send to anybody
// stays here: a customer must not read of a drill.
func (t *training) post(inner notify.Notifier) notify.Notifier { return drillPost{t, inner} }

type drillPost struct {
	t     *training
	inner notify.Notifier
}

// Ready reports whether the channel works: in the terminal, all do.
func (p drillPost) Ready() bool {
	r, ok := p.inner.(interface{ Ready() bool })
	return p.t.send == nil || !ok || r.Ready()
}

// Notify shows the message, and sends it on if people are to have it.
func (p drillPost) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	m = marked(m)
	to := cmp.Or(string(m.User), "nobody in particular") // a destination is called destination:ID
	p.t.say("%s to %s by %s (level %d, attempt %d): %s", m.Kind, to, m.Contact.Channel, m.Level, m.Attempt, m.Summary)
	if m.Kind == notify.KindPage && m.AckURL != "" {
		p.t.say("    acknowledge: %s", m.AckURL)
	}
	if p.t.send[m.User] && m.Alert != "" {
		return p.inner.Notify(ctx, m)
	}
	return notify.Receipt{}, nil
}

// marked is a message that says that it is about a drill, whoever raised what it is about.
func marked(m notify.Message) notify.Message {
	m.Summary = drill.Marked(m.Summary)
	m.Items = slices.Clone(m.Items)
	for i := range m.Items {
		m.Items[i].Summary = drill.Marked(m.Items[i].Summary)
	}
	return m
}
