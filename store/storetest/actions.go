package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// act does what the op says.
func (w *world) act(tx store.Tx) error {
	switch w.op.Do {
	case "signal":
		return w.signal(tx)
	case "acknowledge":
		return w.step(tx, episode.Acknowledge{By: "ada"})
	case "resolve":
		return w.step(tx, episode.Resolve{By: "ben"})
	case "escalate":
		return w.step(tx, episode.Escalate{By: "ada"})
	case "tick":
		return w.tick(tx)
	case "claim":
		return w.claim(tx)
	case "settle":
		return w.settle(tx)
	case "receipt":
		return w.receipt(tx)
	case "quarantine":
		return w.quarantine(tx)
	case "rewind":
		n, err := tx.Episodes().Admin().Rewind(w.now.Add(-time.Duration(w.op.N) * time.Second))
		w.answer("rewound", n)
		return err
	case "stale":
		return w.stale(tx)
	case "list":
		return w.list(tx)
	case "look":
		return w.look(tx)
	case "revision":
		r, err := tx.Revisions().Add(w.now.Add(time.Duration(w.op.N-500)*time.Second), fmt.Append(nil, "config ", w.op.N))
		w.answer(r)
		return err
	case "value":
		return tx.Values().Set(fmt.Sprint("v", w.op.N%3), []byte("value")[:w.op.N%4])
	case "record":
		return w.record(tx)
	case "records":
		return w.records(tx, w.recordQuery(), 1+w.op.N%5)
	case "ended", "remove", "tell", "reconfigure", "closed", "forget":
		return w.removal(tx)
	case "dump":
		return w.dump(tx)
	case "drain":
		return w.drain(tx)
	}
	return fmt.Errorf("storetest: no such op: %s", w.op.Do)
}

// show adds episodes to the answers, sorted, and returns them sorted.
func (w *world) show(found []store.Stored) []store.Stored {
	slices.SortFunc(found, func(a, b store.Stored) int { return cmp.Compare(a.Episode.Alert.ID, b.Episode.Alert.ID) })
	for _, st := range found {
		w.answer(encoded(st.Episode), st.Quarantined, st.Err)
	}
	return found
}

// pick returns one of the episodes there are.
func (w *world) pick(tx store.Tx) (store.Stored, bool, error) {
	page, _, err := tx.Episodes().List(store.Query{}, 6)
	if err != nil || len(page) == 0 {
		return store.Stored{}, false, err
	}
	found, err := tx.Episodes().Get(alertIDs(page)[w.op.N%len(page):][:1])
	return append(w.show(found), store.Stored{})[0], len(found) > 0, err
}

// commit steps an episode and writes what comes of it.
func (w *world) commit(tx store.Tx, st store.Stored, in episode.Input) error {
	next, out := episode.Step(episode.World{Org: newOrg()}, st.Episode, w.now, in)
	id := next.Alert.ID
	err := tx.Episodes().Put([]store.Write{{Episode: next, Want: st.Version}})
	err = first(err, tx.Timeline().Append(timeline.Alert(id), out.Entries))
	if out.CancelAll || len(out.Cancel) > 0 {
		err = first(err, tx.Outbox().Cancel(id, out.Cancel))
	}
	return first(err, tx.Outbox().Enqueue(deliveries(out, w.now)))
}

func (w *world) signal(tx store.Tx) error {
	key := alert.DedupKey(fmt.Sprint("k", w.op.N%7))
	found, err := tx.Episodes().Newest([]alert.Ref{{Source: "prom", Key: key}, {Source: "prom", Key: "k0"}})
	if err != nil {
		return err
	}
	services := []watchbill.ServiceID{"checkout", "search", "orphan"}
	in := episode.Signal{
		ID: watchbill.AlertID(fmt.Sprintf("a%04d", w.op.ID)), Signal: signal(key, services[w.op.N%3])}
	for _, st := range w.show(found) {
		if a := st.Episode.Alert; a.Key == key && a.State.Open() && !st.Quarantined {
			return w.commit(tx, st, in)
		}
	}
	return w.commit(tx, store.Stored{}, in)
}

func (w *world) step(tx store.Tx, in episode.Input) error {
	st, ok, err := w.pick(tx)
	if err != nil || !ok {
		return err
	}
	return w.commit(tx, st, in)
}

func (w *world) tick(tx store.Tx) error {
	due, next, err := tx.Episodes().Due(w.now, 1+w.op.N%5)
	w.answer(due, next)
	if err != nil {
		return err
	}
	found, err := tx.Episodes().Get(due)
	for _, st := range w.show(found) {
		err = first(err, w.commit(tx, st, episode.Tick{UpSince: t0}))
	}
	return err
}

