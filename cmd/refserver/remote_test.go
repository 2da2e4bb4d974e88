package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// terminal is somebody at a command line, and a server in the same process.
type terminal struct {
	*testing.T
	base      string
	alert, id string // of declared
}

// atTerminal serves incidentYAML from memory until the test ends.
func atTerminal(t *testing.T) *terminal {
	t.Helper()
	return serving(t, strings.NewReplacer("PHONES", "http://127.0.0.1:9", "MAIL", "127.0.0.1:9").Replace(incidentYAML))
}

// types runs a command line as a shell would split it; "refserver" is left out. In it ID stands for the incident, and
// @ for the server and a token.
func (s *terminal) types(line string) (code int, stdout, stderr string) {
	var args []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		switch word = strings.Trim(word, "'"); word {
		case "@":
			args = append(args, "-server", s.base, "-token", "ops-token")
		case "ID":
			args = append(args, s.id)
		default:
			args = append(args, word)
		}
	}
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// step is a command line and what its output has.
type step struct {
	line string
	want []string
}

func (s *terminal) goes(steps ...step) {
	s.Helper()
	for _, c := range steps {
		code, out, problems := s.types(c.line)
		require.Equal(s, 0, code, "%s: %s", c.line, problems)
		require.Empty(s, problems, c.line)
		for _, want := range c.want {
			require.Contains(s, out, want, c.line)
		}
	}
}

// declared declares an incident of an alert.
func (s *terminal) declared() *terminal {
	s.Helper()
	s.Setenv("WATCHBILL_USER", "")
	s.Setenv("WATCHBILL_TOKEN", "")
	_, out, _ := s.types("page @ -service checkout -summary 'orders fail'")
	s.alert = strings.Fields(out)[1]
	code, out, problems := s.types("incident declare @ -by ada -title 'Checkout is down' -service checkout=major_outage -alert " + s.alert)
	require.Equal(s, 0, code, problems)
	require.Regexp(s, `incident \w+ is investigating: Checkout is down \(critical\)\n  declared +\S+ \S+ \S+ by ada\n`, out)
	s.id = strings.Fields(out)[1]
	return s
}

func TestIncidentCommands(t *testing.T) {
	s := atTerminal(t)
	s.goes(step{"incident list @", []string{"no incidents"}})
	s.declared()
	s.goes(
		step{"incident show @ -id ID", []string{"services      checkout (major outage)", s.alert}},
		step{"incident list @ -state open -limit 5", []string{s.id, "investigating  critical  Checkout is down"}},
		step{"incident assign @ -id ID -by ada -role commander -user ben -note 'my shift ends'", []string{"commander     ben"}},
		step{"incident impact @ -id ID -by ada -service checkout=degraded -customer acme -reported 3 -metric '4 % fail'",
			[]string{"checkout (degraded)", "customers     acme", "reported by   3 customers", "metric        4 % fail"}},
		step{"incident impact @ -id ID -by ada -customer ''", nil},
		step{"incident task @ -id ID -by ada -title 'Call ACME' -owner ben -due 2030-01-01T00:00:00Z", []string{"task t1       Call ACME (ben, open)"}},
		step{"incident done @ -id ID -by ada -task t1", []string{"Call ACME (ben, done)"}},
		step{"incident comment @ -id ID -by ada -text 'hm, so'", nil},
		step{"incident decide @ -id ID -by ada -text 'roll back'", nil},
		step{"incident edit @ -id ID -by ada -title 'Orders fail' -severity critical", []string{": Orders fail (critical)"}},
		step{"incident edit @ -id ID -by ada -detected 2026-01-05T09:00:00Z -json", []string{`"detected_at":"2026-01-05T09:00:00Z"`}},
		step{"incident detach @ -id ID -by ada -alert " + s.alert, nil},
		step{"incident attach @ -id ID -by ada -alert " + s.alert, []string{s.alert}},
		step{"incident publish @ -id ID -by ada -title 'Orders fail' -text 'We look, and mend.' -page public", []string{"investigating, Orders fail: We look, and mend."}},
		step{"incident set @ -id ID -by ada -status resolved -note 'all well'", []string{"is resolved", "figures", "acknowledged after"}},
		step{"incident reopen @ -id ID -by ada -reason again", []string{"is investigating"}},
		step{"incident timeline @ -id ID", []string{"ada (via ops) commented: hm, so", "made ben commander: my shift ends", "reopened"}},
		step{"incident show @ -id ID -json", []string{`"id":"` + s.id}},
	)
	_, out, _ := s.types("incident show @ -id ID")
	require.NotContains(t, out, "acme", "an empty list empties")
	s.goes(step{"incident declare @ -by ada -title second", nil})
	_, out, _ = s.types("incident list @ -limit 1")
	more := regexp.MustCompile(`more: (-cursor \S+)`).FindStringSubmatch(out)
	require.NotNil(t, more, out)
	s.goes(step{"incident list @ " + more[1], []string{"Orders fail"}})
}

