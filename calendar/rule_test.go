package calendar_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/teambition/rrule-go"

	"github.com/watchbill/watchbill/calendar"
)

func rule(t testing.TB, text string) calendar.Rule {
	t.Helper()
	var r calendar.Rule
	require.NoError(t, r.UnmarshalText([]byte(text)), text)
	return r
}

func recurrence(t testing.TB, text, anchor string) calendar.Recurrence {
	t.Helper()
	r, err := rule(t, text).From(civil(t, anchor))
	require.NoError(t, err, text)
	return r
}

func TestRuleText(t *testing.T) {
	for text, want := range map[string]string{
		"FREQ=WEEKLY;BYDAY=MO,TH":               "FREQ=WEEKLY;BYDAY=MO,TH",
		"RRULE:FREQ=DAILY":                      "FREQ=DAILY",
		" rrule:freq=monthly;byday=-1fr ":       "FREQ=MONTHLY;BYDAY=-1FR",
		"BYMONTH=12;FREQ=YEARLY;UNTIL=20301231": "BYMONTH=12;FREQ=YEARLY;UNTIL=20301231",
		"FREQ=YEARLY;BYDAY=10MO,20TU":           "FREQ=YEARLY;BYDAY=10MO,20TU",
	} {
		r := rule(t, text)
		assert.Equal(t, want, r.String())
		assert.Equal(t, rule(t, want), r, "comparable")
		data, err := json.Marshal(map[string]calendar.Rule{"rrule": r})
		require.NoError(t, err)
		var back map[string]calendar.Rule
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, r, back["rrule"])
	}
	assert.True(t, calendar.Rule{}.IsZero())
	_, err := calendar.Rule{}.From(civil(t, "2026-01-05"))
	assert.ErrorContains(t, err, "is missing")
}

func TestRuleRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                      "is empty",
		"BYDAY=MO":                                              "has no FREQ",
		"FREQ=HOURLY":                                           `FREQ is "HOURLY"; write DAILY`,
		"FREQ=":                                                 `FREQ is ""`,
		"FREQ":                                                  `FREQ is ""`,
		"FREQ=DAILY;":                                           `does not know ""`,
		"FREQ=DAILY;FREQ=WEEKLY":                                "has FREQ twice",
		"FREQ=DAILY\nRRULE:FREQ=WEEKLY":                         "more than one line",
		"FREQ=DAILY;RRULE:FREQ=WEEKLY":                          "more than one line",
		"DTSTART:20260105T090000\nFREQ=DAILY":                   "more than one line",
		"FREQ=DAILY;DTSTART=20260105T090000":                    "has a DTSTART",
		"FREQ=DAILY;INTERVAL=0":                                 `INTERVAL is "0"; write a number from 1`,
		"FREQ=DAILY;INTERVAL=-1":                                "INTERVAL is",
		"FREQ=DAILY;INTERVAL=10001":                             "INTERVAL is",
		"FREQ=DAILY;COUNT=0":                                    "COUNT is",
		"FREQ=DAILY;COUNT=3;UNTIL=20300101":                     "both COUNT and UNTIL",
		"FREQ=DAILY;UNTIL=20300101T000000Z":                     "in UTC; write the local time",
		"FREQ=DAILY;UNTIL=20300229":                             "write a day such as",
		"FREQ=DAILY;BYHOUR=9":                                   "has BYHOUR; leave it out: the time of day comes from",
		"FREQ=DAILY;BYMINUTE=9":                                 "has BYMINUTE",
		"FREQ=DAILY;BYSECOND=9":                                 "has BYSECOND",
		"FREQ=DAILY;BYEASTER=0":                                 `does not know "BYEASTER"`,
		"FREQ=DAILY;BYDAY=XX":                                   `BYDAY is "XX"`,
		"FREQ=DAILY;BYDAY=MO,":                                  "BYDAY is",
		"FREQ=DAILY;BYDAY=1MO":                                  "goes with FREQ=MONTHLY or YEARLY only",
		"FREQ=MONTHLY;BYDAY=0MO":                                "counted from 1",
		"FREQ=MONTHLY;BYDAY=-0MO":                               "counted from 1",
		"FREQ=MONTHLY;BYDAY=6MO":                                "there are at most 5",
		"FREQ=MONTHLY;BYDAY=-53MO":                              "there are at most 5",
		"FREQ=YEARLY;BYMONTH=12;BYDAY=53MO":                     "there are at most 5",
		"FREQ=YEARLY;BYDAY=54MO":                                "BYDAY is",
		"FREQ=YEARLY;BYWEEKNO=20":                               "name the days of those weeks",
		"FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO":                     "does not go with BYWEEKNO",
		"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;BYSETPOS=1":           "does not go with BYWEEKNO",
		"FREQ=MONTHLY;BYWEEKNO=20;BYDAY=MO":                     "FREQ=YEARLY only",
		"FREQ=MONTHLY;BYYEARDAY=20":                             "FREQ=YEARLY only",
		"FREQ=WEEKLY;BYMONTHDAY=20":                             "does not go with FREQ=WEEKLY",
		"FREQ=DAILY;BYSETPOS=1":                                 "without another BY part",
		"FREQ=DAILY;BYMONTH=13":                                 "BYMONTH is",
		"FREQ=DAILY;BYMONTH=-1":                                 "BYMONTH is",
		"FREQ=DAILY;BYMONTHDAY=0":                               "BYMONTHDAY is",
		"FREQ=DAILY;BYMONTHDAY=32":                              "BYMONTHDAY is",
		"FREQ=YEARLY;BYYEARDAY=367":                             "BYYEARDAY is",
		"FREQ=WEEKLY;WKST=2MO":                                  "without a number",
		"FREQ=WEEKLY;BYDAY=MO=TU":                               "BYDAY is",
		"FREQ=DAILY;BYMONTH=" + strings.Repeat("1,", 300) + "1": "longer than 500",
	} {
		r := rule(t, "FREQ=DAILY")
		err := r.UnmarshalText([]byte(text))
		if assert.ErrorContains(t, err, want, text) {
			assert.True(t, strings.HasPrefix(err.Error(), "calendar: rule "), err)
		}
		assert.Equal(t, "FREQ=DAILY", r.String(), "unchanged after an error")
	}
}

