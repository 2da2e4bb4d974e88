package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

// Whatever is in a file: Parse does not panic, every error has its place, and what loads can be lived.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add([]byte(strings.ReplaceAll(string(data), "recorded", "no")))
	}
	f.Add([]byte("start: 2026-03-02T08:00\nfor: 1h\nevents: &e [{at: 1m, signal: {user: ada, key: x}}, {at: 2m, resolve: {key: x, by: ada}}]"))
	f.Add([]byte("start: 2026-03-02T08:00Z\nfor: 1m\npeople: &p {ada: *p, default: {asleep: {from: 1:00, to: 2:00, wakes: {}}}}"))
	f.Add([]byte("start: 2026-03-02T08:00\nfor: 1w\nheartbeats: {nightly: ~, backup: {silent: []}}"))
	f.Add([]byte("start: 2026-03-02T08:00\nfor: 1h\nsources: [{user: ada, key: x, flapping: {wrong: 1s, fine: {median: 1s, p90: 2s}}}]"))
	r := reader(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "recorded") {
			t.Skip("reads files")
		}
		loaded, err := r.Parse("f.yaml", data)
		if err != nil {
			require.Regexp(t, `^scenario: f\.yaml(:\d+)?: `, err.Error())
			return
		}
		s := loaded.Scenario
		if s.For+s.Rest > 24*time.Hour || len(s.Acts) > 100 || len(s.Sources) > 0 || s.Faults != (sim.Faults{}) || s.Engines > 3 {
			return // takes long, and says nothing new
		}
		h, err := sim.Run(s)
		require.NoError(t, err)
		for _, e := range loaded.Expect {
			require.NotEmpty(t, e.Name)
			e.Check(h)
		}
	})
}
