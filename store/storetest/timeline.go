package storetest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

func timelineChecks() []check {
	return []check{
		{"L1/numbers go on without a hole", appendContinues},
		{"L1/a conflict fails the whole Update", appendFailsAll},
		{"L1/an alert and records of one ID go on apart", ownersAreApart},
		{"L2/reads what comes after a number, up to a limit", readsAfter},
		{"L2/entries come back as they were", entriesAreExact},
	}
}

// lines returns entries with these numbers.
func lines(from, to int64) []timeline.Entry {
	var all []timeline.Entry
	for n := from; n <= to; n++ {
		all = append(all, timeline.Entry{Seq: n, At: after(int(n)), Actor: timeline.Engine, Kind: "ticked",
			Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))})
	}
	return all
}

func appendContinues(ctx context.Context, s store.Store) error {
	twisted := append(lines(8, 8), lines(7, 7)...)
	err := first(
		appendTo(ctx, s, "a1", lines(1, 3)...),
		appendTo(ctx, s, "a1"),
		appendTo(ctx, s, "a1", lines(4, 4)...),
		appendTo(ctx, s, "a2", lines(1, 1)...),
		conflicts("a number that exists", appendTo(ctx, s, "a1", lines(4, 4)...), "a1"),
		conflicts("some numbers that exist", appendTo(ctx, s, "a1", lines(3, 6)...), "a1"),
		conflicts("a hole", appendTo(ctx, s, "a1", lines(6, 6)...), "a1"),
		conflicts("a hole inside", appendTo(ctx, s, "a1", append(lines(5, 5), lines(7, 7)...)...), "a1"),
		conflicts("a first number of 2", appendTo(ctx, s, "a3", lines(2, 2)...), "a3"),
		conflicts("a first number of 0", appendTo(ctx, s, "a3", lines(0, 1)...), "a3"),
		appendTo(ctx, s, "a1", lines(5, 6)...),
		conflicts("numbers out of order", appendTo(ctx, s, "a1", twisted...), "a1"))
	got, err2 := read(ctx, s, "a1", 0, 99)
	return first(err, err2, differ("entries", got, lines(1, 6)))
}

func appendFailsAll(ctx context.Context, s store.Store) error {
	if err := appendTo(ctx, s, "a1", lines(1, 1)...); err != nil {
		return err
	}
	err := s.Update(ctx, func(tx store.Tx) error {
		_ = tx.Timeline().Append("a2", lines(1, 1))
		_ = tx.Timeline().Append("a1", lines(1, 1))
		return nil
	})
	got, err2 := read(ctx, s, "a2", 0, 99)
	return first(conflicts("Update that forgets the conflict", err, "a1"), err2, differ("entries of a neighbour", len(got), 0))
}

func ownersAreApart(ctx context.Context, s store.Store) error {
	owners := []timeline.Owner{
		timeline.Alert("x1"), timeline.Record("incident", "x1"), timeline.Record("postmortem", "x1"), timeline.Record("incident", "x2")}
	for i, of := range owners {
		n := int64(i + 1)
		if err := first(appendTo(ctx, s, of, lines(1, n)...), appendTo(ctx, s, of, lines(n+1, n+1)...)); err != nil {
			return err
		}
	}
	for i, of := range owners {
		n := int64(i + 2)
		got, err := read(ctx, s, of, 0, 99)
		if err := first(err, differ("entries of "+string(of), got, lines(1, n)),
			conflicts("a number that exists", appendTo(ctx, s, of, lines(n, n)...), of)); err != nil {
			return err
		}
	}
	return nil
}

func readsAfter(ctx context.Context, s store.Store) error {
	for _, part := range [][]timeline.Entry{lines(1, 3), lines(4, 4), lines(5, 9)} {
		if err := appendTo(ctx, s, "a1", part...); err != nil {
			return err
		}
	}
	for from := range int64(11) {
		for limit := range 11 {
			to := min(from+int64(limit), 9)
			got, err := read(ctx, s, "a1", from, limit)
			if err := first(err, differ(fmt.Sprintf("%d entries after %d", limit, from), append([]timeline.Entry(nil), got...), lines(from+1, to))); err != nil {
				return err
			}
		}
	}
	got, err := read(ctx, s, "unknown", 0, 9)
	return first(err, differ("entries of an unknown alert", len(got), 0))
}

func entriesAreExact(ctx context.Context, s store.Store) error {
	_, out := opened("a1", "k", t0)
	odd := timeline.Entry{Seq: int64(len(out.Entries) + 1), At: after(1), Actor: "user:ada", Via: `key "x"`, Kind: "acknowledged"}
	want := append(out.Entries, odd)
	err := appendTo(ctx, s, "a1", want...)
	got, err2 := read(ctx, s, "a1", 0, 99)
	return first(err, err2, differ("entries", got, want))
}
