package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
)

// TestNewerDatabase has a migration that this release does not know. As long as the format is the same, it does not matter.
func TestNewerDatabase(t *testing.T) {
	dsn := schema(t)
	openAt(t, dsn)
	sql(t, dsn, `insert into watchbill_migrations (number, name) values (99, 'from the future')`)
	require.NoError(t, setValue(t.Context(), openAt(t, dsn), "a", "b"))
}

// TestGate raises the format while a store is open: it reads, and writes no more.
func TestGate(t *testing.T) {
	dsn := schema(t)
	s := openAt(t, dsn)
	require.NoError(t, setValue(t.Context(), s, "a", "b"))
	sql(t, dsn, `update watchbill_gate set format = 99`)
	require.ErrorIs(t, setValue(t.Context(), s, "a", "c"), store.ErrOutdated)
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		v, err := tx.Values().Get("a")
		require.Equal(t, "b", string(v))
		return err
	}))
	_, err := Open(t.Context(), dsn)
	require.ErrorIs(t, err, store.ErrOutdated)
	require.ErrorContains(t, err, "format 99")
}

// TestMigrationThatFails leaves nothing, and the next one begins anew.
func TestMigrationThatFails(t *testing.T) {
	dsn := schema(t)
	sql(t, dsn, `create table watchbill_records (in_the_way int)`)
	_, err := Open(t.Context(), dsn)
	require.ErrorContains(t, err, "migration 0001_start.sql")
	sql(t, dsn, `drop table watchbill_records`)
	require.NoError(t, setValue(t.Context(), openAt(t, dsn), "a", "b"))
}