func TestRuleThatNeverOccurs(t *testing.T) {
	for text, anchor := range map[string]string{
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":               "2026-01-05T09:00",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":                "2026-01-05T09:00",
		"FREQ=DAILY;INTERVAL=7;BYDAY=MO":                    "2026-01-06T09:00", // a Tuesday
		"FREQ=DAILY;BYDAY=MO;BYSETPOS=2":                    "2026-01-05T09:00",
		"FREQ=DAILY;UNTIL=20251231":                         "2026-01-05T09:00",
		"FREQ=WEEKLY;UNTIL=20260105T085959":                 "2026-01-05T09:00",
		"FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=6":        "2026-01-05T09:00",
		"FREQ=YEARLY;INTERVAL=10000;BYMONTHDAY=1;BYMONTH=1": "2026-01-05T09:00",
	} {
		_, err := rule(t, text).From(civil(t, anchor))
		assert.ErrorContains(t, err, "never occurs from "+anchor+" on", text)
	}
	_, err := rule(t, "FREQ=DAILY").From(civil(t, "2300-01-01"))
	assert.ErrorContains(t, err, "must begin before 2200-12-31")
	_, err = rule(t, "FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12").From(civil(t, "1600-01-01"))
	assert.ErrorContains(t, err, "more than 200000 times")
}

