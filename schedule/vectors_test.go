package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// The vectors are cases in which other products were found to be wrong, or to differ from each other.

// zoned makes a schedule of these layers in a zone.
func zoned(t testing.TB, zone, rest string) *schedule.Schedule {
	t.Helper()
	return whole(t, `"timezone":"`+zone+`",`+rest)
}

func TestVector1HandOverIsHalfOpen(t *testing.T) {
	s := parse(t, week, "")
	handover := instant(t, "2026-01-12T09:00:00+01:00")
	for at, want := range map[time.Time]watchbill.UserID{
		handover.Add(-time.Microsecond): "ada", handover: "ben", handover.Add(time.Microsecond): "ben",
	} {
		assert.Equal(t, []watchbill.UserID{want}, s.OnCall(at).Users, "%v", at)
	}
	assert.Empty(t, s.Shifts(handover, handover), "a window without length has no shifts, but somebody is on call in it")
}

func TestVector2EmptyIsOneGap(t *testing.T) {
	from, to := instant(t, "2026-01-01T00:00:00Z"), instant(t, "2027-01-01T00:00:00Z")
	for name, rest := range map[string]string{
		"nothing":            `"layers":[]`,
		"only empty shifts":  `"layers":[{"id":"l","users":["~"],"start":"2020-01-01","rotation":{"unit":"day"}}]`,
		"all day, nobody":    `"layers":[{"id":"l","shifts":[{"from":"2026-01-01","to":"2027-01-02","users":["~"]}]}]`,
		"everybody removed":  `"layers":[` + always + `],"overrides":[{"id":"o","from":"2020-01-01","to":"2030-01-01","remove":"ada"}]`,
		"temporarily nobody": `"layers":[` + always + `],"temporary":[{"id":"t","from":"2020-01-01","to":"2030-01-01","shifts":[]}]`,
		"off all year":       `"layers":[{"id":"l","users":["ada"],"start":"2020-01-01","rotation":{"unit":"day"},"holidays":"only"}]`,
	} {
		s := whole(t, rest)
		gaps := s.Gaps(from, to)
		require.Len(t, gaps, 1, name)
		assert.True(t, gaps[0].Start.Equal(from) && gaps[0].End.Equal(to), name)
		assert.Empty(t, s.Shifts(from, to), name)
	}
}

func TestVector3CoverageIsAUnionNotASum(t *testing.T) {
	s := whole(t, `"combine":"union","layers":[
		{"id":"a","users":["ada"],"start":"2026-01-05","rotation":{"unit":"week"},"coverage":[{"days":["mon","tue","wed"],"from":"00:00","to":"24:00"}]},
		{"id":"b","users":["ben"],"start":"2026-01-05","rotation":{"unit":"week"},"coverage":[{"days":["mon","tue","wed"],"from":"00:00","to":"24:00"}]}]`)
	gaps := s.Gaps(moment("2026-01-05").In(s.Zone()), moment("2026-01-12").In(s.Zone()))
	require.Len(t, gaps, 1)
	assert.Equal(t, 96*time.Hour, gaps[0].End.Sub(gaps[0].Start), "two people on three days do not cover six")
}

func TestVector4WeeksAcrossClockChanges(t *testing.T) {
	for _, test := range []struct {
		zone, start, at string // a week begins at start; at is the nine o'clock that ends it
		hours           float64
	}{
		{"America/New_York", "2026-03-06T09:00", "2026-03-13T09:00:00-04:00", 167},
		{"America/New_York", "2026-10-30T09:00", "2026-11-06T09:00:00-05:00", 169},
		{"Europe/Paris", "2026-03-23T09:00", "2026-03-30T09:00:00+02:00", 167},
		{"Europe/Paris", "2026-10-19T09:00", "2026-10-26T09:00:00+01:00", 169},
		{"Australia/Lord_Howe", "2026-04-03T09:00", "2026-04-10T09:00:00+10:30", 168.5},
		{"Australia/Lord_Howe", "2026-10-02T09:00", "2026-10-09T09:00:00+11:00", 167.5},
		{"Pacific/Apia", "2011-12-26T09:00", "2012-01-02T09:00:00+14:00", 144},
		{"Africa/Casablanca", "2026-02-13T09:00", "2026-02-20T09:00:00Z", 169},
		{"Africa/Casablanca", "2026-03-20T09:00", "2026-03-27T09:00:00+01:00", 167},
	} {
		s := zoned(t, test.zone, `"layers":[{"id":"l","users":["ada","ben"],"start":"`+test.start+`","rotation":{"unit":"week"}}]`)
		begins, ends := moment(test.start).In(s.Zone()), instant(t, test.at)
		assert.Equal(t, test.hours, ends.Sub(begins).Hours(), "%v", test)
		assert.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(ends.Add(-time.Microsecond)).Users, "%v", test)
		assert.Equal(t, []watchbill.UserID{"ben"}, s.OnCall(ends).Users, "%v", test)
		assert.Empty(t, s.Gaps(begins, ends.AddDate(0, 1, 0)), "%v", test)
	}
}

