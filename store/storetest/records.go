package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill/store"
)

func recordChecks() []check {
	return []check{
		{"K1/gets each record once and leaves out unknown ones", getsEachRecord},
		{"K1/kinds are apart", kindsAreApart},
		{"K2/an ID is created once", createsRecordOnce},
		{"K2/only the wanted version is replaced", replacesWantedRecord},
		{"K2/a conflict fails the whole Update", recordConflictFailsAll},
		{"K2/of two on one version one wins", oneRecordWins},
		{"K3/every Put raises the version", putRaisesRecordVersion},
		{"K3/body and time come back as they were put", recordsAreExact},
		{"K4/lists newest first, page by page", listsRecordPages},
		{"K4/lists one kind", listsOneKind},
		{"K4/records created meanwhile do not shift a listing", recordListingDoesNotShift},
		{"K4/lists what is open, and what was since", listsByClosing},
		{"K4/a record moves when it is closed and opened again", reopenedMoves},
	}
}

// incident returns an open record.
func incident(id string) store.Record {
	return store.Record{Kind: "incident", ID: id, Body: []byte("body of " + id)}
}

// closed returns a record as it is after it was closed.
func closed(r store.Record, at time.Time) store.Record {
	r.ClosedAt = at
	return r
}

func createRecords(ctx context.Context, s store.Store, all ...store.Record) error {
	var writes []store.RecordWrite
	for _, r := range all {
		writes = append(writes, store.RecordWrite{Record: r})
	}
	return s.Update(ctx, func(tx store.Tx) error { return tx.Records().Put(writes) })
}

func replaceRecord(ctx context.Context, s store.Store, r store.Record, want store.Version) error {
	return s.Update(ctx, func(tx store.Tx) error {
		return tx.Records().Put([]store.RecordWrite{{Record: r, Want: want}})
	})
}

// fetchRecords returns the records with these IDs, sorted by ID.
func fetchRecords(ctx context.Context, s store.Store, kind string, ids ...string) (found []store.StoredRecord, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		found, err = tx.Records().Get(kind, ids)
		return err
	})
	slices.SortFunc(found, func(a, b store.StoredRecord) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// fetchRecord returns the record with the kind and the ID of another.
func fetchRecord(ctx context.Context, s store.Store, like store.Record) (store.StoredRecord, error) {
	found, err := fetchRecords(ctx, s, like.Kind, like.ID)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("Get of %s returned %d records, want 1", like.Owner(), len(found))
	}
	return append(found, store.StoredRecord{})[0], err
}

// hasRecord returns an error unless the store has the record, just so.
func hasRecord(ctx context.Context, s store.Store, want store.Record) error {
	got, err := fetchRecord(ctx, s, want)
	return first(err, sameRecord(got.Record, want))
}

// sameRecord takes a body of no bytes for none.
func sameRecord(got, want store.Record) error {
	err := differ("body of "+string(want.Owner()), string(got.Body), string(want.Body))
	got.Body, want.Body = nil, nil
	return first(err, differ("record", got, want))
}

func recordIDs(page []store.StoredRecord) []string {
	var ids []string
	for _, r := range page {
		ids = append(ids, r.ID)
	}
	return ids
}

func getsEachRecord(ctx context.Context, s store.Store) error {
	if err := createRecords(ctx, s, incident("i1"), incident("i2"), incident("i3")); err != nil {
		return err
	}
	found, err := fetchRecords(ctx, s, "incident", "i2", "unknown", "i1", "i2")
	if err := first(err, differ("IDs", recordIDs(found), []string{"i1", "i2"})); err != nil {
		return err
	}
	many := []string{"i3"} // twice, and so far apart that a store may ask for them one by one
	for i := range 100 {
		many = append(many, fmt.Sprint("unknown", i))
	}
	one, err1 := fetchRecords(ctx, s, "incident", append(many, "i3")...)
	none, err2 := fetchRecords(ctx, s, "incident")
	return first(err1, err2, differ("the one of many", recordIDs(one), []string{"i3"}),
		differ("records of no ID", len(none), 0), sameRecord(found[0].Record, incident("i1")))
}

func kindsAreApart(ctx context.Context, s store.Store) error {
	a, b := incident("x1"), closed(incident("x1"), after(1))
	b.Kind, b.Body = "postmortem", []byte("another")
	if err := createRecords(ctx, s, a, b, incident("x2")); err != nil {
		return err
	}
	none, err1 := fetchRecords(ctx, s, "postmortem", "x2")
	unknown, err2 := fetchRecords(ctx, s, "board", "x1", "x2")
	got, err3 := fetchRecord(ctx, s, a)
	a.Body = []byte("changed")
	return first(err1, err2, differ("records of another kind", len(none), 0), differ("records of a kind without any", len(unknown), 0),
		err3, replaceRecord(ctx, s, a, got.Version), hasRecord(ctx, s, a), hasRecord(ctx, s, b))
}

