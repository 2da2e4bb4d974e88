package report_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
)

func TestLoad(t *testing.T) {
	high, low := watchbill.UrgencyHigh, watchbill.UrgencyLow
	paged := func(user watchbill.UserID, at string, u watchbill.Urgency) report.Page {
		return report.Page{User: user, At: clock(at), Urgency: u}
	}
	first := newAlert("shop", "", "07:00:00", "", "", "")
	first.Pages = []report.Page{
		paged("ada", "07:59:59", high), // 08:59:59 in Berlin: out of hours
		paged("ada", "08:00:00", high),
		paged("ben", "08:00:00", low),  // in UTC: out of hours
		paged("ada", "23:30:00", high), // half past midnight in Berlin: out of hours, and another day
		paged("eve", "12:00:00", low),  // has left; in UTC
	}
	first.Alert.AcknowledgedAt, first.AcknowledgedBy = clock("08:05:00"), "ben"
	yesterday := newAlert("shop", "", "00:00:00", "", "", "")
	yesterday.CreatedAt = monday.From.AddDate(0, 0, -1)
	yesterday.Pages = []report.Page{
		{User: "ben", At: monday.From.Add(-1)}, // before the window
		{User: "ben", At: monday.From},         // in it, though its alert was not made in it
		{User: "ben", At: monday.To},           // after it
	}
	yesterday.Alert.AcknowledgedAt, yesterday.AcknowledgedBy = monday.To, "ben" // after it too
	c := shops()
	c.Users = append(c.Users, catalog.User{ID: "cem", Name: "Cem", Zone: "No/Where"})

	r := report.Load(report.Input{Window: monday, Catalog: c, Alerts: []report.Alert{yesterday, first}})
	assert.Equal(t, []report.LoadRow{
		{ID: "ada", Name: "Ada", Zone: "Europe/Berlin", Pages: 3, High: 3, OutOfHours: 2, Days: 2},
		{ID: "ben", Name: "ben", Zone: "UTC", Pages: 2, High: 1, Low: 1, OutOfHours: 2, Days: 1, Acknowledged: 1},
		{ID: "eve", Name: "eve", Zone: "UTC", Pages: 1, Low: 1, Days: 1},
		{ID: "cem", Name: "Cem", Zone: "UTC"},
	}, r.Rows)
	assert.Equal(t, monday, r.Window)
}

// A day on which the clock shows an hour again is one day, also where it is set back to the day before: Sao Paulo's from
// midnight to 23:00, on 18 February 2018 at 02:00 UTC.
func TestLoadDays(t *testing.T) {
	for _, c := range []struct {
		zone  string
		pages []string
		want  int
	}{
		{"America/New_York", []string{"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"}, 1},                            // 01:30 twice
		{"America/New_York", []string{"2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z"}, 2},                            // about midnight
		{"America/Sao_Paulo", []string{"2018-02-18T01:59:59Z", "2018-02-18T02:30:00Z"}, 1},                           // 23:59 and 23:30
		{"America/Sao_Paulo", []string{"2018-02-18T01:59:59Z", "2018-02-18T03:00:00Z"}, 2},                           // 23:59 and 00:00
		{"Asia/Kolkata", []string{"2026-01-12T18:29:59Z", "2026-01-12T18:30:00Z", "2026-01-13T18:00:00Z"}, 2},        // its midnight
		{"Australia/Lord_Howe", []string{"2026-04-04T12:59:59Z", "2026-04-04T13:00:00Z", "2026-04-05T13:29:59Z"}, 2}, // 5 April has 24.5 hours
	} {
		a := report.Alert{}
		for _, text := range c.pages {
			at, err := time.Parse(time.RFC3339, text)
			require.NoError(t, err)
			a.Pages = append(a.Pages, report.Page{User: "ada", At: at})
		}
		r := report.Load(report.Input{Window: report.Window{To: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)},
			Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: c.zone}}}, Alerts: []report.Alert{a}})
		assert.Equal(t, c.want, r.Rows[0].Days, "%v", c)
	}
}

