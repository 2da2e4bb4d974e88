package bench_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// after are how many years after the anchor the question is asked.
var after = []int{0, 1, 10, 50}

// anchor is where the rotations compared here begin: every day at nine, seven people.
var anchor = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func team() (users []watchbill.UserID) {
	for i := range 7 {
		users = append(users, watchbill.UserID(strconv.Itoa(i)))
	}
	return users
}

// daily is a layer of daily turns, by unit or by rule.
func daily(tb testing.TB, rotation schedule.Rotation) *schedule.Schedule {
	tb.Helper()
	s, err := schedule.New(schedule.Spec{ID: "s", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{
		ID: "l", Users: team(), Start: calendar.CivilMoment(calendar.CivilOf(anchor)), Rotation: rotation,
	}}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// ruled is a rotation that hands over at the same times, by a rule of RFC 5545.
func ruled(tb testing.TB) schedule.Rotation {
	tb.Helper()
	var r schedule.Rotation
	if err := r.RRule.UnmarshalText([]byte("FREQ=DAILY")); err != nil {
		tb.Fatal(err)
	}
	return r
}

// iterate goes from the anchor on, turn by turn, as a straightforward implementation does.
func iterate(zone *time.Location, users []watchbill.UserID, at time.Time) (watchbill.UserID, time.Time) {
	year, month, day := anchor.Date()
	for k := 0; ; k++ {
		if end := time.Date(year, month, day+k+1, anchor.Hour(), 0, 0, 0, zone); at.Before(end) {
			return users[k%len(users)], end
		}
	}
}

// BenchmarkFromAnchor asks who is on call so many years after the anchor, and until when: Watchbill's rotation by unit and
// by rule, the straightforward iteration, and the occurrences of that day by rrule-go's own Between, from which a caller
// would still have to count the turn.
func BenchmarkFromAnchor(b *testing.B) {
	byUnit, byRule := daily(b, schedule.Rotation{Unit: calendar.Day}), daily(b, ruled(b))
	zone, users := byUnit.Zone(), team()
	rule, err := rrule.NewRRule(rrule.ROption{Freq: rrule.DAILY, Dtstart: time.Date(2026, 1, 5, 9, 0, 0, 0, zone)})
	if err != nil {
		b.Fatal(err)
	}
	for _, years := range after {
		at := func(i int) time.Time {
			return anchor.AddDate(years, 0, 0).Add(time.Duration(i%1024) * 37 * time.Minute)
		}
		for i := 0; i < 1024; i += 64 {
			user, end := iterate(zone, users, at(i))
			for _, s := range []*schedule.Schedule{byUnit, byRule} {
				if a := s.OnCall(at(i)); a.Users[0] != user || !a.Until.Equal(end) {
					b.Fatalf("at %v: %v until %v, by iteration %v until %v", at(i), a.Users, a.Until, user, end)
				}
			}
		}
		for _, way := range []struct {
			name string
			ask  func(time.Time)
		}{
			{"unit", func(t time.Time) { byUnit.OnCall(t) }},
			{"rule", func(t time.Time) { byRule.OnCall(t) }},
			{"iterate", func(t time.Time) { iterate(zone, users, t) }},
			{"between", func(t time.Time) { rule.Between(t.AddDate(0, 0, -1), t.AddDate(0, 0, 1), true) }},
		} {
			b.Run(strconv.Itoa(years)+"y/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					way.ask(at(i))
				}
			})
		}
	}
}
