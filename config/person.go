package config

import (
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
)

// quiet reads when a person is left alone by what is not urgent.
func quiet(o *object) catalog.Quiet {
	q := catalog.Quiet{Windows: list(o, "quiet", window)}
	if until := yamlfile.Value[calendar.Moment](o.Object, "mute_until"); !until.IsZero() {
		if at, err := calendar.LoadZone(o.Timezone(o.zone)); err == nil { // else that is reported
			q.MuteUntil = until.In(at).UTC()
		}
	}
	return q
}

func updates(o *object) catalog.Updates {
	u := catalog.Updates{Acknowledged: o.Boolean("acknowledged"), Contact: notify.ContactID(o.Text("contact"))}
	if o.Choice("resolved", "true", "false") == "false" {
		no := false
		u.Resolved = &no
	}
	return u
}

// CheckContact returns a contact with its address as it is stored, or says which field of it is wrong. Only a channel knows
// what an address is, and its provider would complain when somebody is paged; of a channel that this package does not know,
// every address is taken.
func CheckContact(c notify.Contact) (checked notify.Contact, field, reason string) {
	phone := c.Channel == channelSMS || c.Channel == channelVoice
	if phone {
		c.Address = digitsOf(c.Address)
	}
	switch {
	case c.Address == "":
	case c.Channel == channelWebhook && !isWeb(c.Address):
		return c, "address", "must be an http or https address, as the channel is webhook"
	case c.Channel == channelEmail && !isMail(c.Address):
		return c, "address", "must be an e-mail address, as the channel is email"
	case phone && !isNumber(c.Address):
		return c, "address", badNumber
	case c.Channel == channelNtfy && !isTopic(c.Address):
		return c, "address", badTopic
	}
	if c.Channel == channelWebhook && !signs(c.Secret) {
		return c, "secret", badSecret
	}
	return c, "", ""
}
