package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
)

const phones = `
public_url: https://oncall.example.com
catch_all: user:ada
users:
  - id: ada
    contacts:
      - {id: sms, channel: sms, address: "+491701234567"}
      - {id: call, channel: voice, address: +49 170-123.4567}
      - {id: chat, channel: chat, address: "4711"}
channels:
  nikoksr: [{name: chat, token: env:WATCHBILL_TEST_BOT}]
`

func TestTwilio(t *testing.T) {
	t.Setenv("WATCHBILL_TEST_BOT", "bot-token")
	f, warnings, err := config.Parse("w.yaml", []byte(phones+`
  twilio: {account: AC1, token: t-1, from: "+4930111111", timeout: 15s}
`))
	require.NoError(t, err)
	require.Empty(t, warnings)
	assert.Equal(t, []config.Twilio{{Account: "AC1", Token: "t-1", From: "+4930111111", Timeout: 15 * time.Second}}, f.Twilio)
	assert.Equal(t, "+4930111111", f.Twilio[0].Caller())
	assert.Equal(t, "+491701234567", f.Org.Catalog.Users[0].Contacts[1].Address, "as the provider says it, so that answers are known")
	assert.Equal(t, []config.Service{{Name: "chat", Service: "telegram", Token: "bot-token"}}, f.Nikoksr)
}

func TestTwilioAccounts(t *testing.T) {
	t.Setenv("WATCHBILL_TEST_BOT", "bot-token")
	f, warnings, err := config.Parse("w.yaml", []byte(phones+`
  twilio:
    - {account: AC1, token: t-1, from: Watchbill, voice_from: "+4930111111"}
    - {account: AC2, token: t-2, from: "+4930222222", base_url: "https://sms.example.com/"}
`))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Len(t, f.Twilio, 2)
	assert.Equal(t, "https://sms.example.com", f.Twilio[1].BaseURL)
	assert.Equal(t, []string{"+4930111111", "+4930222222"}, f.Senders())
}

func TestTwilioWrong(t *testing.T) {
	_, _, err := config.Parse("w.yaml", []byte(`
users:
  - {id: ada, contacts: [{id: sms, channel: sms, address: "0170 1234567"}, {id: call, channel: voice, address: "+49"}]}
channels:
  twilio: [{account: "AC/..", voice_from: "030"}, {tokken: x}]
  nikoksr: [{name: sms, service: telegraph}]
`))
	require.Error(t, err)
	for _, want := range []string{
		"users[0].contacts[0].address: must be a phone number",
		"users[0].contacts[1].address: must be a phone number",
		"channels.twilio[0].account: must be the account's SID",
		"channels.twilio[0].token: must be the account's auth token",
		"channels.twilio[0].voice_from: must be a phone number",
		"channels.twilio[1].from: must be the number that sends",
		`channels.twilio[1].tokken: is unknown; did you mean "token"?`,
		"channels.nikoksr[0].service: is \"telegraph\"; did you mean \"telegram\"?",
		"channels.nikoksr[0].token: must be the token of the bot",
		"channels.nikoksr: names the channel sms, which there is already",
	} {
		assert.ErrorContains(t, err, want)
	}
}

// TestTwilioWarnings says what will not arrive.
func TestTwilioWarnings(t *testing.T) {
	_, warnings, err := config.Parse("w.yaml", []byte(`
catch_all: user:ada
users:
  - {id: ada, contacts: [{id: sms, channel: sms, address: "+491701234567"}, {id: call, channel: voice, address: "+491701234567"},
      {id: chat, channel: chat, address: "@ada"}]}
channels:
  twilio: {account: AC1, token: t-1, from: Watchbill}
  nikoksr: [{name: chat, token: bot}]
`))
	require.NoError(t, err)
	var said []string
	for _, w := range warnings {
		said = append(said, w.Field+": "+w.Reason)
	}
	require.Equal(t, []string{
		"users[0].contacts[1].channel: voice is not set up: nothing can be sent there; give channels.twilio",
		"users[0].contacts[2].address: is no number of a chat: nothing can be sent there",
		"channels.twilio: needs public_url: the provider cannot reach this machine otherwise, and may refuse every message",
	}, said)
}
