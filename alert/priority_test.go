package alert_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
)

func TestPriorityText(t *testing.T) {
	for p := range alert.MaxPriority + 1 {
		text, err := p.MarshalText()
		require.NoError(t, err)
		var back alert.Priority
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, p, back)
	}
	var p alert.Priority
	for _, wrong := range []string{"P0", "P6", "p1", "1", "P11", "none"} {
		assert.ErrorContains(t, p.UnmarshalText([]byte(wrong)), "use P1, P2")
	}
	_, err := alert.Priority(6).MarshalText()
	assert.Error(t, err)
	assert.Equal(t, "P1 P5 none none", alert.Priority(1).String()+" "+alert.Priority(5).String()+" "+
		alert.Priority(0).String()+" "+alert.Priority(9).String())
	data, err := json.Marshal(alert.Signal{Key: "k", Priority: 2})
	require.NoError(t, err)
	assert.JSONEq(t, `{"source":"","key":"k","priority":"P2"}`, string(data))
}

func TestPriorityOnlyRises(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	a := alert.Open("a", at, alert.Signal{Summary: "s", Priority: 3}, alert.Terms{})
	assert.Equal(t, alert.Priority(3), a.Priority)
	for _, s := range []struct{ said, want alert.Priority }{{4, 3}, {0, 3}, {1, 1}, {2, 1}} {
		var change alert.Change
		a, change = alert.Step(a, at, alert.Again{Signal: alert.Signal{Priority: s.said}})
		assert.Equal(t, s.want, a.Priority)
		assert.Equal(t, s.said == 1, change.Has(alert.Updated))
	}
	assert.True(t, alert.Priority(5).Before(0))
	assert.False(t, alert.Priority(0).Before(5))
}
