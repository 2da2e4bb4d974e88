package statuspage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// TestADayOf25Hours checks by hand what the end of summer time makes of an outage of 26 hours.
func TestADayOf25Hours(t *testing.T) {
	p := catalog.Page{ID: "public", Zone: "Europe/Berlin", Components: []catalog.Component{{ID: "a", Services: []watchbill.ServiceID{"a"}}}}
	midnight := time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC) // of 25 October in Berlin
	s := tell(t, "i1", midnight, effect("a", incident.EffectPartial)).end(midnight.Add(26 * time.Hour))
	c := statuspage.Look(p, statuspage.Board{}, []incident.Incident{s.i}, midnight.Add(37*time.Hour), base).Components[0]
	require.Len(t, c.Days, 2)
	require.Equal(t, 25*time.Hour, c.Days[0].Lasted[statuspage.Partial])
	require.Equal(t, time.Hour, c.Days[1].Lasted[statuspage.Partial])
	total := 88*24 + 25 + 12.0 // hours of 88 days, of that one, and until noon
	require.Equal(t, int((1-0.3*26/total)*10000), c.Uptime)
}

// TestBarsOfAReopenedIncident takes out when it was well before somebody resolved it, between, and by hand.
func TestBarsOfAReopenedIncident(t *testing.T) {
	s := tell(t, "i1", at(8, 0), effect("svc-site", incident.EffectMajor)).
		do(at(9, 0), incident.SetStatus{Status: incident.Resolved, EndedAt: at(8, 30)}).do(at(9, 30), incident.Reopen{}).end(at(10, 0))
	b := board(t).order(at(8, 10), statuspage.SetComponent{Component: "site", Status: status(statuspage.Operational)}).
		order(at(8, 20), statuspage.SetComponent{Component: "site"})
	days := look(b.b, s.i).Components[0].Days
	require.Len(t, days, 1)
	require.Equal(t, 50*time.Minute, days[0].Lasted[statuspage.Major], "08:00 to 08:10, to 08:30 from 08:20, and 09:30 to 10:00")
}
