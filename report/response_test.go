package report_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/timeline"
)

// monday is the day that most tests are about.
var monday = report.Window{From: clock("00:00:00"), To: clock("00:00:00").AddDate(0, 0, 1)}

// clock returns a time of that day; "" is none.
func clock(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateTime, "2026-01-12 "+text)
	if err != nil {
		panic(err)
	}
	return at
}

func shops() catalog.Catalog {
	return catalog.Catalog{
		Users:    []catalog.User{{ID: "ada", Name: "Ada", Zone: "Europe/Berlin"}, {ID: "ben"}},
		Teams:    []catalog.Team{{ID: "web", Name: "Web team"}, {ID: "data"}},
		Services: []catalog.Service{{ID: "shop", Name: "The shop", Team: "web"}, {ID: "db", Team: "data"}, {ID: "pay", Team: "web"}, {ID: "wiki"}},
	}
}

// newAlert has a source that resolves it, unless by says otherwise.
func newAlert(service watchbill.ServiceID, starts, created, acked, resolved string, by timeline.Actor) report.Alert {
	return report.Alert{
		Alert:          alert.Alert{Service: service, StartsAt: clock(starts), CreatedAt: clock(created), ResolvedAt: clock(resolved), ResolvedBy: by},
		AcknowledgedAt: clock(acked),
	}
}

// newIncident is one whose figures are those of package incident.
func newIncident(started, detected, declared, acked, resolved string, services ...watchbill.ServiceID) report.Incident {
	i := incident.Incident{DeclaredAt: clock(declared), DeclaredBy: timeline.Engine, DetectedAt: clock(detected), ResolvedAt: clock(resolved),
		Impact: incident.Impact{StartedAt: clock(started)}}
	for _, s := range services {
		i.Impact.Services = append(i.Impact.Services, incident.Affected{Service: s})
	}
	return report.Incident{Incident: i, Figures: i.Figures(clock(acked))}
}

func stats(t *testing.T, count int, texts ...string) report.Stats {
	t.Helper()
	var d [5]watchbill.Duration
	for i, text := range texts {
		require.NoError(t, d[i].UnmarshalText([]byte(text)))
	}
	return report.Stats{Count: count, Mean: d[0], P50: d[1], P90: d[2], P95: d[3], Max: d[4]}
}

