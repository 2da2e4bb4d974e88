package report

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// paid is what counts at an instant: one rate, or with OverlapEach one for each roll. Those of rolls without duty are nil.
func (p *payee) paid(t time.Time) (winners []*rate, until time.Time) {
	winners = make([]*rate, len(p.rates))
	until = p.in.Window.To
	first, firstRule := -1, 0
	for k, rates := range p.rates {
		on, change := p.duty[k].at(t)
		if !change.IsZero() {
			until = earlier(until, change)
		}
		if !on {
			continue
		}
		for _, r := range rates {
			applies, change := r.applies(p.walls[r.zone.String()], t)
			until = earlier(until, change)
			if applies {
				winners[k] = r
				break
			}
		}
		if rule := p.rank(winners[k]); first < 0 || rule < firstRule {
			first, firstRule = k, rule
		}
	}
	if p.in.Catalog.Pay.Overlap != catalog.OverlapEach {
		for k := range winners {
			if k != first {
				winners[k] = nil
			}
		}
	}
	return winners, until
}

// rank is the place of a rate's rule among all; what no rule applies to comes last.
func (p *payee) rank(r *rate) int {
	rules := p.in.Catalog.Pay.Rules
	if i := slices.IndexFunc(rules, func(rule catalog.PayRule) bool { return rule.ID == r.rule.ID }); i >= 0 {
		return i
	}
	return len(rules)
}

// at reports whether t is in one of the spans, and when that changes; zero if never.
func (s spans) at(t time.Time) (bool, time.Time) {
	k, _ := slices.BinarySearchFunc(s, t, func(i schedule.Interval, t time.Time) int {
		if i.End.After(t) {
			return 1
		}
		return -1
	})
	switch {
	case k == len(s):
		return false, time.Time{}
	case t.Before(s[k].Start):
		return false, s[k].Start
	}
	return true, s[k].End
}

// time walks through the window from one change to the next.
func (p *payee) time() {
	for t := p.in.Window.From; t.Before(p.in.Window.To); {
		winners, until := p.paid(t)
		for _, r := range winners {
			if r != nil {
				r.add(schedule.Interval{Start: t.In(r.zone), End: until.In(r.zone)})
			}
		}
		t = until
	}
	for k, roll := range p.in.Rolls {
		for _, begin := range begins(roll, p.user.ID) {
			if p.in.Window.Contains(begin) {
				if winners, _ := p.paid(begin); winners[k] != nil {
					winners[k].line.Shifts++
				}
			}
		}
	}
}

func (r *rate) add(i schedule.Interval) {
	l := &r.line
	l.Time += watchbill.Duration(i.End.Sub(i.Start))
	if last := len(l.Spans) - 1; last >= 0 && l.Spans[last].End.Equal(i.Start) {
		l.Spans[last].End = i.End
	} else {
		l.Spans = append(l.Spans, i)
	}
}

// begins returns where somebody's shifts begin: where being on call begins, or its reasons change.
func begins(r Roll, id watchbill.UserID) (list []time.Time) {
	var end time.Time
	var reasons []schedule.Part
	for _, s := range r.Shifts {
		if !slices.Contains(s.Users, id) {
			continue
		}
		mine := slices.DeleteFunc(slices.Clone(s.Parts), func(part schedule.Part) bool { return part.User != id })
		if !s.Start.Equal(end) || !slices.Equal(mine, reasons) {
			list = append(list, s.Start)
		}
		end, reasons = s.End, mine
	}
	return list
}

// pages counts pages, each once.
func (p *payee) pages(all []Page) {
	for _, page := range all {
		if page.User != p.user.ID || !p.in.Window.Contains(page.At) {
			continue
		}
		winners, _ := p.paid(page.At)
		winners = slices.DeleteFunc(winners, func(r *rate) bool { return r == nil })
		if len(winners) > 0 {
			slices.MinFunc(winners, func(a, b *rate) int { return cmp.Compare(p.rank(a), p.rank(b)) }).line.Pages++
		}
	}
}

