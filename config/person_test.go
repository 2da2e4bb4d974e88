package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

const peopleFile = `
timezone: Europe/Berlin
support_hours: [{id: office, coverage: [{days: [mon], from: "09:00", to: "17:00"}]}]
policies: [{id: web, levels: [{targets: [user:ada, webhook:noc]}]}]
catch_all: user:ada
`

func TestWhatPeopleSetForThemselves(t *testing.T) {
	f, warnings, err := config.Parse("f.yaml", []byte(peopleFile+`
users:
  - id: ada
    timezone: America/New_York
    contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}, {id: mail, channel: email, address: ada@example.com}]
    quiet: [{days: [mon, tue], from: "22:00", to: "07:00"}]
    mute_until: 2026-08-24T09:00
    bundle: 2m
    updates: {resolved: false, acknowledged: true, contact: mail}
  - {id: ben, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ben"}], updates: {resolved: true}}
destinations: [{id: noc, name: The big screen, channel: webhook, address: "https://noc.example.com/x"}, {id: room, channel: telegram, address: "1"}]
delivery:
  limits: {sms: {messages: 4, per: 30m}, voice: {messages: 0}, email: {messages: 100}}
  canary: {every: 168h, hours: office}
`))
	require.NoError(t, err)
	ada, ben := f.Org.Catalog.Users[0], f.Org.Catalog.Users[1]
	no := false
	assert.Equal(t, catalog.Quiet{MuteUntil: time.Date(2026, 8, 24, 13, 0, 0, 0, time.UTC), Windows: []calendar.Window{
		{Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday}, From: calendar.TimeOfDay(22 * 3600), To: calendar.TimeOfDay(7 * 3600)}}}, ada.Quiet)
	assert.Equal(t, catalog.Updates{Resolved: &no, Acknowledged: true, Contact: "mail"}, ada.Updates)
	assert.Equal(t, 2*time.Minute, ada.Bundle)
	assert.Zero(t, ben.Quiet)
	assert.Nil(t, ben.Updates.Resolved)
	assert.Equal(t, []catalog.Destination{{ID: "noc", Name: "The big screen", Channel: "webhook", Address: "https://noc.example.com/x"},
		{ID: "room", Channel: "telegram", Address: "1"}}, f.Org.Catalog.Destinations)
	assert.Contains(t, fmt.Sprint(warnings), "destinations[1].channel: telegram is not set up: nothing can be sent there")
	assert.Equal(t, escalation.TargetWebhook, f.Org.Policies[0].Levels[0].Targets[1].Kind)
	assert.Equal(t, catalog.Canary{Every: 7 * 24 * time.Hour, Hours: "office"}, f.Org.Catalog.Delivery.Canary)
	for channel, want := range map[notify.Channel]catalog.ChannelLimit{
		"sms": {Messages: 4, Per: 30 * time.Minute}, "voice": {Per: time.Hour}, "email": {Messages: 100, Per: time.Hour}, "webhook": {Per: time.Hour}} {
		assert.Equal(t, want, f.Org.Catalog.Delivery.LimitOf(channel), channel)
	}
	assert.Equal(t, 16, catalog.Delivery{}.LimitOf("voice").Messages)
}

func TestWhatPeopleSetWrongly(t *testing.T) {
	_, _, err := config.Parse("f.yaml", []byte(peopleFile+`
users:
  - id: ada
    contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}]
    quiet: [{from: "22:00", to: "07:00"}, {rrule: "FREQ=MONTHLY;BYDAY=-1FR", from: "18:00", for: 3d}]
    mute_until: soon
    bundle: 2h
    updates: {resolve: true, acknowledged: maybe, contact: hok}
destinations: [{id: nok, channel: webhook, address: nowhere}, {id: x, name: X}]
delivery:
  limits: {sms: {per: 1h}, voice: {messages: 5000, per: 48h}}
  canary: {every: 2h, hours: offic}
`))
	require.Error(t, err)
	for _, want := range []string{
		"users[0].quiet[0]: the window has no days",
		"users[0].quiet[1]: is by a rule; quiet hours are the same every week",
		"users[0].mute_until: ",
		"users[0].bundle: 2h0m0s is not between 0s and 1h",
		`users[0].updates.resolve: is unknown; did you mean "resolved"?`,
		"users[0].updates.acknowledged: ",
		`users[0].updates.contact: contact "hok" does not exist; did you mean "hook"?`,
		"destinations[0].address: must be an http or https address",
		"destinations[1].channel: is missing",
		"destinations[1].address: is missing",
		`destination "noc" does not exist; did you mean "webhook:nok"?`,
		"delivery.limits.sms.messages: is missing",
		"delivery.limits.voice.messages: 5000 is not between 0",
		"delivery.limits.voice.per: 48h0m0s is not between 1s and 24h",
		"delivery.canary.every: 2h0m0s is not between 24h",
		`delivery.canary.hours: support hours "offic" do not exist; did you mean "office"?`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestContactsAreChecked(t *testing.T) {
	for _, c := range []struct {
		channel               notify.Channel
		address, want, reason string
	}{
		{"webhook", "https://example.com", "https://example.com", ""},
		{"webhook", "example.com", "", "must be an http"},
		{"email", "ada@example.com", "ada@example.com", ""},
		{"email", "ada", "", "must be an e-mail"},
		{"sms", "+49 30 123-456.7", "+49301234567", ""},
		{"voice", "030 1234567", "", "with its country"},
		{"pager", "anything", "anything", ""},
	} {
		got, field, reason := config.CheckContact(notify.Contact{ID: "c", Channel: c.channel, Address: c.address})
		assert.Contains(t, reason, c.reason)
		if c.reason == "" {
			assert.Equal(t, c.want, got.Address)
			assert.Empty(t, field)
		} else {
			assert.Equal(t, "address", field)
		}
	}
}

// TestGuideToPeople loads every example of docs/people.md, beside the one at its top.
func TestGuideToPeople(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "people.md"))
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(guide, -1)
	require.Greater(t, len(examples), 4)
	for _, e := range examples[1:] {
		_, _, err := config.Parse("watchbill.yaml", slices.Concat(examples[0][1], e[1]))
		require.NoError(t, err, string(e[1]))
	}
}
