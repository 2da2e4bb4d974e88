package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/sim/drill"
)

const (
	drillPast   = "../../sim/drill/testdata/past.jsonl"
	drillConfig = "../../sim/drill/testdata/watchbill.yaml"
)

// drillIncident is the incident of the past.
func drillIncident(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../sim/drill/testdata/checkout-drill.yaml")
	require.NoError(t, err)
	return regexp.MustCompile(`from: incident (\S+) of`).FindStringSubmatch(string(text))[1]
}

// leading is a drill under way, as those who take part see it.
type leading struct {
	*process
	client
	token string
}

// lead starts a drill.
func lead(t *testing.T, file string, args ...string) leading {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	p := launch(t, path, append([]string{"drill", "run", "-config", drillConfig, "-drill", write(t, "x-drill.yaml", file)}, args...)...)
	m := p.waitFor(t, `WATCHBILL_SERVER=(\S+) WATCHBILL_TOKEN=(\S+)`)
	return leading{p, client{t, m[1], m[2]}, m[2]}
}

// seen returns the submatches of what has been said, in whatever order, as soon as it is.
func (p *process) seen(t *testing.T, pattern string) []string {
	t.Helper()
	for re := regexp.MustCompile(pattern); ; {
		if m := re.FindStringSubmatch(p.output()); m != nil {
			return m
		}
		p.waitFor(t, "") // for any further line
	}
}

// post does something at the API, as ada.
func (l leading) post(path string, body fields) (id string) {
	l.t.Helper()
	body["by"] = "ada"
	text, err := json.Marshal(body)
	require.NoError(l.t, err)
	status, data := l.do(http.MethodPost, path, string(text))
	require.Equal(l.t, 2, status/100, "%s: %s", path, data)
	var made struct{ ID string }
	require.NoError(l.t, json.Unmarshal(data, &made))
	return made.ID
}

// TestDrill plays a drill sixty times faster than time: people act over HTTP, and the sheet says what they did and did not.
func TestDrill(t *testing.T) {
	t.Parallel()
	l := lead(t, `
title: Orders cannot be placed
limit: 100h
signals:
  - {after: 0s, source: prom, key: CheckoutDown, severity: critical, summary: Checkout answers 500}
  - {after: 5m, source: prom, key: QueueFull, severity: error, summary: Orders wait in the queue}
  - {after: 99h, source: prom, key: QueueFull, action: resolve}
injects:
  - {after: 1m, text: the deployment of 01:50 is suspicious}
expect:
  - {what: acknowledged, alert: CheckoutDown, within: 50h, points: 20, then: 51h}
  - {what: escalated, within: 1s, points: 10}
  - {what: declared, within: 50h, points: 15}
  - {what: role, role: commander, within: 50h, points: 15}
  - {what: told, within: 50h, points: 20}
  - {what: resolved, within: 50h, points: 20}
`, "-speed", "600", "-token", "our-token")
	require.Equal(t, "our-token", l.token)
	alert := l.seen(t, `signal from prom, trigger CheckoutDown: opened (\S+)`)[1]
	link := l.seen(t, `acknowledge: (http://\S+)`)[1]
	require.True(t, strings.HasPrefix(link, l.base+"/a/"), "its links are its own: %s", link)
	l.seen(t, `inject, for whoever leads: the deployment of 01:50`)
	queue := l.seen(t, `trigger QueueFull: opened (\S+)`)[1]
	status, body := l.do(http.MethodPost, link, "action=ack")
	require.Equal(t, http.StatusOK, status, string(body))

	incident := l.post(incidents, fields{"alerts": []string{alert}})
	l.post(incidents+"/"+incident+"/roles", fields{"role": "commander", "user": "ada"})
	l.post(incidents+"/"+incident+"/updates", fields{"title": "Orders", "text": "We are looking at it."})
	l.post("/api/v1/alerts/"+alert+"/resolve", fields{})
	l.post("/api/v1/alerts/"+queue+"/resolve", fields{})
	l.post(incidents+"/"+incident+"/status", fields{"status": "resolved"})
	require.Zero(t, l.exit(t))
	sheet := l.output()
	require.Contains(t, sheet, "the drill is over: everything is resolved")
	require.Contains(t, sheet, "# DRILL: Orders cannot be placed\n\n**90 of 100 points (90 %).**")
	require.Regexp(t, `\| acknowledged \(CheckoutDown\) \| 50h0m0s \| in time \| \S+ \| \w+ \| 20 of 20 \| after 51h0m0s: \S+ slower \|`, sheet)
	require.Contains(t, sheet, "| escalated | 1s | not done | - | - | 0 of 10 | never, or not known |")
	require.Contains(t, sheet, `ada (via drill) declared the incident "DRILL: Checkout answers 500"`)
	require.NotContains(t, sheet, "WARN", "an engine that hurries is no trouble")
}

