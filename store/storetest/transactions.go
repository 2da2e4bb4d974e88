package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/watchbill/watchbill/store"
)

func transactionChecks() []check {
	return []check{
		{"T1/a view does not show what commits meanwhile", viewIsSnapshot},
		{"T2/what fn did is committed", updateCommits},
		{"T2/an error rolls everything back", errorRollsBack},
		{"T2/a panic rolls everything back", panicRollsBack},
		{"T3/nothing of an earlier run of fn remains", onlyLastRunRemains},
		{"T5/a transaction inside fn is refused", nestedIsRefused},
		{"T6/a write inside View is refused", viewRefusesWrites},
		{"T7/a context that is done refuses", doneContextRefuses},
		{"T7/a context that ends inside fn commits all or nothing", contextEndsInside},
		{"T12/a transaction is over when fn has returned", txIsOver},
		{"T12/a closed store refuses", closedRefuses},
	}
}

// viewIsSnapshot lets an Update try to commit during a View. A store that runs one transaction at a time makes the
// Update wait, until its context gives up.
func viewIsSnapshot(ctx context.Context, s store.Store) error {
	if err := setValue(ctx, s, "a", "old"); err != nil {
		return err
	}
	return s.View(ctx, func(tx store.Tx) error {
		before, err := tx.Values().Get("a")
		if err != nil {
			return err
		}
		done := make(chan error)
		go func() {
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			done <- setValue(short, s, "a", "new")
		}()
		if err := <-done; err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		now, err := tx.Values().Get("a")
		return first(err, differ("first read", string(before), "old"), differ("second read", string(now), "old"))
	})
}

func updateCommits(ctx context.Context, s store.Store) error {
	_, out := opened("a1", "k", t0)
	return first(s.Update(ctx, writeEverything), contents(ctx, s, 1, len(out.Entries), len(out.Send)))
}

// contents returns an error unless the store has that much of what writeEverything writes.
func contents(ctx context.Context, s store.Store, one, entries, messages int) error {
	return s.View(ctx, func(tx store.Tx) error {
		found, err1 := tx.Episodes().Get(ids("a1"))
		lines, err2 := tx.Timeline().Read("a1", 0, 100)
		lanes, err3 := tx.Outbox().Lanes(t0)
		_, err4 := tx.Revisions().Latest()
		if one == 0 && errors.Is(err4, store.ErrNotFound) {
			err4 = nil
		}
		v, err5 := tx.Values().Get("a")
		records, err6 := tx.Records().Get("incident", []string{"i1"})
		return first(err1, err2, err3, err4, err5, err6,
			differ("episodes", len(found), one),
			differ("timeline entries", len(lines), entries),
			differ("lanes", len(lanes), messages), // each message has a lane of its own
			differ("value", len(v), one),
			differ("records", len(records), one))
	})
}

func errorRollsBack(ctx context.Context, s store.Store) error {
	err := s.Update(ctx, func(tx store.Tx) error {
		if err := writeEverything(tx); err != nil {
			return err
		}
		return errStop
	})
	if err != errStop {
		return fmt.Errorf("Update returned %v, not the very error of fn", err)
	}
	return contents(ctx, s, 0, 0, 0)
}

func writeEverything(tx store.Tx) error {
	e, out := opened("a1", "k", t0)
	_, err := tx.Revisions().Add(t0, []byte("config"))
	return first(err,
		tx.Episodes().Put([]store.Write{{Episode: e}}),
		tx.Timeline().Append("a1", out.Entries),
		tx.Outbox().Enqueue(deliveries(out, t0)),
		tx.Values().Set("a", []byte("b")),
		tx.Records().Put([]store.RecordWrite{{Record: incident("i1")}}))
}

func panicRollsBack(ctx context.Context, s store.Store) (err error) {
	func() {
		defer func() {
			if r := recover(); r != errStop {
				err = fmt.Errorf("recovered %v, not what fn panicked with", r)
			}
		}()
		err = s.Update(ctx, func(tx store.Tx) error {
			if err := writeEverything(tx); err != nil {
				return err
			}
			panic(errStop)
		})
	}()
	return first(err, contents(ctx, s, 0, 0, 0), setValue(ctx, s, "b", "after the panic"))
}

func onlyLastRunRemains(ctx context.Context, s store.Store) error {
	runs := 0
	err := s.Update(ctx, func(tx store.Tx) error {
		runs++
		before, err := tx.Values().Get("list")
		return first(err, tx.Values().Set("list", fmt.Append(before, runs, ";")))
	})
	return first(err, hasValue(ctx, s, "list", fmt.Sprint(runs, ";")))
}

