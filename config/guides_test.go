package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/rules/expr"
)

// TestGuides loads every example of the guides, beside the one at the top of each.
func TestGuides(t *testing.T) {
	reader := config.Reader{Compile: expr.Compile}
	for name, least := range map[string]int{"alerts.md": 6, "escalation.md": 10} {
		t.Run(name, func(t *testing.T) {
			guide, err := os.ReadFile(filepath.Join("..", "docs", name))
			require.NoError(t, err)
			examples := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```\n").FindAllStringSubmatch(string(guide), -1)
			require.GreaterOrEqual(t, len(examples), least)
			top := examples[0][1]
			for _, example := range examples[1:] {
				_, warnings, err := reader.Parse("watchbill.yaml", []byte(top+example[1]))
				assert.NoError(t, err, "%s", example[1])
				assert.Empty(t, warnings, "%s", example[1])
			}
		})
	}
}