// TestDrillEnds: at its limit, or when somebody has had enough. There is a sheet in any case.
func TestDrillEnds(t *testing.T) {
	t.Parallel()
	const file = `
title: x
limit: 5m
signals: [{key: a, service: checkout, summary: it burns}]
expect: [{what: acknowledged, within: 1m, points: 20}]
`
	up := lead(t, file, "-speed", "1000")
	require.Zero(t, up.exit(t))
	require.Contains(t, up.output(), "the drill is over: its time is up")
	require.Contains(t, up.output(), "**0 of 20 points (0 %).**")

	enough := lead(t, file, "-json")
	enough.waitFor(t, `acknowledge: `)
	enough.signal(t, syscall.SIGINT)
	require.Zero(t, enough.exit(t))
	require.Contains(t, enough.output(), "the drill is over: it was ended by hand")
	_, text, _ := strings.Cut(enough.output(), "\n{")
	var sheet drill.Sheet
	require.NoError(t, json.Unmarshal([]byte("{"+text), &sheet))
	require.Equal(t, 20, sheet.Of)
	require.Equal(t, drill.Missed, sheet.Results[0].Outcome)
}

// TestDrillSends: with -send people are paged over their own channels, marked; nobody else hears of it.
func TestDrillSends(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(`
public_url: https://production.example
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: "PHONES/ada"}]}]
destinations: [{id: board, channel: webhook, address: "PHONES/board"}]
policies: [{id: p, levels: [{targets: ["user:ada", "webhook:board"], repeat: {every: 1h}, timeout: 2h}]}]
services: [{id: shop, policy: p}]
channels: {webhook: {secret: `+testSecret+`}}
catch_all: "user:ada"
`, "PHONES", phones.URL))
	path, err := binary()
	require.NoError(t, err)
	p := launch(t, path, "drill", "run", "-send", "-config", conf, "-drill",
		write(t, "x-drill.yaml", "title: x\nsignals: [{key: a, service: shop, summary: it burns}]\n"))
	base := p.waitFor(t, `WATCHBILL_SERVER=(\S+)`)[1]
	p.seen(t, `page to destination:board by webhook .*: DRILL: it burns`)
	all := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) == 1 })
	require.Equal(t, "DRILL: it burns", all[0].Alert.Summary)
	require.True(t, strings.HasPrefix(all[0].AckURL, base+"/a/"), all[0].AckURL)
	client := client{t: t}
	status, body := client.do(http.MethodPost, all[0].AckURL, "action=ack")
	require.Equal(t, http.StatusOK, status, string(body))
	p.signal(t, syscall.SIGINT)
	require.Zero(t, p.exit(t))
	require.Contains(t, p.output(), "PAGES GO OUT TO PEOPLE")
	for _, a := range phones.all() {
		require.Equal(t, "ada", a.User, "the board of the team knows nothing of a drill")
	}
}

// TestDrillTouchesNothing: what of the file leads to production is not in a drill.
func TestDrillTouchesNothing(t *testing.T) {
	file, _, err := config.Reader{}.Load(drillConfig)
	require.NoError(t, err)
	file.PublicURL, file.SigningKey, file.DeadMan = "https://production.example", "secret", &config.DeadMan{}
	require.NotEmpty(t, file.Org.Heartbeats)
	isolate(file, "http://drill.example/", "token")
	require.Equal(t, "http://drill.example", file.PublicURL)
	require.Empty(t, file.SigningKey)
	require.Nil(t, file.DeadMan)
	require.Empty(t, file.Org.Heartbeats)
}

