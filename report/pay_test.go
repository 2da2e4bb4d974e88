package report_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

func hoursOf(from, to string, days ...calendar.Weekday) []calendar.Window {
	w := calendar.Window{Days: days}
	_ = w.From.UnmarshalText([]byte(from))
	_ = w.To.UnmarshalText([]byte(to))
	if len(days) == 0 {
		for d := calendar.Monday; d <= calendar.Sunday; d++ {
			w.Days = append(w.Days, d)
		}
	}
	return []calendar.Window{w}
}

func paid(t testing.TB, in report.PayInput) report.PayReport {
	t.Helper()
	r, err := report.Pay(in)
	require.NoError(t, err)
	var people, lines int64
	for _, l := range r.Lines {
		lines += l.Amount
	}
	for _, p := range r.People {
		people += p.Amount
	}
	require.Equal(t, r.Amount, lines)
	require.Equal(t, r.Amount, people)
	return r
}

// lines tells each line as "user schedule rule time shifts pages amount".
func lines(list []report.PayLine) (texts []string) {
	for _, l := range list {
		texts = append(texts, fmt.Sprint(l.ID, " ", l.Schedule, " ", l.Rule, " ", time.Duration(l.Time), " ", l.Shifts, " ", l.Pages, " ", l.Amount))
	}
	return texts
}

func rules() catalog.Pay {
	return catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{
		{ID: "holiday", Holidays: "only", Hourly: 900},
		{ID: "night", Hours: hoursOf("22:00", "06:00"), Hourly: 601},
		{ID: "weekend", Hours: hoursOf("00:00", "24:00", calendar.Saturday, calendar.Sunday), Hourly: 333},
		{ID: "day", Hourly: 100, Shift: 5000, Page: 250},
	}}
}

// The week in which clocks go back, subtracted by hand: Monday 19 October, 09:00, to Monday 26 October, 09:00, is 169 h.
func TestPayByHand(t *testing.T) {
	w := window(t, "Europe/Berlin", "2026-10-19T09:00", "2026-10-26T09:00")
	c := people("Europe/Berlin", "ada")
	c.Pay = rules()
	berlin := w.From.Location()
	r := paid(t, report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, weekly(t, "primary", "Europe/Berlin", "ada")),
		Pages: []report.Page{{User: "ada", At: moment(t, "2026-10-20T12:00").In(berlin)}, {User: "ada", At: moment(t, "2026-10-20T23:00").In(berlin)}}})
	assert.Equal(t, []string{
		"ada primary night 57h0m0s 0 1 34257",   // 6 * 8 h + 9 h, of 6.01
		"ada primary weekend 32h0m0s 0 0 10656", // twice 06:00 to 22:00, of 3.33
		"ada primary day 80h0m0s 1 1 13250",     // 5 * 16 h of 1.00, a shift, and one page
	}, lines(r.Lines))
	assert.Equal(t, int64(34257+10656+13250), r.Amount)
	assert.Empty(t, r.Unpaid)

	spring := window(t, "Europe/Berlin", "2026-03-28T22:00", "2026-03-29T06:00")
	r = paid(t, report.PayInput{Window: spring, Catalog: c, Rolls: call(t, spring, c, weekly(t, "primary", "Europe/Berlin", "ada"))})
	assert.Equal(t, []string{"ada primary night 7h0m0s 0 0 4207"}, lines(r.Lines))
	assert.False(t, r.PagesKnown)
}

func TestPayOfHolidaysAndZones(t *testing.T) {
	w := window(t, "Europe/Berlin", "2026-04-30", "2026-05-02")
	spec := weekly(t, "primary", "Europe/Berlin", "ada")
	spec.Holidays = []schedule.Holidays{{ID: "de", Days: []schedule.Holiday{{Date: calendar.NewCivil(2026, 5, 1, 0, 0, 0)}}}}
	c := people("America/New_York", "ada")
	c.Pay = catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "h", Holidays: "only", Calendars: []string{"de"}, Hourly: 60}, {ID: "o", Holidays: "off", Hourly: 6}}}
	in := report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, spec)}
	assert.Equal(t, []string{"ada primary h 24h0m0s 0 0 1440", "ada primary o 24h0m0s 0 0 144"}, lines(paid(t, in).Lines))
	in.Catalog.Pay.Timezone = catalog.PayByPerson // 1 May begins 6 h later
	assert.Equal(t, []string{"ada primary h 18h0m0s 0 0 1080", "ada primary o 30h0m0s 0 0 180"}, lines(paid(t, in).Lines))
	in.Catalog.Pay.Rules[0].Timezone = "Asia/Kolkata" // and 3.5 h earlier; o is by the person, so applies to what h leaves
	assert.Equal(t, []string{"ada primary h 24h0m0s 0 0 1440", "ada primary o 20h30m0s 0 0 123"}, lines(paid(t, in).Lines))
	assert.Equal(t, []string{"ada primary  3h30m0s 0 0 0"}, lines(paid(t, in).Unpaid))
	in.Catalog.Pay.Rules[0].Calendars = []string{"fr"}
	assert.Equal(t, []string{"ada primary o 30h0m0s 0 0 180"}, lines(paid(t, in).Lines))
}

