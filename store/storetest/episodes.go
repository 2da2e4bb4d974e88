package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

func episodeChecks() []check {
	return []check{
		{"E1/gets each episode once and leaves out unknown ones", getsEach},
		{"E2/an ID is created once", createsOnce},
		{"E2/only the wanted version is replaced", replacesWanted},
		{"E2/a conflict fails the whole Update", conflictFailsAll},
		{"E3/every Put raises the version", putRaisesVersion},
		{"E4/the newest of each key", newestOfKey},
		{"E4/ties go to the greater ID", newestTies},
		{"E5/due in order, up to a limit, with the next wake-up", dueInOrder},
		{"E5/a resolved episode is never due", resolvedNeverDue},
		{"E6/lists newest first, page by page", listsPages},
		{"E6/alerts opened meanwhile do not shift a listing", listingDoesNotShift},
		{"E6/lists by state and service", listsByQuery},
	}
}

func getsEach(ctx context.Context, s store.Store) error {
	a, b := raised("a1", t0), raised("a2", t0)
	if err := create(ctx, s, a, b); err != nil {
		return err
	}
	found, err := fetch(ctx, s, "a2", "unknown", "a1", "a2")
	if err := first(err, differ("IDs", alertIDs(found), ids("a1", "a2"))); err != nil {
		return err
	}
	none, err := fetch(ctx, s)
	return first(err, differ("episodes of no ID", len(none), 0), differ("a1", encoded(found[0].Episode), encoded(a)),
		found[0].Err, differ("quarantined", found[0].Quarantined, false))
}

func createsOnce(ctx context.Context, s store.Store) error {
	a := raised("a1", t0)
	other := raised("a1", after(10))
	return first(
		create(ctx, s, a),
		conflicts("creating it again", create(ctx, s, raised("a2", t0), other), "a1"),
		conflicts("creating one twice in a Put", create(ctx, s, raised("a3", t0), raised("a2", t0), raised("a2", t0)), "a2"),
		isStored(ctx, s, a))
}

func isStored(ctx context.Context, s store.Store, e episode.Episode) error {
	got, err := fetchOne(ctx, s, e.Alert.ID)
	return first(err, differ("stored episode", encoded(got.Episode), encoded(e)))
}

func replacesWanted(ctx context.Context, s store.Store) error {
	a := raised("a1", t0)
	b := stepped(a, after(1), episode.Acknowledge{By: "ada"})
	c := stepped(b, after(2), episode.Resolve{By: "ada"})
	if err := create(ctx, s, a); err != nil {
		return err
	}
	got, err := fetchOne(ctx, s, "a1")
	return first(err,
		replace(ctx, s, b, got.Version), isStored(ctx, s, b),
		conflicts("replacing an old version", replace(ctx, s, c, got.Version), "a1"),
		conflicts("replacing a version to come", replace(ctx, s, c, got.Version+7), "a1"),
		conflicts("replacing what does not exist", replace(ctx, s, raised("a2", t0), 1), "a2"),
		isStored(ctx, s, b))
}

func conflictFailsAll(ctx context.Context, s store.Store) error {
	if err := create(ctx, s, raised("a1", t0)); err != nil {
		return err
	}
	err := s.Update(ctx, func(tx store.Tx) error {
		if err := tx.Values().Set("before", []byte("x")); err != nil {
			return err
		}
		_ = tx.Episodes().Put([]store.Write{{Episode: raised("a2", t0)}, {Episode: raised("a1", t0)}})
		_ = tx.Values().Set("behind", []byte("x"))
		return nil
	})
	found, err2 := fetch(ctx, s, "a2")
	return first(conflicts("Update that forgets the conflict", err, "a1"), err2,
		differ("neighbours of the conflict", len(found), 0), hasValue(ctx, s, "before", ""), hasValue(ctx, s, "behind", ""))
}

func putRaisesVersion(ctx context.Context, s store.Store) error {
	e := raised("a1", t0)
	var last store.Version
	for i := range 5 {
		if err := replace(ctx, s, e, last); err != nil {
			return err
		}
		got, err := fetchOne(ctx, s, "a1")
		if err != nil {
			return err
		}
		if got.Version <= last {
			return fmt.Errorf("version after Put %d is %d, and was %d", i+1, got.Version, last)
		}
		last = got.Version
	}
	return nil
}

func newest(ctx context.Context, s store.Store, keys ...alert.DedupKey) (found []store.Stored, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		found, err = tx.Episodes().Newest(refs(keys...))
		return err
	})
	slices.SortFunc(found, func(a, b store.Stored) int { return a.Episode.Alert.CreatedAt.Compare(b.Episode.Alert.CreatedAt) })
	return found, err
}

func newestOfKey(ctx context.Context, s store.Store) error {
	a, _ := opened("a1", "one", after(30))
	b, _ := opened("a2", "one", after(10)) // a greater ID, created earlier
	c, _ := opened("a3", "two", after(50))
	other := c
	other.Alert.ID, other.Alert.Source = "a4", "elsewhere"
	if err := create(ctx, s, a, b, c, other); err != nil {
		return err
	}
	found, err := newest(ctx, s, "one", "unknown", "two", "one")
	if err := first(err, differ("IDs", alertIDs(found), ids("a1", "a3"))); err != nil {
		return err
	}
	resolved := stepped(a, after(60), episode.Resolve{By: "ada"})
	if err := replace(ctx, s, resolved, found[0].Version); err != nil {
		return err
	}
	found, err = newest(ctx, s, "one")
	return first(err, differ("IDs", alertIDs(found), ids("a1")),
		differ("the resolved one", encoded(found[0].Episode), encoded(resolved)))
}