// TestDrillMakeFromDatabase: a database gives the same file as the archive of it.
func TestDrillMakeFromDatabase(t *testing.T) {
	id := drillIncident(t)
	code, archived, problems := says("drill", "make", "-from", drillPast, "-incident", id)
	require.Zero(t, code, problems)
	want, err := os.ReadFile("../../sim/drill/testdata/checkout-drill.yaml")
	require.NoError(t, err)
	require.Equal(t, string(want), archived)

	db := "sqlite:" + filepath.Join(t.TempDir(), "watchbill.db")
	code, _, problems = says("import-data", "-db", db, drillPast)
	require.Zero(t, code, problems)
	code, stored, problems := says("drill", "make", "-from", db, "-incident", id)
	require.Zero(t, code, problems)
	require.Equal(t, archived, stored)

	alert := regexp.MustCompile(`alerts (\w+)`).FindStringSubmatch(archived)[1]
	code, stored, problems = says("drill", "make", "-from", db, "-alert", alert, "-anonymous")
	require.Zero(t, code, problems)
	require.Contains(t, problems, "read the file before you pass it on")
	require.Contains(t, stored, "person 1 acknowledged")
	require.NotContains(t, stored, "ben")
}

// TestDrillRefusals: a mistake on purpose for each message.
func TestDrillRefusals(t *testing.T) {
	good := write(t, "good-drill.yaml", "title: x\nsignals: [{key: a, service: checkout, summary: it burns}]\n")
	run := func(more ...string) []string {
		return append([]string{"run", "-config", drillConfig, "-drill", good}, more...)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "usage: refserver drill ACTION"},
		{[]string{"mak"}, `there is no "mak" here; did you mean "make"?`},
		{[]string{"make"}, "-from is missing; name the file that export has written, or a database"},
		{[]string{"make", "-from", drillPast}, "give either -incident ID or -alert ID; refserver incident list shows"},
		{[]string{"make", "-from", drillPast, "-incident", "a", "-alert", "b"}, "give either"},
		{[]string{"make", "-from", drillPast, "-incident", "a"}, `-incident: there is no incident "a" in ` + drillPast},
		{[]string{"make", "-from", drillPast, "-alert", "a"}, `-alert: there is no alert "a" in ` + drillPast},
		{[]string{"make", "-from", "nowhere.jsonl", "-alert", "a"}, "-from: open nowhere.jsonl: no such file"},
		{[]string{"make", "-from", drillConfig, "-alert", "a"}, "-from: " + drillConfig + ": "},
		{[]string{"make", "-from", "memory:", "-alert", "a"}, "-from: nothing is left of memory: when a process ends"},
		{[]string{"make", "-from", "sqlite:/nowhere/x.db", "-alert", "a"}, "-from: sqlite: stat /nowhere/x.db"},
		{[]string{"run"}, "-drill is missing; name a file that drill make has written"},
		{[]string{"run", "-drill", good}, "-config is missing"},
		{[]string{"run", "-config", drillConfig, "-drill", "nowhere.yaml"}, "open nowhere.yaml: no such file"},
		{[]string{"run", "-config", drillConfig, "-drill", drillConfig}, "timezone: is unknown; known here are title"},
		{run("-speed", "0.5"), "-speed: 0.5 is not between 1 and 1000"},
		{run("-speed", "1001"), "-speed: 1001 is not between 1 and 1000"},
		{run("-speed", "NaN"), "-speed: NaN is not between 1 and 1000"},
		{run("-robots", "-send"), "-send: robots have no phones"},
		{run("-robots", "-speed", "10"), "-speed: robots take no time"},
		{run("-robots"), good + ": happened: is missing; robots begin then, or at -at"},
		{run("-at", "noon"), `-at: "noon" is not a time with its offset`},
		{run("-listen", "nowhere"), "-listen: "},
		{run("-listen", "127.0.0.1:0", "-public", "drill.example"), `-public: "drill.example" is not an address such as http://drill.example:8081`},
	} {
		code, _, problems := says(append([]string{"drill"}, c.args...)...)
		require.Equal(t, 2, code, "%v: %s", c.args, problems)
		require.Contains(t, problems, c.want, "%v", c.args)
	}
}

