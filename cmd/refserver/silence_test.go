package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSilenceCommands(t *testing.T) {
	s := atTerminal(t)
	t.Setenv("WATCHBILL_USER", "ada")
	make := func(line, want string) {
		t.Helper()
		code, out, problems := s.types(line)
		require.Equal(t, 0, code, problems)
		require.Contains(t, out, want)
		s.id = regexp.MustCompile(`(?:silence|maintenance) (\S+) is`).FindStringSubmatch(out)[1]
	}
	s.goes(step{"silence list @", []string{"none"}})
	make(`silence add @ -matcher team=db -matcher 'zone=~"a|b"' -for 2h -comment 'disk swap'`, `is active: team="db", zone=~"a|b", until `)
	s.goes(step{"silence list @", []string{s.id + `  active  team="db", zone=~"a|b"  until `, "disk swap"}},
		step{"silence change @ -id ID -to 4h", []string{"silence " + s.id + " is active"}},
		step{"silence show @ -id ID", []string{"by   ada", "why  disk swap"}},
		step{"silence expire @ -id ID -by ben", []string{"ended"}},
		step{"silence list @ -state active", []string{"none"}},
		step{"silence timeline @ -id ID", []string{"ada (via ops) made the silence of", "ada (via ops) changed", "ben (via ops) ended the silence of team=\"db\""}},
		step{"silence preview @ -matcher 'summary=~\".*\"' -matcher service=checkout -days 7", []string{"0 of all 0 alerts since "}})
	make("maintenance add @ -name patches -service checkout -from 1h -for 2h -mode debug", "is pending: checkout, from ")
	s.goes(step{"maintenance list @", []string{"patches"}},
		step{"maintenance change @ -id ID -mode hold", []string{"mode  hold"}},
		step{"maintenance end @ -id ID", []string{"ended"}},
		step{"maintenance show @ -id ID", []string{"is expired"}})
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"silence extend @":                        {2, "write change"},
		"silence add @ -matcher team=db":          {1, "-to: is missing"},
		"silence add @ -matcher team -for 1h":     {1, "-matcher: "},
		"silence add @ -matcher a=b -to whenever": {2, "-to: "},
		"silence expire @ -id nope":               {1, `there is no silence "nope"`},
		"maintenance add @ -service x -for 1h":    {1, `-service: there is no service "x"`},
	} {
		code, _, problems := s.types(line)
		require.Equal(t, want.code, code, "%s: %s", line, problems)
		require.Contains(t, problems, want.text, line)
	}
}
