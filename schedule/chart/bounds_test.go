package chart_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

// bars counts what has a title of its own.
func bars(root element) int { return len(root.named("title")) - 1 }

// TestHourlyYear: 8,760 turns a year become blocks that say so.
func TestHourlyYear(t *testing.T) {
	svg := draw(t, made(t, hourly), window("2026-01-01", "2027-01-01"))
	assert.Less(t, len(svg), 60_000)
	root := parse(t, svg)
	assert.Less(t, bars(root), 100)
	assert.Contains(t, root.texts("text"), "changes hourly")
	titles := strings.Join(root.texts("title"), "\n")
	assert.Contains(t, titles, "Changes hourly, ")
	assert.Contains(t, titles, ": Ben Carter, Cem Yıldız, Ada Okafor")
	assert.Contains(t, titles, "Nobody, 2190 times, ")
	assert.Contains(t, root.Children[1].Text, "Nobody is on call at 2190 times:")
}

// TestBusiest is the worst that can be asked for: two years, as wide as it gets, more layers than are drawn, all
// changing every hour, and overrides on each of the days, with the longest names of the letters that take most bytes.
func TestBusiest(t *testing.T) {
	spec := schedule.Spec{ID: "busy"}
	for i := range 14 {
		var l schedule.Layer
		require.NoError(t, l.Start.UnmarshalText([]byte("2026-01-01T00:00")))
		l.ID, l.Rotation, l.Seats = schedule.LayerID(strings.Repeat("\"", 60)+fmt.Sprint(i)), made(t, hourly).Spec().Layers[0].Rotation, 8
		l.Rotation.Every = 5 + i
		for u := range 30 {
			l.Users = append(l.Users, watchbill.UserID(fmt.Sprintf("u%d-%d", i, u)))
		}
		spec.Layers = append(spec.Layers, l)
	}
	for i := range 700 {
		o := schedule.Override{ID: schedule.OverrideID(fmt.Sprint(i)), User: "u1-1", Replaces: "u2-2", Reason: strings.Repeat("'", 200)}
		require.NoError(t, o.From.UnmarshalText([]byte(day("2026-01-01").AddDate(0, 0, i).Format("2006-01-02"))))
		require.NoError(t, o.To.UnmarshalText([]byte(day("2026-01-01").AddDate(0, 0, i+3).Format("2006-01-02"))))
		spec.Overrides = append(spec.Overrides, o)
	}
	s, err := schedule.New(spec)
	require.NoError(t, err)
	o := window("2026-01-01", "2028-01-01")
	o.Width, o.Theme = 4000, chart.Auto
	svg := draw(t, s, o)
	require.LessOrEqual(t, bars(parse(t, svg)), 2500+25*(6+3), "bars, and at most so many remarks a month")
	require.Less(t, len(svg), 1_000_000)
	require.Contains(t, svg, "Note: 2 layers of lower precedence are not drawn.")
	o.Names = func(id watchbill.UserID) string { return string(id) + strings.Repeat("\"", 200) }
	require.Less(t, len(draw(t, s, o)), 8_000_000)
}

// TestFullPicture has as many bars as a picture may, of people with names of 30 letters.
func TestFullPicture(t *testing.T) {
	s := made(t, `{"id":"full","timezone":"Europe/Berlin","layers":[
		{"id":"day","users":["ada","ben","cem"],"start":"2025-12-01T09:00","rotation":{"unit":"day"}},
		{"id":"half","users":["dee","eva"],"start":"2025-12-01T09:00","rotation":{"every":12,"unit":"hour"},
		 "coverage":[{"days":["mon","tue","wed","thu","fri"],"from":"06:00","to":"22:00"}]}]}`)
	o := window("2026-01-01", "2026-12-01")
	o.Theme = chart.Auto
	o.Names = func(id watchbill.UserID) string { return string(id) + strings.Repeat("n", 27) }
	svg := draw(t, s, o)
	n := bars(parse(t, svg))
	require.Greater(t, n, 1500)
	require.Less(t, len(svg), 1_000_000)
}

// TestSameBytes: nothing depends on the order of a map.
func TestSameBytes(t *testing.T) {
	s, o := made(t, week), window("2026-01-01", "2026-12-31")
	o.Theme = chart.Auto
	first := draw(t, s, o)
	for range 5 {
		require.Equal(t, first, draw(t, s, o))
	}
}

// TestPictures: every shape of window is a well-formed picture.
func TestPictures(t *testing.T) {
	for _, spec := range []string{week, sun, nights, hourly, `{"id":"empty"}`, `{"id":"samoa","timezone":"Pacific/Apia","layers":[
		{"id":"l","users":["ada","ben"],"start":"2011-12-01T09:00","rotation":{"unit":"day"}}]}`} {
		s := made(t, spec)
		for _, w := range [][2]string{{"2011-12-28", "2012-01-03"}, {"2026-03-29", "2026-03-30"}, {"2026-03-27", "2026-05-08"},
			{"2026-03-27", "2026-05-09"}, {"2026-02-11", "2026-11-30"}, {"2027-12-31", "2028-03-02"}, {"2024-01-01", "2026-01-02"}} {
			for _, width := range []int{320, 1000, 4000} {
				o := window(w[0], w[1])
				o.Width, o.Now = width, day(w[0]).AddDate(0, 0, 1)
				root := parse(t, draw(t, s, o))
				require.Equal(t, fmt.Sprint(width), root.attr("width"))
			}
		}
	}
}
