package schedule

import (
	"math"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// instant is a point in time in microseconds since 1970, UTC: half the work of a time.Time to compare and to keep.
type instant int64

// never is later than every instant that has a date.
const never instant = math.MaxInt64

// firstYear and lastYear bound the times in a Spec.
const firstYear, lastYear = 1900, 2200

// instantOf cuts t to its microsecond, and to the years 1 to 9999.
func instantOf(t time.Time) instant {
	const firstSecond, lastSecond = -62_135_596_800, 253_402_300_799
	second := min(max(t.Unix(), firstSecond), lastSecond)
	return instant(second*1_000_000 + int64(t.Nanosecond()/1000))
}

func (t instant) in(loc *time.Location) time.Time { return time.UnixMicro(int64(t)).In(loc) }

// endOfTime is where civil time ends; a turn that would end later never does.
var endOfTime = calendar.NewCivil(9999, time.December, 31, 0, 0, 0)

// firstAt is the instant of a civil time by the boundary rule.
func firstAt(wall *calendar.Wall, c calendar.Civil) instant {
	if !c.Before(endOfTime) {
		return never
	}
	return instant(wall.FirstAt(c).UnixMicro())
}
