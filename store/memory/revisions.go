package memory

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill/store"
)

type revisionsTx struct{ *tx }

// Add stores a configuration under the next number.
func (t revisionsTx) Add(effectiveAt time.Time, config []byte) (store.Revision, error) {
	if err := t.writes(); err != nil {
		return store.Revision{}, err
	}
	old := t.s.revisions
	t.onRollback(func() { t.s.revisions = old })
	added := store.Revision{Number: int64(len(old)) + 1, EffectiveAt: effectiveAt, Config: slices.Clone(config)}
	t.s.revisions = append(old, added)
	return cloneRevision(added), nil
}

// Latest returns the one with the greatest number.
func (t revisionsTx) Latest() (store.Revision, error) { return t.Get(int64(len(t.s.revisions))) }

// Number returns the greatest number.
func (t revisionsTx) Number() (int64, error) {
	if err := t.reads(); err != nil {
		return 0, err
	}
	return int64(len(t.s.revisions)), nil
}

// Get returns the one with that number.
func (t revisionsTx) Get(number int64) (store.Revision, error) {
	if err := t.reads(); err != nil {
		return store.Revision{}, err
	}
	if number < 1 || number > int64(len(t.s.revisions)) {
		return store.Revision{}, store.ErrNotFound
	}
	return cloneRevision(t.s.revisions[number-1]), nil
}

// At returns the one that was effective at an instant.
func (t revisionsTx) At(at time.Time) (store.Revision, error) {
	if err := t.reads(); err != nil {
		return store.Revision{}, err
	}
	for _, r := range slices.Backward(t.s.revisions) {
		if !r.EffectiveAt.After(at) {
			return cloneRevision(r), nil
		}
	}
	return store.Revision{}, store.ErrNotFound
}

// Replace changes the content of a revision.
func (t revisionsTx) Replace(number int64, config []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	old := t.s.revisions
	if number < 1 || number > int64(len(old)) {
		return store.ErrNotFound
	}
	t.onRollback(func() { t.s.revisions = old })
	t.s.revisions = slices.Clone(old)
	t.s.revisions[number-1].Config = slices.Clone(config)
	return nil
}

func cloneRevision(r store.Revision) store.Revision {
	r.Config = slices.Clone(r.Config)
	return r
}
