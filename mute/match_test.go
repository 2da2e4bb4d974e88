package mute_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/mute"
)

// matchers reads a list; it is empty for no text.
func matchers(t testing.TB, texts ...string) (list mute.Matchers) {
	t.Helper()
	for _, text := range texts {
		m, err := mute.ParseMatcher(text)
		require.NoError(t, err)
		list = append(list, m)
	}
	return list
}

// labels makes a subject of names and values, in order of the names.
func labels(pairs ...string) (sub mute.Subject) {
	for i := 0; i < len(pairs); i += 2 {
		sub.Labels = append(sub.Labels, alert.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return sub
}

func TestMatches(t *testing.T) {
	sub := labels("env", "dev", "none", "", "severity", "page", "team", "db")
	sub.Source, sub.Service, sub.Severity, sub.Summary = "prom", "checkout", watchbill.SeverityWarning, "disk full"
	bare := mute.Subject{Severity: watchbill.SeverityCritical}
	for _, test := range []struct {
		matchers string
		sub      mute.Subject
		want     bool
	}{
		{`team="db"`, sub, true},
		{`team!="db"`, sub, false},
		{`team=~"d."`, sub, true},
		{`team=~"d"`, sub, false}, // all of the value
		{`team!~"d"`, sub, true},
		{`env=~"dev|test"`, sub, true},
		{`env=~"test|prod"`, sub, false},
		{`env!~"test|prod"`, sub, true},
		{`team="db" env="dev"`, sub, true},
		{`team="db" env="prod"`, sub, false},
		{`region=""`, sub, true}, // what is missing is empty
		{`region!="x"`, sub, true},
		{`none=""`, sub, true},
		{`source="prom" service="checkout" summary=~"disk.*"`, sub, true},
		{`severity="page"`, sub, true}, // the label goes before the severity
		{`severity="warning"`, sub, false},
		{`severity="critical"`, bare, true},
		{`severity=""`, mute.Subject{}, true},
		{`service=""`, bare, true},
		{`team=~".*"`, bare, true},
		{`team=~".+"`, bare, false},
		{`team="DB"`, sub, false},
		{`team=~"(?i)DB"`, sub, true},
		{`team=~"^db$"`, sub, true},
	} {
		list := matchers(t, strings.Fields(test.matchers)...)
		assert.Equal(t, test.want, list.Matches(test.sub), "%s", test.matchers)
		var written mute.Matchers // as a host may write them: not compiled
		for _, m := range list {
			written = append(written, mute.Matcher{Name: m.Name, Op: m.Op, Value: m.Value})
		}
		assert.Equal(t, test.want, written.Matches(test.sub), "%s", test.matchers)
	}
	assert.False(t, mute.Matchers(nil).Matches(sub), "nothing asked for is nothing matched")
	broken := mute.Matcher{Name: "team", Op: mute.NotMatch, Value: "("}
	assert.False(t, mute.Matchers{broken}.Matches(sub), "what cannot be asked is not true, either way")
}

func TestMatcherErrors(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, test := range []struct{ text, want string }{
		{"", "is not a matcher; write a label"},
		{"team", `"team" is not a matcher`},
		{`{team="db"}`, "is in braces"},
		{"team=db,env=dev", "has a comma"},
		{`"team`, "the quoted name"},
		{`team="db`, "no closing quote"},
		{`te.am="\q"`, "is not quoted well"},
		{`te.am=`, "needs double quotes"},
		{`""=x`, "names no label"},
		{`team=~"("`, `"(" is not a regular expression: missing closing )`},
		{`team=~"a)|(b"`, "is not a regular expression: unexpected )"},
		{`team=~"(x{900}){900}"`, "is not a regular expression: invalid repeat count"},
		{`team=~"` + strings.Repeat("x{900}", 10) + `"`, "repeats too much"},
		{`team=~"` + long[:1001] + `"`, "longer than 1000 bytes"},
		{`team="` + long + `"`, "the value is longer than 4096 bytes"},
		{long[:300] + "=x", "longer than 256 bytes"},
		{long + long + long + long + long, "longer than 20000 bytes"},
		{"team=\xff", "is not UTF-8"},
	} {
		_, err := mute.ParseMatcher(test.text)
		assert.ErrorContains(t, err, "mute: ", "%.40s", test.text)
		assert.ErrorContains(t, err, test.want, "%.40s", test.text)
	}
	_, err := mute.NewMatcher("team", mute.Op(9), "x")
	assert.EqualError(t, err, "mute: operator 9 does not exist; use =, !=, =~ or !~")
	_, err = mute.NewMatcher("te\xffam", mute.Equal, "x")
	assert.EqualError(t, err, "mute: the matcher is not UTF-8")
	assert.Equal(t, "unknown", mute.Op(9).String())
	_, err = json.Marshal(mute.Matchers{{}})
	assert.Error(t, err)
}

// TestBrokenExpressionsDecode: stored data must stay readable, whatever a later release thinks of an expression in it.
func TestBrokenExpressionsDecode(t *testing.T) {
	var s mute.Silence
	require.NoError(t, json.Unmarshal([]byte(`{"id":"s","matchers":["team=~\"(\"","a=\"b\""],"span":{"to":"2026-01-01"}}`), &s))
	assert.EqualError(t, s.Validate(), `mute: matchers[0]: "(" is not a regular expression: missing closing )`)
	assert.ErrorContains(t, json.Unmarshal([]byte(`{"matchers":["team"]}`), &s), "is not a matcher")
}

// FuzzMatcher: whatever is read can be written and read again, and means what its expression does.
func FuzzMatcher(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a.Text, "db")
	}
	f.Add(`x=~"`+strings.Repeat("(", 999)+`"`, "")
	f.Fuzz(func(t *testing.T, text, value string) {
		m, err := mute.ParseMatcher(text)
		if err != nil {
			require.ErrorContains(t, err, "mute: ")
			return
		}
		written, err := m.MarshalText()
		require.NoError(t, err)
		again, err := mute.ParseMatcher(string(written))
		require.NoError(t, err, "%s", written)
		require.Equal(t, []string{m.Name, m.Op.String(), m.Value}, []string{again.Name, again.Op.String(), again.Value})
		var decoded mute.Matcher
		require.NoError(t, decoded.UnmarshalText(written))

		want := value == m.Value
		if m.Op == mute.Match || m.Op == mute.NotMatch {
			want = regexp.MustCompile(fmt.Sprintf("^(?:%s)$", m.Value)).MatchString(value)
		}
		if m.Op == mute.NotEqual || m.Op == mute.NotMatch {
			want = !want
		}
		sub := mute.Subject{Labels: []alert.Label{{Name: m.Name, Value: value}}}
		if value == "" {
			sub.Labels = nil
		}
		require.Equal(t, want, mute.Matchers{decoded}.Matches(sub))
	})
}
