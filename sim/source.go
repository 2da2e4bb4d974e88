package sim

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Source makes what happens of chance. It draws from c alone, so that the same seed gives the same acts, which lie within the
// span from the scenario's start.
type Source interface {
	Acts(c *rand.Rand, start time.Time, span time.Duration) []Act
}

// Troubles is a source whose troubles come independently of each other, at a steady rate, and end by themselves or are fixed
// by people: see [Person.Fixes].
type Troubles struct {
	Like  alert.Signal  // what is said of each; its key is followed by a number, as in "disk-1". Its Action is left out
	Every time.Duration // between two, on average; more than zero
	Lasts Delay         // until the source says that it is over; the zero Delay: it never does
	Keys  int           // so many different things go wrong, by turns of chance; zero: a new one each time
}

// Acts draws them.
func (t Troubles) Acts(c *rand.Rand, _ time.Time, span time.Duration) (acts []Act) {
	for i, at := range gaps(c, t.Every, span) {
		if t.Keys > 0 {
			i = c.IntN(t.Keys)
		}
		acts = append(acts, t.trouble(c, i, at, span)...)
	}
	return acts
}

func (t Troubles) trouble(c *rand.Rand, number int, at, span time.Duration) []Act {
	s := t.Like
	s.Key = alert.DedupKey(fmt.Sprintf("%s-%d", s.Key, number+1))
	acts := []Act{{at, Signal(s)}}
	if lasts := t.Lasts.draw(c); lasts > 0 && at+lasts < span {
		s.Action = alert.Resolve
		acts = append(acts, Act{at + lasts, Signal(s)})
	}
	return acts
}

// Burst is a source of which many things go wrong at once, each with a key of its own.
type Burst struct {
	Like  alert.Signal  // as in Troubles
	At    time.Duration // since the scenario's start; before For has passed
	Count int           // how many; 1 to 500,000, and 10,000 where they come all at once
	Over  time.Duration // they come evenly within that, before For has passed; zero: all at once
	Lasts Delay         // as in Troubles
}

// Acts draws them.
func (b Burst) Acts(c *rand.Rand, _ time.Time, span time.Duration) (acts []Act) {
	t := Troubles{Like: b.Like, Lasts: b.Lasts}
	for i := range b.Count {
		acts = append(acts, t.trouble(c, i, b.At+part(b.Over, i, b.Count), span)...)
	}
	return acts
}

// part is a number of so many even parts of a span, whose product may be longer than a span can be.
func part(of time.Duration, number, parts int) time.Duration {
	high, low := bits.Mul64(uint64(max(of, 0)), uint64(number))
	quotient, _ := bits.Div64(high, low, uint64(parts))
	return time.Duration(quotient)
}

// Flapping is a source that says again and again that one thing is wrong and that it is over.
type Flapping struct {
	Like   alert.Signal // what is said each time, with this key. Its Action is left out
	Phases []Span       // when it flaps, each from before For has passed; none: all the time
	Wrong  Delay        // how long it is wrong; at least 1 s, also where chance would make it shorter
	Fine   Delay        // how long it is fine in between; at least 1 s too
}

// shortestFlap is how long either lasts at least, so that there is an end of them.
const shortestFlap = time.Second

// Acts draws them.
func (f Flapping) Acts(c *rand.Rand, _ time.Time, span time.Duration) (acts []Act) {
	phases := f.Phases
	if len(phases) == 0 {
		phases = []Span{{0, span}}
	}
	for _, p := range phases {
		for at := p.From; at < min(p.To, span); {
			s := f.Like
			acts = append(acts, Act{at, Signal(s)})
			at += max(f.Wrong.draw(c), shortestFlap)
			s.Action = alert.Resolve
			acts = append(acts, Act{at, Signal(s)})
			at += max(f.Fine.draw(c), shortestFlap)
		}
	}
	return acts
}

// Recorded plays signals back that came at these instants. What came before the scenario's start, or after its end, is left
// out; at least one must be within.
type Recorded []RecordedSignal

// RecordedSignal is a signal, and when it came.
type RecordedSignal struct {
	At     time.Time    `json:"at"`
	Signal alert.Signal `json:"signal"`
}

// Acts returns the signals.
func (r Recorded) Acts(_ *rand.Rand, start time.Time, span time.Duration) (acts []Act) {
	for _, s := range r {
		if after := s.At.Sub(start); after >= 0 && after < span {
			acts = append(acts, Act{after, Signal(s.Signal)})
		}
	}
	return acts
}

// Noise is a source that says anything of a few things: all severities, resolves, starts in the past and in the future,
// several signals at once. It is for those who test the engine.
type Noise struct {
	Source   watchbill.SourceID
	Services []watchbill.ServiceID // which a thing belongs to, by turns; none: the source's own
	Every    time.Duration         // between two, on average; more than zero
	Keys     int                   // so many different things, with the keys k0, k1 and so on; zero: 6
}

// Acts draws them.
func (n Noise) Acts(c *rand.Rand, start time.Time, span time.Duration) (acts []Act) {
	for _, at := range gaps(c, n.Every, span) {
		for range 1 + c.IntN(3) {
			acts = append(acts, Act{at, n.signal(c, start.Add(at))})
		}
	}
	return acts
}

func (n Noise) keys() int {
	if n.Keys <= 0 {
		return 6
	}
	return n.Keys
}

func (n Noise) signal(c *rand.Rand, now time.Time) Signal {
	key := c.IntN(n.keys())
	s := Signal{Source: n.Source, Key: alert.DedupKey(fmt.Sprintf("k%d", key)), Summary: fmt.Sprintf("thing %d is wrong", key),
		Severity: watchbill.Severity(c.IntN(5))}
	if len(n.Services) > 0 {
		s.Service = n.Services[key%len(n.Services)]
	}
	if c.IntN(4) == 0 {
		s.Action = alert.Resolve
	}
	if c.IntN(2) == 0 { // some say since when, some of them with a clock that is ahead
		s.StartsAt = watchbill.Stamp(now.Add(time.Duration(c.IntN(100)-90) * time.Minute))
	}
	return s
}