func TestPayOfOverlaps(t *testing.T) {
	w := window(t, "UTC", "2026-06-01T09:00", "2026-06-02T09:00")
	c := people("UTC", "ada")
	c.Pay = catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "b", Schedules: []watchbill.ScheduleID{"b"}, Hourly: 10}, {ID: "any", Hourly: 1}}}
	in := report.PayInput{Window: w, Catalog: c, Pages: []report.Page{{User: "ada", At: w.From}},
		Rolls: call(t, w, c, weekly(t, "a", "UTC", "ada"), weekly(t, "b", "UTC", "ada"))}
	assert.Equal(t, []string{"ada b b 24h0m0s 1 1 240"}, lines(paid(t, in).Lines), "once, by the first rule that applies to either")
	in.Catalog.Pay.Overlap = catalog.OverlapEach
	assert.Equal(t, []string{"ada a any 24h0m0s 1 0 24", "ada b b 24h0m0s 1 1 240"}, lines(paid(t, in).Lines))
}

// Amounts are rounded once, at the end of a line, a half upwards.
func TestPayRounds(t *testing.T) {
	c := people("UTC", "ada")
	c.Pay = catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "r", Hourly: 1}}}
	for length, want := range map[string]int64{"30m": 1, "29m59.999999s": 0, "90m": 2, "89m": 1, "1000h": 1000} {
		from := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		w := report.Window{From: from, To: from.Add(time.Duration(duration(t, length)))}
		r := paid(t, report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, weekly(t, "a", "UTC", "ada"))})
		assert.Equal(t, want, r.Amount, length)
	}
}

// Windows that follow one another pay every shift once, and all time.
func TestPayOfWindowsThatFollowOneAnother(t *testing.T) {
	c := people("Europe/Berlin", "ada", "ben")
	c.Pay = catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "r", Hourly: 3600, Shift: 1}}}
	spec := weekly(t, "a", "Europe/Berlin", "ada", "ada", "ben")
	var shifts int
	var sum time.Duration
	for month := 1; month <= 12; month++ {
		from := time.Date(2026, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		w := report.Window{From: from, To: from.AddDate(0, 1, 0)}
		for _, l := range paid(t, report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, spec)}).Lines {
			shifts += l.Shifts
			sum += time.Duration(l.Time)
		}
	}
	assert.Equal(t, 52, shifts, "the Mondays from 5 January to 28 December, though ada has two turns in a row")
	assert.Equal(t, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Sub(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)), sum)
}

func TestPayCSV(t *testing.T) {
	w := window(t, "UTC", "2026-06-01T21:00", "2026-06-02T07:00")
	c := people("UTC", "ada")
	c.Users[0].Name = "=Ada"
	c.Pay = catalog.Pay{Currency: "EUR", Rules: rules().Rules[1:2]}
	r := paid(t, report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, weekly(t, "p", "UTC", "ada"))})
	assert.Equal(t, strings.Join([]string{
		"kind,id,name,schedule,rule,from,to,seconds,shifts,pages,hourly,per_shift,per_page,amount,currency",
		"line,ada,'=Ada,p,night,2026-06-01T22:00:00Z,2026-06-02T06:00:00Z,28800,0,0,601,0,0,4808,EUR",
		"span,ada,'=Ada,p,night,2026-06-01T22:00:00Z,2026-06-02T06:00:00Z,28800,,,,,,,",
		"unpaid,ada,'=Ada,p,,2026-06-01T21:00:00Z,2026-06-02T07:00:00Z,7200,0,0,0,0,0,0,EUR",
		"span,ada,'=Ada,p,,2026-06-01T21:00:00Z,2026-06-01T22:00:00Z,3600,,,,,,,",
		"span,ada,'=Ada,p,,2026-06-02T06:00:00Z,2026-06-02T07:00:00Z,3600,,,,,,,",
		"person,ada,'=Ada,,,2026-06-01T21:00:00Z,2026-06-02T07:00:00Z,36000,,,,,,4808,EUR",
		"total,,,,,2026-06-01T21:00:00Z,2026-06-02T07:00:00Z,36000,,,,,,4808,EUR",
		"",
	}, "\n"), string(r.CSV()))
}

// reading is the latest that a wall clock has shown in the four hours up to t: an hour that it shows again counts as the
// end of the first. Clocks are set at full half hours.
func reading(zone *time.Location, t time.Time) time.Time {
	var last time.Time
	for n := range 9 {
		at := t.In(zone)
		if n > 0 {
			at = t.Truncate(30 * time.Minute).Add(-time.Duration(n-1)*30*time.Minute - 1).In(zone)
		}
		wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		if wall.After(last) {
			last = wall
		}
	}
	return last
}

