package episode

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Heard is one thing that an alert was told from outside: by its source, by a person, or by a provider.
type Heard struct {
	Seq   int64     // of the entry
	At    time.Time // by the engine's clock of the time
	Input Input     // a [Signal] of which only the signal is set, a person's command, or a [Receipt]
	// Times is how many signals came since the entry before that changed nothing; the last of them came At, and when the
	// others did is not recorded. It is 1 for everything else.
	Times int
	// Took is how long after its message was queued, or after the receipt before it, a receipt came; zero for all else.
	Took time.Duration
}

// HeardIn returns what an alert was told from outside, in order, read from its record from the first entry on. It never fails:
// what cannot be read is left out. Remarks and links are left out too. Signals that changed nothing since the latest entry are
// in no record: see [Episode.Repeats].
func HeardIn(entries []timeline.Entry) []Heard {
	l := listener{queued: map[notify.Key]time.Time{}}
	for _, e := range entries {
		l.listen(e)
	}
	return l.all
}

// listener is a record being heard.
type listener struct {
	all    []Heard
	id     watchbill.AlertID
	ref    alert.Ref
	latest alert.Signal             // that triggers
	queued map[notify.Key]time.Time // and not answered yet
}

func (l *listener) listen(e timeline.Entry) {
	if e.Kind == KindQueued {
		var p queued
		if read(e, &p) {
			l.queued[p.Key] = e.At
		}
		return
	}
	in := newInput(e.Kind)
	if in == nil || !read(e, in) {
		return
	}
	h := Heard{Seq: e.Seq, At: e.At, Times: 1}
	if c := in.(interface{ clock() time.Time }).clock(); !c.IsZero() {
		h.At = c
	}
	if r, ok := in.(*receipt); ok {
		if at, known := l.queued[r.Key]; known {
			h.Took = max(e.At.Sub(at), 0)
		}
		l.queued[r.Key] = e.At
	}
	if h.Input = l.said(e, in, &h); h.Input != nil {
		l.all = append(l.all, h)
	}
}

// said returns the input that an entry records; nil if it came from within.
func (l *listener) said(e timeline.Entry, in input, h *Heard) Input {
	by := Command{Via: e.Via}
	name, person := strings.CutPrefix(string(e.Actor), string(timeline.User("")))
	if person {
		by.By = watchbill.UserID(name)
	}
	switch in := in.(type) {
	case *opened:
		l.id, l.ref, l.latest = in.ID, in.Signal.Ref(), in.Signal
		return Signal{Signal: in.Signal}
	case *signaled:
		l.latest = in.Signal
		return Signal{Signal: in.Signal}
	case *repeated:
		h.At, h.Times = in.LastAt, in.Count
		return Signal{Signal: l.latest}
	case *receipt:
		return Receipt{in.Key, in.Result, in.Contact, in.Channel}
	case *acknowledged:
		if !person {
			return Signal{Signal: l.bare(alert.Acknowledge)}
		}
		return Acknowledge(by)
	case *resolved:
		if !person {
			s := l.bare(alert.Resolve)
			s.Sender, s.EndsAt = in.Sender, in.EndsAt
			return Signal{Signal: s}
		}
		return Resolve(by)
	case *member: // its own source says that it is over, and it stays open for the others
		if in.ID == l.id && in.Change == MemberResolved && e.Actor == timeline.Source(l.ref.Source) {
			return Signal{Signal: l.bare(alert.Resolve)}
		}
	}
	if !person {
		return nil
	}
	return commandOf(by, in)
}

// bare is a signal of the alert's source that says nothing more.
func (l *listener) bare(a alert.Action) alert.Signal {
	return alert.Signal{Source: l.ref.Source, Key: l.ref.Key, Action: a}
}

// commandOf returns a person's command; nil if the entry is none that changes anything.
func commandOf(by Command, in input) Input {
	switch in := in.(type) {
	case *escalated:
		return Escalate(by)
	case *snoozed:
		return Snooze{by, in.Until}
	case *declined:
		return Decline(by)
	case *reassigned:
		return Reassign{by, in.Target}
	case *summonedOne:
		return Summon{by, in.User}
	case *dismissed:
		return Dismiss{by, in.User}
	case *joined:
		return Join{by, in.Parent, in.Why}
	case *left:
		return Leave(by)
	}
	return nil
}