func TestLoadJSON(t *testing.T) {
	data, err := json.Marshal(report.Load(report.Input{Window: monday}))
	require.NoError(t, err)
	assert.Contains(t, string(data), `{"from":"2026-01-12T00:00:00Z","to":"2026-01-13T00:00:00Z","hours":"mon-fri 09:00-17:00","definitions":{`)
	assert.Contains(t, string(data), `"rows":[]}`)

	in := report.Input{Window: monday, Hours: hours(t, "sat 10:00-14:00"), Catalog: shops()}
	data, err = json.Marshal(report.Load(in))
	require.NoError(t, err)
	assert.Contains(t, string(data), `"rows":[{"id":"ada","name":"Ada","timezone":"Europe/Berlin","pages":0,"high":0,"low":0,`+
		`"out_of_hours":0,"days":0,"acknowledged":0},`)
	var back report.LoadReport
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, report.Load(in), back)
}

// No page is lost or counted twice, in whatever order the alerts come.
func TestLoadOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		in := report.Input{Window: monday, Catalog: shops()}
		want, total := map[watchbill.UserID]int{}, 0
		for range random.IntN(40) {
			a := report.Alert{Alert: alert.Alert{CreatedAt: monday.From}}
			for range random.IntN(6) {
				p := report.Page{User: watchbill.UserID([]string{"ada", "ben", "eve"}[random.IntN(3)]), Urgency: watchbill.Urgency(random.IntN(2)),
					At: monday.From.Add(time.Duration(random.IntN(72)-24) * time.Hour)}
				a.Pages = append(a.Pages, p)
				if !p.At.Before(monday.From) && p.At.Before(monday.To) {
					want[p.User]++
					total++
				}
			}
			in.Alerts = append(in.Alerts, a)
		}
		r := report.Load(in)
		for i, row := range r.Rows {
			require.Equal(t, want[row.ID], row.Pages)
			require.Equal(t, row.Pages, row.High+row.Low)
			require.LessOrEqual(t, row.OutOfHours, row.Pages)
			require.Equal(t, row.Pages > 0, row.Days > 0)
			require.True(t, i == 0 || r.Rows[i-1].Pages >= row.Pages)
			total -= row.Pages
		}
		require.Zero(t, total)
		random.Shuffle(len(in.Alerts), func(i, j int) { in.Alerts[i], in.Alerts[j] = in.Alerts[j], in.Alerts[i] })
		require.Equal(t, r, report.Load(in))
	}
}

// busy is 10,000 alerts with five pages each, for 100 people and 50 services.
func busy() report.Input {
	in := report.Input{Window: report.Window{From: monday.From, To: monday.From.AddDate(0, 1, 0)}}
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", ""}
	for i := range 100 {
		in.Catalog.Users = append(in.Catalog.Users, catalog.User{ID: watchbill.UserID(fmt.Sprint("u", i)), Zone: zones[i%len(zones)]})
	}
	for i := range 50 {
		in.Catalog.Services = append(in.Catalog.Services, catalog.Service{ID: watchbill.ServiceID(fmt.Sprint("s", i)), Team: "web"})
	}
	in.Catalog.Teams = []catalog.Team{{ID: "web"}}
	for i := range 10_000 {
		at := monday.From.Add(time.Duration(i) * 4 * time.Minute)
		a := report.Alert{Alert: alert.Alert{Service: in.Catalog.Services[i%50].ID, StartsAt: at.Add(-time.Minute), CreatedAt: at,
			ResolvedAt: at.Add(time.Duration(i%97) * time.Minute), ResolvedBy: "user:u1"}, AcknowledgedAt: at.Add(time.Duration(i%31) * time.Minute)}
		for k := range 5 {
			a.Pages = append(a.Pages, report.Page{User: in.Catalog.Users[(i+k*7)%100].ID, At: at.Add(time.Duration(k) * time.Minute)})
		}
		in.Alerts = append(in.Alerts, a)
	}
	return in
}

func BenchmarkResponse(b *testing.B) {
	in := busy()
	for b.Loop() {
		report.Response(in)
	}
}

func BenchmarkLoad(b *testing.B) {
	in := busy()
	for b.Loop() {
		report.Load(in)
	}
}
