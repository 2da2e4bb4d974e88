package memory

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
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

// TestEntriesDoNotGrowIntoOneAnother: what the bytes of several entries lie in is one piece of memory.
func TestEntriesDoNotGrowIntoOneAnother(t *testing.T) {
	s := New()
	err := s.Update(t.Context(), func(tx store.Tx) error {
		err := tx.Timeline().Append("a", []timeline.Entry{{Seq: 1, Data: []byte(`"a"`)}, {Seq: 2}, {Seq: 3, Data: []byte(`"b"`)}})
		if err != nil {
			return err
		}
		got, err := tx.Timeline().Read("a", 0, 3)
		if err != nil {
			return err
		}
		_ = append(got[0].Data, "xxx"...)
		if string(got[2].Data) != `"b"` || got[1].Data != nil {
			t.Errorf("got %q and %q", got[1].Data, got[2].Data)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
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
