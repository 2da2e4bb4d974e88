package sim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// recorder passes on to a store what an engine does, and tells the world what was committed.
type recorder struct {
	w *world
	h *host
	store.Store
	notes recordedTx // of the transaction under way, in the memory of the one before: a host has one at a time
}

// Update passes on, and tells the world.
func (r *recorder) Update(ctx context.Context, fn func(store.Tx) error) error {
	t := &r.notes
	err := r.Store.Update(ctx, func(tx store.Tx) error {
		*t = recordedTx{Tx: tx, puts: t.puts[:0], entries: t.entries[:0], claimed: t.claimed[:0],
			settled: t.settled[:0], released: t.released[:0],
			episodes: recordedEpisodes{tx.Episodes(), t}, timeline: recordedTimeline{tx.Timeline(), t}, outbox: recordedOutbox{tx.Outbox(), t},
			history: recordedRevisions{tx.Revisions(), t}}
		return fn(t)
	})
	if err == nil {
		r.w.committed(r.h, t)
	}
	return err
}

// recordedTx notes what is written.
type recordedTx struct {
	store.Tx
	puts    []store.Write
	entries []ownedEntries
	claimed []claimed
	wrote   bool
	revised bool // the configuration is another one

	settled  []store.Settlement
	released []watchbill.AlertID // whose messages may be free of their claims; "": those of all alerts

	episodes recordedEpisodes
	timeline recordedTimeline
	outbox   recordedOutbox
	history  recordedRevisions
}

// claimed is a message that was claimed, when by its engine's clock, and how.
type claimed struct {
	store.Delivery
	store.Claim
	now time.Time
}

type ownedEntries struct {
	of      timeline.Owner
	entries []timeline.Entry
}

func (t *recordedTx) Episodes() store.Episodes   { return &t.episodes }
func (t *recordedTx) Timeline() store.Timeline   { return &t.timeline }
func (t *recordedTx) Outbox() store.Outbox       { return &t.outbox }
func (t *recordedTx) Revisions() store.Revisions { return &t.history }

type recordedRevisions struct {
	store.Revisions
	t *recordedTx
}

// Add passes on.
func (r recordedRevisions) Add(effectiveAt time.Time, config []byte) (store.Revision, error) {
	r.t.revised = true
	return r.Revisions.Add(effectiveAt, config)
}

// Replace passes on.
func (r recordedRevisions) Replace(number int64, config []byte) error {
	r.t.revised = true
	return r.Revisions.Replace(number, config)
}

type recordedEpisodes struct {
	store.Episodes
	t *recordedTx
}

// Admin passes on.
func (e recordedEpisodes) Admin() store.EpisodesAdmin {
	return recordedAdmin{e.Episodes.Admin(), e.t}
}

type recordedAdmin struct {
	store.EpisodesAdmin
	t *recordedTx
}

// Rewind passes on.
func (a recordedAdmin) Rewind(now time.Time) (int, error) {
	a.t.released = append(a.t.released, "")
	return a.EpisodesAdmin.Rewind(now)
}

// Put passes on.
func (e recordedEpisodes) Put(writes []store.Write) error {
	e.t.puts = append(e.t.puts, writes...)
	return e.Episodes.Put(writes)
}

type recordedTimeline struct {
	store.Timeline
	t *recordedTx
}

// Append passes on. What it notes is a copy: the memory is the engine's, which uses it again in its next transaction.
func (l recordedTimeline) Append(of timeline.Owner, entries []timeline.Entry) error {
	mine := slices.Clone(entries)
	for i := range mine {
		mine[i].Data = bytes.Clone(mine[i].Data)
	}
	l.t.entries = append(l.t.entries, ownedEntries{of, mine})
	return l.Timeline.Append(of, entries)
}

type recordedOutbox struct {
	store.Outbox
	t *recordedTx
}

// Enqueue passes on.
func (o recordedOutbox) Enqueue(deliveries []store.Delivery) error {
	o.t.wrote = true
	return o.Outbox.Enqueue(deliveries)
}

// Claim passes on.
func (o recordedOutbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	list, err := o.Outbox.Claim(lane, now, c, limit)
	for _, d := range list {
		o.t.claimed = append(o.t.claimed, claimed{d, c, now})
	}
	return list, err
}

// Settle passes on.
func (o recordedOutbox) Settle(settlements []store.Settlement) error {
	o.t.wrote = true
	o.t.settled = append(o.t.settled, settlements...)
	return o.Outbox.Settle(settlements)
}

// Cancel passes on.
func (o recordedOutbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	o.t.released = append(o.t.released, id)
	return o.Outbox.Cancel(id, messages)
}

// committed takes note of a transaction, in the instant of its commit.
func (w *world) committed(h *host, t *recordedTx) {
	if t.revised {
		w.org = nil
	}
	for _, p := range t.puts {
		w.saw(p.Episode)
	}
	for _, o := range t.entries {
		if !w.tells() {
			break
		}
		a := w.alerts[alertOf(o.of)]
		for _, entry := range o.entries {
			w.say(Event{Kind: KindRecord, Engine: h.number + 1, Alert: a, Entry: &entry})
		}
	}
	for _, d := range t.claimed {
		if a := w.alerts[d.Key.Alert]; a != nil {
			w.claims[d.ID] = claimedAs{a.State, a.run}
		}
	}
	if w.audit != nil {
		w.audit.committed(h, t)
	}
	if len(t.puts) == 0 && !t.wrote {
		return
	}
	for _, other := range w.hosts {
		if other != h {
			w.turns++
			d := Between(time.Millisecond, pollEvery).draw(w.chance.of("poll", fmt.Sprint(w.turns)))
			other.passAt(w.now.Add(d))
		}
	}
}

// alertOf returns whose record it is; no alert's name has a colon.
func alertOf(o timeline.Owner) watchbill.AlertID {
	if strings.Contains(string(o), ":") {
		return ""
	}
	return watchbill.AlertID(o)
}

// saw takes note of an episode as it is now.
func (w *world) saw(e episode.Episode) {
	now := e.Alert
	a := w.alerts[now.ID]
	if a == nil {
		w.times[now.Key]++
		a = &Alert{ID: now.ID, Name: fmt.Sprintf("%s#%d", now.Key, w.times[now.Key]), Key: now.Key, Source: now.Source,
			Service: now.Service, OpenedAt: w.now}
		w.alerts[now.ID], w.newest[now.Key] = a, a
		w.h.Alerts = append(w.h.Alerts, a)
	}
	a.Summary, a.Severity, a.Urgency, a.State = now.Summary, now.Severity, now.Urgency, now.State
	a.Held, a.run = e.Escalation.Phase == escalation.Held, e.Escalation.At.Run
	a.ring(w.now, now)
	if now.State == alert.Acknowledged && a.AcknowledgedAt.IsZero() {
		a.AcknowledgedAt, a.AcknowledgedBy = w.now, now.AcknowledgedBy
	}
	if now.State == alert.Resolved && a.ResolvedAt.IsZero() {
		a.ResolvedAt = w.now
	}
}
