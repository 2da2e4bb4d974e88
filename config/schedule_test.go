package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// calendars is the reader that the reference server uses too.
func calendars(data []byte, zone *time.Location, from, to time.Time) (all []config.Event, err error) {
	events, err := ical.Read(data, zone, from, to)
	for _, e := range events {
		all = append(all, config.Event(e))
	}
	return all, err
}

func every(t *testing.T) *config.File {
	t.Helper()
	f, _, err := config.Reader{Calendar: calendars}.Load("testdata/schedules.yaml")
	require.NoError(t, err)
	return f
}

func moment(t *testing.T, text string) (m calendar.Moment) {
	t.Helper()
	require.NoError(t, m.UnmarshalText([]byte(text)))
	return m
}

// Every key of a schedule says something: no field of its value is left at zero, anywhere, except those that only a
// person's own override has.
func TestEveryKeyOfASchedule(t *testing.T) {
	data, err := json.Marshal(every(t).Org.Schedules)
	require.NoError(t, err)
	for _, field := range []string{
		`"combine":"union"`, `"seats":2`, `"lengths":["2d","5d","12h","1w"]`, `"rrule":"FREQ=MONTHLY;BYDAY=1MO"`, `"every":2,"unit":"day"`,
		`"coverage":[{"from":"18:00","rrule":"FREQ=MONTHLY;BYDAY=-1FR","for":"3d"}]`, `{"days":["sat"],"from":"22:00","to":"24:00"}`,
		`"hours":{"ada":{"coverage":[{"days":["mon","tue"],"from":"10:00","to":"16:00"}]},"ben":{"timezone":"America/New_York","coverage":[`,
		`"holidays":"off"`, `"holidays":"on"`, `"holidays":"only"`, `"calendars":["de","company"]`, `"count":"covered"`, `"shadow":true`,
		`"schedule":"sun"`, `"end":"2036-01-07T09:00:00+01:00"`, `"timezone":"Europe/London"`,
		`"shifts":[{"from":"2026-01-10T00:00","to":"2026-01-11T00:00","users":["ada","~","ben"]}`,
		`"effective_from":"2027-01-04T09:00"`, `"sites":[{"id":"berlin"`, `"temporary":[{"id":"party"`,
		`{"date":"2026-12-26T00:00","name":"Boxing Day"}`, `"days":["mon","tue","wed","thu","fri"]`, `"users":["cem","~"]`,
		`"user":"ben","replaces":"ada","reason":"dentist"`, `"add":"dan"`, `"remove":"ada"`,
	} {
		assert.Contains(t, string(data), field)
	}
}

// YAML, value, JSON, value: the same, and the same again when the JSON itself is read as a configuration file.
func TestScheduleRoundTrip(t *testing.T) {
	f := every(t)
	data, err := f.Org.Encode()
	require.NoError(t, err)
	back, err := oncall.Decode(data)
	require.NoError(t, err)
	assert.Equal(t, f.Org, back)

	file, err := json.Marshal(map[string]any{
		"timezone": "Europe/Berlin", "schedules": f.Org.Schedules, "catch_all": "user:ada",
		"users": []map[string]string{{"id": "ada"}, {"id": "ben"}, {"id": "cem"}, {"id": "dan"}},
	})
	require.NoError(t, err)
	again, _, err := config.Parse("again.yaml", file)
	require.NoError(t, err)
	text, err := json.Marshal(f.Org.Schedules)
	require.NoError(t, err)
	textAgain, err := json.Marshal(again.Org.Schedules)
	require.NoError(t, err)
	assert.JSONEq(t, string(text), string(textAgain))
}

func TestDutiesOfPeople(t *testing.T) {
	users := every(t).Org.Catalog.Users
	assert.Equal(t, []string{"k8s", "postgres"}, users[0].Qualifications)
	assert.Equal(t, catalog.Notices{Before: []time.Duration{24 * time.Hour, time.Hour, 0}, Start: true, End: true, Contact: "mail"}, users[0].Notices)
	assert.Equal(t, catalog.Absence{From: moment(t, "2026-08-03"), To: moment(t, "2026-08-24"), Reason: "leave"}, users[0].Absences[0])
	assert.Equal(t, []catalog.Absence{
		{From: moment(t, "2026-07-01"), To: moment(t, "2026-07-02")},
		{From: moment(t, "2026-03-10T14:00-04:00"), To: moment(t, "2026-03-10T16:00-04:00"), Reason: "Doctor"}, // in New York
		{From: moment(t, "2026-09-01"), To: moment(t, "2026-10-01"), Reason: "Parental leave"},
	}, users[1].Absences)
	assert.Equal(t, []string{"k8s"}, every(t).Org.Catalog.Services[0].Qualifications)
}

func TestCalendarFiles(t *testing.T) {
	primary := every(t).Org.Schedules[0]
	var days []string
	for _, d := range primary.Holidays[1].Days {
		days = append(days, fmt.Sprintf("%v %s", d.Date, d.Name))
	}
	assert.Equal(t, []string{
		"2026-01-01T00:00 New Year", "2026-07-10T00:00 Summer party", "2026-07-11T00:00 Summer party",
		"2027-01-01T00:00 New Year", "2028-01-01T00:00 New Year",
	}, days)
	assert.Equal(t, []schedule.Placed{
		{From: moment(t, "2026-03-02"), To: moment(t, "2026-03-03"), Users: []watchbill.UserID{"ada", "ben"}},
		{From: moment(t, "2026-03-04T09:00+01:00"), To: moment(t, "2026-03-04T17:00+01:00"), Users: []watchbill.UserID{"cem", "dan"}},
	}, primary.Layers[6].Shifts)
}

