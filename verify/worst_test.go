package verify_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

const never = time.Duration(math.MaxInt64)

// played is how a real run went: by episode.Step alone.
type played struct{ first, voice, every time.Duration }

// play runs the machine from an instant until nothing more is to be learnt, or until the horizon.
func play(org *oncall.Org, at time.Time, severity watchbill.Severity, horizon time.Duration, channels ...notify.Channel) played {
	var options []verify.Option
	if len(channels) > 0 {
		options = append(options, verify.Channels(channels...))
	}
	r := verify.Rehearse(org, "p", at, severity, options...)
	p, seen, _ := played{never, never, never}, 0, 0
	policy, _ := org.Frozen("p")
	if len(policy.Levels) == 0 || severity == watchbill.SeverityInfo {
		p.every = 0
	}
	for {
		for _, e := range r.Entries()[seen:] {
			var data struct {
				Attempt watchbill.Attempt `json:"attempt"`
				Channel notify.Channel    `json:"channel"`
			}
			if json.Unmarshal(e.Data, &data) != nil {
				panic(string(e.Data))
			}
			after := e.At.Sub(watchbill.Stamp(at))
			switch e.Kind {
			case episode.KindQueued:
				if len(channels) > 0 && !slices.Contains(channels, data.Channel) {
					continue // and refused
				}
				if data.Channel == "chat" {
					continue // which is nobody
				}
				p.first = min(p.first, after)
				if data.Channel == "voice" || data.Channel == "sms" {
					p.voice = min(p.voice, after)
				}
			case episode.KindFound, episode.KindNobody, episode.KindSkipped:
				if data.Attempt.Level == len(policy.Levels) {
					p.every = min(p.every, after)
				}
			}
		}
		seen = len(r.Entries())
		if p.first < never && p.voice < never && p.every < never || !r.Next() || r.Now().Sub(at) > horizon {
			return p
		}
	}
}

func asTime(b verify.Bound) time.Duration {
	if b.Unbounded {
		return never
	}
	return b.Time
}

// TestWorstTimesAreNeverExceededAndAttained compares with runs of the machine that pages, from random starts and from the
// witnesses.
func TestWorstTimesAreNeverExceededAndAttained(t *testing.T) {
	for n := range cases(t, 60) {
		d := seeded(n)
		o := d.org(t)
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(d.IntN(300*24*60)) * time.Minute)
		to := from.Add(time.Duration(1+d.IntN(72)) * time.Hour)
		worst, ok := verify.WorstTimes(o, "p", from, to)
		require.True(t, ok)
		for i := range 12 {
			at := d.start(o, from, to)
			if i == 0 {
				at = to.Add(-time.Microsecond)
			}
			got := play(o, at, watchbill.SeverityCritical, 3*time.Hour)
			assert.True(t, got.first == never || got.first <= asTime(worst.ToFirstPage), "case %d at %v: first %v, worst %v", n, at, got.first, worst.ToFirstPage)
			assert.True(t, got.voice == never || got.voice <= asTime(worst.ToVoice), "case %d at %v: voice %v, worst %v", n, at, got.voice, worst.ToVoice)
			assert.LessOrEqual(t, got.every, asTime(worst.ToEveryLevel), "case %d at %v: every", n, at)
			low := play(o, at, watchbill.SeverityInfo, 3*time.Hour)
			assert.True(t, low.first == never || low.first <= asTime(worst.LowToFirstPage), "case %d at %v: low first %v, worst %v", n, at, low.first, worst.LowToFirstPage)
			assert.True(t, low.voice == never || low.voice <= asTime(worst.LowToVoice), "case %d at %v: low voice %v, worst %v", n, at, low.voice, worst.LowToVoice)
		}
		attained(t, n, o, worst)
		if t.Failed() {
			c, _ := json.MarshalIndent(o.Config(), "", " ")
			t.Fatalf("case %d: %s", n, c)
		}
	}
}

// start is an instant of the window: mostly one from which some attempt, whose waits are all of half minutes, meets a change
// of a schedule, or just misses it.
func (d dice) start(o *oncall.Org, from, to time.Time) time.Time {
	at := from.Add(time.Duration(d.Int64N(int64(to.Sub(from))))).Truncate(time.Microsecond)
	s, _ := o.Schedule(watchbill.ScheduleID(d.one("s0", "s1")))
	if next, ok := s.NextHandoff(at); ok {
		met := next.Add(time.Duration(d.IntN(3)-1)*time.Microsecond - time.Duration(d.IntN(40))*30*time.Second).UTC()
		if !met.Before(from) && met.Before(to) {
			return met
		}
	}
	return at
}

