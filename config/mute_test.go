package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
)

func TestMuting(t *testing.T) {
	f, warnings, err := config.Load("testdata/muting.yaml")
	require.NoError(t, err)
	assert.Empty(t, warnings)
	org, err := oncall.New(f.Org, 1)
	require.NoError(t, err)

	hours := f.Org.Catalog.Hours[0]
	assert.Equal(t, []string{"Office", "America/New_York", "2026-12-31T00:00"}, []string{hours.Name, hours.Zone, hours.Holidays[1].String()})
	assert.Equal(t, []bool{false, true}, []bool{hours.Exceptions[0].During, hours.Exceptions[1].During})
	checkout, search := f.Org.Catalog.Services[0], f.Org.Catalog.Services[1]
	assert.Equal(t, []watchbill.Urgency{watchbill.UrgencyHigh, watchbill.UrgencyLow}, []watchbill.Urgency{*checkout.Support.During, *checkout.Support.Outside})
	assert.True(t, checkout.Support.Raise)
	assert.Equal(t, 30*time.Second, checkout.Pause)
	assert.Equal(t, watchbill.UrgencyLow, *search.Urgency)
	assert.Nil(t, search.Support.During)

	s1, s2 := f.Org.Silences[0], f.Org.Silences[1]
	assert.Equal(t, `env=~"dev|test"`, s1.Matchers[1].String())
	assert.Equal(t, "Backups make noise.", s1.Comment)
	assert.Equal(t, []string{"UTC", "Europe/Berlin"}, []string{s1.Span.Zone, s2.Span.Zone})
	assert.Equal(t, mute.Hold, f.Org.Maintenance[1].Mode)

	sub := mute.Subject{Labels: []alert.Label{{Name: "env", Value: "dev"}, {Name: "team", Value: "db"}}, Service: "checkout"}
	held, again := org.Mute().At(sub, time.Date(2026, 1, 30, 18, 30, 0, 0, time.UTC)) // the last Friday
	assert.Equal(t, []mute.Held{{Reason: mute.BySilence, ID: "s1", Until: time.Date(2026, 1, 30, 20, 0, 0, 0, time.UTC)}}, held)
	assert.Equal(t, held[0].Until, again)
	held, _ = org.Mute().At(sub, time.Date(2026, 2, 8, 4, 59, 59, 0, time.UTC))
	assert.Equal(t, []mute.Held{{Reason: mute.ByMaintenance, ID: "m1", Until: time.Date(2026, 2, 8, 5, 0, 0, 0, time.UTC), Collect: true}}, held)
}

func TestBadMuting(t *testing.T) {
	_, _, err := config.Load("testdata/badmuting.yaml")
	require.Error(t, err)
	golden(t, "testdata/badmuting.golden", err.Error()+"\n")
}

// TestGuideToMuting loads every example of docs/muting.md, beside the one at its top.
func TestGuideToMuting(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "muting.md"))
	require.NoError(t, err)
	examples := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```\n").FindAllStringSubmatch(string(guide), -1)
	require.GreaterOrEqual(t, len(examples), 7)
	top := examples[0][1]
	for _, example := range examples[1:] {
		_, warnings, err := config.Parse("watchbill.yaml", []byte(top+example[1]))
		require.NoError(t, err, "%s", example[1])
		require.Empty(t, warnings, "%s", example[1])
	}
}
