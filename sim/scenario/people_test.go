package scenario_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim/scenario"
)

// TestAboutTwoConfigurations: to compare them, a file speaks of who is only in one of them.
func TestAboutTwoConfigurations(t *testing.T) {
	r := reader(t)
	other := *r.Config
	other.Org.Catalog.Users = append(slices.Clip(other.Org.Catalog.Users),
		catalog.User{ID: "dora", Contacts: []notify.Contact{{ID: "pager", Channel: "pager", Address: "1"}}})
	text := []byte(`start: 2026-03-02T08:00
for: 2h
people:
  ada: {asleep: {from: "23:00", to: "07:00", wakes: {pager: 90%, default: 5%}}}
  dora: {misses: 10%}
providers: {pager: {fails: 10%}}
`)
	_, err := r.Parse("x.scenario.yaml", text)
	require.ErrorContains(t, err, `people.dora: the configuration has no user "dora"`)
	require.ErrorContains(t, err, `wakes.pager: the configuration has no channel "pager"`)

	r.Also = &other
	f, err := r.Parse("x.scenario.yaml", text)
	require.NoError(t, err)
	require.NotContains(t, f.Scenario.People, other.Org.Catalog.Users[len(other.Org.Catalog.Users)-1].ID)
	require.Equal(t, map[notify.Channel]float64{"": 0.05}, f.Scenario.People["ada"].Asleep.Wakes)
	require.NotContains(t, f.Scenario.Providers, notify.Channel("pager"))

	f, err = scenario.Reader{Config: &other, Also: r.Config}.Parse("x.scenario.yaml", text)
	require.NoError(t, err)
	require.InDelta(t, 0.1, f.Scenario.People["dora"].Misses, 0)
	require.InDelta(t, 0.9, f.Scenario.People["ada"].Asleep.Wakes["pager"], 0)
	require.InDelta(t, 0.1, f.Scenario.Providers["pager"].Fails, 0)
}
