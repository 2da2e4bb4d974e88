package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	var m calendar.Moment
	require.NoError(tb, m.UnmarshalText([]byte(text)))
	return m.In(time.UTC)
}

func moment(tb testing.TB, text string) calendar.Moment {
	tb.Helper()
	var m calendar.Moment
	require.NoError(tb, m.UnmarshalText([]byte(text)))
	return m
}

// weekly is a rotation of a week in UTC from Monday 2026-01-05 09:00.
func weekly(tb testing.TB, id watchbill.ScheduleID, users ...watchbill.UserID) schedule.Spec {
	return schedule.Spec{ID: id, Layers: []schedule.Layer{{
		ID: "week", Users: users, Start: moment(tb, "2026-01-05T09:00"),
		Rotation: schedule.Rotation{Every: 1, Unit: calendar.Week},
	}}}
}

func user(id watchbill.UserID, channels ...notify.Channel) catalog.User {
	u := catalog.User{ID: id}
	for _, c := range channels {
		u.Contacts = append(u.Contacts, notify.Contact{ID: notify.ContactID(c), Channel: c, Address: string(c) + ":" + string(id)})
	}
	return u
}

// people are ada, ben and cem, each with mail and telephone.
func people() []catalog.User {
	return []catalog.User{user("ada", "email", "voice"), user("ben", "email", "voice"), user("cem", "email", "voice")}
}

func org(tb testing.TB, c oncall.Config) *oncall.Org {
	tb.Helper()
	if c.Catalog.Users == nil {
		c.Catalog.Users = people()
	}
	o, err := oncall.New(c, 1)
	require.NoError(tb, err)
	return o
}

func TestMoves(t *testing.T) {
	before := org(t, oncall.Config{Schedules: []schedule.Spec{weekly(t, "primary", "ada", "ben"), weekly(t, "old", "cem")}})
	edited := weekly(t, "primary", "ada", "ben")
	edited.Overrides = []schedule.Override{{ID: "o", From: moment(t, "2026-01-10T00:00"), To: moment(t, "2026-01-14T00:00"), User: "cem"}}
	after := org(t, oncall.Config{Schedules: []schedule.Spec{edited}})
	from, to := at(t, "2026-01-05T09:00"), at(t, "2026-01-26T09:00")

	change := func(id watchbill.ScheduleID, start, end string, gained bool) verify.Change {
		return verify.Change{Duty: verify.Duty{Schedule: id, Start: at(t, start), End: at(t, end)}, Gained: gained}
	}
	assert.Equal(t, map[watchbill.UserID][]verify.Change{
		"ada": {change("primary", "2026-01-10T00:00", "2026-01-12T09:00", false)},
		"ben": {change("primary", "2026-01-12T09:00", "2026-01-14T00:00", false)},
		"cem": {
			change("old", "2026-01-05T09:00", "2026-01-26T09:00", false),
			change("primary", "2026-01-10T00:00", "2026-01-14T00:00", true),
		},
	}, verify.Moves(before, after, from, to))
	assert.Empty(t, verify.Moves(after, after, from, to))
}
