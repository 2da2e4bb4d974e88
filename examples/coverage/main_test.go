package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	main()
	// Output:
	// 2611 gaps; the first from Mon, 23 Mar 2026 01:00:00 CET to Mon, 23 Mar 2026 09:00:00 CET: outside the coverage of layers[0] (office); add coverage to layers[0] (office) of schedule support
	// proved: somebody is on call from 2026-03-23 to 2036-03-23
}

// TestPicture: it is written if asked for, and has everybody.
func TestPicture(t *testing.T) {
	*svg = filepath.Join(t.TempDir(), "support.svg")
	t.Cleanup(func() { *svg = "" })
	main()
	picture, err := os.ReadFile(*svg)
	require.NoError(t, err)
	for _, user := range []string{"ada", "ben", "cem", "dee", "eva"} {
		require.Contains(t, string(picture), user)
	}
}
