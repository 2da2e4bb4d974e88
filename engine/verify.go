package engine

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// VerificationKind is the kind of the records that say which codes a person may still give back.
const VerificationKind = "verification"

// Bounds of what a person may have sent on request.
const (
	codeLasts  = 10 * time.Minute
	codeTries  = 5
	maxCodes   = 5  // an hour
	maxTests   = 10 // an hour
	perRequest = time.Hour
)

// Errors of what people ask to be sent.
var (
	ErrTooOften = errors.New("engine: too many messages were asked for in the last hour; try again later")
	ErrCode     = errors.New("engine: the code is wrong, or not good any more; ask for another")
)

// Tried is what became of a message that somebody asked for.
type Tried struct {
	Contact notify.Contact // without its secret
	Result  episode.Result
}

// verification is what a store keeps of a person's codes.
type verification struct {
	V      int                              `json:"v"` // of the form; 1
	Codes  map[notify.ContactID]pendingCode `json:"codes,omitempty"`
	Sent   []time.Time                      `json:"sent,omitempty"`   // codes, of the last hour
	Tested []time.Time                      `json:"tested,omitempty"` // tests, of the last hour
}

// pendingCode is a code that somebody may give back.
type pendingCode struct {
	Digest catalog.Digest `json:"digest"`
	Until  time.Time      `json:"until"`
	Tries  int            `json:"tries,omitempty"` // wrong ones
}

// digestOf binds a code to whom, and to what address, it was sent.
func digestOf(user watchbill.UserID, c notify.Contact, code string) catalog.Digest {
	return catalog.DigestOf(strings.Join([]string{string(user), string(c.ID), string(c.Channel), c.Address, code}, "\x00"))
}

func decodeVerification(data []byte) (v verification, err error) {
	if err = json.Unmarshal(data, &v); err == nil && v.V != 1 {
		err = fmt.Errorf("engine: stored codes have the form %d, this release reads 1", v.V)
	}
	return v, err
}

