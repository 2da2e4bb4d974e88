package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

const pushed = `
users:
  - id: ada
    contacts:
      - {id: phone, channel: ntfy, address: oncall-ada}
      - {id: own, channel: ntfy, address: "https://ntfy.example.com/oncall-ada"}
catch_all: user:ada
channels: {ntfy: {server: "https://ntfy.example.com/", token: tk_1, timeout: 5s}}
templates:
  sms: {de: "Alarm {{.Title}}"}
  email_text:
    en: |
      Dear {{.Name}},
      {{.Default}}
`

func TestNtfyAndTemplates(t *testing.T) {
	var checked []string
	f, warnings, err := config.Reader{Template: func(form, language, source string) error {
		checked = append(checked, form+"."+language)
		return words.Check(words.Form(form), language, source)
	}}.Parse("watchbill.yaml", []byte(pushed))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, &config.Ntfy{Server: "https://ntfy.example.com", Token: "tk_1", Timeout: 5 * time.Second}, f.Ntfy)
	require.Equal(t, []notify.Channel{"webhook", "ntfy"}, f.Channels())
	require.Equal(t, map[string]map[string]string{
		"sms": {"de": "Alarm {{.Title}}"}, "email_text": {"en": "Dear {{.Name}},\n{{.Default}}"},
	}, f.Templates)
	require.Equal(t, []string{"email_text.en", "sms.de"}, checked)
}

// TestGuideToChannels loads every example of docs/channels.md.
func TestGuideToChannels(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "channels.md"))
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "smtp-password"), []byte("hunter2"), 0o600))
	for _, name := range regexp.MustCompile(`env:(\w+)`).FindAllStringSubmatch(string(guide), -1) {
		t.Setenv(name[1], "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	}
	examples := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```\n").FindAllStringSubmatch(string(guide), -1)
	require.GreaterOrEqual(t, len(examples), 4)
	check := func(form, language, source string) error { return words.Check(words.Form(form), language, source) }
	for _, example := range examples {
		_, _, err := config.Reader{Template: check}.Parse(filepath.Join(dir, "watchbill.yaml"), []byte(example[1]))
		require.NoError(t, err, "%s", example[1])
	}
}

func TestNtfyAndTemplatesThatCannotBe(t *testing.T) {
	_, warnings, err := config.Parse("watchbill.yaml",
		[]byte("users: [{id: ada, contacts: [{id: p, channel: ntfy, address: x}]}]\ncatch_all: user:ada\n"))
	require.NoError(t, err)
	require.Equal(t, "watchbill.yaml:1: users[0].contacts[0].channel: ntfy is not set up: nothing can be sent there; "+
		"give channels.ntfy, which may be empty: {}", warnings[0].String())

	_, _, err = config.Reader{Template: func(form, language, _ string) error { return errors.New("words: no " + form) }}.Parse(
		"watchbill.yaml", []byte(`users: [{id: ada, contacts: [{id: p, channel: ntfy, address: "on call"}]}]
channels: {ntfy: {server: ntfy.sh, tokn: x}}
templates:
  sms: {de: x}
  voice: hello
  chat: {en: [x]}
`))
	require.EqualError(t, err, `config: watchbill.yaml:1: users[0].contacts[0].address: `+
		`must be a topic (letters, digits, - and _, at most 64) or the address of one, as the channel is ntfy
config: watchbill.yaml:2: channels.ntfy.server: must be an address such as https://oncall.example.com
config: watchbill.yaml:2: channels.ntfy.tokn: is unknown; did you mean "token"?
config: watchbill.yaml:4: templates.sms.de: no sms
config: watchbill.yaml:5: templates.voice: must have fields, as {name: value}; got a single value
config: watchbill.yaml:6: templates.chat.en: must be a text, got a list`)
}
