package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

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

// whatever has every field that a Spec may have.
const whatever = `{
	"id": "all", "timezone": "Europe/Berlin", "combine": "union",
	"sites": [{"id": "eu", "timezone": "Europe/Berlin", "from": "09:00", "days": ["mon", "sun"], "users": ["ada"],
		"start": "2026-01-05", "end": "2027-01-05", "rotation": {"lengths": ["2d", "5d"]}, "seats": 2}],
	"layers": [
		{"id": "hours", "users": ["ada", "ben"], "start": "2026-01-05", "rotation": {"every": 2, "unit": "week"}, "seats": 2,
			"coverage": [{"days": ["mon"], "from": "09:00", "to": "17:00"}],
			"hours": {"ada": {"timezone": "Asia/Tokyo", "coverage": [{"days": ["tue"], "from": "10:00", "to": "12:00"}]},
				"ben": {"coverage": [{"rrule": "FREQ=DAILY", "from": "10:00", "for": "90h"}]}},
			"holidays": "off", "calendars": ["de"], "count": "covered", "shadow": true},
		{"id": "rule", "users": ["ada"], "start": "2026-01-05", "rotation": {"rrule": "FREQ=WEEKLY;BYDAY=MO,TH"}, "holidays": "on"},
		{"id": "hand", "timezone": "Asia/Tokyo", "shifts": [{"from": "2026-01-05", "to": "2026-01-06T10:00:00Z", "users": ["ada", "ben"]}], "holidays": "only"},
		{"id": "other", "schedule": "primary", "end": "2026-05-05"}],
	"versions": [{"effective_from": "2026-03-01", "sites": [], "layers": [{"id": "later", "schedule": "primary"}]}],
	"temporary": [{"id": "tmp", "from": "2026-02-01", "to": "2026-02-02", "shifts": [{"from": "2026-02-01", "to": "2026-02-02", "users": ["~"]}]}],
	"holidays": [{"id": "de", "days": [{"date": "2026-05-01", "name": "May Day"}, {"date": "2026-12-25"}]}],
	"overrides": [
		{"id": "o1", "from": "2026-01-27T09:00", "to": "2026-01-28T09:00:30", "add": "ben", "by": "swap s7", "reason": "dentist"},
		{"id": "o2", "from": "2026-01-27T09:00", "to": "2026-01-28T09:00:30", "remove": "ben"}]
}`

func TestEveryFieldComesBack(t *testing.T) {
	var given schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(whatever), &given))
	got, err := json.Marshal(given)
	require.NoError(t, err)
	text := strings.NewReplacer(`"2026-01-05"`, `"2026-01-05T00:00"`, `"2027-01-05"`, `"2027-01-05T00:00"`, `"2026-03-01"`, `"2026-03-01T00:00"`,
		`"2026-02-01"`, `"2026-02-01T00:00"`, `"2026-02-02"`, `"2026-02-02T00:00"`, `"2026-05-05"`, `"2026-05-05T00:00"`,
		`"2026-05-01"`, `"2026-05-01T00:00"`, `"2026-12-25"`, `"2026-12-25T00:00"`, `"sites": [], `, ``).Replace(whatever)
	assert.JSONEq(t, text, string(got))
	requireNoZero(t, reflect.ValueOf(given))

	inner, err := schedule.New(spec(t))
	require.NoError(t, err)
	s, err := schedule.New(given, inner)
	require.NoError(t, err)
	var back schedule.Spec
	require.NoError(t, json.Unmarshal(got, &back))
	again, err := json.Marshal(s.Spec())
	require.NoError(t, err)
	assert.JSONEq(t, string(got), string(again))
	spoil(reflect.ValueOf(given))
	again, err = json.Marshal(s.Spec())
	require.NoError(t, err)
	assert.JSONEq(t, string(got), string(again), "the schedule shares no memory with what it was made from")
}

// requireNoZero checks that each field is set in at least one element of its list, so that none is forgotten here.
func requireNoZero(t *testing.T, v reflect.Value) {
	t.Helper()
	set := map[string]bool{}
	var look func(reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					name := v.Type().Name() + "." + f.Name
					set[name] = set[name] || !v.Field(i).IsZero()
					look(v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				look(v.MapIndex(k))
			}
		}
	}
	look(v)
	for name, is := range set {
		if name != "Override.User" && name != "Override.Replaces" { // which are in full
			assert.True(t, is, "%s is set nowhere", name)
		}
	}
}

// spoil overwrites everything that slices and maps hold.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			spoil(v.MapIndex(k))
		}
		v.Clear()
	}
}

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

