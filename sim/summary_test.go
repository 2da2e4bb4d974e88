package sim_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func page(user watchbill.UserID, level, number int, arrived time.Time) *sim.Send {
	return &sim.Send{User: user, ArrivedAt: arrived, NoticedAt: arrived,
		Key: notify.Key{User: user, Attempt: watchbill.Attempt{Run: 1, Cycle: 1, Level: level, Number: number}}}
}

// urgent is an alert that rang from noon until it was acknowledged or resolved.
func urgent(a sim.Alert) *sim.Alert {
	r := sim.Ring{From: noon, To: a.AcknowledgedAt, AcknowledgedBy: a.AcknowledgedBy}
	if r.Acknowledged = !r.To.IsZero(); !r.Acknowledged {
		r.To = a.ResolvedAt
	}
	a.Rings = []sim.Ring{r}
	return &a
}

// TestSummary says by a few alerts what counts.
func TestSummary(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	later := page("ben", 2, 1, at(13*time.Hour)) // on two contacts: one page, and the first message counts
	sooner := page("ben", 2, 1, at(12*time.Hour))
	unseen := page("ada", 1, 1, at(time.Minute))
	unseen.NoticedAt = at(9 * time.Hour)
	h := &sim.History{Start: noon, End: at(7 * 24 * time.Hour), Alerts: []*sim.Alert{
		urgent(sim.Alert{OpenedAt: noon, AcknowledgedAt: at(13 * time.Hour), AcknowledgedBy: "ben", State: alert.Resolved, ResolvedAt: at(14 * time.Hour),
			Sends: []*sim.Send{page("ada", 1, 1, at(11*time.Hour)), page("ada", 1, 2, at(11*time.Hour+time.Minute)), later, sooner}}),
		urgent(sim.Alert{OpenedAt: noon, State: alert.Resolved, ResolvedAt: at(time.Hour), Sends: []*sim.Send{unseen}}), // over before she saw it
		urgent(sim.Alert{OpenedAt: noon}),                                         // paged nobody
		{OpenedAt: noon, Sends: []*sim.Send{page("ada", 1, 1, at(15*time.Hour))}}, // never rang
	}}
	s := sim.Summarize(h, []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}, {ID: "cem"}})
	require.Equal(t, sim.Summary{Runs: 1, Time: watchbill.Duration(7 * 24 * time.Hour), Alerts: 4, Urgent: 3, Unreached: 2, Unacknowledged: 2, Passed: 1,
		ToReach: sim.Times{11 * time.Hour}, ToAcknowledge: sim.Times{13 * time.Hour}, Levels: []int{1, 1, 1},
		People: []sim.Load{{User: "ada", Pages: 3, Nights: 1}, {User: "ben", Pages: 1, Nights: 1, Acknowledged: 1}, {User: "cem"}}}, s,
		"23:00 UTC is midnight in Berlin, the pages of that night are one night; ben, whose zone is not known, is paged at 00:00 UTC")
	require.Equal(t, 4, s.Pages())
	require.Equal(t, 2, s.Nights())
	require.Equal(t, 1, s.Further())
	require.Equal(t, sim.Number(4.0/3), figure(s, "pages per person and week").Value)
	require.True(t, math.IsNaN(float64(figure(sim.Summary{}, "pages per person and week").Value)))
	text, err := json.Marshal(s)
	require.NoError(t, err)
	require.Contains(t, string(text), `"to_reach":{"count":1,"median":"11h0m0s","p90":"11h0m0s","p95":"11h0m0s","p99":"11h0m0s","max":"11h0m0s"}`)
}

func figure(s sim.Summary, name string) sim.Figure {
	list := s.Figures()
	return list[slices.IndexFunc(list, func(f sim.Figure) bool { return f.Name == name })]
}

