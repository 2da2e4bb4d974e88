package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// ContactKind is the kind of the records that say how contacts do. A record is open while its contact is dead.
const ContactKind = "contact"

const (
	// deadRefusals is how many messages in a row must be refused for good before a contact is taken to be dead.
	deadRefusals = 3
	// deadTries is how many sends in a row must fail in any way, and deadAfter for how long.
	deadTries, deadAfter = 10, 10 * time.Minute
	// noteEvery is how often it is written down that a contact which is well still is.
	noteEvery = time.Hour
	// maxFresh bounds what is remembered of contacts.
	maxFresh = 10_000
)

// contactRef names a contact of a person.
type contactRef struct {
	user    watchbill.UserID
	contact notify.ContactID
}

func refOf(m notify.Message) contactRef { return contactRef{m.User, m.Contact.ID} }

// id is that of the record.
func (r contactRef) id() string {
	return url.PathEscape(string(r.user)) + "/" + url.PathEscape(string(r.contact))
}

// contactState is how a contact does, as a store keeps it. It begins anew when the contact gets another address.
type contactState struct {
	V       int              `json:"v"` // of the form; 1
	User    watchbill.UserID `json:"user"`
	Contact notify.ContactID `json:"contact"`
	Of      catalog.Digest   `json:"of,omitempty"` // of the channel and the address

	Sent []sentMessage `json:"sent,omitempty"` // where there is a limit: within its time
	Last lastPage      `json:"last,omitzero"`  // where pages are bundled

	AcceptedAt time.Time `json:"accepted_at,omitzero"` // about when a provider last took a message: to the hour
	ProvedAt   time.Time `json:"proved_at,omitzero"`   // when a message last reached the person for certain
	Refusals   int       `json:"refusals,omitempty"`   // in a row, for good
	Failures   int       `json:"failures,omitempty"`   // in a row, of any kind
	FailingAt  time.Time `json:"failing_at,omitzero"`  // since when
	Error      string    `json:"error,omitempty"`      // of the latest
	DeadAt     time.Time `json:"dead_at,omitzero"`     // since when it is taken to be dead; zero: it is not
	Bounced    bool      `json:"bounced,omitempty"`    // what a provider took is known not to have arrived
	TakenAt    time.Time `json:"taken_at,omitzero"`    // since when it has taken more, of which that is not known
}

// sentMessage is a message that counts against a limit.
type sentMessage struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// lastPage is the latest page that went to a contact.
type lastPage struct {
	ID       notify.MessageID   `json:"id"`
	At       time.Time          `json:"at"`
	Urgency  watchbill.Urgency  `json:"urgency"`
	Severity watchbill.Severity `json:"severity"`
}

func decodeContact(data []byte) (s contactState, err error) {
	if err = json.Unmarshal(data, &s); err == nil && s.V != 1 {
		err = fmt.Errorf("engine: stored contact has the form %d, this release reads 1", s.V)
	}
	return s, err
}

// readContacts are contacts as they were last read or written, so that a record is decoded only if it says something else:
// each send may look at one.
type readContacts struct {
	mu sync.Mutex
	of map[contactRef]readContact
}

// readContact is what the body of a record says. Neither is ever written to.
type readContact struct {
	body  []byte
	state contactState
}

func (c *readContacts) decode(r contactRef, body []byte) (contactState, error) {
	c.mu.Lock()
	known := c.of[r]
	c.mu.Unlock()
	if bytes.Equal(known.body, body) {
		return known.state, nil
	}
	s, err := decodeContact(body)
	if err == nil {
		c.keep(r, body, s)
	}
	return s, err
}

func (c *readContacts) keep(r contactRef, body []byte, s contactState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil || len(c.of) >= maxFresh {
		c.of = map[contactRef]readContact{}
	}
	c.of[r] = readContact{body, s}
}

// forget forgets them all: somebody was wiped.
func (c *readContacts) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of = nil
}

// contactBook is the records of some contacts in one transaction.
type contactBook struct {
	e       *Engine
	tx      store.Tx
	now     time.Time
	entries map[contactRef]*contactEntry
}

type contactEntry struct {
	contactState
	version store.Version
	changed bool
	died    bool // in this transaction
}

