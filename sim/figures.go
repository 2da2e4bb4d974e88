package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Figure is one number of a summary.
type Figure struct {
	Name  string `json:"name"`
	Unit  Unit   `json:"unit"`
	Value Number `json:"value"`
	Worse bool   `json:"-"` // more of it is worse
}

// Number is the value of a figure: a count, or seconds. NaN says that there is nothing to measure; in JSON it is null.
type Number float64

// MarshalJSON writes at most three digits after the point.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.known() {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(float64(n)*1000) / 1000)
}

func (n Number) known() bool { return !math.IsNaN(float64(n)) }

// Unit is that of a figure.
type Unit string

// The units.
const (
	UnitCount   Unit = "count"   // of things
	UnitMean    Unit = "mean"    // of counts
	UnitSeconds Unit = "seconds" // written as a duration where people read
	UnitPercent Unit = "percent"
)

// Write returns a number of that unit for people: "4m10s", "12.5 %", "3,650".
func (u Unit) Write(n Number) string {
	v := float64(n)
	switch {
	case !n.known():
		return "-"
	case u == UnitSeconds:
		return (time.Duration(v * float64(time.Second))).Round(precision(v)).String()
	case u == UnitPercent:
		return strconv.FormatFloat(v, 'f', 1, 64) + " %"
	case u == UnitMean:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return grouped(int64(math.Round(v)))
}

// precision is what anybody wants to know of a time.
func precision(seconds float64) time.Duration {
	if math.Abs(seconds) < 10 {
		return 100 * time.Millisecond
	}
	return time.Second
}

// grouped writes a number with commas between thousands.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// The figures of which [Comparison.Words] speaks.
const (
	figureUnacknowledged = "never acknowledged"
	figureAcknowledge    = "time to acknowledge, median"
	figureAcknowledge95  = "time to acknowledge, p95"
	figurePages          = "pages"
	figureNights         = "nights broken"
)

// Figures returns what is compared and told of a summary, always the same in the same order.
func (s Summary) Figures() []Figure {
	list := []Figure{
		{"alerts", UnitCount, Number(s.Alerts), false},
		{"urgent alerts", UnitCount, Number(s.Urgent), false},
		{"never reached a person", UnitCount, Number(s.Unreached), true},
		{figureUnacknowledged, UnitCount, Number(s.Unacknowledged), true},
		{"never acknowledged and still open", UnitCount, Number(s.Unacknowledged - s.Passed), true},
	}
	list = append(list, percentiles("time to reach a person", s.ToReach)...)
	list = append(list, percentiles("time to acknowledge", s.ToAcknowledge)...)
	weeks := s.Weeks() * float64(len(s.People))
	pages := func(l Load) int { return l.Pages }
	nights := func(l Load) int { return l.Nights }
	return append(list,
		Figure{"alerts beyond the first level", UnitPercent, ratio(100*s.Further(), float64(s.Urgent)), true},
		Figure{figurePages, UnitCount, Number(s.Pages()), true},
		Figure{"pages per urgent alert", UnitMean, ratio(s.Pages(), float64(s.Urgent)), true},
		Figure{"pages per person and week", UnitMean, ratio(s.Pages(), weeks), true},
		Figure{"pages of whoever has most", UnitCount, Number(s.most(pages)), true},
		Figure{figureNights, UnitCount, Number(s.Nights()), true},
		Figure{"nights broken per person and week", UnitMean, ratio(s.Nights(), weeks), true},
		Figure{"nights broken of whoever has most", UnitCount, Number(s.most(nights)), true},
	)
}

func percentiles(name string, t Times) (list []Figure) {
	for _, p := range []struct {
		name    string
		percent int
	}{{"median", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"longest", 100}} {
		n := Number(math.NaN())
		if len(t) > 0 {
			n = Number(t.Rank(p.percent).Seconds())
		}
		list = append(list, Figure{name + ", " + p.name, UnitSeconds, n, true})
	}
	return list
}

func ratio(n int, of float64) Number {
	if of == 0 {
		return Number(math.NaN())
	}
	return Number(float64(n) / of)
}

// most returns the largest load of one person.
func (s Summary) most(what func(Load) int) (n int) {
	for _, l := range s.People {
		n = max(n, what(l))
	}
	return n
}

// Spread is a figure over several runs that differ in their seed alone: half of the runs have at most the median, nine of ten
// lie from P5 to P95. All three are by nearest rank, so they are values of runs. Runs with nothing to measure are left out.
type Spread struct {
	P5     Number `json:"p5"`
	Median Number `json:"median"`
	P95    Number `json:"p95"`
}

func spreadOf(values []Number) Spread {
	known := slices.DeleteFunc(slices.Clone(values), func(n Number) bool { return !n.known() })
	if len(known) == 0 {
		nothing := Number(math.NaN())
		return Spread{nothing, nothing, nothing}
	}
	slices.Sort(known)
	rank := func(percent int) Number { return known[max((len(known)*percent+99)/100, 1)-1] }
	return Spread{rank(5), rank(50), rank(95)}
}

// write returns a spread for people.
func (s Spread) write(u Unit) string {
	if s.P5 == s.P95 || !s.Median.known() {
		return u.Write(s.Median)
	}
	return fmt.Sprintf("%s (%s to %s)", u.Write(s.Median), u.Write(s.P5), u.Write(s.P95))
}
