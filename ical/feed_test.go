package ical_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/schedule"
)

func scheduleOf(t testing.TB, spec string) *schedule.Schedule {
	t.Helper()
	var s schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(spec), &s))
	made, err := schedule.New(s)
	require.NoError(t, err)
	return made
}

// weekly is a rota of three, with overrides to be filled in.
const weekly = `{"id":"primary","timezone":"Europe/Berlin","layers":[{"id":"week","users":["ada","ben","cem"],
	"start":"2026-01-05T%s","rotation":{"unit":"week"}}],"overrides":[%s]}`

func dutiesOf(s *schedule.Schedule, before ...*schedule.Schedule) ical.Duties {
	d := ical.Duties{Schedule: s.ID(), Zone: s.Zone(), Shifts: s.Shifts(yearFrom, yearTo)}
	for _, b := range before {
		d.Before = append(d.Before, b.Shifts(yearFrom, yearTo))
	}
	return d
}

func nameOf(id watchbill.UserID) string { return strings.ToUpper(string(id)) }

// uids maps the beginning of each event to its UID and status.
func uids(data []byte) map[string]string {
	all := map[string]string{}
	for _, event := range strings.Split(string(data), "BEGIN:VEVENT\r\n")[1:] {
		field := func(name string) string {
			return regexp.MustCompile(`(?m)^` + name + `(;[^:]*)?:(.*)\r$`).FindStringSubmatch(event)[2]
		}
		all[field("DTSTART")] = field("UID") + " " + field("STATUS")
	}
	return all
}

// TestUIDsStay: an event of the same people on the same day is the same event.
func TestUIDsStay(t *testing.T) {
	f, ada := ical.Feed{}, catalog.User{ID: "ada"}
	plain := scheduleOf(t, fmt.Sprintf(weekly, "09:00", ""))
	was := uids(f.OfUser(ada, dutiesOf(plain)))
	require.Len(t, was, 18)
	later := uids(f.OfUser(ada, dutiesOf(scheduleOf(t, fmt.Sprintf(weekly, "10:30", "")))))
	require.Equal(t, was["20260216T090000"], later["20260216T103000"], "the hand-off moved within the day")
	shorter := scheduleOf(t, fmt.Sprintf(weekly, "09:00", `{"id":"o","user":"ben","from":"2026-02-20T09:00","to":"2026-02-23T09:00"}`))
	require.Equal(t, was, uids(f.OfUser(ada, dutiesOf(shorter))), "the end moved")
	window := dutiesOf(plain)
	window.Shifts = plain.Shifts(yearFrom.AddDate(0, 1, 0), yearTo)
	require.Equal(t, was["20260216T090000"], uids(f.OfUser(ada, window))["20260216T090000"], "the window moved")

	seen := map[string]bool{}
	for _, calendar := range []map[string]string{was, uids(f.OfSchedule(dutiesOf(plain), nameOf)), uids(f.OfUser(catalog.User{ID: "ben"}, dutiesOf(plain))),
		uids(ical.Feed{Host: "b.example.com"}.OfUser(ada, dutiesOf(plain)))} {
		for _, uid := range calendar {
			require.False(t, seen[uid], "UIDs of other people, calendars and installations differ")
			seen[uid] = true
		}
	}
}

// TestCancelled: what is gone stays listed, once, with the UID it had.
func TestCancelled(t *testing.T) {
	f, ada := ical.Feed{}, catalog.User{ID: "ada", Notices: catalog.Notices{Before: []time.Duration{time.Hour}}}
	plain := scheduleOf(t, fmt.Sprintf(weekly, "09:00", ""))
	taken := scheduleOf(t, fmt.Sprintf(weekly, "09:00", `{"id":"o","user":"ben","from":"2026-02-16T09:00","to":"2026-02-23T09:00"}`))
	was := uids(f.OfUser(ada, dutiesOf(plain)))
	data := f.OfUser(ada, dutiesOf(taken, plain, plain))
	now := uids(data)
	require.Equal(t, strings.Replace(was["20260216T090000"], "CONFIRMED", "CANCELLED", 1), now["20260216T090000"])
	delete(was, "20260216T090000")
	delete(now, "20260216T090000")
	require.Equal(t, was, now)
	require.Equal(t, 18, strings.Count(string(data), "BEGIN:VEVENT"))
	require.Equal(t, 17, strings.Count(string(data), "BEGIN:VALARM"), "nobody is reminded of what is cancelled")
	require.Equal(t, 17, strings.Count(string(data), "TRANSP:OPAQUE"))
	events, err := ical.Read(data, time.UTC, yearFrom, yearTo)
	require.NoError(t, err)
	require.Len(t, events, 17)

	data = f.OfSchedule(dutiesOf(taken, plain), nameOf)
	require.Regexp(t, `(?s)SUMMARY:primary: ADA\r\n[^B]*STATUS:CANCELLED`, string(data), "ada's week, which is ben's now")
	require.Equal(t, 1, strings.Count(string(data), "STATUS:CANCELLED"))
	require.Equal(t, len(taken.Shifts(yearFrom, yearTo)), strings.Count(string(data), "STATUS:CONFIRMED"))
}

