package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

func TestWeight(t *testing.T) {
	for text, want := range map[string]catalog.Weight{"0": 0, "1": 1000, "1.5": 1500, "0.125": 125, "10": 10_000, "2.50": 2500} {
		var w catalog.Weight
		require.NoError(t, w.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, w, text)
		var back catalog.Weight
		data, err := w.MarshalText()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalText(data))
		assert.Equal(t, w, back)
	}
	for _, text := range []string{"", ".", "1.", ".5", "-1", "+1", "1e3", "10.001", "11", "1.2345", "1,5", "99999999999999999999"} {
		w := catalog.Weight(7)
		assert.ErrorContains(t, w.UnmarshalText([]byte(text)), "write a number from 0 to 10", text)
		assert.Equal(t, catalog.Weight(7), w, text)
	}
	assert.Equal(t, "-1.5", catalog.Weight(-1500).String())
}

func TestPayAndRostersReportEveryProblemAtOnce(t *testing.T) {
	bad := catalog.DefaultWeights()
	bad.Hour, bad.Sleep, bad.NightTo = -1, -time.Hour, bad.NightAt
	c := catalog.Catalog{
		Users: []catalog.User{{ID: "ada"}},
		Pay: catalog.Pay{Currency: "eur", Timezone: "Mars", Overlap: "twice", Rules: []catalog.PayRule{
			{ID: "a", Hours: []calendar.Window{{}}, Holidays: "maybe", Hourly: -1, Shift: catalog.MaxAmount + 1, Timezone: "person"},
			{ID: "a", Timezone: "Moon", Page: -2, Hours: []calendar.Window{{For: calendar.Length{N: 1, Unit: calendar.Day}}}},
		}},
		Rosters: []catalog.Roster{
			{Schedule: "p", People: []watchbill.UserID{"ada", "ada", "eve"}, Length: calendar.Length{N: -1, Unit: calendar.Day}, Seats: -1, MaxConsecutive: -1,
				MinRest: -1, ApartFrom: []watchbill.ScheduleID{"p"}, Weights: &bad, Wishes: []catalog.Wish{{User: "eve", Weight: -1}}},
			{Schedule: "p"}, {},
		},
	}
	err := c.Validate()
	for _, want := range []string{
		`pay.currency: "eur" is not a currency`, `pay.timezone: "Mars"`, `pay.overlap: "twice" is unknown; use once or each`,
		"pay.rules[0].hours[0]: ", `pay.rules[0].holidays: "maybe"`, "pay.rules[0].hourly: -1", "pay.rules[0].shift: 1000000001",
		`pay.rules[1].id: "a" is used twice`, `pay.rules[1].timezone: "Moon"`, "pay.rules[1].page: -2", "pay.rules[1].hours[0]: has an rrule",
		`rosters[0].people[1]: user "ada" is named twice`, `rosters[0].people[2]: user "eve" does not exist`, "rosters[0].length: ",
		"rosters[0].seats: -1", "rosters[0].max_consecutive: -1", "rosters[0].min_rest: -1ns", `rosters[0].apart_from: "p" is the schedule itself`,
		"rosters[0].weights.hour: -0.001", "rosters[0].weights.sleep: -1h0m0s", "rosters[0].weights.night_from: 22:00 to 22:00",
		`rosters[0].wishes[0].user: user "eve" does not exist`, "rosters[0].wishes[0].to: ", "rosters[0].wishes[0].weight: -1ns",
		`rosters[1].schedule: "p" has a roster already`, "rosters[2].schedule: is missing",
	} {
		assert.ErrorContains(t, err, want)
	}
	fine := catalog.DefaultWeights()
	c.Pay = catalog.Pay{Currency: "EUR", Timezone: "person", Overlap: catalog.OverlapEach, Rules: []catalog.PayRule{{ID: "a", Timezone: "Asia/Kolkata"}}}
	c.Rosters = []catalog.Roster{{Schedule: "p", Weights: &fine, People: []watchbill.UserID{"ada"}}}
	assert.NoError(t, c.Validate())
}
