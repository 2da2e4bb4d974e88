package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	// maxAlerts is how many alerts are read, the newest ones.
	maxAlerts = 20_000
	// maxEntries is how many entries of an alert's record are read.
	maxEntries = 10_000
	// lead is how much older alerts may be that run along.
	lead = 7 * 24 * time.Hour
)

// ErrNone is returned if there is nothing to replay.
var ErrNone = errors.New("replay: the record has no such alert that can be replayed")

// recorded is an alert as it was.
type recorded struct {
	episode.Episode
	entries []timeline.Entry
	heard   []episode.Heard
	pages   []episode.Page
	acks    []time.Time // when it became acknowledged
	acts    []*act
	chosen  bool // it was asked for
}

func (r *recorded) opened() time.Time { return r.heard[0].At }

// last is when anything was last heard of it.
func last(e episode.Episode) time.Time {
	if e.Alert.LastSeenAt.After(e.Last) {
		return e.Alert.LastSeenAt
	}
	return e.Last
}

// record is what a store tells.
type record struct {
	alerts   []*recorded // that are played, in the order in which they were opened
	usual    usual
	end      time.Time // of everything in the store
	older    bool      // there are alerts from before those that are played
	gaps     []Gap
	declared []Assumption
}

func (r *record) lacks(id watchbill.AlertID, format string, args ...any) {
	r.gaps = append(r.gaps, Gap{Alert: id, Text: fmt.Sprintf(format, args...)})
}

// read reads what a question is about.
func read(ctx context.Context, s store.Store, q Question) (*record, error) {
	var r *record
	err := s.View(ctx, func(tx store.Tx) (err error) {
		r, err = readTx(tx, q)
		return err
	})
	return r, err
}

func readTx(tx store.Tx, q Question) (*record, error) {
	r := &record{usual: usual{of: map[watchbill.UserID][]time.Duration{}}}
	want, err := r.wanted(tx, q)
	if err != nil {
		return nil, err
	}
	all, err := r.list(tx)
	if err != nil {
		return nil, err
	}
	chosen := map[watchbill.AlertID]bool{}
	var from, to time.Time
	for _, s := range all {
		e := s.Episode
		if !want.has(e) {
			continue
		}
		delete(want.ids, e.Alert.ID)
		if s.Err != nil || s.Quarantined {
			r.lacks(e.Alert.ID, "is in quarantine and cannot be read, so it is left out")
			continue
		}
		chosen[e.Alert.ID] = true
		if from.IsZero() || e.Alert.CreatedAt.Before(from) {
			from = e.Alert.CreatedAt
		}
		if last(e).After(to) {
			to = last(e)
		}
	}
	for _, id := range want.list {
		if want.ids[id] {
			r.lacks(id, "is not in the record: it was removed by retention, or never was in it")
		}
	}
	if len(chosen) == 0 {
		return r, ErrNone
	}
	return r, r.gather(tx, all, chosen, from, to)
}

// wanted is which alerts are asked for.
type wanted struct {
	list     []watchbill.AlertID
	ids      map[watchbill.AlertID]bool // of the list; nil: whatever was opened in the span
	from, to time.Time
}

func (w wanted) has(e episode.Episode) bool {
	if w.ids != nil {
		return w.ids[e.Alert.ID]
	}
	at := e.Alert.CreatedAt
	return !at.Before(w.from) && (w.to.IsZero() || at.Before(w.to))
}

func (r *record) wanted(tx store.Tx, q Question) (w wanted, err error) {
	w = wanted{list: slices.Clone(q.Alerts), from: q.From, to: q.To}
	if q.Incident != "" {
		i, err := r.incident(tx, q.Incident)
		if err != nil {
			return w, err
		}
		w.list = append(w.list, i.Alerts...)
		r.declared = append(r.declared, Assumption{Text: fmt.Sprintf("incident %q was declared by %s at %s; that pages nobody, and is not played",
			i.Title, strings.TrimPrefix(string(i.DeclaredBy), "user:"), i.DeclaredAt.Format(time.RFC3339))})
	}
	if len(w.list) > 0 || q.Incident != "" {
		w.ids = map[watchbill.AlertID]bool{}
		for _, id := range w.list {
			w.ids[id] = true
		}
	}
	return w, nil
}

func (r *record) incident(tx store.Tx, id watchbill.IncidentID) (incident.Incident, error) {
	found, err := tx.Records().Get(incident.RecordKind, []string{string(id)})
	if err != nil {
		return incident.Incident{}, err
	}
	if len(found) == 0 {
		return incident.Incident{}, fmt.Errorf("replay: incident %q: %w", id, store.ErrNotFound)
	}
	return incident.Decode(found[0].Body)
}

// list returns the newest alerts, oldest first.
func (r *record) list(tx store.Tx) (all []store.Stored, err error) {
	var q store.Query
	for {
		page, next, err := tx.Episodes().List(q, 200)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" || len(all) >= maxAlerts {
			if next != "" {
				r.lacks("", "only the newest %d alerts of the record were read", len(all))
			}
			slices.Reverse(all)
			return all, nil
		}
		q.Cursor = next
	}
}

// gather reads the records of the alerts that are played, and what people usually do from all.
func (r *record) gather(tx store.Tx, all []store.Stored, chosen map[watchbill.AlertID]bool, from, to time.Time) error {
	for _, s := range all {
		e := s.Episode
		if s.Err != nil || s.Quarantined {
			continue
		}
		entries, err := tx.Timeline().Read(timeline.Alert(e.Alert.ID), 0, maxEntries)
		if err != nil {
			return err
		}
		one := &recorded{Episode: e, entries: entries, heard: episode.HeardIn(entries), pages: episode.HistoryOf(entries).Pages, chosen: chosen[e.Alert.ID]}
		r.usual.learn(one)
		if last(e).After(r.end) {
			r.end = last(e)
		}
		overlaps := e.Alert.CreatedAt.Before(to) && last(e).After(from)
		switch {
		case !one.chosen && !overlaps:
			r.older = r.older || e.Alert.CreatedAt.Before(from)
		case !one.chosen && e.Alert.CreatedAt.Before(from.Add(-lead)):
			r.lacks(e.Alert.ID, "was open at the same time, and more than a week older: it does not run along")
		case !whole(entries):
			r.lacks(e.Alert.ID, "has a record that does not begin at its beginning or cannot be read, so it is left out")
		default:
			if len(entries) == maxEntries {
				r.lacks(e.Alert.ID, "has more than %d entries; only those are read", maxEntries)
			}
			one.study()
			r.alerts = append(r.alerts, one)
		}
	}
	if !slices.ContainsFunc(r.alerts, func(a *recorded) bool { return a.chosen }) {
		return ErrNone
	}
	slices.SortStableFunc(r.alerts, func(a, b *recorded) int { return a.opened().Compare(b.opened()) })
	return nil
}

// whole reports whether a record begins at its beginning and leads somewhere.
func whole(entries []timeline.Entry) bool {
	if len(entries) == 0 || entries[0].Kind != episode.KindOpened {
		return false
	}
	_, err := episode.Fold(entries)
	return err == nil && len(episode.HeardIn(entries[:1])) == 1
}

// stateBefore returns the alert's state before an entry.
func (r *recorded) stateBefore(seq int64) alert.State {
	i := slices.IndexFunc(r.entries, func(e timeline.Entry) bool { return e.Seq >= seq })
	e, err := episode.Fold(r.entries[:max(i, 0)])
	if err != nil {
		return alert.None
	}
	return e.Alert.State
}
