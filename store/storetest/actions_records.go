package storetest

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/store"
)

func recordKinds() []string { return []string{"incident", "postmortem"} }

// showRecords adds records to the answers, without their versions, of which a store may count more.
func (w *world) showRecords(page []store.StoredRecord) {
	for _, r := range page {
		w.answer(r.Record)
	}
}

// record opens, changes, closes or reopens a record and notes it in its timeline, now and then by a version that it
// does not have.
func (w *world) record(tx store.Tx) error {
	n := w.op.N
	r := store.Record{Kind: recordKinds()[n%2], ID: fmt.Sprint("r", n/6%7), Body: fmt.Append(nil, "body ", w.op.ID)}
	if n/2%3 > 0 {
		r.ClosedAt = w.now.Add(-time.Duration(n) * time.Second)
	}
	found, err := tx.Records().Get(r.Kind, []string{"unknown", r.ID, r.ID})
	w.showRecords(found)
	var want store.Version
	if len(found) > 0 {
		want = found[0].Version
	}
	if n/42%7 == 0 {
		want++
	}
	entries, err2 := tx.Timeline().Read(r.Owner(), 0, 1e6)
	next := int64(len(entries)) + 1
	return first(err, err2, tx.Records().Put([]store.RecordWrite{{Record: r, Want: want}}),
		tx.Timeline().Append(r.Owner(), lines(next, next)))
}

// recordQuery asks for open records, or for what was open at some instant, or for all.
func (w *world) recordQuery() store.RecordQuery {
	q := store.RecordQuery{Kind: recordKinds()[w.op.N%2]}
	switch w.op.N / 2 % 3 {
	case 0:
		q.Open = true
	case 1:
		q.Since = w.now.Add(-time.Duration(w.op.N) * time.Second)
	}
	return q
}

// records lists records page by page, with their timelines.
func (w *world) records(tx store.Tx, q store.RecordQuery, limit int) error {
	for {
		page, cursor, err := tx.Records().List(q, limit)
		w.showRecords(page)
		w.answer(cursor)
		for _, r := range page {
			entries, err2 := tx.Timeline().Read(r.Owner(), 0, 1e6)
			w.answer(entries)
			err = first(err, err2)
		}
		if err != nil || cursor == "" {
			return err
		}
		q.Cursor = cursor
	}
}
