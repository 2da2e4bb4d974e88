package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/route"
)

func TestWhoSendsMoreThanTheLimitKnowsWhatToSendAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		c := org()
		for i := range c.Catalog.Sources {
			c.Catalog.Sources[i].Handling = route.Handling{Limit: route.Limit{Alerts: 1, Per: time.Minute}}
		}
		w.configure(c)
		p := w.send("POST", "/intake/generic/gen-key", "["+item("a")+","+item("b")+`,{"dedup_key":"c","severity":[]},`+item("a")+"]").problem(429)
		var decisions []string
		for _, r := range p.Results {
			decisions = append(decisions, r.Decision)
		}
		assert.Equal(t, []string{"opened", "limited", "", "applied"}, decisions)

		a := w.send("POST", "/intake/alertmanager/am-key", firing("f1", "f2")).is(503) // 429 is final for Alertmanager
		assert.NotEmpty(t, a.Header().Get("Retry-After"))
		require.Len(t, w.alerts(), 2)
		w.pass(time.Minute)
		w.send("POST", "/intake/alertmanager/am-key", firing("f1", "f2")).is(200)
		require.Len(t, w.alerts(), 3)
	})
}
