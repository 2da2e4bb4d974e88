package notify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

func TestSteps(t *testing.T) {
	contacts := []notify.Contact{{ID: "hook"}, {ID: "mail"}, {ID: "sms"}}
	rung := func(id notify.ContactID, after time.Duration) notify.Rung {
		return notify.Rung{Contact: id, After: after}
	}
	for name, c := range map[string]struct {
		rules    notify.Rules
		urgency  watchbill.Urgency
		contacts []notify.Contact
		want     string
	}{
		"no rules, high: every contact at once": {notify.Rules{}, watchbill.UrgencyHigh, contacts, "hook@0s mail@0s sms@0s"},
		"no rules, low: the first contact":      {notify.Rules{}, watchbill.UrgencyLow, contacts, "hook@0s"},
		"rules for high only": {notify.Rules{High: []notify.Rung{rung("sms", 0), rung("hook", time.Minute)}},
			watchbill.UrgencyHigh, contacts, "sms@0s hook@1m0s"},
		"the same, low":            {notify.Rules{High: []notify.Rung{rung("sms", 0)}}, watchbill.UrgencyLow, contacts, "hook@0s"},
		"rules for low":            {notify.Rules{Low: []notify.Rung{rung("mail", 0)}}, watchbill.UrgencyLow, contacts, "mail@0s"},
		"a contact twice":          {notify.Rules{High: []notify.Rung{rung("sms", 0), rung("sms", time.Minute)}}, 0, contacts, "sms@0s sms@1m0s"},
		"one contact is gone":      {notify.Rules{High: []notify.Rung{rung("fax", 0), rung("sms", 0)}}, 0, contacts, "sms@0s"},
		"all contacts are gone":    {notify.Rules{High: []notify.Rung{rung("fax", 0)}}, 0, contacts, "hook@0s mail@0s sms@0s"},
		"no contacts":              {notify.Rules{High: []notify.Rung{rung("sms", 0)}}, 0, nil, ""},
		"no contacts and no rules": {notify.Rules{}, watchbill.UrgencyLow, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range c.rules.Steps(c.urgency, c.contacts) {
				got = append(got, fmt.Sprintf("%s@%s", s.Contact.ID, s.After))
			}
			assert.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

// The ID goes to providers as an idempotency key: it must never change for a key, nor be that of another.
func TestKeyID(t *testing.T) {
	key := notify.Key{Alert: "01", Attempt: watchbill.Attempt{Run: 1, Cycle: 2, Level: 3, Number: 4}, User: "ada", Rung: 5}
	assert.Equal(t, notify.MessageID("msg_obibfsquki7bjd2wrodlbzvg24"), key.ID(), "IDs of this release")

	others := []notify.Key{key, key, key, key, key, key, key, key}
	others[0].Alert, others[1].User, others[2].Rung = "02", "ben", 6
	others[3].Attempt.Run, others[4].Attempt.Cycle, others[5].Attempt.Level, others[6].Attempt.Number = 2, 3, 4, 5
	others[7].Alert, others[7].Attempt.Run = "01\x001", 0
	seen := map[notify.MessageID]bool{key.ID(): true}
	for _, k := range others {
		assert.False(t, seen[k.ID()], "%+v", k)
		seen[k.ID()] = true
	}
}

func TestLaneOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://Hooks.example.com/a":           "webhook hooks.example.com",
		"http://127.0.0.1:9/ada":                "webhook 127.0.0.1:9",
		"https://user:pw@hooks.example.com:8/a": "webhook hooks.example.com:8",
		"ada@example.com":                       "webhook",
		"+4930123456":                           "webhook",
		"://":                                   "webhook",
		"http://[::1":                           "webhook",
		"https:///path":                         "webhook",
	} {
		assert.Equal(t, want, notify.LaneOf(notify.Contact{Channel: "webhook", Address: address}).String(), address)
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("no such number")
	err := fmt.Errorf("sms: %w", notify.Permanent(cause))
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.ErrorIs(t, err, cause)
	assert.EqualError(t, err, "sms: no such number")
	assert.NoError(t, notify.Permanent(nil))
	assert.NotErrorIs(t, cause, notify.ErrPermanent)

	retry := &notify.RetryError{After: time.Minute, Err: cause}
	assert.EqualError(t, retry, "no such number (retry after 1m0s)")
	assert.ErrorIs(t, retry, cause)
}

func TestKindText(t *testing.T) {
	for k := notify.KindPage; k <= notify.KindSummary; k++ {
		text, err := k.MarshalText()
		require.NoError(t, err)
		var back notify.Kind
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, k, back)
		assert.Equal(t, k.String(), string(text))
	}
	unknown := notify.KindSummary + 1
	assert.Equal(t, "unknown", unknown.String())
	_, err := unknown.MarshalText()
	assert.Error(t, err)
	assert.Error(t, unknown.UnmarshalText([]byte("Page")))
}
