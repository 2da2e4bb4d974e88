package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

func archiveChecks() []check {
	return []check{
		{"A1/what was put in comes out the same", archiver(importsAndExports)},
		{"A1/what was imported does what it did", archiver(importedLives)},
		{"A1/what was done comes out as of package memory", archiver(exportsWhatWasDone)},
		{"A1/an error of fn ends an export", archiver(exportStops)},
		{"A2/a store that is not empty is refused", archiver(refusesNotEmpty)},
		{"A2/an import that fails leaves nothing", archiver(failedImportLeavesNothing)},
	}
}

// archiver is for stores that are one; the others are not asked.
func archiver(run func(context.Context, store.Archiver) error) func(context.Context, store.Store) error {
	return func(ctx context.Context, s store.Store) error {
		if a, ok := s.(store.Archiver); ok {
			return run(ctx, a)
		}
		return nil
	}
}

// export returns what a store holds.
func export(ctx context.Context, s store.Archiver) (all []store.Item, err error) {
	err = s.Export(ctx, func(item store.Item) error {
		var own store.Item // the item is valid only now
		data, err := json.Marshal(item)
		all = append(all, own)
		return first(err, json.Unmarshal(data, &all[len(all)-1]))
	})
	return all, err
}

// source returns what hands out items one by one.
func source(items []store.Item) func() (store.Item, error) {
	return func() (store.Item, error) {
		if len(items) == 0 {
			return store.Item{}, io.EOF
		}
		next := items[0]
		items = items[1:]
		return next, nil
	}
}

// shown returns an item as text; a slice may be nil or empty.
func shown(item store.Item) string {
	data, err := json.Marshal(item)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(data), "null", `""`)
}

// sameItems returns an error that names the first difference.
func sameItems(what string, got, want []store.Item) error {
	for i := range min(len(got), len(want)) {
		if err := differ(fmt.Sprintf("%s: item %d", what, i+1), shown(got[i]), shown(want[i])); err != nil {
			return err
		}
	}
	return differ(what+": items", len(got), len(want))
}

// archived returns the row of an episode as a store that made it would keep it.
func archived(id watchbill.AlertID, v store.Version) store.ArchivedEpisode {
	e := raised(id, t0)
	return store.ArchivedEpisode{
		ID: id, Version: v, Source: "prom", Key: e.Alert.Key, Service: "checkout", State: alert.Triggered,
		CreatedAt: t0, WakeAt: e.WakeAt(), SteppedAt: e.Last, Body: []byte(encoded(e)),
	}
}

// queued returns a message of an alert as a store would keep it.
func queued(id watchbill.AlertID) store.ArchivedMessage {
	lane, _ := json.Marshal(notify.Lane{Channel: "email"})
	key, _ := json.Marshal(notify.Key{Alert: id})
	return store.ArchivedMessage{Alert: id, ID: notify.MessageID("m-" + id), Lane: lane, Key: key, DueAt: t0, ReadyAt: t0}
}

