package oncall

import (
	"errors"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/mute"
)

// addMute compiles what mutes alerts. What people made and is not valid, or not any more, is without effect; so is, by
// itself, what speaks of a service or a source that is gone.
func (o *Org) addMute() (problems []error) {
	c := &o.config
	set, err := mute.New(c.Silences, c.Maintenance, c.Inhibitions)
	for _, e := range split(err) {
		var field *mute.FieldError
		if errors.As(e, &field) {
			e = &FieldError{Path: field.Path, Reason: field.Reason, Err: e}
		}
		problems = append(problems, e)
	}
	if err == nil {
		o.mute = set.With(c.Made.Silences, c.Made.Maintenance)
	}
	return append(problems, o.checkMuted()...)
}

// checkMuted refuses people, services and sources that do not exist.
func (o *Org) checkMuted() (problems []error) {
	check := func(known bool, kind, id, path string, args ...any) {
		if !known {
			reason := fmt.Sprintf("%s %q does not exist", kind, id)
			problems = append(problems, &FieldError{Path: fmt.Sprintf(path, args...), Reason: reason})
		}
	}
	person := func(id watchbill.UserID, path string, i int) {
		_, ok := o.users[id]
		check(ok || id == "", "user", string(id), path, i)
	}
	sources := map[watchbill.SourceID]bool{}
	for _, s := range o.config.Catalog.Sources {
		sources[s.ID] = true
	}
	for i, s := range o.config.Silences {
		person(s.By, "silences[%d].by", i)
	}
	for i, m := range o.config.Maintenance {
		person(m.By, "maintenance[%d].by", i)
		for j, id := range m.Services {
			_, ok := o.services[id]
			check(ok, "service", string(id), "maintenance[%d].services[%d]", i, j)
		}
		for j, id := range m.Sources {
			check(sources[id] || isOwn(id), "source", string(id), "maintenance[%d].sources[%d]", i, j)
		}
	}
	return problems
}

// isOwn reports whether a source is one of those that no configuration has: that of alerts which people raise, and
// that of Watchbill's own.
func isOwn(id watchbill.SourceID) bool { return id == "manual" || id == "watchbill" }

// addHours works the support hours out; what is wrong with them is the catalog's to say.
func (o *Org) addHours() {
	for _, h := range o.config.Catalog.Hours {
		if hours, err := catalog.NewSupportHours(h); err == nil {
			o.hours[h.ID] = hours
		}
	}
}

// Mute returns what mutes alerts: silences, maintenance windows and inhibitions of the file and those that people made.
func (o *Org) Mute() *mute.Set { return o.mute }

// SupportHours returns support hours; false if there are none with that ID.
func (o *Org) SupportHours(id string) (*catalog.SupportHours, bool) {
	hours, ok := o.hours[id]
	return hours, ok
}
