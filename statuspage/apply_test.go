package statuspage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/timeline"
)

func status(s statuspage.Status) *statuspage.Status { return &s }

func TestStatusText(t *testing.T) {
	for s := statuspage.Operational; s <= statuspage.Major; s++ {
		text, err := s.MarshalText()
		require.NoError(t, err)
		require.Equal(t, s.String(), string(text))
		var back statuspage.Status
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, s, back)
	}
	_, err := statuspage.Status(5).MarshalText()
	require.EqualError(t, err, "statuspage: status 5 does not exist")
	require.Equal(t, "unknown", statuspage.Status(5).String())
	require.Error(t, new(statuspage.Status).UnmarshalText([]byte("Operational")), "names are strict")
}

func TestSetComponentJSON(t *testing.T) {
	for text, want := range map[string]statuspage.SetComponent{
		`{"component":"api","status":"major_outage"}`: {Component: "api", Status: status(statuspage.Major)},
		`{"component":"api","status":"auto"}`:         {Component: "api"},
	} {
		var c statuspage.SetComponent
		require.NoError(t, json.Unmarshal([]byte(text), &c))
		require.Equal(t, want, c)
		back, err := json.Marshal(c)
		require.NoError(t, err)
		require.Equal(t, text, string(back))
	}
	for text, want := range map[string]string{
		`{"component":"api"}`:                               "statuspage: status: is missing; use a status, or auto to follow the incidents again",
		`{"component":"api","status":"down"}`:               "statuspage: status: is none of operational, under_maintenance, degraded_performance, partial_outage, major_outage, and not auto",
		`{"component":"api","status":"auto","until":"now"}`: `json: unknown field "until"`,
	} {
		require.EqualError(t, json.Unmarshal([]byte(text), new(statuspage.SetComponent)), want)
	}
}

// TestRefusals shows what Apply refuses, and in which words.
func TestRefusals(t *testing.T) {
	b := board(t).
		order(at(8, 0), statuspage.Schedule{Title: "To come", From: at(20, 0), Until: at(22, 0)}).
		order(at(8, 0), statuspage.Schedule{Title: "Going on", From: at(9, 0), Until: at(18, 0)}).
		order(at(8, 0), statuspage.Schedule{Title: "Over", From: at(9, 0), Until: at(10, 0)}).
		order(at(8, 0), statuspage.Schedule{Title: "Off", From: at(9, 0), Until: at(10, 0)}).
		order(at(8, 30), statuspage.Cancel{Maintenance: "m4"}).b
	for _, c := range []struct {
		command statuspage.Command
		want    string
	}{
		{statuspage.SetComponent{}, "component: is missing"},
		{statuspage.SetComponent{Component: "api", Status: status(9)}, "status: is none of operational, under_maintenance, degraded_performance, partial_outage, major_outage"},
		{statuspage.Schedule{Title: " ", Until: at(13, 0)}, "title: is missing"},
		{statuspage.Schedule{Title: strings.Repeat("x", 201), Until: at(13, 0)}, "title: has 201 characters; at most 200 are allowed"},
		{statuspage.Schedule{Title: "x"}, "until: is missing; say when it ends"},
		{statuspage.Schedule{Title: "x", Until: at(11, 0)}, "until: 2026-07-15T11:00:00Z does not lie after the beginning, 2026-07-15T12:00:00Z"},
		{statuspage.Schedule{Title: "x", From: at(9, 0), Until: at(11, 0)}, "until: 2026-07-15T11:00:00Z is past"},
		{statuspage.Schedule{Title: "x", Until: at(13, 0), Components: []string{"a", "", "a"}}, "components: names a component without an ID\nstatuspage: components: names \"a\" twice"},
		{statuspage.Tell{Maintenance: "m9", Text: "x"}, `maintenance: there is no maintenance "m9"`},
		{statuspage.Tell{Text: "x"}, "maintenance: is missing; name one as m1"},
		{statuspage.Tell{Maintenance: "m1"}, "text: is missing"},
		{statuspage.Move{Maintenance: "m1"}, "until: give from, until, or both"},
		{statuspage.Move{Maintenance: "m1", From: at(23, 0)}, "until: 2026-07-15T22:00:00Z does not lie after the beginning, 2026-07-15T23:00:00Z"},
		{statuspage.Move{Maintenance: "m1", Until: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)}, "until: the year 20000 is out of range"},
		{statuspage.Move{Maintenance: "m2", From: at(13, 0)}, "from: it has begun; only its end can move"},
		{statuspage.Complete{Maintenance: "m1"}, "maintenance: m1 has not begun; cancel it, or move it"},
		{statuspage.Complete{Maintenance: "m4"}, "the maintenance is over"},
		{statuspage.Cancel{Maintenance: "m3"}, "the maintenance is over"},
		{statuspage.Move{Maintenance: "m3", Until: at(20, 0)}, "the maintenance is over"},
	} {
		after, entries, err := statuspage.Apply(b, noon, c.command)
		require.Error(t, err, "%T", c.command)
		require.Equal(t, c.want, strings.TrimPrefix(err.Error(), "statuspage: "))
		require.Equal(t, b, after)
		require.Empty(t, entries)
		var field *statuspage.FieldError
		require.True(t, errors.As(err, &field) != errors.Is(err, statuspage.ErrOver))
	}
	_, _, err := statuspage.Apply(statuspage.Board{}, noon, statuspage.SetComponent{Component: "api"})
	require.EqualError(t, err, "statuspage: page: is missing")
}

