package config_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// The file in the design loads, with everything that came after it.
func TestExample(t *testing.T) {
	f, warnings, err := config.Load("testdata/example.yaml")
	require.NoError(t, err)
	require.Empty(t, warnings)

	assert.Equal(t, "http://127.0.0.1:8080", f.PublicURL)
	assert.Equal(t, &config.SMTP{Addr: "127.0.0.1:25", From: "oncall@example.com", TLS: "starttls"}, f.SMTP)
	assert.Equal(t, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", f.Webhook.Secret)
	org, err := oncall.New(f.Org, 1)
	require.NoError(t, err)
	source, ok := org.Source("change-me-alertmanager")
	require.True(t, ok)
	assert.Equal(t, catalog.Source{ID: "prom", Type: "alertmanager", Service: "checkout",
		Key: catalog.DigestOf("change-me-alertmanager")}, source)
	key, ok := org.Key("change-me-token")
	require.True(t, ok)
	assert.Equal(t, catalog.RoleAdmin, key.Role)
	ben, _ := org.User("ben")
	assert.Equal(t, "Europe/Berlin", ben.Zone, "the top's time zone is everybody's")
	assert.Equal(t, watchbill.ServiceID("checkout"), f.Org.Catalog.Dependents("search")[0])
	assert.Equal(t, []watchbill.CustomerID{"acme", "warehouse"}, f.Org.Catalog.UsersOf("search"))
	page, _ := org.Page("public")
	assert.Equal(t, "Europe/Berlin", page.Zone, "the top's time zone is everybody's")
	policy, _ := org.Policy("web")
	assert.Equal(t, 5*time.Minute, policy.Levels[0].Timeout)
	assert.Equal(t, escalation.Repeat{Every: time.Minute, Attempts: 3}, policy.Levels[0].Repeat)
	assert.Equal(t, []escalation.Target{escalation.User("ada")}, f.Org.CatchAll)
	primary, _ := org.Schedule("primary")
	at := time.Date(2026, 1, 6, 15, 0, 0, 0, time.UTC) // 10:00 in New York
	assert.Equal(t, "cem", string(primary.OnCall(at).Parts[0].User))
}

// Every message for everything that can be wrong, at once and in the order of the file.
func TestBadFile(t *testing.T) {
	f, _, err := config.Load("testdata/bad.yaml")
	require.Error(t, err)
	assert.Nil(t, f)
	golden(t, "testdata/bad.golden", err.Error()+"\n")
	var first *config.Error
	require.ErrorAs(t, err, &first)
	assert.Equal(t, "testdata/bad.yaml", first.File)
	assert.Equal(t, 2, first.Line)
	assert.Equal(t, "timezone", first.Field)
}

func TestUnbuilt(t *testing.T) {
	f, warnings, err := config.Load("testdata/unbuilt.yaml")
	require.NoError(t, err)
	var all strings.Builder
	for _, w := range warnings {
		fmt.Fprintln(&all, w)
	}
	golden(t, "testdata/unbuilt.golden", all.String())

	assert.Equal(t, "+49301234", f.Org.Catalog.Users[0].Contacts[0].Address)
}

func TestHostChannels(t *testing.T) {
	const file = `{users: [{id: ada, contacts: [{id: p, channel: pigeon, address: loft}]}], catch_all: user:ada}`
	_, warnings, err := config.Parse("f.yaml", []byte(file))
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	assert.Equal(t, "f.yaml:1: users[0].contacts[0].channel: pigeon is not set up: nothing can be sent there",
		warnings[0].String())
	_, warnings, err = config.Parse("f.yaml", []byte(file), "pigeon")
	require.NoError(t, err)
	assert.Empty(t, warnings)
}

func TestSyntax(t *testing.T) {
	big := strings.Repeat("#", 17<<20)
	bomb := "a: &a [x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9), c-1)
	}
	wide := "teams: [{id: t, members: &m [" + strings.Repeat("ada,", 5000) + "]}" +
		strings.Repeat(",{id: t, members: *m}", 5000) + "]"
	tests := []struct{ name, file, want string }{
		{"empty", "", "config: f.yaml: is empty; the least that pages somebody is users"},
		{"comments only", "# nothing\n", "config: f.yaml: is empty"},
		{"null", "---\n...\n", "config: f.yaml: is empty"},
		{"a list", "- users\n", "config: f.yaml:1: must begin with a field such as users:, got a list"},
		{"a word", "\n\nhello", `config: f.yaml:3: must begin with a field such as users:, got a single value`},
		{"tab", "users:\n\t- id: ada\n", "config: f.yaml:2: is indented with a tab; use spaces"},
		{"not YAML", "users:\n  - {id: ada\n", "config: f.yaml:2: is not YAML: did not find expected ',' or '}' in what begins here"},
		{"unknown anchor", "users: *x\n", "config: f.yaml:1: uses *x, but there is no &x above"},
		{"not UTF-8", "users:\n- name: M\xfcller\n", "config: f.yaml:2: is not UTF-8"},
		{"UTF-16", "\xff\xfeu\x00", "config: f.yaml:1: is not UTF-8"},
		{"two documents", "users:\n---\nteams:\n", "config: f.yaml:2: a second document begins here"},
		{"duplicate key", "users:\n\nusers:\n", "config: f.yaml:3: users: is given twice; the first is in line 1"},
		{"too large", big, "config: f.yaml: is larger than 16 MiB"},
		{"too deep", strings.Repeat("[", 20_000), "exceeded max depth"},
		{"deep", "users: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "users[0]: must have fields"},
		{"bomb of unknown fields", bomb, "config: f.yaml:10: j: is unknown"},
		{"bomb", "users: " + strings.TrimPrefix(bomb, "a: "), "users[0]: must have fields"},
		{"wide", wide, "config: f.yaml: has more than 1000000 values"},
		{"cycle", "users: &u [*u]\n", "users[0]: must have fields"},
		{"many problems", "users: [" + strings.Repeat("x,", 5000) + "]", "config: f.yaml: was not read to its end; there may be more problems"},
		{"control characters", `public_url: "http://a\r\nb"`, "public_url: has a line break"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := config.Parse("f.yaml", []byte(test.file))
			require.Error(t, err)
			assert.Contains(t, err.Error(), test.want)
			var typed *config.Error
			assert.ErrorAs(t, err, &typed)
		})
	}
}