func createsRecordOnce(ctx context.Context, s store.Store) error {
	a := incident("i1")
	other := closed(a, after(10))
	other.Body = []byte("another")
	return first(
		createRecords(ctx, s, a),
		conflicts("creating it again", createRecords(ctx, s, incident("i2"), other), "incident:i1"),
		conflicts("creating one twice in a Put", createRecords(ctx, s, incident("i3"), incident("i2"), incident("i2")), "incident:i2"),
		hasRecord(ctx, s, a), createRecords(ctx, s, incident("i2"), incident("i3")))
}

func replacesWantedRecord(ctx context.Context, s store.Store) error {
	a := incident("i1")
	b, c := closed(a, after(1)), closed(a, after(2))
	if err := createRecords(ctx, s, a); err != nil {
		return err
	}
	got, err := fetchRecord(ctx, s, a)
	return first(err,
		replaceRecord(ctx, s, b, got.Version), hasRecord(ctx, s, b),
		conflicts("replacing an old version", replaceRecord(ctx, s, c, got.Version), "incident:i1"),
		conflicts("replacing a version to come", replaceRecord(ctx, s, c, got.Version+7), "incident:i1"),
		conflicts("replacing what does not exist", replaceRecord(ctx, s, incident("i2"), 1), "incident:i2"),
		hasRecord(ctx, s, b))
}

func recordConflictFailsAll(ctx context.Context, s store.Store) error {
	if err := createRecords(ctx, s, incident("i1")); err != nil {
		return err
	}
	err := s.Update(ctx, func(tx store.Tx) error {
		if err := tx.Values().Set("before", []byte("x")); err != nil {
			return err
		}
		_ = tx.Records().Put([]store.RecordWrite{{Record: incident("i2")}, {Record: incident("i1")}})
		_ = tx.Values().Set("behind", []byte("x"))
		return nil
	})
	found, err2 := fetchRecords(ctx, s, "incident", "i2")
	return first(conflicts("Update that forgets the conflict", err, "incident:i1"), err2,
		differ("neighbours of the conflict", len(found), 0), hasValue(ctx, s, "before", ""), hasValue(ctx, s, "behind", ""))
}

