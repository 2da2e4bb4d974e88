package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// TestREADME loads what the README shows of a configuration, beside what it takes for granted.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	const top = `
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}]}]
teams: [{id: platform, members: [ada]}]
schedules:
  - {id: primary, layers: [{id: week, users: [ada], start: 2026-01-05T09:00, rotation: {unit: week}}]}
  - {id: secondary, layers: [{id: week, users: [ada], start: 2026-01-05T09:00, rotation: {unit: week}}]}
services: [{id: checkout, name: Checkout}]
catch_all: user:ada
`
	examples := regexp.MustCompile("(?ms)^```yaml\n((?:sources|incidents):\n.*?)^```\n").FindAllStringSubmatch(string(readme), -1)
	require.Len(t, examples, 3)
	for _, example := range examples {
		key := strings.ReplaceAll(example[1], "key: KEY", "key: a-key-that-is-long-enough")
		_, _, err := config.Parse("watchbill.yaml", []byte(top+key))
		assert.NoError(t, err, "%s", example[1])
	}
}