// TestSummaryOfHistories counts again, in the slow and obvious way.
func TestSummaryOfHistories(t *testing.T) {
	zone, err := time.LoadLocation("Australia/Lord_Howe")
	require.NoError(t, err)
	broken := 0
	for seed := range uint64(5) {
		s := everything(seed)
		s.Audit = false
		s.Start, s.For = time.Date(2026, 4, 4, 10, 0, 0, 0, time.UTC), 30*time.Hour // the clocks are set back by half an hour
		for i := range s.Org.Catalog.Users {
			s.Org.Catalog.Users[i].Zone = zone.String()
		}
		h, err := sim.Run(s)
		require.NoError(t, err)
		sum := sim.Summarize(h, s.Org.Catalog.Users)
		for _, u := range s.Org.Catalog.Users {
			pages := pagesOf(h, u.ID)
			nights := 0
			for evening := 3; evening < 8; evening++ {
				from, to := time.Date(2026, 4, evening, 22, 0, 0, 0, zone), time.Date(2026, 4, evening+1, 7, 0, 0, 0, zone)
				if slices.ContainsFunc(pages, func(at time.Time) bool { return !at.Before(from) && at.Before(to) }) {
					nights++
				}
			}
			broken += nights
			i := slices.IndexFunc(sum.People, func(l sim.Load) bool { return l.User == u.ID })
			require.Equal(t, [2]int{len(pages), nights}, [2]int{sum.People[i].Pages, sum.People[i].Nights}, "seed %d, %s", seed, u.ID)
		}
		require.Equal(t, sum.Urgent, sum.Unreached+len(sum.ToReach))
		require.Equal(t, sum.Urgent, sum.Unacknowledged+len(sum.ToAcknowledge))
		for _, percent := range []int{1, 50, 90, 95, 99, 100} {
			v := sum.ToAcknowledge.Rank(percent)
			require.Contains(t, sum.ToAcknowledge, v)
			require.GreaterOrEqual(t, 100*count(sum.ToAcknowledge, func(d time.Duration) bool { return d <= v }), percent*len(sum.ToAcknowledge))
			require.Less(t, 100*count(sum.ToAcknowledge, func(d time.Duration) bool { return d < v }), percent*len(sum.ToAcknowledge))
		}
	}
	require.Positive(t, broken)
}

// pagesOf returns when each page of a person came.
func pagesOf(h *sim.History, who watchbill.UserID) (pages []time.Time) {
	for _, a := range h.Alerts {
		if len(a.Rings) == 0 {
			continue
		}
		var attempts []watchbill.Attempt
		for _, s := range a.Sends {
			if s.User != who || !s.Page() || s.ArrivedAt.IsZero() || slices.Contains(attempts, s.Key.Attempt) {
				continue
			}
			attempts = append(attempts, s.Key.Attempt)
			first := s.ArrivedAt
			for _, other := range a.Sends {
				if other.User == who && other.Page() && other.Key.Attempt == s.Key.Attempt && !other.ArrivedAt.IsZero() && other.ArrivedAt.Before(first) {
					first = other.ArrivedAt
				}
			}
			pages = append(pages, first)
		}
	}
	return pages
}

func count(t sim.Times, is func(time.Duration) bool) (n int) {
	for _, d := range t {
		if is(d) {
			n++
		}
	}
	return n
}

func summaries(t *testing.T, n uint64) (all []sim.Summary) {
	for seed := range n {
		s := everything(seed)
		s.Audit = false
		h, err := sim.Run(s)
		require.NoError(t, err)
		all = append(all, sim.Summarize(h, s.Org.Catalog.Users))
	}
	return all
}

// TestTotal: in whatever order summaries are added, the whole is the same, and has every value.
func TestTotal(t *testing.T) {
	all := summaries(t, 5)
	total := sim.Total(all)
	require.Equal(t, 5, total.Runs)
	var values sim.Times
	pages := 0
	for _, s := range all {
		values, pages = append(values, s.ToAcknowledge...), pages+s.Pages()
	}
	slices.Sort(values)
	require.Equal(t, values, total.ToAcknowledge)
	require.Equal(t, pages, total.Pages())
	slices.Reverse(all)
	require.Equal(t, total, sim.Total(all))
	require.Equal(t, sim.Summary{}, sim.Total(nil))
}

// made returns a summary in which somebody acknowledges after so many seconds, and has so many pages and nights.
func made(seconds, pages, nights int) sim.Summary {
	return sim.Summary{Runs: 1, Time: watchbill.Duration(7 * 24 * time.Hour), Urgent: 1, ToAcknowledge: sim.Times{time.Duration(seconds) * time.Second},
		People: []sim.Load{{User: "ada", Pages: pages, Nights: nights}, {User: "ben", Pages: 1}}}
}