// Text is what is written, whatever YAML takes it for.
func TestPlainText(t *testing.T) {
	f, _, err := config.Parse("f.yaml", []byte("\uFEFF"+`
users:
  - {id: 7, name: on, contacts: &c [{id: 0x10, channel: sms, address: +49301234}]}
  - {id: yes, name: 2026-01-05, contacts: *c, teams: ~}
schedules:
  - id: 1.50
    layers: [{id: ~x, users: [7, ~, "~", yes, null], start: 2026-01-05T09:00, rotation: {unit: day},
      coverage: [{days: [mon], from: 09:00, to: 24:00}]}]
teams:
catch_all: [user:7, user:yes]
`))
	require.NoError(t, err)
	users := f.Org.Catalog.Users
	assert.Equal(t, "7", string(users[0].ID))
	assert.Equal(t, "on", users[0].Name)
	assert.Equal(t, "0x10", string(users[0].Contacts[0].ID))
	assert.Equal(t, "+49301234", users[1].Contacts[0].Address)
	assert.Equal(t, "yes", string(users[1].ID))
	assert.Equal(t, "2026-01-05", users[1].Name)
	assert.Equal(t, "1.50", string(f.Org.Schedules[0].ID))
	layer := f.Org.Schedules[0].Layers[0]
	assert.Equal(t, "[7 ~ ~ yes ~]", fmt.Sprint(layer.Users))
	assert.Equal(t, "2026-01-05T09:00", layer.Start.String())
	assert.Equal(t, calendar.NewTimeOfDay(9, 0), layer.Coverage[0].From)
	assert.Equal(t, "UTC", f.Org.Schedules[0].Timezone)
}

func TestDigest(t *testing.T) {
	digest := func(file string) string {
		f, _, err := config.Parse("f.yaml", []byte(file))
		require.NoError(t, err)
		return f.Digest
	}
	a := digest("users: [{id: ada}]\n")
	assert.Equal(t, a, digest("# a comment\npublic_url: http://x\nusers:\n- id: ada\n"))
	assert.NotEqual(t, a, digest("users: [{id: ben}]\n"))
}

func TestSecrets(t *testing.T) {
	t.Setenv("WATCHBILL_TEST_TOKEN", "from-env")
	t.Setenv("WATCHBILL_TEST_EMPTY", "")
	dir := t.TempDir()
	write(t, dir, "key", "from-file\n")
	write(t, dir, "blank", "\n")
	write(t, dir, "large", strings.Repeat("x", 65<<10))
	write(t, dir, "a.yaml", `
sources: [{id: s, type: generic, key: file:key}]
api_keys: [{id: k, role: viewer, token: env:WATCHBILL_TEST_TOKEN}]
signing_key: "file:`+filepath.Join(dir, "key")+`"
channels: {smtp: {addr: "h:25", from: a@b, username: u, password: env:WATCHBILL_TEST_TOKEN, timeout: 5s}}
`)
	f, _, err := config.Load(filepath.Join(dir, "a.yaml"))
	require.NoError(t, err)
	assert.Equal(t, catalog.DigestOf("from-file"), f.Org.Catalog.Sources[0].Key)
	assert.Equal(t, catalog.DigestOf("from-env"), f.Org.Catalog.Keys[0].Token)
	assert.Equal(t, "from-file", f.SigningKey)
	assert.Equal(t, "from-env", f.SMTP.Password)

	for secret, want := range map[string]string{
		"env:WATCHBILL_TEST_UNSET": "the environment variable WATCHBILL_TEST_UNSET is not set",
		"env:WATCHBILL_TEST_EMPTY": "the environment variable WATCHBILL_TEST_EMPTY is empty",
		"file:nowhere":             "nowhere cannot be read: no such file or directory",
		"file:blank":               "blank is empty",
		"file:large":               "large is larger than 65536 bytes",
		"file:.":                   "cannot be read: it is not a regular file",
	} {
		_, _, err := config.Parse(filepath.Join(dir, "f.yaml"), []byte("signing_key: "+secret))
		require.Error(t, err, secret)
		assert.Contains(t, err.Error(), "f.yaml:1: signing_key: ")
		assert.Contains(t, err.Error(), want)
	}
}

