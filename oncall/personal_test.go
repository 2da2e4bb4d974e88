package oncall_test

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
)

var verified = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func own(id notify.ContactID, at time.Time) catalog.OwnContact {
	return catalog.OwnContact{Contact: notify.Contact{ID: id, Channel: "sms", Address: "+491234567"}, VerifiedAt: at}
}

func TestWhatPeopleSetThemselvesGoesBeforeTheFile(t *testing.T) {
	bundle, until := 2*time.Minute, verified.Add(time.Hour)
	org, err := oncall.New(oncall.Config{
		Catalog: catalog.Catalog{Users: []catalog.User{
			{ID: "ada", Zone: "Europe/Berlin", Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: "a@example.com"}}},
			{ID: "ben"}, {ID: "cem"},
		}},
		Personal: []catalog.Personal{
			{User: "ada", Contacts: []catalog.OwnContact{own("phone", verified), own("new", time.Time{}), own("mail", verified)},
				Rules:     &notify.Rules{High: []notify.Rung{{Contact: "phone"}, {Contact: "gone"}}},
				Quiet:     &[]calendar.Window{{Days: []calendar.Weekday{calendar.Monday}, To: 3600}, {}},
				MuteUntil: &until, Updates: &catalog.Updates{Acknowledged: true, Contact: "gone"}, Bundle: &bundle},
			{User: "ben", Contacts: []catalog.OwnContact{own("new", time.Time{})}},
			{User: "nobody", Bundle: &bundle},
		},
	}, 1)
	require.NoError(t, err)

	ada, _ := org.User("ada")
	require.Len(t, ada.Contacts, 2, "that of the file stays, one that is not verified does not count")
	assert.Equal(t, notify.Contact{ID: "phone", Channel: "sms", Address: "+491234567", Guarded: true}, ada.Contacts[1])
	assert.False(t, ada.Contacts[0].Guarded)
	steps := ada.Steps(watchbill.UrgencyHigh)
	require.Len(t, steps, 1)
	assert.Equal(t, notify.ContactID("phone"), steps[0].Contact.ID)
	assert.Len(t, ada.Quiet.Windows, 1, "what makes no sense has no effect")
	assert.Equal(t, catalog.Updates{Acknowledged: true}, ada.Updates)
	assert.Equal(t, bundle, ada.Bundle)
	assert.Equal(t, until, org.QuietUntil("ada", verified))

	ben, _ := org.User("ben")
	assert.Len(t, ben.Contacts, 1, "who would have no contact at all")
	inFile, _ := org.InFile("ada")
	assert.Len(t, inFile.Contacts, 1)
	assert.Empty(t, org.Config().Catalog.Users[1].Contacts, "the configuration itself is as it was")
	assert.Equal(t, catalog.Personal{User: "cem"}, org.Personal("cem"))
	_, known := org.User("nobody")
	assert.False(t, known)
}
