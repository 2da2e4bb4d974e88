package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

func memoryChecks() []check {
	return []check{
		{"T9/episodes share no memory", episodesAreCopied},
		{"T9/entries, configurations and values share no memory", bytesAreCopied},
		{"T9/records share no memory", recordsAreCopied},
		{"T10/times come back exactly", timesAreExact},
		{"T11/now may be long ago", func(ctx context.Context, s store.Store) error { return livesAt(ctx, s, 1999) }},
		{"T11/now may be far ahead", func(ctx context.Context, s store.Store) error { return livesAt(ctx, s, 2222) }},
	}
}

func episodesAreCopied(ctx context.Context, s store.Store) error {
	given := raised("a1", t0)
	want := encoded(given)
	if err := create(ctx, s, given); err != nil {
		return err
	}
	scramble(reflect.ValueOf(&given).Elem())
	got, err := fetchOne(ctx, s, "a1")
	if err := first(err, differ("after the given one was changed", encoded(got.Episode), want)); err != nil {
		return err
	}
	scramble(reflect.ValueOf(&got.Episode).Elem())
	again, err := fetchOne(ctx, s, "a1")
	return first(err, differ("after the one got was changed", encoded(again.Episode), want))
}

// scramble writes to all memory that v points to.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scramble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
	case reflect.String:
		v.SetString("scrambled")
	case reflect.Uint8:
		v.SetUint(v.Uint() ^ 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	}
}

