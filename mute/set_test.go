package mute_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

// hours is a span on the fifth of January, in UTC.
func hours(from, to int) mute.Span {
	on := func(hour int) calendar.Moment { return calendar.CivilMoment(calendar.NewCivil(2026, 1, 5, hour, 0, 0)) }
	return mute.Span{From: on(from), To: on(to)}
}

func hour(h int) time.Time { return time.Date(2026, 1, 5, h, 0, 0, 0, time.UTC) }

func newSet(t testing.TB, silences []mute.Silence, maintenance []mute.Maintenance, inhibitions ...mute.Inhibition) *mute.Set {
	t.Helper()
	set, err := mute.New(silences, maintenance, inhibitions)
	require.NoError(t, err)
	return set
}

func TestWhatHolds(t *testing.T) {
	set := newSet(t,
		[]mute.Silence{
			{ID: "db", Matchers: matchers(t, `team="db"`), Span: hours(9, 12)},
			{ID: "later", Matchers: matchers(t, `team=~"db|web"`), Span: hours(11, 14)},
			{ID: "not-prod", Matchers: matchers(t, `env!="prod"`, `env!=""`), Span: hours(9, 10)},
		},
		[]mute.Maintenance{
			{ID: "hold", Services: []watchbill.ServiceID{"shop", "search"}, Matchers: matchers(t, `team="db"`), Span: hours(10, 13)},
			{ID: "debug", Sources: []watchbill.SourceID{"prom"}, Span: hours(9, 10), Mode: mute.Debug},
			{ID: "collect", Matchers: matchers(t, `rack=~"r.+"`), Span: hours(9, 10), Mode: mute.Collect},
		})
	db := labels("env", "prod", "team", "db")
	web := labels("env", "prod", "team", "web")
	shop := labels("env", "prod", "rack", "r2")
	shop.Service, shop.Source = "shop", "prom"
	silence := func(id string, until int) mute.Held {
		return mute.Held{Reason: mute.BySilence, ID: id, Until: hour(until)}
	}
	maintenance := func(id string, until int) mute.Held {
		return mute.Held{Reason: mute.ByMaintenance, ID: id, Until: hour(until), Never: id == "debug", Collect: id == "collect"}
	}
	for _, test := range []struct {
		name  string
		sub   mute.Subject
		hour  int
		held  []mute.Held
		again int // zero: never
	}{
		{"nothing yet", db, 8, nil, 9},
		{"one", db, 9, []mute.Held{silence("db", 12)}, 10},
		{"a service and matchers: one is enough", db, 10, []mute.Held{silence("db", 12), maintenance("hold", 13)}, 11},
		{"silences first", db, 11, []mute.Held{silence("db", 12), silence("later", 14), maintenance("hold", 13)}, 12},
		{"the last", db, 13, []mute.Held{silence("later", 14)}, 14},
		{"nothing any more", db, 14, nil, 0},
		{"a beginning is a change too", web, 9, nil, 11},
		{"source, matchers and service", shop, 9, []mute.Held{maintenance("debug", 10), maintenance("collect", 10)}, 10},
		{"the service", shop, 10, []mute.Held{maintenance("hold", 13)}, 13},
		{"inequality", labels("env", "dev"), 9, []mute.Held{silence("not-prod", 10)}, 10},
		{"nothing is about it", labels("env", "prod"), 9, nil, 0},
		{"nothing at all", mute.Subject{}, 9, nil, 0},
	} {
		held, again := set.At(test.sub, hour(test.hour))
		assert.Equal(t, test.held, held, test.name)
		if test.again == 0 {
			assert.True(t, again.IsZero(), test.name)
		} else {
			assert.Equal(t, hour(test.again), again, test.name)
		}
	}
	var none mute.Set
	held, again := none.At(db, hour(9))
	assert.Empty(t, held)
	assert.True(t, again.IsZero())
}

