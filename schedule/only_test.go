package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/schedule"
)

func TestOnlyShowsOneLayer(t *testing.T) {
	s := parse(t, week+","+office, `{"id":"o","from":"2026-01-12","to":"2026-01-13","user":"eve"}`)
	from, to := instant(t, "2026-01-11T00:00:00+01:00"), instant(t, "2026-01-13T12:00:00+01:00")
	assert.Equal(t, []schedule.LayerID{"week", "office"}, s.LayerIDs())
	assert.Equal(t, []string{"11 00:00 - 12 09:00 ada week 0", "12 09:00 - 13 12:00 ben week 1"},
		brief(s.Only("week").Shifts(from, to)))
	assert.Equal(t, []string{"12 09:00 - 12 17:00 dot office 1", "13 09:00 - 13 12:00 dot office 1"},
		brief(s.Only("office").Shifts(from, to)))
	assert.Empty(t, s.Only("none").Shifts(from, to))
}
