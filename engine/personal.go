package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// PersonKind is the kind of the records in which it is written who changed what people have set. They are never removed.
const PersonKind = "person"

// kindSet is the one kind of entry of such a record.
const kindSet timeline.Kind = "set"

// The most that a person may have.
const (
	maxOwnContacts = 20
	maxRungs       = 20
	maxMute        = 90 * 24 * time.Hour
	maxText        = 1000 // bytes of an ID, an address or a secret
)

// Wishes is what a person sets. Nil leaves a setting as it is.
type Wishes struct {
	Rules     *notify.Rules
	Quiet     *[]calendar.Window
	MuteUntil *time.Time // zero: not muted
	Updates   *catalog.Updates
	Bundle    *time.Duration

	// Reset names settings that shall be again as the configuration file has them: rules, quiet, mute, updates, bundle.
	Reset []string
}

// Person is what is known of how a person is reached, as it is now.
type Person struct {
	catalog.User          // as paged: with what the person has set over what the file says
	Own          []string // names the settings that are the person's own, as [Wishes.Reset] does
	QuietUntil   time.Time
	Reach        []ContactHealth // every contact, those that are not verified too
}

// ContactHealth says how a contact does.
type ContactHealth struct {
	User       watchbill.UserID
	Contact    notify.Contact // without its secret
	Own        bool           // the person has added it
	Verified   bool           // or it is in the configuration file
	Pages      bool           // it counts when the person is paged
	Served     bool           // its channel is set up
	AcceptedAt time.Time      // about when a provider last took a message, to the hour; zero: it is not known
	ProvedAt   time.Time      // when a message last reached the person for certain; zero: it is not known
	Failures   int            // sends in a row that failed
	Error      string         // of the latest send, if it failed
	DeadAt     time.Time      // since when it is taken not to work; zero: it works
}

// Personalize sets what somebody wants, and puts it in force: a reload of the configuration file leaves it alone. The error
// is a [*MissingError], or joins a [*catalog.FieldError] for each field that is wrong.
func (e *Engine) Personalize(ctx context.Context, now time.Time, user watchbill.UserID, by timeline.By, w Wishes) (is Person, err error) {
	var names []string
	err = e.personal(ctx, now, user, func(d *desk, p *catalog.Personal) (set, error) {
		names = nil
		var problems []error
		for _, name := range w.Reset {
			if !reset(p, name) {
				problems = append(problems, wrong("reset", "names %q; there are rules, quiet, mute, updates and bundle", name))
			}
			names = append(names, name)
		}
		named := func(given bool, name string) {
			if given {
				names = append(names, name)
			}
		}
		named(w.Rules != nil, "rules")
		named(w.Quiet != nil, "quiet")
		named(w.MuteUntil != nil, "mute")
		named(w.Updates != nil, "updates")
		named(w.Bundle != nil, "bundle")
		problems = append(problems, w.check(d.now)...)
		w.into(p)
		inFile, _ := d.org.InFile(user)
		problems = append(problems, p.Validate(inFile))
		return set{By: by, What: "changed " + strings.Join(names, ", "), Wishes: &w}, errors.Join(problems...)
	})
	if err != nil {
		return is, err
	}
	return e.Person(ctx, now, user)
}

func (w Wishes) check(now time.Time) (problems []error) {
	if w.Rules != nil && max(len(w.Rules.High), len(w.Rules.Low)) > maxRungs {
		problems = append(problems, wrong("high", "and low may have at most %d entries each", maxRungs))
	}
	if w.MuteUntil != nil && !w.MuteUntil.IsZero() && (!w.MuteUntil.After(now) || w.MuteUntil.Sub(now) > maxMute) {
		problems = append(problems, wrong("until", "must be a time to come, at most 90 days from now"))
	}
	return problems
}

func (w Wishes) into(p *catalog.Personal) {
	if w.Rules != nil {
		p.Rules = w.Rules
	}
	if w.Quiet != nil {
		p.Quiet = w.Quiet
	}
	if w.MuteUntil != nil {
		until := watchbill.Stamp(*w.MuteUntil)
		p.MuteUntil = &until
	}
	if w.Updates != nil {
		p.Updates = w.Updates
	}
	if w.Bundle != nil {
		p.Bundle = w.Bundle
	}
}

// reset makes a setting again what the file says; false if there is none of that name.
func reset(p *catalog.Personal, name string) bool {
	switch name {
	case "rules":
		p.Rules = nil
	case "quiet":
		p.Quiet = nil
	case "mute":
		p.MuteUntil = nil
	case "updates":
		p.Updates = nil
	case "bundle":
		p.Bundle = nil
	default:
		return false
	}
	return true
}

