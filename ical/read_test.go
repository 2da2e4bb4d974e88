package ical_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/ical"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := calendar.LoadZone(name)
	require.NoError(t, err)
	return loc
}

// year is the window of most tests.
var yearFrom, yearTo = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// calendarOf wraps lines of events.
func calendarOf(body string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n" + strings.ReplaceAll(strings.TrimSpace(body), "\n", "\r\n") + "\r\nEND:VCALENDAR\r\n")
}

func eventOf(lines string) string {
	return "BEGIN:VEVENT\n" + strings.TrimSpace(lines) + "\nEND:VEVENT\n"
}

// told writes events down, one a line, in Berlin.
func told(events []ical.Event) (lines []string) {
	for _, e := range events {
		form := "2006-01-02T15:04Z07:00"
		if e.AllDay {
			form = "2006-01-02"
		}
		line := e.UID + " " + e.Start.Format(form) + " " + e.End.Format(form) + " " + e.Summary + " " + strings.Join(e.Attendees, "+")
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"a time in UTC": {eventOf("UID:a\nDTSTART:20260301T100000Z\nDTEND:20260301T120000Z\nSUMMARY:Two hours"),
			[]string{"a 2026-03-01T11:00+01:00 2026-03-01T13:00+01:00 Two hours"}},
		"a floating time is in the reader's zone": {eventOf("UID:a\nDTSTART:20260701T100000\nDTEND:20260701T120000"),
			[]string{"a 2026-07-01T10:00+02:00 2026-07-01T12:00+02:00"}},
		"a time in a zone by its IANA name": {eventOf("UID:a\nDTSTART;TZID=America/New_York:20260701T100000\nDTEND;TZID=America/New_York:20260701T120000"),
			[]string{"a 2026-07-01T16:00+02:00 2026-07-01T18:00+02:00"}},
		"a time in a zone at the end of a path": {eventOf("UID:a\nDTSTART;TZID=/mozilla.org/20050126_1/America/Argentina/Ushuaia:20260701T100000\nDURATION:PT1H"),
			[]string{"a 2026-07-01T15:00+02:00 2026-07-01T16:00+02:00"}},
		"a time in a zone of Windows": {eventOf("UID:a\nDTSTART;TZID=\"Pacific Standard Time\":20260701T100000\nDTEND;TZID=Pacific standard Time:20260701T110000"),
			[]string{"a 2026-07-01T19:00+02:00 2026-07-01T20:00+02:00"}},
		"a time in a zone that the file explains later": {eventOf("UID:a\nDTSTART;TZID=Ours:20260701T100000\nDTEND;TZID=Ours:20260701T110000") +
			"BEGIN:VTIMEZONE\nTZID:Ours\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE",
			[]string{"a 2026-07-01T03:00+02:00 2026-07-01T04:00+02:00"}},
		"an end in another zone": {eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260701T100000\nDTEND;TZID=Europe/London:20260701T100000"),
			[]string{"a 2026-07-01T10:00+02:00 2026-07-01T11:00+02:00"}},
		"a day, and days": {eventOf("UID:a\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas") + eventOf("UID:b\nDTSTART;VALUE=DATE:20260801\nDTEND;VALUE=DATE:20260822"),
			[]string{"b 2026-08-01 2026-08-22", "a 2026-12-25 2026-12-26 Christmas"}},
		"days over a change of the clocks": {eventOf("UID:a\nDTSTART;VALUE=DATE:20260328\nDURATION:P2D"), []string{"a 2026-03-28 2026-03-30"}},
		"text and people": {eventOf("UID:a\nDTSTART:20260301T100000Z\nDURATION:P1DT1H\nSUMMARY:one\\, two\\; \\\\ three\\nfour\n" +
			"ATTENDEE;CN=\"Okafor, Ada\";PARTSTAT=ACCEPTED:mailto:ada@example.com\nATTENDEE;CN=Ben:urn:uuid:1\nATTENDEE;PARTSTAT=DECLINED:MAILTO:cem@example.com\n" +
			"ATTENDEE;CUTYPE=ROOM:mailto:room@example.com\nATTENDEE:MAILTO:dee@example.com"),
			[]string{"a 2026-03-01T11:00+01:00 2026-03-02T12:00+01:00 one, two; \\ three\nfour ada@example.com+Ben+dee@example.com"}},
		"folded within a character, names in small letters": {"begin:vevent\nuid:a\ndtstart;value=date:20260301\nsummary:M\xc3\n \xbcl\n\tler\nend:vevent",
			[]string{"a 2026-03-01 2026-03-02 Müller"}},
		"cancelled ones are left out": {eventOf("UID:a\nDTSTART:20260301T100000Z\nDURATION:PT1H\nSTATUS:CANCELLED"), nil},
		"what has no length is left out": {eventOf("UID:a\nDTSTART:20260301T100000Z") +
			eventOf("UID:b\nDTSTART:20260301T100000Z\nDTEND:20260301T100000Z\nRRULE:FREQ=DAILY"), nil},
		"alarms have times of their own": {eventOf("UID:a\nDTSTART:20260301T100000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nDURATION:PT5M\nSUMMARY:x\nEND:VALARM\nDURATION:PT1H"),
			[]string{"a 2026-03-01T11:00+01:00 2026-03-01T12:00+01:00"}},
		"the window cuts nothing": {eventOf("UID:a\nDTSTART:20251231T220000Z\nDTEND:20260101T000001Z") + eventOf("UID:b\nDTSTART:20251231T220000Z\nDTEND:20260101T000000Z") +
			eventOf("UID:c\nDTSTART:20261231T235959Z\nDURATION:PT1H") + eventOf("UID:d\nDTSTART:20270101T000000Z\nDURATION:PT1H"),
			[]string{"a 2025-12-31T23:00+01:00 2026-01-01T01:00+01:00", "c 2027-01-01T00:59+01:00 2027-01-01T01:59+01:00"}},
		"a rule, by the clock over its change": {eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3"),
			[]string{"a 2026-03-27T22:00+01:00 2026-03-28T06:00+01:00", "a 2026-03-28T22:00+01:00 2026-03-29T06:00+02:00", "a 2026-03-29T22:00+02:00 2026-03-30T06:00+02:00"}},
		"a rule whose end is in UTC": {eventOf("UID:a\nDTSTART;TZID=Asia/Tokyo:20260701T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260701T230000Z"),
			[]string{"a 2026-07-01T01:00+02:00 2026-07-01T02:00+02:00", "a 2026-07-02T01:00+02:00 2026-07-02T02:00+02:00"}},
		"a rule from long ago": {eventOf("UID:a\nDTSTART;VALUE=DATE:19701225\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas"), []string{"a 2026-12-25 2026-12-26 Christmas"}},
		"a rule of events longer than the window": {eventOf("UID:a\nDTSTART:20240101T000000Z\nDURATION:P800D\nRRULE:FREQ=YEARLY;COUNT=2"),
			[]string{"a 2024-01-01T01:00+01:00 2026-03-11T01:00+01:00", "a 2025-01-01T01:00+01:00 2027-03-12T01:00+01:00"}},
		"exceptions and additions": {eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260301T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=6\n" +
			"EXDATE;TZID=Europe/Berlin:20260302T090000,20260303T090000\nEXDATE:20260304T080000Z\nEXDATE;VALUE=DATE:20260305\n" +
			"RDATE;TZID=Europe/Berlin:20260310T090000\nRDATE;VALUE=PERIOD:20260311T080000Z/PT2H,20260312T080000Z/20260312T083000Z"),
			[]string{"a 2026-03-01T09:00+01:00 2026-03-01T10:00+01:00", "a 2026-03-06T09:00+01:00 2026-03-06T10:00+01:00", "a 2026-03-10T09:00+01:00 2026-03-10T10:00+01:00",
				"a 2026-03-11T09:00+01:00 2026-03-11T11:00+01:00", "a 2026-03-12T09:00+01:00 2026-03-12T09:30+01:00"}},
		"occurrences that were moved, and called off": {eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:as ever") +
			eventOf("UID:a\nRECURRENCE-ID:20260308T080000Z\nDTSTART;TZID=Europe/Berlin:20260309T100000\nDURATION:PT2H\nSUMMARY:moved") +
			eventOf("UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20260315T090000\nDTSTART;TZID=Europe/Berlin:20260315T090000\nDURATION:PT1H\nSTATUS:CANCELLED"),
			[]string{"a 2026-03-01T09:00+01:00 2026-03-01T10:00+01:00 as ever", "a 2026-03-09T10:00+01:00 2026-03-09T12:00+01:00 moved"}},
		"the latest edition of an event": {eventOf("UID:a\nSEQUENCE:2\nDTSTART;VALUE=DATE:20260301") + eventOf("UID:a\nSEQUENCE:1\nDTSTART;VALUE=DATE:20260302") +
			eventOf("UID:b\nDTSTART;VALUE=DATE:20260303") + eventOf("UID:b\nDTSTART;VALUE=DATE:20260304"), []string{"a 2026-03-01 2026-03-02", "b 2026-03-04 2026-03-05"}},
		"events without UID are events": {eventOf("DTSTART;VALUE=DATE:20260301") + eventOf("DTSTART;VALUE=DATE:20260301"), []string{"2026-03-01 2026-03-02", "2026-03-01 2026-03-02"}},
		"a time that the clock skips, and one that it shows twice": {eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260329T023000\nDTEND;TZID=Europe/Berlin:20260329T040000") +
			eventOf("UID:b\nDTSTART;TZID=Europe/Berlin:20261025T023000\nDTEND;TZID=Europe/Berlin:20261025T040000"),
			[]string{"a 2026-03-29T03:00+02:00 2026-03-29T04:00+02:00", "b 2026-10-25T02:30+02:00 2026-10-25T04:00+01:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := ical.Read(calendarOf(c.body), zone(t, "Europe/Berlin"), yearFrom, yearTo)
			require.NoError(t, err)
			require.Equal(t, c.want, told(events))
		})
	}
}