func TestSetIsChecked(t *testing.T) {
	db := matchers(t, `team="db"`)
	_, err := mute.New(
		[]mute.Silence{
			{ID: "s", Matchers: db, Span: hours(9, 10)},
			{ID: "s", Matchers: matchers(t, "a!=b", "c=~.*"), Span: hours(10, 9), Comment: strings.Repeat("x", 10_001)},
			{Matchers: mute.Matchers{{Name: "a"}, {}, {Name: "b", Op: mute.Match, Value: "["}}, Span: hours(9, 10), Author: strings.Repeat("x", 257)},
			{ID: "many", Matchers: make(mute.Matchers, 101), Span: hours(9, 10)},
		},
		[]mute.Maintenance{
			{ID: "s", Services: []watchbill.ServiceID{"shop"}, Span: hours(9, 10)}, // IDs are unique within their list
			{ID: "m", Services: []watchbill.ServiceID{""}, Sources: []watchbill.SourceID{""}, Mode: "loud", Span: hours(9, 10)},
			{ID: "n", Services: make([]watchbill.ServiceID, 1001), Sources: make([]watchbill.SourceID, 1001), Span: hours(9, 10)},
		},
		[]mute.Inhibition{
			{ID: "i", Source: db, Target: matchers(t, `severity!="critical"`), Equal: []string{"node", ""}},
			{ID: "j", Source: matchers(t, `a!="b"`), Equal: make([]string, 101)},
		})
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, "].equal[") || strings.Contains(line, "[0]") {
			lines = append(lines, line)
		}
	}
	assert.Equal(t, `mute: silences[1].id: "s" is used twice; ids are unique within their list
mute: silences[1].comment: is 10001 bytes long; write at most 10000
mute: silences[1].matchers: match whatever has none of these labels; at least one matcher must ask for something, such as team="db"
mute: silences[1].to: 2026-01-05T09:00 is not after from, 2026-01-05T10:00
mute: silences[2].id: is missing; every item of a list has an id
mute: silences[2].author: is 257 bytes long; write at most 256
mute: silences[2].matchers[1]: the matcher names no label; write one such as team="db"
mute: silences[2].matchers[2]: "[" is not a regular expression: missing closing ]
mute: silences[3].matchers: are 101; give at most 100
mute: maintenance[1].services: has an empty id; take it out
mute: maintenance[1].sources: has an empty id; take it out
mute: maintenance[1].mode: "loud" is unknown; use hold, debug or collect
mute: maintenance[2].services: are 1001; give at most 1000
mute: maintenance[2].sources: are 1001; give at most 1000
mute: inhibitions[0].equal[1]: is not the name of a label; write one such as node
mute: inhibitions[1].target: is missing; say which alerts they mute, such as ['severity="warning"']
mute: inhibitions[1].equal: are 101; give at most 100
mute: inhibitions[1].equal[0]: is not the name of a label; write one such as node
mute: inhibitions[1].source: match whatever has none of these labels; at least one matcher must ask for something, such as team="db"
`, strings.Join(lines, "")+"\n")

	assert.NoError(t, mute.Silence{ID: "s", Matchers: db, Span: hours(9, 10)}.Validate())
	assert.ErrorContains(t, mute.Maintenance{ID: "m", Span: hours(9, 10)}.Validate(), "mute: services: is missing")
	assert.ErrorContains(t, mute.Inhibition{ID: "i", Target: db}.Validate(), "mute: source: is missing")

	_, err = mute.New(make([]mute.Silence, 10_001), nil, make([]mute.Inhibition, 1001))
	assert.ErrorContains(t, err, "mute: silences: are 10001; give at most 10000")
	assert.ErrorContains(t, err, "mute: inhibitions: are 1001; give at most 1000")
	var large []mute.Silence
	for i := range 20 {
		list := matchers(t, `a="b"`)
		for range 99 {
			list = append(list, mute.Matcher{Name: "b", Op: mute.Match, Value: fmt.Sprintf("x{900}y{900}%d", i)})
		}
		large = append(large, mute.Silence{ID: fmt.Sprint(i), Matchers: list, Span: hours(9, 10)})
	}
	_, err = mute.New(large, nil, nil)
	assert.ErrorContains(t, err, "is one regular expression too many with those before")
}

