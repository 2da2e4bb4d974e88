package calendar_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := calendar.LoadZone(name)
	require.NoError(t, err)
	return loc
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func TestFirstAt(t *testing.T) {
	for _, test := range []struct{ zone, civil, want string }{
		{"UTC", "2026-01-05T09:00", "2026-01-05T09:00:00+00:00"},
		{"Europe/Berlin", "2026-01-05T09:00", "2026-01-05T09:00:00+01:00"},
		{"Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T01:59:59+01:00"},
		{"Europe/Berlin", "2026-03-29T02:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00:00+02:00"}, // skipped
		{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-03-29T03:00:01", "2026-03-29T03:00:01+02:00"},
		{"Europe/Berlin", "2026-10-25T02:00", "2026-10-25T02:00:00+02:00"}, // comes twice
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"},
		{"Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T02:59:59+02:00"},
		{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T03:00:00+01:00"}, // only after both
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T03:00:00-04:00"},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-05T02:00:00+10:30"},
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30:00+11:00"},
		{"Atlantic/Azores", "2026-03-29T00:00", "2026-03-29T01:00:00+00:00"}, // midnight is skipped
		{"Atlantic/Azores", "2026-10-25T00:30", "2026-10-25T00:30:00+00:00"},
		{"America/Santiago", "2026-09-06T00:00", "2026-09-06T01:00:00-03:00"},
		{"America/Havana", "2026-03-08T00:30", "2026-03-08T01:00:00-04:00"},
		{"Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T02:30:00+01:00"}, // back before Ramadan
		{"Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T03:00:00+01:00"},
		{"Pacific/Apia", "2011-12-30T00:00", "2011-12-31T00:00:00+14:00"}, // the day that was left out
		{"Pacific/Apia", "2011-12-30T18:00", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Kwajalein", "1969-09-30T12:00", "1969-09-30T12:00:00+11:00"}, // 23 hours that came twice
		{"Pacific/Kwajalein", "1969-10-01T00:00", "1969-10-01T00:00:00-12:00"},
		{"Europe/Berlin", "2150-07-01T09:00", "2150-07-01T09:00:00+02:00"},
		{"Europe/Berlin", "1900-01-01T09:00", "1900-01-01T09:00:00+01:00"},
	} {
		got := calendar.FirstAt(zone(t, test.zone), civil(t, test.civil))
		assert.Equal(t, test.want, got.Format("2006-01-02T15:04:05-07:00"), "%v", test)
		assert.Equal(t, test.zone, got.Location().String())
	}
}

// tape is a wall clock watched step by step: what it read at each instant. It is how the tests know what is right
// without any arithmetic on zones.
type tape struct {
	start time.Time
	step  time.Duration
	reads []string // sorts like time
}

func record(loc *time.Location, start, end time.Time, step time.Duration) tape {
	p := tape{start: start, step: step}
	for t := start; t.Before(end); t = t.Add(step) {
		p.reads = append(p.reads, t.In(loc).Format("2006-01-02T15:04:05"))
	}
	return p
}

func (p tape) at(i int) time.Time { return p.start.Add(time.Duration(i) * p.step) }

// check compares FirstAt and Reading with every instant on the tape, leaving out the first skip steps, which may have
// a history from before the tape began. Readings are compared to the tape's precision.
func (p tape) check(t *testing.T, loc *time.Location, skip int) {
	t.Helper()
	precision := len("2006-01-02T15:04")
	if p.step == time.Second {
		precision += len(":05")
	}
	wall := calendar.NewWall(loc)
	latest := ""
	for i, read := range p.reads {
		isNew := read > latest
		latest = max(latest, read)
		if i < skip {
			continue
		}
		at := p.at(i)
		if got := text(wall.Reading(at)); got[:precision] != latest[:precision] {
			t.Fatalf("the latest reading at %v in %v: got %v, want %v", at, loc, got, latest)
		}
		var c calendar.Civil
		if err := c.UnmarshalText([]byte(latest)); err != nil {
			t.Fatal(err)
		}
		first := wall.FirstAt(c)
		if isNew && !first.Equal(at) || first.After(at) {
			t.Fatalf("%v in %v: read first at %v, not at %v", latest, loc, at, first)
		}
		if calendar.Reading(loc, at) != wall.Reading(at) || calendar.FirstAt(loc, c) != first {
			t.Fatalf("a wall with a memory answers otherwise than one without: %v in %v", at, loc)
		}
	}
}

func text(c calendar.Civil) string {
	if s := c.String(); len(s) > len("2006-01-02T15:04") {
		return s
	}
	return c.String() + ":00"
}

// Every second around clock changes of every kind.
func TestBoundarySecondBySecond(t *testing.T) {
	for _, test := range []struct{ zone, change string }{
		{"Europe/Berlin", "2026-03-29T01:00:00Z"}, {"Europe/Berlin", "2026-10-25T01:00:00Z"},
		{"America/New_York", "2026-03-08T07:00:00Z"}, {"America/New_York", "2026-11-01T06:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"}, {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
		{"Africa/Casablanca", "2026-02-15T02:00:00Z"}, {"Africa/Casablanca", "2026-03-22T02:00:00Z"},
		{"Atlantic/Azores", "2026-03-29T01:00:00Z"}, {"Atlantic/Azores", "2026-10-25T01:00:00Z"},
		{"America/Santiago", "2026-04-05T03:00:00Z"}, {"America/Santiago", "2026-09-06T04:00:00Z"},
		{"America/Havana", "2026-03-08T05:00:00Z"}, {"America/Havana", "2026-11-01T05:00:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z"}, {"Europe/Dublin", "2060-10-31T01:00:00Z"},
		{"Europe/Amsterdam", "1937-06-30T22:40:28Z"}, // by 28 seconds, in some editions of the database
	} {
		loc, change := zone(t, test.zone), instant(t, test.change)
		p := record(loc, change.Add(-3*time.Hour), change.Add(3*time.Hour), time.Second)
		p.check(t, loc, 3600)
	}
}

// Every minute of the days around the changes of offset that a zone ever had, and some of those it will have.
func TestBoundaryMinuteByMinute(t *testing.T) {
	every := 3
	if testing.Short() {
		every = 17
	}
	for _, name := range []string{
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Atlantic/Azores",
		"Pacific/Apia", "Pacific/Kwajalein", "America/Santiago", "America/Havana", "Asia/Manila", "Antarctica/Troll",
		"Asia/Gaza", "America/Scoresbysund", "Africa/Monrovia",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, name)
			for i, change := range changes(loc, 1905, 2110) {
				byRule := change.Year() > 2030 && i%20 != 0 // always the same again
				if i%every != 0 || byRule || change.Second() != 0 {
					continue
				}
				p := record(loc, change.Add(-30*time.Hour), change.Add(30*time.Hour), time.Minute)
				if p.reads[0][17:] == "00" && p.reads[len(p.reads)-1][17:] == "00" { // offsets in whole minutes
					p.check(t, loc, 26*60)
				}
			}
		})
	}
}