func attained(t *testing.T, n int, o *oncall.Org, worst verify.WorstCase) {
	const horizon = 200 * time.Hour
	check := func(what string, b verify.Bound, severity watchbill.Severity, of func(played) time.Duration) {
		if b.Unbounded || b.Time > horizon/2 {
			return
		}
		assert.Equal(t, b.Time, of(play(o, b.At, severity, b.Time+time.Hour)), "case %d: %s at its witness %v", n, what, b.At)
	}
	first := func(p played) time.Duration { return p.first }
	voice := func(p played) time.Duration { return p.voice }
	check("first page", worst.ToFirstPage, watchbill.SeverityCritical, first)
	check("voice", worst.ToVoice, watchbill.SeverityCritical, voice)
	check("every level", worst.ToEveryLevel, watchbill.SeverityCritical, func(p played) time.Duration { return p.every })
	check("low first page", worst.LowToFirstPage, watchbill.SeverityInfo, first)
	check("low voice", worst.LowToVoice, watchbill.SeverityInfo, voice)
}

// TestACatchAllIsLookedAtAtItsOwnBoundary: the policy's catch-all has somebody from 09:00 on, the installation's never; nobody
// waits for the next look of the minute.
func TestACatchAllIsLookedAtAtItsOwnBoundary(t *testing.T) {
	o := org(t, oncall.Config{
		Catalog:   catalog.Catalog{Users: append(people(), user("mute"))},
		Schedules: []schedule.Spec{weekly(t, "primary", "ada")},
		Policies:  []escalation.Policy{{ID: "p", CatchAll: []escalation.Target{escalation.Schedule("primary")}}},
		CatchAll:  []escalation.Target{escalation.User("mute")},
	})
	handoff := at(t, "2026-01-05T09:00")
	worst, ok := verify.WorstTimes(o, "p", handoff.Add(-90*time.Second), handoff.Add(time.Hour))
	require.True(t, ok)
	assert.Equal(t, 90*time.Second, worst.ToFirstPage.Time)
	assert.Equal(t, 90*time.Second, play(o, worst.ToFirstPage.At, watchbill.SeverityCritical, time.Hour).first)
}

// TestWorstTimesOfRichPolicies does the same for levels with conditions, jumps, turns, machines, policies in policies, and
// people who are next or were before.
func TestWorstTimesOfRichPolicies(t *testing.T) {
	const horizon = 9 * 24 * time.Hour
	proved := 0
	for n := range cases(t, 12) {
		d := seeded(n)
		o := d.richOrg(t)
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(d.IntN(300*24*60)) * time.Minute)
		to := from.Add(time.Duration(1+d.IntN(24)) * time.Hour)
		worst, ok := verify.WorstTimes(o, "p", from, to)
		if !ok {
			continue // and says so
		}
		proved++
		within := func(what string, got time.Duration, b verify.Bound, at time.Time) {
			assert.True(t, got == never && asTime(b) >= horizon/2 || got <= asTime(b), "case %d at %v: %s takes %v, worst %v at %v", n, at, what, got, b, b.At)
		}
		for range 5 {
			at := d.start(o, from, to)
			for _, severity := range []watchbill.Severity{watchbill.SeverityCritical, watchbill.SeverityError} {
				got := play(o, at, severity, horizon)
				within("first page", got.first, worst.ToFirstPage, at)
				within("voice", got.voice, worst.ToVoice, at)
				within("every level", got.every, worst.ToEveryLevel, at)
			}
			low := play(o, at, watchbill.SeverityInfo, horizon)
			within("low first page", low.first, worst.LowToFirstPage, at)
			within("low voice", low.voice, worst.LowToVoice, at)
		}
		if !d.turns(o) {
			attainedBy(t, n, o, worst)
		}
		if t.Failed() {
			c, _ := json.MarshalIndent(o.Config(), "", " ")
			t.Fatalf("case %d: %s", n, c)
		}
	}
	t.Logf("%d were proved", proved)
	assert.Positive(t, proved)
}

// turns reports whether some level takes turns: then times are bounds.
func (d dice) turns(o *oncall.Org) bool {
	p, _ := o.Frozen("p")
	return slices.ContainsFunc(p.Levels, func(l escalation.Level) bool { return l.Mode == escalation.RoundRobin })
}

func attainedBy(t *testing.T, n int, o *oncall.Org, worst verify.WorstCase) {
	const horizon = 9 * 24 * time.Hour
	check := func(what string, b verify.Bound, of func(played) time.Duration, severities ...watchbill.Severity) {
		if b.Unbounded || b.Time > horizon/2 {
			return
		}
		var got []time.Duration
		for _, s := range severities {
			got = append(got, of(play(o, b.At, s, b.Time+time.Hour)))
		}
		assert.Contains(t, got, b.Time, "case %d: %s at its witness %v", n, what, b.At)
	}
	first := func(p played) time.Duration { return p.first }
	check("first page", worst.ToFirstPage, first, watchbill.SeverityCritical, watchbill.SeverityError)
	check("voice", worst.ToVoice, func(p played) time.Duration { return p.voice }, watchbill.SeverityCritical, watchbill.SeverityError)
	check("every level", worst.ToEveryLevel, func(p played) time.Duration { return p.every }, watchbill.SeverityCritical, watchbill.SeverityError)
	check("low first page", worst.LowToFirstPage, first, watchbill.SeverityInfo, watchbill.SeverityWarning)
}
