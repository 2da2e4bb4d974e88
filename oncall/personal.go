package oncall

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
)

// addPersonal puts what people have set themselves over what the file says of them. Of somebody who is gone it is without
// effect.
func (o *Org) addPersonal() {
	for _, p := range o.config.Personal {
		if u, ok := o.users[p.User]; ok {
			is := p.Apply(*u)
			o.users[p.User] = &is
		}
	}
}

// Personal returns what somebody has set; nothing if the person has not.
func (o *Org) Personal(id watchbill.UserID) catalog.Personal {
	for _, p := range o.config.Personal {
		if p.User == id {
			return p
		}
	}
	return catalog.Personal{User: id}
}

// InFile returns a person as the configuration file has it; false if there is none with that ID.
func (o *Org) InFile(id watchbill.UserID) (catalog.User, bool) {
	for _, u := range o.config.Catalog.Users {
		if u.ID == id {
			return u, true
		}
	}
	return catalog.User{}, false
}

// QuietUntil returns until when a person is to be left alone by what is not urgent; zero if the person is not.
func (o *Org) QuietUntil(id watchbill.UserID, at time.Time) time.Time {
	u, ok := o.User(id)
	if !ok {
		return time.Time{}
	}
	var until time.Time
	for t := at; ; t = until { // muted and quiet hours may follow one another
		switch next := o.quietUntil(u, t); {
		case next.IsZero():
			return until
		case next.Sub(at) > maxQuiet:
			return at.Add(maxQuiet)
		default:
			until = next
		}
	}
}

// maxQuiet is the longest that a person is left alone in one go, so that hours that leave nothing out keep nothing for good.
const maxQuiet = 7 * 24 * time.Hour

// quietUntil looks at one thing at a time.
func (o *Org) quietUntil(u catalog.User, at time.Time) time.Time {
	if u.Quiet.MuteUntil.After(at) {
		return u.Quiet.MuteUntil
	}
	if len(u.Quiet.Windows) == 0 {
		return time.Time{}
	}
	zone := o.Zone(u.Zone)
	open, until := calendar.NewPattern(u.Quiet.Windows).At(calendar.Reading(zone, at))
	if !open {
		return time.Time{}
	}
	if end := calendar.FirstAt(zone, until); end.After(at) {
		return end
	}
	return time.Time{}
}

// Channels returns all channels over which it reaches anybody: people, by contacts of their own too, and destinations. Each is
// there once, in that order.
func (c Config) Channels() (all []notify.Channel) {
	add := func(channel notify.Channel) {
		if !slices.Contains(all, channel) {
			all = append(all, channel)
		}
	}
	for _, u := range c.Catalog.Users {
		for _, contact := range u.Contacts {
			add(contact.Channel)
		}
	}
	for _, p := range c.Personal {
		for _, contact := range p.Contacts {
			add(contact.Channel)
		}
	}
	for _, d := range c.Catalog.Destinations {
		add(d.Channel)
	}
	return all
}
