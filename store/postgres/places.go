package postgres

import (
	"context"
	"sync"
)

// places numbers the Updates of a store. Each takes a place while it commits, where it notes its number; there are as many
// places as were ever taken at once.
type places struct {
	store int64 // in the database
	mu    sync.Mutex
	idle  []int64
	next  int64 // place
	last  int64 // number
}

const (
	nameStore = `select nextval('watchbill_stores'::regclass)`

	// forgetStores removes what stores left behind that were not closed, many stores ago: one that is open for long and at
	// work needs its rows when it loses sight of a commit. It waits for none of those.
	forgetStores = `delete from watchbill_commits where ctid = any(array(
			select ctid from watchbill_commits where store < $1 - 1000000 for update skip locked))`

	forgetStore = `delete from watchbill_commits where store = $1`
)

// open gives the store its number.
func (p *places) open(ctx context.Context, s *Store) error {
	if err := s.pool.QueryRow(ctx, s.texts.of(nameStore)).Scan(&p.store); err != nil {
		return wrapped("number the store", err)
	}
	_, err := s.pool.Exec(ctx, s.texts.of(forgetStores), p.store)
	return wrapped("forget old stores", err)
}

// close leaves nothing behind, if the server can be reached.
func (p *places) close(s *Store) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = s.pool.Exec(ctx, s.texts.of(forgetStore), p.store)
}

// take returns a place that nobody else has, and a number that no other Update has.
func (p *places) take() (place, number int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	if n := len(p.idle); n > 0 {
		place, p.idle = p.idle[n-1], p.idle[:n-1]
		return place, p.last
	}
	p.next++
	return p.next, p.last
}

// free lets others have a place.
func (p *places) free(place int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, place)
}
