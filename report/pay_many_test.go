package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// Ten years of hourly turns: the cost grows with the number of shifts, not with its square (walking to each took a hundred seconds).
func TestPayOfManyShifts(t *testing.T) {
	from := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	w := report.Window{From: from, To: from.AddDate(10, 0, 0)}
	roll := report.Roll{Schedule: "p", Zone: time.UTC}
	for k, at := 0, from; at.Before(w.To); k, at = k+1, at.Add(time.Hour) {
		u := []watchbill.UserID{"ada", "ben"}[k%2]
		roll.Shifts = append(roll.Shifts, schedule.Shift{Start: at, End: at.Add(time.Hour), Users: []watchbill.UserID{u},
			Parts: []schedule.Part{{User: u, Layer: "w", Turn: k}}})
	}
	c := catalog.Catalog{Users: []catalog.User{{ID: "ada"}, {ID: "ben"}},
		Pay: catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "all", Hourly: 300}}}}
	r, err := report.Pay(report.PayInput{Window: w, Catalog: c, Rolls: []report.Roll{roll}})
	require.NoError(t, err)
	assert.Equal(t, int64(300*len(roll.Shifts)), r.Amount)
}