// book reads the records of contacts, given with the addresses that they have now. One that cannot be read begins anew: no
// page waits for it.
func (e *Engine) book(tx store.Tx, now time.Time, contacts map[contactRef]notify.Contact) (*contactBook, error) {
	b := &contactBook{e: e, tx: tx, now: now, entries: map[contactRef]*contactEntry{}}
	if len(contacts) == 0 {
		return b, nil
	}
	var ids []string
	for r := range contacts {
		ids = append(ids, r.id())
	}
	slices.Sort(ids) // the same calls in the same order, for simulators
	found, err := tx.Records().Get(ContactKind, ids)
	if err != nil {
		return nil, err
	}
	stored := map[string]store.StoredRecord{}
	for _, s := range found {
		stored[s.ID] = s
	}
	for r, c := range contacts {
		s := stored[r.id()]
		of := catalog.DigestOf(string(c.Channel) + " " + c.Address)
		entry := &contactEntry{version: s.Version}
		if s.Version != 0 {
			if entry.contactState, err = e.contacts.decode(r, s.Body); err != nil {
				e.log.Error("record cannot be read and begins anew", "kind", s.Kind, "id", s.ID, "error", err)
			}
		}
		if entry.Of != of || err != nil {
			entry.contactState, err = contactState{}, nil
		}
		entry.V, entry.User, entry.Contact, entry.Of = 1, r.user, r.contact, of
		b.entries[r] = entry
	}
	return b, nil
}

// save writes what has changed.
func (b *contactBook) save() error {
	var writes []store.RecordWrite
	for r, entry := range b.entries {
		if !entry.changed {
			continue
		}
		body, err := json.Marshal(entry.contactState)
		if err != nil {
			return err
		}
		closed := b.now
		if !entry.DeadAt.IsZero() {
			closed = time.Time{}
		}
		b.e.contacts.keep(r, body, entry.contactState)
		writes = append(writes, store.RecordWrite{Want: entry.version,
			Record: store.Record{Kind: ContactKind, ID: r.id(), ClosedAt: closed, Body: body}})
	}
	if len(writes) == 0 {
		return nil
	}
	slices.SortFunc(writes, func(a, b store.RecordWrite) int { return strings.Compare(a.ID, b.ID) })
	return b.tx.Records().Put(writes)
}

// note writes down what became of a send.
func (c *contactEntry) note(now time.Time, r episode.Result) {
	c.changed = true
	if r.Verdict == episode.Accepted {
		c.AcceptedAt = now
		if c.doubted(now) {
			return
		}
		c.Error, c.DeadAt = "", time.Time{}
		c.Refusals, c.Failures, c.FailingAt = 0, 0, time.Time{}
		return
	}
	c.Failures++
	c.Error = r.Error
	if c.FailingAt.IsZero() || c.FailingAt.After(now) {
		c.FailingAt = now
	}
	if r.Verdict == episode.Refused {
		c.Refusals++
	}
	long := c.Failures >= deadTries && now.Sub(c.FailingAt) >= deadAfter
	if c.DeadAt.IsZero() && (c.Refusals >= deadRefusals || long) {
		c.DeadAt, c.died = now, true
	}
}

// doubted reports whether a message that a provider has taken may still turn out not to have arrived: a provider that takes
// everything has mended nothing. What was taken some time before, and of which nothing was heard since, has arrived.
func (c *contactEntry) doubted(now time.Time) bool {
	if !c.Bounced {
		return false
	}
	if c.TakenAt.IsZero() || c.TakenAt.After(now) {
		c.TakenAt = now
	}
	if now.Sub(c.TakenAt) < deadAfter {
		return true
	}
	c.Bounced, c.TakenAt = false, time.Time{}
	return false
}

// prove notes that a message has reached the person.
func (c *contactEntry) prove(now time.Time) {
	c.Bounced, c.TakenAt = false, time.Time{}
	c.note(now, episode.Result{})
	c.ProvedAt = now
}

// freshContacts remembers which contacts are known to be well, so that this is not written down again for each message.
type freshContacts struct {
	mu sync.Mutex
	at map[contactRef]time.Time // when it was written
}

// knows reports whether it need not be written down that a contact is well.
func (f *freshContacts) knows(r contactRef, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.at[r]
	age := now.Sub(at)
	return ok && age >= 0 && age < noteEvery
}