func TestNewSaysWhatIsWrongWithEveryModel(t *testing.T) {
	layer := func(s *schedule.Spec) *schedule.Layer { return &s.Layers[0] }
	for path, breaks := range map[string]func(*schedule.Spec){
		"combine":                      func(s *schedule.Spec) { s.Combine = 9 },
		"layers":                       func(s *schedule.Spec) { s.Sites = make([]schedule.Site, 201) },
		"sites[0].id":                  func(s *schedule.Spec) { s.Sites[0].ID = "" },
		"layers[0].id":                 func(s *schedule.Spec) { s.Sites[0].ID = "hours" },
		"sites[0].timezone":            func(s *schedule.Spec) { s.Sites[0].Timezone = "" },
		"sites[0].from":                func(s *schedule.Spec) { s.Sites[0].From = 86400 },
		"sites[0].days[1]":             func(s *schedule.Spec) { s.Sites[0].Days[1] = 7 },
		"sites[0].seats":               func(s *schedule.Spec) { s.Sites[0].Seats = 21 },
		"sites[0].users":               func(s *schedule.Spec) { s.Sites[0].Users = nil },
		"sites[0].start":               func(s *schedule.Spec) { s.Sites[0].Start = calendar.Moment{} },
		"sites[0].rotation.lengths[0]": func(s *schedule.Spec) { s.Sites[0].Rotation.Lengths[0].N = 0 },
		"sites[0].rotation.lengths[1]": func(s *schedule.Spec) { s.Sites[0].Rotation.Lengths[1].Unit = calendar.Month },
		"sites[0].rotation.lengths":    func(s *schedule.Spec) { s.Sites[0].Rotation.Lengths = make([]calendar.Length, 1001) },
		"sites[0].rotation":            func(s *schedule.Spec) { s.Sites[0].Rotation.Unit = calendar.Day },
		"layers[1].rotation":           func(s *schedule.Spec) { s.Layers[1].Rotation.Every = 2 },
		"layers[1].rotation.rrule":     func(s *schedule.Spec) { s.Layers[1].Rotation.RRule = rule("FREQ=DAILY;UNTIL=19990101T000000") },
		"layers[0].rotation":           func(s *schedule.Spec) { layer(s).Rotation.Lengths = []calendar.Length{{N: 1, Unit: calendar.Day}} },
		"layers[0].seats":              func(s *schedule.Spec) { layer(s).Seats = -1 },
		"layers[0].count": func(s *schedule.Spec) {
			layer(s).Coverage = []calendar.Window{{RRule: rule("FREQ=DAILY"), For: calendar.Length{N: 1, Unit: calendar.Hour}}}
		},
		"layers[0].count ":                 func(s *schedule.Spec) { layer(s).Count = 9 },
		"layers[1].count":                  func(s *schedule.Spec) { s.Layers[1].Count = schedule.CountCovered },
		"layers[0].holidays":               func(s *schedule.Spec) { layer(s).Holidays = 9 },
		"layers[0].calendars":              func(s *schedule.Spec) { layer(s).Holidays = schedule.HolidaysOn },
		"layers[2].calendars":              func(s *schedule.Spec) { s.Layers[2].Calendars, s.Layers[2].Holidays = []string{"de"}, 0 },
		"layers[0].calendars[0]":           func(s *schedule.Spec) { layer(s).Calendars[0] = "fr" },
		"layers[0].hours[zoe]":             func(s *schedule.Spec) { layer(s).Hours["zoe"] = layer(s).Hours["ada"] },
		"layers[0].hours[ada].coverage":    func(s *schedule.Spec) { layer(s).Hours["ada"] = schedule.Hours{} },
		"layers[0].hours[ada].timezone":    func(s *schedule.Spec) { h := layer(s).Hours["ada"]; h.Timezone = "Mars"; layer(s).Hours["ada"] = h },
		"layers[0].hours[ada].coverage[0]": func(s *schedule.Spec) { layer(s).Hours["ada"].Coverage[0].Days = nil },
		"layers[2].users":                  func(s *schedule.Spec) { s.Layers[2].Users = []watchbill.UserID{"ada"} },
		"layers[2].rotation":               func(s *schedule.Spec) { s.Layers[2].Rotation.Every = 1 },
		"layers[2].seats":                  func(s *schedule.Spec) { s.Layers[2].Seats = 1 },
		"layers[3].count":                  func(s *schedule.Spec) { s.Layers[3].Count = schedule.CountCovered },
		"layers[3].hours":                  func(s *schedule.Spec) { s.Layers[3].Hours = layer(s).Hours },
		"layers[2].schedule":               func(s *schedule.Spec) { s.Layers[2].Schedule = "primary" },
		"layers[3].schedule":               func(s *schedule.Spec) { s.Layers[3].Schedule = "nowhere" },
		"layers[3].start":                  func(s *schedule.Spec) { s.Layers[3].Coverage = layer(s).Hours["ben"].Coverage },
		"layers[3].end":                    func(s *schedule.Spec) { s.Layers[3].Start = moment("2027-01-01") },
		"layers[2].shifts[0].users":        func(s *schedule.Spec) { s.Layers[2].Shifts[0].Users = nil },
		"layers[2].shifts[0].users[1]":     func(s *schedule.Spec) { s.Layers[2].Shifts[0].Users[1] = "ada" },
		"layers[2].shifts[0].to":           func(s *schedule.Spec) { s.Layers[2].Shifts[0].To = s.Layers[2].Shifts[0].From },
		"layers[2].shifts":                 func(s *schedule.Spec) { s.Layers[2].Shifts = make([]schedule.Placed, 100_001) },
		"versions[0].effective_from":       func(s *schedule.Spec) { s.Versions[0].EffectiveFrom = calendar.Moment{} },
		"versions[1].effective_from":       func(s *schedule.Spec) { s.Versions = append(s.Versions, s.Versions[0]) },
		"versions[0].layers[1].id":         func(s *schedule.Spec) { v := &s.Versions[0]; v.Layers = append(v.Layers, v.Layers[0]) },
		"versions[0].layers[0].schedule":   func(s *schedule.Spec) { s.Versions[0].Layers[0].Schedule = "nowhere" },
		"versions":                         func(s *schedule.Spec) { s.Versions = make([]schedule.Version, 1001) },
		"temporary[0].id":                  func(s *schedule.Spec) { s.Temporary[0].ID = "later" },
		"temporary[0].from":                func(s *schedule.Spec) { s.Temporary[0].From = calendar.Moment{} },
		"temporary[0].shifts[0].users[0]":  func(s *schedule.Spec) { s.Temporary[0].Shifts[0].Users[0] = "" },
		"temporary":                        func(s *schedule.Spec) { s.Temporary = make([]schedule.Temporary, 1001) },
		"holidays[1].id":                   func(s *schedule.Spec) { s.Holidays = append(s.Holidays, s.Holidays[0]) },
		"holidays[0].days[1].date":         func(s *schedule.Spec) { s.Holidays[0].Days[1].Date = calendar.Civil{} },
		"overrides[0].user":                func(s *schedule.Spec) { s.Overrides[0].User = "ben" },
		"overrides[1].replaces":            func(s *schedule.Spec) { s.Overrides[1].Replaces = "ada" },
		"overrides[1].remove":              func(s *schedule.Spec) { s.Overrides[1].Remove = schedule.Unassigned },
		"overrides[0].add":                 func(s *schedule.Spec) { s.Overrides[0].Add = schedule.Unassigned },
	} {
		var bad schedule.Spec
		path = strings.TrimSpace(path)
		require.NoError(t, json.Unmarshal([]byte(whatever), &bad))
		inner, err := schedule.New(spec(t))
		require.NoError(t, err)
		breaks(&bad)
		_, err = schedule.New(bad, inner)
		if assert.Error(t, err, path) {
			assert.Equal(t, []string{path}, paths(err), "%v", err)
		}
	}
}