// TestDrillRobots: a drill that says when it happened needs no -at, and the sheet is the same each time.
func TestDrillRobots(t *testing.T) {
	args := []string{"drill", "run", "-config", drillConfig, "-drill", "../../sim/drill/testdata/checkout-drill.yaml", "-robots"}
	code, sheet, problems := says(args...)
	require.Zero(t, code, problems)
	want, err := os.ReadFile("../../sim/drill/testdata/rehearsal.md")
	require.NoError(t, err)
	require.Equal(t, string(want), sheet)
	code, other, _ := says(append(args, "-at", "2026-02-17T02:11:05Z", "-json")...)
	require.Zero(t, code)
	require.Contains(t, other, `"user": "ada"`, "a week later somebody else is on call")
}

// TestDrillGuide runs every command of docs/drills.md, in order.
func TestDrillGuide(t *testing.T) {
	t.Setenv("INCIDENT", drillIncident(t))
	dir := t.TempDir()
	conf, err := os.ReadFile(drillConfig)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "watchbill.yaml"), conf, 0o600))
	code, _, problems := says("import-data", "-db", "sqlite:"+filepath.Join(dir, "watchbill.db"), drillPast)
	require.Zero(t, code, problems)
	steps := triedCommands(t, "../../docs/drills.md")
	require.Len(t, steps, 4, "made, tried, run, taken part in")
	shell(t, dir, steps[0], "watchbill.jsonl: written")
	shell(t, dir, steps[1], "")
	rehearsal, err := os.ReadFile(filepath.Join(dir, "rehearsal.md"))
	require.NoError(t, err)
	require.Contains(t, string(rehearsal), "**130 of 130 points")

	path, err := binary()
	require.NoError(t, err)
	t.Setenv("PATH", filepath.Dir(path)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	p := launch(t, need(t, "any Unix", "sh"), "-e", "-c", "cd "+dir+"\n"+strings.Replace(steps[2], "\nrefserver", "\nexec refserver", 1))
	m := p.waitFor(t, `export WATCHBILL_SERVER=(\S+) WATCHBILL_TOKEN=(\S+) WATCHBILL_USER=your-id`)
	t.Setenv("WATCHBILL_SERVER", m[1])
	t.Setenv("WATCHBILL_TOKEN", m[2])
	t.Setenv("WATCHBILL_USER", "ada")
	t.Setenv("ALERT", p.seen(t, `trigger CheckoutDown: opened (\S+)`)[1])
	shell(t, dir, steps[3], "is investigating: DRILL: orders cannot be placed (critical)")
	p.signal(t, syscall.SIGINT)
	require.Zero(t, p.exit(t))
	sheet, err := os.ReadFile(filepath.Join(dir, "sheet.md"))
	require.NoError(t, err)
	require.Regexp(t, `\| declared \| 15m0s \| in time \| \d+s \| ada \| 15 of 15 \| after 18m55s: 18m\d+s slower \|`, string(sheet))
}

// TestDrillResolvedByAPerson: an incident that the engine closes with its last alert counts for whoever resolved that.
func TestDrillResolvedByAPerson(t *testing.T) {
	const past = "../../examples/replay/"
	code, made, problems := says("drill", "make", "-from", past+"recorded.jsonl", "-alert", "0034p89dlil01hslq3keq8l0lg")
	require.Zero(t, code, problems)
	file := filepath.Join(t.TempDir(), "monday-drill.yaml")
	require.NoError(t, os.WriteFile(file, []byte(made), 0o600))
	code, sheet, problems := says("drill", "run", "-config", past+"watchbill.yaml", "-drill", file, "-robots")
	require.Zero(t, code, problems)
	require.Contains(t, sheet, "engine set the status to resolved: all its alerts are resolved")
	require.Contains(t, sheet, "| resolved | 42m0s | in time | 22m0s | ada | 20 of 20 |")
}
