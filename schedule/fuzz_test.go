package schedule_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/schedule"
)

// FuzzSpec feeds files that nobody would write. Whatever New accepts must answer soundly and in bounded time.
func FuzzSpec(f *testing.F) {
	f.Add(full, int64(1_780_000_000))
	f.Add(whatever, int64(1_770_000_000))
	for _, hostile := range []string{
		`{"id":"s","layers":[{"id":"l","users":["a"],"start":"2026-01-01","rotation":{"every":4611686018427387904,"unit":"week"}}]}`,
		`{"id":"s","layers":[{"id":"l","users":["a","b"],"start":"2200-12-31","rotation":{"every":10000,"unit":"month"}}]}`,
		`{"id":"s","layers":[{"id":"l","users":["a","~"],"start":"1900-01-01","rotation":{"unit":"hour"}},
			{"id":"m","users":["a"],"start":"0001-01-01","rotation":{"unit":"hour"}}]}`,
		`{"id":"s","layers":[{"id":"l","users":["a","b"],"start":"9999-12-31T23:59:59Z","rotation":{"unit":"month"}}]}`,
		`{"id":"s","timezone":"Pacific/Apia","layers":[{"id":"l","users":["a"],"start":"2011-12-30","end":"2011-12-31",
			"rotation":{"unit":"hour"}}]}`,
		`{"id":"s","overrides":[{"id":"o","from":"2026-01-01","to":"2026-01-01T00:00:00.0000001Z","user":"a"}]}`,
		`{"layers":[{"coverage":[{"days":["mon"],"from":"24:00","to":"00:00"}]}],"overrides":[null]}`,
		`{"id":"s","layers":[{"id":"l","users":["a","b","c"],"seats":20,"start":"2026-01-01","rotation":{"lengths":["10000w","1h"]},"count":"covered",
			"coverage":[{"days":["mon"],"from":"00:00","to":"00:00:01"}],"hours":{"a":{"coverage":[{"rrule":"FREQ=YEARLY","from":"09:00","for":"366d"}]}}}]}`,
		`{"id":"s","sites":[{"id":"a","timezone":"UTC","from":"23:59:59","users":["a"],"start":"2200-12-31","end":"2200-12-31T00:00:01","rotation":{"rrule":"FREQ=DAILY;COUNT=1"}}]}`,
		`{"id":"s","combine":"union","layers":[{"id":"l","shifts":[{"from":"1900-01-01","to":"2200-01-01","users":["a"]}],"holidays":"only"}],
			"temporary":[{"id":"t","from":"1900-01-01","to":"2200-01-01","shifts":[]}],"versions":[{"effective_from":"1900-01-01"}]}`,
	} {
		f.Add(hostile, int64(1_320_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		var spec schedule.Spec
		if json.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		inner, err := schedule.New(schedule.Spec{ID: "primary"})
		require.NoError(t, err)
		s, err := schedule.New(spec, inner)
		if err != nil {
			require.ErrorContains(t, err, "schedule: ")
			return
		}
		for _, id := range s.LayerIDs() {
			s.Only(id).OnCall(time.Unix(unix, 0))
		}
		began := time.Now()
		at := time.Unix(unix%(300*365*86400), 0)
		s.OnCall(time.Unix(unix, 0))
		requireSound(t, s, at, at.AddDate(0, 1, 0))
		requireAgreement(t, s, at)
		require.Less(t, time.Since(began), 30*time.Second)
		again, err := json.Marshal(s.Spec())
		require.NoError(t, err)
		var back schedule.Spec
		require.NoError(t, json.Unmarshal(again, &back))
		_, err = schedule.New(back, inner)
		require.NoError(t, err, "%s", again)
	})
}

// requireAgreement checks that Until is the first instant with other people.
func requireAgreement(t *testing.T, s *schedule.Schedule, at time.Time) {
	t.Helper()
	answer := s.OnCall(at)
	if answer.Until.IsZero() {
		return
	}
	require.True(t, answer.Until.After(at))
	require.Equal(t, people(answer.Parts), people(s.OnCall(answer.Until.Add(-time.Microsecond)).Parts))
	if !answer.UntilAtLeast {
		require.NotEqual(t, people(answer.Parts), people(s.OnCall(answer.Until).Parts))
	}
}