func newestTies(ctx context.Context, s store.Store) error {
	for _, id := range ids("a2", "a3", "a1") {
		e, _ := opened(id, "k", t0)
		if err := create(ctx, s, e); err != nil {
			return err
		}
	}
	found, err := newest(ctx, s, "k")
	return first(err, differ("IDs", alertIDs(found), ids("a3")))
}

func due(ctx context.Context, s store.Store, now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		due, next, err = tx.Episodes().Due(now, limit)
		return err
	})
	return due, next, err
}

func dueInOrder(ctx context.Context, s store.Store) error {
	for i, id := range ids("a5", "a1", "a4", "a2", "a3") {
		if err := create(ctx, s, raised(id, after(i/2))); err != nil { // some at the same time
			return err
		}
	}
	wake := raised("x", t0).WakeAt()
	at := func(seconds int) time.Time { return wake.Add(time.Duration(seconds) * time.Second) }
	none, next0, err0 := due(ctx, s, wake.Add(-time.Microsecond), 9)
	two, next1, err1 := due(ctx, s, wake, 9)
	all, next2, err2 := due(ctx, s, at(5), 9)
	some, next3, err3 := due(ctx, s, at(1), 3)
	no, next4, err4 := due(ctx, s, at(0), 0)
	return first(err0, err1, err2, err3, err4,
		differ("due too early", len(none), 0), differ("next", next0, wake),
		differ("due", two, ids("a1", "a5")), differ("next", next1, at(1)),
		differ("due at last", all, ids("a1", "a5", "a2", "a4", "a3")), differ("next", next2, time.Time{}),
		differ("due, at most 3", some, ids("a1", "a5", "a2")), differ("next", next3, at(2)),
		differ("due, at most 0", len(no), 0), differ("next", next4, at(1)))
}

func resolvedNeverDue(ctx context.Context, s store.Store) error {
	e := raised("a1", t0)
	over := stepped(e, after(1), episode.Resolve{By: "ada"})
	over.Ladders = e.Ladders // as if something were left that wakes
	if err := create(ctx, s, over, raised("a2", t0)); err != nil {
		return err
	}
	got, next, err := due(ctx, s, after(1e6), 9)
	return first(err, differ("due", got, ids("a2")), differ("next", next, time.Time{}))
}

func list(ctx context.Context, s store.Store, q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		page, cursor, err = tx.Episodes().List(q, limit)
		return err
	})
	return page, cursor, err
}

// listAll lists page by page and returns the IDs.
func listAll(ctx context.Context, s store.Store, q store.Query, limit int) (all []watchbill.AlertID, err error) {
	for range 100 {
		page, cursor, err := list(ctx, s, q, limit)
		if all = append(all, alertIDs(page)...); err != nil || cursor == "" {
			return all, err
		}
		if len(page) != limit {
			return nil, fmt.Errorf("a page of %d has %d and a cursor", limit, len(page))
		}
		q.Cursor = cursor
	}
	return nil, errors.New("the cursors do not come to an end")
}

func listsPages(ctx context.Context, s store.Store) error {
	for _, id := range ids("a3", "a1", "a4", "a2") {
		if err := create(ctx, s, raised(id, t0)); err != nil {
			return err
		}
	}
	want := ids("a4", "a3", "a2", "a1")
	for limit := 1; limit <= 5; limit++ {
		all, err := listAll(ctx, s, store.Query{}, limit)
		if err := first(err, differ(fmt.Sprintf("pages of %d", limit), all, want)); err != nil {
			return err
		}
	}
	page, cursor, err := list(ctx, s, store.Query{}, 4)
	none, _, err2 := list(ctx, s, store.Query{}, 0)
	return first(err, err2, differ("cursor after the last", cursor, ""), differ("a page of 0", len(none), 0),
		differ("a4", encoded(page[0].Episode), encoded(raised("a4", t0))))
}

func listingDoesNotShift(ctx context.Context, s store.Store) error {
	if err := create(ctx, s, raised("a1", t0), raised("a3", t0), raised("a5", t0)); err != nil {
		return err
	}
	page, cursor, err := list(ctx, s, store.Query{}, 2)
	if err := first(err, differ("first page", alertIDs(page), ids("a5", "a3")),
		create(ctx, s, raised("a6", t0), raised("a7", t0))); err != nil {
		return err
	}
	page, _, err = list(ctx, s, store.Query{Cursor: cursor}, 2)
	return first(err, differ("second page", alertIDs(page), ids("a1")))
}

func listsByQuery(ctx context.Context, s store.Store) error {
	for i, id := range ids("a1", "a2", "a3", "a4", "a5", "a6") {
		e := raised(id, t0)
		if i%2 == 1 {
			e.Alert.Service = "search"
		}
		switch i / 2 {
		case 1:
			e = stepped(e, after(1), episode.Acknowledge{By: "ada"})
		case 2:
			e = stepped(e, after(1), episode.Resolve{By: "ada"})
		}
		if err := create(ctx, s, e); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		q    store.Query
		want []watchbill.AlertID
	}{
		{store.Query{State: alert.Triggered}, ids("a2", "a1")},
		{store.Query{State: alert.Acknowledged}, ids("a4", "a3")},
		{store.Query{State: alert.Resolved}, ids("a6", "a5")},
		{store.Query{Service: "search"}, ids("a6", "a4", "a2")},
		{store.Query{Service: "checkout", State: alert.Acknowledged}, ids("a3")},
		{store.Query{Service: "unknown"}, nil},
	} {
		all, err := listAll(ctx, s, c.q, 1)
		if err := first(err, differ(fmt.Sprintf("list of %+v", c.q), all, c.want)); err != nil {
			return err
		}
	}
	return nil
}
