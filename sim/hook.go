package sim

import (
	"context"
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// errCrash is what the engine sees of its own end. It never lives to act on it: the simulator drops the engine.
var errCrash = errors.New("sim: the engine crashed")

// fuse burns down by one with every store call, and crashes the engine when it is out. Zero means unlit.
type fuse struct{ left int }

func (f *fuse) burn() error {
	if f.left == 0 {
		return nil
	}
	if f.left--; f.left == 0 {
		return errCrash
	}
	return nil
}

// hooked is a store whose every call may be the engine's last.
type hooked struct {
	store.Store
	fuse *fuse
}

func (h hooked) View(ctx context.Context, fn func(store.Tx) error) error {
	return h.Store.View(ctx, func(tx store.Tx) error { return fn(hookedTx{tx, h.fuse}) })
}

// Update may crash before any call, and after the commit: then the engine does not learn that it succeeded.
func (h hooked) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	if err := h.Store.Update(ctx, func(tx store.Tx) error { return fn(hookedTx{tx, h.fuse}) }); err != nil {
		return err
	}
	return h.fuse.burn()
}

type hookedTx struct {
	store.Tx
	fuse *fuse
}

func (t hookedTx) Episodes() store.Episodes   { return hookedEpisodes{t.Tx.Episodes(), t.fuse} }
func (t hookedTx) Timeline() store.Timeline   { return hookedTimeline{t.Tx.Timeline(), t.fuse} }
func (t hookedTx) Outbox() store.Outbox       { return hookedOutbox{t.Tx.Outbox(), t.fuse} }
func (t hookedTx) Revisions() store.Revisions { return t.Tx.Revisions() }
func (t hookedTx) Values() store.Values       { return t.Tx.Values() }

type hookedEpisodes struct {
	store.Episodes
	fuse *fuse
}

func (h hookedEpisodes) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	if err := h.fuse.burn(); err != nil {
		return nil, err
	}
	return h.Episodes.Get(ids)
}

func (h hookedEpisodes) Newest(keys []alert.Ref) ([]store.Stored, error) {
	if err := h.fuse.burn(); err != nil {
		return nil, err
	}
	return h.Episodes.Newest(keys)
}

func (h hookedEpisodes) Put(writes []store.Write) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	return h.Episodes.Put(writes)
}

func (h hookedEpisodes) Due(now time.Time, limit int) ([]watchbill.AlertID, time.Time, error) {
	if err := h.fuse.burn(); err != nil {
		return nil, time.Time{}, err
	}
	return h.Episodes.Due(now, limit)
}

type hookedTimeline struct {
	store.Timeline
	fuse *fuse
}

func (h hookedTimeline) Append(id watchbill.AlertID, entries []timeline.Entry) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	return h.Timeline.Append(id, entries)
}

type hookedOutbox struct {
	store.Outbox
	fuse *fuse
}

func (h hookedOutbox) Enqueue(d []store.Delivery) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	return h.Outbox.Enqueue(d)
}

func (h hookedOutbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	if err := h.fuse.burn(); err != nil {
		return nil, err
	}
	return h.Outbox.Claim(lane, now, c, limit)
}

func (h hookedOutbox) Settle(s []store.Settlement) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	return h.Outbox.Settle(s)
}

func (h hookedOutbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if err := h.fuse.burn(); err != nil {
		return err
	}
	return h.Outbox.Cancel(id, messages)
}