func bytesAreCopied(ctx context.Context, s store.Store) error {
	entry := timeline.Entry{Seq: 1, At: t0, Kind: "k", Data: json.RawMessage(`{"a":1}`)}
	config, value := []byte("config"), []byte("value")
	err := s.Update(ctx, func(tx store.Tx) error {
		added, err := tx.Revisions().Add(t0, config)
		if err := first(err, tx.Timeline().Append("a1", []timeline.Entry{entry}), tx.Values().Set("v", value)); err != nil {
			return err
		}
		entry.Data[5], config[0], value[0], added.Config[1] = '2', 'X', 'X', 'X'
		return nil
	})
	if err != nil {
		return err
	}
	for range 2 { // the second time after changing what the first returned
		err := s.View(ctx, func(tx store.Tx) error {
			entries, err1 := tx.Timeline().Read("a1", 0, 1)
			revision, err2 := tx.Revisions().Latest()
			value, err3 := tx.Values().Get("v")
			if err := first(err1, err2, err3, differ("entries", len(entries), 1),
				differ("data", string(entries[0].Data), `{"a":1}`),
				differ("config", string(revision.Config), "config"), differ("value", string(value), "value")); err != nil {
				return err
			}
			entries[0].Data[5], revision.Config[0], value[0] = '3', 'Y', 'Y'
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func recordsAreCopied(ctx context.Context, s store.Store) error {
	given := incident("i1")
	err := s.Update(ctx, func(tx store.Tx) error {
		err := tx.Records().Put([]store.RecordWrite{{Record: given}})
		given.Body[0] = 'X'
		return err
	})
	if err != nil {
		return err
	}
	for range 2 { // the second time after changing what the first returned
		got, err1 := fetchRecords(ctx, s, "incident", "i1")
		page, _, err2 := listRecords(ctx, s, store.RecordQuery{Kind: "incident"}, 1)
		if err := first(err1, err2, differ("records", len(got)+len(page), 2)); err != nil {
			return err
		}
		if err := first(sameRecord(got[0].Record, incident("i1")), sameRecord(page[0].Record, incident("i1"))); err != nil {
			return err
		}
		got[0].Body[0], page[0].Body[1] = 'Y', 'Y'
	}
	return nil
}

func timesAreExact(ctx context.Context, s store.Store) error {
	times := []time.Time{
		t0.Add(123456 * time.Microsecond), {}, time.Unix(0, 0).UTC(), time.Unix(-1, 999_999_000).UTC(),
		time.Date(1850, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(2600, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
	for i, at := range times {
		n := int64(i + 1)
		id := watchbill.AlertID("a" + string(rune('0'+i)))
		d := store.Delivery{ID: notify.MessageID(id), Key: notify.Key{Alert: id}, Lane: notify.Lane{Channel: notify.Channel(id)}, DueAt: at}
		e := raised(id, t0)
		e.Alert.StartsAt = at
		err := s.Update(ctx, func(tx store.Tx) error {
			_, err := tx.Revisions().Add(at, nil)
			return first(err, tx.Outbox().Enqueue([]store.Delivery{d}), tx.Episodes().Put([]store.Write{{Episode: e}}),
				tx.Timeline().Append(timeline.Alert(id), []timeline.Entry{{Seq: 1, At: at}}),
				tx.Records().Put([]store.RecordWrite{{Record: closed(incident(string(id)), at)}}))
		})
		if err != nil {
			return err
		}
		got, err := fetchOne(ctx, s, id)
		lines, err2 := read(ctx, s, timeline.Alert(id), 0, 1)
		claimed, err3 := claim(ctx, s, d.Lane, at, store.Claim{Token: "t", Until: after(30)}, 1)
		var revision store.Revision
		err4 := s.View(ctx, func(tx store.Tx) (err error) { revision, err = tx.Revisions().Get(n); return err })
		if err := first(err, err2, err3, err4, differ("entries and messages", len(lines)+len(claimed), 2)); err != nil {
			return err
		}
		if err := first(hasRecord(ctx, s, closed(incident(string(id)), at)), differ("Alert.StartsAt", got.Episode.Alert.StartsAt, at), differ("Entry.At", lines[0].At, at),
			differ("Delivery.DueAt", claimed[0].DueAt, at), differ("Revision.EffectiveAt", revision.EffectiveAt, at)); err != nil {
			return err
		}
	}
	return nil
}

// livesAt runs a message and an alert through their lives in some year: a store that asks a clock what time it is
// finds everything overdue, or nothing due.
func livesAt(ctx context.Context, s store.Store, year int) error {
	at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
	e, out := opened("a1", "k", at)
	sends := deliveries(out, at.Add(time.Minute))[:1]
	err := s.Update(ctx, func(tx store.Tx) error {
		return first(tx.Episodes().Put([]store.Write{{Episode: e}}), tx.Outbox().Enqueue(sends))
	})
	if err != nil {
		return err
	}
	wake := e.WakeAt()
	return s.Update(ctx, func(tx store.Tx) error {
		early, next, err1 := tx.Episodes().Due(wake.Add(-time.Microsecond), 9)
		due, _, err2 := tx.Episodes().Due(wake, 9)
		lanes, err3 := tx.Outbox().Lanes(at)
		ready, err4 := tx.Outbox().Next(at)
		none, err5 := tx.Outbox().Claim(sends[0].Lane, at, store.Claim{Token: "a", Until: at.Add(time.Hour)}, 9)
		one, err6 := tx.Outbox().Claim(sends[0].Lane, ready, store.Claim{Token: "b", Until: ready.Add(time.Hour)}, 9)
		busy, err7 := tx.Outbox().Lanes(ready.Add(time.Hour - time.Microsecond))
		free, err8 := tx.Outbox().Lanes(ready.Add(time.Hour))
		return first(err1, err2, err3, err4, err5, err6, err7, err8,
			differ("due early", len(early), 0), differ("next wake-up", next, wake), differ("due", due, ids("a1")),
			differ("lanes early", len(lanes), 0), differ("next message", ready, at.Add(time.Minute)),
			differ("claimed early", len(none), 0), differ("claimed", len(one), 1),
			differ("lanes during the claim", len(busy), 0), differ("lanes after the claim", len(free), 1))
	})
}

func ids(list ...watchbill.AlertID) []watchbill.AlertID { return list }

func refs(keys ...alert.DedupKey) []alert.Ref {
	var all []alert.Ref
	for _, k := range keys {
		all = append(all, alert.Ref{Source: "prom", Key: k})
	}
	return all
}