// oracle pays minute by minute, by asking the schedule itself who is on call and reading the clock naively.
func oracle(t *testing.T, in report.PayInput, schedules []*schedule.Schedule) map[string]int64 {
	minutes := map[string]int64{}
	rate := map[string]int64{}
	zones := map[watchbill.UserID]string{}
	for _, u := range in.Catalog.Users {
		zones[u.ID] = u.Zone
	}
	applies := func(r catalog.PayRule, k int, u watchbill.UserID, at time.Time) bool {
		zone := in.Rolls[k].Zone
		switch name := r.Timezone; {
		case name == "person" || name == "" && in.Catalog.Pay.Timezone == "person":
			zone, _ = time.LoadLocation(zones[u])
		}
		wall := reading(zone, at)
		day := calendar.Weekday((int(wall.Weekday()) + 6) % 7)
		clock := calendar.NewTimeOfDay(wall.Hour(), wall.Minute())
		open := len(r.Hours) == 0
		for _, h := range r.Hours {
			yesterday := (day + 6) % 7
			if h.From < h.To {
				open = open || slices.Contains(h.Days, day) && clock >= h.From && clock < h.To
			} else {
				open = open || slices.Contains(h.Days, day) && clock >= h.From || slices.Contains(h.Days, yesterday) && clock < h.To
			}
		}
		holiday := wall.Day() == 25
		return open && (r.Holidays == "" || holiday == (r.Holidays == "only"))
	}
	for at := in.Window.From; at.Before(in.Window.To); at = at.Add(time.Minute) {
		for _, u := range in.Catalog.Users {
			var on []int
			for k, s := range schedules {
				if slices.Contains(s.OnCall(at).Users, u.ID) {
					on = append(on, k)
				}
			}
			pay := func(candidates []int) {
				for _, r := range in.Catalog.Pay.Rules {
					for _, k := range candidates {
						if applies(r, k, u.ID, at) {
							key := fmt.Sprint(u.ID, " ", in.Rolls[k].Schedule, " ", r.ID)
							minutes[key]++
							rate[key] = r.Hourly
							return
						}
					}
				}
			}
			if in.Catalog.Pay.Overlap == catalog.OverlapEach {
				for _, k := range on {
					pay([]int{k})
				}
			} else {
				pay(on)
			}
		}
	}
	amounts := map[string]int64{}
	for key, n := range minutes {
		exact := big.NewRat(n*rate[key], 60)
		rounded, _ := new(big.Float).SetRat(exact.Add(exact, big.NewRat(1, 2))).Int64()
		amounts[key] = rounded
	}
	return amounts
}

// Whatever the rules, the zones and the nights in which clocks change, pay is what counting minutes says.
func TestPayAgainstCountingMinutes(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}
	starts := []string{"2026-03-27T13:00:00Z", "2026-10-24T07:00:00Z", "2026-10-31T20:00:00Z", "2026-04-04T01:00:00Z", "2026-12-24T09:00:00Z"}
	for range 16 {
		from, _ := time.Parse(time.RFC3339, starts[random.IntN(len(starts))])
		c := people("", "a", "b")
		c.Users[0].Zone, c.Users[1].Zone = zones[random.IntN(4)], zones[random.IntN(4)]
		c.Pay = catalog.Pay{Currency: "EUR", Timezone: []string{"", "person"}[random.IntN(2)], Overlap: []catalog.Overlap{"", "each"}[random.IntN(2)]}
		for k := range 4 {
			r := catalog.PayRule{ID: fmt.Sprint("r", k), Hourly: int64(random.IntN(1000)), Holidays: []string{"", "off", "only"}[random.IntN(3)],
				Timezone: []string{"", "person"}[random.IntN(2)]}
			if random.IntN(4) > 0 {
				r.Hours = hoursOf(fmt.Sprintf("%02d:30", random.IntN(24)), fmt.Sprintf("%02d:00", random.IntN(24)),
					calendar.Weekday(random.IntN(3)), calendar.Weekday(3+random.IntN(4)))
			}
			c.Pay.Rules = append(c.Pay.Rules, r)
		}
		holidays := []schedule.Holidays{{ID: "x"}}
		for month := 1; month <= 12; month++ {
			holidays[0].Days = append(holidays[0].Days, schedule.Holiday{Date: calendar.NewCivil(2026, time.Month(month), 25, 0, 0, 0)})
		}
		specs := []schedule.Spec{weekly(t, "p", zones[random.IntN(4)], "a", "b"), weekly(t, "s", zones[random.IntN(4)], "b", "a", "a")}
		specs[1].Layers[0].Rotation.Unit = calendar.Day
		w := report.Window{From: from, To: from.Add(48 * time.Hour)}
		var schedules []*schedule.Schedule
		for k := range specs {
			specs[k].Holidays = holidays
			s, err := schedule.New(specs[k])
			require.NoError(t, err)
			schedules = append(schedules, s)
		}
		in := report.PayInput{Window: w, Catalog: c, Rolls: call(t, w, c, specs...)}
		got := map[string]int64{}
		for _, l := range paid(t, in).Lines {
			got[fmt.Sprint(l.ID, " ", l.Schedule, " ", l.Rule)] = l.Amount
		}
		require.Equal(t, oracle(t, in, schedules), got)
	}
}
