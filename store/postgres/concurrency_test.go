package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

func ids(names ...watchbill.AlertID) []watchbill.AlertID { return names }

// TestUpdatesThatWaitForEachOther locks two rows in two orders: one Update runs again, and both are done.
func TestUpdatesThatWaitForEachOther(t *testing.T) {
	s := openTemp(t)
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		return tx.Episodes().Put([]store.Write{{Episode: waking("a1")}, {Episode: waking("a2")}})
	}))
	var both sync.WaitGroup // have their first row
	both.Add(2)
	once := [2]func(){sync.OnceFunc(func() { both.Done(); both.Wait() }), sync.OnceFunc(func() { both.Done(); both.Wait() })}
	orders := [2][]watchbill.AlertID{ids("a1", "a2"), ids("a2", "a1")}
	var done sync.WaitGroup
	var runs atomic.Int32
	for i := range 2 {
		done.Go(func() {
			assert.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
				runs.Add(1)
				for _, id := range orders[i] {
					got, err := tx.Episodes().Get(ids(id))
					if err != nil {
						return err
					}
					once[i]()
					if err := tx.Episodes().Put([]store.Write{{Episode: got[0].Episode, Want: got[0].Version}}); err != nil {
						return err
					}
				}
				return nil
			}))
		})
	}
	done.Wait()
	require.Greater(t, runs.Load(), int32(2))
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		got, err := tx.Episodes().Get(ids("a1", "a2"))
		for _, st := range got {
			assert.Equal(t, store.Version(3), st.Version)
		}
		return err
	}))
}

// TestOneAlertOfAKey lets stores open an alert for a key that has none, at once.
func TestOneAlertOfAKey(t *testing.T) {
	dsn := schema(t)
	var all sync.WaitGroup
	for i := range 3 {
		s := openAt(t, dsn)
		all.Go(func() {
			for round := range 10 {
				key := alert.DedupKey(fmt.Sprint("k", round))
				assert.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
					found, err := tx.Episodes().Newest([]alert.Ref{{Source: "prom", Key: key}})
					if err != nil || len(found) > 0 {
						return err
					}
					e := waking(watchbill.AlertID(fmt.Sprint("a", i, "-", round)))
					e.Alert.Key = key
					return tx.Episodes().Put([]store.Write{{Episode: e}})
				}))
			}
		})
	}
	all.Wait()
	s := openAt(t, dsn)
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		c, err := tx.Episodes().Admin().Count()
		assert.Equal(t, store.Counts{Acknowledged: 10}, c)
		return err
	}))
}

// TestConfigurationWaitsForUpdates checks that what goes by a configuration commits before the next one is added.
func TestConfigurationWaitsForUpdates(t *testing.T) {
	s := openTemp(t)
	adding, told := make(chan struct{}), sync.OnceFunc(func() {})
	told = sync.OnceFunc(func() { close(adding) })
	var adder sync.WaitGroup
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		if _, err := tx.Revisions().Number(); err != nil {
			return err
		}
		adder.Go(func() {
			assert.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
				if _, err := tx.Revisions().Number(); err != nil {
					return err
				}
				told()
				if _, err := tx.Revisions().Add(t0, []byte("new")); err != nil {
					return err
				}
				v, err := tx.Values().Get("by the old one")
				assert.Equal(t, "yes", string(v))
				return err
			}))
		})
		<-adding
		return tx.Values().Set("by the old one", []byte("yes"))
	}))
	adder.Wait()
}

// TestThreeStoresClaim checks that no two of three stores ever hold a message.
func TestThreeStoresClaim(t *testing.T) {
	dsn := schema(t)
	const messages = 90
	first := openAt(t, dsn)
	require.NoError(t, first.Update(t.Context(), func(tx store.Tx) error {
		var all []store.Delivery
		for i := range messages {
			all = append(all, message("a1", i))
		}
		return errors.Join(tx.Episodes().Put([]store.Write{{Episode: waking("a1")}}), tx.Outbox().Enqueue(all))
	}))
	var mu sync.Mutex
	holders := map[notify.MessageID]int{}
	held := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(holders)
	}
	var stores sync.WaitGroup
	for i := range 3 {
		s := openAt(t, dsn)
		stores.Go(func() {
			for turn := 0; held() < messages && turn < 10_000; turn++ { // others may have it all locked
				var got []store.Delivery
				if !assert.NoError(t, s.Update(t.Context(), func(tx store.Tx) (err error) {
					c := store.Claim{Token: fmt.Sprint(i, "/", turn), Until: t0.Add(time.Minute)}
					got, err = tx.Outbox().Claim(lane, t0, c, 4)
					return err
				})) {
					return
				}
				mu.Lock()
				for _, d := range got {
					holders[d.ID]++
				}
				mu.Unlock()
			}
		})
	}
	stores.Wait()
	require.Len(t, holders, messages)
	for id, n := range holders {
		require.Equal(t, 1, n, id)
	}
}