// rowOf finds a row by what it counts and its ID; "" is all.
func rowOf(t *testing.T, r report.ResponseReport, of report.Of, id string) report.ResponseRow {
	t.Helper()
	i := slices.IndexFunc(r.Rows, func(row report.ResponseRow) bool { return row.Of == of && row.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	return r.Rows[i]
}

func TestResponseOfAlerts(t *testing.T) {
	r := report.Response(report.Input{Window: monday, Catalog: shops(), Alerts: []report.Alert{
		newAlert("shop", "09:58:30", "10:00:00", "10:02:00", "10:30:00", "source:prom"), // detect 90s, ack 2m, resolve 31m30s
		newAlert("shop", "", "11:00:00", "11:04:00", "11:20:00", "user:ada"),            // ack 4m, resolve 20m
		newAlert("shop", "11:59:30", "12:00:00", "", "", ""),                            // detect 30s
		newAlert("shop", "", "13:00:00", "13:10:00", "13:50:00", timeline.Engine),       // ack 10m; expired
		newAlert("pay", "14:00:05", "14:00:00", "", "14:05:00", "user:ben"),             // detect -5s: 0s; resolve 4m55s, from when it began
		newAlert("", "", "15:00:00", "", "15:01:00", "user:ben"),                        // for a person, say: resolve 1m
		newAlert("left", "", "16:00:00", "", "16:01:00", timeline.Engine),
		newAlert("gone", "", "16:00:00", "16:00:30", "", ""), // of a service that was configured once: ack 30s
	}})

	// acknowledge: 2m + 4m + 10m = 16m, / 3 = 5m20s; p50 is the 2nd of 3 (ceil 1.5), p90 the 3rd (ceil 2.7)
	// resolve: 31m30s + 20m = 51m30s, / 2 = 25m45s; p50 is the 1st of 2
	shop := rowOf(t, r, report.OfAlerts, "shop")
	assert.Equal(t, report.ResponseRow{
		Of: report.OfAlerts, Scope: report.ScopeService, ID: "shop", Name: "The shop", Count: 4, Open: 1, Expired: 1,
		Detect:      stats(t, 2, "1m", "30s", "90s", "90s", "90s"), // (90s + 30s) / 2
		Acknowledge: stats(t, 3, "5m20s", "4m", "10m", "10m", "10m"),
		Resolve:     stats(t, 2, "25m45s", "20m", "31m30s", "31m30s", "31m30s"),
	}, shop)

	// The team has the shop and pay: detect (90 + 30 + 0) / 3 = 40s; resolve (31m30s + 20m + 4m55s) / 3 = 56m25s / 3 = 18m48.333s
	web := rowOf(t, r, report.OfAlerts, "web")
	assert.Equal(t, report.ResponseRow{
		Of: report.OfAlerts, Scope: report.ScopeTeam, ID: "web", Name: "Web team", Count: 5, Open: 1, Expired: 1,
		Detect:      stats(t, 3, "40s", "30s", "90s", "90s", "90s"),
		Acknowledge: shop.Acknowledge,
		Resolve:     stats(t, 3, "18m48.333s", "20m", "31m30s", "31m30s", "31m30s"),
	}, web)

	// All: acknowledge 30s, 2m, 4m, 10m: 16m30s / 4 = 4m7.5s, p50 the 2nd; resolve also 1m: 57m25s / 4 = 14m21.25s, p50 the 2nd
	assert.Equal(t, report.ResponseRow{
		Of: report.OfAlerts, Scope: report.ScopeAll, Count: 8, Open: 2, Expired: 2,
		Detect:      web.Detect,
		Acknowledge: stats(t, 4, "4m7.5s", "2m", "10m", "10m", "10m"),
		Resolve:     stats(t, 4, "14m21.25s", "4m55s", "31m30s", "31m30s", "31m30s"),
	}, rowOf(t, r, report.OfAlerts, ""))

	assert.Equal(t, 1, rowOf(t, r, report.OfAlerts, "gone").Count)
	assert.Equal(t, report.ResponseRow{Of: report.OfAlerts, Scope: report.ScopeService, ID: "wiki", Name: "wiki"}, rowOf(t, r, report.OfAlerts, "wiki"))
	var order []string
	for _, row := range r.Rows {
		order = append(order, string(row.Of)+" "+row.ID)
	}
	assert.Equal(t, []string{"alerts ", "alerts web", "alerts data", "alerts shop", "alerts db", "alerts pay", "alerts wiki",
		"alerts gone", "alerts left",
		"incidents ", "incidents web", "incidents data", "incidents shop", "incidents db", "incidents pay", "incidents wiki"}, order)
}

func TestResponseOfIncidents(t *testing.T) {
	r := report.Response(report.Input{Window: monday, Catalog: shops(), Incidents: []report.Incident{
		newIncident("09:00:00", "09:10:00", "09:15:00", "09:12:00", "10:00:00", "shop", "pay", "db"), // detect 10m, ack 2m, resolve 60m
		newIncident("11:00:00", "11:00:00", "11:00:00", "", "", "pay"),                               // detect 0s: it counts
		newIncident("12:00:00", "12:01:00", "12:02:00", "12:02:00", "12:20:00"),                      // affects nothing
		newIncident("", "13:00:00", "13:00:00", "", "13:30:00", "shop", "shop"),                      // nobody knows since when
	}})
	web := rowOf(t, r, report.OfIncidents, "web")
	assert.Equal(t, report.ResponseRow{
		Of: report.OfIncidents, Scope: report.ScopeTeam, ID: "web", Name: "Web team", Count: 3, Open: 1, // once for two services
		Detect:      stats(t, 2, "5m", "0s", "10m", "10m", "10m"),
		Acknowledge: stats(t, 1, "2m", "2m", "2m", "2m", "2m"),
		Resolve:     stats(t, 1, "1h", "1h", "1h", "1h", "1h"),
	}, web)
	all := rowOf(t, r, report.OfIncidents, "")
	assert.Equal(t, 4, all.Count)
	assert.Equal(t, stats(t, 3, "3m40s", "1m", "10m", "10m", "10m"), all.Detect) // (10m + 0s + 1m) / 3
	assert.Equal(t, stats(t, 2, "40m", "20m", "1h", "1h", "1h"), all.Resolve)    // (60m + 20m) / 2
	counts := map[string]int{}
	for _, id := range []string{"data", "shop", "db", "pay", "wiki"} {
		counts[id] = rowOf(t, r, report.OfIncidents, id).Count
	}
	assert.Equal(t, map[string]int{"data": 1, "shop": 2, "db": 1, "pay": 2, "wiki": 0}, counts)
	assert.Zero(t, rowOf(t, r, report.OfAlerts, "").Count)
}

// What belongs to the window is decided by when it was made, half-open.
func TestResponseWindow(t *testing.T) {
	w := report.Window{From: clock("10:00:00"), To: clock("11:00:00")}
	in := report.Input{Window: w}
	for _, at := range []string{"09:59:59", "10:00:00", "10:59:59", "11:00:00"} {
		in.Alerts = append(in.Alerts, newAlert("shop", "10:30:00", at, "10:30:00", "10:30:00", "user:ada"))
		in.Incidents = append(in.Incidents, newIncident("10:30:00", "10:30:00", at, "10:30:00", "10:30:00"))
	}
	r := report.Response(in)
	assert.Equal(t, 2, rowOf(t, r, report.OfAlerts, "").Count)
	assert.Equal(t, 2, rowOf(t, r, report.OfIncidents, "").Count)
}

// Without a history, the alert's own acknowledgement is the only one known.
func TestResponseWithoutHistory(t *testing.T) {
	a := newAlert("shop", "", "10:00:00", "", "", "")
	a.Alert.AcknowledgedAt = clock("10:07:00")
	in := report.Input{Window: monday, Alerts: []report.Alert{a}}
	assert.Equal(t, stats(t, 1, "7m", "7m", "7m", "7m", "7m"), report.Response(in).Rows[0].Acknowledge)
	in.Alerts[0].AcknowledgedAt = clock("10:03:00")
	assert.Equal(t, stats(t, 1, "3m", "3m", "3m", "3m", "3m"), report.Response(in).Rows[0].Acknowledge)
}

// Times that are far too long do not overflow.
func TestResponseOfEndlessTimes(t *testing.T) {
	a := newAlert("", "", "10:00:00", "", "", "")
	a.StartsAt = time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC)
	s := report.Response(report.Input{Window: monday, Alerts: []report.Alert{a, a, a}}).Rows[0].Detect
	assert.Equal(t, s.Max, s.Mean)
	assert.Positive(t, s.Mean)
}

func TestResponseJSON(t *testing.T) {
	in := report.Input{Window: monday, Alerts: []report.Alert{newAlert("", "09:59:00", "10:00:00", "10:01:30", "", "")}}
	data, err := json.Marshal(report.Response(in))
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, "2026-01-12T00:00:00Z", got["from"])
	assert.Equal(t, "2026-01-13T00:00:00Z", got["to"])
	assert.Len(t, got, 4)
	for _, key := range []string{"count", "open", "expired", "mttd", "mtta", "mttr", "percentiles"} {
		assert.NotEmpty(t, got["definitions"].(map[string]any)[key], key)
	}
	none := map[string]any{"count": 0.0, "mean": "0s", "p50": "0s", "p90": "0s", "p95": "0s", "max": "0s"}
	assert.Equal(t, map[string]any{
		"of": "alerts", "scope": "all", "id": "", "name": "", "count": 1.0, "open": 1.0, "expired": 0.0,
		"mttd": map[string]any{"count": 1.0, "mean": "1m0s", "p50": "1m0s", "p90": "1m0s", "p95": "1m0s", "max": "1m0s"},
		"mtta": map[string]any{"count": 1.0, "mean": "1m30s", "p50": "1m30s", "p90": "1m30s", "p95": "1m30s", "max": "1m30s"},
		"mttr": none,
	}, got["rows"].([]any)[0])
	var back report.ResponseReport
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, report.Response(in), back)
}

