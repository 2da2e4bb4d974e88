package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
)

// Bounds of how messages are delivered.
const (
	// MaxBundle is the longest that pages of a person are gathered.
	MaxBundle = time.Hour

	maxQuiet    = 20 // windows of quiet hours
	maxMessages = 500
	maxPer      = 24 * time.Hour
	minCanary   = 24 * time.Hour
	maxCanary   = 366 * 24 * time.Hour
)

// delivered checks what a person says of messages.
func (v *validator) delivered(u User, contacts map[notify.ContactID]bool, path string) {
	for i, w := range u.Quiet.Windows {
		if err := quietWindow(w); err != nil {
			v.fail(fmt.Sprintf("%s.quiet[%d]", path, i), "%s", reason(err))
		}
	}
	if n := len(u.Quiet.Windows); n > maxQuiet {
		v.fail(path+".quiet", "has %d entries; at most %d are allowed", n, maxQuiet)
	}
	if u.Bundle < 0 || u.Bundle > MaxBundle {
		v.fail(path+".bundle", "%v is not between 0s and 1h", u.Bundle)
	}
	refer(v, contacts, u.Updates.Contact, "contact", path+".updates.contact")
}

// quietWindow says what is wrong with a window of quiet hours.
func quietWindow(w calendar.Window) error {
	if !w.RRule.IsZero() {
		return errors.New("catalog: is by a rule; quiet hours are the same every week: give days, from and to")
	}
	return w.Validate()
}

// reason takes the name of the package off an error.
func reason(err error) string {
	text := err.Error()
	for _, room := range []string{"catalog: ", "calendar: "} {
		if len(text) > len(room) && text[:len(room)] == room {
			return text[len(room):]
		}
	}
	return text
}

// Validate says what is wrong with what a person has set, given the person as the configuration file has it. The error
// joins a [*FieldError] for each field.
func (p Personal) Validate(u User) error {
	v := validator{}
	contacts := map[notify.ContactID]bool{}
	for _, c := range u.Contacts {
		contacts[c.ID] = true
	}
	for _, c := range p.Contacts { // also one that is not verified yet: rules may be written before
		contacts[c.ID] = true
	}
	if p.Rules != nil {
		v.rungs(p.Rules.High, contacts, "high")
		v.rungs(p.Rules.Low, contacts, "low")
	}
	own := User{}
	if p.Quiet != nil {
		own.Quiet.Windows = *p.Quiet
	}
	if p.Updates != nil {
		own.Updates = *p.Updates
	}
	if p.Bundle != nil {
		own.Bundle = *p.Bundle
	}
	v.delivered(own, contacts, "")
	for i := range v.problems {
		var f *FieldError
		if errors.As(v.problems[i], &f) && len(f.Path) > 0 && f.Path[0] == '.' {
			f.Path = f.Path[1:]
		}
	}
	return errors.Join(v.problems...)
}

func (v *validator) destinations(list []Destination) {
	ids := map[string]bool{}
	for i, d := range list {
		path := fmt.Sprintf("destinations[%d]", i)
		declareID(v, ids, d.ID, path)
		if d.Channel == "" {
			v.fail(path+".channel", "is missing; say how it is reached: webhook, ...")
		}
		if d.Address == "" {
			v.fail(path+".address", "is missing")
		}
	}
}

func (v *validator) delivery(d Delivery) {
	for _, c := range slices.Sorted(maps.Keys(d.Limits)) {
		l, path := d.Limits[c], "delivery.limits."+string(c)
		if l.Messages < 0 || l.Messages > maxMessages {
			v.fail(path+".messages", "%d is not between 0, which is no limit, and %d", l.Messages, maxMessages)
		}
		if l.Per < 0 || l.Per > maxPer {
			v.fail(path+".per", "%v is not between 1s and 24h", l.Per)
		}
	}
	if every := d.Canary.Every; every != 0 && (every < minCanary || every > maxCanary) {
		v.fail("delivery.canary.every", "%v is not between 24h and 8784h", every)
	}
	if h := d.Canary.Hours; h != "" && !v.supportHours[h] {
		v.fail("delivery.canary.hours", "support hours %q do not exist", h)
	}
}