func TestCalendarFileErrors(t *testing.T) {
	dir := t.TempDir()
	event := func(name, lines string) {
		write(t, dir, name, strings.ReplaceAll("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n"+lines+"END:VCALENDAR\n", "\n", "\r\n"))
	}
	event("none.ics", "")
	event("timed.ics", "BEGIN:VEVENT\nUID:1\nSUMMARY:Half day\nDTSTART:20261224T120000Z\nDTEND:20261224T180000Z\nEND:VEVENT\n")
	event("long.ics", "BEGIN:VEVENT\nUID:1\nSUMMARY:Sabbatical\nDTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20280101\nEND:VEVENT\n")
	event("who.ics", "BEGIN:VEVENT\nUID:1\nSUMMARY:eve, ada\nDTSTART:20260101T090000\nDTEND:20260101T100000\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n"+
		"BEGIN:VEVENT\nUID:2\nSUMMARY:Sam\nDTSTART:20260201T090000\nDTEND:20260201T100000\nEND:VEVENT\n")
	event("broken.ics", "BEGIN:VEVENT\nUID:1\nDTSTART:tomorrow\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\n")
	write(t, dir, "f.yaml", `
users: [{id: ada}, {id: sam1, name: Sam}, {id: sam2, name: sam}, {id: ben, absences_file: broken.ics}]
schedules:
  - id: s
    holidays:
      - {id: a, file: none.ics}
      - {id: b, file: timed.ics}
      - {id: c, file: long.ics}
      - {id: d, file: nowhere.ics}
      - {id: e, file: timed.ics, days: [2026-01-01]}
      - {id: f}
    layers: [{id: who, file: who.ics}, {id: both, file: who.ics, shifts: []}]
`)
	_, _, err := config.Reader{Calendar: calendars}.Load(dir)
	require.Error(t, err)
	text := strings.ReplaceAll(err.Error(), dir+string(os.PathSeparator), "")
	for _, want := range []string{
		"f.yaml:2: users[3].absences_file: the file broken.ics, line 6: event \"1\": ",
		"f.yaml:2: users[3].absences_file: the file broken.ics, line 8: event \"2\": DTSTART is missing",
		"f.yaml:6: schedules[0].holidays[0].file: the file none.ics has no events from 2020 to 2044",
		`f.yaml:7: schedules[0].holidays[1].file: event "Half day" of 2026-12-24T12:00Z does not last whole days; a holiday does`,
		`f.yaml:8: schedules[0].holidays[2].file: event "Sabbatical" of 2026-01-01 lasts 730 days; at most 366 are read`,
		"f.yaml:9: schedules[0].holidays[3].file: the file nowhere.ics cannot be read: no such file or directory",
		"f.yaml:10: schedules[0].holidays[4]: must have one of days",
		"f.yaml:11: schedules[0].holidays[5]: must have one of days",
		`f.yaml:12: schedules[0].layers[0].file: event "eve, ada" of 2026-01-01T09:00Z names "eve", which is not the id, name or e-mail`,
		`f.yaml:12: schedules[0].layers[0].file: event "Sam" of 2026-02-01T09:00Z names "Sam", which is not the id, name or e-mail address of one user`,
		"f.yaml:12: schedules[0].layers[1].file: is given beside shifts; keep one of them",
	} {
		assert.Contains(t, text, want)
	}
	assert.Equal(t, 1, strings.Count(text, `layers[0].file: event "eve, ada"`), "a name is reported once")

	_, _, err = config.Load("testdata/schedules.yaml")
	assert.ErrorContains(t, err, "schedules.yaml:17: users[1].absences_file: calendar files cannot be read here; write the times into this file")
}

// What people write first, and what they are told.
func TestMistakesInSchedules(t *testing.T) {
	const file = `
users: [{id: ada}, {id: ben}]
schedules:
  - id: primary
    layers:
      - {id: week, users: [ada], start: 2026-01-05, rotation: {unit: week}, holidays: [2026-12-25]}
      - {id: feast, users: [ada], start: 2026-01-05, rotation: {unit: week}, holidays: sometimes}
    overrides:
      - {id: o1, from: 2026-01-28, to: 2026-01-29, user: ada, replaces: All}
      - {id: o2, from: 2026-01-28, to: 2026-01-29, user: ada, replaces: bne}
`
	_, _, err := config.Parse("f.yaml", []byte(file))
	require.EqualError(t, err, `config: f.yaml:6: schedules[0].layers[0].holidays: must be off, on or only, got a list; `+
		`the days are listed in the schedule's holidays, and calendars chooses among these
config: f.yaml:7: schedules[0].layers[1].holidays: is "sometimes"; must be one of off, on, only
config: f.yaml:9: schedules[0].overrides[0].replaces: user "All" does not exist; to replace everybody who is on call, leave replaces out
config: f.yaml:10: schedules[0].overrides[1].replaces: user "bne" does not exist; did you mean "ben"?`)
}
