package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/store"
)

// HeartbeatSource is the source of the alerts that heartbeats raise. No source of signals may have that ID.
const HeartbeatSource watchbill.SourceID = "heartbeat"

const (
	// heartbeatsAnew is how often every monitor is read, since other engines receive pings too.
	heartbeatsAnew = 10 * time.Second
	// heartbeatRetry is when a monitor is looked at again that could not be.
	heartbeatRetry = 5 * time.Second
)

// beats remembers when monitors wake, so that nothing is read while none does.
type beats struct {
	mu       sync.Mutex
	revision int64
	readAt   time.Time // when every monitor was read
	wake     map[string]time.Time
}

func (b *beats) set(id string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at.IsZero() {
		delete(b.wake, id)
	} else if b.wake != nil {
		b.wake[id] = at
	}
}

func (b *beats) stale(revision int64, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wake == nil || revision != b.revision || now.Before(b.readAt) || now.Sub(b.readAt) >= heartbeatsAnew
}

func (b *beats) replace(revision int64, now time.Time, wake map[string]time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revision, b.readAt, b.wake = revision, now, wake
}

// due returns the monitors that wake now, earliest first.
func (b *beats) due(now time.Time) (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, at := range b.wake {
		if !at.After(now) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y string) int { return cmp.Or(b.wake[x].Compare(b.wake[y]), cmp.Compare(x, y)) })
	return ids
}

func (b *beats) next() (next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.wake {
		next = earlier(next, at)
	}
	return next
}

// Ping takes in the ping of a heartbeat monitor, and raises or resolves its alert in the same transaction. Once it returns
// without an error all of that is committed. The error is [store.ErrNotFound] for a monitor that is not configured.
func (e *Engine) Ping(ctx context.Context, now time.Time, id string, p heartbeat.Ping) error {
	p.At = watchbill.Stamp(now)
	p = p.Clean()
	err := e.beat(ctx, p.At, id, &p)
	e.wake()
	return err
}

// WatchHeartbeats looks at the heartbeat monitors whose time has come, each in a transaction of its own: what is overdue
// raises an alert, once, however many engines do this. It returns when it is to be called next; zero if there is nothing to
// watch. [Engine.Run] calls it beside the passes, at least once a second; whoever calls RunOnce calls it too. The error joins
// those of the monitors that could not be looked at, which is tried again.
func (e *Engine) WatchHeartbeats(ctx context.Context, now time.Time) (next time.Time, err error) {
	now = watchbill.Stamp(now)
	if err := e.readHeartbeats(ctx, now); err != nil {
		return now.Add(time.Second), err
	}
	var failed []error
	for _, id := range e.beats.due(now) {
		if ctx.Err() != nil {
			return now, ctx.Err()
		}
		e.beats.set(id, now.Add(heartbeatRetry))
		if err := e.watchHeartbeat(ctx, now, id); err != nil {
			failed = append(failed, fmt.Errorf("engine: heartbeat %s: %w", id, err))
		}
	}
	return e.beats.next(), errors.Join(failed...)
}

// watchHeartbeat looks at one monitor. Its panic does not touch the others.
func (e *Engine) watchHeartbeat(ctx context.Context, now time.Time, id string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.beat(ctx, now, id, nil)
}

// readHeartbeats notes when each monitor wakes, if that may have changed.
func (e *Engine) readHeartbeats(ctx context.Context, now time.Time) error {
	return e.look(ctx, now, func(d *desk) error {
		if !e.beats.stale(d.org.Revision(), now) {
			return nil
		}
		wake := map[string]time.Time{}
		for _, w := range d.org.Heartbeats() {
			wake[w.Monitor().ID] = now // of one without a state
		}
		q := store.RecordQuery{Kind: heartbeat.RecordKind, Open: true}
		for again := true; again; again = q.Cursor != "" {
			page, next, err := d.tx.Records().List(q, 200)
			if err != nil {
				return err
			}
			q.Cursor = next
			for _, r := range page {
				d.noteWake(wake, r)
			}
		}
		e.beats.replace(d.org.Revision(), now, wake)
		return nil
	})
}

// noteWake notes when a stored monitor wakes: now, if it is not configured any more or as it was, or cannot be read.
func (d *desk) noteWake(wake map[string]time.Time, r store.StoredRecord) {
	at := d.now
	if w, ok := d.org.HeartbeatByID(r.ID); ok {
		if s, err := heartbeat.Decode(r.Body); err == nil {
			at = w.WakeFrom(s, d.now)
		}
	}
	if wake[r.ID] = at; at.IsZero() {
		delete(wake, r.ID)
	}
}

