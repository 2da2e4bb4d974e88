package statuspage_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// TestDays compares the days and the uptime with a count of every minute, over changes of the clocks.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		zone string
		now  time.Time
	}{
		{"Europe/Berlin", time.Date(2026, 4, 15, 9, 30, 0, 0, time.UTC)},      // a day of 23 hours
		{"Europe/Berlin", time.Date(2026, 11, 1, 22, 59, 0, 0, time.UTC)},     // a day of 25 hours
		{"Australia/Lord_Howe", time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)}, // one of 24 and a half
		{"Pacific/Apia", time.Date(2012, 1, 20, 13, 0, 0, 0, time.UTC)},       // one that was left out
		{"Nowhere/Land", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},         // which stands for UTC, and the first minute of a day
	} {
		r := rand.New(rand.NewPCG(1, uint64(c.now.Unix())))
		for range 3 {
			p := catalog.Page{ID: "p", Zone: c.zone, Components: []catalog.Component{{ID: "a", Services: []watchbill.ServiceID{"s1", "s2"}}}}
			incidents, b := muddle(r, c.now)
			v := statuspage.Look(p, b, incidents, c.now, base)
			want := count(v, incidents, b, c.now)
			require.Equal(t, want, v.Components[0], c.zone)
		}
	}
}

// muddle makes incidents and settings that meet in every way, on whole minutes.
func muddle(r *rand.Rand, now time.Time) ([]incident.Incident, statuspage.Board) {
	span := func(most int) (from, to time.Time) {
		from = now.Add(-time.Duration(r.IntN(100*24*60)) * time.Minute)
		if to = from.Add(time.Duration(r.IntN(most)) * time.Minute); to.After(now) {
			to = time.Time{}
		}
		return from, to
	}
	var incidents []incident.Incident
	for range r.IntN(30) {
		i := incident.Incident{Status: incident.Investigating}
		for range r.IntN(4) {
			s := incident.Span{Service: []watchbill.ServiceID{"s1", "s2", "s3"}[r.IntN(3)], Effect: incident.Effect(1 + r.IntN(3))}
			s.From, s.To = span(3 * 24 * 60)
			i.Impact.Spans = append(i.Impact.Spans, s)
		}
		incidents = append(incidents, i)
	}
	b := statuspage.Board{Page: "p"}
	for range r.IntN(4) {
		s := statuspage.Setting{Component: "a", Status: statuspage.Status(r.IntN(5))}
		s.From, s.To = span(24 * 60)
		b.Settings = append(b.Settings, s)
	}
	return incidents, b
}

// count is the oracle: it asks of every minute what was so.
func count(v statuspage.View, incidents []incident.Incident, b statuspage.Board, now time.Time) statuspage.Component {
	within := func(t, from, to time.Time) bool { return !t.Before(from) && (to.IsZero() || t.Before(to)) }
	state := func(t time.Time) statuspage.Status {
		hand, auto := -1, statuspage.Operational
		for _, s := range b.Settings {
			if within(t, s.From, s.To) {
				hand = max(hand, int(s.Status))
			}
		}
		for _, i := range incidents {
			for _, s := range i.Impact.Spans {
				if s.Service != "s3" && within(t, s.From, s.To) {
					auto = max(auto, statuspage.Status(1+s.Effect))
				}
			}
		}
		if hand >= 0 {
			return statuspage.Status(hand)
		}
		return auto
	}
	first := now.In(v.Location)
	for first.Format(time.DateOnly) != now.In(v.Location).AddDate(0, 0, -89).Format(time.DateOnly) || first.Add(-time.Minute).Format(time.DateOnly) == first.Format(time.DateOnly) {
		first = first.Add(-time.Minute)
	}
	c := statuspage.Component{ID: "a", Name: "a", Status: state(now), UpdatedAt: first.UTC()}
	var down, total float64
	dates := map[string]int{}
	for i, s := range v.Starts {
		if i+1 < len(v.Starts) && s.Before(v.Starts[i+1]) {
			dates[s.Format(time.DateOnly)] = i
		}
	}
	before := state(first)
	for t := first; !t.After(now); t = t.Add(time.Minute) {
		s := state(t)
		if s != before {
			c.UpdatedAt, before = t.UTC(), s
		}
		if t.Equal(now) {
			break
		}
		total++
		if s == statuspage.Operational {
			continue
		}
		down += []float64{0, 0, 0, 0.3, 1}[s]
		day := dates[t.Format(time.DateOnly)]
		if n := len(c.Days); n == 0 || c.Days[n-1].Index != day {
			c.Days = append(c.Days, statuspage.Day{Index: day})
		}
		d := &c.Days[len(c.Days)-1]
		d.Worst = max(d.Worst, s)
		d.Lasted[s] += time.Minute
	}
	c.Uptime = int((total*10 - down*10 + 1e-6) * 10000 / (total * 10))
	return c
}
