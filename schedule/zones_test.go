package schedule_test

import (
	"archive/zip"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// zoneNames lists the zones of the tz database that comes with Go, or those that have had the oddest clocks.
func zoneNames(t testing.TB) (names []string) {
	t.Helper()
	root, _ := exec.Command("go", "env", "GOROOT").Output()
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Logf("%v: only some zones", err)
		return []string{"America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/El_Aaiun",
			"Atlantic/Azores", "America/Santiago", "America/Havana", "America/Nuuk", "America/Sao_Paulo", "America/St_Johns", "Africa/Monrovia",
			"Antarctica/Troll", "Asia/Gaza", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Tehran", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kwajalein"}
	}
	defer archive.Close()
	for _, f := range archive.File {
		if _, err := time.LoadLocation(f.Name); err == nil && !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	require.Greater(t, len(names), 300)
	return names
}

// changes lists when a zone's clock was or will be set, 1970 to 2100.
func changes(loc *time.Location) (list []time.Time) {
	last := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Unix(0, 0).UTC(); t.Before(last); {
		_, end := t.In(loc).ZoneBounds()
		if end.IsZero() {
			break
		}
		if !end.After(t) { // https://go.dev/issue/81583
			end = t.AddDate(0, 0, 1)
		}
		if t = end.UTC(); t.Before(last) {
			list = append(list, t)
		}
	}
	return list
}

// TestAllZones compares OnCall and Shifts with the clock on the wall at every second around a change of the clocks, in
// every zone there is, or WATCHBILL_CASES times: see cases.
func TestAllZones(t *testing.T) {
	names := zoneNames(t)
	n := cases(t, len(names))
	const workers = 8
	for w := range workers {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			known := map[string][]time.Time{}
			for i := w; i < n; i += workers {
				name := names[i%len(names)]
				loc, err := time.LoadLocation(name)
				require.NoError(t, err)
				if _, ok := known[name]; !ok {
					known[name] = changes(loc)
				}
				r := rand.New(rand.NewPCG(uint64(i), 4))
				at := time.Unix(r.Int64N(4_102_444_800), 0)
				if list := known[name]; len(list) > 0 {
					at = list[r.IntN(len(list))]
				}
				compareSeconds(t, zoneCase{Rand: r, zone: loc, change: at})
			}
		})
	}
}

// zoneCase is one layer around one change of the clocks.
type zoneCase struct {
	*rand.Rand
	zone   *time.Location
	change time.Time
}

// civil is a civil time not far from the change, to the second, often what the clock reads just then.
func (z zoneCase) civil(within int) time.Time {
	near := z.change.Add(time.Duration(z.IntN(3)-1) * time.Second).In(z.zone)
	if z.IntN(3) == 0 {
		near = near.Add(time.Duration(z.IntN(2*within)-within) * time.Second)
	}
	return time.Unix(reading(near), 0).UTC()
}

func (z zoneCase) layer() schedule.Layer {
	unit := []calendar.Unit{calendar.Hour, calendar.Hour, calendar.Day, calendar.Week}[z.IntN(4)]
	every := 1 + z.IntN(3)
	anchor := step(z.civil(7200), -z.IntN(40), schedule.Rotation{Every: every, Unit: unit})
	l := schedule.Layer{ID: "l", Start: calendar.CivilMoment(calendar.CivilOf(anchor)), Rotation: schedule.Rotation{Every: every, Unit: unit},
		Users: []watchbill.UserID{"ada", "ben", "cem"}[:1+z.IntN(3)]}
	for range z.IntN(3) {
		from, to := z.civil(7200), z.civil(7200)
		w := calendar.Window{From: timeOfDay(from), To: timeOfDay(to), Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}}
		if z.IntN(2) == 0 {
			w.Days = []calendar.Weekday{calendar.Weekday((int(from.Weekday()) + 6) % 7)}
		}
		if w.From != w.To {
			l.Coverage = append(l.Coverage, w)
		}
	}
	return l
}

func timeOfDay(t time.Time) calendar.TimeOfDay {
	return calendar.TimeOfDay(t.Hour()*3600 + t.Minute()*60 + t.Second())
}

