package notify_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/script"
	"github.com/watchbill/watchbill/notify"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// climber drives the ladder of one person, and checks after every Advance what must always hold.
type climber struct {
	t      testing.TB
	steps  []notify.Step
	ladder notify.Ladder
	now    time.Time
	number int
	keys   map[notify.Send]bool // every message so far, by rung and attempt
	log    []string
	eager  bool
}

func newClimber(t testing.TB) *climber {
	return &climber{t: t, ladder: notify.Ladder{User: "ada"}, now: nine, keys: map[notify.Send]bool{}}
}

func (c *climber) say(format string, args ...any) {
	c.log = append(c.log, c.now.Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

func (c *climber) advance(in notify.LadderInput) {
	before := c.ladder
	next, sends, unreachable := notify.Advance(before, c.now, in)
	c.ladder = next
	for _, s := range sends {
		text := fmt.Sprintf("send %s, attempt %d", next.Rungs[s.Rung].Contact.ID, s.Attempt.Number)
		if s.Replaces != (watchbill.Attempt{}) {
			text += fmt.Sprintf(" (instead of attempt %d)", s.Replaces.Number)
		}
		c.say("%s", text)
	}
	if unreachable {
		c.say("ada cannot be reached")
	}
	c.check(before, in, sends, unreachable)
}

func (c *climber) check(before notify.Ladder, in notify.LadderInput, sends []notify.Send, unreachable bool) {
	for _, s := range sends {
		key := notify.Send{Rung: s.Rung, Attempt: s.Attempt}
		require.False(c.t, c.keys[key], "a message of the same key is sent twice: %+v", s)
		c.keys[key] = true
		require.Equal(c.t, c.ladder.Attempt, s.Attempt, "a message carries the latest attempt")
	}
	if _, tick := in.(notify.Tick); tick {
		wake := c.ladder.WakeAt()
		require.True(c.t, wake.IsZero() || wake.After(c.now), "due at %s after a Tick at %s", wake, c.now)
	}
	if unreachable {
		require.Empty(c.t, sends)
	}
	if len(sends) == 0 && reflect.DeepEqual(before, c.ladder) {
		return
	}
	again, sends, unreachable := notify.Advance(c.ladder, c.now, in)
	require.Empty(c.t, sends, "%T sends again when repeated", in)
	require.False(c.t, unreachable, "%T says again that nobody can be reached", in)
	require.Equal(c.t, c.ladder, again)

	var back notify.Ladder
	data, err := json.Marshal(c.ladder)
	require.NoError(c.t, err)
	require.NoError(c.t, json.Unmarshal(data, &back))
	require.Equal(c.t, c.ladder, back, "the ladder does not survive being stored")
}

// pass lets time pass, with a Tick whenever a rung is due, or every second.
func (c *climber) pass(d time.Duration) {
	for end := c.now.Add(d); ; {
		at := c.ladder.WakeAt()
		if c.eager && len(c.ladder.Rungs) > 0 {
			at = c.now.Add(time.Second)
		}
		if at.IsZero() || at.After(end) {
			c.now = end
			return
		}
		if at.After(c.now) {
			c.now = at
		}
		c.advance(notify.Tick{})
	}
}

func (c *climber) page() {
	c.number++
	c.advance(notify.Page{Attempt: watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: c.number}, Steps: c.steps})
}

// outcome reports on the latest message of a contact, or on that of an earlier attempt.
func (c *climber) outcome(accepted bool, args []string) {
	for i, r := range c.ladder.Rungs {
		if string(r.Contact.ID) != args[0] {
			continue
		}
		a := r.Attempt
		if len(args) > 1 {
			n, err := strconv.Atoi(args[1])
			require.NoError(c.t, err)
			a.Number = n
		}
		c.advance(notify.Outcome{Rung: i, Attempt: a, Accepted: accepted})
		return
	}
	c.t.Fatalf("ada has no contact %q", args[0])
}

func (c *climber) do(name string, args []string) string {
	c.log = nil
	switch name {
	case "rules":
		c.steps = steps(c.t, args)
		return ""
	case "page":
		c.page()
	case "accepted", "refused":
		c.outcome(name == "accepted", args)
	case "advance", "wait", "sleep", "setback":
		d, err := time.ParseDuration(args[0])
		require.NoError(c.t, err)
		switch name {
		case "advance":
			c.pass(d)
		case "wait": // nobody looks
			c.now = c.now.Add(d)
		case "sleep":
			c.now = c.now.Add(d)
			c.advance(notify.Tick{})
		case "setback":
			c.now = c.now.Add(-d)
			c.advance(notify.Tick{})
		}
	default:
		c.t.Fatalf("no command is called %q", name)
	}
	if len(c.log) == 0 {
		return "(nothing)"
	}
	return strings.Join(c.log, "\n")
}

// steps reads "hook sms@1m phone@2m".
func steps(t testing.TB, args []string) []notify.Step {
	var list []notify.Step
	for _, arg := range args {
		id, after, timed := strings.Cut(arg, "@")
		s := notify.Step{Contact: notify.Contact{ID: notify.ContactID(id), Channel: notify.Channel(id), Address: id + "@example.com"}}
		if timed {
			var err error
			s.After, err = time.ParseDuration(after)
			require.NoError(t, err)
		}
		list = append(list, s)
	}
	return list
}

func TestLadderScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command { return newClimber(t).do })
}

