package calendar_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

// What a Lister gives is what the rule itself does, also the second time.
func TestListerListsOnce(t *testing.T) {
	l, anchor := calendar.NewLister(), civil(t, "1900-01-01T09:00")
	r := rule(t, "FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12")
	want, err := r.From(anchor)
	require.NoError(t, err)
	for range 50 { // each of them would take a twentieth of what a Lister may spend
		got, err := l.From(r, anchor)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for range 2 {
		_, err = l.From(rule(t, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), anchor)
		require.ErrorContains(t, err, "never occurs")
	}
}

func TestListerIsBounded(t *testing.T) {
	for _, test := range []struct {
		rule          string
		fewest, worst int
	}{
		{"FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12", 15, 40},
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 100, 500}, // never occurs, and takes its time to find out
		{"FREQ=DAILY", 1000, 1000},                       // arithmetic takes nothing
	} {
		l, r, made := calendar.NewLister(), rule(t, test.rule), 0
		for made < 1000 {
			_, err := l.From(r, civil(t, "1900-01-01").Add(made, calendar.Hour))
			if err != nil && strings.Contains(err.Error(), "one too many that has to be listed") {
				break
			}
			made++
		}
		assert.GreaterOrEqual(t, made, test.fewest, test.rule)
		assert.LessOrEqual(t, made, test.worst, test.rule)
	}
	l := calendar.NewLister()
	assert.False(t, l.Spend(1<<40))
	assert.True(t, l.Spend(1000), "what was refused took nothing")
}
