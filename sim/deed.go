package sim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
)

// Deed is what can happen: [Signal], [Command], [Configure], [Crash], [Pause], [StoreFault], [ClockJump], [Meddle] and [Do].
type Deed interface {
	fmt.Stringer
	do(w *world)
}

// Signal is a signal from a source, which sends it again every ten seconds until it is taken in.
type Signal alert.Signal

// String names what is wrong.
func (s Signal) String() string {
	text := fmt.Sprintf("signal %s %s", s.Action, s.Key)
	if s.Action == alert.Trigger {
		text += fmt.Sprintf(" (%s) %q", s.Severity, s.Summary)
	}
	return text
}

func (s Signal) do(w *world) { w.signal(alert.Signal(s)) }

// Command is what a person does with the newest alert of a key, such as [episode.Acknowledge]. If there is none yet, nothing
// happens, and the log says so.
type Command struct {
	Key   alert.DedupKey // of a signal, a source or a heartbeat of the scenario
	Input episode.Input  // of which [episode.Speaker] knows who gives it
}

// String names it.
func (c Command) String() string {
	by, _ := episode.Speaker(c.Input)
	return fmt.Sprintf("%s: %s of %s", by.By, inputName(c.Input), c.Key)
}

func (c Command) do(w *world) {
	a := w.newest[c.Key]
	if a == nil {
		by, _ := episode.Speaker(c.Input)
		w.say(Event{Kind: KindAct, User: by.By, Text: fmt.Sprintf("%s: there is no alert with the key %s yet", inputName(c.Input), c.Key)})
		return
	}
	w.command(a, c.Input)
}

// inputName is the input's type without its package, in lower case.
func inputName(in episode.Input) string {
	name := fmt.Sprintf("%T", in)
	return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
}

// Configure puts another configuration in force.
type Configure struct{ Org oncall.Config }

// String names it.
func (Configure) String() string { return "the configuration changes" }

func (c Configure) do(w *world) {
	h := w.anyHost("configure")
	again := func() { w.after(retryAfter, func() { c.do(w) }) }
	h.run(job{
		name: "configure",
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			_, err := e.Configure(ctx, now, c.Org)
			return err
		},
		then: func(err error) {
			if err == nil {
				w.h.learn(c.Org.Catalog)
			}
			h.asked("configure", err, again)
		},
		lost: again,
	})
}

// asked ends what somebody asked for: if the store has failed, they ask again, and anything else that went wrong is told.
func (h *host) asked(what string, err error, again func()) {
	switch {
	case failedStore(err):
		again()
		return
	case err != nil:
		h.w.say(Event{Kind: KindAct, Engine: h.number + 1, Text: fmt.Sprintf("%s: %v", what, err)})
	}
	h.wake()
}

// Crash ends an engine after so many steps of its transactions from then on, at once if Steps is zero, as kill -9 does: what it had under
// way is lost. It starts again after a while.
type Crash struct {
	Engine int           // from 0
	Steps  int           // zero: at once
	For    time.Duration // until it starts again; zero: at once
}

// String names it.
func (c Crash) String() string {
	return fmt.Sprintf("engine %d crashes after %d steps of transactions, for %s", c.Engine+1, c.Steps, c.For)
}

func (c Crash) do(w *world) {
	h := w.host(c.Engine)
	if c.Steps == 0 {
		h.crash(c.For)
		return
	}
	h.fuse, h.down = c.Steps, c.For
}

// Pause lets an engine stand still, as SIGSTOP or a host that is suspended does, and go on where it was.
type Pause struct {
	Engine int           // from 0
	For    time.Duration // zero: not at all
	Claims bool          // not before it next claims messages: it sends them when it goes on
}

// String names it.
func (p Pause) String() string {
	text := fmt.Sprintf("engine %d stands still for %s", p.Engine+1, p.For)
	if p.Claims {
		text += " once it has claimed messages"
	}
	return text
}

func (p Pause) do(w *world) {
	if h := w.host(p.Engine); p.Claims {
		h.holds = p.For
	} else {
		h.pause(p.For)
	}
}

// StoreFault fails a step of an engine's transactions, so many from then on: before its commit, or after it, when the engine
// does not learn that it succeeded. A conflict comes at the next commit.
type StoreFault struct {
	Engine   int // from 0
	Steps    int // 1: the next one; of a Conflict it does not count
	Conflict bool
}

// String names it.
func (f StoreFault) String() string {
	if f.Conflict {
		return fmt.Sprintf("the next commit of engine %d has a conflict", f.Engine+1)
	}
	return fmt.Sprintf("step %d of the transactions of engine %d fails", f.Steps, f.Engine+1)
}

func (f StoreFault) do(w *world) { w.host(f.Engine).faults = append(w.host(f.Engine).faults, f) }

// ClockJump sets the clocks of all hosts: ahead, or back if By is negative; it is not zero. The world's time goes on.
type ClockJump struct{ By time.Duration }

// String names it.
func (c ClockJump) String() string { return fmt.Sprintf("the clocks are set by %s", c.By) }

func (c ClockJump) do(w *world) {
	w.say(Event{Kind: KindClock, Text: c.String()})
	if w.audit != nil {
		w.audit.behind, w.audit.mutesAt = w.audit.behind || c.By < 0, w.now
	}
	for _, h := range w.hosts {
		h.skew += c.By
		h.ahead = h.current != nil && (h.ahead || c.By < 0)
		h.passAt(w.now)
	}
}

// Meddle is somebody who does something with some alert, as the number says.
type Meddle uint64

// String names it.
func (m Meddle) String() string { return fmt.Sprintf("somebody does something (%d)", uint64(m)) }

func (m Meddle) do(w *world) { w.meddle(uint64(m)) }

// Do is anything else, done with an engine. If the store fails, or the engine ends meanwhile, it is done again a moment later, as a
// person would. Any other error is told in the story.
type Do struct {
	Name string
	With func(ctx context.Context, e *engine.Engine, now time.Time) error
}

// String names it.
func (d Do) String() string { return d.Name }

func (d Do) do(w *world) {
	h := w.anyHost(d.Name)
	again := func() { w.after(retryAfter, func() { d.do(w) }) }
	h.run(job{name: d.Name, do: d.With, then: func(err error) { h.asked(d.Name, err, again) }, lost: again})
}

// someUser is anybody.
func someUser(w *world, n uint64) watchbill.UserID {
	users := w.s.Org.Catalog.Users
	return users[n%uint64(len(users))].ID
}
