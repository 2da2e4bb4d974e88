package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

const (
	// RestoredName is the value of the store that says since when a restored copy waits for a confirmation; none if none does.
	RestoredName = "engine.restored"
	// WithheldKind is the kind of the records of messages that such a copy has not sent yet.
	WithheldKind = "withheld"
	// restoredKey is what the alert is deduplicated by that tells people of the copy.
	restoredKey = "restored"
	// restoreAtOnce is how many alerts, or messages, one transaction holds back or lets go.
	restoreAtOnce = 200
)

// ErrNotRestored is why [Engine.Confirm] has nothing to do.
var ErrNotRestored = errors.New("engine: no restored copy waits for a confirmation")

// Restored says what of a restored copy waits for a confirmation. The zero Restored is that of a store that is no such copy,
// or was confirmed.
type Restored struct {
	Since    time.Time `json:"since,omitzero"`
	Alerts   int       `json:"alerts"`   // that were open in the copy and were held
	Messages int       `json:"messages"` // that had not been sent, apart from pages
}

// Waits reports whether somebody has to confirm.
func (r Restored) Waits() bool { return !r.Since.IsZero() }

// restoredMark is what is kept of it.
type restoredMark struct {
	V int `json:"v"` // of the form; 1
	Restored
	Told bool `json:"told,omitempty"` // everything is held, and people are told
}

// Restored returns what of a restored copy waits for a confirmation.
func (e *Engine) Restored(ctx context.Context) (is Restored, err error) {
	err = e.cfg.Store.View(ctx, func(tx store.Tx) error {
		mark, _, err := restoredMarkOf(tx)
		is = mark.Restored
		return err
	})
	return is, err
}

func restoredMarkOf(tx store.Tx) (mark restoredMark, found bool, err error) {
	data, err := tx.Values().Get(RestoredName)
	if err != nil || len(data) == 0 {
		return mark, false, err
	}
	if err := json.Unmarshal(data, &mark); err != nil {
		return mark, false, fmt.Errorf("engine: the mark of a restored copy cannot be read: %w", err)
	}
	return mark, true, nil
}

func setRestored(tx store.Tx, mark restoredMark) error {
	data, err := json.Marshal(mark)
	if err != nil {
		return err
	}
	return tx.Values().Set(RestoredName, data)
}

// Restore is for a store that is a restored copy. Call it before [Engine.Run], and before any other engine works on the
// copy: whatever is open then waits until somebody confirms, or acknowledges or resolves it; messages that had not been sent
// wait too, and notices of shifts are given up; the catch-all is told, once. New signals page as usual. A copy that waits
// already is left as it is, and one in which nothing is open or unsent needs no confirmation.
func (e *Engine) Restore(ctx context.Context, now time.Time) (Restored, error) {
	now = watchbill.Stamp(now)
	mark := restoredMark{V: 1, Restored: Restored{Since: now}}
	err := e.update(ctx, func(tx store.Tx) error {
		was, found, err := restoredMarkOf(tx)
		if found {
			mark = was
		}
		return cmp.Or(err, setRestored(tx, mark))
	})
	if err != nil || mark.Told {
		return mark.Restored, err
	}
	step := func(w *work, it *item) bool { return !it.Restored() && w.step(it, episode.Restore{}) == nil }
	held, err := e.everyOpen(ctx, now, step)
	if err != nil {
		return Restored{}, err
	}
	mark.Alerts += held
	for left := true; left; {
		if left, err = e.withhold(ctx, now, &mark); err != nil {
			return Restored{}, err
		}
	}
	if err := e.dropNotices(ctx, now); err != nil {
		return Restored{}, err
	}
	return e.tellRestored(ctx, now, mark)
}

// everyOpen steps every open alert, some in a transaction, and returns for how many step says that it did something.
func (e *Engine) everyOpen(ctx context.Context, now time.Time, step func(*work, *item) bool) (all int, err error) {
	for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
		q := store.Query{State: state}
		for tries := 0; ; {
			n, next, err := e.openPage(ctx, now, q, step)
			switch {
			case err == nil:
				all, q.Cursor, tries = all+n, next, 0
			case e.mend(ctx, now, err): // the same page again
				continue
			case errors.Is(err, store.ErrConflict) && tries < lookTries && ctx.Err() == nil:
				tries++
				continue
			default:
				return all, err
			}
			if next == "" {
				break
			}
		}
	}
	return all, nil
}

