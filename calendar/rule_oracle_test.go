package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// naive is a recurrence rule for the test that looks at every day there is, one by one.
type naive struct {
	freq                                         string
	interval, count                              int
	until                                        time.Time
	wkst                                         time.Weekday
	month, monthDay, yearDay, weekNumber, setPos []int
	weekdays                                     []numbered
	anchor                                       time.Time
}

// numbered is a weekday of BYDAY; n is 0 for all of them.
type numbered struct {
	n   int
	day time.Weekday
}

var dayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func (r naive) text() string {
	parts := []string{"FREQ=" + r.freq}
	add := func(key, value string) { parts = append(parts, key+"="+value) }
	if r.interval > 1 {
		add("INTERVAL", strconv.Itoa(r.interval))
	}
	if r.count > 0 {
		add("COUNT", strconv.Itoa(r.count))
	}
	if !r.until.IsZero() {
		add("UNTIL", r.until.Format("20060102T150405"))
	}
	if r.wkst != time.Monday {
		add("WKST", dayNames[r.wkst])
	}
	for _, list := range []struct {
		key string
		n   []int
	}{{"BYMONTH", r.month}, {"BYMONTHDAY", r.monthDay}, {"BYYEARDAY", r.yearDay}, {"BYWEEKNO", r.weekNumber}, {"BYSETPOS", r.setPos}} {
		if len(list.n) > 0 {
			add(list.key, strings.ReplaceAll(strings.Trim(fmt.Sprint(list.n), "[]"), " ", ","))
		}
	}
	if len(r.weekdays) > 0 {
		var days []string
		for _, d := range r.weekdays {
			days = append(days, strings.TrimPrefix(strconv.Itoa(d.n), "0")+dayNames[d.day])
		}
		add("BYDAY", strings.Join(days, ","))
	}
	return strings.Join(parts, ";")
}

// list returns the occurrences before the end.
func (r naive) list(end time.Time) []calendar.Civil {
	var all []calendar.Civil
	begin := r.period(r.anchor)
	for k := 0; ; k++ {
		from, to := r.step(begin, k*r.interval), r.step(begin, k*r.interval+1)
		if !from.Before(end) {
			return all
		}
		for _, t := range r.within(from, to) {
			if t.Before(r.anchor) {
				continue
			}
			if !t.Before(end) || !r.until.IsZero() && t.After(r.until) || r.count > 0 && len(all) == r.count {
				return all
			}
			all = append(all, calendar.CivilOf(t))
		}
	}
}

