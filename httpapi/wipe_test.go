package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/oncall"
)

func TestWipingAPersonIsForAdministrators(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const zoe = "/api/v1/people/zoe/data"
		c := org()
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: "zoe", Name: "Zoe Quist"})
		w.start()
		w.configure(c)
		w.post("/api/v1/alerts", map[string]any{"user": "zoe", "summary": "x"}).is(201)
		w.send("DELETE", zoe, nil, "bot-token").is(403)
		require.Contains(t, w.send("DELETE", zoe, nil, "admin-token").problem(409).Detail, "in the configuration in force")
		held := org()
		held.Holds = []oncall.LegalHold{{ID: "case", User: "zoe"}}
		w.configure(held)
		require.Contains(t, w.send("DELETE", zoe, nil, "admin-token").problem(409).Detail, `"case"`)
		w.configure(org())
		var did engine.Wiped
		w.send("DELETE", zoe, nil, "admin-token").is(200).into(&did)
		require.True(t, did.Done)
		require.Equal(t, 1, did.Alerts)
		w.send("DELETE", zoe, nil, "admin-token").is(404)
	})
}
