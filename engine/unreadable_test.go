package engine_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// A stored configuration that this release cannot decode, as after a downgrade, does not keep a good one from being put in
// force, and what people overrode is kept.
func TestAnUndecodableConfigurationCanBeReplaced(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, store.Store){
		"in parts": func(*testing.T, store.Store) {},
		"whole": func(t *testing.T, s store.Store) {
			require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
				_, err := tx.Revisions().Add(t0, []byte(`{"schedules":[{"combine":"newer"}],"overrides":[{"schedule":"primary","id":"o1",
					"from":"2026-01-01T00:00","to":"2036-01-01T00:00","user":"ben"}]}`))
				return err
			}))
		},
		"unknown parts": func(t *testing.T, s store.Store) {
			require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
				latest, err := tx.Revisions().Latest()
				if err != nil {
					return err
				}
				_, err = tx.Revisions().Add(t0, bytes.Replace(latest.Config, []byte(`"base":"`), []byte(`"base":"x`), 1))
				return err
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			e, err := engine.New(engine.Config{Store: s})
			require.NoError(t, err)
			_, err = e.Configure(t.Context(), t0, handingOver())
			require.NoError(t, err)
			spoil(t, s)
			org, err := e.Org(t.Context())
			require.NoError(t, err, "the configuration before answers until then")
			require.Len(t, org.Config().Schedules, 1)
			again, err := engine.New(engine.Config{Store: s})
			require.NoError(t, err)
			org, err = again.Org(t.Context())
			require.NoError(t, err, "also after a restart")
			require.Len(t, org.Config().Schedules, 1)
			_, err = e.Configure(t.Context(), t0, handingOver())
			require.NoError(t, err)
			org, err = e.Org(t.Context())
			require.NoError(t, err)
			if name == "whole" {
				require.Len(t, org.Config().Overrides, 1)
			}
		})
	}
}