func TestPostmortemCommands(t *testing.T) {
	s := atTerminal(t)
	s.goes(step{"postmortem list @", []string{"no postmortems"}})
	s.declared()
	s.goes(
		step{"incident set @ -id ID -by ada -status resolved", nil},
		step{"postmortem list @ -state open", []string{s.id + "  draft  due ", "nobody yet  Checkout is down"}},
		step{"postmortem show @ -id ID -timezone Asia/Tokyo", []string{"# Postmortem: Checkout is down", "JST"}},
		step{"postmortem show @ -id ID -format json", []string{`"state":"draft"`}},
		step{"postmortem show @ -id ID -json", []string{`"state":"draft"`}},
		step{"postmortem edit @ -id ID -by ada -factors 'One, and' -factors Two -lessons L -summary S", []string{"is draft: Checkout is down (owner nobody yet, due "}},
		step{"postmortem assign @ -id ID -by ada -owner ben -participant ada,ben", []string{"(owner ben"}},
		step{"postmortem item @ -id ID -by ada -title 'Do it' -kind prevent", []string{"open, prevent: Do it (owner nobody yet)"}},
		step{"postmortem set @ -id ID -by ada -item a1 -owner ada -due 2030-01-01T00:00:00Z", []string{"(owner ada)"}},
		step{"postmortem submit @ -id ID -by ada -note 'it is little'", []string{"is in review"}},
		step{"postmortem return @ -id ID -by ada -reason typos", []string{"is draft"}},
		step{"postmortem refresh @ -id ID -by ada", nil},
		step{"postmortem submit @ -id ID -by ada", nil},
		step{"postmortem publish @ -id ID -by ada", []string{"is published"}},
		step{"postmortem show @ -id ID", []string{"One, and", "Do it"}},
		step{"postmortem revise @ -id ID -by ada -reason news", []string{"is draft"}},
		step{"incident declare @ -by ada -title small", nil},
	)
	_, out, _ := s.types("incident list @ -limit 1")
	s.goes(step{"postmortem draft @ -by ada -incident " + strings.Fields(out)[0], []string{"is draft: small"}})
}

func TestStatusAndReportCommands(t *testing.T) {
	s := atTerminal(t)
	s.goes(
		step{"status list @", []string{"public  Shop status  " + s.base + "/status/public"}},
		step{"status show @ -id public", []string{"All Systems Operational (" + s.base + "/status/public)", "  Search  operational"}},
		step{"status set @ -id public -by ada -component find -status partial_outage", []string{"set by hand on page public:\n  component find is partial outage\n"}},
		step{"status show @ -id public", []string{"Search  partial outage"}},
		step{"status set @ -id public -by ada -component find -status auto", []string{"nothing is set by hand on page public"}},
		step{"status schedule @ -id public -by ada -title 'New disks' -text x -component orders -until 2030-01-01T00:00:00Z", []string{"maintenance m1, ", "until 2030-01-01", ": New disks"}},
		step{"status show @ -id public", []string{"Orders       under maintenance", "maintenance  in progress, from "}},
		step{"status tell @ -id public -by ada -maintenance m1 -text soon", nil},
		step{"status move @ -id public -by ada -maintenance m1 -until 2031-01-01T00:00:00Z", []string{"until 2031-01-01"}},
		step{"status complete @ -id public -by ada -maintenance m1", []string{"nothing is set by hand"}},
		step{"status schedule @ -id public -by ada -title Later -from 2030-01-01T00:00:00Z -until 2030-01-02T00:00:00Z", nil},
		step{"status cancel @ -id public -by ada -maintenance m2", []string{"nothing is set by hand"}},
	)
	s.declared()
	s.goes(
		step{"incident set @ -id ID -by ada -status resolved", nil},
		step{"report response @", []string{"MTTD", "incidents  service checkout  1"}},
		step{"report load @ -hours 'mon-sun 00:00-24:00'", []string{"user  pages", "out of hours: outside mon-sun 00:00-24:00 in the person's time zone"}},
		step{"report load @ -from 2026-01-01T00:00:00Z -to 2026-06-01T00:00:00Z -format csv", []string{"id,name,timezone,pages"}},
		step{"report response @ -json", []string{`"rows":[`}},
	)
}

