package episode_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// node is one state that was reached, with what lies outside of the episode.
type node struct {
	episode  episode.Episode
	now      time.Time
	outbox   []episode.Outgoing
	last     watchbill.Attempt // the latest on a level
	closed   bool
	edited   bool // the other configuration is in force
	silenced bool
}

// key is equal for states from which the same things happen.
func (n *node) key(t *testing.T) [sha256.Size]byte {
	e := n.episode
	e.Seq, e.Alert.Count, e.Repeats = 0, 0, 0
	data, err := episode.Encode(e)
	require.NoError(t, err)
	data = fmt.Append(data, n.now.UnixMicro(), n.closed, n.edited, n.silenced)
	for _, o := range n.outbox {
		data = append(data, o.ID...)
	}
	return sha256.Sum256(data)
}

// explorer goes through every sequence of moves from one start, up to a depth.
type explorer struct {
	t    *testing.T
	orgs [2][2]*oncall.Org // edited, silenced
	seen map[[sha256.Size]byte]bool
}

// moves are all that can happen to an alert; each returns the input, and may change what lies outside of the episode. nil is
// nothing that can happen now.
var moves = map[string]func(n *node) episode.Input{
	"ack ada":  func(*node) episode.Input { return episode.Acknowledge{By: "ada"} },
	"ack ben":  func(*node) episode.Input { return episode.Acknowledge{By: "ben"} },
	"resolve":  func(*node) episode.Input { return episode.Resolve{By: "ben"} },
	"source":   func(*node) episode.Input { return signalOf(watchbill.SeverityUnset, alert.Resolve) },
	"raise":    func(*node) episode.Input { return signalOf(watchbill.SeverityCritical, alert.Trigger) },
	"escalate": func(*node) episode.Input { return episode.Escalate{By: "ben"} },
	"decline":  func(*node) episode.Input { return episode.Decline{By: "ada"} },
	"snooze": func(n *node) episode.Input {
		return episode.Snooze{Command: episode.Command{By: "ada"}, Until: n.now.Add(90 * time.Second)}
	},
	"accepted":    func(n *node) episode.Input { return n.receipt(episode.Accepted) },
	"refused":     func(n *node) episode.Input { return n.receipt(episode.Refused) },
	"never there": (*node).undelivered,
	"next wake":   (*node).wake,
	"edit":        func(n *node) episode.Input { n.edited = !n.edited; return episode.Look{} },
	"restore":     func(*node) episode.Input { return episode.Restore{} },
	"confirm":     func(*node) episode.Input { return episode.Confirm{By: "ada"} },
	"silence":     func(n *node) episode.Input { n.silenced = !n.silenced; return episode.Look{} },
	"clock behind": func(n *node) episode.Input {
		n.now = n.now.Add(-30 * time.Second)
		return episode.Tick{UpSince: monday}
	},
}

func signalOf(s watchbill.Severity, a alert.Action) episode.Input {
	return episode.Signal{ID: "01", Signal: alert.Signal{Source: "prom", Key: "disk", Action: a, Severity: s, Service: "shop"}}
}

// receipt answers the message that has waited longest.
func (n *node) receipt(v episode.Verdict) episode.Input {
	if len(n.outbox) == 0 {
		return nil
	}
	o := n.outbox[0]
	n.outbox = slices.Clone(n.outbox[1:])
	return episode.Receipt{Key: o.Key, Result: episode.Result{Verdict: v}, Contact: "hook", Channel: o.Lane.Channel}
}

// undelivered says of the first message that was accepted that it never arrived.
func (n *node) undelivered() episode.Input {
	for _, l := range n.episode.Ladders {
		for i, r := range l.Rungs {
			if r.Progress == notify.Accepted {
				key := notify.Key{Alert: n.episode.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}
				return episode.Delivered{Message: key.ID(), State: notify.Undelivered}
			}
		}
	}
	return nil
}

func (n *node) wake() episode.Input {
	at := n.episode.WakeAt()
	if at.IsZero() {
		return nil
	}
	if at.After(n.now) {
		n.now = at
	}
	return episode.Tick{UpSince: monday}
}