// verification changes the codes of a person. What cannot be read begins anew: codes are short-lived.
func (d *desk) verification(user watchbill.UserID, fn func(*verification) error) error {
	v, version, err := record(d, VerificationKind, string(user), decodeVerification)
	var damaged *UnreadableError
	switch {
	case errors.As(err, &damaged):
		found, err := d.tx.Records().Get(VerificationKind, []string{string(user)})
		if err != nil || len(found) == 0 {
			return err
		}
		v, version = verification{V: 1}, found[0].Version
	case errors.Is(err, store.ErrNotFound):
		v = verification{V: 1}
	case err != nil:
		return err
	}
	v.Sent, v.Tested = recent(v.Sent, d.now), recent(v.Tested, d.now)
	if v.Codes == nil {
		v.Codes = map[notify.ContactID]pendingCode{}
	}
	if err := fn(&v); err != nil {
		return err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return d.tx.Records().Put([]store.RecordWrite{{Want: version,
		Record: store.Record{Kind: VerificationKind, ID: string(user), ClosedAt: d.now, Body: body}}})
}

// recent leaves of some times those of the last hour.
func recent(list []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(list, func(t time.Time) bool { return t.After(now) || now.Sub(t) >= perRequest })
}

// AddContact adds a contact to a person and sends a code over it; it pages once the code is given back to [Engine.Verify].
// Without an ID it is named after its channel. Its address is that of somebody who may not be the operator: see
// [notify.Contact.Guarded]. The error is as that of [Engine.Personalize], or [ErrTooOften]; that the code could not be sent
// is in what is returned.
func (e *Engine) AddContact(ctx context.Context, now time.Time, user watchbill.UserID, by timeline.By, c notify.Contact) (Tried, error) {
	var code string
	err := e.personal(ctx, now, user, func(d *desk, p *catalog.Personal) (done set, err error) {
		inFile, _ := d.org.InFile(user)
		all := slices.Clone(inFile.Contacts)
		for _, o := range p.Contacts {
			all = append(all, o.Contact)
		}
		if c.ID == "" {
			c.ID = unused(c.Channel, all)
		}
		if err := d.checkContact(c, all, len(p.Contacts)); err != nil {
			return done, err
		}
		c.Guarded = true
		p.Contacts = append(p.Contacts, catalog.OwnContact{Contact: c})
		if code, err = d.newCode(user, c); err != nil {
			return done, err
		}
		return set{By: by, What: fmt.Sprintf("added the contact %s, by %s", c.ID, c.Channel)}, nil
	})
	if err != nil {
		return Tried{}, err
	}
	return e.sendCode(ctx, now, user, c, code)
}

// unused names a contact after its channel.
func unused(channel notify.Channel, all []notify.Contact) notify.ContactID {
	id := notify.ContactID(channel)
	for n := 2; slices.ContainsFunc(all, func(k notify.Contact) bool { return k.ID == id }); n++ {
		id = notify.ContactID(fmt.Sprintf("%s-%d", channel, n))
	}
	return id
}

func (d *desk) checkContact(c notify.Contact, all []notify.Contact, own int) error {
	var problems []error
	fail := func(bad bool, field, format string, args ...any) {
		if bad {
			problems = append(problems, wrong(field, format, args...))
		}
	}
	served := d.e.Channels()
	fail(!slices.Contains(served, c.Channel), "channel", "%q is not set up; there are %v", c.Channel, served)
	fail(c.Address == "", "address", "is missing")
	fail(slices.ContainsFunc(all, func(k notify.Contact) bool { return k.ID == c.ID }), "id", "%q is there already", c.ID)
	fail(slices.ContainsFunc(all, func(k notify.Contact) bool { return k.Channel == c.Channel && k.Address == c.Address }),
		"address", "is that of another contact already")
	fail(own >= maxOwnContacts, "id", "there are %d already; remove one first", maxOwnContacts)
	for field, text := range map[string]string{"id": string(c.ID), "address": c.Address, "secret": c.Secret} {
		fail(len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }),
			field, "must be one line of at most %d bytes", maxText)
	}
	return errors.Join(problems...)
}

// RemoveContact takes out a contact that a person has added. The error is a [*MissingError], or [ErrInFile].
func (e *Engine) RemoveContact(ctx context.Context, now time.Time, user watchbill.UserID, by timeline.By, id notify.ContactID) error {
	return e.personal(ctx, now, user, func(d *desk, p *catalog.Personal) (set, error) {
		if _, err := d.ownContact(user, id); err != nil {
			return set{}, err
		}
		p.Contacts = slices.DeleteFunc(p.Contacts, func(o catalog.OwnContact) bool { return o.ID == id })
		return set{By: by, What: fmt.Sprintf("removed the contact %s", id)}, nil
	})
}

// ownContact returns a contact that a person has added.
func (d *desk) ownContact(user watchbill.UserID, id notify.ContactID) (catalog.OwnContact, error) {
	own := d.org.Personal(user).Contacts
	if i := slices.IndexFunc(own, func(o catalog.OwnContact) bool { return o.ID == id }); i >= 0 {
		return own[i], nil
	}
	inFile, ok := d.org.InFile(user)
	switch {
	case !ok:
		return catalog.OwnContact{}, &MissingError{"user", string(user)}
	case slices.ContainsFunc(inFile.Contacts, func(k notify.Contact) bool { return k.ID == id }):
		return catalog.OwnContact{}, fmt.Errorf("contact %q: %w", id, ErrInFile)
	}
	return catalog.OwnContact{}, &MissingError{"contact", string(id)}
}

// SendCode sends another code over a contact that a person has added; the one before is void.
func (e *Engine) SendCode(ctx context.Context, now time.Time, user watchbill.UserID, id notify.ContactID) (Tried, error) {
	var code string
	var c notify.Contact
	err := e.change(ctx, now, func(d *desk) error {
		own, err := d.ownContact(user, id)
		if err != nil {
			return err
		}
		c = own.Contact
		code, err = d.newCode(user, c)
		return err
	})
	if err != nil {
		return Tried{}, err
	}
	return e.sendCode(ctx, now, user, c, code)
}

