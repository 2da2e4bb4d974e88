package engine

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// wordsOf returns the names, addresses and secrets that somebody has, or had.
func (d *desk) wordsOf(user watchbill.UserID) (words []string, err error) {
	latest, err := d.tx.Revisions().Number()
	if err != nil {
		return nil, err
	}
	add := func(c notify.Contact) { words = append(words, c.Address, c.Secret) }
	shelf := newShelf(d.tx)
	for n := int64(1); n <= latest; n++ {
		rev, err := d.tx.Revisions().Get(n)
		if err != nil {
			return nil, err
		}
		c, _, err := shelf.config(rev)
		if err != nil && !errors.Is(err, errUndecodable) {
			return nil, err
		}
		for _, u := range c.Catalog.Users {
			if u.ID == user {
				words = append(words, u.Name, u.Email)
				for _, c := range u.Contacts {
					add(c)
				}
			}
		}
		for _, p := range c.Personal {
			if p.User == user {
				for _, c := range p.Contacts {
					add(c.Contact)
				}
			}
		}
		slices.Sort(words)
		words = slices.Compact(words)
	}
	return slices.DeleteFunc(words, func(s string) bool { return s == "" }), nil
}

// wipeAlerts takes the person out of some alerts, with their timelines and messages.
func (d *desk) wipeAlerts(s *wiping) error {
	page, next, err := d.tx.Episodes().List(store.Query{Cursor: s.Cursor}, wipeAtOnce)
	if err != nil {
		return err
	}
	s.Cursor = next
	f := s.forgetting()
	for _, a := range page {
		before := f.hits
		if err := d.wipeAlert(s, f, a); err != nil {
			return err
		}
		if f.hits > before {
			s.Alerts++
		}
		if a.Err != nil {
			s.Unreadable++
		}
	}
	return nil
}

func (d *desk) wipeAlert(s *wiping, f *forgetting, a store.Stored) error {
	id := a.Episode.Alert.ID
	queued, err := d.wipeTimeline(f, timeline.Alert(id))
	if err != nil || a.Err != nil {
		return err
	}
	body, err := episode.Encode(a.Episode)
	if err != nil {
		return err
	}
	before := f.hits
	body = f.json(body, "")
	if f.hits == before {
		return nil
	}
	ep, err := episode.Decode(body)
	if err != nil && !a.Quarantined {
		return err
	}
	if err != nil { // it was in quarantine because of what it says
		s.Unreadable++
		return nil
	}
	if err := d.tx.Episodes().Put([]store.Write{{Episode: ep, Want: a.Version}}); err != nil {
		return err
	}
	if a.Quarantined {
		return d.tx.Episodes().Admin().Quarantine(id)
	}
	return d.wipeMessages(s, a.Episode, queued)
}

// queuedMessage is what the timeline of an alert says of a message.
type queuedMessage struct {
	ID      notify.MessageID `json:"id"`
	Key     notify.Key       `json:"key"`
	Channel notify.Channel   `json:"channel"`
}

// wipeMessages renames those messages to the person that are still wanted. When their time comes, nobody is found to send
// them to, which the escalation then hears.
func (d *desk) wipeMessages(s *wiping, was episode.Episode, queued []queuedMessage) error {
	var old []notify.MessageID
	var fresh []store.Delivery
	for _, q := range queued {
		old = append(old, q.ID)
		if was.Wants(q.Key) {
			q.Key.User = s.As
			fresh = append(fresh, store.Delivery{ID: q.Key.ID(), Key: q.Key, Lane: notify.Lane{Channel: q.Channel}, DueAt: d.now})
		}
	}
	if len(old) == 0 {
		return nil
	}
	s.Messages += len(fresh)
	if err := d.tx.Outbox().Cancel(was.Alert.ID, old); err != nil || len(fresh) == 0 {
		return err
	}
	return d.tx.Outbox().Enqueue(fresh)
}