// TestReadSaysWhatIsWrong: with line and UID, and the rest is read.
func TestReadSaysWhatIsWrong(t *testing.T) {
	good := eventOf("UID:good\nDTSTART;VALUE=DATE:20260301")
	for reason, body := range map[string]string{
		`ical: line 7: event "x": RECURRENCE-ID has a RANGE, which is not read; change each occurrence by itself`:       "UID:x\nDTSTART;VALUE=DATE:20260301\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260301",
		`ical: line 4: event "x": DTSTART is missing`:                                                                   "UID:x",
		`ical: line 6: event "x": DTSTART is "20261301T000000"; expected a day such as 20261231`:                        "UID:x\nDTSTART:20261301T000000",
		`ical: line 6: event "x": DTSTART is "20260101T000000.5"; expected a day`:                                       "UID:x\nDTSTART:20260101T000000.5",
		`ical: line 6: event "x": the time zone "Middle/Earth" is not known; name it as in Europe/Berlin`:               "UID:x\nDTSTART;TZID=Middle/Earth:20260101T000000",
		`ical: line 6: event "x": the time zone "../../etc/passwd" is not known`:                                        "UID:x\nDTSTART;TZID=../../etc/passwd:20260101T000000",
		`ical: line 7: event "x": DTEND is before DTSTART`:                                                              "UID:x\nDTSTART:20260102T000000\nDTEND:20260101T000000",
		`ical: line 7: event "x": DTEND is a day and DTSTART a time, or the other way round`:                            "UID:x\nDTSTART:20260102T000000\nDTEND;VALUE=DATE:20260103",
		`ical: line 7: event "x": DURATION: "P1M" is not a length of time; expected P1D, PT8H or the like`:              "UID:x\nDTSTART:20260102T000000\nDURATION:P1M",
		`ical: line 7: event "x": DURATION: "PT99999999999H" is not a length of time`:                                   "UID:x\nDTSTART:20260102T000000\nDURATION:PT99999999999H",
		`ical: line 7: event "x": DURATION: "-PT1H" is not a length of time`:                                            "UID:x\nDTSTART:20260102T000000\nDURATION:-PT1H",
		`ical: line 4: event "x": RRULE: rule "FREQ=HOURLY": FREQ is "HOURLY"; write DAILY, WEEKLY, MONTHLY or YEARLY`:  "UID:x\nDTSTART;VALUE=DATE:20260301\nRRULE:FREQ=HOURLY",
		`ical: line 8: event "x": RRULE is given twice; keep one`:                                                       "UID:x\nDTSTART;VALUE=DATE:20260301\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
		`ical: line 7: event "x": EXRULE is not read; name the days with EXDATE`:                                        "UID:x\nDTSTART;VALUE=DATE:20260301\nEXRULE:FREQ=DAILY",
		`ical: line 7: event "x": RDATE is a day and DTSTART a time`:                                                    "UID:x\nDTSTART:20260301T000000\nRDATE;VALUE=DATE:20260302",
		`ical: line 7: event "x": RDATE is "20260301T000000Z/20260301T000000Z", which ends before it begins`:            "UID:x\nDTSTART:20260301T000000\nRDATE;VALUE=PERIOD:20260301T000000Z/20260301T000000Z",
		`ical: line 7: event "x": SEQUENCE is "one"; expected a number`:                                                 "UID:x\nDTSTART;VALUE=DATE:20260301\nSEQUENCE:one",
		`ical: line 7: event "x": SUMMARY is not UTF-8; save the file as UTF-8`:                                         "UID:x\nDTSTART;VALUE=DATE:20260301\nSUMMARY:\xfc",
		`ical: line 7: event "x": ATTENDEE cannot be read: "ATTENDEE;CN:mailto:ada@example.com"`:                        "UID:x\nDTSTART;VALUE=DATE:20260301\nATTENDEE;CN:mailto:ada@example.com",
		`ical: line 7: event "x": SUMMARY has more than 65536 bytes`:                                                    "UID:x\nDTSTART;VALUE=DATE:20260301\nSUMMARY:" + strings.Repeat("x", 70_000),
		`ical: line 7: event "x": ATTENDEE has more than 100 parameters`:                                                "UID:x\nDTSTART;VALUE=DATE:20260301\nATTENDEE" + strings.Repeat(";X=1", 101) + ":x",
		`ical: line 4: event "x": there are more than 20000 occurrences between 0001-01-01 00:00:00 +0000 UTC and 9000`: "UID:x\nDTSTART;VALUE=DATE:20260301\nRRULE:FREQ=DAILY",
	} {
		t.Run(reason, func(t *testing.T) {
			from, to := yearFrom, yearTo
			if strings.Contains(reason, "9000") {
				from, to = time.Time{}, time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
			}
			events, err := ical.Read(calendarOf(eventOf(body)+good), nil, from, to)
			require.ErrorContains(t, err, reason)
			require.NotContains(t, err.Error(), "\n", "one problem, one message")
			var p *ical.Problem
			require.True(t, errors.As(err, &p))
			require.Equal(t, "x", p.UID)
			if from.Equal(yearFrom) {
				require.Equal(t, []string{"good 2026-03-01 2026-03-02"}, told(events))
			}
		})
	}
}