// items returns one of everything that a store can hold, in the order of an export.
func items() []store.Item {
	silent, spoilt := archived("a2", 3), archived("a3", 1)
	silent.State, silent.WakeAt = alert.None, time.Time{}
	spoilt.Body, spoilt.Parent, spoilt.Unreached, spoilt.WakeAt = []byte("{\x00\xff"), "a1", true, after(5)
	one, claimed, badKey, badLane := queued("a1"), queued("a2"), queued("a3"), queued("a4")
	claimed.ReadyAt, claimed.Tries, claimed.Token = after(30), 2, "token"
	badKey.Key, badLane.Lane = []byte(`{"alert": 1}`), []byte("\xff[")
	return []store.Item{
		{Revision: &store.Revision{Number: 1, EffectiveAt: after(9), Config: []byte("one")}},
		{Revision: &store.Revision{Number: 2, EffectiveAt: after(1), Config: []byte("\x00two")}},
		{Value: &store.Value{Name: "a", Value: []byte("\x00\xff")}},
		{Value: &store.Value{Name: "b", Value: []byte("null")}},
		{Episode: ptr(archived("a1", 4))}, {Episode: &silent}, {Episode: &spoilt},
		{Record: &store.StoredRecord{Record: incident("i1"), Version: 4}},
		{Record: &store.StoredRecord{Record: closed(incident("i2"), after(3)), Version: 1}},
		{Record: &store.StoredRecord{Record: store.Record{Kind: "postmortem", ID: "i1", Body: []byte("\xff")}, Version: 2}},
		{Entries: &store.Entries{Of: "a1", Entries: lines(1, 200)}},
		{Entries: &store.Entries{Of: timeline.Record("incident", "i1"), Entries: told(1, 2)}},
		{Entries: &store.Entries{Of: "nobody", Entries: lines(1, 1)}},
		{Message: &one}, {Message: &claimed}, {Message: &badKey}, {Message: &badLane},
	}
}

func ptr[T any](v T) *T { return &v }

func importsAndExports(ctx context.Context, s store.Archiver) error {
	none, err := export(ctx, s)
	if err := first(err, sameItems("an empty store", none, nil), s.Import(ctx, source(items()))); err != nil {
		return err
	}
	got, err := export(ctx, s)
	if err := first(err, sameItems("after an import", got, items())); err != nil {
		return err
	}
	m := memory.New()
	err = m.Import(ctx, source(got))
	again, err2 := export(ctx, m)
	return first(err, err2, sameItems("by way of package memory", again, items()))
}

// importedLives goes on with what was imported.
func importedLives(ctx context.Context, s store.Archiver) error {
	if err := s.Import(ctx, source(items())); err != nil {
		return err
	}
	found, err := fetch(ctx, s, "a1", "a2", "a3")
	if err := first(err, differ("episodes", alertIDs(found), ids("a1", "a2", "a3"))); err != nil {
		return err
	}
	open, err1 := listAll(ctx, s, store.Query{State: alert.Triggered}, 9)
	dueNow, next, err2 := due(ctx, s, after(5), 9)
	err = first(err1, err2, differ("triggered", open, ids("a3", "a1")), differ("due", dueNow, ids("a3")),
		differ("next wake-up", next, found[0].Episode.WakeAt()),
		differ("versions", []store.Version{found[0].Version, found[1].Version, found[2].Version}, []store.Version{4, 3, 1}),
		differ("content of the quarantined one", encoded(found[1].Episode), encoded(raised("a2", t0))),
		differ("the one that cannot be decoded has an error", found[2].Err != nil, true),
		quarantine(ctx, s, "a3"), replace(ctx, s, stepped(raised("a1", t0), after(1), episode.Acknowledge{By: "ada"}), 4),
		appendTo(ctx, s, "a1", lines(201, 201)...), replaceRecord(ctx, s, closed(incident("i1"), after(1)), 4),
		settle(ctx, s, store.Settlement{ID: "m-a2", Token: "token"}))
	_, err3 := add(ctx, s, t0, "three")
	third, err4 := revision(ctx, s, func(r store.Revisions) (store.Revision, error) { return r.Get(3) })
	return first(err, err3, err4, differ("the next revision", string(third.Config), "three"), spoiltMessages(ctx, s))
}

// spoiltMessages claims all there is: one message is well.
func spoiltMessages(ctx context.Context, s store.Store) error {
	well, spoilt := 0, 0
	err := s.Update(ctx, func(tx store.Tx) error {
		lanes, err := tx.Outbox().Lanes(after(99))
		for _, lane := range lanes {
			got, err2 := tx.Outbox().Claim(lane, after(99), store.Claim{Token: "t", Until: after(200)}, 9)
			for _, d := range got {
				if d.Err == nil {
					well++
				} else {
					spoilt++
				}
			}
			err = first(err, err2)
		}
		return err
	})
	return first(err, differ("messages that are well", well, 1), differ("messages that cannot be decoded", spoilt, 1)) // quarantine removed one
}

