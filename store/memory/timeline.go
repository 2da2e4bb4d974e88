package memory

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// timelines keeps the entries of each alert: the one with number n at index n-1.
type timelines map[watchbill.AlertID][]timeline.Entry

type timelineTx struct{ *tx }

// Append adds entries after those that there are.
func (t timelineTx) Append(id watchbill.AlertID, entries []timeline.Entry) error {
	if err := t.writes(); err != nil {
		return err
	}
	old := t.s.timeline[id]
	for i, e := range entries {
		if e.Seq != int64(len(old)+i+1) {
			return t.fail(&store.ConflictError{Alert: id})
		}
	}
	t.onRollback(func() { t.s.timeline.set(id, old) })
	t.s.timeline.set(id, append(old, cloneEntries(entries)...))
	return nil
}

func (tl timelines) set(id watchbill.AlertID, entries []timeline.Entry) {
	if len(entries) == 0 {
		delete(tl, id)
		return
	}
	tl[id] = entries
}

// Read returns the entries after a sequence number.
func (t timelineTx) Read(id watchbill.AlertID, after int64, limit int) ([]timeline.Entry, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	entries := t.s.timeline[id]
	entries = entries[min(max(after, 0), int64(len(entries))):]
	return cloneEntries(entries[:min(max(limit, 0), len(entries))]), nil
}
