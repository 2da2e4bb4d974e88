package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// maxPlanned bounds durations that loads are added up from.
const maxPlanned = 1000 * time.Hour

func (v *validator) pay(p Pay) {
	if len(p.Rules) > 0 && !isCurrency(p.Currency) {
		v.fail("pay.currency", "%q is not a currency; use its three capital letters, such as EUR", p.Currency)
	}
	v.payZone(p.Timezone, "pay.timezone")
	if p.Overlap != "" && p.Overlap != OverlapOnce && p.Overlap != OverlapEach {
		v.fail("pay.overlap", "%q is unknown; use once or each", p.Overlap)
	}
	ids := map[string]bool{}
	for i, r := range p.Rules {
		path := fmt.Sprintf("pay.rules[%d]", i)
		declareID(v, ids, r.ID, path)
		v.payZone(r.Timezone, path+".timezone")
		v.payRule(r, path)
	}
}

func isCurrency(code string) bool {
	return len(code) == 3 && !slices.ContainsFunc([]byte(code), func(b byte) bool { return b < 'A' || b > 'Z' })
}

func (v *validator) payZone(name, path string) {
	if name != PayBySchedule && name != PayByPerson {
		v.zone(name, path)
	}
}

func (v *validator) payRule(r PayRule, path string) {
	v.windows(r.Hours, path+".hours")
	if !slices.Contains([]string{"", "on", "off", "only"}, r.Holidays) {
		v.fail(path+".holidays", "%q is unknown; use on, off or only", r.Holidays)
	}
	v.amount(r.Hourly, path+".hourly")
	v.amount(r.Shift, path+".shift")
	v.amount(r.Page, path+".page")
}

// windows refuses rules of recurrence, which need a start.
func (v *validator) windows(list []calendar.Window, path string) {
	for i, w := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !w.RRule.IsZero() || !w.For.IsZero() {
			v.fail(at, "has an rrule; give days, from and to")
		} else if err := w.Validate(); err != nil {
			v.fail(at, "%s", strings.TrimPrefix(err.Error(), "calendar: "))
		}
	}
}

func (v *validator) amount(amount int64, path string) {
	if amount < 0 || amount > MaxAmount {
		v.fail(path, "%d is not an amount; use 0 to %d, in the currency's smallest unit", amount, MaxAmount)
	}
}

func (v *validator) rosters(list []Roster) {
	type one struct {
		schedule watchbill.ScheduleID
		layer    string
	}
	seen := map[one]bool{}
	for i, r := range list {
		path := fmt.Sprintf("rosters[%d]", i)
		it := one{r.Schedule, r.Layer}
		switch {
		case r.Schedule == "":
			v.fail(path+".schedule", "is missing; say which schedule the roster is for")
		case seen[it]:
			v.fail(path+".schedule", "%q has a roster already; there is one for each schedule, or for each of its layers", r.Schedule)
		}
		seen[it] = true
		v.roster(r, path)
	}
}

func (v *validator) roster(r Roster, path string) {
	referAll(v, v.users, r.People, "user", path+".people")
	if l := r.Length; !l.IsZero() && (l.N < 1 || l.N > 10_000) {
		v.fail(path+".length", "%v is not the length of a turn; write it as 12h, 1d or 1w", l)
	}
	v.windows(r.Coverage, path+".coverage")
	if r.Seats < 0 || r.Seats > 100 {
		v.fail(path+".seats", "%d is not a number of people; use 1 to 100, or leave it out", r.Seats)
	}
	if r.MaxConsecutive < 0 {
		v.fail(path+".max_consecutive", "%d is negative; leave it out for no limit", r.MaxConsecutive)
	}
	if r.MinRest < 0 {
		v.fail(path+".min_rest", "%v is negative; leave it out for none", r.MinRest)
	}
	if slices.Contains(r.ApartFrom, r.Schedule) {
		v.fail(path+".apart_from", "%q is the schedule itself; take it out", r.Schedule)
	}
	v.wishes(r.Wishes, path)
	if r.Weights != nil {
		v.weights(*r.Weights, path+".weights")
	}
}

func (v *validator) wishes(list []Wish, path string) {
	for i, w := range list {
		at := fmt.Sprintf("%s.wishes[%d]", path, i)
		if !v.users[w.User] {
			v.fail(at+".user", "user %q does not exist", w.User)
		}
		if w.From.IsZero() || w.To.IsZero() || !w.From.In(time.UTC).Before(w.To.In(time.UTC)) {
			v.fail(at+".to", "%v is not after from, %v; both are needed", w.To, w.From)
		}
		if w.Weight < 0 || w.Weight > maxPlanned {
			v.fail(at+".weight", "%v is not a weight; use up to %v, or leave it out for 24h", w.Weight, maxPlanned)
		}
	}
}

func (v *validator) weights(w Weights, path string) {
	v.weight(w.Hour, path+".hour")
	v.weight(w.Night, path+".night")
	v.weight(w.Weekend, path+".weekend")
	v.weight(w.Holiday, path+".holiday")
	v.load(w.Page, path+".page")
	v.load(w.Sleep, path+".sleep")
	if day := calendar.NewTimeOfDay(24, 0); w.NightAt < 0 || w.NightAt >= day || w.NightTo < 0 || w.NightTo > day || w.NightAt == w.NightTo {
		v.fail(path+".night_from", "%v to %v is not a night; use two times of day that differ, such as 22:00 and 06:00", w.NightAt, w.NightTo)
	}
}

func (v *validator) weight(w Weight, path string) {
	if w < 0 || w > MaxWeight {
		v.fail(path, "%v is not a weight; use 0 to %v", w, MaxWeight)
	}
}

func (v *validator) load(d time.Duration, path string) {
	if d < 0 || d > maxPlanned {
		v.fail(path, "%v is not a load; use 0s to %v", d, maxPlanned)
	}
}
