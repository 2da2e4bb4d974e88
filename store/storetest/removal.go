package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

func removalChecks() []check {
	return []check{
		{"E10/the resolved ones by their latest entry, up to a limit", endedInOrder},
		{"E10/one that was opened again has not ended", reopenedNotEnded},
		{"E11/removes an episode with its timeline and messages", removesEpisodes},
		{"E11/the newest of a key is the one that is left", newestIsLeft},
		{"E11/unknown ones are left out, and an ID that was removed begins anew", removesKnown},
		{"L3/replaces the entries with those numbers", replacesEntries},
		{"L3/a number that is not there fails the whole Update", replacesKnown},
		{"R5/replaces the content and nothing else", replacesRevision},
		{"K5/what was closed before, the one closed first first", listsClosedBefore},
		{"K6/removes records with their timelines", removesRecords},
	}
}

func ended(ctx context.Context, s store.Store, before time.Time, limit int) (ended []watchbill.AlertID, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		ended, err = tx.Episodes().Admin().Ended(before, limit)
		return err
	})
	return ended, err
}

func remove(ctx context.Context, s store.Store, ids ...watchbill.AlertID) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Episodes().Admin().Remove(ids) })
}

// resolved returns an episode that was opened at t0 and resolved at an instant.
func resolved(id watchbill.AlertID, at time.Time) episode.Episode {
	return stepped(raised(id, t0), at, episode.Resolve{By: "ada"})
}

func endedInOrder(ctx context.Context, s store.Store) error {
	acknowledged := stepped(raised("a6", t0), after(1), episode.Acknowledge{By: "ada"})
	err := create(ctx, s, resolved("a4", after(10)), resolved("a1", after(20)), resolved("a3", after(10)), raised("a2", t0),
		resolved("a5", after(5)), acknowledged, resolved("a7", after(30)))
	if err := first(err, quarantine(ctx, s, "a5")); err != nil {
		return err
	}
	for _, c := range []struct {
		before time.Time
		limit  int
		want   []watchbill.AlertID
	}{
		{after(10), 9, nil},
		{after(10).Add(time.Microsecond), 9, ids("a3", "a4")},
		{after(20), 9, ids("a3", "a4")},
		{after(99), 9, ids("a3", "a4", "a1", "a7")},
		{after(99), 3, ids("a3", "a4", "a1")},
		{after(99), 0, nil},
	} {
		got, err := ended(ctx, s, c.before, c.limit)
		what := fmt.Sprintf("%d that ended before %s", c.limit, c.before)
		if err := first(err, differ(what, append([]watchbill.AlertID(nil), got...), c.want)); err != nil {
			return err
		}
	}
	return nil
}

func reopenedNotEnded(ctx context.Context, s store.Store) error {
	open, over := raised("a1", t0), resolved("a1", after(10))
	for version, e := range []episode.Episode{open, over, open} {
		var want []watchbill.AlertID
		if !e.Alert.State.Open() {
			want = ids("a1")
		}
		got, err := fetch(ctx, s, "a1")
		var now store.Version
		for _, st := range got {
			now = st.Version
		}
		err2 := replace(ctx, s, e, now)
		all, err3 := ended(ctx, s, after(99), 9)
		if err := first(err, err2, err3, differ(fmt.Sprint("ended after Put ", version+1), append([]watchbill.AlertID(nil), all...), want)); err != nil {
			return err
		}
	}
	return nil
}

func removesEpisodes(ctx context.Context, s store.Store) error {
	a, outA := opened("a1", "k1", t0)
	b, outB := opened("a2", "k2", t0)
	lane := outA.Send[0].Lane
	err := s.Update(ctx, func(tx store.Tx) error {
		return first(tx.Episodes().Put([]store.Write{{Episode: a}, {Episode: b}, {Episode: resolved("a3", after(9))}}),
			tx.Timeline().Append("a1", outA.Entries), tx.Timeline().Append("a2", outB.Entries), tx.Timeline().Append("a3", lines(1, 2)),
			tx.Outbox().Enqueue(deliveries(outA, t0)), tx.Outbox().Enqueue(deliveries(outB, t0)))
	})
	if _, err2 := claim(ctx, s, lane, t0, store.Claim{Token: "t", Until: after(30)}, 1); first(err, err2) != nil {
		return first(err, err2)
	}
	if err := remove(ctx, s, "a1", "a3"); err != nil {
		return err
	}
	found, err1 := fetch(ctx, s, "a1", "a2", "a3")
	all, err2 := listAll(ctx, s, store.Query{}, 9)
	gone1, err3 := read(ctx, s, "a1", 0, 99)
	gone3, err4 := read(ctx, s, "a3", 0, 99)
	left, err5 := read(ctx, s, "a2", 0, 99)
	dueNow, _, err6 := due(ctx, s, after(1e6), 9)
	over, err7 := ended(ctx, s, after(1e6), 9)
	got, err8 := claim(ctx, s, lane, after(60), store.Claim{Token: "u", Until: after(90)}, 9)
	return first(err1, err2, err3, err4, err5, err6, err7, err8,
		differ("episodes", alertIDs(found), ids("a2")), differ("listed", all, ids("a2")),
		differ("entries of a1 and a3", len(gone1)+len(gone3), 0), differ("entries of a2", left, outB.Entries),
		differ("due", dueNow, ids("a2")), differ("ended", len(over), 0),
		differ("messages", messageIDs(got), messageIDs(deliveries(outB, t0)[:1])))
}

