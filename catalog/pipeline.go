package catalog

import (
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
func DestinationUser(id string) watchbill.UserID { return watchbill.UserID("destination:" + id) }

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
	Per      time.Duration `json:"per,omitempty"`
}

// Delivery is how messages are delivered, beyond each person's own rules.
type Delivery struct {
	Limits map[notify.Channel]ChannelLimit `json:"limits,omitempty"` // of each contact; texts and calls have 16 an hour by default
	Canary Canary                          `json:"canary,omitzero"`
}

// Personal is what people have set themselves, by the API; it takes the place of what the configuration file says of them.
type Personal struct {
	User     watchbill.UserID `json:"user"`
	Contacts []OwnContact     `json:"contacts,omitempty"` // in addition to those of the file
	Rules    *notify.Rules    `json:"rules,omitempty"`
	Quiet    *Quiet           `json:"quiet,omitempty"`
	Updates  *Updates         `json:"updates,omitempty"`
	Bundle   *time.Duration   `json:"bundle,omitempty"`
}

// OwnContact is a contact that a person has added. It pages only once it is verified.
type OwnContact struct {
	notify.Contact
	VerifiedAt time.Time `json:"verified_at,omitzero"`
}