// TestReadRefusesWhatIsNoCalendar: nothing of it is read.
func TestReadRefusesWhatIsNoCalendar(t *testing.T) {
	whole := string(calendarOf(eventOf("UID:a\nDTSTART;VALUE=DATE:20260301")))
	for reason, data := range map[string]string{
		"line 1: the file is empty; a calendar begins with BEGIN:VCALENDAR":                    "",
		`line 1: "<html>" is not a line of a calendar; expected NAME:VALUE`:                    "<html>",
		`line 1: "users: []" is outside of any calendar; expected BEGIN:VCALENDAR`:             "users: []",
		"line 1: the file begins with BEGIN:VCARD; a calendar begins with BEGIN:VCALENDAR":     "BEGIN:VCARD\nEND:VCARD",
		"line 7: the file ends within VCALENDAR of line 1":                                     strings.Replace(whole, "END:VCALENDAR\r\n", "", 1),
		"line 7: END:VCALENDAR without its BEGIN":                                              strings.Replace(whole, "END:VEVENT\r\n", "", 1),
		"line 9: components lie more than 8 deep":                                              "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:X\n", 8),
		fmt.Sprintf("line 1: the file has %d bytes; at most 8388608 are read", ical.MaxSize+1): strings.Repeat("x", ical.MaxSize+1),
		fmt.Sprintf("line %d: there are more than 20000 events", 2*ical.MaxEvents+2):           "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nEND:VEVENT\n", ical.MaxEvents+1),
	} {
		events, err := ical.Read([]byte(data), nil, yearFrom, yearTo)
		require.ErrorContains(t, err, "ical: "+reason)
		require.Empty(t, events, reason)
	}
}

