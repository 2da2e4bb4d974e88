package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

func revisionChecks() []check {
	return []check{
		{"R1/numbers from 1", revisionNumbers},
		{"R1/a number that was rolled back is used again", revisionRollback},
		{"R2/the latest, or none", latestRevision},
		{"R4/the greatest number, or 0", revisionNumber},
		{"R3/the one effective at an instant", revisionAt},
		{"V1/sets, replaces and removes", setsValues},
	}
}

func add(ctx context.Context, s store.Store, at time.Time, config string) (r store.Revision, err error) {
	err = s.Update(ctx, func(tx store.Tx) error {
		r, err = tx.Revisions().Add(at, []byte(config))
		return err
	})
	return r, err
}

// revision returns what one of the readers returns.
func revision(ctx context.Context, s store.Store, read func(store.Revisions) (store.Revision, error)) (r store.Revision, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		r, err = read(tx.Revisions())
		return err
	})
	return r, err
}

func revisionNumbers(ctx context.Context, s store.Store) error {
	for i := range 3 {
		want := store.Revision{Number: int64(i + 1), EffectiveAt: after(i), Config: fmt.Append(nil, "config ", i)}
		added, err := add(ctx, s, want.EffectiveAt, string(want.Config))
		got, err2 := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.Get(want.Number) })
		if err := first(err, err2, differ("added", added, want), differ("got", got, want)); err != nil {
			return err
		}
	}
	for _, n := range []int64{-1, 0, 4} {
		_, err := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.Get(n) })
		if err := refused(fmt.Sprint("revision ", n), err, store.ErrNotFound); err != nil {
			return err
		}
	}
	return nil
}

func revisionRollback(ctx context.Context, s store.Store) error {
	_ = s.Update(ctx, func(tx store.Tx) error {
		_, err := tx.Revisions().Add(t0, []byte("a"))
		return first(err, errStop)
	})
	r, err := add(ctx, s, t0, "b")
	return first(err, differ("number", r.Number, int64(1)))
}

func latestRevision(ctx context.Context, s store.Store) error {
	_, err := revision(ctx, s, store.Revisions.Latest)
	if err := refused("the latest of none", err, store.ErrNotFound); err != nil {
		return err
	}
	_, err1 := add(ctx, s, after(50), "a")
	_, err2 := add(ctx, s, after(10), "b") // greater number, effective earlier
	got, err3 := revision(ctx, s, store.Revisions.Latest)
	return first(err1, err2, err3, differ("latest", string(got.Config), "b"))
}

func revisionNumber(ctx context.Context, s store.Store) error {
	for want := range int64(3) {
		err := s.View(ctx, func(tx store.Tx) error {
			n, err := tx.Revisions().Number()
			return first(err, differ("number", n, want))
		})
		_, err2 := add(ctx, s, after(50-int(want)), "a")
		if err := first(err, err2); err != nil {
			return err
		}
	}
	return nil
}

func revisionAt(ctx context.Context, s store.Store) error {
	for i, at := range []int{10, 30, 20, 40} {
		if _, err := add(ctx, s, after(at), fmt.Sprint(i+1)); err != nil {
			return err
		}
	}
	for at, want := range map[int]int64{9: 0, 10: 1, 19: 1, 20: 3, 30: 3, 39: 3, 40: 4, 99: 4} {
		got, err := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.At(after(at)) })
		if want == 0 {
			err = refused("before the first", err, store.ErrNotFound)
		}
		if err := first(err, differ(fmt.Sprint("revision at ", at), got.Number, want)); err != nil {
			return err
		}
	}
	return nil
}

func setsValues(ctx context.Context, s store.Store) error {
	return first(
		hasValue(ctx, s, "a", ""),
		setValue(ctx, s, "a", "1"), setValue(ctx, s, "b", "\x00\xff"), hasValue(ctx, s, "a", "1"),
		setValue(ctx, s, "a", "2"), hasValue(ctx, s, "a", "2"), hasValue(ctx, s, "b", "\x00\xff"),
		setValue(ctx, s, "a", ""),
		s.View(ctx, func(tx store.Tx) error {
			v, err := tx.Values().Get("a")
			return first(err, differ("a removed value is nil", v == nil, true))
		}))
}

// leaseLost returns the messages that such an error names.
func leaseLost(err error) []notify.MessageID {
	var lost *store.LeaseLostError
	if errors.As(err, &lost) {
		return lost.IDs
	}
	return nil
}
