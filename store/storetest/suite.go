package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Run tests the stores that open returns. Each must be empty; open closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := c.run(ctx, open(t)); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("random", func(t *testing.T) { runRandom(t, open) })
}

// patience is for stores that hang where they should refuse.
const patience = time.Minute

// check tests one thing that a sentence of the contract says, on an empty store.
type check struct {
	name string // the sentence, a slash, and what of it
	run  func(ctx context.Context, s store.Store) error
}

func checks() []check {
	return slices.Concat(transactionChecks(), memoryChecks(), episodeChecks(), serviceChecks(), timelineChecks(),
		outboxChecks(), claimChecks(), revisionChecks(), recordChecks(), removalChecks(), archiveChecks(), concurrencyChecks())
}

// t0 is when everything here begins.
var t0 = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// after returns the time that many seconds after t0.
func after(seconds int) time.Time { return t0.Add(time.Duration(seconds) * time.Second) }

// differ returns an error unless got equals want.
func differ(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
}

// refused returns an error unless err is want.
func refused(what string, err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("%s: got error %v, want %v", what, err, want)
}

// conflicts returns an error unless err is a conflict that names the owner.
func conflicts(what string, err error, of timeline.Owner) error {
	var conflict *store.ConflictError
	if errors.As(err, &conflict) && conflict.Of == of {
		return refused(what, err, store.ErrConflict)
	}
	return fmt.Errorf("%s: got error %v, want a conflict of %s", what, err, of)
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// errStop is what a check makes fn return.
var errStop = errors.New("storetest: stop")