// wellAt is when it was written down that a contact is well; zero: it is not.
type wellAt struct {
	contactRef
	at time.Time
}

// add takes in what a transaction has written down, once it is committed.
func (f *freshContacts) add(noted []wellAt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range noted {
		if f.at == nil || len(f.at) >= maxFresh {
			f.at = map[contactRef]time.Time{}
		}
		f.at[n.contactRef] = n.at
	}
}

// noteContacts writes down how the contacts of some deliveries do. For those that are well that is once an hour. No receipt
// is lost because of it.
func (w *work) noteContacts(outcomes []Outcome) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.e.log.Error("how contacts do cannot be written down", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	contacts := map[contactRef]notify.Contact{}
	var noted []*Outcome
	for i := range outcomes {
		o := &outcomes[i]
		r, verdict := refOf(o.Delivery.Message), o.Result.Verdict
		unsent := !o.standTill.IsZero() || verdict == episode.Retry
		limited := verdict == episode.Limited
		switch {
		case limited, !o.standTill.IsZero() && !w.bundles(o.Delivery):
			continue
		case !unsent && verdict == episode.Accepted && w.e.fresh.knows(r, w.now):
			continue
		}
		contacts[r] = o.Delivery.Message.Contact
		noted = append(noted, o)
	}
	if len(noted) == 0 {
		return nil
	}
	book, err := w.e.book(w.tx, w.now, contacts)
	if err != nil {
		return err
	}
	for _, o := range noted {
		entry := book.entries[refOf(o.Delivery.Message)]
		if entry.Last.ID == o.Delivery.Message.ID && (!o.standTill.IsZero() || o.Result.Verdict == episode.Retry) {
			entry.Last, entry.changed = lastPage{}, true // it has not gone out, so that nothing waits for it
		}
		if o.standTill.IsZero() {
			entry.note(w.now, o.Result)
		}
	}
	for r, entry := range book.entries {
		at := w.now
		if entry.Failures > 0 {
			at = time.Time{}
		}
		w.left.noted = append(w.left.noted, wellAt{r, at})
	}
	if err := w.tellDead(book); err != nil {
		return err
	}
	return book.save()
}

// tellDead tells people, over another contact, of one that has died in this transaction.
func (w *work) tellDead(book *contactBook) error {
	var all []noticeRecord
	for r, entry := range book.entries {
		u, ok := w.org.User(r.user)
		if !entry.died || !ok {
			continue
		}
		w.e.log.Warn("contact is dead", "user", r.user, "contact", r.contact, "error", entry.Error)
		n := notice.OfContact(notice.ContactDead, r.user, r.contact, w.now)
		all = append(all, noticeRecord{V: 1, Notice: n, NextAt: n.At, Avoid: r.contact,
			Summary: fmt.Sprintf("Your contact %s does not work: messages to it are refused", r.contact),
			Details: fmt.Sprintf("The latest error: %s\nIt is still tried. Mend it, or take it out, and send yourself a test: refserver contacts test -user %s\n",
				entry.Error, u.ID)})
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b noticeRecord) int { return strings.Compare(a.ID, b.ID) })
	d := desk{w.e, w.tx, w.org, w.now}
	return d.addNotices(all)
}

// noteReport writes down what a provider says later of a message that it had accepted.
func (w *work) noteReport(user watchbill.UserID, id notify.ContactID, state notify.DeliveryState, why string) error {
	u, _ := w.org.Responder(user)
	i := slices.IndexFunc(u.Contacts, func(c notify.Contact) bool { return c.ID == id })
	if i < 0 || state != notify.Read && state != notify.Undelivered {
		return nil
	}
	r := contactRef{user, id}
	book, err := w.e.book(w.tx, w.now, map[contactRef]notify.Contact{r: u.Contacts[i]})
	if err != nil {
		return err
	}
	entry := book.entries[r]
	if state == notify.Read {
		entry.prove(w.now)
	} else {
		entry.note(w.now, episode.Result{Verdict: episode.Refused, Error: why})
		entry.Bounced, entry.TakenAt = true, time.Time{}
		w.left.noted = append(w.left.noted, wellAt{r, time.Time{}})
	}
	if err := w.tellDead(book); err != nil {
		return err
	}
	return book.save()
}
