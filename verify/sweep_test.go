package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/verify"
)

// dense makes the schedules of a configuration change often.
func (d dice) dense(tb testing.TB) *oncall.Org {
	o := d.org(tb)
	c := o.Config()
	for i := range c.Schedules {
		for j := range c.Schedules[i].Layers {
			l := &c.Schedules[i].Layers[j]
			l.Start, l.End = calendar.InstantMoment(time.Date(2026, 1, 1, 0, d.IntN(60), 0, 0, time.UTC)), calendar.Moment{}
			l.Rotation.Every, l.Rotation.Unit = 1, calendar.Hour
			l.Coverage = nil
			for range d.IntN(4) {
				hour, minute := 10+d.IntN(3), d.IntN(30)
				w := d.window()
				w.From, w.To = calendar.NewTimeOfDay(hour, minute), calendar.NewTimeOfDay(hour, minute+1+d.IntN(29))
				l.Coverage = append(l.Coverage, w)
			}
		}
	}
	return org(tb, c)
}

// TestWorstTimesAreExact compares with runs from every half minute of some hours: all that happens, happens on those.
func TestWorstTimesAreExact(t *testing.T) {
	const followed = 90 * time.Minute
	from := time.Date(2026, 1, 7, 10, 0, 0, 0, time.UTC)
	for n := range cases(t, 12) {
		o := seeded(n).dense(t)
		to := from.Add(45 * time.Minute)
		worst, ok := verify.WorstTimes(o, "p", from, to)
		require.True(t, ok)
		var high, low played
		for at := from; at.Before(to); at = at.Add(30 * time.Second) {
			high = high.worse(play(o, at, watchbill.SeverityCritical, followed))
			low = low.worse(play(o, at, watchbill.SeverityInfo, followed))
		}
		high = high.upTo(followed, worst.ToVoice)
		low = low.upTo(followed, worst.LowToVoice)
		proved := played{asTime(worst.ToFirstPage), asTime(worst.ToVoice), asTime(worst.ToEveryLevel)}
		require.Equal(t, high, proved.upTo(followed, worst.ToVoice), "case %d", n)
		proved = played{asTime(worst.LowToFirstPage), asTime(worst.LowToVoice), 0}
		require.Equal(t, low, proved.upTo(followed, worst.LowToVoice), "case %d, low", n)
	}
}

// upTo takes what lasts longer than runs were followed for never. So is voice where none is proved: the catch-all's
// repetitions may still find somebody.
func (p played) upTo(limit time.Duration, voice verify.Bound) played {
	for _, d := range []*time.Duration{&p.first, &p.voice, &p.every} {
		if *d > limit {
			*d = never
		}
	}
	if voice.Unbounded {
		p.voice = never
	}
	return p
}

func (p played) worse(q played) played {
	return played{max(p.first, q.first), max(p.voice, q.voice), max(p.every, q.every)}
}
