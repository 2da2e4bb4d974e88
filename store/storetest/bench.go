package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Benchmark measures what an engine does all day, at several sizes of a transaction: "accept" looks up the keys of new
// signals and stores an alert, its timeline and two messages for each; "send" claims messages, stores what became of
// them, and removes them.
func Benchmark(b *testing.B, open func(b *testing.B) store.Store) {
	for _, batch := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("accept/batch=%d", batch), func(b *testing.B) {
			l := newLoad(b, open(b))
			b.ResetTimer()
			l.accept(b.N, batch)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signals/s")
		})
	}
	for _, batch := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("send/batch=%d", batch), func(b *testing.B) {
			l := newLoad(b, open(b))
			l.accept(b.N, 256)
			b.ResetTimer()
			l.send(b.N, batch)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// load makes work for a store out of one episode.
type load struct {
	b       *testing.B
	s       store.Store
	episode episode.Episode
	out     episode.Outcome
	receipt []timeline.Entry
}

func newLoad(b *testing.B, s store.Store) *load {
	e, out := opened("a", "k", t0)
	l := &load{b: b, s: s, episode: e, out: out}
	_, receipt := episode.Step(episode.World{Org: newOrg()}, e, after(1), episode.Receipt{Key: out.Send[0].Key})
	l.receipt = receipt.Entries
	return l
}

func (l *load) update(fn func(store.Tx) error) {
	if err := l.s.Update(l.b.Context(), fn); err != nil {
		l.b.Fatal(err)
	}
}

// accept stores n alerts.
func (l *load) accept(n, batch int) {
	for from := 0; from < n; from += batch {
		to := min(from+batch, n)
		l.update(func(tx store.Tx) error { return l.open(tx, from, to) })
	}
}

// open stores the alerts with these numbers.
func (l *load) open(tx store.Tx, from, to int) error {
	var keys []alert.Ref
	var writes []store.Write
	var messages []store.Delivery
	for i := from; i < to; i++ {
		e := l.episode
		e.Alert.ID, e.Alert.Key = alertID(i), alert.DedupKey(fmt.Sprintf("disk_full{host=%d}", i))
		keys = append(keys, e.Ref())
		writes = append(writes, store.Write{Episode: e})
		for _, out := range l.out.Send {
			key := out.Key
			key.Alert = e.Alert.ID
			messages = append(messages, store.Delivery{ID: key.ID(), Key: key, Lane: out.Lane, DueAt: t0})
		}
		if err := tx.Timeline().Append(timeline.Alert(e.Alert.ID), l.out.Entries); err != nil {
			return err
		}
	}
	_, err := tx.Episodes().Newest(keys)
	return first(err, tx.Episodes().Put(writes), tx.Outbox().Enqueue(messages))
}

func alertID(i int) watchbill.AlertID { return watchbill.AlertID(fmt.Sprintf("alr_%022d", i)) }

// send takes n messages of one lane through: a claim, and what became of it.
func (l *load) send(n, batch int) {
	for done, turn := 0, 0; done < n; turn++ {
		c := store.Claim{Token: fmt.Sprint(turn), Until: after(30)}
		var claimed []store.Delivery
		l.update(func(tx store.Tx) (err error) {
			claimed, err = tx.Outbox().Claim(l.out.Send[0].Lane, t0, c, batch)
			return err
		})
		if len(claimed) == 0 {
			l.b.Fatal("there is nothing to claim")
		}
		l.update(func(tx store.Tx) error { return l.report(tx, claimed, c.Token) })
		done += len(claimed)
	}
}

// report stores that messages were accepted by their provider.
func (l *load) report(tx store.Tx, claimed []store.Delivery, token string) error {
	var ids []watchbill.AlertID
	var settled []store.Settlement
	for _, d := range claimed {
		ids = append(ids, d.Key.Alert)
		settled = append(settled, store.Settlement{ID: d.ID, Token: token})
		if err := tx.Timeline().Append(timeline.Alert(d.Key.Alert), l.receipt); err != nil {
			return err
		}
	}
	found, err := tx.Episodes().Get(ids)
	var writes []store.Write
	for _, st := range found {
		st.Episode.Last = st.Episode.Last.Add(time.Second)
		writes = append(writes, store.Write{Episode: st.Episode, Want: st.Version})
	}
	return first(err, tx.Episodes().Put(writes), tx.Outbox().Settle(settled))
}
