package storetest

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

func brokenRemovals() []broken {
	ofAdmin := func(with func(store.EpisodesAdmin) store.EpisodesAdmin) func() store.Store {
		return func() store.Store {
			return episodesStore(func(e store.Episodes) store.Episodes { return brokenAdmin{e, with(e.Admin())} })
		}
	}
	ofTimeline := func(with func(store.Timeline) store.Timeline) func() store.Store {
		return func() store.Store { return timelineStore(with) }
	}
	ofRecords := func(with func(store.Records) store.Records) func() store.Store {
		return func() store.Store { return recordsStore(with) }
	}
	ofArchive := func(with func(*memory.Store) store.Archiver) func() store.Store {
		return func() store.Store { return with(memory.New()) }
	}
	return []broken{
		{"E10", "the latest first", ofAdmin(func(a store.EpisodesAdmin) store.EpisodesAdmin { return latestEnded{a} })},
		{"E10", "an instant counts as before it", ofAdmin(func(a store.EpisodesAdmin) store.EpisodesAdmin { return endedLater{a} })},
		{"E11", "keeps the timelines", keepsTimelines},
		{"E11", "removes only while all are known", refusesUnknown},
		{"L3", "leaves out what is not there", ofTimeline(func(t store.Timeline) store.Timeline { return replacesSome{t} })},
		{"L3", "replaces nobody's name", ofTimeline(func(t store.Timeline) store.Timeline { return keepsActor{t} })},
		{"R5", "a revision that is replaced is the latest", func() store.Store {
			return revisionsStore(func(r store.Revisions) store.Revisions { return addsAgain{r} })
		}},
		{"K5", "the one closed last first", ofRecords(func(r store.Records) store.Records { return lastClosedFirst{r} })},
		{"K5", "an instant counts as before it", ofRecords(func(r store.Records) store.Records { return closedBeforeLater{r} })},
		{"K6", "keeps the timelines", keepsRecordTimelines},
		{"A1", "forgets who claims", ofArchive(func(m *memory.Store) store.Archiver { return forgetsClaims{m} })},
		{"A1", "leaves out what it cannot decode", ofArchive(func(m *memory.Store) store.Archiver { return leavesOutSpoilt{m} })},
		{"A1", "the newest alert first", ofArchive(func(m *memory.Store) store.Archiver { return backwards{m} })},
		{"A2", "imports into what there is", ofArchive(func(m *memory.Store) store.Archiver { return takesAny{m} })},
		{"A2", "keeps what was imported before an error", ofArchive(func(m *memory.Store) store.Archiver { return keepsHalf{m} })},
	}
}

type latestEnded struct{ store.EpisodesAdmin }

func (l latestEnded) Ended(before time.Time, limit int) ([]watchbill.AlertID, error) {
	all, err := l.EpisodesAdmin.Ended(before, 1e6)
	slices.Reverse(all)
	return all[:min(limit, len(all))], err
}

type endedLater struct{ store.EpisodesAdmin }

func (e endedLater) Ended(before time.Time, limit int) ([]watchbill.AlertID, error) {
	return e.EpisodesAdmin.Ended(before.Add(time.Microsecond), limit)
}

// keepsTimelines is a store whose alerts leave their timelines behind.
func keepsTimelines() store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
		e := tx.Episodes()
		return brokenTx{Tx: tx, episodes: brokenAdmin{e, leavesTimelines{e.Admin(), tx.Timeline()}}}
	}}
}

type leavesTimelines struct {
	store.EpisodesAdmin
	timeline store.Timeline
}

func (l leavesTimelines) Remove(ids []watchbill.AlertID) error {
	return keeping(l.timeline, ids, timeline.Alert, func() error { return l.EpisodesAdmin.Remove(ids) })
}

// keeping runs what removes timelines, and puts them back.
func keeping[ID ~string](t store.Timeline, ids []ID, owner func(ID) timeline.Owner, remove func() error) error {
	kept := map[timeline.Owner][]timeline.Entry{}
	for _, id := range ids {
		entries, err := t.Read(owner(id), 0, 1e6)
		if err != nil {
			return err
		}
		kept[owner(id)] = entries
	}
	if err := remove(); err != nil {
		return err
	}
	for of, entries := range kept {
		if left, err := t.Read(of, 0, 1); err != nil || len(left) > 0 {
			continue
		}
		if err := t.Append(of, entries); err != nil {
			return err
		}
	}
	return nil
}

func refusesUnknown() store.Store {
	return episodesStore(func(e store.Episodes) store.Episodes { return brokenAdmin{e, onlyKnown{e.Admin(), e}} })
}