// TestNeedless shows what changes nothing and is not recorded.
func TestNeedless(t *testing.T) {
	b := board(t).
		order(at(8, 0), statuspage.SetComponent{Component: "api", Status: status(statuspage.Partial)}).
		order(at(8, 0), statuspage.Schedule{Title: "Going on", From: at(9, 0), Until: at(18, 0)}).
		order(at(9, 0), statuspage.Complete{Maintenance: "m1"}).
		order(at(10, 0), statuspage.Schedule{Title: "Off", Until: at(18, 0)}).
		order(at(11, 0), statuspage.Cancel{Maintenance: "m2"}).
		order(at(11, 0), statuspage.Schedule{Title: "To come", From: at(16, 0), Until: at(18, 0)}).b
	for _, c := range []statuspage.Command{
		statuspage.SetComponent{Component: "api", Status: status(statuspage.Partial)},
		statuspage.SetComponent{Component: "site"},
		statuspage.Complete{Maintenance: "m1"},
		statuspage.Cancel{Maintenance: "m2"},
		statuspage.Move{Maintenance: "m3", From: at(16, 0), Until: at(18, 0)},
	} {
		after, entries, err := statuspage.Apply(b, noon, c)
		require.NoError(t, err)
		require.Empty(t, entries, "%T", c)
		require.Equal(t, b, after)
	}
}