// TestProblemsAreBounded: a file of nothing but problems does not fill a screen for ever.
func TestProblemsAreBounded(t *testing.T) {
	_, err := ical.Read(calendarOf(strings.Repeat(eventOf("UID:x"), 1000)), nil, yearFrom, yearTo)
	require.Len(t, strings.Split(err.Error(), "\n"), 101)
}

// TestReadIsBounded: files made to be slow are read, or refused, within seconds.
func TestReadIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"rules":             strings.Repeat(eventOf("DTSTART:19010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12"), ical.MaxEvents),
		"rules of no avail": strings.Repeat(eventOf("DTSTART:19010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;UNTIL=19030101"), ical.MaxEvents),
		"rules of nothing":  strings.Repeat(eventOf("DTSTART:19010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), ical.MaxEvents),
		"birthdays":         strings.Repeat(eventOf("DTSTART;VALUE=DATE:19700229\nRRULE:FREQ=YEARLY"), ical.MaxEvents),
		"exceptions":        strings.Repeat(eventOf("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\nEXDATE:"+strings.Repeat("20260101T000000Z,", 3000)+"20260101"), 100),
		"parameters":        strings.Repeat(eventOf("DTSTART;VALUE=DATE:20260101\nATTENDEE"+strings.Repeat(";X=1", 16_000)+":x"), 100),
		"folds":             eventOf("UID:" + strings.Repeat("\n x", ical.MaxSize/5)),
		"nothing":           strings.Repeat("\n", ical.MaxSize-1000),
	} {
		began := time.Now()
		_, _ = ical.Read(calendarOf(body), nil, yearFrom, yearTo)
		t.Log(name, time.Since(began))
		require.Less(t, time.Since(began), 2*time.Minute, name)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(""), int64(0))
	f.Add(calendarOf(eventOf("UID:a\nDTSTART;TZID=Europe/Berlin:20260301T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=6\nEXDATE;VALUE=DATE:20260305\n"+
		"RDATE;VALUE=PERIOD:20260311T080000Z/PT2H")+eventOf("UID:a\nRECURRENCE-ID:20260303T080000Z\nDTSTART:20260303T100000Z\nDTEND:20260303T120000Z")), int64(1_770_000_000))
	f.Add(calendarOf("BEGIN:VTIMEZONE\nTZID:x\nX-LIC-LOCATION:Africa/Casablanca\nEND:VTIMEZONE\n"+eventOf("DTSTART;TZID=x:00010101T000000\nDURATION:P36525DT876600H\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=2")), int64(-62_000_000_000))
	f.Add(calendarOf(eventOf("DTSTART;TZID=\"a\\\":b:20260301T090000\nATTENDEE;CN=\"x,\":mailto:")), int64(4_000_000_000))
	f.Fuzz(func(t *testing.T, data []byte, unix int64) {
		from := time.Unix(unix%250_000_000_000, 0)
		to := from.AddDate(1, 0, 0)
		events, err := ical.Read(data, time.UTC, from, to)
		require.LessOrEqual(t, len(events), ical.MaxEvents)
		for i, e := range events {
			require.True(t, e.End.After(e.Start) && e.Start.Before(to) && e.End.After(from), "%v", e)
			require.True(t, i == 0 || !e.Start.Before(events[i-1].Start))
		}
		if err != nil {
			require.ErrorContains(t, err, "ical: line ")
		}
	})
}