// TestResponseByBruteForce compares random reports with the definitions, word by word, and shuffles what they are made of.
func TestResponseByBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sometime := func() time.Time { // within the day or the one after; in one of five cases never
		if random.IntN(5) == 0 {
			return time.Time{}
		}
		return monday.From.Add(time.Duration(random.IntN(2*86400_000)) * time.Millisecond)
	}
	services := []watchbill.ServiceID{"shop", "db", "pay", "wiki", "gone", "left", ""}
	for range 200 {
		in := report.Input{Window: monday, Catalog: shops()}
		for range random.IntN(60) {
			a := report.Alert{Alert: alert.Alert{Service: services[random.IntN(len(services))], StartsAt: sometime(),
				CreatedAt: sometime(), ResolvedAt: sometime(), ResolvedBy: "user:ada"}, AcknowledgedAt: sometime()}
			if random.IntN(4) == 0 {
				a.ResolvedBy = timeline.Engine
			}
			in.Alerts = append(in.Alerts, a)
		}
		r := report.Response(in)
		for _, row := range r.Rows {
			if row.Of == report.OfAlerts {
				require.Equal(t, bruteForce(in, row), row)
			}
		}
		random.Shuffle(len(in.Alerts), func(i, j int) { in.Alerts[i], in.Alerts[j] = in.Alerts[j], in.Alerts[i] })
		require.Equal(t, r, report.Response(in))
	}
}