// period is the midnight at which the day, week, month or year of t begins.
func (r naive) period(t time.Time) time.Time {
	year, month, day := t.Date()
	switch r.freq {
	case "YEARLY":
		month, day = 1, 1
	case "MONTHLY":
		day = 1
	case "WEEKLY":
		day -= int(t.Weekday()-r.wkst+7) % 7
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (r naive) step(t time.Time, n int) time.Time {
	switch r.freq {
	case "YEARLY":
		return t.AddDate(n, 0, 0)
	case "MONTHLY":
		return t.AddDate(0, n, 0)
	case "WEEKLY":
		return t.AddDate(0, 0, 7*n)
	}
	return t.AddDate(0, 0, n)
}

// within returns what occurs in one period.
func (r naive) within(from, to time.Time) []time.Time {
	var days []time.Time
	clock := r.anchor.Sub(time.Date(r.anchor.Year(), r.anchor.Month(), r.anchor.Day(), 0, 0, 0, 0, time.UTC))
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		if r.matches(day) {
			days = append(days, day.Add(clock))
		}
	}
	if len(r.setPos) == 0 {
		return days
	}
	var chosen []time.Time
	for i, day := range days {
		if slices.Contains(r.setPos, i+1) || slices.Contains(r.setPos, i-len(days)) {
			chosen = append(chosen, day)
		}
	}
	return chosen
}

func (r naive) matches(t time.Time) bool {
	in := func(list []int, n, total int) bool {
		return len(list) == 0 || slices.Contains(list, n) || slices.Contains(list, n-total-1)
	}
	month := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	year := time.Date(t.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	return in(r.month, int(t.Month()), 1000) && in(r.monthDay, t.Day(), month) && in(r.yearDay, t.YearDay(), year) &&
		r.matchesWeekday(t, month, year) && r.matchesAnchor(t) && r.matchesWeek(t)
}

func (r naive) matchesWeekday(t time.Time, month, year int) bool {
	n, total := t.Day(), month
	if r.freq == "YEARLY" && len(r.month) == 0 {
		n, total = t.YearDay(), year
	}
	for _, d := range r.weekdays {
		if d.day == t.Weekday() && (d.n == 0 || d.n == (n-1)/7+1 || d.n == -((total-n)/7+1)) {
			return true
		}
	}
	return len(r.weekdays) == 0
}

// matchesAnchor is what the anchor fills in where the rule says nothing.
func (r naive) matchesAnchor(t time.Time) bool {
	if len(r.weekdays)+len(r.monthDay)+len(r.yearDay)+len(r.weekNumber) > 0 {
		return true
	}
	switch r.freq {
	case "YEARLY":
		return t.Day() == r.anchor.Day() && (len(r.month) > 0 || t.Month() == r.anchor.Month())
	case "MONTHLY":
		return t.Day() == r.anchor.Day()
	case "WEEKLY":
		return t.Weekday() == r.anchor.Weekday()
	}
	return true
}

func (r naive) matchesWeek(t time.Time) bool {
	if len(r.weekNumber) == 0 {
		return true
	}
	n, total := r.week(t)
	return slices.Contains(r.weekNumber, n) || slices.Contains(r.weekNumber, n-total-1)
}

// week numbers the weeks of the year as RFC 5545 does: week 1 is the first with four days in the year.
func (r naive) week(t time.Time) (number, total int) {
	first := func(year int) time.Time { // day of week 1
		fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		return fourth.AddDate(0, 0, -(int(fourth.Weekday()-r.wkst+7) % 7))
	}
	year := t.Year() + 1
	for t.Before(first(year)) {
		year--
	}
	days := func(from, to time.Time) int { return int(to.Sub(from).Hours()) / 24 }
	return days(first(year), t)/7 + 1, days(first(year), first(year+1)) / 7
}

// randomRule draws a rule that Rule accepts, mostly one that occurs.
func randomRule(random *rand.Rand) naive {
	some := func(most, from, to int) []int { // numbers, sometimes counted from the end
		var list []int
		for range 1 + random.IntN(most) {
			n := from + random.IntN(to-from+1)
			if random.IntN(3) == 0 && from > 0 && most > 1 {
				n = -n
			}
			list = append(list, n)
		}
		return list
	}
	maybe := func(oneIn int) bool { return random.IntN(oneIn) == 0 }
	r := naive{
		freq: []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}[random.IntN(4)], interval: 1,
		wkst:   time.Weekday(1),
		anchor: time.Date(1970+random.IntN(60), 1, 1+random.IntN(366), 0, 0, random.IntN(86400), 0, time.UTC),
	}
	if maybe(2) {
		r.interval = 1 + random.IntN(15)
	}
	if maybe(3) {
		r.wkst = time.Weekday(random.IntN(7))
	}
	for range random.IntN(4) {
		d := numbered{day: time.Weekday(random.IntN(7))}
		if (r.freq == "MONTHLY" || r.freq == "YEARLY") && maybe(2) {
			d.n = some(2, 1, 5)[0]
		}
		r.weekdays = append(r.weekdays, d)
	}
	if maybe(3) {
		for _, m := range some(4, 1, 12) {
			r.month = append(r.month, max(m, -m))
		}
	}
	if r.freq != "WEEKLY" && maybe(3) {
		r.monthDay = some(5, 1, 31)
	}
	r.randomYearly(random, some)
	if len(r.weekdays)+len(r.month)+len(r.monthDay)+len(r.yearDay) > 0 && len(r.weekNumber) == 0 && maybe(4) {
		r.setPos = some(3, 1, 5)
	}
	switch random.IntN(4) {
	case 0:
		r.count = 1 + random.IntN(60)
	case 1:
		r.until = r.anchor.AddDate(0, random.IntN(100), random.IntN(30)).Add(time.Duration(random.IntN(3)-1) * time.Second)
	}
	return r
}

func (r *naive) randomYearly(random *rand.Rand, some func(most, from, to int) []int) {
	if r.freq != "YEARLY" {
		return
	}
	switch random.IntN(4) {
	case 0:
		r.yearDay = some(8, 1, 366)
	case 1:
		r.weekNumber = some(8, 1, 53)
		r.weekdays = []numbered{{0, time.Weekday(random.IntN(7))}, {0, time.Weekday(random.IntN(7))}}
	}
}