// move returns the state that a move leads to, after what must hold of it was checked; nil if it cannot happen.
func (x *explorer) move(from *node, name string, path []string) *node {
	n := *from
	in := moves[name](&n)
	if in == nil || n.episode.Alert.State == alert.Resolved && name == "raise" { // which opens an alert of its own
		return nil
	}
	edited, silenced := 0, 0
	if n.edited {
		edited = 1
	}
	if n.silenced {
		silenced = 1
	}
	var out episode.Outcome
	n.episode, out = episode.Step(episode.World{Org: x.orgs[edited][silenced]}, n.episode, n.now, in)
	n.commit(out)
	x.check(from, &n, in, out, append(slices.Clone(path), name))
	return &n
}

func (n *node) commit(out episode.Outcome) {
	n.outbox = slices.Clone(n.outbox)
	if out.CancelAll {
		n.outbox = nil
	}
	n.outbox = slices.DeleteFunc(n.outbox, func(o episode.Outgoing) bool { return slices.Contains(out.Cancel, o.ID) })
	n.outbox = append(n.outbox, out.Send...)
	n.closed = n.closed || n.episode.Alert.State == alert.Resolved
}

func onlyRestored(e episode.Episode) bool { return len(e.Held) == 1 && e.Restored() }

func (x *explorer) check(from, n *node, in episode.Input, out episode.Outcome, path []string) {
	e := n.episode
	holds := func(ok bool, rule string) {
		if !ok {
			require.Fail(x.t, rule, "after %s: %+v", strings.Join(path, ", "), e)
		}
	}
	holds(!n.closed || e.Alert.State == alert.Resolved, "what was resolved stays resolved")
	muted := len(e.Held) > 0
	pages := func(o episode.Outgoing) bool { return o.Key.Kind == notify.KindPage }
	if e.Alert.State != alert.Triggered || muted {
		holds(!slices.ContainsFunc(n.outbox, pages), "nothing waits to page once it is acknowledged, resolved or held")
	}
	holds((e.Alert.State == alert.Triggered && !muted) == e.Escalation.Phase.Active(), "what is triggered and not held pages")
	wake := e.WakeAt()
	if e.Alert.State == alert.Triggered && !muted && e.Alert.Urgency == watchbill.UrgencyHigh {
		holds(!wake.IsZero(), "it is never silent for good")
	}
	if muted && n.silenced && !onlyRestored(e) && e.Alert.State.Open() {
		holds(!e.LookAt.IsZero(), "a silence ends")
	}
	if _, tick := in.(episode.Tick); tick {
		holds(wake.IsZero() || wake.After(n.now), "after a Tick nothing is due")
	}
	x.checkWanted(n, holds)
	x.checkOrder(n, out.Entries, holds)
	if e.Alert.Urgency == watchbill.UrgencyLow {
		holds(from.episode.Alert.Urgency == watchbill.UrgencyLow || from.episode.Alert.State == alert.None, "what is urgent stays so")
	}
}

// checkStored: it can be read again.
func (x *explorer) checkStored(n *node) {
	data, err := episode.Encode(n.episode)
	require.NoError(x.t, err)
	_, err = episode.Decode(data)
	require.NoError(x.t, err)
}

// checkWanted: what waits to be sent is what the ladders want.
func (x *explorer) checkWanted(n *node, holds func(bool, string)) {
	wanted := 0
	for _, l := range n.episode.Ladders {
		for i, r := range l.Rungs {
			key := notify.Key{Alert: n.episode.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}
			if n.episode.Wants(key) {
				wanted++
				holds(slices.ContainsFunc(n.outbox, func(o episode.Outgoing) bool { return o.Key == key }), "what is wanted waits to be sent")
			}
		}
	}
	for _, o := range n.outbox {
		if o.Key.Kind == notify.KindPage {
			wanted--
			holds(n.episode.Wants(o.Key), "what waits to be sent is wanted")
		}
	}
	holds(wanted == 0, "what is wanted waits once")
}

// checkOrder: every attempt follows the one before.
func (x *explorer) checkOrder(n *node, entries []timeline.Entry, holds func(bool, string)) {
	for _, entry := range entries {
		var p struct{ Attempt watchbill.Attempt }
		switch entry.Kind {
		case episode.KindFound, episode.KindNobody, episode.KindSkipped:
			require.NoError(x.t, json.Unmarshal(entry.Data, &p))
		}
		if p.Attempt.Level > 0 {
			holds(follows(n.last, p.Attempt), fmt.Sprintf("no level is lost: %v, then %v", n.last, p.Attempt))
			n.last = p.Attempt
		}
	}
}