func rule(text string) (r calendar.Rule) {
	if err := r.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return r
}

func TestOverrideValidate(t *testing.T) {
	good := schedule.Override{ID: "o", From: moment("2026-01-05"), To: moment("2026-01-06"), Add: "ada"}
	require.NoError(t, good.Validate(time.UTC))
	assert.Equal(t, []string{"id", "from", "to", "user"}, paths(schedule.Override{}.Validate(time.UTC)))
	good.From, good.To = moment("2026-03-29T02:00"), moment("2026-03-29T02:30") // both at the jump
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	assert.Equal(t, []string{"to"}, paths(good.Validate(berlin)))
	require.NoError(t, good.Validate(time.UTC))
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

func TestWords(t *testing.T) {
	for _, text := range []string{`{"combine":"Union"}`, `{"combine":""}`, `{"layers":[{"count":"all"}]}`, `{"layers":[{"holidays":""}]}`} {
		var s schedule.Spec
		assert.ErrorContains(t, json.Unmarshal([]byte(text), &s), "schedule: unknown ", text)
	}
	for _, v := range []any{schedule.Combine(9), schedule.Count(9), schedule.HolidayMode(9)} {
		_, err := json.Marshal(v)
		assert.ErrorContains(t, err, "schedule: value 9 has no name")
	}
	assert.Equal(t, []string{}, schedule.Answer{}.Why(), "an answer that nobody gave")
}
