package roster_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/roster"
	"github.com/watchbill/watchbill/schedule"
)

var monday = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

func days(from, to int) schedule.Interval {
	return schedule.Interval{Start: monday.AddDate(0, 0, from), End: monday.AddDate(0, 0, to)}
}

// daily is a problem of slots of a day each, for people with the same load in all of them.
func daily(slots int, people ...watchbill.UserID) roster.Problem {
	p := roster.Problem{}
	for k := range slots {
		p.Slots = append(p.Slots, roster.Slot{Name: fmt.Sprint("day ", k), Turn: days(k, k+1), Hours: []schedule.Interval{days(k, k+1)}})
	}
	for _, u := range people {
		c := roster.Person{User: u, Target: time.Duration(slots) * 24 * time.Hour / time.Duration(len(people))}
		for range slots {
			c.Loads, c.Costs = append(c.Loads, 24*time.Hour), append(c.Costs, 0)
		}
		p.People = append(p.People, c)
	}
	return p
}

func solve(t testing.TB, p roster.Problem) roster.Result {
	t.Helper()
	r, err := roster.Solve(p, roster.Options{})
	require.NoError(t, err)
	require.Empty(t, p.Breaches(r.Owners))
	return r
}

func users(p roster.Problem, owners []int) (text string) {
	for _, o := range owners {
		if o == roster.Nobody {
			text += "-"
		} else {
			text += string(p.People[o].User)
		}
	}
	return text
}

func TestSolveIsFair(t *testing.T) {
	r := solve(t, daily(6, "a", "b", "c"))
	assert.Zero(t, r.Cost)
	assert.True(t, r.Proven)
	p := daily(7, "a", "b", "c") // 56 h each are fair; 72, 48 and 48 are 16 + 8 + 8 off
	r = solve(t, p)
	assert.Equal(t, roster.Cost{Time: 32 * time.Hour}, r.Cost)
	assert.True(t, r.Proven)
	assert.Equal(t, r.Cost, r.Bound)
}

func TestSolveMakesUpForWhatIsCarriedOver(t *testing.T) {
	p := daily(6, "a", "b")
	p.People[0].Target, p.People[1].Target = 48*time.Hour, 96*time.Hour
	assert.Equal(t, 2, countOf(users(p, solve(t, p).Owners), 'a'))
}

func countOf(text string, r rune) (n int) {
	for _, c := range text {
		if c == r {
			n++
		}
	}
	return n
}

func TestSolveKeepsConstraints(t *testing.T) {
	p := daily(6, "a", "b")
	p.MaxConsecutive = 1
	p.People[0].Held = []roster.Held{{Turn: days(-1, 0), Hours: days(-1, 0)}}
	assert.Equal(t, "bababa", users(p, solve(t, p).Owners), "a had the turn before")

	p = daily(4, "a", "b", "c")
	p.MinRest = 48 * time.Hour
	r := solve(t, p)
	assert.Zero(t, r.Cost.Unfilled)
	assert.Equal(t, users(p, r.Owners)[:1], users(p, r.Owners)[3:], "with two days of rest there is only one order")

	p = daily(3, "a", "b")
	p.People[1].Busy = []roster.Busy{{Interval: days(0, 1), Reason: "is away"}}
	p.People[0].Costs[1] = time.Hour
	assert.Equal(t, "aba", users(p, solve(t, p).Owners))
}

// Nobody is better than the wrong person, and each person's reason is told.
func TestSolveLeavesASlotToNobodyLoudly(t *testing.T) {
	p := daily(3, "a", "b", "c")
	p.MaxConsecutive = 1
	p.People[0].Busy = []roster.Busy{{Interval: days(1, 2), Reason: "is away from 6 to 7 January (wedding)"}}
	p.People[1].Barred = "is not qualified: lacks databases"
	p.People[2].Busy = []roster.Busy{{Interval: days(1, 2), Reason: "is away"}}
	r := solve(t, p)
	assert.Equal(t, 1, r.Cost.Unfilled)
	assert.Equal(t, 1, r.Bound.Unfilled)
	assert.Equal(t, []roster.Unfilled{{Slot: "day 1", Reasons: []roster.Reason{
		{User: "a", Reason: "is away from 6 to 7 January (wedding)"}, {User: "b", Reason: "is not qualified: lacks databases"},
		{User: "c", Reason: "is away"}}}}, r.Unfilled)

	p = daily(2, "a")
	p.MaxConsecutive = 1
	assert.Equal(t, "would have 2 turns in a row, of at most 1", solve(t, p).Unfilled[0].Reasons[0].Reason)
	p.MaxConsecutive, p.MinRest = 0, time.Hour
	assert.Equal(t, "would rest 0s, of at least 1h0m0s", solve(t, p).Unfilled[0].Reasons[0].Reason)
}

