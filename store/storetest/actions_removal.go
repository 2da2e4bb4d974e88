package storetest

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// removal does what retention does, and what takes a name out.
func (w *world) removal(tx store.Tx) error {
	switch w.op.Do {
	case "ended":
		return w.ended(tx)
	case "remove":
		return w.remove(tx)
	case "tell":
		return w.tell(tx)
	case "reconfigure":
		err := tx.Revisions().Replace(int64(w.op.N%5), fmt.Append(nil, "reconfigured ", w.op.N))
		w.answer(class(err))
		return nil
	case "closed":
		q := store.RecordQuery{Kind: recordKinds()[w.op.N%2], Before: w.now.Add(-time.Duration(w.op.N) * time.Second)}
		return w.records(tx, q, w.op.N%4)
	default:
		return tx.Records().Remove(recordKinds()[w.op.N%2], []string{fmt.Sprint("r", w.op.N/2%7), fmt.Sprint("r", w.op.N/14%7), "unknown"})
	}
}

// ended removes some of those that ended a while ago, now and then.
func (w *world) ended(tx store.Tx) error {
	all, err := tx.Episodes().Admin().Ended(w.now.Add(-time.Duration(w.op.N)*time.Second), w.op.N%5)
	w.answer(all)
	if err != nil || w.op.N%2 == 0 {
		return err
	}
	return tx.Episodes().Admin().Remove(all)
}

// remove removes an episode, in whatever state, and one that is not there.
func (w *world) remove(tx store.Tx) error {
	st, ok, err := w.pick(tx)
	if err != nil || !ok || w.op.N%2 > 0 {
		return err
	}
	id := st.Episode.Alert.ID
	return tx.Episodes().Admin().Remove([]watchbill.AlertID{"unknown", id, id})
}

// tell says something else in some entries of an episode, now and then in one that is not there.
func (w *world) tell(tx store.Tx) error {
	st, ok, err := w.pick(tx)
	if err != nil || !ok {
		return err
	}
	of := timeline.Alert(st.Episode.Alert.ID)
	entries, err := tx.Timeline().Read(of, int64(w.op.N%3), 1+w.op.N%4)
	for i := range entries {
		entries[i] = told(entries[i].Seq)[0]
	}
	if w.op.N%7 == 0 {
		entries = append(entries, told(1000)...)
	}
	return first(err, tx.Timeline().Replace(of, entries))
}
