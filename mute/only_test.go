package mute_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

// A silence of one source leaves those of others alone, whatever labels they have.
func TestSilencesOfOneSource(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	m, err := mute.ParseMatcher(`team="db"`)
	require.NoError(t, err)
	set, err := mute.New([]mute.Silence{{ID: "s", Matchers: mute.Matchers{m}, Source: "prom",
		Span: mute.Span{To: calendar.InstantMoment(now.Add(time.Hour))}}}, nil, nil)
	require.NoError(t, err)
	for source, held := range map[watchbill.SourceID]int{"prom": 1, "other": 0, "": 0} {
		sub := mute.Subject{Source: source, Labels: []alert.Label{{Name: "source", Value: "prom"}, {Name: "team", Value: "db"}}}
		got, _ := set.At(sub, now)
		require.Len(t, got, held, source)
	}
}