func TestVector5SkippedAndRepeatedTimes(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","shifts":[
		{"from":"2026-03-29T02:30","to":"2026-03-29T05:00","users":["ada"]},
		{"from":"2026-10-25T00:30","to":"2026-10-25T02:30","users":["ben"]},
		{"from":"2026-10-25T02:30","to":"2026-10-25T04:00","users":["cem"]}]}]`)
	assert.Equal(t, "2026-03-29T03:00:00+02:00", s.Shifts(instant(t, "2026-03-28T00:00:00Z"), instant(t, "2026-03-30T00:00:00Z"))[0].Start.Format(time.RFC3339),
		"02:30 does not exist; the shift begins at the jump, without an error")
	autumn := s.Shifts(instant(t, "2026-10-24T00:00:00Z"), instant(t, "2026-10-26T00:00:00Z"))
	assert.Equal(t, "2026-10-25T02:30:00+02:00", autumn[0].End.Format(time.RFC3339), "02:30 comes twice; the first one counts")
	assert.Equal(t, 150*time.Minute, autumn[1].End.Sub(autumn[1].Start), "and so for who comes next: no gap, no overlap")
}

func TestVector6MonthsOnThe31stAndLeapDays(t *testing.T) {
	s := zoned(t, "UTC", `"layers":[{"id":"l","users":["ada","ben"],"start":"2026-01-31","rotation":{"unit":"month"}}]`)
	assert.Equal(t, []string{"31 00:00 - 28 00:00 ada l 0", "28 00:00 - 31 00:00 ben l 1", "31 00:00 - 30 00:00 ada l 2"},
		between(t, s, "2026-01-31", "2026-04-30"))
	yearly := zoned(t, "UTC", `"layers":[{"id":"l","users":["ada","ben"],"start":"2024-02-29","rotation":{"every":12,"unit":"month"}}]`)
	var starts []string
	for _, shift := range yearly.Shifts(instant(t, "2024-02-29T00:00:00Z"), instant(t, "2029-01-01T00:00:00Z")) {
		starts = append(starts, shift.Start.Format("2006-01-02"))
	}
	assert.Equal(t, []string{"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"}, starts)
}

func TestVector7WindowInTheMiddleOfALongTurn(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05T09:00","rotation":{"every":3,"unit":"week"}}]`)
	assert.Equal(t, []string{"05 00:00 - 09 00:00 ben l 1"}, between(t, s, "2026-02-05", "2026-02-09"))
}

func TestVector8HourlyTurnsOnWeekendsOnly(t *testing.T) {
	layer := `"layers":[{"id":"l","users":["ada","ben","cem","dot","eve"],"start":"2026-01-05","rotation":{"unit":"hour"},
		"coverage":[{"days":["sat","sun"],"from":"00:00","to":"24:00"}],"count":"`
	saturday := moment("2026-01-10").In(time.UTC)
	all := whole(t, layer+`calendar"}]`)
	assert.Equal(t, []string{"10 00:00 - 10 01:00 ada l 120"}, between(t, all, "2026-01-09", "2026-01-10T01:00"), "after 120 hours without anybody")
	assert.Equal(t, "2026-01-10", all.OnCall(moment("2026-01-06").In(all.Zone())).Until.Format("2006-01-02"))
	covered := whole(t, layer+`covered"}]`)
	assert.Equal(t, []string{"17 00:00 - 17 01:00 dot l 288"}, between(t, covered, "2026-01-12", "2026-01-17T01:00"),
		"48 turns before: 48 mod 5 is 3")
	assert.Equal(t, time.Saturday, saturday.Weekday())
}

