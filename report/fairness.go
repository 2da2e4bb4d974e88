package report

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

// FairnessInput is what fairness is told from.
type FairnessInput struct {
	Window  Window
	Catalog catalog.Catalog
	Rolls   []Roll  // each schedule once
	Pages   []Page  // in any order, and more than those of the window; nil: not known
	Carried *Ledger // from an earlier report; nil: nothing
}

// FairnessReport says who bears how much of being on call, and who ought to.
type FairnessReport struct {
	Window
	Schedules   []watchbill.ScheduleID `json:"schedules"`
	PagesKnown  bool                   `json:"pages_known"`     // false: only hours count
	Elsewhere   int                    `json:"pages_elsewhere"` // pages to people who were not on call in these schedules; they weigh nothing
	Load        watchbill.Duration     `json:"load"`            // of everybody
	Misplaced   watchbill.Duration     `json:"misplaced"`       // what would have to change hands for all to be fair
	Score       Percent                `json:"score"`
	Definitions Definitions            `json:"definitions"`
	Rows        []FairnessRow          `json:"rows"`
}

// FairnessRow is one person's.
type FairnessRow struct {
	ID   watchbill.UserID `json:"id"`
	Name string           `json:"name"`
	Zone string           `json:"timezone"` // by which nights, weekends and holidays are told
	Burden
	Pages      int                `json:"pages"`
	Broken     int                `json:"broken_nights"`
	Present    watchbill.Duration `json:"present"`
	Share      Percent            `json:"share"`
	Fair       watchbill.Duration `json:"fair"`
	Difference watchbill.Duration `json:"difference"`
	Carried    watchbill.Duration `json:"carried"`
	Balance    watchbill.Duration `json:"balance"`
}

func fairnessDefinitions() Definitions {
	return Definitions{
		"window":          "being on call counts, and pages that went out, at or after from and before to",
		"hours":           "elapsed time on call; where somebody is on call in several schedules at once, it counts once, for the first of them",
		"night":           "of the hours, those at night in the person's time zone; likewise weekend (Saturday, Sunday) and holiday (the schedule's)",
		"pages":           "attempts that went out to the person while on call in one of the schedules",
		"broken_nights":   "nights with a page, in the person's time zone",
		"load":            "the hours, and again the part of them at night, on weekends and on holidays, each times its weight; and what pages and broken nights weigh",
		"present":         "elapsed time in which the person shared a duty: in the schedule, qualified, not absent; of several schedules, the sum",
		"share":           "load / everybody's load, in percent, rounded down to two places",
		"fair":            "for each schedule its load * present / everybody's present; to the nanosecond, so that it adds up to the load. Where nobody shared, whoever had the duty keeps it",
		"difference":      "load - fair: above zero is too much",
		"balance":         "carried + difference: carry it into the next report",
		"misplaced":       "the sum of the differences above zero",
		"score":           "100 * (1 - misplaced / load), rounded down to two places; 100 is all fair",
		"pages_elsewhere": "pages to people who were not on call in these schedules when the page went out; they weigh nothing here",
	}
}

// maxFairness bounds the window, so that no sum can overflow.
const maxFairness = 400 * 24 * time.Hour

// Fairness compares everybody's load with a fair share of it; rows are in the order of the balance, the highest first.
// Weights are those of each roll. A person may be in the rows who is in no roll any more, but has a balance carried over.
//
// The error says what to change: the window, weights beyond those of the catalog, or a ledger that reaches into it.
func Fairness(in FairnessInput) (FairnessReport, error) {
	if d := in.Window.To.Sub(in.Window.From); d <= 0 || d > maxFairness {
		return FairnessReport{}, errors.New("report: fairness: the window must end after it begins, at most 400 days later")
	}
	f := newFairness(in)
	if c := in.Carried; c != nil {
		if c.To.After(in.Window.From) {
			return FairnessReport{}, fmt.Errorf("report: fairness: the ledger reaches to %v, which is after the window begins; "+
				"let the window begin there, or nothing may count twice", c.To.Format(time.RFC3339))
		}
		for id, balance := range c.Balances {
			f.of(id).Carried = watchbill.Duration(balance)
		}
	}
	f.duties()
	f.pages()
	if f.tooMuch {
		return FairnessReport{}, errors.New("report: fairness: the loads add up to more than a century; choose a shorter window or lower weights")
	}
	f.share()
	return f.report(), nil
}

