package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

func concurrencyChecks() []check {
	return []check{
		{"T4/no increment is lost", incrementsAll},
		{"T4/two that read the same do not both write", noWriteSkew},
		{"E2/of two on one version one wins", oneWins},
		{"O3/claimers never share a message", claimersNeverShare},
		{"T1/views beside updates see whole transactions", viewsSeeWhole},
	}
}

// together runs fn n times at once and returns the first error.
func together(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return first(errs...)
}

func incrementsAll(ctx context.Context, s store.Store) error {
	const workers, each = 4, 25
	err := together(workers, func(int) error {
		for range each {
			if err := s.Update(ctx, increment); err != nil {
				return err
			}
		}
		return nil
	})
	return first(err, hasValue(ctx, s, "n", strconv.Itoa(workers*each)))
}

func increment(tx store.Tx) error {
	v, err := tx.Values().Get("n")
	n, _ := strconv.Atoi(string(v))
	return first(err, tx.Values().Set("n", strconv.AppendInt(nil, int64(n+1), 10)))
}

// noWriteSkew lets two workers each take their own of two places, if both are free.
func noWriteSkew(ctx context.Context, s store.Store) error {
	for round := range 20 {
		places := [2]string{fmt.Sprint("left ", round), fmt.Sprint("right ", round)}
		var taken atomic.Int32
		err := together(2, func(i int) error {
			took := false
			err := s.Update(ctx, func(tx store.Tx) error {
				left, err1 := tx.Values().Get(places[0])
				right, err2 := tx.Values().Get(places[1])
				took = len(left) == 0 && len(right) == 0
				if err1 != nil || err2 != nil || !took {
					return first(err1, err2)
				}
				return tx.Values().Set(places[i], []byte("taken"))
			})
			if took && err == nil {
				taken.Add(1)
			}
			return err
		})
		if err := first(err, differ("places taken", taken.Load(), int32(1))); err != nil {
			return err
		}
	}
	return nil
}

func oneWins(ctx context.Context, s store.Store) error {
	e := raised("a1", t0)
	if err := create(ctx, s, e); err != nil {
		return err
	}
	for range 10 {
		got, err := fetchOne(ctx, s, "a1")
		if err != nil {
			return err
		}
		var wins, conflicts atomic.Int32
		err = together(4, func(int) error {
			err := replace(ctx, s, e, got.Version)
			if errors.Is(err, store.ErrConflict) {
				conflicts.Add(1)
				return nil
			}
			wins.Add(1)
			return err
		})
		if err := first(err, differ("wins", wins.Load(), int32(1)), differ("conflicts", conflicts.Load(), int32(3))); err != nil {
			return err
		}
	}
	return nil
}

func claimersNeverShare(ctx context.Context, s store.Store) error {
	const workers, messages = 4, 60
	for i := range messages {
		id := notify.MessageID(fmt.Sprintf("m%03d", i))
		if err := enqueue(ctx, s, message(id, "a1", laneA, t0)); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	holders := map[notify.MessageID]int{}
	err := together(workers, func(i int) error {
		for turn := range messages + 1 {
			c := store.Claim{Token: fmt.Sprint(i, "/", turn), Until: after(30)}
			got, err := claim(ctx, s, laneA, t0.Add(time.Duration(turn)), c, 3)
			if err != nil || len(got) == 0 {
				return err
			}
			mu.Lock()
			for _, d := range got {
				holders[d.ID]++
			}
			mu.Unlock()
		}
		return fmt.Errorf("a claimer got a message %d times and more", messages)
	})
	if err := first(err, differ("messages claimed", len(holders), messages)); err != nil {
		return err
	}
	for id, n := range holders {
		if n != 1 {
			return fmt.Errorf("%s was claimed %d times within one lease", id, n)
		}
	}
	return nil
}

func viewsSeeWhole(ctx context.Context, s store.Store) error {
	write := func(i int) error {
		return s.Update(ctx, func(tx store.Tx) error {
			v := strconv.AppendInt(nil, int64(i), 10)
			return first(tx.Values().Set("left", v), tx.Values().Set("right", v))
		})
	}
	look := func() error {
		return s.View(ctx, func(tx store.Tx) error {
			left, err1 := tx.Values().Get("left")
			right, err2 := tx.Values().Get("right")
			return first(err1, err2, differ("left and right", string(left), string(right)))
		})
	}
	return together(4, func(worker int) error {
		for i := range 25 {
			var err error
			if worker == 0 {
				err = write(i)
			} else {
				err = look()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