// bruteForce fills a row anew.
func bruteForce(in report.Input, row report.ResponseRow) report.ResponseRow {
	row.Count, row.Open, row.Expired = 0, 0, 0
	var detect, acknowledge, resolve []time.Duration
	between := func(list *[]time.Duration, from, to time.Time) {
		if !from.IsZero() && !to.IsZero() {
			*list = append(*list, max(to.Sub(from), 0))
		}
	}
	team := map[watchbill.ServiceID]string{"shop": "web", "pay": "web", "db": "data"}
	for _, a := range in.Alerts {
		mine := row.Scope == report.ScopeAll || row.Scope == report.ScopeService && row.ID == string(a.Service) ||
			row.Scope == report.ScopeTeam && row.ID == team[a.Service]
		if !mine || a.CreatedAt.Before(in.Window.From) || !a.CreatedAt.Before(in.Window.To) {
			continue
		}
		row.Count++
		between(&detect, a.StartsAt, a.CreatedAt)
		between(&acknowledge, a.CreatedAt, a.AcknowledgedAt)
		if a.ResolvedAt.IsZero() {
			row.Open++
		} else if a.ResolvedBy == timeline.Engine {
			row.Expired++
		} else if a.StartsAt.IsZero() {
			between(&resolve, a.CreatedAt, a.ResolvedAt)
		} else {
			between(&resolve, a.StartsAt, a.ResolvedAt)
		}
	}
	row.Detect, row.Acknowledge, row.Resolve = naive(detect), naive(acknowledge), naive(resolve)
	return row
}

// naive takes the definition of nearest rank by its words. Its times are whole milliseconds, and few.
func naive(list []time.Duration) report.Stats {
	if len(list) == 0 {
		return report.Stats{}
	}
	percentile := func(p int) watchbill.Duration {
		best := slices.Max(list)
		for _, v := range list {
			notAbove := 0
			for _, other := range list {
				if other <= v {
					notAbove++
				}
			}
			if notAbove*100 >= p*len(list) {
				best = min(best, v)
			}
		}
		return watchbill.Duration(best)
	}
	var sum time.Duration
	for _, v := range list {
		sum += v
	}
	mean := (sum / time.Duration(len(list))).Round(time.Millisecond)
	return report.Stats{Count: len(list), Mean: watchbill.Duration(mean), P50: percentile(50), P90: percentile(90),
		P95: percentile(95), Max: watchbill.Duration(slices.Max(list))}
}
