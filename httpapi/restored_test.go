package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/engine"
)

func TestARestoredCopyIsConfirmed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		waits := func(a answer) (waits bool, alerts int) {
			var is struct {
				Waits bool
				engine.Restored
			}
			a.is(200).into(&is)
			return is.Waits, is.Alerts
		}
		const confirm = "/api/v1/restored/confirm"
		w.raise("x")
		is, _ := waits(w.get("/api/v1/restored"))
		require.False(t, is)
		w.post(confirm, "{}").is(409)
		_, err := w.Engine.Restore(t.Context(), time.Now())
		require.NoError(t, err)
		is, n := waits(w.get("/api/v1/restored"))
		require.True(t, is)
		require.Equal(t, 1, n)
		w.pass(time.Minute)
		require.Contains(t, w.get("/readyz").is(200).Body.String(), `"restored":{"since":`)
		w.send("POST", confirm, "{}", "viewer-token").is(403)
		w.post(confirm, `{"by":"nobody"}`).is(422)
		is, n = waits(w.send("POST", confirm, `{"by":"ada"}`, "bot-token"))
		require.False(t, is)
		require.Equal(t, 1, n)
		w.pass(time.Minute)
		require.NotContains(t, w.get("/readyz").is(200).Body.String(), `"restored"`)
		w.post(confirm, "{}").is(409)
	})
}
