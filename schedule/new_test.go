package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

const full = `{
	"id": "primary",
	"timezone": "Europe/Berlin",
	"layers": [{
		"id": "week", "users": ["ada", "~", "ben"], "start": "2026-01-05T09:00", "end": "2027-01-05T09:00:00+01:00",
		"rotation": {"every": 2, "unit": "day"}, "timezone": "America/New_York",
		"coverage": [{"days": ["mon", "fri"], "from": "22:00", "to": "06:00"}]
	}],
	"overrides": [
		{"id": "o1", "from": "2026-01-27T09:00", "to": "2026-01-28T09:00:30", "user": "ben", "replaces": "ada"},
		{"id": "o2", "from": "2026-01-27T00:00", "to": "2026-01-28T09:00:30Z", "user": "cem"}
	]
}`

func spec(t testing.TB) schedule.Spec {
	t.Helper()
	var spec schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(full), &spec))
	return spec
}

func TestSpecJSON(t *testing.T) {
	got, err := json.Marshal(spec(t))
	require.NoError(t, err)
	assert.JSONEq(t, full, string(got))
}

func TestNewKeepsACopy(t *testing.T) {
	given := spec(t)
	s, err := schedule.New(given)
	require.NoError(t, err)
	given.Layers[0].Users[0] = "eve"
	given.Layers[0].Coverage[0].Days[0] = calendar.Sunday
	given.Overrides[0].User = "eve"
	assert.Equal(t, spec(t), s.Spec())
	s.Spec().Layers[0].Users[0] = "eve"
	assert.Equal(t, spec(t), s.Spec())
	assert.Equal(t, watchbill.ScheduleID("primary"), s.ID())
	assert.Equal(t, "Europe/Berlin", s.Zone().String())
}

func TestZoneIsUTCUnlessGiven(t *testing.T) {
	s, err := schedule.New(schedule.Spec{ID: "s"})
	require.NoError(t, err)
	assert.Equal(t, "UTC", s.Zone().String())
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	many := make([]watchbill.UserID, 10_001)
	for i := range many {
		many[i] = "ada"
	}
	for path, breaks := range map[string]func(*schedule.Spec){
		"id":                        func(s *schedule.Spec) { s.ID = "" },
		"timezone":                  func(s *schedule.Spec) { s.Timezone = "Europe/Berln" },
		"layers":                    func(s *schedule.Spec) { s.Layers = make([]schedule.Layer, 100_000) },
		"layers[1].id":              func(s *schedule.Spec) { s.Layers = append(s.Layers, s.Layers[0]) },
		"layers[0].id":              func(s *schedule.Spec) { s.Layers[0].ID = "" },
		"layers[0].users":           func(s *schedule.Spec) { s.Layers[0].Users = nil },
		"layers[0].users ":          func(s *schedule.Spec) { s.Layers[0].Users = many },
		"layers[0].users[1]":        func(s *schedule.Spec) { s.Layers[0].Users[1] = "" },
		"layers[0].start":           func(s *schedule.Spec) { s.Layers[0].Start = calendar.Moment{} },
		"layers[0].start ":          func(s *schedule.Spec) { s.Layers[0].Start = moment("0001-02-01") },
		"layers[0].start  ":         func(s *schedule.Spec) { s.Layers[0].Start = moment("9999-02-01T00:00:00Z") },
		"layers[0].end":             func(s *schedule.Spec) { s.Layers[0].End = s.Layers[0].Start },
		"layers[0].end ":            func(s *schedule.Spec) { s.Layers[0].End = moment("2201-01-02") },
		"layers[0].rotation.every":  func(s *schedule.Spec) { s.Layers[0].Rotation.Every = -1 },
		"layers[0].rotation.every ": func(s *schedule.Spec) { s.Layers[0].Rotation.Every = 1 << 62 },
		"layers[0].rotation.unit":   func(s *schedule.Spec) { s.Layers[0].Rotation.Unit = 0 },
		"layers[0].rotation.unit ":  func(s *schedule.Spec) { s.Layers[0].Rotation.Unit = 77 },
		"layers[0].timezone":        func(s *schedule.Spec) { s.Layers[0].Timezone = "Local" },
		"layers[0].coverage":        func(s *schedule.Spec) { s.Layers[0].Coverage = make([]calendar.Window, 1001) },
		"layers[0].coverage[0]":     func(s *schedule.Spec) { s.Layers[0].Coverage[0].Days = nil },
		"layers[0].coverage[0] ":    func(s *schedule.Spec) { s.Layers[0].Coverage[0].To = s.Layers[0].Coverage[0].From },
		"overrides":                 func(s *schedule.Spec) { s.Overrides = make([]schedule.Override, 100_001) },
		"overrides[1].id":           func(s *schedule.Spec) { s.Overrides[1].ID = "o1" },
		"overrides[0].id":           func(s *schedule.Spec) { s.Overrides[0].ID = "" },
		"overrides[0].from":         func(s *schedule.Spec) { s.Overrides[0].From = calendar.Moment{} },
		"overrides[0].to":           func(s *schedule.Spec) { s.Overrides[0].To = s.Overrides[0].From },
		"overrides[1].to":           func(s *schedule.Spec) { s.Overrides[1].To = calendar.Moment{} },
		"overrides[0].user":         func(s *schedule.Spec) { s.Overrides[0].User = "" },
		"overrides[0].user ":        func(s *schedule.Spec) { s.Overrides[0].User = schedule.Unassigned },
		"overrides[1].replaces":     func(s *schedule.Spec) { s.Overrides[1].Replaces = schedule.Unassigned },
	} {
		path = strings.TrimSpace(path)
		bad := spec(t)
		breaks(&bad)
		s, err := schedule.New(bad)
		require.Error(t, err, path)
		assert.Nil(t, s)
		assert.Equal(t, []string{path}, paths(err), "%v", err)
		assert.True(t, strings.HasPrefix(err.Error(), "schedule: "+path+": "), "%v", err)
	}
}

func TestNewReportsEverythingAtOnce(t *testing.T) {
	_, err := schedule.New(schedule.Spec{
		Timezone:  "Mars/Olympus",
		Layers:    []schedule.Layer{{Rotation: schedule.Rotation{Every: -3}}},
		Overrides: []schedule.Override{{}},
	})
	assert.Equal(t, []string{
		"id", "timezone", "layers[0].id", "layers[0].users", "layers[0].rotation.every", "layers[0].rotation.unit",
		"layers[0].start", "overrides[0].id", "overrides[0].from", "overrides[0].to", "overrides[0].user",
	}, paths(err))
}

func moment(text string) (m calendar.Moment) {
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return m
}

// paths lists where the problems are that New reported.
func paths(err error) []string {
	var found []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var field *schedule.FieldError
		if errors.As(e, &field) {
			found = append(found, field.Path)
		} else {
			found = append(found, fmt.Sprintf("not a field error: %v", e))
		}
	}
	return found
}