// openPage steps some open alerts.
func (e *Engine) openPage(ctx context.Context, now time.Time, q store.Query, step func(*work, *item) bool) (n int, next string, err error) {
	_, err = e.working(ctx, now, func(w *work) (err error) {
		n = 0
		var page []store.Stored
		if page, next, err = w.tx.Episodes().List(q, restoreAtOnce); err != nil {
			return err
		}
		for _, s := range page {
			if it := w.add(s); it != nil && step(w, it) {
				n++
			}
		}
		return w.flush()
	})
	return n, next, err
}

// ever is a time that no message waits beyond.
func ever(now time.Time) time.Time { return now.AddDate(100, 0, 0) }

// withhold takes some messages out of the outbox and keeps them in a record, and reports whether there were any. Those that
// are claimed were claimed before the backup.
func (e *Engine) withhold(ctx context.Context, now time.Time, mark *restoredMark) (any bool, err error) {
	next := *mark
	_, err = e.working(ctx, now, func(w *work) error {
		next, any = *mark, false
		lanes, err := w.tx.Outbox().Lanes(ever(now))
		if err != nil || len(lanes) == 0 {
			return err
		}
		any = true
		claim := store.Claim{Until: ever(now)}
		if claim.Token, err = e.token(); err != nil {
			return err
		}
		claimed, err := w.tx.Outbox().Claim(lanes[0], ever(now), claim, restoreAtOnce)
		if err != nil {
			return err
		}
		kept, err := w.keepBack(claimed, claim.Token)
		next.Messages += kept
		return cmp.Or(err, w.flush(), setRestored(w.tx, next))
	})
	if err == nil {
		*mark = next
	}
	return any, err
}

// keepBack keeps messages in a record instead of the outbox, and returns how many they are.
func (w *work) keepBack(claimed []store.Delivery, token string) (n int, err error) {
	var kept []store.Delivery
	var gone []store.Settlement
	for _, d := range claimed {
		if d.Err != nil { // its row is gone already
			w.breakDown(d.Key.Alert, d.Err)
			continue
		}
		gone = append(gone, store.Settlement{ID: d.ID, Token: token})
		kept = append(kept, store.Delivery{ID: d.ID, Key: d.Key, Lane: d.Lane, DueAt: d.DueAt})
	}
	if len(kept) == 0 {
		return 0, nil
	}
	name, err := w.e.ids.next(w.now)
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(kept)
	if err != nil {
		return 0, err
	}
	record := store.Record{Kind: WithheldKind, ID: name, Body: body}
	return len(kept), cmp.Or(w.tx.Outbox().Settle(gone), w.tx.Records().Put([]store.RecordWrite{{Record: record}}))
}