// TestReadBack: our own reader finds the shifts too, in every zone.
func TestReadBack(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza", "America/Santiago", "Pacific/Apia", "UTC"} {
		s := scheduleOf(t, `{"id":"p","timezone":"`+name+`","layers":[{"id":"l","users":["ada","ben"],"start":"2026-01-01T02:10","rotation":{"every":7,"unit":"hour"}}]}`)
		events, err := ical.Read(ical.Feed{}.OfSchedule(dutiesOf(s), nameOf), s.Zone(), yearFrom, yearTo)
		require.NoError(t, err)
		shifts := s.Shifts(yearFrom, yearTo)
		require.Len(t, events, len(shifts))
		for i, shift := range shifts {
			require.True(t, shift.Start.Equal(events[i].Start) && shift.End.Equal(events[i].End), "%v %v", shift, events[i])
			require.Equal(t, "p: "+nameOf(shift.Users[0]), events[i].Summary)
		}
	}
}

// TestLinesAreWellFormed: folded at 75 octets, between characters, ended by CRLF, without control characters.
func TestLinesAreWellFormed(t *testing.T) {
	s := scheduleOf(t, fmt.Sprintf(weekly, "09:00", ""))
	for _, name := range []string{strings.Repeat("ü", 200), "a" + strings.Repeat("🚨", 90), "x\x00\x07\r\n;,\\\xff\xfe", strings.Repeat("x", 75-len("SUMMARY:primary: ")), strings.Repeat("x", 76-len("SUMMARY:primary: "))} {
		data := string(ical.Feed{Name: name}.OfSchedule(dutiesOf(s), func(watchbill.UserID) string { return name }))
		require.True(t, strings.HasSuffix(data, "END:VCALENDAR\r\n"))
		for line := range strings.SplitSeq(strings.TrimSuffix(data, "\r\n"), "\r\n") {
			require.LessOrEqual(t, len(line), 75)
			require.NotEmpty(t, line)
			require.True(t, utf8.ValidString(line), "%q", line)
			require.False(t, strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }), "%q", line)
		}
		events, err := ical.Read([]byte(data), time.UTC, yearFrom, yearTo)
		require.NoError(t, err)
		want := strings.NewReplacer("\x00", "", "\x07", "", "\r\n", "\n").Replace(strings.ToValidUTF8(name, "\uFFFD"))
		require.Equal(t, "primary: "+want, events[0].Summary)
	}
}

// TestFeedIsAsEver compares with a file that was looked at by hand. WATCHBILL_UPDATE=1 writes it anew.
func TestFeedIsAsEver(t *testing.T) {
	s := scheduleOf(t, fmt.Sprintf(weekly, "09:00", `{"id":"night, late","user":"ada","from":"2026-10-24T22:00","to":"2026-10-25T02:30"}`))
	d := dutiesOf(s, scheduleOf(t, fmt.Sprintf(weekly, "09:00", "")))
	from, to := time.Date(2026, 10, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	d.Shifts, d.Before[0] = s.Shifts(from, to), scheduleOf(t, fmt.Sprintf(weekly, "09:00", `{"id":"x","user":"ada","from":"2026-11-04T22:00","to":"2026-11-05T06:30"}`)).Shifts(from, to)
	d.Shadows = []schedule.Shift{{Start: from, End: from.AddDate(0, 0, 2), Users: []watchbill.UserID{"ada"}, Parts: []schedule.Part{{User: "ada", Layer: "learn", Turn: 3}}}}
	u := catalog.User{ID: "ada", Notices: catalog.Notices{Before: []time.Duration{25*time.Hour + 30*time.Second, 0}}}
	got := ical.Feed{Name: "On call: Ada", Host: "oncall.example.com", Stamp: from, Sequence: 42}.OfUser(u, d)
	const path = "testdata/ada.ics"
	if os.Getenv("WATCHBILL_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	for range 10 {
		require.Equal(t, got, ical.Feed{Name: "On call: Ada", Host: "oncall.example.com", Stamp: from, Sequence: 42}.OfUser(u, d))
	}
}

// TestZonesTellEveryInstant: what the calendar says of a zone gives each hour of two years the offset that it has.
func TestZonesTellEveryInstant(t *testing.T) {
	for _, name := range []string{"Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "America/Nuuk", "Asia/Tehran", "Antarctica/Troll"} {
		s := scheduleOf(t, `{"id":"p","timezone":"`+name+`","layers":[{"id":"l","users":["ada"],"start":"2026-01-01T00:00","rotation":{"unit":"day"}}]}`)
		from, to := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 10, 0, 0, 0, 0, time.UTC)
		data := ical.Feed{}.OfSchedule(ical.Duties{Schedule: "p", Zone: s.Zone(), Shifts: s.Shifts(from, to)}, nameOf)
		part := regexp.MustCompile(`DTSTART:(\d{8}T\d{6})\r\nTZOFFSETFROM:([+-]\d{4})\r\nTZOFFSETTO:([+-]\d{4})\r\n`)
		type observance struct {
			at     time.Time
			offset int
		}
		var all []observance
		for _, m := range part.FindAllStringSubmatch(string(data), -1) {
			at, err := time.Parse("20060102T150405-0700", m[1]+m[2])
			require.NoError(t, err)
			to, err := time.Parse("-0700", m[3])
			require.NoError(t, err)
			_, offset := to.Zone()
			all = append(all, observance{at, offset})
		}
		require.True(t, slices.IsSortedFunc(all, func(a, b observance) int { return a.at.Compare(b.at) }))
		for at := from; at.Before(to); at = at.Add(10 * time.Minute) {
			_, want := at.In(s.Zone()).Zone()
			i := len(all) - 1
			for all[i].at.After(at) {
				i--
			}
			require.Equal(t, want, all[i].offset, "%s at %s", name, at)
		}
	}
}
