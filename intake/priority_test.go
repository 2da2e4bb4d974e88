package intake_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/alert"
)

func TestPriority(t *testing.T) {
	for text, want := range map[string]alert.Priority{"P1": 1, " p5 ": 5, "": 0} {
		s := one(t, map[string]any{"summary": "s", "severity": "info", "priority": text})
		assert.Equal(t, want, s.Priority)
		assert.Empty(t, s.Notes)
	}
	s := one(t, map[string]any{"summary": "s", "severity": "info", "priority": "urgent"})
	assert.Zero(t, s.Priority)
	assert.Equal(t, []string{`the priority "urgent" is unknown; it counts as none`}, s.Notes)
}
