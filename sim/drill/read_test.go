package drill_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim/drill"
)

// TestEveryMistake: what is wrong with a file is said at once, with line and field.
func TestEveryMistake(t *testing.T) {
	const file = `from: nowhere
happened: yesterday
limit: 3h
lenght: 3h
signals:
  - {after: 5m, key: late, action: resolve}
  - {after: -1s, source: prom, key: a, action: shout, summary: x}
  - {source: other, summary: x, severity: grave, service: shop, policy: office, user: eve, details: "{"}
  - {source: other, key: b}
  - {key: a, after: 4h, action: resolve, links: [{text: x}], labels: [a], priority: P9}
injects:
  - {after: 1m}
notes: [[a]]
expect:
  - {within: 5m}
  - {what: applauded, within: 0s, points: -1}
  - {what: acknowledged, alert: c, role: commander, user: eve}
  - {what: role, role: king, within: 5m, alert: a}
robots: {misses: 2, answers: soon, seed: x}
`
	_, org := organisation(t)
	_, err := drill.Parse("bad-drill.yaml", []byte(file), org)
	require.Error(t, err)
	golden(t, "bad.golden", []byte(strings.Join(lines(err), "\n")+"\n"))
}

func TestMistakesOfTheWhole(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"nothing":       {"", "drill: x.yaml: is empty; a drill has at least a title and one of signals"},
		"no fields":     {"- a\n", "drill: x.yaml:1: must begin with a field such as title:, got a list"},
		"no signals":    {"title: x\n", "drill: x.yaml:1: signals: has none; without a signal nothing happens"},
		"first signal":  {"title: x\nsignals: [{key: a, service: checkout, action: resolve}]\n", "drill: x.yaml:2: signals: begins with one of action resolve; the first must trigger"},
		"too long":      {"title: x\nlimit: 169h\nsignals: [{key: a, service: checkout, summary: x}]\n", "drill: x.yaml:2: limit: is 169h0m0s; a drill lasts no longer than 168h0m0s"},
		"whom to page":  {"title: x\nsignals: [{key: a, summary: x}]\n", `drill: x.yaml:2: signals[0].service: is missing; source "drill" is not in the configuration, so nobody knows whom to page`},
		"after its end": {"title: x\nlimit: 1h\nsignals: [{key: a, service: checkout, summary: x}, {key: a, action: resolve, after: 1h}]\n", "drill: x.yaml:2: limit: is 1h0m0s; the last signal comes after 1h0m0s, so it would never be seen"},
	} {
		_, org := organisation(t)
		_, err := drill.Parse("x.yaml", []byte(c.file), org)
		require.EqualError(t, err, c.want, name)
	}
}

// TestTheLeastDrill: what is left out has defaults.
func TestTheLeastDrill(t *testing.T) {
	_, org := organisation(t)
	d, err := drill.Parse("x.yaml", []byte("title: x\nsignals:\n  - {after: 20m, key: a, action: resolve}\n  - {key: a, service: checkout, summary: x}\n"), org)
	require.NoError(t, err)
	require.Equal(t, "40m0s", d.Limit.String(), "twice as long as its signals")
	require.Zero(t, d.Signals[0].After, "they are put in order")
	require.EqualValues(t, "drill", d.Signals[0].Signal.Source)
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/checkout-drill.yaml")
	require.NoError(f, err)
	f.Add(string(text))
	f.Add("title: x\nsignals: [{key: a, service: checkout, summary: x, labels: {a: b}}]\nexpect: [{what: role, within: 5m}]\n")
	f.Add("title: x\nhappened: 2026-02-10T02:11:05.5+01:00\nsignals: [{key: a, service: checkout, summary: x, details: '{}'}]\nrobots: {misses: 1e-5}\n")
	c, _, err := config.Reader{}.Load("testdata/watchbill.yaml")
	require.NoError(f, err)
	org, err := oncall.New(c.Org, 0)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := drill.Parse("x.yaml", []byte(text), org)
		if err != nil {
			return
		}
		written, err := d.YAML()
		require.NoError(t, err)
		back, err := drill.Parse("x.yaml", written, org)
		require.NoError(t, err, "%s", written)
		require.Equal(t, d, back)
	})
}