// doSomething does some of everything.
func doSomething(ctx context.Context, s store.Store) error {
	other, out := opened("a2", "k2", after(1))
	err := first(s.Update(ctx, writeEverything), create(ctx, s, raised("a9", t0), resolved("a5", after(9))), quarantine(ctx, s, "a9"),
		replace(ctx, s, stepped(raised("a8", t0), after(3), episode.Acknowledge{By: "ben"}), 0), setValue(ctx, s, "c", "\x00"),
		createRecords(ctx, s, closed(incident("i0"), after(7))), appendTo(ctx, s, incident("i1").Owner(), lines(1, 3)...),
		appendTo(ctx, s, incident("i1").Owner(), lines(4, 9)...),
		s.Update(ctx, func(tx store.Tx) error {
			return first(tx.Episodes().Put([]store.Write{{Episode: other}}), tx.Timeline().Append("a2", out.Entries),
				tx.Outbox().Enqueue(deliveries(out, after(40))))
		}))
	_, err2 := claim(ctx, s, out.Send[0].Lane, t0, store.Claim{Token: "t", Until: after(30)}, 1)
	return first(err, err2)
}

// uncounted returns items without their versions, of which a store may count more.
func uncounted(all []store.Item) []store.Item {
	for i := range all {
		if e := all[i].Episode; e != nil {
			e.Version = 0
		}
		if r := all[i].Record; r != nil {
			r.Version = 0
		}
	}
	return all
}

func exportsWhatWasDone(ctx context.Context, s store.Archiver) error {
	m := memory.New()
	if err := first(doSomething(ctx, s), doSomething(ctx, m)); err != nil {
		return err
	}
	got, err1 := export(ctx, s)
	want, err2 := export(ctx, m)
	return first(err1, err2, sameItems("what was done", uncounted(got), uncounted(want)))
}

func exportStops(ctx context.Context, s store.Archiver) error {
	if err := s.Import(ctx, source(items())); err != nil {
		return err
	}
	for stop := range len(items()) {
		n := 0
		err := s.Export(ctx, func(store.Item) error {
			if n++; n > stop {
				return errStop
			}
			return nil
		})
		if err := first(refused("Export", err, errStop), differ("calls of fn", n, stop+1)); err != nil {
			return err
		}
	}
	return nil
}

func refusesNotEmpty(ctx context.Context, s store.Archiver) error {
	if err := first(setValue(ctx, s, "x", "y"),
		refused("Import beside a value", s.Import(ctx, source(items())), store.ErrNotEmpty),
		refused("Import of nothing", s.Import(ctx, source(nil)), store.ErrNotEmpty)); err != nil {
		return err
	}
	all, err := export(ctx, s)
	return first(err, differ("items", len(all), 1), hasValue(ctx, s, "x", "y"))
}

func failedImportLeavesNothing(ctx context.Context, s store.Archiver) error {
	all := items()
	empty := func(what string) error {
		got, err := export(ctx, s)
		return first(err, differ("items after "+what, len(got), 0))
	}
	for stop := range len(all) {
		next := source(all[:stop])
		err := s.Import(ctx, func() (store.Item, error) {
			item, err := next()
			if err == io.EOF {
				err = errStop
			}
			return item, err
		})
		if err := first(refused("Import", err, errStop), empty("an error")); err != nil {
			return err
		}
		if s.Import(ctx, source(append(all[:stop+1:stop+1], all[stop]))) == nil {
			return fmt.Errorf("an item that comes twice is taken: %s", shown(all[stop]))
		}
		if err := empty("an item that came twice"); err != nil {
			return err
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	next := source(all)
	err := s.Import(cancelled, func() (store.Item, error) { cancel(); return next() })
	return first(refused("Import", err, context.Canceled), empty("a context that is done"),
		s.Import(ctx, source(all)))
}