func (w *world) claim(tx store.Tx) error {
	all, err := tx.Outbox().Lanes(w.now)
	w.answer(all)
	if err != nil || len(all) == 0 {
		return err
	}
	token := fmt.Sprint("t", w.op.ID)
	c := store.Claim{Token: token, Until: w.now.Add(30 * time.Second)}
	got, err := tx.Outbox().Claim(all[w.op.N%len(all)], w.now, c, 1+w.op.N%4)
	w.answer(got)
	for _, d := range got {
		w.taken = append(w.taken, claimedBefore{d, token})
	}
	return err
}

// settle settles some of what was ever claimed, mostly by the right token.
func (w *world) settle(tx store.Tx) error {
	var all []store.Settlement
	for i, c := range w.claimed {
		if (i+w.op.N)%4 != 0 {
			continue
		}
		s := store.Settlement{ID: c.ID, Token: c.token}
		if w.op.N%3 == 0 {
			s.RetryAt = w.now.Add(10 * time.Second)
		}
		if w.op.N%11 == 0 {
			s.Token = "t"
		}
		all = append(all, s)
	}
	lost := leaseLost(tx.Outbox().Settle(all))
	slices.Sort(lost)
	w.answer("lost", lost)
	return nil
}

// receipt reports one of the messages that were claimed to its episode.
func (w *world) receipt(tx store.Tx) error {
	if len(w.claimed) == 0 {
		return nil
	}
	key := w.claimed[w.op.N%len(w.claimed)].Key
	found, err := tx.Episodes().Get([]watchbill.AlertID{key.Alert, "unknown", key.Alert})
	for _, st := range w.show(found) {
		in := episode.Receipt{Key: key, Result: episode.Result{Verdict: episode.Verdict(w.op.N % 3)}}
		err = first(err, w.commit(tx, st, in))
	}
	return err
}

func (w *world) quarantine(tx store.Tx) error {
	st, ok, err := w.pick(tx)
	if err != nil || !ok || w.op.N%3 > 0 {
		return err
	}
	return tx.Episodes().Admin().Quarantine(st.Episode.Alert.ID)
}

// stale writes an episode by a version that it does not have, and forgets the error.
func (w *world) stale(tx store.Tx) error {
	st, ok, err := w.pick(tx)
	if err != nil || !ok {
		return err
	}
	_ = tx.Values().Set("v0", []byte("stale"))
	_ = tx.Episodes().Put([]store.Write{{Episode: st.Episode, Want: st.Version + store.Version(w.op.N%2) - 1}})
	return nil
}

func (w *world) list(tx store.Tx) error {
	q := store.Query{State: alert.State(w.op.N % 4), Service: []watchbill.ServiceID{"", "search", "checkout"}[w.op.N/4%3]}
	for {
		page, cursor, err := tx.Episodes().List(q, 1+w.op.N%5)
		w.answer(alertIDs(page), cursor)
		if err != nil || cursor == "" {
			return err
		}
		q.Cursor = cursor
	}
}

// look asks everything that only reads.
func (w *world) look(tx store.Tx) error {
	at := w.now.Add(time.Duration(w.op.N%200) * time.Second)
	due, wake, err1 := tx.Episodes().Due(at, w.op.N%9)
	counts, err2 := tx.Episodes().Admin().Count()
	all, err3 := tx.Outbox().Lanes(at)
	next, err4 := tx.Outbox().Next(at)
	latest, err5 := tx.Revisions().Latest()
	then, err6 := tx.Revisions().At(at)
	v, err7 := tx.Values().Get("v1")
	w.answer(due, wake, counts, all, next, latest, class(err5), then, class(err6), v)
	return first(err1, err2, err3, err4, err7)
}

// dump shows every episode, every record and every timeline.
func (w *world) dump(tx store.Tx) error {
	page, _, err := tx.Episodes().List(store.Query{}, 1e6)
	for _, st := range w.show(page) {
		entries, err2 := tx.Timeline().Read(timeline.Alert(st.Episode.Alert.ID), int64(w.op.N%3), 1e6)
		w.answer(entries)
		err = first(err, err2)
	}
	for _, kind := range recordKinds() {
		err = first(err, w.records(tx, store.RecordQuery{Kind: kind}, 1e6))
	}
	return err
}

// drain claims whatever there is.
func (w *world) drain(tx store.Tx) error {
	all, err := tx.Outbox().Lanes(w.now)
	for _, lane := range append(all, notify.Lane{Channel: "unknown"}) {
		got, err2 := tx.Outbox().Claim(lane, w.now, store.Claim{Token: "last", Until: w.now.Add(time.Hour)}, 1e6)
		w.answer(lane, got)
		err = first(err, err2)
	}
	return err
}