// dropNotices gives up the notices that the copy had not sent: they tell of shifts of the time before the backup.
func (e *Engine) dropNotices(ctx context.Context, now time.Time) error {
	q := store.RecordQuery{Kind: NoticeKind, Open: true}
	for again := true; again; again = q.Cursor != "" {
		var next string
		err := e.change(ctx, now, func(d *desk) error {
			page, cursor, err := d.tx.Records().List(q, restoreAtOnce)
			if err != nil {
				return err
			}
			next = cursor
			for _, s := range page {
				r, err := decodeNotice(s.Body)
				if err != nil { // nobody can send it either
					continue
				}
				r.Error = "the store was restored"
				if err := d.putNotice(r, s.Version, d.now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		q.Cursor = next
	}
	return nil
}

// tellRestored raises the one alert that tells people, unless nothing waits.
func (e *Engine) tellRestored(ctx context.Context, now time.Time, mark restoredMark) (Restored, error) {
	waits := mark.Alerts+mark.Messages > 0
	_, err := e.working(ctx, now, func(w *work) error {
		if !waits {
			return w.tx.Values().Set(RestoredName, nil)
		}
		name, err := e.ids.next(w.now)
		if err != nil {
			return err
		}
		_ = w.step(w.put(episode.Episode{}, 0), episode.Signal{ID: watchbill.AlertID(name), Signal: alert.Signal{
			Source: "watchbill", Key: restoredKey, Severity: watchbill.SeverityCritical,
			Summary: fmt.Sprintf("this is a restored copy: %d alerts that were open in it page nobody until somebody confirms; "+
				"look at them, then run refserver restored confirm", mark.Alerts),
		}})
		mark.Told = true
		return cmp.Or(w.flush(), setRestored(w.tx, mark))
	})
	switch {
	case err != nil:
		return Restored{}, err
	case !waits:
		e.log.Info("restored copy: nothing was open in it, so that nothing waits for a confirmation")
		return Restored{}, nil
	}
	e.log.Warn("restored copy: what was open in it waits for a confirmation", "alerts", mark.Alerts, "messages", mark.Messages)
	return mark.Restored, nil
}

// Confirm lets go what a restored copy held, by whoever says so: alerts that are still open page anew, and the messages
// that had not been sent are. It returns what had waited; the error is [ErrNotRestored] if nothing did, or [ErrUnknownUser].
func (e *Engine) Confirm(ctx context.Context, now time.Time, c episode.Command) (was Restored, err error) {
	now = watchbill.Stamp(now)
	err = e.cfg.Store.View(ctx, func(tx store.Tx) error {
		mark, found, err := restoredMarkOf(tx)
		if was = mark.Restored; err == nil && !found {
			err = ErrNotRestored
		}
		org, failed := e.orgs.current(tx)
		if err = cmp.Or(err, failed); err != nil {
			return err
		}
		if _, ok := org.User(c.By); !ok && c.By != "" {
			return fmt.Errorf("%w: %q", ErrUnknownUser, c.By)
		}
		return nil
	})
	if err != nil {
		return Restored{}, err
	}
	release := func(w *work, it *item) bool { return it.Restored() && w.step(it, episode.Confirm(c)) == nil }
	if _, err := e.everyOpen(ctx, now, release); err != nil {
		return Restored{}, err
	}
	if err := e.putBack(ctx, now); err != nil {
		return Restored{}, err
	}
	e.log.Info("restored copy is confirmed", "by", cmp.Or(string(c.By), c.Via), "alerts", was.Alerts, "messages", was.Messages)
	e.wake()
	return was, nil
}

// putBack puts the messages that were withheld into the outbox again, and ends the wait with the last of them.
func (e *Engine) putBack(ctx context.Context, now time.Time) error {
	for left := true; left; {
		err := e.update(ctx, func(tx store.Tx) error {
			page, _, err := tx.Records().List(store.RecordQuery{Kind: WithheldKind, Open: true}, 1)
			if left = len(page) > 0; err != nil {
				return err
			}
			if !left {
				return e.endRestored(tx, now)
			}
			var messages []store.Delivery
			if err := json.Unmarshal(page[0].Body, &messages); err != nil {
				e.log.Error("withheld messages cannot be read, and are lost", "id", page[0].ID, "error", err)
			}
			return cmp.Or(tx.Outbox().Enqueue(messages), tx.Records().Remove(WithheldKind, []string{page[0].ID}))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endRestored forgets the mark, and resolves the alert that told of the copy.
func (e *Engine) endRestored(tx store.Tx, now time.Time) error {
	w, err := e.work(tx, now)
	if err != nil {
		return err
	}
	told := alert.Signal{Source: "watchbill", Key: restoredKey, Action: alert.Resolve}
	newest, err := w.newest([]incoming{{signal: told}})
	if err != nil {
		return err
	}
	if it := newest[told.Ref()]; it != nil && it.Alert.State.Open() {
		_ = w.step(it, episode.Signal{Signal: told})
	}
	return cmp.Or(w.flush(), tx.Values().Set(RestoredName, nil))
}