type onlyKnown struct {
	store.EpisodesAdmin
	episodes store.Episodes
}

func (o onlyKnown) Remove(ids []watchbill.AlertID) error {
	found, err := o.episodes.Get(ids)
	if err == nil && len(found) == 0 {
		err = o.EpisodesAdmin.Remove(ids) // it may be a view
	}
	if err == nil && len(found) < len(ids) {
		return nil
	}
	return first(err, o.EpisodesAdmin.Remove(ids))
}

type replacesSome struct{ store.Timeline }

func (r replacesSome) Replace(of timeline.Owner, entries []timeline.Entry) error {
	there, err := r.Timeline.Read(of, 0, 1e6)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e timeline.Entry) bool { return e.Seq < 1 || e.Seq > int64(len(there)) })
	return r.Timeline.Replace(of, entries)
}

type keepsActor struct{ store.Timeline }

func (k keepsActor) Replace(of timeline.Owner, entries []timeline.Entry) error {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].Actor = timeline.Engine
	}
	return k.Timeline.Replace(of, entries)
}

type addsAgain struct{ store.Revisions }

func (a addsAgain) Replace(number int64, config []byte) error {
	old, err := a.Revisions.Get(number)
	if err != nil {
		return first(a.Revisions.Replace(number, config), err) // it may be a view
	}
	_, err = a.Revisions.Add(old.EffectiveAt, config)
	return first(err, a.Revisions.Replace(number, config))
}

type lastClosedFirst struct{ store.Records }

func (l lastClosedFirst) List(q store.RecordQuery, limit int) ([]store.StoredRecord, string, error) {
	if q.Before.IsZero() {
		return l.Records.List(q, limit)
	}
	all, cursor, err := l.Records.List(q, 1e6)
	slices.Reverse(all)
	return all[:min(limit, len(all))], cursor, err
}

type closedBeforeLater struct{ store.Records }

func (c closedBeforeLater) List(q store.RecordQuery, limit int) ([]store.StoredRecord, string, error) {
	if !q.Before.IsZero() {
		q.Before = q.Before.Add(time.Microsecond)
	}
	return c.Records.List(q, limit)
}

// keepsRecordTimelines is a store whose records leave their timelines behind.
func keepsRecordTimelines() store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
		return brokenTx{Tx: tx, records: leavesRecordTimelines{tx.Records(), tx.Timeline()}}
	}}
}

type leavesRecordTimelines struct {
	store.Records
	timeline store.Timeline
}

func (l leavesRecordTimelines) Remove(kind string, ids []string) error {
	owner := func(id string) timeline.Owner { return timeline.Record(kind, id) }
	return keeping(l.timeline, ids, owner, func() error { return l.Records.Remove(kind, ids) })
}

type forgetsClaims struct{ *memory.Store }

func (f forgetsClaims) Export(ctx context.Context, fn func(store.Item) error) error {
	return f.Store.Export(ctx, func(item store.Item) error {
		if item.Message != nil {
			item.Message.Token = ""
		}
		return fn(item)
	})
}

type leavesOutSpoilt struct{ *memory.Store }

func (l leavesOutSpoilt) Export(ctx context.Context, fn func(store.Item) error) error {
	return l.Store.Export(ctx, func(item store.Item) error {
		if item.Episode != nil && item.Episode.Body[1] == 0 {
			return nil
		}
		return fn(item)
	})
}

type backwards struct{ *memory.Store }

func (b backwards) Export(ctx context.Context, fn func(store.Item) error) error {
	var held []store.Item
	release := func() error {
		for _, item := range slices.Backward(held) {
			if err := fn(item); err != nil {
				return err
			}
		}
		held = nil
		return nil
	}
	err := b.Store.Export(ctx, func(item store.Item) error {
		if item.Episode != nil {
			held = append(held, item)
			return nil
		}
		if err := release(); err != nil {
			return err
		}
		return fn(item)
	})
	if err != nil {
		return err
	}
	return release()
}

// takesAny imports beside what is there.
type takesAny struct{ *memory.Store }

func (t takesAny) Import(ctx context.Context, next func() (store.Item, error)) error {
	there, err := export(ctx, t.Store)
	if err != nil || len(there) == 0 {
		return first(err, t.Store.Import(ctx, next))
	}
	return nil
}

// keepsHalf keeps what came before an error.
type keepsHalf struct{ *memory.Store }

func (k keepsHalf) Import(ctx context.Context, next func() (store.Item, error)) error {
	var failed error
	err := k.Store.Import(ctx, func() (store.Item, error) {
		item, err := next()
		if err != nil && err != io.EOF {
			failed, err = err, io.EOF
		}
		return item, err
	})
	return first(err, failed)
}
