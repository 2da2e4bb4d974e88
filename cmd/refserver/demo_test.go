package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDemo: the story ends well, and has its turns.
func TestDemo(t *testing.T) {
	t.Parallel()
	code, out, problems := says("demo", "-once", "-listen", "127.0.0.1:0")
	require.Equal(t, 0, code, "%s%s", out, problems)
	for _, turn := range []string{
		"Orders wait in the queue: a member of the first one's group", "held by inhibition shop-down",
		"(level 1, attempt 3)", "(level 2, attempt 1)", "acknowledges", "who was paged, hears that it is over",
		"Major Service Outage", "All Systems Operational", "postmortem published",
	} {
		require.Contains(t, out, turn)
	}
}