// A slot that only a can have is not lost because a was taken for another one first.
func TestSolveFreesSomebodyForAnEmptySlot(t *testing.T) {
	p := daily(2, "a", "b")
	p.MaxConsecutive = 1
	p.People[1].Busy = []roster.Busy{{Interval: days(1, 2), Reason: "is away"}}
	p.People[1].Target = 0 // greedily, a is first
	assert.Equal(t, "ba", users(p, solve(t, p).Owners))
}

func TestSeatsGoToDifferentPeople(t *testing.T) {
	p := daily(4, "a", "b")
	for k := range p.Slots {
		p.Slots[k].Turn, p.Slots[k].Hours = days(k/2, k/2+1), []schedule.Interval{days(k/2, k/2+1)}
	}
	r := solve(t, p)
	assert.Equal(t, r.Owners[0]+r.Owners[1], 1)
	assert.Equal(t, r.Owners[2]+r.Owners[3], 1)
	p.People = p.People[:1]
	r = solve(t, p)
	assert.Equal(t, roster.Cost{Unfilled: 2}, r.Cost)
	assert.Equal(t, 2, p.Bound().Unfilled)
}

// anyProblem is small enough for every roster of it to be tried.
func anyProblem(random *rand.Rand) roster.Problem {
	slots, people := 1+random.IntN(6), 1+random.IntN(3)
	p := daily(slots, []watchbill.UserID{"a", "b", "c"}[:people]...)
	p.MaxConsecutive = random.IntN(4)
	p.MinRest = time.Duration(random.IntN(3)) * 24 * time.Hour
	for k := 1; k < slots; k++ {
		if random.IntN(4) == 0 { // another seat
			p.Slots[k].Turn, p.Slots[k].Hours = p.Slots[k-1].Turn, p.Slots[k-1].Hours
		} else if random.IntN(3) == 0 { // only some of the hours
			h := p.Slots[k].Turn
			p.Slots[k].Hours = []schedule.Interval{{Start: h.Start.Add(2 * time.Hour), End: h.End.Add(-6 * time.Hour)}}
		}
	}
	for i := range p.People {
		c := &p.People[i]
		c.Target = time.Duration(random.IntN(90)-10) * time.Hour
		for k := range slots {
			c.Loads[k] = time.Duration(random.IntN(40)) * time.Hour
			c.Costs[k] = time.Duration(max(0, random.IntN(30)-20)) * time.Hour
		}
		if random.IntN(3) == 0 {
			at := random.IntN(slots)
			c.Busy = append(c.Busy, roster.Busy{Interval: days(at, at+1+random.IntN(2)), Reason: "is away"})
		}
		if random.IntN(4) == 0 {
			c.Held = append(c.Held, roster.Held{Turn: days(-1, 0), Hours: days(-1, 0)})
		}
		if random.IntN(8) == 0 {
			c.Barred = "is not qualified"
		}
	}
	return p
}

// optimum tries every roster.
func optimum(p roster.Problem) (best roster.Cost) {
	best = roster.Cost{Unfilled: len(p.Slots) + 1}
	owners := make([]int, len(p.Slots))
	var try func(k int)
	try = func(k int) {
		if k == len(owners) {
			if c := p.Cost(owners); c.Less(best) {
				best = c
			}
			return
		}
		for owners[k] = roster.Nobody; owners[k] < len(p.People); owners[k]++ {
			if len(p.Breaches(owners[:k+1])) == 0 {
				now := owners[k]
				try(k + 1)
				owners[k] = now
			}
		}
	}
	try(0)
	return best
}

// The bound is at most the optimum, the optimum at most what is found, and no proposal ever breaks a constraint.
func TestBoundIsSound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	met, loose := 0, 0
	for n := range 1500 {
		p := anyProblem(random)
		best := optimum(p)
		bound := p.Bound()
		require.False(t, best.Less(bound), "case %d: bound %v above optimum %v", n, bound, best)
		full := solve(t, p)
		require.True(t, full.Proven, "case %d", n)
		require.Equal(t, best, full.Cost, "case %d", n)
		short, err := roster.Solve(p, roster.Options{Steps: 1 + random.IntN(60), Seed: uint64(n % 3)})
		require.NoError(t, err)
		require.Empty(t, p.Breaches(short.Owners), "case %d", n)
		require.False(t, short.Cost.Less(best), "case %d", n)
		require.False(t, best.Less(short.Bound), "case %d", n)
		require.True(t, !short.Proven || short.Cost == best, "case %d: %v is called the best, which is %v", n, short.Cost, best)
		if bound == best {
			met++
		} else {
			loose++
		}
	}
	assert.Greater(t, met, 300, "the bound is worth something")
	assert.Greater(t, loose, 100, "and not trivially the optimum")
}

