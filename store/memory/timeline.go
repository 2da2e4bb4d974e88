package memory

import (
	"slices"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// timelines keeps the entries of each owner: the one with number n at index n-1.
type timelines map[timeline.Owner][]timeline.Entry

type timelineTx struct{ *tx }

// Append adds entries after those that there are.
func (t timelineTx) Append(of timeline.Owner, entries []timeline.Entry) error {
	if err := t.writes(); err != nil {
		return err
	}
	old := t.s.timeline[of]
	for i, e := range entries {
		if e.Seq != int64(len(old)+i+1) {
			return t.fail(&store.ConflictError{Of: of})
		}
	}
	t.set(of, appendEntries(old, entries))
	return nil
}

func (t timelineTx) set(of timeline.Owner, entries []timeline.Entry) {
	old := t.s.timeline[of]
	t.onRollback(func() { t.s.timeline.set(of, old) })
	t.s.timeline.set(of, entries)
}

// Replace changes entries that are there. It makes a copy of all: an export may be reading the others.
func (t timelineTx) Replace(of timeline.Owner, entries []timeline.Entry) error {
	if err := t.writes(); err != nil {
		return err
	}
	next := slices.Clone(t.s.timeline[of])
	for _, e := range cloneEntries(entries) {
		if e.Seq < 1 || e.Seq > int64(len(next)) {
			return t.fail(store.ErrNotFound)
		}
		next[e.Seq-1] = e
	}
	t.set(of, next)
	return nil
}

func (tl timelines) set(of timeline.Owner, entries []timeline.Entry) {
	if len(entries) == 0 {
		delete(tl, of)
		return
	}
	tl[of] = entries
}

// Read returns the entries after a sequence number.
func (t timelineTx) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	entries := t.s.timeline[of]
	entries = entries[min(max(after, 0), int64(len(entries))):]
	return cloneEntries(entries[:min(max(limit, 0), len(entries))]), nil
}