// compareSeconds follows the clock on the wall second by second. What it has shown so far decides which turn it is and
// whether a window is open.
func compareSeconds(t *testing.T, z zoneCase) {
	t.Helper()
	l := z.layer()
	spec := schedule.Spec{ID: "s", Timezone: z.zone.String(), Layers: []schedule.Layer{l}}
	s, err := schedule.New(spec)
	require.NoError(t, err)
	start, end := z.change.Add(-40*time.Minute), z.change.Add(80*time.Minute)
	walls := latestReadings(z.zone, start, end)
	shifts := s.Shifts(start, end)
	want := wallClock{layer: l, turn: -1}
	text, _ := l.Start.MarshalText()
	want.anchor, err = time.Parse("2006-01-02T15:04:05", string(text))
	if err != nil {
		want.anchor, err = time.Parse("2006-01-02T15:04", string(text))
	}
	require.NoError(t, err)
	before := -2
	for i, wall := range walls {
		at := start.Add(time.Duration(i) * time.Second)
		turn := want.at(wall)
		shifts = drop(shifts, at, func(s schedule.Shift) time.Time { return s.End })
		got := noTurn
		if len(shifts) > 0 && !at.Before(shifts[0].Start) {
			got = shifts[0].Parts[0].Turn
		}
		if turn != before || i%977 == 0 {
			for _, p := range append(s.OnCall(at).Parts, s.OnCall(at.Add(time.Second-time.Microsecond)).Parts...) {
				if p.Turn != turn {
					got = p.Turn
				}
			}
		}
		if got != turn {
			text, _ := json.Marshal(spec)
			t.Fatalf("at %v, %v after the change: turn %d, by the clock %d\n%s", at.In(z.zone), at.Sub(z.change), got, turn, text)
		}
		before = turn
	}
}

// latestReadings returns, for each second, the latest that the clock on the wall has shown up to then.
func latestReadings(loc *time.Location, start, end time.Time) (walls []int64) {
	latest := int64(-1 << 62)
	for t := start.Add(-30 * time.Hour); t.Before(start); t = t.Add(time.Minute) {
		wall, next := reading(t.In(loc)), reading(t.Add(time.Minute).In(loc))
		latest = max(latest, wall)
		if next != wall+60 { // the clock was set within this minute
			for s := range 60 {
				latest = max(latest, reading(t.Add(time.Duration(s)*time.Second).In(loc)))
			}
		} else {
			latest = max(latest, wall+59)
		}
	}
	latest = max(latest, reading(start.In(loc)))
	for t := start; t.Before(end); t = t.Add(time.Second) {
		latest = max(latest, reading(t.In(loc)))
		walls = append(walls, latest)
	}
	return walls
}

// wallClock counts turns as the clock goes on.
type wallClock struct {
	layer  schedule.Layer
	anchor time.Time
	turn   int
	next   int64 // the reading at which the next turn begins
}

// at returns the turn at a reading no earlier than the last; noTurn if nobody is on call.
func (c *wallClock) at(wall int64) int {
	if c.turn < 0 {
		c.next = c.anchor.Unix()
	}
	for wall >= c.next {
		c.turn++
		c.next = step(c.anchor, c.turn+1, c.layer.Rotation).Unix()
	}
	if len(c.layer.Coverage) > 0 && !slices.ContainsFunc(c.layer.Coverage, func(w calendar.Window) bool { return within(w, wall) }) {
		return noTurn
	}
	return c.turn
}

// within reports whether a reading lies in a window that begins that day or the day before.
func within(w calendar.Window, wall int64) bool {
	for back := range int64(2) {
		midnight := wall - (wall%86400+86400)%86400 - back*86400
		from, to := midnight+int64(w.From), midnight+int64(w.To)
		if to <= from {
			to += 86400
		}
		weekday := calendar.Weekday((int(time.Unix(midnight, 0).UTC().Weekday()) + 6) % 7)
		if slices.Contains(w.Days, weekday) && wall >= from && wall < to {
			return true
		}
	}
	return false
}
