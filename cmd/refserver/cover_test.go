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
		step{"oncall @ -known-at " + before.Add(-time.Second).Format(time.RFC3339Nano) + " -at 1h", []string{"newyork: Ada Okafor"}},
		step{"oncall @ -user ben -json", []string{`"users":["ben"]`}},
		step{"cover withdraw @ -id ID -by ben -text back", []string{"is withdrawn", ", withdrawn "}},
		step{"oncall @ -schedule newyork", []string{"newyork: Ada Okafor"}})

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
		"cover mine @":                                {1, `the key "ops" is bound to no person; name one instead of me`},
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

// Times without an offset are those of who acts, whatever zone the terminal and the schedule are in, and answers have them
// in that zone, which they name.
func TestTimesOfWhoActs(t *testing.T) {
	t.Setenv("WATCHBILL_USER", "")
	s := serving(t, `
users:
  - {id: ada, name: Ada Okafor, timezone: Asia/Kolkata, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9"}]}
  - {id: ben, name: Ben Li, timezone: America/New_York, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9"}]}
schedules:
  - {id: primary, timezone: Europe/Berlin, layers: [{id: all, users: [ada], start: 2026-01-05T09:00, rotation: {unit: week}}]}
policies: [{id: web, levels: [{targets: ["schedule:primary"]}]}]
services: [{id: checkout, policy: web}]
api_keys:
  - {id: ops, role: admin, token: ops-token}
  - {id: ada, role: responder, token: ada-token, user: ada}
`)
	day := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	s.asks("cover take @ -by ben -replaces ada -from "+day+"T09:00 -to "+day+"T18:00", "ben  has it in primary, ")
	code, out, _ := s.types("cover show @ -id ID -json")
	require.Zero(t, code)
	require.Contains(t, out, `"timezone":"Europe/Berlin"`, "nobody's key: the schedule's zone")
	_, out, _ = s.types("cover show -server " + s.base + " -token ada-token -id ID")
	require.Regexp(t, `has it in primary, \w+ `+day+` (18|19):30 IST to \w+ \S+ 0[34]:30 IST`, out)
	_, out, _ = s.types("cover mine @ -user ben -from " + day + "T00:00 -to " + day + "T23:00")
	require.Regexp(t, `^\w+ `+day+` 09:00 E[SD]T to \w+ `+day+` 18:00 E[SD]T  primary\n`, out)
	s.goes(step{"oncall -server " + s.base + " -token ada-token -at " + day + "T20:00", []string{"primary: Ben Li, until "}},
		step{"oncall @ -at " + day + "T12:00", []string{"primary: Ada Okafor, until "}})
	t.Setenv("WATCHBILL_SERVER", s.base)
	t.Setenv("WATCHBILL_TOKEN", "ada-token")
	s.goes(step{"oncall", []string{"primary: Ada Okafor, until "}}, step{"cover mine", []string{" IST  primary, now"}},
		step{"cover take -h", []string{"in your own zone, or 4h (from now)"}}, step{"page -h", []string{"default: $WATCHBILL_SERVER"}})
}
