package schedule

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// circle says who has which turn: turns take the places of the circle one after the other, round and round.
type circle struct {
	turns   turns                // nil: the layer has no rotation
	people  [][]watchbill.UserID // of each place, in the order of the seats; none where nobody is assigned
	runs    []int                // from each place, how many places on other people come; 0: never
	count   *tally               // which turns take a place; nil: all do
	isPlain bool                 // all do
}

// place returns the place of a turn.
func (c *circle) place(turn int) int {
	if c.count != nil {
		turn = c.count.of(turn)
	}
	return turn % len(c.people)
}

// run is the number of turns from place on that a hand need not tell apart; 0: all of them.
func (c *circle) run(place int, skipping bool) int {
	if skipping || len(c.people[place]) == 0 {
		return c.runs[place]
	}
	return 1
}

// newCircle seats the users. Seat j of turn k is users[(k*seats+j) mod n]; a person fills at most one.
func newCircle(users []watchbill.UserID, seats int) circle {
	n := len(users)
	c := circle{people: make([][]watchbill.UserID, n/gcd(n, seats)), isPlain: true}
	for i := range c.people {
		if seats == 1 {
			c.people[i] = users[i : i+1 : i+1]
			if users[i] == Unassigned {
				c.people[i] = nil
			}
			continue
		}
		for j := range seats {
			u := users[(i*seats+j)%n]
			if u != Unassigned && !slices.Contains(c.people[i], u) {
				c.people[i] = append(c.people[i], u)
			}
		}
	}
	c.runs = runLengths(c.people)
	return c
}

// runLengths returns, for each place, how many places on other people come; 0 if they never do.
func runLengths(people [][]watchbill.UserID) []int {
	n := len(people)
	runs := make([]int, n)
	for i := 2*n - 1; i >= 0; i-- { // twice round: only the second time it is known how the circle goes on
		next := (i + 1) % n
		switch {
		case !samePeople(people[i%n], people[next]):
			runs[i%n] = 1
		case runs[next] > 0:
			runs[i%n] = runs[next] + 1
		}
	}
	return runs
}

// samePeople reports whether two lists without repetitions have the same people.
func samePeople(a, b []watchbill.UserID) bool {
	if len(a) != len(b) {
		return false
	}
	for _, u := range a {
		if !slices.Contains(b, u) {
			return false
		}
	}
	return true
}