// beat takes one monitor further: by a ping, or by the time.
func (e *Engine) beat(ctx context.Context, now time.Time, id string, p *heartbeat.Ping) error {
	var wake time.Time
	var verdicts []Verdict
	once := func() (left, error) {
		return e.working(ctx, now, func(w *work) (err error) {
			w.doing = SpanIntake
			b := beating{work: w}
			wake, err = b.beat(id, p)
			verdicts = b.verdicts
			return err
		})
	}
	left, err := once()
	for err != nil && e.mend(ctx, now, err) {
		left, err = once()
	}
	if err != nil {
		return err
	}
	e.beats.set(id, wake)
	e.trace(left.spans, now)
	for _, v := range verdicts {
		e.cfg.Observer.Signal(v.String())
	}
	if len(verdicts) > 0 {
		e.wake()
	}
	return nil
}

// Heartbeat is a monitor and how it stands.
type Heartbeat struct {
	Watch *heartbeat.Watch
	State heartbeat.State
	Pings []heartbeat.Ping  // the latest, oldest first; only of [Engine.Heartbeat]
	Alert watchbill.AlertID // that is open; empty: none
}

// Heartbeats returns every monitor that is configured, in that order.
func (e *Engine) Heartbeats(ctx context.Context, now time.Time) (all []Heartbeat, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		all, err = d.heartbeats(d.org.Heartbeats())
		return err
	})
	return all, err
}

// Heartbeat returns a monitor with its latest pings; [store.ErrNotFound] if it is not configured.
func (e *Engine) Heartbeat(ctx context.Context, now time.Time, id string) (found Heartbeat, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		w, ok := d.org.HeartbeatByID(id)
		if !ok {
			return &MissingError{"heartbeat", id}
		}
		all, err := d.heartbeats([]*heartbeat.Watch{w})
		if err != nil {
			return err
		}
		found = all[0]
		h, _, err := record(d, heartbeat.HistoryKind, id, heartbeat.DecodeHistory)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		found.Pings = h.Pings
		return err
	})
	return found, err
}

// heartbeats says how monitors stand.
func (d *desk) heartbeats(watches []*heartbeat.Watch) ([]Heartbeat, error) {
	var ids []string
	var refs []alert.Ref
	for _, w := range watches {
		ids = append(ids, w.Monitor().ID)
		refs = append(refs, alert.Ref{Source: HeartbeatSource, Key: heartbeatKey(w.Monitor().ID)})
	}
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := d.tx.Records().Get(heartbeat.RecordKind, ids)
	if err != nil {
		return nil, err
	}
	episodes, err := d.tx.Episodes().Newest(refs)
	if err != nil {
		return nil, err
	}
	states, open := map[string]heartbeat.State{}, map[alert.DedupKey]watchbill.AlertID{}
	for _, r := range records {
		if s, err := heartbeat.Decode(r.Body); err == nil && r.ClosedAt.IsZero() {
			states[r.ID] = s
		}
	}
	for _, ep := range episodes {
		if a := ep.Episode.Alert; ep.Err == nil && a.State.Open() {
			open[a.Key] = a.ID
		}
	}
	var all []Heartbeat
	for _, w := range watches {
		id := w.Monitor().ID
		s := states[id]
		if s.V == 0 { // it is about to be looked at for the first time
			s, _ = heartbeat.Step(w, s, d.now, heartbeat.Tick{})
		}
		all = append(all, Heartbeat{Watch: w, State: s, Alert: open[heartbeatKey(id)]})
	}
	return all, nil
}

// AliveAt returns when an engine on this store last made a pass, within ten seconds; zero if none ever did.
func (e *Engine) AliveAt(ctx context.Context) (at time.Time, err error) {
	err = e.cfg.Store.View(ctx, func(tx store.Tx) error {
		mark, _, err := readMark(tx)
		at = mark.AliveAt
		return err
	})
	return at, err
}

// watcher watches heartbeats beside the passes, at least once a second. It ends with ctx.
func (e *Engine) watcher(ctx context.Context) {
	for ctx.Err() == nil {
		next := e.watchOnce(ctx)
		now := e.clock.Now()
		at := now.Add(longestWait)
		if next.After(now) && next.Before(at) {
			at = next
		}
		due, cancel := e.clock.WithDeadline(context.Background(), at)
		select {
		case <-ctx.Done():
		case <-due.Done():
		}
		cancel()
	}
}

func (e *Engine) watchOnce(ctx context.Context) (next time.Time) {
	defer e.survive("heartbeats")
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	next, err := e.WatchHeartbeats(store, e.clock.Now())
	if err != nil {
		e.log.Error("heartbeats cannot be looked at now; that is tried again", "error", err)
	}
	return next
}