// fairness is a report under way.
type fairness struct {
	in      FairnessInput
	people  map[watchbill.UserID]*bearer
	total   []watchbill.Duration // of each roll
	all     watchbill.Duration
	far     int
	tooMuch bool
}

// bearer is a row under way.
type bearer struct {
	FairnessRow
	zone   *time.Location
	duty   []spans              // by roll
	loads  []watchbill.Duration // by roll
	nights map[calendar.Civil]bool
}

func newFairness(in FairnessInput) *fairness {
	f := &fairness{in: in, people: map[watchbill.UserID]*bearer{}, total: make([]watchbill.Duration, len(in.Rolls))}
	for _, u := range in.Catalog.Users {
		f.add(u)
	}
	return f
}

func (f *fairness) add(u catalog.User) *bearer {
	zone := zoneOf(u.Zone, time.UTC)
	b := &bearer{zone: zone, duty: make([]spans, len(f.in.Rolls)), loads: make([]watchbill.Duration, len(f.in.Rolls)),
		nights: map[calendar.Civil]bool{}}
	b.ID, b.Name, b.Zone = u.ID, u.DisplayName(), zone.String()
	f.people[u.ID] = b
	return b
}

func (f *fairness) of(id watchbill.UserID) *bearer {
	if b := f.people[id]; b != nil {
		return b
	}
	return f.add(catalog.User{ID: id})
}

// duties weighs who was on call. What is counted for one roll is not counted for a later one.
func (f *fairness) duties() {
	for _, r := range f.in.Rolls {
		for _, s := range r.Shifts {
			for _, u := range s.Users {
				f.of(u)
			}
		}
	}
	for _, id := range f.ids() {
		b := f.people[id]
		var counted spans
		for k, r := range f.in.Rolls {
			b.duty[k] = dutyOf(r, id).within(f.in.Window)
			mine := b.duty[k].minus(counted)
			counted = unite(append(slices.Clone(counted), mine...))
			burden := Weigh(mine, b.zone, r.Holidays, r.Weights)
			load := burden.Load
			burden.Load = 0
			b.join(burden)
			f.bear(b, k, load)
		}
	}
}

// dutyOf returns when somebody was on call.
func dutyOf(r Roll, id watchbill.UserID) spans {
	var out spans
	for _, s := range r.Shifts {
		if !slices.Contains(s.Users, id) {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].End.Equal(s.Start) {
			out[last].End = s.End
		} else {
			out = append(out, spans{{Start: s.Start, End: s.End}}...)
		}
	}
	return out
}

// century bounds all loads together, so that no sum and no product overflows.
const century = watchbill.Duration(100 * 366 * 24 * time.Hour)

func (f *fairness) bear(b *bearer, roll int, load watchbill.Duration) {
	if load < 0 || load > century-f.all {
		f.tooMuch, load = true, 0
	}
	b.Load += load
	b.loads[roll] += load
	f.total[roll] += load
	f.all += load
}

// pages weighs pages in the order in which they went out: the first of a night breaks it.
func (f *fairness) pages() {
	list := slices.Clone(f.in.Pages)
	slices.SortStableFunc(list, func(a, b Page) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.User, b.User)) })
	for _, p := range list {
		if !f.in.Window.Contains(p.At) {
			continue
		}
		b := f.of(p.User)
		roll := slices.IndexFunc(b.duty, func(s spans) bool { return s.contains(p.At) })
		if roll < 0 {
			f.far++
			continue
		}
		w := f.in.Rolls[roll].Weights
		b.Pages++
		f.bear(b, roll, watchbill.Duration(w.Page))
		if night, ok := nightOf(calendar.Reading(b.zone, p.At), w); ok && !b.nights[night] {
			b.nights[night] = true
			b.Broken++
			f.bear(b, roll, watchbill.Duration(w.Sleep))
		}
	}
}

