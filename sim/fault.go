package sim

import (
	"time"
)

// Faults is how often what goes wrong by itself: the time between two, on average; zero: never. They end with [Scenario.For].
type Faults struct {
	Crash  time.Duration // an engine ends between any two steps of a transaction, and starts again after a while
	Store  time.Duration // a transaction fails before or after its commit, or has a conflict
	Pause  time.Duration // an engine stands still for up to two minutes, every other time between a claim and its send, and goes on where it was
	Clock  time.Duration // a host's clock is set back by up to four hours for ten minutes, or ahead by one
	Meddle time.Duration // somebody does something with some alert: anything that a person can do

	Latency Delay // of each transaction, where several engines share the store; zero: it takes no time
}

func (f Faults) acts(c chance, span time.Duration, engines int) (acts []Act) {
	r := c.of("faults", "crash")
	for _, at := range gaps(r, f.Crash, span) {
		acts = append(acts, Act{at, Crash{Engine: r.IntN(engines), Steps: r.IntN(30), For: time.Duration(r.IntN(90)) * time.Second}})
	}
	r = c.of("faults", "store")
	for _, at := range gaps(r, f.Store, span) {
		acts = append(acts, Act{at, StoreFault{Engine: r.IntN(engines), Steps: 1 + r.IntN(30), Conflict: r.IntN(3) == 0}})
	}
	r = c.of("faults", "pause")
	for _, at := range gaps(r, f.Pause, span) {
		acts = append(acts, Act{at, Pause{Engine: r.IntN(engines), For: time.Duration(r.IntN(120)) * time.Second, Claims: r.IntN(2) == 0}})
	}
	r = c.of("faults", "clock")
	for _, at := range gaps(r, f.Clock, span) {
		by := -time.Duration(1+r.IntN(4*3600)) * time.Second
		if r.IntN(4) == 0 {
			by = time.Duration(1+r.IntN(3600)) * time.Second
		}
		acts = append(acts, Act{at, ClockJump{By: by}}, Act{at + 10*time.Minute, ClockJump{By: -by}})
	}
	r = c.of("faults", "meddle")
	for _, at := range gaps(r, f.Meddle, span) {
		acts = append(acts, Act{at, Meddle(r.Uint64())})
	}
	return acts
}
