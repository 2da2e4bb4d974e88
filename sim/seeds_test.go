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
	{"a member joins before the pass sees that the clock was set back", 2522, 1,
		"The clock was set back by three hours, the pass that would have noticed failed, and a member joined a group that pages: its wait " +
			"still ended three hours ahead. The next pass looks at every open alert, so nothing is silent; the audit now waits for it."},
	{"a failed page is recorded before the pass sees that the clock was set back", 2153, 1, "As above, with a receipt."},
	{"the same in summer", 2227, 1, "As above."},
	{"a method is under way while the clock is set back", 412, 3,
		"A pass that had begun before the clock was set back committed after another engine's pass had noticed. Its own engine notices " +
			"with its next pass, since its latest one lies ahead; the audit now waits for that."},
	{"what became urgent while it was held was escalated as if it were not", 2434, 1,
		"A group of low urgency was acknowledged and silenced; a member became critical, so the group did; eve acknowledged it, ben " +
			"escalated it, and its catch-all was paged once and never again: the escalation still took it for one of low urgency. The " +
			"engine was wrong; a hold now takes the urgency of the alert."},
	{"what is inhibited while somebody has it is given to somebody else", 36, 1,
		"An alert was acknowledged, then another one that inhibits it came, then it was reassigned: ben was paged at once, and it was held " +
			"a minute later. The engine looked again only at alerts that nobody had; it now looks at all that are open."},
	{"somebody declines before the pass sees that the clock was set ahead into a maintenance", 12204, 1,
		"Clocks were wrong by hours and put right, into a maintenance of before. In that instant ben declined, and the next level was paged; " +
			"the pass after it held the alert. The audit gives engines ten minutes to look at what is muted; it now does so too when clocks are set."},
	{"what somebody else has claimed and given back is recorded by who stood still", 12646, 3,
		"An engine claimed the news that an alert is over, stood still for longer than its claim, woke up with its clock set back, and sent " +
			"it, as another one had done. It recorded that it was accepted, with a claim that counted no more, so it was sent once more. The " +
			"audit took the record for one that counts, since nobody was sending just then."},
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