// newCode makes a code for a contact, if the person has not had too many.
func (d *desk) newCode(user watchbill.UserID, c notify.Contact) (code string, err error) {
	if code, err = d.e.ids.digits(); err != nil {
		return "", err
	}
	return code, d.verification(user, func(v *verification) error {
		if len(v.Sent) >= maxCodes {
			return ErrTooOften
		}
		v.Sent = append(v.Sent, d.now)
		v.Codes[c.ID] = pendingCode{Digest: digestOf(user, c, code), Until: d.now.Add(codeLasts)}
		for id := range v.Codes { // of contacts that are gone
			if _, err := d.ownContact(user, id); err != nil && id != c.ID {
				delete(v.Codes, id)
			}
		}
		return nil
	})
}

// digits returns six digits at random.
func (g *ids) digits() (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var seed [32]byte
	if _, err := io.ReadFull(g.rand, seed[:]); err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", rand.New(rand.NewChaCha8(seed)).IntN(1_000_000)), nil // without the bias of a remainder
}

func (e *Engine) sendCode(ctx context.Context, now time.Time, user watchbill.UserID, c notify.Contact, code string) (Tried, error) {
	said := code
	if c.Channel == "voice" { // else it is read as a number
		said = strings.Join(strings.Split(code, ""), ", ")
	}
	m := requested{kind: "code", summary: "Your Watchbill code is " + said,
		details: fmt.Sprintf("Give it back within %d minutes to have pages sent here. Did you not ask for it? Then do nothing.", codeLasts/time.Minute)}
	all, err := e.sendNow(ctx, now, user, []notify.Contact{c}, m)
	if err != nil {
		return Tried{}, err
	}
	return all[0], nil
}

// Verify takes the code that was sent over a contact, which pages from then on. The error is [ErrCode], or as that of
// [Engine.RemoveContact]. A code is good once, for ten minutes and five tries.
func (e *Engine) Verify(ctx context.Context, now time.Time, user watchbill.UserID, by timeline.By, id notify.ContactID, code string) error {
	good := false
	var proven notify.Contact // that the code was sent to: it may be replaced meanwhile
	err := e.change(ctx, now, func(d *desk) error {
		good = false
		own, err := d.ownContact(user, id)
		if err != nil {
			return err
		}
		proven = own.Contact
		return d.verification(user, func(v *verification) error { // a wrong one is written down, so this is a commit too
			pending, ok := v.Codes[id]
			if !ok || d.now.After(pending.Until) || pending.Tries >= codeTries {
				delete(v.Codes, id)
				return nil
			}
			is := digestOf(user, own.Contact, strings.TrimSpace(code))
			if good = subtle.ConstantTimeCompare([]byte(is), []byte(pending.Digest)) == 1; good {
				delete(v.Codes, id)
				return nil
			}
			pending.Tries++
			v.Codes[id] = pending
			return nil
		})
	})
	switch {
	case err != nil:
		return err
	case !good:
		return ErrCode
	}
	return e.personal(ctx, now, user, func(d *desk, p *catalog.Personal) (set, error) {
		i := slices.IndexFunc(p.Contacts, func(o catalog.OwnContact) bool { return o.ID == id && o.Contact == proven })
		if i < 0 {
			return set{}, &MissingError{"contact", string(id)}
		}
		p.Contacts[i].VerifiedAt = d.now
		if err := d.proved(contactRef{user, id}, p.Contacts[i].Contact); err != nil {
			return set{}, err
		}
		return set{By: by, What: fmt.Sprintf("verified the contact %s", id)}, nil
	})
}

// proved writes down that a message over a contact has reached the person.
func (d *desk) proved(r contactRef, c notify.Contact) error {
	book, err := d.e.book(d.tx, d.now, map[contactRef]notify.Contact{r: c})
	if err != nil {
		return err
	}
	book.entries[r].prove(d.now)
	return book.save()
}