// FuzzAdvance runs one history in two ladders: one is woken when a rung is due, the other every second.
func FuzzAdvance(f *testing.F) {
	f.Add([]byte{3, 0, 1, 2, 0, 3, 1, 1, 0, 2, 2, 0, 3, 0, 4, 0, 1, 1})
	f.Add([]byte("a ladder of three rungs, and whatever befalls it"))
	f.Fuzz(func(t *testing.T, data []byte) {
		below := func(n int) int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b) % n
		}
		due, eager := newClimber(t), newClimber(t)
		eager.eager = true
		for i := range 1 + below(4) {
			due.steps = append(due.steps, notify.Step{After: time.Duration(below(30)) * time.Second,
				Contact: notify.Contact{ID: notify.ContactID(strconv.Itoa(i))}})
		}
		eager.steps = due.steps
		for data = data[:min(len(data), 200)]; len(data) > 0; {
			kind, rung, number, wait := below(6), below(5)-1, below(4), time.Duration(below(20))*time.Second
			for _, c := range []*climber{due, eager} {
				happen(c, kind, rung, number, wait)
			}
			require.Equal(t, due.log, eager.log)
			require.Equal(t, due.ladder, eager.ladder)
		}
	})
}

func happen(c *climber, kind, rung, number int, wait time.Duration) {
	switch kind {
	case 0:
		c.page()
	case 1, 2:
		a := watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: c.number - number}
		c.advance(notify.Outcome{Rung: rung, Attempt: a, Accepted: kind == 1})
	case 3:
		c.now = c.now.Add(-wait)
		c.advance(notify.Tick{})
	default:
		c.pass(wait)
	}
}

func TestAdvanceDoesNotWriteIntoWhatItWasGiven(t *testing.T) {
	c := newClimber(t)
	c.steps = steps(t, []string{"hook", "sms@1m"})
	c.page()
	before := c.ladder
	c.page()
	c.outcome(false, []string{"hook"})
	require.Equal(t, 1, before.Rungs[0].Attempt.Number)
	require.Equal(t, notify.Sent, before.Rungs[0].Progress)
	require.Equal(t, notify.Waiting, before.Rungs[1].Progress)
}

// Ada's rules: the app at once, a text message after a minute, a call after two. The app's address is dead.
func ExampleAdvance() {
	steps := []notify.Step{
		{Contact: notify.Contact{ID: "app"}},
		{After: time.Minute, Contact: notify.Contact{ID: "sms"}},
		{After: 2 * time.Minute, Contact: notify.Contact{ID: "call"}},
	}
	ladder, now := notify.Ladder{User: "ada"}, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	advance := func(in notify.LadderInput) {
		next, sends, _ := notify.Advance(ladder, now, in)
		ladder = next
		for _, s := range sends {
			fmt.Printf("%s send to %s, attempt %d\n", now.Format("15:04:05"), ladder.Rungs[s.Rung].Contact.ID, s.Attempt.Number)
		}
	}
	first := watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: 1}
	advance(notify.Page{Attempt: first, Steps: steps})
	now = now.Add(5 * time.Second)
	advance(notify.Outcome{Rung: 0, Attempt: first}) // refused for good
	for ladder.WakeAt() != (time.Time{}) {
		now = ladder.WakeAt()
		advance(notify.Tick{})
	}
	second := first
	second.Number++
	now = now.Add(time.Minute)
	advance(notify.Page{Attempt: second, Steps: steps})

	// Output:
	// 09:00:00 send to app, attempt 1
	// 09:00:05 send to sms, attempt 1
	// 09:02:00 send to call, attempt 1
	// 09:03:00 send to sms, attempt 2
	// 09:03:00 send to call, attempt 2
}
