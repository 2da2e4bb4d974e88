package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
)

// Destination is something that can be paged and is no person: a webhook, a chat channel. Its user ID is that of
// [DestinationUser].
type Destination struct {
	ID      string         `json:"id"`
	Name    string         `json:"name,omitempty"`
	Channel notify.Channel `json:"channel"`
	Address string         `json:"address"`
	Secret  string         `json:"secret,omitempty"`
}

// DestinationUser returns the user ID under which a destination is a responder; no person can have it.
func DestinationUser(id string) watchbill.UserID { return watchbill.UserID(destination + id) }

// IsDestination reports whether a user ID is that of a destination, and so of no person.
func IsDestination(id watchbill.UserID) bool { return strings.HasPrefix(string(id), destination) }

const destination = "destination:"

// Quiet is when a person is left alone by what is not urgent. The zero value is never.
type Quiet struct {
	Windows   []calendar.Window `json:"windows,omitempty"`   // in the person's zone
	MuteUntil time.Time         `json:"mute_until,omitzero"` // quiet all the time until then
}

// Updates says which messages beside pages a person gets about alerts that have paged them. The zero value: resolved only.
type Updates struct {
	Resolved     *bool            `json:"resolved,omitempty"`     // nil means true
	Acknowledged bool             `json:"acknowledged,omitempty"` // somebody else has it
	Contact      notify.ContactID `json:"contact,omitempty"`      // by which; empty: those that carried the page, but no call
}

// Canary says how often everybody is sent a page that proves that pages arrive. The zero value: never.
type Canary struct {
	Every time.Duration `json:"every,omitempty"`
	Hours string        `json:"hours,omitempty"` // only within these support hours; empty: from 10:00 to 16:00 in the person's zone, Monday to Friday
}

// ChannelLimit bounds what goes to one contact over a channel. The zero value does not.
type ChannelLimit struct {
	Messages int           `json:"messages,omitempty"`
	Per      time.Duration `json:"per,omitempty"` // zero: [DefaultLimitPer]
}

// The budget of texts and calls, where the configuration says nothing else.
const (
	DefaultLimit    = 16
	DefaultLimitPer = time.Hour
)

// Delivery is how messages are delivered, beyond each person's own rules.
type Delivery struct {
	Limits map[notify.Channel]ChannelLimit `json:"limits,omitempty"` // of each contact; texts and calls have 16 an hour by default
	Canary Canary                          `json:"canary,omitzero"`
}

// LimitOf returns how much may go to one contact over a channel; zero Messages if there is no limit.
func (d Delivery) LimitOf(c notify.Channel) ChannelLimit {
	l, ok := d.Limits[c]
	if !ok && (c == "sms" || c == "voice") {
		l.Messages = DefaultLimit
	}
	if l.Per == 0 {
		l.Per = DefaultLimitPer
	}
	return l
}

// Personal is what people have set themselves, by the API; it takes the place of what the configuration file says of them.
// What is nil is as in the file. What names something that is gone has no effect.
type Personal struct {
	User      watchbill.UserID   `json:"user"`
	Contacts  []OwnContact       `json:"contacts,omitempty"` // in addition to those of the file
	Rules     *notify.Rules      `json:"rules,omitempty"`
	Quiet     *[]calendar.Window `json:"quiet,omitempty"` // quiet hours, in the person's zone
	MuteUntil *time.Time         `json:"mute_until,omitempty"`
	Updates   *Updates           `json:"updates,omitempty"`
	Bundle    *time.Duration     `json:"bundle,omitempty"`
}

// OwnContact is a contact that a person has added. It pages only once it is verified, or while the person has no other.
type OwnContact struct {
	notify.Contact
	VerifiedAt time.Time `json:"verified_at,omitzero"`
}

// Apply returns the person as the person wants it.
func (p Personal) Apply(u User) User {
	u.Contacts = p.contacts(u.Contacts)
	if p.Rules != nil {
		u.Rules = *p.Rules
	}
	if p.Quiet != nil {
		u.Quiet.Windows = slices.DeleteFunc(slices.Clone(*p.Quiet), func(w calendar.Window) bool { return quietWindow(w) != nil })
	}
	if p.MuteUntil != nil {
		u.Quiet.MuteUntil = *p.MuteUntil
	}
	if p.Updates != nil {
		u.Updates = *p.Updates
	}
	if p.Bundle != nil {
		u.Bundle = min(max(*p.Bundle, 0), MaxBundle)
	}
	if !slices.ContainsFunc(u.Contacts, func(c notify.Contact) bool { return c.ID == u.Updates.Contact }) {
		u.Updates.Contact = ""
	}
	return u
}

// contacts returns those of the file and those of the person that count. Where two have one ID, that of the file does.
func (p Personal) contacts(file []notify.Contact) []notify.Contact {
	all := slices.Clip(file)
	add := func(unverified bool) {
		for _, c := range p.Contacts {
			known := slices.ContainsFunc(all, func(k notify.Contact) bool { return k.ID == c.ID })
			if known || c.VerifiedAt.IsZero() != unverified || c.ID == "" || c.Channel == "" || c.Address == "" {
				continue
			}
			c.Guarded = true
			all = append(all, c.Contact)
		}
	}
	if add(false); len(all) == 0 {
		add(true) // to page somebody who may not be the one is better than to page nobody
	}
	return all
}