// share divides each roll's load among its members by how long they were present.
func (f *fairness) share() {
	for k, r := range f.in.Rolls {
		present, everybody := map[watchbill.UserID]time.Duration{}, time.Duration(0)
		for _, id := range f.ids() {
			var in spans
			for _, m := range r.Members {
				if m.User == id {
					in = append(in, m.Interval)
				}
			}
			present[id] = unite(in).within(f.in.Window).length()
			f.people[id].Present += watchbill.Duration(present[id])
			everybody += present[id]
		}
		f.divide(k, present, everybody)
	}
}

// divide gives everybody the part rounded down, and what is left, a nanosecond each, to the first by ID.
func (f *fairness) divide(roll int, present map[watchbill.UserID]time.Duration, everybody time.Duration) {
	left := f.total[roll]
	for _, id := range f.ids() {
		b := f.people[id]
		part := b.loads[roll] // where nobody shares
		if everybody > 0 {
			part = watchbill.Duration(proportion(uint64(f.total[roll]), uint64(present[id]), uint64(everybody)))
		}
		b.Fair += part
		left -= part
	}
	for _, id := range f.ids() {
		if left > 0 && present[id] > 0 {
			f.people[id].Fair++
			left--
		}
	}
}

// proportion is total * part / whole, rounded down, without overflow; part is at most whole.
func proportion(total, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(total, part)
	q, _ := bits.Div64(hi, lo, whole)
	return q
}

// ids returns everybody, in order.
func (f *fairness) ids() []watchbill.UserID {
	ids := make([]watchbill.UserID, 0, len(f.people))
	for id := range f.people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (f *fairness) report() FairnessReport {
	r := FairnessReport{Window: f.in.Window, Schedules: []watchbill.ScheduleID{}, PagesKnown: f.in.Pages != nil, Elsewhere: f.far,
		Load: f.all, Score: 100 * hundredth, Definitions: fairnessDefinitions(), Rows: []FairnessRow{}}
	for _, roll := range f.in.Rolls {
		r.Schedules = append(r.Schedules, roll.Schedule)
	}
	for _, id := range f.ids() {
		row := f.people[id].FairnessRow
		row.Difference = row.Load - row.Fair
		row.Balance = row.Carried + row.Difference
		row.Share = percent(row.Load, f.all)
		r.Misplaced += max(0, row.Difference)
		if row.Load != 0 || row.Fair != 0 || row.Carried != 0 || row.Present != 0 {
			r.Rows = append(r.Rows, row)
		}
	}
	if f.all > 0 {
		r.Score = percent(f.all-r.Misplaced, f.all)
	}
	slices.SortStableFunc(r.Rows, func(a, b FairnessRow) int { return cmp.Compare(b.Balance, a.Balance) })
	return r
}

// Percent is a share in hundredths of a percent; 10000 is all. It is written as a number of percent, "33.33".
type Percent int64

const hundredth Percent = 100

// percent rounds down.
func percent(part, whole watchbill.Duration) Percent {
	if whole <= 0 || part < 0 || whole > math.MaxInt64/2 {
		return 0
	}
	return Percent(proportion(uint64(part), uint64(100*hundredth), uint64(whole)))
}

// Portion is whole * part / all, rounded down: the part of a load that somebody ought to bear who was present for part of
// everybody's presence. It is zero where all is.
func Portion(load, part, all time.Duration) time.Duration {
	if load <= 0 || part <= 0 || all < part {
		return 0
	}
	return time.Duration(proportion(uint64(load), uint64(part), uint64(all)))
}