// wipeTimeline takes the person out of a timeline, and returns the messages to the person that it knows of.
func (d *desk) wipeTimeline(f *forgetting, of timeline.Owner) (queued []queuedMessage, err error) {
	for after := int64(0); ; {
		entries, err := d.tx.Timeline().Read(of, after, factEntries)
		if err != nil || len(entries) == 0 {
			return queued, err
		}
		after = entries[len(entries)-1].Seq
		var changed []timeline.Entry
		for _, e := range entries {
			before := f.hits
			if e.Kind == episode.KindQueued {
				var q queuedMessage
				if json.Unmarshal(e.Data, &q) == nil && string(q.Key.User) == f.user {
					queued = append(queued, q)
					q.Key.User = watchbill.UserID(f.as)
					e.Data = json.RawMessage(strings.Replace(string(e.Data), string(q.ID), string(q.Key.ID()), 1))
				}
			}
			if e = f.entry(e); f.hits > before {
				changed = append(changed, e)
			}
		}
		if len(changed) == 0 {
			continue
		}
		if err := d.tx.Timeline().Replace(of, changed); err != nil {
			return nil, err
		}
	}
}

// entry returns an entry without the person.
func (f *forgetting) entry(e timeline.Entry) timeline.Entry {
	e.Actor = timeline.Actor(f.value(string(e.Actor), "by", ""))
	e.Via = f.value(e.Via, "by", "")
	e.Data = f.json(e.Data, "")
	return e
}

