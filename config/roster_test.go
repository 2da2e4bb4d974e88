package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
)

const duties = `
timezone: UTC
users: [{id: ada}, {id: ben}]
schedules: [{id: primary, layers: [{id: week, users: [ada], start: 2026-01-05, rotation: {unit: week}}]}, {id: secondary}]
catch_all: user:ada
`

func loadDuties(t *testing.T, more string) (catalog.Catalog, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.yaml")
	require.NoError(t, os.WriteFile(path, []byte(duties+more), 0o600))
	f, _, err := config.Load(path)
	if err != nil {
		return catalog.Catalog{}, err
	}
	return f.Org.Catalog, nil
}

func TestPayAndRosters(t *testing.T) {
	c, err := loadDuties(t, `
pay:
  currency: EUR
  timezone: person
  overlap: each
  rules:
    - {id: night, hours: [{days: [mon], from: 22:00, to: 06:00}], schedules: [primary], timezone: schedule, holidays: off, calendars: [de], hourly: 600, shift: 5, page: 7}
rosters:
  - schedule: primary
    people: [ada, ben]
    length: 1w
    start: 2026-01-05T09:00
    coverage: [{days: [mon], from: 09:00, to: 17:00}]
    seats: 2
    max_consecutive: 2
    layer: week
    min_rest: 2d
    apart_from: [secondary]
    wishes:
      - {user: ada, from: 2026-08-01, to: 2026-08-15, weight: 1w, reason: a wedding}
      - {user: ben, from: 2026-12-24, to: 2026-12-27, prefer: true}
    weights: {night: 0.5, page: 0s, sleep: 1d, night_from: 23:00}
  - {schedule: secondary}
`)
	require.NoError(t, err)
	at := func(text string) (m calendar.Moment) { require.NoError(t, m.UnmarshalText([]byte(text))); return m }
	window := func(from, to int) []calendar.Window {
		return []calendar.Window{{Days: []calendar.Weekday{calendar.Monday}, From: calendar.NewTimeOfDay(from, 0), To: calendar.NewTimeOfDay(to, 0)}}
	}
	assert.Equal(t, catalog.Pay{Currency: "EUR", Timezone: "person", Overlap: catalog.OverlapEach, Rules: []catalog.PayRule{{ID: "night",
		Hours: window(22, 6), Schedules: []watchbill.ScheduleID{"primary"}, Timezone: "schedule", Holidays: "off", Calendars: []string{"de"},
		Hourly: 600, Shift: 5, Page: 7}}}, c.Pay)
	w := catalog.DefaultWeights()
	w.Night, w.Page, w.Sleep, w.NightAt = 500, 0, 24*time.Hour, calendar.NewTimeOfDay(23, 0)
	assert.Equal(t, []catalog.Roster{{Schedule: "primary", Layer: "week", People: []watchbill.UserID{"ada", "ben"}, Length: calendar.Length{N: 1, Unit: calendar.Week},
		Start: at("2026-01-05T09:00"), Coverage: window(9, 17), Seats: 2, MaxConsecutive: 2, MinRest: 48 * time.Hour,
		ApartFrom: []watchbill.ScheduleID{"secondary"}, Wishes: []catalog.Wish{
			{User: "ada", From: at("2026-08-01"), To: at("2026-08-15"), Weight: 168 * time.Hour, Reason: "a wedding"},
			{User: "ben", From: at("2026-12-24"), To: at("2026-12-27"), Prefer: true}}, Weights: &w}, {Schedule: "secondary"}}, c.Rosters)
}

func TestPayAndRostersThatAreWrong(t *testing.T) {
	_, err := loadDuties(t, `
pay: {currency: euro, timezone: Mars, rules: [{id: a, hourly: 1.5, schedules: [tertiary]}]}
rosters:
  - {schedule: primry, length: 1 week, weights: {night: lots}, apart_from: [nowhere], wishes: [{user: eve, from: 2026-08-01, to: 2026-08-02}]}
  - {schedule: secondary, hours: 3, layer: nights, min_rest: 2 days, weights: {sleep: 1y}}
`)
	for _, want := range []string{
		`w.yaml:7: pay.currency: "euro" is not a currency; use its three capital letters`, `pay.timezone: "Mars" is not`,
		"pay.rules[0].hourly: is ", `pay.rules[0].schedules[0]: schedule "tertiary" does not exist`,
		`w.yaml:9: rosters[0].schedule: schedule "primry" does not exist`, "rosters[0].length: ", "rosters[0].weights.night: ",
		`rosters[0].apart_from[0]: schedule "nowhere" does not exist`, `rosters[0].wishes[0].user: user "eve" does not exist`,
		"rosters[1].hours: is unknown", `rosters[1].layer: schedule "secondary" has no layer or site "nights"`,
		`rosters[1].min_rest: is "2 days", must be a duration of at least 0s, such as 90m, 48h, 2d or 1w`, "rosters[1].weights.sleep: is",
	} {
		assert.ErrorContains(t, err, want)
	}
}
