package memory

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/watchbill/watchbill/store"
)

func TestNested(t *testing.T) {
	s := New()
	ctx := t.Context()
	err := s.Update(ctx, func(store.Tx) error { return s.View(ctx, func(store.Tx) error { return nil }) })
	if !errors.Is(err, store.ErrNested) {
		t.Errorf("View inside Update: %v", err)
	}
}

func TestLockWaitsForContext(t *testing.T) {
	s := New()
	err := s.Update(t.Context(), func(store.Tx) error {
		failed := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			failed <- s.Update(ctx, func(store.Tx) error { return nil })
		}()
		return <-failed
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestPanicRollsBack(t *testing.T) {
	s := New()
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(t.Context(), func(tx store.Tx) error {
			_ = tx.Values().Set("a", []byte("b"))
			panic("fn")
		})
	}()
	_ = s.View(t.Context(), func(tx store.Tx) error {
		if v, _ := tx.Values().Get("a"); v != nil {
			t.Errorf("a is %q", v)
		}
		return nil
	})
}

func TestIndexAgainstSortedSlice(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	x := index[int]{compare: func(a, b int) int { return a - b }}
	var want []int
	for range 20_000 {
		k := rnd.IntN(3000)
		i, found := slices.BinarySearch(want, k)
		if rnd.IntN(5) < 3 {
			x.insert(k)
			if !found {
				want = slices.Insert(want, i, k)
			}
		} else {
			x.remove(k)
			if found {
				want = slices.Delete(want, i, i+1)
			}
		}
	}
	if got := slices.Collect(x.all()); !slices.Equal(got, want) {
		t.Fatalf("all: %d keys, want %d", len(got), len(want))
	}
	for k := -1; k < 3001; k += 7 {
		i, _ := slices.BinarySearch(want, k)
		if got := slices.Collect(x.from(k)); !slices.Equal(got, want[i:]) {
			t.Fatalf("from %d differs", k)
		}
	}
}
