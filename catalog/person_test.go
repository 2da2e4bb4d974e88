package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
)

func at(t *testing.T, text string) (m calendar.Moment) {
	t.Helper()
	require.NoError(t, m.UnmarshalText([]byte(text)))
	return m
}

func TestDutiesOfAPerson(t *testing.T) {
	ada := func() catalog.User {
		return catalog.User{
			ID: "ada", Zone: "America/New_York", Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: "ada@example.com"}},
			Qualifications: []string{"k8s", "postgres"},
			Absences:       []catalog.Absence{{From: at(t, "2026-08-03"), To: at(t, "2026-08-03T05:00Z"), Reason: "leave"}}, // in New York it is 00:00 to 01:00
			Notices:        catalog.Notices{Before: []time.Duration{24 * time.Hour, 0}, Start: true, Contact: "mail"},
		}
	}
	validate := func(u catalog.User) error {
		return catalog.Catalog{Users: []catalog.User{u}, Services: []catalog.Service{{ID: "s", Qualifications: u.Qualifications}}}.Validate()
	}
	require.NoError(t, validate(ada()))
	for want, spoil := range map[string]func(*catalog.User){
		`users[0].qualifications[1]: "k8s" is named twice`:   func(u *catalog.User) { u.Qualifications[1] = "k8s" },
		`services[0].qualifications[0]: is empty`:            func(u *catalog.User) { u.Qualifications[0] = "" },
		`users[0].absences[0].from: is missing`:              func(u *catalog.User) { u.Absences[0].From = calendar.Moment{} },
		`users[0].absences[0].to: is missing`:                func(u *catalog.User) { u.Absences[0].To = calendar.Moment{} },
		`users[0].absences[0].to: is 2026-08-03T04:00:00Z`:   func(u *catalog.User) { u.Absences[0].To = at(t, "2026-08-03T04:00Z") },
		`users[0].absences: has 10001 entries`:               func(u *catalog.User) { u.Absences = make([]catalog.Absence, 10_001) },
		`users[0].notices.contact: contact "sms" does not`:   func(u *catalog.User) { u.Notices.Contact = "sms" },
		`users[0].notices.before: has 11 entries; at most`:   func(u *catalog.User) { u.Notices.Before = make([]time.Duration, 11) },
		`users[0].notices.before[0]: -1s is not between`:     func(u *catalog.User) { u.Notices.Before[0] = -time.Second },
		`users[0].notices.before[0]: 1440h0m1s is not betw`:  func(u *catalog.User) { u.Notices.Before[0] = 1440*time.Hour + time.Second },
		`users[0].notices.before[1]: 24h0m0s is named twice`: func(u *catalog.User) { u.Notices.Before[1] = 24 * time.Hour },
	} {
		u := ada()
		spoil(&u)
		assert.ErrorContains(t, validate(u), want)
	}
}
