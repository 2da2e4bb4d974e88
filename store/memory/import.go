package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// Import puts in what next returns. Nothing else runs until it has ended.
func (s *Store) Import(ctx context.Context, next func() (store.Item, error)) error {
	t := &tx{s: s}
	return s.run(ctx, t, func(store.Tx) error {
		if !s.empty() {
			return store.ErrNotEmpty
		}
		old := s.contents
		s.contents = newContents()
		t.onRollback(func() { s.contents = old })
		for {
			item, err := next()
			if err == io.EOF { // one that is wrapped is no end
				return nil
			}
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = s.put(item)
			}
			if err != nil {
				return err
			}
		}
	})
}

func (c *contents) empty() bool {
	records := 0
	for _, s := range c.records {
		records += len(s.rows)
	}
	return len(c.revisions)+len(c.values)+len(c.episodes.rows)+records+len(c.timeline)+len(c.outbox.messages) == 0
}

// put puts one item in, which must not be there yet.
func (c *contents) put(item store.Item) error {
	switch {
	case item.Revision != nil:
		return c.putRevision(*item.Revision)
	case item.Value != nil:
		return c.putValue(*item.Value)
	case item.Episode != nil:
		return c.putEpisode(*item.Episode)
	case item.Record != nil:
		return c.putRecord(*item.Record)
	case item.Entries != nil:
		return c.putEntries(*item.Entries)
	case item.Message != nil:
		return c.putMessage(*item.Message)
	default:
		return errors.New("memory: import: an item is empty")
	}
}

func (c *contents) putRevision(r store.Revision) error {
	if want := int64(len(c.revisions)) + 1; r.Number != want {
		return fmt.Errorf("memory: import: revision %d in the place of %d", r.Number, want)
	}
	c.revisions = append(c.revisions, cloneRevision(r))
	return nil
}

func (c *contents) putValue(v store.Value) error {
	if c.values[v.Name] != nil || len(v.Value) == 0 {
		return fmt.Errorf("memory: import: value %s is empty, or comes twice", v.Name)
	}
	c.values[v.Name] = slices.Clone(v.Value)
	return nil
}

func (c *contents) putEpisode(a store.ArchivedEpisode) error {
	if c.episodes.rows[a.ID] != nil {
		return fmt.Errorf("memory: import: alert %s comes twice", a.ID)
	}
	a.Body = slices.Clone(a.Body)
	r := &row{version: a.Version, quarantined: a.State == alert.None, wake: a.WakeAt, imported: &a}
	if r.episode, r.err = episode.Decode(a.Body); r.err != nil {
		r.episode = columns(a)
	}
	c.episodes.set(a.ID, r)
	ref := r.episode.Ref()
	if old := c.episodes.newest[ref]; old == "" || newer(r.episode.Alert, c.episodes.rows[old].episode.Alert) {
		c.episodes.setNewest(ref, a.ID)
	}
	return nil
}

// columns returns what is known of an episode that cannot be decoded.
func columns(a store.ArchivedEpisode) episode.Episode {
	e := episode.Episode{Parent: a.Parent, Last: a.SteppedAt}
	e.Alert = alert.Alert{ID: a.ID, Source: a.Source, Key: a.Key, Service: a.Service, State: a.State, CreatedAt: a.CreatedAt}
	return e
}

func (c *contents) putRecord(r store.StoredRecord) error {
	s := c.records[r.Kind]
	if s == nil {
		s = newShelf()
		c.records[r.Kind] = s
	}
	if s.rows[r.ID] != nil {
		return fmt.Errorf("memory: import: %s comes twice", r.Owner())
	}
	r = cloneRecord(r)
	s.set(r.ID, &r)
	return nil
}

func (c *contents) putEntries(e store.Entries) error {
	if c.timeline[e.Of] != nil {
		return fmt.Errorf("memory: import: the timeline of %s comes twice", e.Of)
	}
	for i, entry := range e.Entries {
		if entry.Seq != int64(i)+1 {
			return fmt.Errorf("memory: import: timeline of %s: entry %d has the number %d", e.Of, i+1, entry.Seq)
		}
	}
	c.timeline.set(e.Of, cloneEntries(e.Entries))
	return nil
}

func (c *contents) putMessage(a store.ArchivedMessage) error {
	if c.outbox.messages[a.ID] != nil {
		return fmt.Errorf("memory: import: message %s comes twice", a.ID)
	}
	m := &message{Delivery: store.Delivery{ID: a.ID, DueAt: a.DueAt, Tries: a.Tries}, token: a.Token, ready: a.ReadyAt}
	m.imported = &store.ArchivedMessage{Lane: slices.Clone(a.Lane), Key: slices.Clone(a.Key)}
	laneErr, keyErr := exactly(a.Lane, &m.Lane), json.Unmarshal(a.Key, &m.Key)
	switch {
	case laneErr != nil || m.Lane.Channel == "":
		m.Err = fmt.Errorf("memory: message %s: lane %q cannot be decoded", a.ID, a.Lane)
		m.Lane = notify.Lane{Destination: string(a.Lane)}
	case keyErr != nil || m.Key.Alert != a.Alert:
		m.Err = fmt.Errorf("memory: message %s of alert %s: key %q cannot be decoded, or is another's", a.ID, a.Alert, a.Key)
	}
	if m.Err != nil {
		m.Key = notify.Key{Alert: a.Alert}
	}
	c.outbox.set(a.ID, m)
	return nil
}

// exactly decodes what would be encoded just so: a lane that looks otherwise could not be claimed by its name.
func exactly(data []byte, lane *notify.Lane) error {
	if err := json.Unmarshal(data, lane); err != nil {
		return err
	}
	again, err := json.Marshal(*lane)
	if err == nil && !bytes.Equal(again, data) {
		err = errors.New("memory: lane is encoded in another way")
	}
	return err
}