// tell adds what there is to the report.
func (p *payee) tell(r *PayReport) {
	sum := PaySum{ID: p.user.ID, Name: p.user.DisplayName()}
	for _, rates := range p.rates {
		for i, rate := range rates {
			l := rate.line
			if l.Time == 0 && l.Shifts == 0 && l.Pages == 0 {
				continue
			}
			sum.Time += l.Time
			if i == len(rates)-1 {
				r.Unpaid = append(r.Unpaid, l)
				continue
			}
			l.Amount = l.worth()
			sum.Amount += l.Amount
			r.Lines = append(r.Lines, l)
		}
	}
	if sum.Time > 0 {
		r.People = append(r.People, sum)
		r.Amount += sum.Amount
	}
}

// worth is exact up to the last step, which rounds to the nearest whole unit, a half upwards.
func (l PayLine) worth() int64 {
	hour := big.NewInt(int64(time.Hour))
	sum := new(big.Int).Mul(big.NewInt(l.Hourly), big.NewInt(int64(l.Time)))
	fixed := new(big.Int).Mul(big.NewInt(l.PerShift), big.NewInt(int64(l.Shifts)))
	fixed.Add(fixed, new(big.Int).Mul(big.NewInt(l.PerPage), big.NewInt(int64(l.Pages))))
	sum.Add(sum, fixed.Mul(fixed, hour))
	sum.Add(sum, big.NewInt(int64(time.Hour)/2))
	return sum.Div(sum, hour).Int64()
}

// CSV returns the report for a spreadsheet, below a row of headings. The column kind says what a row is: "line" is an
// amount, "unpaid" is time that no rule applies to, "span" is a stretch of the time of the line above it, without an amount, "person" and "total"
// are sums. So each kind adds up by itself. Time is in seconds, exact; amounts are in the smallest unit of the currency.
// Texts are as in [ResponseReport.CSV].
func (r PayReport) CSV() []byte {
	table := [][]string{{"kind", "id", "name", "schedule", "rule", "from", "to", "seconds", "shifts", "pages", "hourly", "per_shift",
		"per_page", "amount", "currency"}}
	add := func(kind string, l PayLine, from, to time.Time, figures ...string) {
		line := []string{kind, cell(string(l.ID)), cell(l.Name), cell(string(l.Schedule)), cell(l.Rule),
			from.Format(time.RFC3339), to.Format(time.RFC3339), seconds(l.Time)}
		table = append(table, append(line, figures...))
	}
	tell := func(kind string, lines []PayLine) {
		for _, l := range lines {
			from, to := l.hull(r.Window)
			add(kind, l, from, to, append(numbers(l.Shifts, l.Pages), amount(l.Hourly), amount(l.PerShift), amount(l.PerPage),
				amount(l.Amount), r.Currency)...)
			for _, s := range l.Spans {
				l.Time = watchbill.Duration(s.End.Sub(s.Start))
				add("span", l, s.Start, s.End, "", "", "", "", "", "", "")
			}
		}
	}
	tell("line", r.Lines)
	tell("unpaid", r.Unpaid)
	for _, p := range r.People {
		add("person", PayLine{ID: p.ID, Name: p.Name, Time: p.Time}, r.From, r.To, "", "", "", "", "", amount(p.Amount), r.Currency)
	}
	var all watchbill.Duration
	for _, p := range r.People {
		all += p.Time
	}
	add("total", PayLine{Time: all}, r.From, r.To, "", "", "", "", "", amount(r.Amount), r.Currency)
	return written(table)
}

// hull is from the first instant to the last; the window, where there is none.
func (l PayLine) hull(w Window) (from, to time.Time) {
	if len(l.Spans) == 0 {
		return w.From, w.To
	}
	return l.Spans[0].Start, l.Spans[len(l.Spans)-1].End
}

func amount(v int64) string { return strconv.FormatInt(v, 10) }
