package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "watchbill.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