// Larger problems are not proven, and still every constraint holds, the same every time, whatever the seed.
func TestSolveOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 30 {
		p := daily(20+random.IntN(30), "a", "b", "c", "d", "e")
		p.MaxConsecutive, p.MinRest = 1+random.IntN(3), time.Duration(random.IntN(3))*24*time.Hour
		for i := range p.People {
			for k := range p.Slots {
				p.People[i].Loads[k] += time.Duration(random.IntN(20)) * time.Minute
			}
			for range random.IntN(4) {
				at := random.IntN(len(p.Slots))
				p.People[i].Busy = append(p.People[i].Busy, roster.Busy{Interval: days(at, at+random.IntN(10)), Reason: "is away"})
			}
		}
		o := roster.Options{Steps: 4000, Seed: uint64(n)}
		r, err := roster.Solve(p, o)
		require.NoError(t, err)
		require.Empty(t, p.Breaches(r.Owners))
		require.False(t, r.Cost.Less(r.Bound))
		again, err := roster.Solve(p, o)
		require.NoError(t, err)
		require.Equal(t, r, again)
	}
}

func TestSwaps(t *testing.T) {
	p := daily(6, "a", "b")
	owners := []int{0, 0, 0, 0, 0, 1}
	p.People[0].Busy = []roster.Busy{{Interval: days(0, 1), Reason: "is away"}}
	changes, r, err := roster.Swaps(p, owners, 10, roster.Options{})
	require.NoError(t, err)
	require.Empty(t, p.Breaches(r.Owners))
	assert.Zero(t, r.Cost)
	assert.True(t, r.Proven)
	require.Len(t, changes, 2, "%v", changes)
	assert.Equal(t, roster.Change{Slot: "day 0", From: "a", To: "b", Reason: "a is away"}, changes[0])
	assert.Equal(t, "fairer", changes[1].Reason)

	changes, r, err = roster.Swaps(p, owners, 0, roster.Options{})
	require.NoError(t, err)
	assert.Len(t, changes, 1, "only what breaks a constraint")
	assert.Equal(t, "baaaab", users(p, r.Owners))
}

// Swaps never break a constraint and never make anything worse than repairing it did.
func TestSwapsOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		p := anyProblem(random)
		owners := make([]int, len(p.Slots))
		for k := range owners {
			owners[k] = random.IntN(len(p.People)+1) - 1
		}
		_, repaired, err := roster.Swaps(p, owners, 0, roster.Options{})
		require.NoError(t, err)
		changes, r, err := roster.Swaps(p, owners, 3, roster.Options{})
		require.NoError(t, err)
		require.Empty(t, p.Breaches(r.Owners))
		require.False(t, repaired.Cost.Less(r.Cost))
		for _, c := range changes {
			require.NotEqual(t, c.From, c.To)
			require.NotEmpty(t, c.Reason)
		}
	}
}

func TestProblemsThatAreNone(t *testing.T) {
	for want, spoil := range map[string]func(*roster.Problem){
		`slot "day 1" has no time`:                func(p *roster.Problem) { p.Slots[1].Hours = nil },
		`slot "day 0" begins before the turn`:     func(p *roster.Problem) { p.Slots[0], p.Slots[1] = p.Slots[1], p.Slots[0] },
		`b needs a load and a cost for each`:      func(p *roster.Problem) { p.People[1].Loads = nil },
		`a has a negative load or cost for day 1`: func(p *roster.Problem) { p.People[0].Costs[1] = -1 },
		`2000 slots for 2 people are more than`:   func(p *roster.Problem) { *p = daily(2000, "a", "b") },
	} {
		p := daily(2, "a", "b")
		spoil(&p)
		_, err := roster.Solve(p, roster.Options{})
		assert.ErrorContains(t, err, want)
		_, _, err = roster.Swaps(p, make([]int, len(p.Slots)), 1, roster.Options{})
		assert.ErrorContains(t, err, want)
	}
}

func BenchmarkSolve(b *testing.B) {
	p := daily(365, "a", "b", "c", "d", "e", "f", "g", "h")
	for i := range p.People {
		for k := range p.Slots {
			p.People[i].Loads[k] += time.Duration((k%7)/5*12) * time.Hour
		}
	}
	p.MaxConsecutive, p.MinRest = 2, 48*time.Hour
	for b.Loop() {
		_, err := roster.Solve(p, roster.Options{})
		require.NoError(b, err)
	}
}