func TestMode(t *testing.T) {
	var m mute.Maintenance
	require.NoError(t, json.Unmarshal([]byte(`{"mode":"hold"}`), &m))
	assert.Equal(t, mute.Hold, m.Mode)
	require.NoError(t, json.Unmarshal([]byte(`{"mode":"collect"}`), &m))
	assert.Equal(t, mute.Collect, m.Mode)
	assert.ErrorContains(t, json.Unmarshal([]byte(`{"mode":"off"}`), &m), `mute: unknown mode "off"; use hold, debug or collect`)
}

// TestWithWhatPeopleMade: it never makes anything else invalid.
func TestWithWhatPeopleMade(t *testing.T) {
	db := matchers(t, `team="db"`)
	file := newSet(t, []mute.Silence{{ID: "s", Matchers: db, Span: hours(9, 10)}}, nil,
		mute.Inhibition{ID: "i", Source: matchers(t, "a=b"), Target: matchers(t, "a=c")})
	set := file.With([]mute.Silence{
		{ID: "s", Matchers: db, Span: hours(9, 20)}, // taken
		{ID: "broken", Matchers: mute.Matchers{{Name: "team", Op: mute.Match, Value: "("}}, Span: hours(9, 20)},
		{ID: "made", Matchers: db, Span: hours(9, 12)},
		{ID: "made", Matchers: db, Span: hours(9, 13)}, // taken
	}, []mute.Maintenance{{ID: "empty", Span: hours(9, 20)}, {ID: "made", Matchers: db, Span: hours(9, 11)}})
	held, _ := set.At(labels("team", "db"), hour(9))
	require.Len(t, held, 3)
	assert.Equal(t, []string{"s", "made", "made"}, []string{held[0].ID, held[1].ID, held[2].ID})
	held, again := set.At(labels("team", "db"), hour(12))
	assert.Empty(t, held)
	assert.True(t, again.IsZero())
	assert.Len(t, set.Targets(labels("a", "c")), 1)
	held, _ = file.At(labels("team", "db"), hour(9))
	assert.Len(t, held, 1, "the set of the file is as it was")
	many := file.With(make([]mute.Silence, 20_000), nil)
	held, _ = many.At(labels("team", "db"), hour(9))
	assert.Len(t, held, 1)
}

func TestEnding(t *testing.T) {
	db := matchers(t, `team="db"`)
	set := newSet(t, []mute.Silence{
		{ID: "nobody", Matchers: db, Span: hours(9, 12)},
		{ID: "noon", Matchers: db, Span: hours(9, 12), By: "ada"},
		{ID: "one", Matchers: db, Span: hours(9, 13), By: "ben"},
		{ID: "three days", Matchers: db, By: "cem", Span: span(t, `{"from":"2026-01-03","windows":[{"rrule":"FREQ=DAILY;COUNT=3","from":"10:00","for":"2h"}]}`)},
		{ID: "to the last window", Matchers: db, By: "dee", Span: span(t, `{"to":"2026-01-07","windows":[{"days":["mon"],"from":"10:00","to":"12:00"}]}`)},
		{ID: "for ever", Matchers: db, By: "eva", Span: span(t, `{"windows":[{"days":["mon"],"from":"10:00","to":"12:00"}]}`)},
	}, []mute.Maintenance{{ID: "m", Matchers: db, Span: hours(9, 12), By: "ada"}})
	ending := func(from, to time.Time) (ids []string) {
		for _, s := range set.Ending(from, to) {
			ids = append(ids, s.Silence.ID)
			assert.True(t, s.At.After(from) && !s.At.After(to))
		}
		return ids
	}
	for i, at := range []time.Time{hour(12), hour(13), hour(12), hour(12)} {
		assert.Equal(t, at, set.Ending(hour(11), hour(13))[i].At)
	}
	assert.Empty(t, ending(hour(9), hour(12).Add(-1)))
	assert.Equal(t, []string{"noon", "three days", "to the last window"}, ending(hour(11), hour(12)))
	assert.Equal(t, []string{"one"}, ending(hour(12), hour(13)), "not what has been told of")
	assert.Empty(t, ending(hour(13), hour(24*400)))
}