// TestRecord folds a board's record, and reads it aloud.
func TestRecord(t *testing.T) {
	b := statuspage.Board{Page: "public"}
	var record []timeline.Entry
	var words []string
	for i, c := range []statuspage.Command{
		statuspage.SetComponent{By: ada, Component: "api", Status: status(statuspage.Major)},
		statuspage.SetComponent{By: ada, Component: "api"},
		statuspage.Schedule{By: timeline.By{Actor: "user:ben", Via: "cli"}, Title: "Upgrade", Components: []string{"api"}, From: at(20, 0), Until: at(22, 0)},
		statuspage.Tell{By: ada, Maintenance: "m1", Text: "We begin earlier."},
		statuspage.Move{By: ada, Maintenance: "m1", From: at(13, 0), Until: at(15, 0)},
		statuspage.Complete{By: ada, Maintenance: "m1"},
		statuspage.Schedule{Title: "Another", Until: at(22, 0)},
		statuspage.Cancel{By: ada, Maintenance: "m2"},
	} {
		next, entries, err := statuspage.Apply(b, at(12+i/4, 30*(i%2)), c)
		require.NoError(t, err)
		b, record = next, append(record, entries...)
		for _, e := range entries {
			words = append(words, fmt.Sprintf("%d %s %s", e.Seq, e.Kind, statuspage.Describe(e)))
		}
	}
	require.Equal(t, []string{
		"1 component_set ada set component api to major_outage",
		"2 component_set ada let component api follow the incidents again",
		`3 maintenance_scheduled ben (via cli) scheduled the maintenance "Upgrade" from 2026-07-15 20:00 UTC until 2026-07-15 22:00 UTC of api`,
		"4 maintenance_told ada told customers of maintenance m1: We begin earlier.",
		"5 maintenance_moved ada moved maintenance m1, it begins 2026-07-15 13:00 UTC, it ends 2026-07-15 15:00 UTC",
		"6 maintenance_completed ada completed maintenance m1",
		`7 maintenance_scheduled engine scheduled the maintenance "Another" until 2026-07-15 22:00 UTC`,
		"8 maintenance_cancelled ada cancelled maintenance m2",
	}, words)
	folded, err := statuspage.Fold("public", record)
	require.NoError(t, err)
	require.Equal(t, b, folded)
	require.Equal(t, timeline.Owner("board:public"), b.Owner())

	data, err := statuspage.Encode(b)
	require.NoError(t, err)
	back, err := statuspage.Decode(data)
	require.NoError(t, err)
	require.Equal(t, b, back)

	_, err = statuspage.Decode([]byte(`{"v":2,"page":"public"}`))
	require.EqualError(t, err, "statuspage: stored board public has the form 2, this release reads 1")
	_, err = statuspage.Fold("public", []timeline.Entry{{Seq: 1, Kind: "sung"}})
	require.EqualError(t, err, `statuspage: entry 1: unknown kind "sung"`)
	require.Contains(t, statuspage.Describe(timeline.Entry{Kind: "sung"}), "sung (unreadable")
}

// TestForget shows that a board does not grow for ever, and never uses an ID twice.
func TestForget(t *testing.T) {
	s := board(t)
	start := daysAgo(800, noon)
	for day := range 800 {
		now := start.AddDate(0, 0, day)
		s.order(now, statuspage.SetComponent{Component: "api", Status: status(statuspage.Major)})
		s.order(now.Add(time.Hour), statuspage.SetComponent{Component: "api"})
		s.order(now, statuspage.Schedule{Title: "Nightly", Until: now.Add(2 * time.Hour)})
	}
	kept := int(statuspage.Memory / (24 * time.Hour))
	require.InDelta(t, kept, len(s.b.Settings), 1)
	require.InDelta(t, kept, len(s.b.Maintenances), 1)
	require.Equal(t, "m800", s.b.Maintenances[len(s.b.Maintenances)-1].ID)

	for i := range 3 * statuspage.MaxItems {
		s.order(noon.Add(time.Duration(i)*time.Minute), statuspage.SetComponent{Component: "api", Status: status(statuspage.Status(i % 5))})
	}
	require.Len(t, s.b.Settings, statuspage.MaxItems)
	last, set := s.b.Set("api")
	require.True(t, set)
	require.Equal(t, statuspage.Status((3*statuspage.MaxItems-1)%5), last)
}

// TestClockSetBack shows that a clock which was wrong does not turn the record around.
func TestClockSetBack(t *testing.T) {
	b := board(t).order(at(12, 0), statuspage.Schedule{Title: "Now", Until: at(14, 0)}).
		order(at(11, 0), statuspage.Complete{Maintenance: "m1"}).b
	require.Equal(t, at(12, 0), b.UpdatedAt)
	require.Equal(t, statuspage.Completed, b.Maintenances[0].Phase(at(12, 0)))
	v := statuspage.Look(shop(), b, []incident.Incident{{}}, at(12, 1), base)
	require.Len(t, v.Maintenance, 1)
	require.Empty(t, v.Incidents)
}