func TestMessagesDoNotShowSecrets(t *testing.T) {
	_, _, err := config.Parse("f.yaml", []byte(`
signing_key: [hunter2]
channels: {webhook: {secret: hunter2}, smtp: {password: {x: hunter2}}}
users: [{id: a, contacts: [{id: h, channel: webhook, address: http://x, secret: hunter2}]}]
sources: [{id: s, type: generic, key: hunter2}, {id: t, type: generic, key: hunter2}]
api_keys: [hunter2, {id: s, role: admin, token: "hunter2\n"}]
services: hunter2
`))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "users:\n  - {id: ada}\ncatch_all: user:ada\npublic_url: http://a\n")
	write(t, dir, "b.yml", "users:\n  - {id: ben}\n\n  - {id: cem, teams: [nowhere]}\nteams: [{id: t, members: [ben]}]\npublic_url: http://b\ncatch_all: user:ben\n")
	write(t, dir, "c.yaml", "teams:\nusers:\n")
	write(t, dir, "my-scenario.yaml", "start: 2026-01-01T00:00:00Z\n")
	write(t, dir, "checkout-drill.yaml", "title: Orders cannot be placed\n")
	write(t, dir, ".hidden.yaml", "nonsense: true\n")
	write(t, dir, "notes.txt", "nonsense: true\n")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "d.yaml"), 0o755))
	_, _, err := config.Load(dir)
	want := fmt.Sprintf("config: %[1]s:4: users[2].teams[0]: team \"nowhere\" does not exist; known are t\n"+
		"config: %[1]s:6: public_url: is given in %[2]s:4 already", filepath.Join(dir, "b.yml"), filepath.Join(dir, "a.yaml"))
	require.EqualError(t, err, want)

	write(t, dir, "b.yml", "users:\n  - {id: ben}\n  - {id: cem}\ncatch_all: user:ben\n")
	f, _, err := config.Load(dir)
	require.NoError(t, err)
	assert.Len(t, f.Org.Catalog.Users, 3)
	assert.Equal(t, []escalation.Target{escalation.User("ada"), escalation.User("ben")}, f.Org.CatchAll)

	write(t, dir, "x.yaml", "users: [")
	write(t, dir, "y.yaml", "")
	_, _, err = config.Load(dir)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "x.yaml:1: is not YAML")
	assert.Contains(t, err.Error(), "y.yaml: is empty")
}

func TestUnreadable(t *testing.T) {
	_, _, err := config.Load("testdata/nowhere.yaml")
	require.EqualError(t, err, "config: testdata/nowhere.yaml: cannot be read: no such file or directory")
	dir := t.TempDir()
	_, _, err = config.Load(dir)
	require.EqualError(t, err, "config: "+dir+": the folder has no *.yaml file")
	if runtime.GOOS == "linux" {
		_, _, err = config.Load("/dev/null")
		require.EqualError(t, err, "config: /dev/null: cannot be read: it is not a regular file")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

// A key that can be guessed is a warning, never an error, and is not shown.
func TestShortKeys(t *testing.T) {
	_, warnings, err := config.Parse("f.yaml", []byte(`
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9", secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]}]
catch_all: user:ada
policies: [{id: web, levels: [{targets: user:ada}]}]
services: [{id: shop, policy: web}]
sources: [{id: prom, type: generic, service: shop, key: elevenchars}, {id: cron, type: generic, service: shop, key: twelve-chars}]
api_keys: [{id: ops, role: admin, token: swordfish}, {id: bot, role: viewer, token: change-me-token}]
`))
	require.NoError(t, err)
	var all []string
	for _, w := range warnings {
		all = append(all, w.String())
	}
	assert.Equal(t, []string{
		"f.yaml:6: sources[0].key: has 11 characters, and can be guessed; make one with: openssl rand -hex 24",
		"f.yaml:7: api_keys[0].token: has 9 characters, and can be guessed; make one with: openssl rand -hex 24",
	}, all)
}
