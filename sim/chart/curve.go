package chart

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/svg"
	"github.com/watchbill/watchbill/sim"
)

// ticks are where the time axis can begin, end and be marked. It is logarithmic: what matters of minutes and of hours is seen
// at once.
var ticks = [...]time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute,
	2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
	16 * time.Hour, 32 * time.Hour, 4 * 24 * time.Hour, 10 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}

// plot is where the curves are.
type plot struct{ left, top, width, height float64 }

const plotHeight = 240.0

// axis is the part of time that is drawn.
type axis struct {
	plot
	from, to time.Duration
}

func (p *picture) axis(at plot) axis {
	least, most := time.Duration(math.MaxInt64), time.Duration(0)
	for _, s := range p.sides {
		if t := s.all.ToAcknowledge; len(t) > 0 {
			least, most = min(least, t.Rank(1)), max(most, t.Rank(100))
		}
	}
	first, last := 0, len(ticks)-1
	for first < last-1 && ticks[first+1] <= least {
		first++
	}
	for last > first+1 && ticks[last-1] >= most {
		last--
	}
	return axis{at, ticks[first], ticks[last]}
}

// x is where a time is; what lies outside is at the edge.
func (a axis) x(d time.Duration) float64 {
	d = min(max(d, a.from), a.to)
	return a.left + a.width*math.Log(float64(d)/float64(a.from))/math.Log(float64(a.to)/float64(a.from))
}

// at is the time at a distance from the left.
func (a axis) at(x float64) time.Duration {
	return time.Duration(float64(a.from) * math.Pow(float64(a.to)/float64(a.from), x/a.width))
}

func (a axis) y(share float64) float64 { return a.top + a.height*(1-share) }

// curves draws which part of the urgent alerts is acknowledged after how long.
func (p *picture) curves(y float64) float64 {
	p.say(margin, y+12, 14, "Urgent alerts that are acknowledged within", words, bold)
	a := p.axis(plot{left: 66, top: y + 26, width: width - 66 - 30, height: plotHeight})
	for _, percent := range []float64{0, 25, 50, 75, 100} {
		at := a.y(percent / 100)
		p.line("M"+svg.Num(a.left)+" "+svg.Num(at)+"h"+svg.Num(a.width), grid, "")
		p.say(a.left-8, at+4, 12, svg.Num(percent)+" %", quiet, end)
	}
	next := math.Inf(-1)
	for _, t := range ticks {
		if x := a.x(t); t >= a.from && t <= a.to && x >= next {
			p.line("M"+svg.Num(x)+" "+svg.Num(a.top)+"v"+svg.Num(a.height+4), grid, "")
			p.say(x, a.top+a.height+18, 12, short(t), quiet, middle)
			next = x + 38
		}
	}
	for _, s := range p.sides {
		p.line(a.curve(s.all), s.ink, s.dashes()+` stroke-width="2.5" stroke-linejoin="round"`)
	}
	return a.top + a.height + 22
}

// curve is the path of one side. It does not reach the top where alerts are never acknowledged.
func (a axis) curve(s sim.Summary) string {
	var b strings.Builder
	last := ""
	for x := 0.0; x <= a.width; x++ {
		n, _ := slices.BinarySearchFunc(s.ToAcknowledge, a.at(x), func(d, limit time.Duration) int {
			if d <= limit {
				return -1
			}
			return 1
		})
		if x >= a.width {
			n = len(s.ToAcknowledge)
		}
		y := svg.Num(a.y(float64(n) / float64(max(s.Urgent, 1))))
		if y == last && x < a.width {
			continue
		}
		if x > 0 && last != "" { // level until here
			b.WriteString("H" + svg.Num(a.left+x))
		} else {
			b.WriteString("M" + svg.Num(a.left+x) + " " + y)
		}
		if y != last {
			b.WriteString("V" + y)
		}
		last = y
	}
	return b.String()
}

// short writes a tick.
func short(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return svg.Num(d.Hours()/24) + " d"
	case d >= time.Hour:
		return svg.Num(d.Hours()) + " h"
	case d >= time.Minute:
		return svg.Num(d.Minutes()) + " min"
	}
	return svg.Num(d.Seconds()) + " s"
}