func newestIsLeft(ctx context.Context, s store.Store) error {
	for i, id := range ids("a1", "a2", "a3") {
		e, _ := opened(id, "k", after(i))
		if err := create(ctx, s, e); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		remove, want []watchbill.AlertID
	}{{ids("a3"), ids("a2")}, {ids("a1"), ids("a2")}, {ids("a2"), nil}} {
		err := remove(ctx, s, step.remove...)
		found, err2 := newest(ctx, s, "k")
		if err := first(err, err2, differ(fmt.Sprint("newest after ", step.remove), alertIDs(found), step.want)); err != nil {
			return err
		}
	}
	return nil
}

func removesKnown(ctx context.Context, s store.Store) error {
	of := incident("i1").Owner()
	err := first(create(ctx, s, raised("a1", t0), raised("a2", t0)), createRecords(ctx, s, incident("i1")),
		appendTo(ctx, s, of, lines(1, 2)...), appendTo(ctx, s, "a1", lines(1, 3)...), quarantine(ctx, s, "a2"))
	if err := first(err, remove(ctx, s), remove(ctx, s, "unknown", "a1", watchbill.AlertID(of), "a1", "a2")); err != nil {
		return err
	}
	again := raised("a1", after(50))
	err = s.Update(ctx, func(tx store.Tx) error {
		c, err := tx.Episodes().Admin().Count()
		return first(err, differ("counts", c, store.Counts{}), tx.Episodes().Put([]store.Write{{Episode: again}}),
			tx.Timeline().Append("a1", lines(1, 1)))
	})
	entries, err2 := read(ctx, s, of, 0, 99)
	found, err3 := fetch(ctx, s, "a1", "a2")
	return first(err, err2, err3, differ("entries of a record", entries, lines(1, 2)),
		differ("episodes", alertIDs(found), ids("a1")), isStored(ctx, s, again))
}

func replaceLines(ctx context.Context, s store.Store, of timeline.Owner, entries ...timeline.Entry) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Timeline().Replace(of, entries) })
}

// told returns entries with these numbers that say something else.
func told(numbers ...int64) (all []timeline.Entry) {
	for _, n := range numbers {
		e := lines(n, n)[0]
		e.Actor, e.Via, e.Data = "user:somebody", "key", []byte(`{"n":"not told"}`)
		all = append(all, e)
	}
	return all
}

func replacesEntries(ctx context.Context, s store.Store) error {
	for _, part := range [][]timeline.Entry{lines(1, 3), lines(4, 4), lines(5, 9)} {
		if err := first(appendTo(ctx, s, "a1", part...), appendTo(ctx, s, "a2", part...)); err != nil {
			return err
		}
	}
	given := told(2, 3, 4, 9)
	err := s.Update(ctx, func(tx store.Tx) error {
		err := first(tx.Timeline().Replace("a1", given), tx.Timeline().Replace("a1", nil))
		given[0].Data[2] = 'X' // what is stored does not change by that
		return err
	})
	if err := first(err, replaceLines(ctx, s, "a1", told(7, 6, 1)...), appendTo(ctx, s, "a1", lines(10, 10)...)); err != nil {
		return err
	}
	want := append(append(append(told(1, 2, 3, 4), lines(5, 5)...), told(6, 7)...), lines(8, 8)...)
	want = append(append(want, told(9)...), lines(10, 10)...)
	got, err1 := read(ctx, s, "a1", 0, 99)
	other, err2 := read(ctx, s, "a2", 0, 99)
	return first(err1, err2, differ("entries", got, want),
		differ("entries of another", other, lines(1, 9)))
}

