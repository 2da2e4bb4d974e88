package schedule_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// parse makes a schedule from JSON, with the given lists of layers and overrides, in Europe/Berlin.
func parse(t testing.TB, layers, overrides string) *schedule.Schedule {
	t.Helper()
	var spec schedule.Spec
	text := fmt.Sprintf(`{"id":"primary","timezone":"Europe/Berlin","layers":[%s],"overrides":[%s]}`, layers, overrides)
	require.NoError(t, json.Unmarshal([]byte(text), &spec))
	s, err := schedule.New(spec)
	require.NoError(t, err)
	return s
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

const (
	week   = `{"id":"week","users":["ada","ben","cem"],"start":"2026-01-05T09:00","rotation":{"every":1,"unit":"week"}}`
	always = `{"id":"always","users":["ada"],"start":"2026-01-05T09:00","rotation":{"unit":"week"}}`
	office = `{"id":"office","users":["dot"],"start":"2026-01-05T09:00","rotation":{"unit":"week"},
		"coverage":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"17:00"}]}`
)

// brief writes shifts as a person would check them: one line each, local times.
func brief(shifts []schedule.Shift) []string {
	var lines []string
	for _, s := range shifts {
		line := s.Start.Format("02 15:04") + " - " + s.End.Format("02 15:04")
		for _, p := range s.Parts {
			line += fmt.Sprintf(" %s", p.User)
			if p.Layer != "" {
				line += fmt.Sprintf(" %s %d", p.Layer, p.Turn)
			}
			if p.Override != "" {
				line += " by " + string(p.Override)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestHandoffIsHalfOpen(t *testing.T) {
	s := parse(t, week, "")
	handoff := instant(t, "2026-01-12T09:00:00+01:00")
	assert.Equal(t, []watchbill.UserID{"ben"}, s.OnCall(handoff).Users)
	assert.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(handoff.Add(-time.Microsecond)).Users)
	assert.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(handoff.Add(-time.Nanosecond)).Users)
}

func TestBeforeTheStartNobody(t *testing.T) {
	s := parse(t, week, "")
	start := instant(t, "2026-01-05T09:00:00+01:00")
	for _, at := range []time.Time{{}, time.Unix(0, 0), start.Add(-time.Microsecond)} {
		a := s.OnCall(at)
		assert.Empty(t, a.Users)
		assert.True(t, start.Equal(a.Until), "%v", a.Until)
	}
}

func TestLaterLayersHideEarlierOnes(t *testing.T) {
	s := parse(t, week+","+office, "")
	assert.Equal(t, []string{
		"11 00:00 - 12 09:00 ada week 0",
		"12 09:00 - 12 17:00 dot office 1",
		"12 17:00 - 13 09:00 ben week 1",
		"13 09:00 - 13 12:00 dot office 1",
	}, brief(s.Shifts(instant(t, "2026-01-11T00:00:00+01:00"), instant(t, "2026-01-13T12:00:00+01:00"))))
}

func TestHiddenTurnsDoNotSplit(t *testing.T) {
	hourly := `{"id":"hourly","users":["ben","cem"],"start":"2026-01-05","rotation":{"unit":"hour"}}`
	s := parse(t, hourly+","+week, `{"id":"o","from":"2026-02-01","to":"2026-02-05","user":"dot"}`)
	assert.Equal(t, []string{
		"26 09:00 - 01 00:00 ada week 3",
		"01 00:00 - 05 00:00 dot by o",
		"05 00:00 - 09 09:00 ben week 4",
	}, brief(s.Shifts(instant(t, "2026-01-26T09:00:00+01:00"), instant(t, "2026-02-09T09:00:00+01:00"))))
}

func TestUnassignedTurnShowsTheLayerBelow(t *testing.T) {
	top := `{"id":"top","users":["ben","~","~"],"start":"2026-01-05T09:00","rotation":{"unit":"day"}}`
	from, to := instant(t, "2026-01-05T09:00:00+01:00"), instant(t, "2026-01-09T09:00:00+01:00")
	assert.Equal(t, []string{
		"05 09:00 - 06 09:00 ben top 0", "06 09:00 - 08 09:00 ada week 0", "08 09:00 - 09 09:00 ben top 3",
	}, brief(parse(t, week+","+top, "").Shifts(from, to)))

	alone := parse(t, top, "")
	assert.Equal(t, []string{"05 09:00 - 06 09:00 ben top 0", "08 09:00 - 09 09:00 ben top 3"}, brief(alone.Shifts(from, to)))
	gaps := alone.Gaps(from, to)
	require.Len(t, gaps, 1)
	assert.Equal(t, "2026-01-06T09:00:00+01:00", gaps[0].Start.Format(time.RFC3339))
	assert.Equal(t, "2026-01-08T09:00:00+01:00", gaps[0].End.Format(time.RFC3339))
}

func TestOverrides(t *testing.T) {
	from, to := instant(t, "2026-01-12T00:00:00+01:00"), instant(t, "2026-01-13T00:00:00+01:00") // ben from 09:00 on
	override := func(id, rest string) string {
		return fmt.Sprintf(`{"id":%q,"from":"2026-01-12","to":"2026-01-13",%s}`, id, rest)
	}
	for name, test := range map[string]struct {
		overrides string
		want      []string
	}{
		"a person's duty": {override("o", `"user":"dot","replaces":"ben"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 dot week 1 by o"}},
		"nobody's duty": {override("o", `"user":"dot","replaces":"eve"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 ben week 1"}},
		"everybody's duty": {override("o", `"user":"dot"`),
			[]string{"12 00:00 - 13 00:00 dot by o"}},
		"whoever has it by now: the layers gave it": {
			override("o1", `"user":"dot","replaces":"ben"`) + "," + override("o2", `"user":"eve","replaces":"ben"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 eve week 1 by o2"}},
		"who holds it at that point": {
			override("o1", `"user":"dot","replaces":"ben"`) + "," + override("o2", `"user":"eve","replaces":"dot"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 eve week 1 by o2"}},
		"who held it in between has it no more": {
			override("o1", `"user":"dot","replaces":"ben"`) + "," + override("o2", `"user":"eve","replaces":"dot"`) + "," +
				override("o3", `"user":"fay","replaces":"dot"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 eve week 1 by o2"}},
		"list order counts": {
			override("o2", `"user":"eve","replaces":"dot"`) + "," + override("o1", `"user":"dot","replaces":"ben"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 dot week 1 by o1"}},
		"a takeover counts as given to its first holder": {
			override("o1", `"user":"dot"`) + "," + override("o2", `"user":"eve","replaces":"ben"`),
			[]string{"12 00:00 - 12 09:00 dot by o1", "12 09:00 - 13 00:00 eve by o2"}},
		"a later takeover ends all": {
			override("o1", `"user":"eve","replaces":"ben"`) + "," + override("o2", `"user":"dot"`),
			[]string{"12 00:00 - 13 00:00 dot by o2"}},
		"one inside another": {
			override("o1", `"user":"dot"`) + `,{"id":"o2","from":"2026-01-12T12:00","to":"2026-01-12T18:00","user":"eve"}`,
			[]string{"12 00:00 - 12 12:00 dot by o1", "12 12:00 - 12 18:00 eve by o2", "12 18:00 - 13 00:00 dot by o1"}},
		"giving it back": {
			override("o1", `"user":"dot","replaces":"ben"`) + "," + override("o2", `"user":"ben","replaces":"ben"`),
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 00:00 ben week 1 by o2"}},
		"an instant with an offset": {`{"id":"o","from":"2026-01-12T11:00:00Z","to":"2026-01-12T14:00:00-05:00","user":"dot"}`,
			[]string{"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 12 12:00 ben week 1", "12 12:00 - 12 20:00 dot by o",
				"12 20:00 - 13 00:00 ben week 1"}},
	} {
		assert.Equal(t, test.want, brief(parse(t, week, test.overrides).Shifts(from, to)), name)
	}
}

func TestTakeoverFillsAGap(t *testing.T) {
	s := parse(t, office, `{"id":"o","from":"2026-01-17","to":"2026-01-18","user":"eve"}`) // a Saturday
	assert.Equal(t, []string{
		"16 09:00 - 16 17:00 dot office 1", "17 00:00 - 18 00:00 eve by o", "19 09:00 - 19 17:00 dot office 2",
	}, brief(s.Shifts(instant(t, "2026-01-16T00:00:00+01:00"), instant(t, "2026-01-20T00:00:00+01:00"))))
	replacing := parse(t, office, `{"id":"o","from":"2026-01-17","to":"2026-01-18","user":"eve","replaces":"dot"}`)
	assert.Empty(t, replacing.OnCall(instant(t, "2026-01-17T12:00:00+01:00")).Users)
	assert.Len(t, replacing.Gaps(instant(t, "2026-01-16T18:00:00+01:00"), instant(t, "2026-01-19T00:00:00+01:00")), 1)
}

func TestUntil(t *testing.T) {
	for name, test := range map[string]struct{ layers, overrides, at, want string }{
		"the next turn":              {week, "", "2026-01-06T00:00:00+01:00", "2026-01-12T09:00:00+01:00"},
		"at the hand-off":            {week, "", "2026-01-12T09:00:00+01:00", "2026-01-19T09:00:00+01:00"},
		"never":                      {always, "", "2026-01-06T00:00:00+01:00", ""},
		"never, with nobody":         {"", "", "2026-01-06T00:00:00+01:00", ""},
		"the start":                  {always, "", "2025-01-06T00:00:00+01:00", "2026-01-05T09:00:00+01:00"},
		"a turn of the same person":  {`{"id":"l","users":["ada","ada","ben"],"start":"2026-01-05","rotation":{"unit":"day"}}`, "", "2026-01-05T12:00:00+01:00", "2026-01-07T00:00:00+01:00"},
		"round the circle":           {`{"id":"l","users":["ada","ben","ada"],"start":"2026-01-05","rotation":{"unit":"day"}}`, "", "2026-01-07T12:00:00+01:00", "2026-01-09T00:00:00+01:00"},
		"only the reason changes":    {week, `{"id":"o","from":"2026-01-05T09:00","to":"2026-01-10","user":"ada"}`, "2026-01-06T00:00:00+01:00", "2026-01-12T09:00:00+01:00"},
		"an override":                {always, `{"id":"o","from":"2026-02-05T09:00","to":"2026-02-10","user":"ben"}`, "2026-01-06T00:00:00+01:00", "2026-02-05T09:00:00+01:00"},
		"after the last override":    {always, `{"id":"o","from":"2026-02-05T09:00","to":"2026-02-10","user":"ben"}`, "2026-02-10T00:00:00+01:00", ""},
		"years of a takeover":        {`{"id":"l","users":["ada","ben"],"start":"2026-01-05","rotation":{"unit":"hour"}}`, `{"id":"o","from":"2026-02-05","to":"2046-02-10","user":"cem"}`, "2026-02-10T00:00:00+01:00", "2046-02-10T00:00:00+01:00"},
		"a takeover within another":  {`{"id":"l","users":["ada","ben"],"start":"2026-01-05","rotation":{"unit":"hour"}}`, `{"id":"o","from":"2026-02-05","to":"2046-02-10","user":"ben"},{"id":"p","from":"2026-02-05","to":"2046-02-10","user":"cem"}`, "2026-02-10T00:00:00+01:00", "2046-02-10T00:00:00+01:00"},
		"the end, after many turns":  {`{"id":"l","users":["ada"],"start":"2026-01-05","end":"2106-01-05","rotation":{"unit":"hour"}}`, "", "2026-02-10T00:00:00+01:00", "2106-01-05T00:00:00+01:00"},
		"a layer that starts in 100": {`{"id":"l","users":["ada"],"start":"2126-01-05","rotation":{"unit":"hour"}}`, "", "2026-02-10T00:00:00+01:00", "2126-01-05T00:00:00+01:00"},
		"unassigned for long":        {`{"id":"l","users":["ada","~","~","~"],"start":"2026-01-01","rotation":{"every":120,"unit":"month"}}`, "", "2037-02-10T00:00:00+01:00", "2066-01-01T00:00:00+01:00"},
	} {
		s := parse(t, test.layers, test.overrides)
		at, ok := s.NextHandoff(instant(t, test.at))
		assert.Equal(t, test.want != "", ok, name)
		if ok {
			assert.Equal(t, test.want, at.Format(time.RFC3339), name)
		}
		assert.Equal(t, at, s.OnCall(instant(t, test.at)).Until, name)
	}
}

func TestLayerWithAnEnd(t *testing.T) {
	s := parse(t, week+`,{"id":"l","users":["dot"],"start":"2026-01-06","end":"2026-01-07","rotation":{"unit":"month"}}`, "")
	assert.Equal(t, []string{
		"05 09:00 - 06 00:00 ada week 0", "06 00:00 - 07 00:00 dot l 0", "07 00:00 - 12 09:00 ada week 0",
	}, brief(s.Shifts(instant(t, "2026-01-01T00:00:00Z"), instant(t, "2026-01-12T08:00:00Z"))))
	assert.Equal(t, []string{"dot: layer l, turn 0 (2026-01-06 00:00 to 2026-01-07 00:00 Europe/Berlin)"},
		s.OnCall(instant(t, "2026-01-06T12:00:00Z")).Why())
}

func TestMonthsDoNotDrift(t *testing.T) {
	s := parse(t, `{"id":"l","users":["ada","ben"],"start":"2026-01-31","rotation":{"unit":"month"}}`, "")
	assert.Equal(t, []string{
		"31 00:00 - 28 00:00 ada l 0", "28 00:00 - 31 00:00 ben l 1", "31 00:00 - 30 00:00 ada l 2", "30 00:00 - 31 00:00 ben l 3",
	}, brief(s.Shifts(instant(t, "2026-01-30T23:00:00Z"), instant(t, "2026-05-30T22:00:00Z"))))
}

func TestTurnWithoutLengthCounts(t *testing.T) {
	s := parse(t, `{"id":"l","users":["ada","ben","cem"],"start":"2026-03-29","rotation":{"unit":"hour"}}`, "")
	assert.Equal(t, []string{
		"29 00:00 - 29 01:00 ada l 0", "29 01:00 - 29 03:00 ben l 1", "29 03:00 - 29 04:00 ada l 3",
	}, brief(s.Shifts(instant(t, "2026-03-28T23:00:00Z"), instant(t, "2026-03-29T02:00:00Z"))))
}

// A start with an offset in the hour that comes again: nobody is on call before it, though 02:30 was read before.
func TestStartInTheRepeatedHour(t *testing.T) {
	s := parse(t, `{"id":"l","users":["ada","ben"],"start":"2026-10-25T02:30:00+01:00","rotation":{"unit":"hour"}}`, "")
	assert.Equal(t, []string{"25 02:30 - 25 03:30 ada l 0", "25 03:30 - 25 04:00 ben l 1"},
		brief(s.Shifts(instant(t, "2026-10-25T00:00:00Z"), instant(t, "2026-10-25T03:00:00Z"))))
}

func TestEmptySchedule(t *testing.T) {
	s := parse(t, "", "")
	from, to := instant(t, "2026-01-01T00:00:00+01:00"), instant(t, "2027-01-01T00:00:00+01:00")
	assert.Empty(t, s.Shifts(from, to))
	assert.Equal(t, []schedule.Interval{{Start: from.In(s.Zone()), End: to.In(s.Zone())}}, s.Gaps(from, to))
	assert.Empty(t, s.Gaps(to, from))
	assert.Empty(t, s.Shifts(from, from))
}

func TestAnswersBeyondAllYears(t *testing.T) {
	s := parse(t, week, "")
	for _, at := range []time.Time{time.Unix(-1<<60, 0), time.Unix(1<<60, 0), time.Unix(1<<36, 0), time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)} {
		s.OnCall(at)
		s.Shifts(at, at.Add(1000*time.Hour))
	}
	assert.Empty(t, s.Gaps(time.Unix(1<<60, 0), time.Unix(1<<61, 0)))
	assert.Equal(t, 9999, s.OnCall(time.Unix(1<<60, 0)).At.UTC().Year())
	assert.Equal(t, 1, s.OnCall(time.Unix(-1<<60, 0)).At.UTC().Year())
}

func TestAnswerJSON(t *testing.T) {
	s := parse(t, week, `{"id":"o1","from":"2026-01-27T09:00","to":"2026-01-28T09:00","user":"ben","replaces":"ada"},
		{"id":"o2","from":"2026-01-29T09:00","to":"2026-01-29T09:00:30","user":"dot"}`)
	for at, want := range map[string]string{
		"2026-02-16T08:00:00Z": `{"schedule":"primary","users":["ada"],"until":"2026-02-23T09:00:00+01:00",
			"why":["ada: layer week, turn 6 (2026-02-16 09:00 to 2026-02-23 09:00 Europe/Berlin)"]}`,
		"2026-01-27T12:00:00Z": `{"schedule":"primary","users":["ben"],"until":"2026-01-28T09:00:00+01:00",
			"why":["ben: override o1 (2026-01-27 09:00 to 2026-01-28 09:00 Europe/Berlin) replaces ada in layer week, turn 3 (2026-01-26 09:00 to 2026-02-02 09:00 Europe/Berlin)"]}`,
		"2026-01-29T08:00:00Z": `{"schedule":"primary","users":["dot"],"until":"2026-01-29T09:00:30+01:00",
			"why":["dot: override o2 (2026-01-29 09:00 to 2026-01-29 09:00:30 Europe/Berlin)"]}`,
		"2026-01-01T00:00:00Z": `{"schedule":"primary","users":[],"until":"2026-01-05T09:00:00+01:00",
			"why":["nobody: no layer and no override has anybody on call"]}`,
	} {
		got, err := json.Marshal(s.OnCall(instant(t, at)))
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
	got, err := json.Marshal(parse(t, always, "").OnCall(instant(t, "2026-02-16T08:00:00Z")))
	require.NoError(t, err)
	assert.Contains(t, string(got), `"until":null`)
}

func TestShiftJSON(t *testing.T) {
	got, err := json.Marshal(parse(t, week, "").Shifts(instant(t, "2026-03-23T09:00:00Z"), instant(t, "2026-03-30T07:00:00Z")))
	require.NoError(t, err)
	assert.Equal(t, `[{"start":"2026-03-23T10:00:00+01:00","end":"2026-03-30T09:00:00+02:00","users":["cem"],`+
		`"parts":[{"user":"cem","layer":"week","turn":11,"override":""}]}]`, string(got))
}

func TestOnCallAllocatesTheAnswerOnly(t *testing.T) {
	s := parse(t, week, "")
	for _, year := range []int{2026, 2037, 2076} {
		at := time.Date(year, 8, 1, 0, 0, 0, 0, time.UTC)
		assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { s.OnCall(at) }), 2.0, "its users and its parts")
	}
}

func TestConcurrentUse(t *testing.T) {
	s := parse(t, week+","+office, `{"id":"o","from":"2026-01-17","to":"2026-01-18","user":"eve"}`)
	from := instant(t, "2026-01-01T00:00:00Z")
	want := s.Shifts(from, from.AddDate(1, 0, 0))
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, s.Shifts(from, from.AddDate(1, 0, 0)))
			assert.Equal(t, want[0].Users, s.OnCall(want[0].Start).Users)
		})
	}
}
