package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/ical"
)

const icalConfig = `
timezone: Europe/Berlin
catch_all: [user:ada]
users:
  - {id: ada, name: Ada Okafor, contacts: [{id: mail, channel: email, address: ada@example.com}], notices: {before: [24h]}}
  - {id: ben, contacts: [{id: mail, channel: email, address: ben@example.com}]}
schedules:
  - id: primary
    layers:
      - {id: week, users: [ada, ben], start: 2026-01-05T09:00, rotation: {every: 1, unit: week}}
`

// icalRun runs ical beside a configuration and a calendar.
func icalRun(t *testing.T, calendar string, args ...string) (code int, out, faults string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "watchbill.yaml"), []byte(icalConfig), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c.ics"), []byte(calendar), 0o600))
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"ical"}, args...), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestICalWrites(t *testing.T) {
	for of, want := range map[string][]string{
		"-user": {"02-02T08:00 02-09T08:00 On call: primary", "02-16T08:00 02-23T08:00 On call: primary"},
		"-schedule": {"01-31T23:00 02-02T08:00 primary: ben", "02-02T08:00 02-09T08:00 primary: Ada Okafor", "02-09T08:00 02-16T08:00 primary: ben",
			"02-16T08:00 02-23T08:00 primary: Ada Okafor", "02-23T08:00 02-28T23:00 primary: ben"},
	} {
		id := map[string]string{"-user": "ada", "-schedule": "primary"}[of]
		code, out, faults := icalRun(t, "", "-config", "watchbill.yaml", "-from", "2026-02-01T00:00", "-to", "2026-03-01T00:00", of, id)
		require.Zero(t, code, faults)
		events, err := ical.Read([]byte(out), time.UTC, time.Time{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		var got []string
		for _, e := range events {
			got = append(got, e.Start.Format("01-02T15:04")+" "+e.End.Format("01-02T15:04")+" "+e.Summary)
		}
		require.Equal(t, want, got)
	}
}

const icalCalendar = `BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261225
DTEND;VALUE=DATE:20261227
SUMMARY:Christmas: "holy" days
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;TZID=W. Europe Standard Time:20260701T090000
DURATION:PT8H
SUMMARY:Dentist
ATTENDEE:mailto:ADA@example.com
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260801
SUMMARY:Ben
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART;VALUE=DATE:20260901
SUMMARY:Everybody
END:VEVENT
BEGIN:VEVENT
UID:5
DTSTART;TZID=Nowhere:20260901T000000
END:VEVENT
END:VCALENDAR
`

func TestICalReads(t *testing.T) {
	const broken = `c.ics: line 27: event "5": the time zone "Nowhere" is not known; name it as in Europe/Berlin, or give its X-LIC-LOCATION` + "\n" +
		"refserver: not everything could be carried over; see above\n"
	for as, want := range map[string][2]string{
		"holidays": {`holidays:
  - id: imported
    days:
      - {date: 2026-08-01, name: "Ben"}
      - {date: 2026-09-01, name: "Everybody"}
      - {date: 2026-12-25, name: "Christmas: \"holy\" days"}
      - {date: 2026-12-26, name: "Christmas: \"holy\" days"}
`, `c.ics: not carried over: "2026-07-01T09:00:00+02:00" "Dentist": a holiday is a whole day
`},
		"absences": {`users:
  - id: "ada"
    absences:
      - {from: "2026-07-01T09:00:00+02:00", to: "2026-07-01T17:00:00+02:00", reason: "Dentist"}
  - id: "ben"
    absences:
      - {from: "2026-08-01", to: "2026-08-02", reason: "Ben"}
`, `c.ics: not carried over: "2026-09-01" "Everybody": there is no user "Everybody"
c.ics: not carried over: "2026-12-25" "Christmas: \"holy\" days": there is no user "Christmas: \"holy\" days"
`},
		"shifts": {`layers:
  - id: imported
    shifts:
      - {from: "2026-07-01T09:00:00+02:00", to: "2026-07-01T17:00:00+02:00", users: ["ada"]}
      - {from: "2026-08-01", to: "2026-08-02", users: ["ben"]}
`, `c.ics: not carried over: "2026-09-01" "Everybody": there is no user "Everybody"
c.ics: not carried over: "2026-12-25" "Christmas: \"holy\" days": there is no user "Christmas: \"holy\" days"
`},
	} {
		code, out, faults := icalRun(t, icalCalendar, "-read", "c.ics", "-as", as, "-config", "watchbill.yaml", "-zone", "Europe/Berlin",
			"-from", "2026-01-01T00:00", "-to", "2027-01-01T00:00")
		require.Equal(t, []any{1, want[0], want[1] + broken}, []any{code, out, faults}, as)
	}
	code, out, _ := icalRun(t, icalCalendar, "-read", "c.ics", "-as", "absences", "-user", "cem", "-from", "2026-08-31T00:00", "-to", "2026-12-01T00:00")
	require.Equal(t, 1, code)
	require.Equal(t, "users:\n  - id: \"cem\"\n    absences:\n      - {from: \"2026-09-01\", to: \"2026-09-02\", reason: \"Everybody\"}\n", out)
}

// Two people in a summary are two people, and times are in the zone of the schedules, where all have the same.
func TestICalReadsNamesAndZones(t *testing.T) {
	const rota = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20260701T090000\nDURATION:PT8H\nSUMMARY:Ada Okafor, ben\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:2\nDTSTART:20260702T090000\nDURATION:PT8H\nSUMMARY:ben\\, eve\nEND:VEVENT\nEND:VCALENDAR\n"
	code, out, faults := icalRun(t, rota, "-read", "c.ics", "-as", "shifts", "-config", "watchbill.yaml", "-from", "2026-01-01", "-to", "2027-01-01")
	require.Equal(t, 1, code)
	require.Equal(t, `layers:
  - id: imported
    shifts:
      - {from: "2026-07-01T09:00:00+02:00", to: "2026-07-01T17:00:00+02:00", users: ["ada", "ben"]}
`, out)
	require.Contains(t, faults, `c.ics: not carried over: "2026-07-02T09:00:00+02:00" "ben, eve": there is no user "eve"`)
}

func TestICalRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"say which calendar to write with -schedule or -user, or which to read with -read": {"-config", "watchbill.yaml"},
		`-user: there is no user "dee"; there are ada, ben`:                                {"-config", "watchbill.yaml", "-user", "dee"},
		`-user: there is no user "bne"; did you mean ben?`:                                 {"-config", "watchbill.yaml", "-user", "bne"},
		"-config is missing; it says who the people are whose shifts":                      {"-read", "c.ics", "-as", "shifts"},
		`-schedule: there is no schedule "x"; there are primary`:                           {"-config", "watchbill.yaml", "-schedule", "x"},
		`-as is "x"; expected holidays, absences or shifts`:                                {"-read", "c.ics", "-as", "x"},
		"-read: stat nothing.ics: no such file or directory":                               {"-read", "nothing.ics"},
		`-zone: calendar: unknown time zone "x"`:                                           {"-read", "c.ics", "-zone", "x"},
		"-to 2026-01-01T00:00:00Z is not after -from 2026-01-01T00:00:00Z":                 {"-read", "c.ics", "-from", "2026-01-01", "-to", "2026-01-01"},
		"-from to -to is more than twenty years; ask for less":                             {"-read", "c.ics", "-from", "2026-01-01", "-to", "2056-01-01"},
	} {
		code, out, faults := icalRun(t, icalCalendar, args...)
		require.Equal(t, 2, code, want)
		require.Empty(t, out)
		require.Contains(t, faults, want)
	}
}