func oneRecordWins(ctx context.Context, s store.Store) error {
	r := incident("i1")
	if err := createRecords(ctx, s, r); err != nil {
		return err
	}
	for range 10 {
		got, err := fetchRecord(ctx, s, r)
		if err != nil {
			return err
		}
		var wins, conflicts atomic.Int32
		err = together(4, func(int) error {
			err := replaceRecord(ctx, s, r, got.Version)
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

func putRaisesRecordVersion(ctx context.Context, s store.Store) error {
	var last store.Version
	for i := range 5 {
		if err := replaceRecord(ctx, s, incident("i1"), last); err != nil {
			return err
		}
		got, err := fetchRecord(ctx, s, incident("i1"))
		page, _, err2 := listRecords(ctx, s, store.RecordQuery{Kind: "incident"}, 1)
		if err := first(err, err2, differ("records", len(page), 1)); err != nil {
			return err
		}
		if got.Version <= last || page[0].Version != got.Version {
			return fmt.Errorf("version after Put %d is %d, listed as %d, and was %d", i+1, got.Version, page[0].Version, last)
		}
		last = got.Version
	}
	return nil
}

// recordsAreExact puts bodies that a store might take for text, and closes a record and opens it again.
func recordsAreExact(ctx context.Context, s store.Store) error {
	bodies := []string{"\x00\xff\x00", "", `{"a": "ü"}`, " \r\n", string(make([]byte, 1<<20)), "'"}
	var last store.Version
	for i, body := range bodies {
		want := store.Record{Kind: "post mortem", ID: "ü '1'", Body: []byte(body)}
		if i%2 == 0 {
			want.ClosedAt = after(i).Add(time.Microsecond)
		}
		if err := first(replaceRecord(ctx, s, want, last), hasRecord(ctx, s, want)); err != nil {
			return err
		}
		page, _, err := listRecords(ctx, s, store.RecordQuery{Kind: want.Kind}, 1)
		if err := first(err, differ("records", len(page), 1)); err != nil {
			return err
		}
		if err := sameRecord(page[0].Record, want); err != nil {
			return err
		}
		last = page[0].Version
	}
	return nil
}

func listRecords(ctx context.Context, s store.Store, q store.RecordQuery, limit int) (page []store.StoredRecord, cursor string, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		page, cursor, err = tx.Records().List(q, limit)
		return err
	})
	return page, cursor, err
}

// listsAll returns an error unless a query lists these IDs, whatever the size of a page.
func listsAll(ctx context.Context, s store.Store, query store.RecordQuery, want ...string) error {
	for limit := 1; limit <= len(want)+1; limit++ {
		var all []string
		q := query
		for range len(want) + 1 {
			page, cursor, err := listRecords(ctx, s, q, limit)
			if err != nil {
				return err
			}
			all = append(all, recordIDs(page)...)
			if q.Cursor = cursor; cursor == "" {
				break
			}
			if len(page) != limit {
				return fmt.Errorf("a page of %d has %d and a cursor", limit, len(page))
			}
		}
		what := fmt.Sprintf("list of %+v in pages of %d", query, limit)
		if err := first(differ(what, all, want), differ("the last cursor", q.Cursor, "")); err != nil {
			return err
		}
	}
	return nil
}

func listsRecordPages(ctx context.Context, s store.Store) error {
	for _, id := range []string{"i3", "i1", "i4", "i2"} {
		if err := createRecords(ctx, s, incident(id)); err != nil {
			return err
		}
	}
	none, cursor, err := listRecords(ctx, s, store.RecordQuery{Kind: "incident"}, 0)
	page, _, err2 := listRecords(ctx, s, store.RecordQuery{Kind: "incident"}, 1)
	if err := first(err, err2, differ("records of a page", len(page), 1)); err != nil {
		return err
	}
	return first(differ("a page of 0", len(none), 0), differ("its cursor", cursor, ""),
		sameRecord(page[0].Record, incident("i4")), listsAll(ctx, s, store.RecordQuery{Kind: "incident"}, "i4", "i3", "i2", "i1"))
}

func listsOneKind(ctx context.Context, s store.Store) error {
	b, c := incident("x2"), closed(incident("x3"), after(5))
	b.Kind, c.Kind = "board", "board"
	return first(
		createRecords(ctx, s, incident("x1"), b, c, incident("x3"), closed(incident("x4"), after(5))),
		listsAll(ctx, s, store.RecordQuery{Kind: "incident"}, "x4", "x3", "x1"),
		listsAll(ctx, s, store.RecordQuery{Kind: "incident", Open: true}, "x3", "x1"),
		listsAll(ctx, s, store.RecordQuery{Kind: "incident", Since: t0}, "x4", "x3", "x1"),
		listsAll(ctx, s, store.RecordQuery{Kind: "board"}, "x3", "x2"),
		listsAll(ctx, s, store.RecordQuery{Kind: "board", Open: true}, "x2"),
		listsAll(ctx, s, store.RecordQuery{Kind: "board", Since: t0}, "x3", "x2"),
		listsAll(ctx, s, store.RecordQuery{Kind: "unknown"}))
}

func recordListingDoesNotShift(ctx context.Context, s store.Store) error {
	for _, q := range []store.RecordQuery{{Kind: "all"}, {Kind: "open", Open: true}, {Kind: "since", Since: t0}} {
		of := func(id string) store.Record { return store.Record{Kind: q.Kind, ID: id} }
		if err := createRecords(ctx, s, of("r1"), of("r2"), of("r4"), of("r5")); err != nil {
			return err
		}
		page, cursor, err := listRecords(ctx, s, q, 2)
		if err := first(err, differ("first page", recordIDs(page), []string{"r5", "r4"}),
			createRecords(ctx, s, of("r6"), closed(of("r7"), after(9)))); err != nil {
			return err
		}
		q.Cursor = cursor
		page, cursor, err = listRecords(ctx, s, q, 2)
		if err := first(err, differ("second page", recordIDs(page), []string{"r2", "r1"}), differ("cursor", cursor, "")); err != nil {
			return err
		}
	}
	return nil
}

// listsByClosing asks around the instants at which records were closed.
func listsByClosing(ctx context.Context, s store.Store) error {
	err := createRecords(ctx, s, incident("i1"), closed(incident("i2"), after(30)), closed(incident("i3"), after(10)),
		incident("i4"), closed(incident("i5"), after(20)), closed(incident("i6"), time.Unix(0, 0).UTC()))
	list := func(open bool, since time.Time, want ...string) {
		err = first(err, listsAll(ctx, s, store.RecordQuery{Kind: "incident", Open: open, Since: since}, want...))
	}
	list(false, time.Time{}, "i6", "i5", "i4", "i3", "i2", "i1")
	list(true, time.Time{}, "i4", "i1")
	list(true, after(10), "i4", "i1")
	list(false, time.Unix(0, 0).UTC(), "i6", "i5", "i4", "i3", "i2", "i1")
	list(false, after(10), "i5", "i4", "i3", "i2", "i1")
	list(false, after(10).Add(time.Microsecond), "i5", "i4", "i2", "i1")
	list(false, after(20), "i5", "i4", "i2", "i1")
	list(false, after(30), "i4", "i2", "i1")
	list(false, after(31), "i4", "i1")
	return err
}

func reopenedMoves(ctx context.Context, s store.Store) error {
	err := createRecords(ctx, s, incident("i1"), incident("i2"))
	turn := func(r store.Record, open, since []string) {
		got, err2 := fetchRecord(ctx, s, r)
		err = first(err, err2, replaceRecord(ctx, s, r, got.Version),
			listsAll(ctx, s, store.RecordQuery{Kind: "incident", Open: true}, open...),
			listsAll(ctx, s, store.RecordQuery{Kind: "incident", Since: after(15)}, since...),
			listsAll(ctx, s, store.RecordQuery{Kind: "incident"}, "i2", "i1"))
	}
	turn(closed(incident("i1"), after(10)), []string{"i2"}, []string{"i2"})
	turn(closed(incident("i1"), after(20)), []string{"i2"}, []string{"i2", "i1"})
	turn(incident("i1"), []string{"i2", "i1"}, []string{"i2", "i1"})
	turn(closed(incident("i2"), after(10)), []string{"i1"}, []string{"i1"})
	return err
}
