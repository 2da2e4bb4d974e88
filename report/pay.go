package report

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// PayInput is what pay is told from. Its rules are those of the catalog.
type PayInput struct {
	Window  Window
	Catalog catalog.Catalog
	Rolls   []Roll // each schedule once
	Pages   []Page // in any order, and more than those of the window; nil: not known
}

// PayReport says what being on call was worth. Amounts are in the smallest unit of the currency, such as cents.
type PayReport struct {
	Window
	Currency    string      `json:"currency"`
	Overlap     string      `json:"overlap"`
	PagesKnown  bool        `json:"pages_known"` // false: pages are not paid, as they are not known
	Definitions Definitions `json:"definitions"`
	Lines       []PayLine   `json:"lines"`
	Unpaid      []PayLine   `json:"unpaid"` // being on call to which no rule applies
	People      []PaySum    `json:"people"`
	Amount      int64       `json:"amount"` // of all lines
}

// PayLine is what one person gets by one rule for one schedule.
type PayLine struct {
	ID       watchbill.UserID     `json:"id"`
	Name     string               `json:"name"`
	Schedule watchbill.ScheduleID `json:"schedule"`
	Rule     string               `json:"rule"`
	Time     watchbill.Duration   `json:"time"` // elapsed
	Shifts   int                  `json:"shifts"`
	Pages    int                  `json:"pages"`
	Hourly   int64                `json:"hourly"`
	PerShift int64                `json:"per_shift"`
	PerPage  int64                `json:"per_page"`
	Amount   int64                `json:"amount"`
	Spans    []schedule.Interval  `json:"spans"` // of the time, in the zone that the rule reads
}

// PaySum is what one person gets.
type PaySum struct {
	ID     watchbill.UserID   `json:"id"`
	Name   string             `json:"name"`
	Time   watchbill.Duration `json:"time"`
	Amount int64              `json:"amount"`
}

func payDefinitions() Definitions {
	return Definitions{
		"window":  "being on call counts, shifts that begin, and pages that went out, at or after from and before to; windows that follow one another count everything once",
		"rule":    "at each instant the first rule of the configuration that applies counts, and no other",
		"overlap": "once: somebody on call in several schedules at once is paid once, by the first rule that applies to any of them, for the first of them; each: every schedule by itself",
		"time":    "elapsed, so that a night in which clocks change may be an hour shorter or longer",
		"shifts":  "shifts that begin while the rule applies. A shift is a longest stretch of one turn of one layer, or of what an override gave",
		"pages":   "attempts that went out to the person while on call, whatever the schedule; each is paid once",
		"amount":  "hourly * time + per_shift * shifts + per_page * pages, exact, then rounded to the nearest whole unit, a half upwards, once for each line; sums are of rounded lines",
	}
}

// maxPay bounds the window, so that no sum overflows.
const maxPay = 20 * 366 * 24 * time.Hour

// Pay lists what being on call is worth by the rules of the catalog, one line for each person, schedule and rule, in the
// order of the catalog's users, the rolls, and the rules.
//
// The error says that the window is empty, or longer than twenty years.
func Pay(in PayInput) (PayReport, error) {
	if d := in.Window.To.Sub(in.Window.From); d <= 0 || d > maxPay {
		return PayReport{}, errors.New("report: pay: the window must end after it begins, at most twenty years later")
	}
	rules := in.Catalog.Pay
	r := PayReport{Window: in.Window, Currency: rules.Currency, Overlap: string(cmp.Or(rules.Overlap, catalog.OverlapOnce)),
		PagesKnown: in.Pages != nil, Definitions: payDefinitions(), Lines: []PayLine{}, Unpaid: []PayLine{}, People: []PaySum{}}
	pages := slices.Clone(in.Pages)
	slices.SortStableFunc(pages, func(a, b Page) int { return a.At.Compare(b.At) })
	for _, u := range onCall(in) {
		p := newPayee(in, u)
		p.time()
		p.pages(pages)
		p.tell(&r)
	}
	return r, nil
}

// onCall returns everybody in the catalog, and after them those who were on call and have left it.
func onCall(in PayInput) []catalog.User {
	users := slices.Clone(in.Catalog.Users)
	known := map[watchbill.UserID]bool{}
	for _, u := range users {
		known[u.ID] = true
	}
	for _, r := range in.Rolls {
		for _, s := range r.Shifts {
			for _, u := range s.Users {
				if !known[u] {
					known[u] = true
					users = append(users, catalog.User{ID: u})
				}
			}
		}
	}
	return users
}

// rate is a rule as it applies to one person's duty in one schedule.
type rate struct {
	rule  catalog.PayRule
	zone  *time.Location
	hours calendar.Pattern
	dates map[calendar.Civil]bool
	line  PayLine
}

// payee is one person's pay under way.
type payee struct {
	in    PayInput
	user  catalog.User
	duty  []spans             // by roll
	rates [][]*rate           // by roll, in the order of the rules; the last is for time that no rule applies to
	walls map[string]*walking // by zone
}

type walking struct{ calendar.Wall }

func newPayee(in PayInput, u catalog.User) *payee {
	p := &payee{in: in, user: u, walls: map[string]*walking{}}
	for _, r := range in.Rolls {
		p.duty = append(p.duty, dutyOf(r, u.ID).within(in.Window))
		var rates []*rate
		for _, rule := range in.Catalog.Pay.Rules {
			if len(rule.Schedules) == 0 || slices.Contains(rule.Schedules, r.Schedule) {
				rates = append(rates, p.newRate(r, rule))
			}
		}
		p.rates = append(p.rates, append(rates, p.newRate(r, catalog.PayRule{})))
	}
	return p
}

func (p *payee) newRate(r Roll, rule catalog.PayRule) *rate {
	zone := r.Zone
	switch name := cmp.Or(rule.Timezone, p.in.Catalog.Pay.Timezone, catalog.PayBySchedule); name {
	case catalog.PayBySchedule:
	case catalog.PayByPerson:
		zone = zoneOf(p.user.Zone, time.UTC)
	default:
		zone = zoneOf(name, zone)
	}
	if p.walls[zone.String()] == nil {
		p.walls[zone.String()] = &walking{calendar.NewWall(zone)}
	}
	return &rate{rule: rule, zone: zone, hours: calendar.NewPattern(rule.Hours), dates: datesOf(r.Holidays, rule.Calendars),
		line: PayLine{ID: p.user.ID, Name: p.user.DisplayName(), Schedule: r.Schedule, Rule: rule.ID, Hourly: rule.Hourly,
			PerShift: rule.Shift, PerPage: rule.Page, Spans: []schedule.Interval{}}}
}

// applies reports whether the rule does at t, and until when that holds at least.
func (r *rate) applies(w *walking, t time.Time) (bool, time.Time) {
	reading := w.Reading(t)
	day := midnight(reading)
	until := day.Add(1, calendar.Day)
	open, change := r.hours.At(reading)
	if change.Before(until) {
		until = change
	}
	switch r.rule.Holidays {
	case "off":
		open = open && !r.dates[day]
	case "only":
		open = open && r.dates[day]
	}
	return open, w.FirstAt(until)
}