func TestVector9WindowAfterTodaysHours(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05","rotation":{"unit":"day"},
		"coverage":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"09:00","to":"17:00"}]}]`)
	full := s.Shifts(moment("2026-01-05").In(s.Zone()), moment("2026-02-05").In(s.Zone()))
	late := moment("2026-01-20T18:00").In(s.Zone())
	next := s.Shifts(late, moment("2026-02-05").In(s.Zone()))
	require.NotEmpty(t, next)
	assert.Equal(t, full[len(full)-len(next):], next, "asked after hours, the same people as in the whole list")
}

func TestVector10AnOverrideFollowsPersonsNotShifts(t *testing.T) {
	swap := `{"id":"swap","from":"2026-01-12T09:00","to":"2026-01-19T09:00","user":"cem","replaces":"ben"}`
	moved := `{"id":"week","users":["ada","ben","cem"],"start":"2026-01-05T10:00","rotation":{"unit":"week"}}`
	assert.Equal(t, []string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 cem week 1 by swap"},
		between(t, parse(t, week, swap), "2026-01-12", "2026-01-13"))
	s := parse(t, moved, swap) // the accepted swap, after the shift moved by an hour
	assert.Equal(t, []string{"12 00:00 - 12 10:00 ada week 0", "12 10:00 - 13 00:00 cem week 1 by swap"}, between(t, s, "2026-01-12", "2026-01-13"))
	assert.Equal(t, []string{"19 08:00 - 19 09:00 cem week 1 by swap", "19 09:00 - 19 10:00 ben week 1", "19 10:00 - 19 11:00 cem week 2"},
		between(t, s, "2026-01-19T08:00", "2026-01-19T11:00"), "it holds for the hours that were agreed")
}

func TestVector11OverridesLongerInsideAndInThePast(t *testing.T) {
	s := parse(t, week, `{"id":"long","from":"2026-01-10","to":"2026-01-21","user":"dot","replaces":"ben"},
		{"id":"inside","from":"2026-01-13","to":"2026-01-14","user":"eve","replaces":"dot"},
		{"id":"past","from":"1999-01-01","to":"2026-01-06","user":"fay"}`)
	assert.Equal(t, []string{
		"05 00:00 - 06 00:00 fay by past", "06 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 dot week 1 by long",
		"13 00:00 - 14 00:00 eve week 1 by inside", "14 00:00 - 19 09:00 dot week 1 by long", "19 09:00 - 22 00:00 cem week 2",
	}, between(t, s, "2026-01-05", "2026-01-22"))
}

// What others get wrong, each named after what should be.

func TestNegativeTheHandOverInstantHasSomebody(t *testing.T) {
	s := parse(t, `{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05","rotation":{"unit":"hour"}}`, "")
	for at := instant(t, "2026-01-05T00:00:00+01:00"); at.Before(instant(t, "2027-01-05T00:00:00+01:00")); at = at.Add(time.Hour) {
		require.Len(t, s.OnCall(at).Users, 1)
	}
}

func TestNegativeAllDayShiftsDoNotHideGaps(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","shifts":[{"from":"2026-01-06","to":"2026-01-07","users":["ada"]},{"from":"2026-01-08T09:00","to":"2026-01-08T17:00","users":["ben"]}]}]`)
	assert.Len(t, s.Gaps(moment("2026-01-05").In(s.Zone()), moment("2026-01-10").In(s.Zone())), 3)
}

func TestNegativeUnassignedShiftsAreGaps(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","shifts":[{"from":"2026-01-06","to":"2026-01-07","users":["~"]}]}]`)
	assert.Len(t, s.Gaps(moment("2026-01-06").In(s.Zone()), moment("2026-01-07").In(s.Zone())), 1)
}

func TestNegativeNoTimeIsAnError(t *testing.T) {
	for hour := range 4 {
		for minute := range 60 {
			at := fmt.Sprintf("2026-03-29T%02d:%02d", hour, minute)
			s := parse(t, `{"id":"l","users":["ada","ben"],"start":"`+at+`","rotation":{"unit":"day"}}`, "")
			require.Len(t, s.OnCall(instant(t, "2026-03-29T12:00:00Z")).Users, 1, at)
		}
	}
}

func TestNegativeDoubleStaffingDoesNotMaskGaps(t *testing.T) {
	half := `"start":"2026-01-05","rotation":{"unit":"week"},"seats":2,"coverage":[{"days":["mon","tue","wed"],"from":"00:00","to":"24:00"},{"days":["thu"],"from":"00:00","to":"12:00"}]`
	s := whole(t, `"layers":[{"id":"l","users":["ada","ben"],`+half+`}]`)
	from, to := moment("2026-01-05").In(s.Zone()), moment("2026-01-12").In(s.Zone())
	var staffed time.Duration
	for _, shift := range s.Shifts(from, to) {
		staffed += time.Duration(len(shift.Users)) * shift.End.Sub(shift.Start)
	}
	assert.Equal(t, to.Sub(from), staffed, "as many hours of people as the week has")
	gaps := s.Gaps(from, to)
	require.Len(t, gaps, 1)
	assert.Equal(t, to.Sub(from)/2, gaps[0].End.Sub(gaps[0].Start), "and half of it without anybody")
}

func TestNegativeThePastIsNotRecomputed(t *testing.T) {
	before := parse(t, week, "")
	after := whole(t, `"layers":[`+week+`],"versions":[{"effective_from":"2026-02-01","layers":[
		{"id":"week","users":["eve","fay"],"start":"2026-01-05T09:00","rotation":{"unit":"day"}}]}]`)
	from, edit := moment("2026-01-01").In(before.Zone()), moment("2026-02-01").In(before.Zone())
	assert.Equal(t, before.Shifts(from, edit), after.Shifts(from, edit), "a new version leaves what was")
	assert.Equal(t, []watchbill.UserID{"eve"}, after.OnCall(edit).Users)
}