// TestSetAgreesWithEachOfIts: the index finds what asking everything finds.
func TestSetAgreesWithEachOfIts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	someMatchers := func() (list mute.Matchers) {
		for range 1 + r.IntN(3) {
			m, err := mute.NewMatcher(pick("team", "env", "service", "source", "severity"), mute.Op(r.IntN(4)),
				pick("db", "web", "db|web", "d.", "warning", "", "|db", ".*"))
			require.NoError(t, err)
			list = append(list, m)
		}
		return list
	}
	for range 300 {
		var silences []mute.Silence
		var maintenance []mute.Maintenance
		for i := range r.IntN(12) {
			from := r.IntN(20)
			s := mute.Silence{ID: fmt.Sprint(i), Matchers: someMatchers(), Span: hours(from, from+1+r.IntN(4))}
			if s.Validate() == nil {
				silences = append(silences, s)
			}
			m := mute.Maintenance{ID: fmt.Sprint(i), Services: []watchbill.ServiceID{watchbill.ServiceID(pick("db", "web"))},
				Sources: []watchbill.SourceID{watchbill.SourceID(pick("db", "web"))}, Matchers: s.Matchers, Span: s.Span}
			if r.IntN(2) == 0 {
				m.Services = nil
			}
			if m.Validate() == nil {
				maintenance = append(maintenance, m)
			}
		}
		set := newSet(t, silences, maintenance)
		sub := labels("env", pick("", "db", "web"), "team", pick("", "db", "web"))
		sub.Service, sub.Source = watchbill.ServiceID(pick("", "db", "web")), watchbill.SourceID(pick("", "db", "web"))
		at := hour(r.IntN(24))
		var want []string
		var again time.Time
		note := func(id string, s mute.Span) {
			active, until := s.At(at)
			if active {
				want = append(want, id)
			}
			if !until.IsZero() && (again.IsZero() || until.Before(again)) {
				again = until
			}
		}
		for _, s := range silences {
			if s.Matchers.Matches(sub) {
				note("silence "+s.ID, s.Span)
			}
		}
		for _, m := range maintenance {
			if len(m.Services) > 0 && m.Services[0] == sub.Service || m.Sources[0] == sub.Source || m.Matchers.Matches(sub) {
				note("maintenance "+m.ID, m.Span)
			}
		}
		held, next := set.At(sub, at)
		var got []string
		for _, h := range held {
			got = append(got, string(h.Reason)+" "+h.ID)
		}
		require.Equal(t, want, got)
		require.Equal(t, again, next)
	}
}

// thousand silences by a label, a thousand windows of services, and a few that have to be asked.
func thousand(t testing.TB) *mute.Set {
	var silences []mute.Silence
	var maintenance []mute.Maintenance
	for i := range 1000 {
		id := fmt.Sprint("n", i)
		silences = append(silences, mute.Silence{ID: id, Matchers: matchers(t, "instance="+id, `env=~"dev|test"`), Span: hours(9, 10)})
		maintenance = append(maintenance, mute.Maintenance{ID: id, Services: []watchbill.ServiceID{watchbill.ServiceID(id)}, Span: hours(9, 10)})
	}
	for i := range 10 {
		silences = append(silences, mute.Silence{ID: fmt.Sprint("r", i), Matchers: matchers(t, `rack!~"r1|r2"`, `zone!=""`), Span: hours(9, 10)})
	}
	return newSet(t, silences, maintenance)
}

func TestAMissCostsNoMemory(t *testing.T) {
	set, sub := thousand(t), labels("env", "prod", "instance", "n7", "rack", "x1", "team", "web")
	sub.Service, sub.Source = "shop", "prom"
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if held, _ := set.At(sub, hour(9)); held != nil {
			t.Error("held")
		}
	}))
}

func BenchmarkMiss(b *testing.B) {
	set, sub := thousand(b), labels("env", "prod", "instance", "n7", "rack", "x1", "team", "web")
	b.ReportAllocs()
	for b.Loop() {
		set.At(sub, hour(9))
	}
}
