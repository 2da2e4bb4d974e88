package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// Export hands everything to fn, as of one snapshot. Nothing waits for it: what it hands out is replaced, never changed.
func (s *Store) Export(ctx context.Context, fn func(store.Item) error) error {
	var all snapshot
	if err := s.View(ctx, func(store.Tx) error { all = s.snapshot(); return nil }); err != nil {
		return err
	}
	return all.each(func(item store.Item) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(item)
	})
}

// snapshot is what a store holds, in the order of an export.
type snapshot struct {
	revisions []store.Revision
	values    []store.Value
	episodes  []*row
	records   []*store.StoredRecord
	entries   []store.Entries
	messages  []*message
}

func (s *Store) snapshot() snapshot {
	all := snapshot{revisions: s.revisions}
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		all.values = append(all.values, store.Value{Name: name, Value: s.values[name]})
	}
	for id := range s.episodes.ids.all() {
		all.episodes = append(all.episodes, s.episodes.rows[id])
	}
	slices.Reverse(all.episodes) // the greatest came first
	for _, kind := range slices.Sorted(maps.Keys(s.records)) {
		rows := s.records[kind].rows
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			all.records = append(all.records, rows[id])
		}
	}
	for _, of := range slices.Sorted(maps.Keys(s.timeline)) {
		all.entries = append(all.entries, store.Entries{Of: of, Entries: s.timeline[of]})
	}
	for k := range s.outbox.alerts.all() {
		all.messages = append(all.messages, s.outbox.messages[k.id])
	}
	return all
}

// each hands out copies, so that nobody changes what the store keeps.
func (all snapshot) each(fn func(store.Item) error) error {
	for _, r := range all.revisions {
		r = cloneRevision(r)
		if err := fn(store.Item{Revision: &r}); err != nil {
			return err
		}
	}
	for _, v := range all.values {
		if err := fn(store.Item{Value: &store.Value{Name: v.Name, Value: slices.Clone(v.Value)}}); err != nil {
			return err
		}
	}
	for _, r := range all.episodes {
		a, err := r.archived()
		if err == nil {
			err = fn(store.Item{Episode: &a})
		}
		if err != nil {
			return err
		}
	}
	for _, r := range all.records {
		r := cloneRecord(*r)
		if err := fn(store.Item{Record: &r}); err != nil {
			return err
		}
	}
	for _, e := range all.entries {
		if err := fn(store.Item{Entries: &store.Entries{Of: e.Of, Entries: cloneEntries(e.Entries)}}); err != nil {
			return err
		}
	}
	for _, m := range all.messages {
		a, err := m.archived()
		if err == nil {
			err = fn(store.Item{Message: &a})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// archived returns the row as it was imported, or as a database would keep it.
func (r *row) archived() (a store.ArchivedEpisode, err error) {
	e := &r.episode
	if r.imported != nil {
		a = *r.imported
		a.Body = slices.Clone(a.Body)
	} else if a.Body, err = episode.Encode(*e); err != nil {
		return a, fmt.Errorf("memory: alert %s: %w", e.Alert.ID, err)
	} else {
		a.ID, a.Source, a.Key, a.Service, a.Parent = e.Alert.ID, e.Alert.Source, e.Alert.Key, e.Alert.Service, e.Parent
		a.State, a.CreatedAt, a.SteppedAt, a.Unreached = e.Alert.State, e.Alert.CreatedAt, e.Last, r.unreached()
		if r.quarantined {
			a.State = alert.None
		}
	}
	a.Version, a.WakeAt = r.version, r.wake
	return a, nil
}

// archived returns the message as it was imported, or as a database would keep it.
func (m *message) archived() (store.ArchivedMessage, error) {
	a := store.ArchivedMessage{Alert: m.Key.Alert, ID: m.ID, DueAt: m.DueAt, ReadyAt: m.ready, Tries: m.Tries, Token: m.token}
	if m.imported != nil {
		a.Lane, a.Key = slices.Clone(m.imported.Lane), slices.Clone(m.imported.Key)
		return a, nil
	}
	var err1, err2 error
	a.Lane, err1 = json.Marshal(m.Lane)
	a.Key, err2 = json.Marshal(m.Key)
	if err := cmp.Or(err1, err2); err != nil {
		return a, fmt.Errorf("memory: message %s: %w", m.ID, err)
	}
	return a, nil
}
