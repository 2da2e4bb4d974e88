package main

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asks runs a command that makes a request, and remembers its ID.
func (s *terminal) asks(line, want string) {
	s.Helper()
	code, out, problems := s.types(line)
	require.Equal(s, 0, code, "%s: %s", line, problems)
	require.Contains(s, out, want, line)
	s.id = regexp.MustCompile(`cover (\w+) is`).FindStringSubmatch(out)[1]
}

func TestCoverCommands(t *testing.T) {
	s := atTerminal(t)
	t.Setenv("WATCHBILL_USER", "")
	before := time.Now()
	s.goes(step{"cover list @", []string{"no requests"}},
		step{"cover mine @ -user ada", []string{"newyork, now", "ada: layer always, turn "}},
		step{"cover mine @ -user ben -to 4h", []string{"ben has no duty then"}})

	s.asks("cover take @ -by ben -replaces ada -to 4h -text lunch", "is covered: take-over of ada's duty, by ben\n  why  lunch\n  ben  has it in newyork, ")
	s.goes(step{"oncall @", []string{"newyork: ben, until ", "replaces ada"}},
		step{"oncall @ -known-at " + before.Add(-time.Second).Format(time.RFC3339Nano) + " -at 1h", []string{"newyork: ada"}},
		step{"oncall @ -user ben -json", []string{`"users":["ben"]`}},
		step{"cover withdraw @ -id ID -by ben -text back", []string{"is withdrawn", ", withdrawn "}},
		step{"oncall @ -schedule newyork", []string{"newyork: ada"}})

	s.asks("cover request @ -by ada -from 1h -to 9h -of ben", "is open: cover for ada's duty\n  open   newyork, ")
	s.goes(step{"cover list @", []string{s.id + "  open  cover for ada's duty  newyork, "}},
		step{"cover accept @ -id ID -by ben -to 5h", []string{"is open", "ben    has it in newyork, "}},
		step{"cover cancel @ -id ID -by ada", []string{"is cancelled"}},
		step{"cover list @", []string{"no requests"}},
		step{"cover list @ -state all -limit 1", []string{"cancelled", "more: -cursor "}},
		step{"cover show @ -id ID", []string{"asked  ben"}},
		step{"cover timeline @ -id ID", []string{"ada (via ops) asked ben to cover ada's duty in newyork, ", "ben (via ops) accepted: ", "ada (via ops) cancelled"}})

	s.asks("cover request @ -by ben -for ada -schedule newyork -from 20h -to 30h -of ben", "is open: cover for ada's duty, by ben")
	s.goes(step{"cover decline @ -id ID -by ben -text 'at sea'", []string{"is declined", "declined  ben"}})
	s.asks("cover take @ -by ben -schedule newyork -from 40h -to 50h -force", "is covered: take-over of whoever is on call, by ben")
	s.asks("cover swap @ -by ada -from 60h -to 61h -with ben -with-from 41h -with-to 42h -schedule newyork", "is open: swap of ada's duty with ben\n  in return  newyork, ")
	s.goes(step{"cover accept @ -id ID -by ben", []string{"is covered", "ada        has it in newyork", "ben        has it in newyork"}})
}

func TestCoverCommandsThatSayNo(t *testing.T) {
	s := atTerminal(t)
	t.Setenv("WATCHBILL_USER", "")
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"cover ask":                                   {2, "write request"},
		"cover take @ -by ben -replaces ada":          {1, "-to: is missing; the duty under way does not end within a year"},
		"cover take @ -by ben -to noon":               {2, "-to: "},
		"cover request @ -by ben -from 1h -to 2h":     {1, "-from: ben has no duty then, nor in the year after"},
		"cover accept @ -id x -by ben":                {1, `there is no cover "x"`},
		"cover mine @":                                {1, `there is no user "me"`},
		"oncall @ -user ben":                          {1, "ben is not on call"},
		"oncall @ -known-at never":                    {2, "-known-at: "},
		"oncall -known-at 2026-01-05T09:00 -config x": {2, "-known-at needs -server"},
		"oncall -config x -server http://127.0.0.1:1": {2, "-config and -server are both given"},
		"oncall -schedule nope @":                     {1, `there is no schedule "nope"`},
	} {
		code, _, problems := s.types(line)
		require.Equal(t, want.code, code, "%s: %s", line, problems)
		require.Contains(t, problems, want.text, line)
	}
}

// A time of the day is the next one to come, in the zone of the terminal.
func TestTimesAtTheTerminal(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"4h30m":                now.Add(4*time.Hour + 30*time.Minute),
		"18:00":                now.Add(6 * time.Hour),
		"12:00":                now.Add(24 * time.Hour),
		"08:00":                now.Add(20 * time.Hour),
		"2026-01-06T09:00":     now.Add(21 * time.Hour),
		"2026-01-05T09:00:00Z": time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
	} {
		got, err := inLocalTime("to", text, now)
		require.NoError(t, err, text)
		require.True(t, want.Equal(got), "%s: %v", text, got)
	}
	_, err := inLocalTime("to", "noon", now)
	require.ErrorContains(t, err, "-to: ")
}