// The examples of RFC 5545, section 3.8.5.3, that have no time of day of their own, from 2 September 1997 at nine
// unless the example says otherwise. UNTIL is local here, and BYWEEKNO comes with BYDAY.
func TestRuleRFC5545Examples(t *testing.T) {
	for _, test := range []struct{ name, anchor, rule, want string }{
		{"daily for 10 occurrences", "", "FREQ=DAILY;COUNT=10", "97-09-02 97-09-03 97-09-04 97-09-05 97-09-06 97-09-07 97-09-08 97-09-09 97-09-10 97-09-11 end"},
		{"every other day", "", "FREQ=DAILY;INTERVAL=2", "97-09-02 97-09-04 97-09-06"},
		{"every 10 days, 5 occurrences", "", "FREQ=DAILY;INTERVAL=10;COUNT=5", "97-09-02 97-09-12 97-09-22 97-10-02 97-10-12 end"},
		{"every day in January, for 3 years, yearly", "1998-01-01T09:00", "FREQ=YEARLY;UNTIL=20000131T140000;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "98-01-01 98-01-02 98-01-03"},
		{"every day in January, for 3 years, daily", "1998-01-01T09:00", "FREQ=DAILY;UNTIL=20000131T140000;BYMONTH=1", "98-01-01 98-01-02 98-01-03"},
		{"weekly for 10 occurrences", "", "FREQ=WEEKLY;COUNT=10", "97-09-02 97-09-09 97-09-16 97-09-23 97-09-30 97-10-07 97-10-14 97-10-21 97-10-28 97-11-04 end"},
		{"weekly until 24 December", "1997-12-02T09:00", "FREQ=WEEKLY;UNTIL=19971224T000000", "97-12-02 97-12-09 97-12-16 97-12-23 end"},
		{"every other week", "", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "97-09-02 97-09-16 97-09-30 97-10-14"},
		{"weekly on Tuesday and Thursday for five weeks", "", "FREQ=WEEKLY;UNTIL=19971007T000000;WKST=SU;BYDAY=TU,TH", "97-09-02 97-09-04 97-09-09 97-09-11 97-09-16 97-09-18 97-09-23 97-09-25 97-09-30 97-10-02 end"},
		{"every other week on Monday, Wednesday and Friday", "1997-09-01T09:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000;WKST=SU;BYDAY=MO,WE,FR", "97-09-01 97-09-03 97-09-05 97-09-15 97-09-17 97-09-19 97-09-29"},
		{"every other week on Tuesday and Thursday, 8 occurrences", "", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "97-09-02 97-09-04 97-09-16 97-09-18 97-09-30 97-10-02 97-10-14 97-10-16 end"},
		{"monthly on the first Friday", "1997-09-05T09:00", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "97-09-05 97-10-03 97-11-07 97-12-05 98-01-02 98-02-06 98-03-06 98-04-03 98-05-01 98-06-05 end"},
		{"monthly on the first Friday until 24 December", "1997-09-05T09:00", "FREQ=MONTHLY;UNTIL=19971224T000000;BYDAY=1FR", "97-09-05 97-10-03 97-11-07 97-12-05 end"},
		{"every other month on the first and last Sunday", "1997-09-07T09:00", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "97-09-07 97-09-28 97-11-02 97-11-30 98-01-04 98-01-25 98-03-01 98-03-29 98-05-03 98-05-31 end"},
		{"monthly on the second-to-last Monday", "1997-09-22T09:00", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "97-09-22 97-10-20 97-11-17 97-12-22 98-01-19 98-02-16 end"},
		{"monthly on the third-to-the-last day", "1997-09-28T09:00", "FREQ=MONTHLY;BYMONTHDAY=-3", "97-09-28 97-10-29 97-11-28 97-12-29 98-01-29 98-02-26"},
		{"monthly on the 2nd and 15th", "", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "97-09-02 97-09-15 97-10-02 97-10-15 97-11-02 97-11-15 97-12-02 97-12-15 98-01-02 98-01-15 end"},
		{"monthly on the first and last day", "1997-09-30T09:00", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "97-09-30 97-10-01 97-10-31 97-11-01 97-11-30 97-12-01 97-12-31 98-01-01 98-01-31 98-02-01 end"},
		{"every 18 months on the 10th to 15th", "1997-09-10T09:00", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "97-09-10 97-09-11 97-09-12 97-09-13 97-09-14 97-09-15 99-03-10 99-03-11 99-03-12 99-03-13 end"},
		{"every Tuesday, every other month", "", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "97-09-02 97-09-09 97-09-16 97-09-23 97-09-30 97-11-04 97-11-11 97-11-18 97-11-25 98-01-06"},
		{"yearly in June and July", "1997-06-10T09:00", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "97-06-10 97-07-10 98-06-10 98-07-10 99-06-10 99-07-10 00-06-10 00-07-10 01-06-10 01-07-10 end"},
		{"every other year in January, February and March", "1997-03-10T09:00", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "97-03-10 99-01-10 99-02-10 99-03-10 01-01-10 01-02-10 01-03-10 03-01-10 03-02-10 03-03-10 end"},
		{"every third year on the 1st, 100th and 200th day", "1997-01-01T09:00", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "97-01-01 97-04-10 97-07-19 00-01-01 00-04-09 00-07-18 03-01-01 03-04-10 03-07-19 06-01-01 end"},
		{"every 20th Monday of the year", "1997-05-19T09:00", "FREQ=YEARLY;BYDAY=20MO", "97-05-19 98-05-18 99-05-17"},
		{"Monday of week 20", "1997-05-12T09:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "97-05-12 98-05-11 99-05-17"},
		{"every Thursday in March", "1997-03-13T09:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "97-03-13 97-03-20 97-03-27 98-03-05 98-03-12 98-03-19 98-03-26 99-03-04"},
		{"every Thursday in June, July and August", "1997-06-05T09:00", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "97-06-05 97-06-12 97-06-19 97-06-26 97-07-03"},
		{"every Friday the 13th", "", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "98-02-13 98-03-13 98-11-13 99-08-13 00-10-13"},
		{"the first Saturday after the first Sunday of the month", "1997-09-13T09:00", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "97-09-13 97-10-11 97-11-08 97-12-13 98-01-10 98-02-07 98-03-07 98-04-11 98-05-09 98-06-13"},
		{"election day in the United States", "1996-11-05T09:00", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "96-11-05 00-11-07 04-11-02"},
		{"the third Tuesday, Wednesday or Thursday", "1997-09-04T09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "97-09-04 97-10-07 97-11-06 end"},
		{"the second-to-last weekday of the month", "1997-09-29T09:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "97-09-29 97-10-30 97-11-27 97-12-30 98-01-29 98-02-26 98-03-30"},
		{"weeks that begin on Monday", "1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "97-08-05 97-08-10 97-08-19 97-08-24 end"},
		{"weeks that begin on Sunday", "1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "97-08-05 97-08-17 97-08-19 97-08-31 end"},
		{"a day that some months have not got", "2007-01-15T09:00", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "07-01-15 07-01-30 07-02-15 07-03-15 07-03-30 end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.anchor == "" {
				test.anchor = "1997-09-02T09:00"
			}
			r := recurrence(t, test.rule, test.anchor)
			for k, want := range strings.Fields(test.want) {
				c, ok := r.At(k)
				if want == "end" {
					assert.False(t, ok, "%v is one too many", c)
					break
				}
				require.True(t, ok, want)
				assert.Equal(t, want+"T09:00", c.String()[2:])
			}
		})
	}
}

func TestRecurrenceIndex(t *testing.T) {
	r := recurrence(t, "FREQ=WEEKLY;BYDAY=MO,TH", "2026-01-07T09:00") // a Wednesday
	for _, test := range []struct {
		at   string
		want int
	}{
		{"2020-01-01", -1}, {"2026-01-07T09:00", -1}, {"2026-01-08T08:59:59", -1}, {"2026-01-08T09:00", 0},
		{"2026-01-12T08:59", 0}, {"2026-01-12T09:00", 1}, {"2026-01-15T09:00", 2}, {"2076-01-09T09:00", 5218},
	} {
		assert.Equal(t, test.want, r.Index(civil(t, test.at)), test.at)
	}
	_, ok := r.At(-1)
	assert.False(t, ok)
	_, ok = r.At(1 << 62)
	assert.False(t, ok, "beyond all time")
	var zero calendar.Recurrence
	assert.Equal(t, -1, zero.Index(civil(t, "2026-01-05")))
	_, ok = zero.At(0)
	assert.False(t, ok)
}

// Any rule, day by day and as the library lists it from the beginning.
func TestRecurrenceByBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	occurred := 0
	for i := range ruleCases() {
		n := randomRule(random)
		end := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		if i%20 > 0 { // most of them not so far
			end = n.anchor.AddDate(15, 0, 0)
		}
		r := rule(t, n.text())
		want := n.list(end)
		name := fmt.Sprintf("%v from %v", r, calendar.CivilOf(n.anchor))
		if len(want) > 0 { // or it looks for one up to the year 9999
			if library, same := libraryList(t, n, end); same && !slices.Equal(library, want) {
				t.Fatalf("%v: the library has %v, not %v", name, library, want)
			}
		}
		got, err := r.From(calendar.CivilOf(n.anchor))
		if err != nil {
			require.Empty(t, want, name)
			continue
		}
		occurred++
		checkRecurrence(t, name, random, got, want, calendar.CivilOf(end))
	}
	t.Logf("%d rules occur", occurred)
	assert.Greater(t, occurred, ruleCases()/2)
}

func ruleCases() int {
	if testing.Short() {
		return 300
	}
	return 3000
}

// checkRecurrence holds what was listed up to the end against every question that a recurrence answers.
func checkRecurrence(t *testing.T, name string, random *rand.Rand, got calendar.Recurrence, want []calendar.Civil, end calendar.Civil) {
	t.Helper()
	for k, c := range want {
		at, ok := got.At(k)
		if !ok || at != c {
			t.Fatalf("%v: occurrence %d is %v (%v), not %v", name, k, at, ok, c)
		}
	}
	if next, ok := got.At(len(want)); ok && next.Before(end) {
		t.Fatalf("%v: occurs once more, at %v", name, next)
	}
	for range 20 {
		c := calendar.NewCivil(1970+random.IntN(130), 1, 1+random.IntN(366), 0, 0, random.IntN(86400))
		if year, _, _ := end.Date(); random.IntN(2) == 0 {
			c = c.Add((year-2100)*12, calendar.Month)
		}
		if len(want) > 0 && random.IntN(2) == 0 {
			c = want[random.IntN(len(want))]
		}
		i, found := slices.BinarySearchFunc(want, c, calendar.Civil.Compare)
		if !found {
			i--
		}
		if c.Before(end) && got.Index(c) != i {
			t.Fatalf("%v: the last at %v is number %d, not %d", name, c, got.Index(c), i)
		}
	}
}

// libraryList is the library's own list in UTC, from the beginning; false where it is known to read a rule otherwise.
func libraryList(t *testing.T, n naive, end time.Time) (list []calendar.Civil, same bool) {
	t.Helper()
	plain := slices.ContainsFunc(n.weekdays, func(d numbered) bool { return d.n == 0 })
	counted := slices.ContainsFunc(n.weekdays, func(d numbered) bool { return d.n != 0 })
	if n.freq == "WEEKLY" && len(n.setPos) > 0 || plain && counted || len(n.weekNumber) > 0 {
		return nil, false
	}
	option, err := rrule.StrToROption(n.text())
	require.NoError(t, err)
	option.Dtstart = n.anchor
	r, err := rrule.NewRRule(*option)
	require.NoError(t, err)
	for _, at := range r.Between(n.anchor, end, true) {
		if at.Before(end) {
			list = append(list, calendar.CivilOf(at))
		}
	}
	return list, true
}

// Where the library is wrong or silent, by the text of RFC 5545.
func TestRuleWhereTheLibraryIsWrong(t *testing.T) {
	// BYSETPOS counts from the beginning of the week, also in the first, of which two days have passed.
	first, _ := recurrence(t, "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", "2026-01-07T09:00").At(0)
	assert.Equal(t, "2026-01-12T09:00", first.String())
	// Weeks that begin on Saturday: New Year 1998 is in week 52, not 53.
	first, _ = recurrence(t, "FREQ=YEARLY;WKST=SA;BYWEEKNO=53;BYDAY=TH", "1997-06-01T09:00").At(0)
	assert.Equal(t, "2003-01-02T09:00", first.String())
	// A plain day beside a counted one is every such day.
	r := recurrence(t, "FREQ=MONTHLY;BYDAY=MO,1TU", "2026-01-05T09:00")
	for k, want := range []string{"01-05", "01-06", "01-12", "01-19", "01-26", "02-02", "02-03", "02-09"} {
		c, _ := r.At(k)
		assert.Equal(t, "2026-"+want+"T09:00", c.String())
	}
}

// The library's own rules must not be shared; a recurrence may be.
func TestRecurrenceIsSafeForConcurrentUse(t *testing.T) {
	r := recurrence(t, "FREQ=MONTHLY;BYDAY=-1FR;COUNT=100", "2026-01-05T09:00")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for k := range 100 {
				if c, _ := r.At(k); r.Index(c) != k {
					t.Errorf("occurrence %d is number %d", k, r.Index(c))
				}
			}
		})
	}
	group.Wait()
}

func FuzzRule(f *testing.F) {
	for _, text := range []string{
		"FREQ=WEEKLY;BYDAY=MO,TH", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;WKST=TH",
		"FREQ=DAILY;INTERVAL=3;BYMONTH=1,2;UNTIL=20300101T093000", "FREQ=YEARLY;BYYEARDAY=-366;COUNT=2", "FREQ=MONTHLY;BYDAY=5MO,TU",
	} {
		f.Add(text, int64(1_700_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		var r, again calendar.Rule
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		require.NoError(t, again.UnmarshalText([]byte(r.String())))
		require.Equal(t, r, again)
		anchor := calendar.CivilOf(time.Unix(unix%(1<<33), 0).UTC())
		list, err := r.From(anchor)
		if err != nil {
			return
		}
		last := calendar.Civil{}
		for k := range 50 {
			c, ok := list.At(k)
			if !ok {
				return
			}
			require.False(t, c.Before(anchor))
			require.True(t, last.Before(c))
			require.Equal(t, k, list.Index(c))
			last = c
		}
	})
}

func BenchmarkRecurrence(b *testing.B) {
	at := civil(b, "2076-07-01T12:00")
	for _, text := range []string{"FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR"} {
		r := recurrence(b, text, "2026-01-05T09:00")
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.At(r.Index(at))
			}
		})
	}
}
