package sim

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
)

// Scenario is an organisation, and what happens to it. Only Org, Start and For are required; without Sources and Acts nothing
// happens. Every length of time is from zero to a hundred years unless its field says otherwise, and every probability from 0 to
// 1; [Scenario.Validate] says what else must be so.
type Scenario struct {
	Org     oncall.Config  // as [oncall.New] takes it, without what people made by the API, which no configuration puts in force
	Compile route.Compiler // of the expressions in the rules of sources; nil: there are none
	Start   time.Time      // in the zone in which its history is to be told; in the years 1 to 9999, as the end is
	For     time.Duration  // for how long things go wrong; more than zero
	Rest    time.Duration  // for how long it goes on after that, without faults, so that all comes to rest; zero: 6 h
	Seed    uint64         // of chance; any number

	People    map[watchbill.UserID]Person // how they behave, people of Org; whoever is missing is as Others
	Others    Person                      // how everybody else behaves
	Providers map[notify.Channel]Provider // how the channels do, of contacts and destinations in Org; "" stands for all that are missing
	Sources   []Source                    // what goes wrong by chance, before For has passed
	Acts      []Act                       // what happens when, in any order

	// Pings has the heartbeats of the organisation, by ID, whose pings come when they are due, from the start to the end, but for
	// these spans, of which none means that all come. Those that are not in it are never pinged.
	Pings map[string][]Span

	// React, if not nil, is told of each event, and says what else happens because of it, each After the event. What people do
	// by themselves goes on beside it.
	React func(e Event) []Act
	// Treats, if not nil, says how a channel does with one message about an alert, of a summary the first, tried so often with
	// this try, from 1 on; false: as Providers say. It counts also once what goes wrong by itself has ended.
	Treats func(a *Alert, m notify.Message, try int) (Provider, bool)

	Faults  Faults
	Engines int                // that share the store, on hosts whose clocks lie up to a second apart; at most 100, zero: 1
	Open    func() store.Store // an empty store; nil: one in memory
	Audit   bool               // holds every commit against the rules that nothing may break; slow
	NoLog   bool               // [Run] leaves History.Log empty, so that [Never] finds nothing in it: for many runs of which only alerts count

	// fixed says that chance made it: some acts may lie after the end, or be about what was left out.
	fixed bool
}

// Act is one thing that happens.
type Act struct {
	After time.Duration // since the scenario's start, from zero to For and Rest together; of [Scenario.React] since the event
	Do    Deed          // not nil
}

// String tells when what happens.
func (a Act) String() string { return fmt.Sprintf("%-10s %s", a.After.Round(time.Millisecond), a.Do) }

// Span is a part of the scenario's time, both since its start: From, which is not negative, is in it, and To, which is later and
// may be after the end, is not.
type Span struct{ From, To time.Duration }

func within(spans []Span, at time.Duration) bool {
	for _, s := range spans {
		if at >= s.From && at < s.To {
			return true
		}
	}
	return false
}

const (
	defaultRest = 6 * time.Hour
	// maxSkew is how far the clocks of engines may lie apart.
	maxSkew = time.Second
)

// complete fills in what is left out.
func (s Scenario) complete() Scenario {
	if s.Rest == 0 {
		s.Rest = defaultRest
	}
	s.Engines = max(s.Engines, 1)
	s.Start = watchbill.Stamp(s.Start)
	return s
}

// Fixed returns the same scenario with all that its sources and faults would do written out as acts: what chance made of it
// under its seed, so that parts of it can be left out one by one.
func (s Scenario) Fixed() Scenario {
	acts := append([]Act(nil), s.Acts...)
	for i, source := range s.Sources {
		c := chance(s.Seed).of("source", fmt.Sprint(i))
		acts = append(acts, source.Acts(c, s.Start, s.For)...)
	}
	acts = append(acts, s.Faults.acts(chance(s.Seed), s.For, max(s.Engines, 1))...)
	sortActs(acts)
	s.Sources, s.Faults, s.Acts, s.fixed = nil, Faults{Latency: s.Faults.Latency}, acts, true
	return s
}
