package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/watchbill/watchbill/store"
)

// reserve is space on the disk that is kept for what was accepted already: pages and their receipts. The zero value is none.
type reserve struct {
	mu         sync.Mutex
	path       string // of a file that takes the space; empty: nothing is reserved
	want, have int64
}

// releases is in how many steps a reserve is given up: what others write must not take all of it at once.
const releases = 8

// Reserve sets space aside beside the file, in PATH.reserve, and keeps it there when the store is closed. When the disk is
// full, it is given up bit by bit to what was accepted already, and [Store.Room] says that there is no room for more, until
// it could be set aside again. It is for a store that [Open] made, once, before that is used. That there is no space now is
// no error.
func (s *Store) Reserve(bytes int64) error {
	if s.lock == nil || bytes <= 0 {
		return fmt.Errorf("sqlite: reserve %d bytes: that takes a store that Open made, and a number greater than zero", bytes)
	}
	r := &s.reserve
	r.mu.Lock()
	defer r.mu.Unlock()
	r.path, r.want = s.path+".reserve", bytes
	info, err := os.Stat(r.path)
	switch {
	case err == nil:
		r.have = min(info.Size(), bytes)
		err = os.Truncate(r.path, r.have)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err == nil {
		err = r.refill()
	}
	if err != nil && !full(err) && !errors.Is(err, store.ErrFull) {
		return fmt.Errorf("sqlite: reserve: %w", unwritable(s.path, err))
	}
	return nil
}

// Room returns [store.ErrFull] while the disk is full or was, and the reserve could not be set aside again. Without a
// reserve it is nil.
func (s *Store) Room() error {
	r := &s.reserve
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refill(); err != nil {
		return fmt.Errorf("%w: %d of %d bytes set aside in %s are left for pages", store.ErrFull, r.have, r.want, r.path)
	}
	return nil
}

// refill sets aside what is missing, if as much again as the whole is free beside it.
func (r *reserve) refill() error {
	missing := r.want - r.have
	if missing == 0 {
		return nil
	}
	if free, err := freeSpace(filepath.Dir(r.path)); err != nil || free < missing+r.want {
		return errors.Join(store.ErrFull, err)
	}
	f, err := os.OpenFile(r.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = f.Seek(r.have, io.SeekStart); err == nil {
		_, err = io.CopyN(f, rand.Reader, missing) // what no file system stores in less
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(r.have))
	}
	r.have = r.want
	return nil
}

// release gives a part of the reserve up, and reports whether there was any.
func (r *reserve) release() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have == 0 {
		return false
	}
	left := max(0, r.have-(r.want+releases-1)/releases)
	if os.Truncate(r.path, left) != nil {
		return false
	}
	r.have = left
	return true
}

// again makes space for an Update that failed for want of it, and reports whether it is worth trying again.
func (s *Store) again(ctx context.Context, err error) bool {
	if !errors.Is(err, store.ErrFull) || !s.reserve.release() {
		return false
	}
	conn, err := s.write.db.Conn(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	// The log's space can be used again once all of it is in the file. Readers are not waited for.
	for _, pragma := range []string{"busy_timeout(0)", "wal_checkpoint(TRUNCATE)", "busy_timeout(5000)"} {
		_, _ = conn.ExecContext(ctx, "pragma "+pragma) // the next try says what is wrong
	}
	return true
}