// changes finds where a zone's offset changes by looking at it every six hours, and then closer.
func changes(loc *time.Location, fromYear, toYear int) []time.Time {
	var found []time.Time
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	end := time.Date(toYear, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(fromYear, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(end); t = t.Add(6 * time.Hour) {
		if offset(t) == offset(t.Add(6*time.Hour)) {
			continue
		}
		second := t
		for _, step := range []time.Duration{time.Hour, time.Minute, time.Second} {
			for offset(second) == offset(second.Add(step)) {
				second = second.Add(step)
			}
		}
		found = append(found, second.Add(time.Second))
	}
	return found
}

// The rule and its mirror agree, for any instant and any civil time in three centuries.
func TestBoundaryMirror(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	from := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	to := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for _, name := range []string{
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
		"Pacific/Kwajalein", "Europe/Amsterdam", "Africa/Monrovia", "UTC",
	} {
		loc := zone(t, name)
		wall := calendar.NewWall(loc)
		for range 3000 {
			at := time.Unix(from+random.Int64N(to-from), 0)
			c := calendar.CivilOf(at.In(loc)).Add(random.IntN(60)-30, calendar.Hour)
			first := wall.FirstAt(c)
			if reached := !wall.Reading(at).Before(c); reached == first.After(at) {
				t.Fatalf("%v at %v in %v: reached %v, but first at %v", c, at, loc, reached, first)
			}
			if calendar.CivilOf(first).Before(c) || !calendar.CivilOf(first.Add(-time.Second)).Before(c) {
				t.Fatalf("%v in %v is not first read at %v", c, loc, first)
			}
		}
	}
}

// On the last day of a leap year, ZoneBounds of Go 1.26 ends before the instant asked about.
func TestBoundaryLastDayOfLeapYear(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	for _, c := range []string{"2144-12-31T09:00", "2145-01-01T00:30", "2145-01-01T09:00", "2145-01-02T12:00"} {
		first := calendar.FirstAt(loc, civil(t, c))
		assert.Equal(t, c, first.Format("2006-01-02T15:04"))
		assert.Equal(t, civil(t, c), calendar.Reading(loc, first))
	}
}

// A zone whose clock changes for good in the middle of a year, and by rule from then on. ZoneBounds of Go 1.26 has the
// rule begin at the start of that year.
func TestBoundaryWhereTheRuleBegins(t *testing.T) {
	june := instant(t, "2025-06-01T00:00:00Z").Unix()
	data := append([]byte("TZif2"), make([]byte, 15+6*4)...) // the part for old readers is empty
	data = append(append(data, "TZif2"...), make([]byte, 15)...)
	for _, count := range []uint32{0, 0, 0, 1, 2, 8} { // one transition, two types, eight characters
		data = binary.BigEndian.AppendUint32(data, count)
	}
	data = binary.BigEndian.AppendUint64(data, uint64(june))
	data = append(data, 1)                                    // from June on the second type:
	data = append(data, 0, 0, 0, 0, 0, 0, 0, 0, 28, 32, 0, 4) // UTC, and two hours ahead of it
	data = append(data, "AAA\x00BBB\x00\nBBB-2CCC,M10.1.0,M11.1.0\n"...)
	loc, err := time.LoadLocationFromTZData("Test/Mid_Year", data)
	require.NoError(t, err)
	wall := calendar.NewWall(loc)
	for _, test := range []struct{ civil, want string }{
		{"2025-07-01T12:00", "2025-07-01T10:00:00Z"},
		{"2025-03-01T12:00", "2025-03-01T12:00:00Z"},
		{"2025-05-31T23:59", "2025-05-31T23:59:00Z"},
		{"2025-06-01T01:00", "2025-06-01T00:00:00Z"}, // skipped
		{"2025-06-01T03:00", "2025-06-01T01:00:00Z"},
		{"2025-10-10T12:00", "2025-10-10T09:00:00Z"},
	} {
		assert.Equal(t, test.want, wall.FirstAt(civil(t, test.civil)).UTC().Format(time.RFC3339), test.civil)
	}
}

func TestBoundaryFarAway(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	for _, year := range []int{1, 1000, 1850, 2500, 9999} {
		c := calendar.NewCivil(year, 6, 1, 9, 0, 0)
		assert.Equal(t, c, calendar.CivilOf(calendar.FirstAt(loc, c)))
		assert.Equal(t, c, calendar.Reading(loc, calendar.FirstAt(loc, c)))
	}
	fixed := time.FixedZone("", -7*3600)
	assert.Equal(t, "2026-01-05T09:00:00-07:00", calendar.FirstAt(fixed, civil(t, "2026-01-05T09:00")).Format(time.RFC3339))
}

func BenchmarkFirstAt(b *testing.B) {
	loc, c := zone(b, "Europe/Berlin"), civil(b, "2026-07-06T09:00")
	b.ReportAllocs()
	for b.Loop() {
		calendar.FirstAt(loc, c)
	}
}