// wipeRecords takes the person out of some records, and removes those that are about the person alone.
func (d *desk) wipeRecords(s *wiping, kind string) error {
	page, next, err := d.tx.Records().List(store.RecordQuery{Kind: kind, Cursor: s.Cursor}, wipeAtOnce)
	if err != nil {
		return err
	}
	s.Cursor = next
	f := s.forgetting()
	for _, r := range page {
		if f.owns(r.Record) {
			s.Removed++
			err = d.tx.Records().Remove(kind, []string{r.ID})
		} else {
			before := f.hits
			if err = d.wipeRecord(f, r); f.hits > before {
				s.Records++
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// owns reports whether a record is about the person alone.
func (f *forgetting) owns(r store.Record) bool {
	switch r.Kind {
	case ContactKind:
		return strings.HasPrefix(r.ID, url.PathEscape(f.user)+"/")
	case VerificationKind, wakeUpKind:
		return r.ID == f.user
	case NoticeKind:
		n, err := decodeNotice(r.Body)
		return err == nil && string(n.User) == f.user
	case SummaryKind:
		return finding(watchbill.UserID(f.user)).in(r.Body, "")
	}
	return false
}

// wipeRecord takes the person out of a record and its timeline. The one of what the person has set gets the pseudonym's name.
func (d *desk) wipeRecord(f *forgetting, r store.StoredRecord) error {
	before := f.hits
	if _, err := d.wipeTimeline(f, r.Owner()); err != nil {
		return err
	}
	was := r.Record
	r.Body = f.json(r.Body, r.Kind)
	if r.Kind == PersonKind {
		r.ID = f.id(r.ID)
	}
	switch {
	case r.ID != was.ID:
		return d.rename(was, r.Record)
	case f.hits == before || string(r.Body) == string(was.Body):
		return nil
	}
	return d.tx.Records().Put([]store.RecordWrite{{Record: r.Record, Want: r.Version}})
}

// rename gives a record another ID.
func (d *desk) rename(was, is store.Record) error {
	var all []timeline.Entry
	for more := true; more; {
		page, err := d.tx.Timeline().Read(was.Owner(), int64(len(all)), factEntries)
		if err != nil {
			return err
		}
		all, more = append(all, page...), len(page) > 0
	}
	if err := d.tx.Records().Remove(was.Kind, []string{was.ID}); err != nil {
		return err
	}
	if err := d.tx.Records().Put([]store.RecordWrite{{Record: is}}); err != nil || len(all) == 0 {
		return err
	}
	return d.tx.Timeline().Append(is.Owner(), all)
}

// wipeRevisions takes the person out of some configurations.
func (d *desk) wipeRevisions(s *wiping) error {
	latest, err := d.tx.Revisions().Number()
	if err != nil {
		return err
	}
	f, shelf := s.forgetting(), newShelf(d.tx)
	last := min(s.Next+wipeRevisions, latest)
	for n := s.Next + 1; n <= last; n++ {
		rev, err := d.tx.Revisions().Get(n)
		if err != nil {
			return err
		}
		err = d.wipeRevision(s, f, shelf, rev)
		if errors.Is(err, errUndecodable) {
			s.Unreadable++
			d.e.log.Error("configuration of the past cannot be read, and may name somebody who was wiped", "revision", strconv.FormatInt(n, 10), "error", err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	if s.Next = last; last == latest {
		s.Next = 0
	}
	return nil
}

func (d *desk) wipeRevision(s *wiping, f *forgetting, shelf *shelf, rev store.Revision) error {
	c, was, err := shelf.config(rev)
	if err != nil {
		return err
	}
	data, err := c.Encode()
	if err != nil {
		return err
	}
	before := f.hits
	data = f.json(data, "")
	if f.hits == before {
		return nil
	}
	if c, err = oncall.Decode(data); err != nil {
		return err
	}
	strip(&c, s.As)
	is, contents, err := pack(c)
	if err != nil {
		return err
	}
	body, err := is.encode()
	if err != nil {
		return err
	}
	s.Revisions++
	s.Parts = append(s.Parts, slices.DeleteFunc(was.names(), func(n string) bool { return slices.Contains(s.Parts, n) })...)
	if err := putParts(d.tx.Values(), contents); err != nil {
		return err
	}
	return d.tx.Revisions().Replace(rev.Number, body)
}

// strip takes out of a configuration what is nobody else's business than the person's, and no name or address.
func strip(c *oncall.Config, as watchbill.UserID) {
	bare := func(n *notify.Contact) { n.Address, n.Secret = forgotten, "" }
	for i := range c.Catalog.Users {
		u := &c.Catalog.Users[i]
		if u.ID != as {
			continue
		}
		u.Name, u.Email, u.Qualifications = forgotten, "", nil
		for k := range u.Contacts {
			bare(&u.Contacts[k])
		}
		for k := range u.Absences {
			u.Absences[k].Reason = ""
		}
	}
	for i := range c.Personal {
		for k := range c.Personal[i].Contacts {
			if c.Personal[i].User == as {
				bare(&c.Personal[i].Contacts[k].Contact)
			}
		}
	}
	for i := range c.Catalog.Rosters {
		wishes := c.Catalog.Rosters[i].Wishes
		for k := range wishes {
			if wishes[k].User == as {
				wishes[k].Reason = ""
			}
		}
	}
}

// names lists the parts.
func (p parts) names() (all []string) {
	all = append(all, p.Base)
	for _, list := range p.Overrides {
		all = append(all, list...)
	}
	return slices.Concat(all, p.Silences, p.Maintenance, p.Personal)
}

// dropParts removes those parts of configurations that none is made of any more.
func (d *desk) dropParts(names []string) error {
	if len(names) == 0 {
		return nil
	}
	latest, err := d.tx.Revisions().Number()
	if err != nil {
		return err
	}
	used, shelf := map[string]bool{}, newShelf(d.tx)
	for n := int64(1); n <= latest; n++ {
		rev, err := d.tx.Revisions().Get(n)
		if err != nil {
			return err
		}
		p, err := shelf.parts(rev)
		if err != nil && !errors.Is(err, errUndecodable) {
			return err
		}
		for _, name := range p.names() {
			used[name] = true
		}
	}
	for _, name := range names {
		if !used[name] {
			if err := d.tx.Values().Set(partPrefix+name, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
