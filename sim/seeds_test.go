package sim_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

// named is a seed that once went wrong, and its story. What a seed makes of the scenarios changes with them; the story is what to look for
// when something like it comes back.
type named struct {
	name    string
	seed    uint64
	engines int
	story   string
}

var stories = []named{
	{"the contact is gone when its page is claimed", 10, 3,
		"A configuration took a contact away while pages to it waited. The engine claims such a page, finds nobody behind it, pages the " +
			"catch-all, and gives the claim back, all in one transaction. The audit took the claim for a send of what nobody wants any more; " +
			"it now leaves out what the same transaction gives back."},
	{"the contact is gone, with one engine", 2, 1, "As above."},
}

func TestNamedSeeds(t *testing.T) {
	for _, n := range stories {
		t.Run(n.name, func(t *testing.T) {
			s := everything(n.seed)
			s.Engines = n.engines
			_, err := sim.Run(s)
			var v *sim.Violation
			require.False(t, errors.As(err, &v), "%s\nIts story: %s", err, n.story)
			require.NoError(t, err)
		})
	}
}