func TestCompare(t *testing.T) {
	var a, b []sim.Summary
	for i := range 20 {
		a, b = append(a, made(200+i, 10+i, 3)), append(b, made(100+i, 12, 3))
	}
	c := sim.Compare("old", a, "new", append(b, made(1, 1, 1)))
	require.Equal(t, 20, c.Runs)
	f := c.Figures[slices.IndexFunc(c.Figures, func(f sim.ComparedFigure) bool { return f.Name == "time to acknowledge, median" })]
	require.Equal(t, sim.ComparedFigure{Name: f.Name, Unit: sim.UnitSeconds, This: sim.Spread{P5: 200, Median: 209, P95: 218},
		Other: sim.Spread{P5: 100, Median: 109, P95: 118}, Difference: -100, OtherBetter: 20}, f)
	pages := c.Figures[slices.IndexFunc(c.Figures, func(f sim.ComparedFigure) bool { return f.Name == "pages" })]
	require.Equal(t, [2]int{2, 17}, [2]int{pages.ThisBetter, pages.OtherBetter})
	require.Equal(t, []sim.ComparedPerson{{"ada", 19, 12, 3, 3}, {"ben", 1, 1, 0, 0}}, c.People)
	require.Equal(t, "Better with new: half of the acknowledgements come within 1m49s instead of 3m29s; 19 of 20 acknowledgements come within 1m49s instead of 3m29s. "+
		"No clear difference: never acknowledged; pages; nights broken.", c.Words())
	var text strings.Builder
	require.NoError(t, c.Tell(&text))
	lines := strings.Split(text.String(), "\n")
	require.Equal(t, "                                                      old                     new  difference  better in how many of 20 runs", lines[0])
	require.Contains(t, lines, "time to acknowledge, median        3m29s (3m20s to 3m38s)  1m49s (1m40s to 1m58s)      -1m40s                         0 : 20")
	require.Contains(t, lines, "ada                   19, 3  12, 3       -7, -")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	require.Contains(t, lines, "time to reach a person, median - - -")
	require.Contains(t, lines, "pages per person and week 10.00 (5.50 to 14.50) 6.50 -3.50 2 : 17")
	require.NotContains(t, text.String(), "ben")
	_, err := json.Marshal(c)
	require.NoError(t, err)
}

// TestCompareTies: runs in which nothing differs speak for neither side, and a difference of a few runs is none.
func TestCompareTies(t *testing.T) {
	words := func(worse int) string {
		var a, b []sim.Summary
		for i := range 20 {
			nights := 3
			if i < worse {
				nights = 4
			}
			a, b = append(a, made(100, 10, 3)), append(b, made(100, 10, nights))
		}
		return sim.Compare("old", a, "new", b).Words()
	}
	require.Contains(t, words(14), "Worse with new: 4 nights are broken instead of 3.")
	require.Contains(t, words(6), "No clear difference: never acknowledged; time to acknowledge, median; time to acknowledge, p95; pages; nights broken.")
}

// TestCompareOneRun: what a single run shows is called chance.
func TestCompareOneRun(t *testing.T) {
	c := sim.Compare("old", []sim.Summary{made(100, 3, 1)}, "new", []sim.Summary{made(100, 5, 1)})
	require.Equal(t, "Worse with new: people are paged 6 times instead of 4. No clear difference: never acknowledged; time to acknowledge, median; "+
		"time to acknowledge, p95; nights broken. Chance may have made that in 1 run: look at 20 or more.", c.Words())
	require.Empty(t, sim.Compare("a", nil, "b", nil).People)
}

// TestSpreads: of one run it is that run, and in JSON nothing to measure is null.
func TestSpreads(t *testing.T) {
	text, err := json.Marshal(sim.Spreads([]sim.Summary{made(100, 3, 1)}))
	require.NoError(t, err)
	require.Contains(t, string(text), `{"name":"time to acknowledge, p90","unit":"seconds","p5":100,"median":100,"p95":100}`)
	require.Contains(t, string(text), `{"name":"time to reach a person, p90","unit":"seconds","p5":null,"median":null,"p95":null}`)
}

func TestUnits(t *testing.T) {
	for want, got := range map[string]string{
		"1,234,567": sim.UnitCount.Write(1234567), "0.25": sim.UnitMean.Write(0.25), "3.00": sim.UnitMean.Write(3), "-12": sim.UnitCount.Write(-12), "12.5 %": sim.UnitPercent.Write(12.5),
		"4m10s": sim.UnitSeconds.Write(250.2), "2.3s": sim.UnitSeconds.Write(2.345), "-": sim.UnitSeconds.Write(sim.Number(math.NaN())),
	} {
		require.Equal(t, want, got)
	}
}

// TestNoLog: without a log everything happens as with one.
func TestNoLog(t *testing.T) {
	s := everything(3)
	s.Audit = false
	with, err := sim.Run(s)
	require.NoError(t, err)
	require.NotEmpty(t, with.Log)
	s.NoLog = true
	without, err := sim.Run(s)
	require.NoError(t, err)
	require.Empty(t, without.Log)
	with.Log = nil
	require.Equal(t, with, without)
}