func ownSettings(p catalog.Personal) (names []string) {
	for name, set := range map[string]bool{"rules": p.Rules != nil, "quiet": p.Quiet != nil, "mute": p.MuteUntil != nil,
		"updates": p.Updates != nil, "bundle": p.Bundle != nil} {
		if set {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func wrong(field, format string, args ...any) error {
	return &catalog.FieldError{Path: field, Reason: fmt.Sprintf(format, args...)}
}

// set is what was done with what a person has set, as it is written down: without addresses and secrets.
type set struct {
	timeline.By `json:"-"`
	What        string  `json:"what"`
	Wishes      *Wishes `json:"wishes,omitempty"`
}

// personal changes what somebody has set, and puts it in force.
func (e *Engine) personal(ctx context.Context, now time.Time, user watchbill.UserID, fn func(*desk, *catalog.Personal) (set, error)) error {
	err := e.change(ctx, now, func(d *desk) error {
		if _, ok := d.org.User(user); !ok {
			return &MissingError{"user", string(user)}
		}
		org, err := revise(d.tx, d.now, func(c oncall.Config, _ time.Time, unreadable error) (oncall.Config, error) {
			if unreadable != nil {
				return c, unreadable
			}
			mine := func(p catalog.Personal) bool { return p.User == user }
			is := catalog.Personal{User: user}
			if i := slices.IndexFunc(c.Personal, mine); i >= 0 {
				is = c.Personal[i]
			}
			is.Contacts = slices.Clone(is.Contacts)
			done, err := fn(d, &is)
			if err != nil {
				return c, err
			}
			c.Personal = slices.DeleteFunc(slices.Clone(c.Personal), mine)
			if len(is.Contacts) > 0 || len(ownSettings(is)) > 0 {
				c.Personal = append(c.Personal, is)
			}
			slices.SortFunc(c.Personal, func(a, b catalog.Personal) int { return strings.Compare(string(a.User), string(b.User)) })
			return c, d.audit(PersonKind, string(user), mute.Span{}, done.By, kindSet, done)
		})
		if err == nil {
			d.org = org
		}
		return err
	})
	e.wake()
	return err
}

// PersonTimeline returns who changed what somebody has set, in words.
func (e *Engine) PersonTimeline(ctx context.Context, user watchbill.UserID) (all []incident.Moment, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		if _, ok := d.org.User(user); !ok {
			return &MissingError{"user", string(user)}
		}
		of := timeline.Record(PersonKind, string(user))
		entries, err := d.tx.Timeline().Read(of, 0, ownEntries)
		all = incident.Told(of, entries, func(e timeline.Entry) string {
			var done set
			_ = json.Unmarshal(e.Data, &done) // what cannot be read is not told
			who := strings.TrimPrefix(string(e.Actor), "user:")
			if e.Via != "" {
				who += " (via " + e.Via + ")"
			}
			return who + " " + done.What
		})
		return err
	})
	return all, err
}

// Person returns how somebody is reached; a [*MissingError] if there is nobody with that ID.
func (e *Engine) Person(ctx context.Context, now time.Time, user watchbill.UserID) (is Person, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		u, ok := d.org.User(user)
		if !ok {
			return &MissingError{"user", string(user)}
		}
		is = Person{User: u, Own: ownSettings(d.org.Personal(user)), QuietUntil: d.org.QuietUntil(user, d.now)}
		is.Reach, err = d.reach([]catalog.User{u})
		return err
	})
	return is, err
}

// Reachability returns how every contact of everybody does, by person in the order of the configuration file.
func (e *Engine) Reachability(ctx context.Context, now time.Time) (all []ContactHealth, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		var users []catalog.User
		for _, u := range d.org.Config().Catalog.Users {
			if is, ok := d.org.User(u.ID); ok {
				users = append(users, is)
			}
		}
		all, err = d.reach(users)
		return err
	})
	return all, err
}

// DeadContacts returns how many contacts are taken not to work.
func (e *Engine) DeadContacts(ctx context.Context) (n int, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		dead, err := d.deadContacts()
		n = len(dead)
		return err
	})
	return n, err
}

// reach says how the contacts of people do.
func (d *desk) reach(users []catalog.User) (all []ContactHealth, err error) {
	contacts := map[contactRef]notify.Contact{}
	served := d.e.Channels()
	for _, u := range users {
		list := slices.Clone(u.Contacts)
		own := d.org.Personal(u.ID).Contacts
		for _, c := range own {
			if !slices.ContainsFunc(list, func(k notify.Contact) bool { return k.ID == c.ID }) {
				list = append(list, c.Contact)
			}
		}
		inFile, _ := d.org.InFile(u.ID)
		for _, c := range list {
			contacts[contactRef{u.ID, c.ID}] = c
			same := func(k notify.Contact) bool { return k.ID == c.ID }
			h := ContactHealth{User: u.ID, Contact: c, Own: !slices.ContainsFunc(inFile.Contacts, same),
				Pages: slices.ContainsFunc(u.Contacts, same), Served: slices.Contains(served, c.Channel)}
			h.Verified = !h.Own || slices.ContainsFunc(own, func(o catalog.OwnContact) bool { return o.ID == c.ID && !o.VerifiedAt.IsZero() })
			h.Contact.Secret = ""
			all = append(all, h)
		}
	}
	book, err := d.e.book(d.tx, d.now, contacts)
	if err != nil {
		return nil, err
	}
	for i := range all {
		h := &all[i]
		is := book.entries[contactRef{h.User, h.Contact.ID}]
		h.AcceptedAt, h.ProvedAt, h.Failures, h.Error, h.DeadAt = is.AcceptedAt, is.ProvedAt, is.Failures, is.Error, is.DeadAt
	}
	return all, nil
}

// deadContacts lists the contacts that are taken not to work, of people who still have them.
func (d *desk) deadContacts() (all []contactState, err error) {
	open, err := everyRecord(d, store.RecordQuery{Kind: ContactKind, Open: true}, decodeContact)
	for _, s := range open {
		u, _ := d.org.Responder(s.User)
		i := slices.IndexFunc(u.Contacts, func(c notify.Contact) bool { return c.ID == s.Contact })
		if i >= 0 && s.Of == catalog.DigestOf(string(u.Contacts[i].Channel)+" "+u.Contacts[i].Address) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b contactState) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Contact, b.Contact))
	})
	return all, err
}
