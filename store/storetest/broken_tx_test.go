package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func brokenTransactions() []broken {
	return []broken{
		{"T1", "a view shows what is written beside it", leaks},
		{"T2 R1", "an error commits", errorCommits},
		{"T3", "runs fn twice and keeps both", runsTwice},
		{"T4", "reads outside the transaction", readsStale},
		{"T5", "lets transactions nest", nests},
		{"T6", "a view writes", viewWrites},
		{"T7", "commits although the context is done", commitsAnyway},
		{"T9", "keeps the caller's memory", func() store.Store {
			kept := map[watchbill.AlertID]store.Stored{}
			return episodesStore(func(e store.Episodes) store.Episodes { return keepsMemory{e, kept} })
		}},
		{"T9", "keeps the body of a record", func() store.Store {
			kept := map[string][]byte{}
			return recordsStore(func(r store.Records) store.Records { return keepsBody{r, kept} })
		}},
		{"T10", "rounds times to seconds", func() store.Store {
			return revisionsStore(func(r store.Revisions) store.Revisions { return roundsTimes{r} })
		}},
		{"T11", "takes what was due long ago for done", func() store.Store {
			return outboxStore(func(o store.Outbox) store.Outbox { return readsClock{o} })
		}},
		{"T12", "a transaction works on", worksOn},
	}
}

// leaks shows a view what an Update beside it wanted to write.
func leaks() store.Store {
	s := memory.New()
	var viewing, leaked atomic.Bool
	return &wrapped{Store: s,
		view: func(ctx context.Context, fn func(store.Tx) error) error {
			return s.View(ctx, func(tx store.Tx) error {
				viewing.Store(true)
				defer viewing.Store(false)
				return fn(brokenTx{Tx: tx, values: leakyValues{tx.Values(), &leaked}})
			})
		},
		update: func(ctx context.Context, fn func(store.Tx) error) error {
			waits := viewing.Load()
			err := s.Update(ctx, fn)
			leaked.Store(waits && errors.Is(err, context.DeadlineExceeded))
			return err
		}}
}

type leakyValues struct {
	store.Values
	leaked *atomic.Bool
}

func (v leakyValues) Get(name string) ([]byte, error) {
	if v.leaked.Load() {
		return []byte("new"), nil
	}
	return v.Values.Get(name)
}

func errorCommits() store.Store {
	s := memory.New()
	return &wrapped{Store: s, update: func(ctx context.Context, fn func(store.Tx) error) error {
		var failed error
		err := s.Update(ctx, func(tx store.Tx) error {
			failed = fn(tx)
			if errors.Is(failed, errStop) {
				return nil
			}
			return failed
		})
		return first(failed, err)
	}}
}

// runsTwice does so for the check of T3 only; any other would see E2 and L1 broken as well.
func runsTwice() store.Store {
	s := memory.New()
	return &wrapped{Store: s, update: func(ctx context.Context, fn func(store.Tx) error) error {
		return s.Update(ctx, func(tx store.Tx) error {
			err := fn(tx)
			if v, _ := tx.Values().Get("list"); v != nil {
				err = fn(tx)
			}
			return err
		})
	}}
}

// readsStale answers one read of a counter by what it was before.
func readsStale() store.Store {
	var once sync.Once
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
		return brokenTx{Tx: tx, values: staleValues{tx.Values(), &once}}
	}}
}

type staleValues struct {
	store.Values
	once *sync.Once
}

func (v staleValues) Get(name string) ([]byte, error) {
	now, err := v.Values.Get(name)
	if string(now) == "50" {
		v.once.Do(func() { now = []byte("49") })
	}
	return now, err
}

func nests() store.Store {
	s := memory.New()
	w := &wrapped{Store: s}
	const inside = "github.com/watchbill/watchbill/store/memory.(*tx).call"
	w.view = func(ctx context.Context, fn func(store.Tx) error) error {
		if store.Within(inside) {
			return nil
		}
		return s.View(ctx, fn)
	}
	return w
}

func viewWrites() store.Store {
	s := memory.New()
	return &wrapped{Store: s, view: s.Update}
}

func commitsAnyway() store.Store {
	s := memory.New()
	return &wrapped{Store: s, update: func(ctx context.Context, fn func(store.Tx) error) error {
		if _, waits := ctx.Deadline(); waits {
			return s.Update(ctx, fn)
		}
		return s.Update(context.WithoutCancel(ctx), fn)
	}}
}

type keepsMemory struct {
	store.Episodes
	kept map[watchbill.AlertID]store.Stored
}

func (k keepsMemory) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	found, err := k.Episodes.Get(ids)
	for i, st := range found {
		id := st.Episode.Alert.ID
		if old, ok := k.kept[id]; ok && old.Version == st.Version {
			found[i] = old
		}
		k.kept[id] = found[i]
	}
	return found, err
}

type keepsBody struct {
	store.Records
	kept map[string][]byte
}

func (k keepsBody) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	found, err := k.Records.Get(kind, ids)
	for i, r := range found {
		key := fmt.Sprint(r.Owner(), r.Version, r.ClosedAt)
		if old, ok := k.kept[key]; ok {
			found[i].Body = old
		}
		k.kept[key] = found[i].Body
	}
	return found, err
}

type roundsTimes struct{ store.Revisions }

func (r roundsTimes) Get(n int64) (store.Revision, error) {
	got, err := r.Revisions.Get(n)
	got.EffectiveAt = got.EffectiveAt.Truncate(time.Second)
	return got, err
}

type readsClock struct{ store.Outbox }

func (r readsClock) Lanes(now time.Time) ([]notify.Lane, error) {
	if clock := t0.AddDate(-5, 0, 0); now.Before(clock) {
		now = clock
	}
	return r.Outbox.Lanes(now)
}

// worksOn hands out transactions whose values can be read for ever.
func worksOn() store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
		return brokenTx{Tx: tx, values: forever{tx.Values()}}
	}}
}

type forever struct{ store.Values }

func (f forever) Get(name string) ([]byte, error) {
	v, err := f.Values.Get(name)
	if errors.Is(err, store.ErrClosed) {
		err = nil
	}
	return v, err
}