func nestedIsRefused(ctx context.Context, s store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // for a store that waits for itself
	defer cancel()
	nothing := func(store.Tx) error { return nil }
	type transaction = func(context.Context, func(store.Tx) error) error
	for outerName, outer := range map[string]transaction{"View": s.View, "Update": s.Update} {
		for innerName, inner := range map[string]transaction{"View": s.View, "Update": s.Update} {
			err := outer(ctx, func(store.Tx) error { return inner(ctx, nothing) })
			if err := refused(innerName+" inside "+outerName, err, store.ErrNested); err != nil {
				return err
			}
		}
	}
	return first(s.View(ctx, nothing), s.Update(ctx, nothing))
}

func viewRefusesWrites(ctx context.Context, s store.Store) error {
	e, out := opened("a1", "k", t0)
	writes := map[string]func(tx store.Tx) error{
		"Put":        func(tx store.Tx) error { return tx.Episodes().Put([]store.Write{{Episode: e}}) },
		"Rewind":     func(tx store.Tx) error { _, err := tx.Episodes().Admin().Rewind(t0); return err },
		"Quarantine": func(tx store.Tx) error { return tx.Episodes().Admin().Quarantine("a1") },
		"Append":     func(tx store.Tx) error { return tx.Timeline().Append("a1", out.Entries) },
		"Enqueue":    func(tx store.Tx) error { return tx.Outbox().Enqueue(deliveries(out, t0)) },
		"Claim": func(tx store.Tx) error {
			_, err := tx.Outbox().Claim(out.Send[0].Lane, t0, store.Claim{Token: "t", Until: after(30)}, 1)
			return err
		},
		"Settle": func(tx store.Tx) error { return tx.Outbox().Settle([]store.Settlement{{ID: "m", Token: "t"}}) },
		"Cancel": func(tx store.Tx) error { return tx.Outbox().Cancel("a1", nil) },
		"Add":    func(tx store.Tx) error { _, err := tx.Revisions().Add(t0, []byte("c")); return err },
		"Set":    func(tx store.Tx) error { return tx.Values().Set("a", []byte("b")) },
		"Put of a record": func(tx store.Tx) error {
			return tx.Records().Put([]store.RecordWrite{{Record: incident("i1")}})
		},
		"Remove":                func(tx store.Tx) error { return tx.Episodes().Admin().Remove(ids("a1")) },
		"Replace":               func(tx store.Tx) error { return tx.Timeline().Replace("a1", out.Entries) },
		"Replace of a revision": func(tx store.Tx) error { return tx.Revisions().Replace(1, []byte("c")) },
		"Remove of a record":    func(tx store.Tx) error { return tx.Records().Remove("incident", []string{"i1"}) },
	}
	for name, write := range writes {
		var err error
		_ = s.View(ctx, func(tx store.Tx) error {
			err = write(tx)
			return nil
		})
		if err := refused(name, err, store.ErrReadOnly); err != nil {
			return err
		}
	}
	return contents(ctx, s, 0, 0, 0)
}

func doneContextRefuses(ctx context.Context, s store.Store) error {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithDeadline(ctx, time.Unix(0, 0))
	defer cancel()
	return first(
		refused("View", s.View(cancelled, func(store.Tx) error { return nil }), context.Canceled),
		refused("Update", setValue(cancelled, s, "a", "b"), context.Canceled),
		refused("Update", setValue(late, s, "a", "b"), context.DeadlineExceeded),
		hasValue(ctx, s, "a", ""))
}

func contextEndsInside(ctx context.Context, s store.Store) error {
	cancelled, cancel := context.WithCancel(ctx)
	err := s.Update(cancelled, func(tx store.Tx) error {
		if err := tx.Values().Set("a", []byte("1")); err != nil {
			return err
		}
		cancel()
		_ = tx.Values().Set("b", []byte("1")) // may be refused already
		return nil
	})
	a, errA := value(ctx, s, "a")
	b, errB := value(ctx, s, "b")
	return first(refused("Update", err, context.Canceled), errA, errB, differ("a and b", a, b))
}

func txIsOver(ctx context.Context, s store.Store) error {
	var kept store.Tx
	keep := func(tx store.Tx) error { kept = tx; return nil }
	if err := s.Update(ctx, keep); err != nil {
		return err
	}
	_, err := kept.Values().Get("a")
	if err := first(refused("Get after Update", err, store.ErrClosed),
		refused("Set after Update", kept.Values().Set("a", []byte("b")), store.ErrClosed)); err != nil {
		return err
	}
	if err := s.View(ctx, keep); err != nil {
		return err
	}
	_, _, err = kept.Episodes().Due(t0, 1)
	_, err2 := kept.Records().Get("incident", []string{"i1"})
	return first(refused("Due after View", err, store.ErrClosed), refused("Get of a record after View", err2, store.ErrClosed))
}

func closedRefuses(ctx context.Context, s store.Store) error {
	c, ok := s.(io.Closer)
	if !ok {
		return nil // such a store cannot be closed
	}
	if err := c.Close(); err != nil {
		return err
	}
	return first(
		refused("View", s.View(ctx, func(store.Tx) error { return nil }), store.ErrClosed),
		refused("Update", s.Update(ctx, func(store.Tx) error { return nil }), store.ErrClosed))
}
