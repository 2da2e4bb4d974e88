package escalation_test

import (
	"testing"

	"github.com/watchbill/watchbill/internal/script"
)

func TestScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command { return newWorld(t).do })
}