// TestWhatOthersWorkOnIsLeftOut checks that an alert that an Update has is neither due nor claimed for another, which does
// not wait.
func TestWhatOthersWorkOnIsLeftOut(t *testing.T) {
	s := openTemp(t)
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Episodes().Put([]store.Write{{Episode: waking("a1")}, {Episode: waking("a2")}}),
			tx.Outbox().Enqueue([]store.Delivery{message("a1", 1), message("a2", 1)}))
	}))
	look := func() (due []watchbill.AlertID, claimed []notify.MessageID) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			assert.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
				var err1 error
				due, _, err1 = tx.Episodes().Due(t0.Add(2*time.Hour), 9)
				got, err2 := tx.Outbox().Claim(lane, t0, store.Claim{Token: "t", Until: t0}, 9) // until now, so others may
				claimed = nil
				for _, d := range got {
					claimed = append(claimed, d.ID)
				}
				return errors.Join(err1, err2)
			}))
		}()
		<-done
		return due, claimed
	}
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.Episodes().Get(ids("a1"))
		due, claimed := look()
		assert.Equal(t, ids("a2"), due)
		assert.Equal(t, []notify.MessageID{"a2-m1"}, claimed)
		return err
	}))
	due, claimed := look()
	require.Equal(t, ids("a1", "a2"), due)
	require.Equal(t, []notify.MessageID{"a1-m1", "a2-m1"}, slices.Sorted(slices.Values(claimed)))
}

// TestStaleTokenAfterTheLease is the process that slept too long: what it claimed is another's by now.
func TestStaleTokenAfterTheLease(t *testing.T) {
	dsn := schema(t)
	slept, awake := openAt(t, dsn), openAt(t, dsn)
	claim := func(s *Store, token string, now time.Time) {
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			got, err := tx.Outbox().Claim(lane, now, store.Claim{Token: token, Until: now.Add(30 * time.Second)}, 9)
			assert.Len(t, got, 1)
			return err
		}))
	}
	settle := func(s *Store, token string) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Outbox().Settle([]store.Settlement{{ID: "a1-m1", Token: token}})
		})
	}
	require.NoError(t, slept.Update(t.Context(), func(tx store.Tx) error {
		return tx.Outbox().Enqueue([]store.Delivery{message("a1", 1)})
	}))
	claim(slept, "slept", t0)
	claim(awake, "awake", t0.Add(30*time.Second))
	require.ErrorIs(t, settle(slept, "slept"), store.ErrLeaseLost)
	require.NoError(t, settle(awake, "awake"))
}

// TestOpenedAtOnce opens an empty database eight times at once.
func TestOpenedAtOnce(t *testing.T) {
	dsn := schema(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := Open(t.Context(), dsn)
			if assert.NoError(t, err) {
				assert.NoError(t, setValue(t.Context(), s, "a", "b"))
				assert.NoError(t, s.Close())
			}
		})
	}
	all.Wait()
	files, err := fs.Glob(Migrations(), "*.sql")
	require.NoError(t, err)
	done, err := openAt(t, dsn).migrated(t.Context())
	require.NoError(t, err)
	require.Equal(t, len(files), done)
}

// TestPagesDoNotWaitForWhoLooks lets more people look, for long, than there are connections.
func TestPagesDoNotWaitForWhoLooks(t *testing.T) {
	s := openAt(t, schema(t)+"&pool_max_conns=4")
	var all sync.WaitGroup
	looking, stopped := make(chan struct{}, 8), make(chan struct{})
	stop := sync.OnceFunc(func() { close(stopped) })
	t.Cleanup(stop)
	for range 8 {
		all.Go(func() {
			assert.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
				_, err := tx.Values().Get("name")
				looking <- struct{}{}
				<-stopped
				return err
			}))
		})
	}
	for range 3 {
		<-looking
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	require.NoError(t, setValue(ctx, s, "name", "value"))
	stop()
	all.Wait()
}
