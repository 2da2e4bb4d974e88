// Package memory keeps everything in memory. It is the reference for every other implementation of [store.Store], and
// what the simulator runs on; nothing is left of it when the process ends.
//
// Transactions run one at a time, views too, so fn should be short.
package memory

import (
	"context"

	"github.com/watchbill/watchbill/store"
)

// Store is a [store.Store] in memory.
type Store struct {
	turn   chan struct{} // holds one element while a transaction runs
	closed bool
	undo   []func() // the memory of the transaction before
	contents
}

// contents is what a store keeps.
type contents struct {
	episodes  episodes
	timeline  timelines
	outbox    outbox
	revisions []store.Revision
	values    map[string][]byte
	records   records
}

var _ store.Archiver = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{turn: make(chan struct{}, 1), contents: newContents()} }

func newContents() contents {
	return contents{
		episodes: newEpisodes(),
		timeline: timelines{},
		outbox:   newOutbox(),
		values:   map[string][]byte{},
		records:  records{},
	}
}

// View runs fn while nothing changes.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.run(ctx, &tx{s: s, readOnly: true}, fn)
}

// Update runs fn once, and takes back what it did if it fails.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.run(ctx, &tx{s: s}, fn)
}

// Close makes every later transaction fail with [store.ErrClosed]. It waits for one that is running.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	s.closed = true
	<-s.turn
	return nil
}

func (s *Store) run(ctx context.Context, t *tx, fn func(store.Tx) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	t.undo = s.undo
	defer func() {
		t.end()
		clear(t.undo)
		s.undo = t.undo[:0]
		<-s.turn
	}()
	if err := t.call(fn); err != nil {
		return err
	}
	if t.failed == nil {
		t.failed = ctx.Err()
	}
	t.commit = t.failed == nil
	return t.failed
}

// call is what lock looks for on its own stack.
func (t *tx) call(fn func(store.Tx) error) error { return fn(t) }

const callName = "github.com/watchbill/watchbill/store/memory.(*tx).call"

func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
	default:
		if store.Within(callName) {
			return store.ErrNested
		}
		select {
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.closed {
		<-s.turn
		return store.ErrClosed
	}
	return nil
}

// tx is a transaction. It changes the store at once and notes how to take that back.
type tx struct {
	s        *Store
	readOnly bool
	over     bool
	commit   bool
	failed   error    // the first conflict: it fails the Update even if fn forgets it
	undo     []func() // in the order of the changes
}

func (t *tx) Episodes() store.Episodes   { return episodesTx{t} }
func (t *tx) Timeline() store.Timeline   { return timelineTx{t} }
func (t *tx) Outbox() store.Outbox       { return outboxTx{t} }
func (t *tx) Revisions() store.Revisions { return revisionsTx{t} }
func (t *tx) Values() store.Values       { return valuesTx{t} }
func (t *tx) Records() store.Records     { return recordsTx{t} }

// reads says why the transaction cannot read.
func (t *tx) reads() error {
	if t.over {
		return store.ErrClosed
	}
	return nil
}

// writes says why the transaction cannot write.
func (t *tx) writes() error {
	if err := t.reads(); err != nil {
		return err
	}
	if t.readOnly {
		return store.ErrReadOnly
	}
	return t.failed
}

// fail notes an error that fails the Update.
func (t *tx) fail(err error) error {
	t.failed = err
	return err
}

func (t *tx) onRollback(undo func()) { t.undo = append(t.undo, undo) }

// end takes back what was not committed, also when fn panicked.
func (t *tx) end() {
	t.over = true
	if t.commit {
		return
	}
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
}