func TestCommandsThatSayNo(t *testing.T) {
	s := atTerminal(t).declared()
	unknown := "-server: expected an address such as http://127.0.0.1:8080"
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"incident":                 {2, "usage: refserver incident ACTION [flags]"},
		"incident -json":           {2, "usage: refserver incident ACTION [flags]"},
		"incident explode":         {2, `there is no "explode" here; there are list, show, timeline`},
		"incident show @":          {2, "-id is missing"},
		"incident show @ ID":       {2, `" is not a flag; write -id ` + s.id + "\n"},
		"incident show x1 @":       {2, `"x1" is not a flag; write -id x1`},
		"incident show -id a b":    {2, `"b" is not a flag; everything is given as -name value`},
		"incident list a":          {2, `"a" is not a flag; everything is given as -name value`},
		"incident resolve":         {2, `there is no "resolve" here; write set -status resolved`},
		"incident close -id x":     {2, `there is no "close" here; write set -status resolved`},
		"incident ack":             {2, `there is no "ack" here; an incident is taken with assign -role commander -user USER`},
		"incident declaer":         {2, `there is no "declaer" here; did you mean "declare"?`},
		"incident timelines":       {2, `there is no "timelines" here; did you mean "timeline"?`},
		"status resolve":           {2, `there is no "resolve" here; there are list, show, set`},
		"postmortem new":           {2, `there is no "new" here; write draft`},
		"incident list -nope":      {2, "-nope"},
		"incident list @ -limit x": {2, `-limit: "x" is not a whole number`},
		"incident impact @ -id ID -by ada -reported x":   {2, `-reported: "x" is not a whole number`},
		"incident list -server 127.0.0.1:80":             {2, unknown},
		"incident list -server localhost:80":             {2, unknown},
		"incident list -server ''":                       {2, unknown},
		"page -server x -user ada -summary x":            {2, unknown},
		"incident list -server http://127.0.0.1:1":       {1, "the server cannot be reached"},
		"incident list -server " + s.base:                {1, "(give a token with -token or $WATCHBILL_TOKEN)"},
		"incident show @ -id nope":                       {1, `refserver: the server refuses (404): there is no incident "nope"` + "\n"},
		"incident comment @ -id ID -text x":              {1, "the server refuses (422): -by: is missing; say who acts, here or in $WATCHBILL_USER\n"},
		"incident comment @ -id ID -by eve -text x":      {1, `-by: there is no user "eve"`},
		"incident list @ -limit 0":                       {1, "-limit: expected a number from 1 to 200"},
		"incident publish @ -id ID -by ada -expected on": {1, "-expected: must be a time such as 2026-01-05T09:00:00Z"},
		"incident declare @ -by eve -service nope -customer who": {1, "the server refuses (422):\n" +
			"  -service: there is no service \"nope\"\n  -customer: there is no customer \"who\"\n  -by: there is no user \"eve\"\n  -title: is missing"},
		"status cancel @ -id public -by ada -maintenance m1":  {1, `-maintenance: there is no maintenance "m1"`},
		"status show @ -id intern":                            {1, `there is no status page "intern"`},
		"postmortem show @ -id ID":                            {1, `there is no postmortem "`},
		"postmortem show @ -id ID -timezone Mars -format pdf": {1, "\n  -timezone: expected an IANA time zone such as Europe/Berlin\n"},
		"report load @ -hours never":                          {1, "-hours: "},
	} {
		code, out, problems := s.types(line)
		require.Equal(t, want.code, code, "%s: %s", line, problems)
		require.Empty(t, out, line)
		require.Contains(t, problems, want.text, line)
	}
}

// Help that was asked for goes to the standard output, so that it can be paged and searched.
func TestHelpOfEveryAction(t *testing.T) {
	s := &terminal{T: t}
	for name, actions := range map[string]func() []action{"incident": incidentActions, "status": statusActions, "postmortem": postmortemActions, "report": reportActions, "cover": coverActions} {
		code, out, problems := s.types(name + " -h")
		require.Equal(t, 0, code)
		require.Empty(t, problems)
		for _, a := range actions() {
			require.Contains(t, out, "  "+a.name)
			for _, h := range []string{"-h", "--help"} {
				code, out, problems := s.types(name + " " + a.name + " " + h)
				require.Equal(t, 0, code)
				require.Empty(t, problems)
				require.True(t, strings.HasPrefix(out, "refserver "+name+" "+a.name+": "+a.summary+"\n"), out)
				require.Contains(t, out, "-server URL")
				for _, f := range a.fields {
					require.Contains(t, out, "-"+f.flag)
				}
			}
		}
	}
}

func TestWhoActsComesFromTheEnvironment(t *testing.T) {
	s := atTerminal(t).declared()
	t.Setenv("WATCHBILL_USER", "ben")
	t.Setenv("WATCHBILL_TOKEN", "ops-token")
	s.goes(step{"incident comment -id ID -text x -server " + s.base + "/", nil}, step{"incident timeline @ -id ID", []string{"ben (via ops) commented: x"}})
}
