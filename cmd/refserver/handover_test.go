package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHandoverByCommandLine: whoever goes leaves a note, whoever comes reads and acknowledges it.
func TestHandoverByCommandLine(t *testing.T) {
	s := handingOver(t)
	ok := func(line string, want ...string) string {
		t.Helper()
		code, out, errs := s.types(line)
		require.Zero(t, code, "%s: %s", line, errs)
		for _, text := range want {
			require.Contains(t, out, text, line)
		}
		return out
	}
	ok("handover list @", "no hand-overs")
	shown := ok("handover show @ -id primary", "# Hand-over of primary", "**Acknowledged:** not yet", "## Notes\n\nNone.")
	goes, comes := between(shown, "- **From:** ", "\n"), between(shown, "- **To:** ", "\n")
	require.NotEqual(t, goes, comes)
	ok("handover note @ -id primary -by "+idOf(goes)+" -text 'db2 is slow'", "hand-over of primary", "not acknowledged", "1 notes")
	ok("handover show @ -id primary", "> db2 is slow")
	ok("handover show @ -id primary -json", `"text":"db2 is slow"`)
	ok("handover list @ -schedule primary", "1 notes  not acknowledged")
	_, next, _ := strings.Cut(ok("handover show @ -id primary"), "\nNext: ")
	require.Regexp(t, `^\w+, \d+ \w+ \d+ 09:00 CES?T, (Ada Okafor to Ben Li|Ben Li to Ada Okafor), no notes\n$`, next)
	ok("handover show @ -id primary -at 09:00", "- **When:** ", " 09:00 CE")
	ok("handover note @ -id primary -by "+idOf(goes)+" -text 'two disks' -at 09:00", "hand-over of primary", ":00 +0")
	ok("handover review @ -id primary -by "+idOf(goes), "has reviewed the schedule primary")

	code, _, errs := s.types("handover ack @ -id primary -by " + idOf(goes) + " -at 2001-01-01T00:00:00Z")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "there is no hand-over")
	code, _, errs = s.types("handover note @ -id primary -by " + idOf(goes))
	require.Equal(t, 1, code)
	require.Contains(t, errs, "-text: is missing")
	code, _, errs = s.types("handover note @ -by ada -text x")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "-id is missing")
}

// handingOver serves a schedule that changes hands every day.
func handingOver(t *testing.T) *terminal {
	t.Helper()
	return serving(t, `
users: [{id: ada, name: Ada Okafor}, {id: ben, name: Ben Li}]
schedules:
  - {id: primary, timezone: Europe/Berlin, layers: [{id: day, users: [ada, ben], start: 2026-01-05T09:00, rotation: {unit: day}}]}
policies: [{id: web, levels: [{targets: ["schedule:primary"]}]}]
services: [{id: checkout, policy: web}]
api_keys: [{id: ops, role: admin, token: ops-token}]
`)
}

// serving serves a configuration from memory until the test ends.
func serving(t *testing.T, text string) *terminal {
	t.Helper()
	file, err := loadFile(write(t, "watchbill.yaml", text), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := newApp(ctx, file, setup{db: "memory:", listen: "127.0.0.1:0", log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() { _ = a.run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); a.close() })
	return &terminal{T: t, base: "http://" + a.listener.Addr().String()}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// idOf returns the ID of a person in the story by the display name.
func idOf(name string) string {
	first, _, _ := strings.Cut(strings.ToLower(name), " ")
	return first
}