func replacesKnown(ctx context.Context, s store.Store) error {
	if err := appendTo(ctx, s, "a1", lines(1, 3)...); err != nil {
		return err
	}
	for _, numbers := range [][]int64{{0}, {4}, {2, 4}, {3, 0}, {-1}} {
		err := s.Update(ctx, func(tx store.Tx) error {
			_ = tx.Values().Set("v", []byte("x"))
			_ = tx.Timeline().Replace("a1", told(numbers...))
			return nil
		})
		if err := refused(fmt.Sprint("Update that forgets that ", numbers, " are not there"), err, store.ErrNotFound); err != nil {
			return err
		}
	}
	got, err := read(ctx, s, "a1", 0, 99)
	return first(err, differ("entries", got, lines(1, 3)), hasValue(ctx, s, "v", ""),
		refused("Replace of an unknown owner", replaceLines(ctx, s, "unknown", told(1)...), store.ErrNotFound))
}

func replacesRevision(ctx context.Context, s store.Store) error {
	for i, at := range []int{10, 30, 20} {
		if _, err := add(ctx, s, after(at), fmt.Sprint("config ", i+1)); err != nil {
			return err
		}
	}
	given := []byte("without a name")
	err := s.Update(ctx, func(tx store.Tx) error {
		err := tx.Revisions().Replace(2, given)
		given[0] = 'X'
		return first(err, refused("a number too high", tx.Revisions().Replace(4, given), store.ErrNotFound),
			refused("a number too low", tx.Revisions().Replace(0, given), store.ErrNotFound))
	})
	if err != nil {
		return err
	}
	for number, want := range map[int64]string{1: "config 1", 2: "without a name", 3: "config 3"} {
		got, err := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.Get(number) })
		if err := first(err, differ(fmt.Sprint("revision ", number), string(got.Config), want)); err != nil {
			return err
		}
	}
	then, err1 := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.At(after(15)) })
	second, err2 := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.Get(2) })
	return first(err1, err2, differ("the one at an instant", then.Number, int64(1)),
		differ("effective", second.EffectiveAt, after(30)))
}

func listsClosedBefore(ctx context.Context, s store.Store) error {
	other := closed(incident("i9"), after(1))
	other.Kind = "board"
	err := createRecords(ctx, s, incident("i1"), closed(incident("i2"), after(30)), closed(incident("i5"), after(10)),
		incident("i4"), closed(incident("i3"), after(10)), closed(incident("i6"), time.Unix(0, 0).UTC()), other)
	for _, c := range []struct {
		before time.Time
		limit  int
		want   []string
	}{
		{after(10), 9, []string{"i6"}},
		{after(10).Add(time.Microsecond), 9, []string{"i6", "i3", "i5"}},
		{after(99), 9, []string{"i6", "i3", "i5", "i2"}},
		{after(99), 2, []string{"i6", "i3"}},
		{after(99), 0, nil},
		{time.Unix(-1, 0), 9, nil},
	} {
		page, cursor, err2 := listRecords(ctx, s, store.RecordQuery{Kind: "incident", Before: c.before}, c.limit)
		what := fmt.Sprintf("%d closed before %s", c.limit, c.before)
		err = first(err, err2, differ(what, recordIDs(page), c.want), differ("cursor", cursor, ""))
		for _, r := range page {
			err = first(err, hasRecord(ctx, s, r.Record))
		}
	}
	return err
}

func removesRecords(ctx context.Context, s store.Store) error {
	other := incident("i1")
	other.Kind = "board"
	shut := closed(incident("i3"), after(5))
	err := first(createRecords(ctx, s, incident("i1"), incident("i2"), shut, other), create(ctx, s, raised("i1", t0)))
	for _, of := range []timeline.Owner{"i1", incident("i1").Owner(), incident("i2").Owner(), shut.Owner(), other.Owner(), incident("none").Owner()} {
		err = first(err, appendTo(ctx, s, of, lines(1, 2)...))
	}
	if err != nil {
		return err
	}
	err = s.Update(ctx, func(tx store.Tx) error {
		return first(tx.Records().Remove("incident", []string{"i3", "unknown", "i1", "i3", "none"}),
			tx.Records().Remove("unknown", []string{"i2"}), tx.Records().Remove("board", nil))
	})
	if err := first(err, listsAll(ctx, s, store.RecordQuery{Kind: "incident"}, "i2"),
		listsAll(ctx, s, store.RecordQuery{Kind: "incident", Since: t0}, "i2"), hasRecord(ctx, s, other)); err != nil {
		return err
	}
	left := map[timeline.Owner]int{"i1": 2, incident("i1").Owner(): 0, incident("i2").Owner(): 2, shut.Owner(): 0, other.Owner(): 2, incident("none").Owner(): 2}
	for of, want := range left {
		entries, err := read(ctx, s, of, 0, 9)
		if err := first(err, differ("entries of "+string(of), len(entries), want)); err != nil {
			return err
		}
	}
	return first(createRecords(ctx, s, shut), appendTo(ctx, s, shut.Owner(), lines(1, 1)...), hasRecord(ctx, s, shut))
}
