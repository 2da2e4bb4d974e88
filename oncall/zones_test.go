package oncall_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
)

func TestZones(t *testing.T) {
	o, err := oncall.New(oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}, {ID: "ben"}}}}, 1)
	require.NoError(t, err)
	for name, want := range map[string]string{"Europe/Berlin": "Europe/Berlin", "": "UTC", "Asia/Tokyo": "Asia/Tokyo", "Nowhere/At_All": "UTC"} {
		assert.Equal(t, want, o.Zone(name).String(), name)
	}
}

func TestZonesOfPeopleAreLoadedOnce(t *testing.T) {
	o, err := oncall.New(oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}}}}, 1)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(10, func() { o.Zone("Europe/Berlin") }), "a zone is read from a file, for every message")
}