func follows(a, b watchbill.Attempt) bool {
	switch {
	case b.Run != a.Run:
		return b.Run > a.Run && b.Number == 1
	case b.Cycle != a.Cycle:
		return b.Cycle == a.Cycle+1 && b.Level == 1 && b.Number == 1
	case b.Level != a.Level:
		return b.Level == a.Level+1 && b.Number == 1
	}
	return b.Number == a.Number+1
}

// explore goes over all sequences, breadth first, and returns how many states and steps there were.
func (x *explorer) explore(depth int, severity watchbill.Severity) (states, steps int) {
	var names []string
	for name := range moves {
		names = append(names, name)
	}
	slices.Sort(names)
	start := &node{now: monday}
	var out episode.Outcome
	start.episode, out = episode.Step(episode.World{Org: x.orgs[0][0]}, start.episode, start.now, signalOf(severity, alert.Trigger))
	start.commit(out)
	x.checkOrder(start, out.Entries, func(ok bool, rule string) { require.True(x.t, ok, rule) })
	type found struct {
		*node
		path []string
	}
	for level := []found{{start, nil}}; depth > 0 && len(level) > 0; depth-- {
		var next []found
		for _, at := range level {
			for _, name := range names {
				n := x.move(at.node, name, at.path)
				if n == nil {
					continue
				}
				steps++
				if key := n.key(x.t); !x.seen[key] {
					x.seen[key] = true
					x.checkStored(n)
					next = append(next, found{n, append(slices.Clone(at.path), name)})
				}
			}
		}
		level = next
	}
	return len(x.seen), steps
}

// starts are the configurations that are explored, and those that an edit puts in their place.
var starts = map[string]struct {
	before, after []string
	severity      watchbill.Severity
}{
	"two levels": {
		before:   []string{"level user:ada timeout=2m attempts=1", "level user:ben timeout=2m attempts=1"},
		after:    []string{"level user:ben timeout=2m attempts=1"},
		severity: watchbill.SeverityError,
	},
	"two people, both needed": {
		before:   []string{"level user:ada,user:ben timeout=2m acks=2", "level user:cem timeout=2m"},
		after:    []string{"level user:ada timeout=2m acks=2", "level user:cem timeout=2m"},
		severity: watchbill.SeverityError,
	},
	"a call that rings, and another try": {
		before:   []string{"level user:dot timeout=2m every=1m", "level user:ben timeout=1m"},
		after:    []string{"level user:cem timeout=2m"},
		severity: watchbill.SeverityCritical,
	},
	"a quiet alert": {
		before:   []string{"level user:ada", "level user:ben"},
		after:    []string{"level user:cem", "level user:ben"},
		severity: watchbill.SeverityInfo,
	},
	"nobody there": {
		before:   []string{"level schedule:empty", "level user:gone"},
		after:    []string{"level schedule:empty", "level user:ben"},
		severity: watchbill.SeverityCritical,
	},
}

// Set WATCHBILL_EXPLORE to a depth to look further than four moves.
func TestExploreEverySequence(t *testing.T) {
	depth := 4
	if more, err := strconv.Atoi(os.Getenv("WATCHBILL_EXPLORE")); err == nil {
		depth = more
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			x := &explorer{t: t, seen: map[[sha256.Size]byte]bool{}}
			for edited, levels := range [2][]string{start.before, start.after} {
				for silenced := range 2 {
					w := newWorld(t)
					lines := append([]string{"user ada hook", "user ben hook", "user cem hook", "user dot sms voice@1m", "user gone", "schedule empty UTC",
						"service shop policy=web", "policy web ack_timeout=3m"}, levels...)
					if silenced == 1 {
						lines = append(lines, "silence s1 1h")
					}
					for _, line := range lines {
						words := strings.Fields(line)
						configures[words[0]](w, words[1:])
					}
					w.configure()
					x.orgs[edited][silenced] = w.org
				}
			}
			states, steps := x.explore(depth, start.severity)
			t.Logf("%d states, %d steps, all sequences of %d out of %d", states, steps, depth, len(moves))
		})
	}
}
