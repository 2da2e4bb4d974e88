package report_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

func moment(t testing.TB, text string) (m calendar.Moment) {
	t.Helper()
	require.NoError(t, m.UnmarshalText([]byte(text)))
	return m
}

// window is civil time in a zone.
func window(t testing.TB, zone, from, to string) report.Window {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return report.Window{From: moment(t, from).In(loc), To: moment(t, to).In(loc)}
}

// weekly is a rotation of these people, from Monday 5 January 2026, 09:00.
func weekly(t testing.TB, id watchbill.ScheduleID, zone string, users ...watchbill.UserID) schedule.Spec {
	return schedule.Spec{ID: id, Timezone: zone, Layers: []schedule.Layer{{ID: "week", Users: users,
		Start: moment(t, "2026-01-05T09:00"), Rotation: schedule.Rotation{Unit: calendar.Week}}}}
}

func call(t testing.TB, w report.Window, c catalog.Catalog, specs ...schedule.Spec) (all []report.Roll) {
	t.Helper()
	for _, spec := range specs {
		s, err := schedule.New(spec)
		require.NoError(t, err)
		all = append(all, report.Call(report.Plan{Spec: spec, Schedule: s, Specs: specs, Catalog: c}, w))
	}
	return all
}

func people(zone string, ids ...watchbill.UserID) (c catalog.Catalog) {
	for _, id := range ids {
		c.Users = append(c.Users, catalog.User{ID: id, Zone: zone})
	}
	return c
}

func duration(t testing.TB, text string) watchbill.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return watchbill.Duration(d)
}

func fairness(t testing.TB, in report.FairnessInput) (report.FairnessReport, map[watchbill.UserID]report.FairnessRow) {
	t.Helper()
	r, err := report.Fairness(in)
	require.NoError(t, err)
	rows := map[watchbill.UserID]report.FairnessRow{}
	var load, fair, difference, balance, carried watchbill.Duration
	for _, row := range r.Rows {
		rows[row.ID] = row
		load, fair, carried = load+row.Load, fair+row.Fair, carried+row.Carried
		difference, balance = difference+row.Difference, balance+row.Balance
		require.Equal(t, row.Load-row.Fair, row.Difference)
	}
	require.Equal(t, r.Load, load)
	require.Equal(t, load, fair, "what is fair adds up to what there is, to the nanosecond")
	require.Zero(t, difference)
	require.Equal(t, carried, balance, "nothing is lost from one ledger to the next")
	return r, rows
}

// A night of 22:00 to 06:00 is 7 real hours long when clocks go forward, and 9 when they go back.
func TestWeighNightsOfClockChanges(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for date, hours := range map[string]string{"2026-03-28": "7h", "2026-10-24": "9h", "2026-06-10": "8h"} {
		from := moment(t, date+"T20:00").In(berlin)
		to := moment(t, date+"T10:00").In(berlin).AddDate(0, 0, 1)
		b := report.Weigh([]schedule.Interval{{Start: from, End: to}}, berlin, nil, catalog.DefaultWeights())
		assert.Equal(t, duration(t, hours), b.Night, date)
		assert.Equal(t, watchbill.Duration(to.Sub(from)), b.Hours, date)
	}
}

func TestWeighByHand(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	holidays := []schedule.Holidays{{ID: "de", Days: []schedule.Holiday{{Date: calendar.NewCivil(2026, 5, 1, 0, 0, 0)}}}}
	// Thursday 30 April 2026 18:00 to Sunday 3 May 12:00: 66 h; nights 3 * 8 h; Saturday and half of Sunday 36 h; Friday 24 h
	on := []schedule.Interval{{Start: moment(t, "2026-04-30T18:00").In(berlin), End: moment(t, "2026-05-03T12:00").In(berlin)}}
	want := report.Burden{Hours: duration(t, "66h"), Night: duration(t, "24h"), Weekend: duration(t, "36h"), Holiday: duration(t, "24h"),
		Load: duration(t, "132h")} // 66 + 24 + 18 + 24
	assert.Equal(t, want, report.Weigh(on, berlin, holidays, catalog.DefaultWeights()))
	assert.Equal(t, want, report.Weigh(append(on, on...), berlin, holidays, catalog.DefaultWeights()), "what overlaps counts once")

	kolkata, err := time.LoadLocation("Asia/Kolkata") // 3.5 h ahead: 21:30 to 15:30, where the weekend is 2 h + 24 h + 15.5 h - 2 h
	require.NoError(t, err)
	b := report.Weigh(on, kolkata, nil, catalog.DefaultWeights())
	assert.Equal(t, duration(t, "39h30m"), b.Weekend)
	assert.Equal(t, duration(t, "24h"), b.Night)
}

func TestFairness(t *testing.T) {
	w := window(t, "Europe/Berlin", "2026-06-01T09:00", "2026-06-22T09:00") // three weeks: ben (turn 21 of 2), ada, ben
	c := people("Europe/Berlin", "ada", "ben", "cem")
	r, rows := fairness(t, report.FairnessInput{Window: w, Catalog: c, Rolls: call(t, w, c, weekly(t, "primary", "Europe/Berlin", "ada", "ben"))})
	// a week: 168 h, 7 nights of 8 h, 48 h of weekend: 168 + 56 + 24 = 248 h
	assert.Equal(t, duration(t, "744h"), r.Load)
	assert.Equal(t, duration(t, "496h"), rows["ben"].Load)
	assert.Equal(t, duration(t, "372h"), rows["ada"].Fair)
	assert.Equal(t, duration(t, "124h"), r.Misplaced)
	assert.Equal(t, "83.33", r.Score.String(), "100 * (1 - 124 / 744)")
	assert.Equal(t, "66.66", rows["ben"].Share.String())
	assert.NotContains(t, rows, watchbill.UserID("cem"), "is in no layer")
	assert.Equal(t, watchbill.UserID("ben"), r.Rows[0].ID, "who has too much comes first")
	assert.False(t, r.PagesKnown)
}

// Who is away is expected to bear less, who lacks a qualification nothing.
func TestFairnessOfThePresentAndQualified(t *testing.T) {
	w := window(t, "UTC", "2026-06-01T09:00", "2026-06-29T09:00")
	c := people("UTC", "ada", "ben", "cem")
	c.Users[0].Absences = []catalog.Absence{{From: moment(t, "2026-06-08T09:00"), To: moment(t, "2026-06-22T09:00")}}
	c.Users[0].Qualifications, c.Users[1].Qualifications = []string{"db"}, []string{"db", "net"}
	spec := weekly(t, "primary", "UTC", "ada", "ben", "cem")
	s, err := schedule.New(spec)
	require.NoError(t, err)
	roll := report.Call(report.Plan{Spec: spec, Schedule: s, Catalog: c, Needs: []string{"db"}}, w)
	r, rows := fairness(t, report.FairnessInput{Window: w, Catalog: c, Rolls: []report.Roll{roll}})
	assert.Equal(t, duration(t, "336h"), rows["ada"].Present)
	assert.Equal(t, duration(t, "672h"), rows["ben"].Present)
	assert.InDelta(t, float64(r.Load)/3, float64(rows["ada"].Fair), 1, "one part of three")
	assert.Zero(t, rows["cem"].Fair)
	assert.Equal(t, rows["cem"].Load, rows["cem"].Difference)
}

func TestFairnessOfOverlappingDuties(t *testing.T) {
	w := window(t, "UTC", "2026-06-01T09:00", "2026-06-08T09:00")
	c := people("UTC", "ada", "ben")
	rolls := call(t, w, c, weekly(t, "a", "UTC", "ada"), weekly(t, "b", "UTC", "ada"), weekly(t, "c", "UTC", "ben"))
	_, rows := fairness(t, report.FairnessInput{Window: w, Catalog: c, Rolls: rolls})
	assert.Equal(t, duration(t, "168h"), rows["ada"].Hours, "a union, no sum")
	assert.Equal(t, rows["ben"].Load, rows["ada"].Load)
}

// Pages weigh while on call; the first of a night breaks it; others are told apart.
func TestFairnessOfPages(t *testing.T) {
	w := window(t, "Europe/Berlin", "2026-06-08T09:00", "2026-06-15T09:00") // of ada
	c := people("Europe/Berlin", "ada", "ben")
	rolls := call(t, w, c, weekly(t, "primary", "Europe/Berlin", "ben", "ada"))
	_, before := fairness(t, report.FairnessInput{Window: w, Catalog: c, Rolls: rolls})
	berlin := w.From.Location()
	page := func(user watchbill.UserID, at string) report.Page {
		return report.Page{User: user, At: moment(t, at).In(berlin)}
	}
	who := rolls[0].Shifts[len(rolls[0].Shifts)-1].Users[0]
	other := map[watchbill.UserID]watchbill.UserID{"ada": "ben", "ben": "ada"}[who]
	r, rows := fairness(t, report.FairnessInput{Window: w, Catalog: c, Rolls: rolls, Pages: []report.Page{
		page(who, "2026-06-10T03:00"), page(who, "2026-06-09T23:30"), // one night
		page(who, "2026-06-11T05:59"), page(who, "2026-06-11T06:00"), // another, and the day
		page(other, "2026-06-10T03:00"),                              // was not on call
		page(who, "2026-06-15T09:00"), page(who, "2026-06-01T03:00"), // outside of the window
	}})
	assert.Equal(t, 4, rows[who].Pages)
	assert.Equal(t, 2, rows[who].Broken)
	assert.Equal(t, before[who].Load+duration(t, "5h"), rows[who].Load, "4 * 15 min + 2 * 2 h")
	assert.Equal(t, 1, r.Elsewhere)
	assert.True(t, r.PagesKnown)
}

// Two months told one after the other, with a ledger between them, end where both together end.
func TestLedgerCarriesOver(t *testing.T) {
	c := people("Europe/Berlin", "ada", "ben", "cem")
	spec := weekly(t, "primary", "Europe/Berlin", "ada", "ben", "cem")
	may := window(t, "Europe/Berlin", "2026-05-01", "2026-06-01")
	june := window(t, "Europe/Berlin", "2026-06-01", "2026-07-01")
	first, _ := fairness(t, report.FairnessInput{Window: may, Catalog: c, Rolls: call(t, may, c, spec)})
	data, err := json.Marshal(first)
	require.NoError(t, err)
	ledger, err := report.ParseLedger(data)
	require.NoError(t, err)
	assert.Equal(t, first.Ledger().Balances, ledger.Balances)

	c.Users = c.Users[:2] // cem has left; the balance has not
	second, rows := fairness(t, report.FairnessInput{Window: june, Catalog: c, Rolls: call(t, june, c, spec), Carried: &ledger})
	for id, row := range rows {
		assert.Equal(t, time.Duration(row.Carried), ledger.Balances[id])
	}
	assert.Contains(t, rows, watchbill.UserID("cem"))
	assert.NotEmpty(t, second.CSV())

	_, err = report.Fairness(report.FairnessInput{Window: may, Catalog: c, Carried: &ledger})
	assert.ErrorContains(t, err, "may count twice")
	_, err = report.Fairness(report.FairnessInput{Window: report.Window{From: may.To, To: may.From}})
	assert.ErrorContains(t, err, "the window must end after it begins")
}

func TestFairnessOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", ""}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 60 {
		c := people("", "a", "b", "c", "d")
		for i := range c.Users {
			c.Users[i].Zone = zones[random.IntN(len(zones))]
			from := start.Add(time.Duration(random.IntN(8000)) * time.Hour)
			c.Users[i].Absences = []catalog.Absence{{From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Duration(random.IntN(3000)) * time.Hour))}}
		}
		from := start.Add(time.Duration(random.IntN(8000)) * time.Hour)
		w := report.Window{From: from, To: from.Add(time.Duration(1+random.IntN(3000)) * time.Hour)}
		in := report.FairnessInput{Window: w, Catalog: c, Carried: &report.Ledger{To: from, Balances: map[watchbill.UserID]time.Duration{"a": 7, "x": -7}}}
		in.Rolls = call(t, w, c, weekly(t, "p", "Europe/Berlin", "a", "b"), weekly(t, "s", "America/New_York", "b", "c", "d", "a"))
		for range random.IntN(50) {
			in.Pages = append(in.Pages, report.Page{User: c.Users[random.IntN(4)].ID, At: from.Add(time.Duration(random.IntN(3000)) * time.Hour)})
		}
		r, _ := fairness(t, in)
		random.Shuffle(len(in.Pages), func(i, j int) { in.Pages[i], in.Pages[j] = in.Pages[j], in.Pages[i] })
		again, _ := fairness(t, in)
		require.Equal(t, r, again)
	}
}

func TestLedgersThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		`{`:           "unexpected EOF",
		`{"rows":[]}`: `it has no "to"`,
		`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"ada"}]}`:                                            "rows[0] has no id or no balance",
		`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"ada","balance":"1h"},{"id":"ada","balance":"1h"}]}`: `"ada" is there twice`,
		`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"ada","balance":"2000000h"}]}`:                       "more than a century",
		`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"ada","balance":5}]}`:                                "cannot unmarshal",
	} {
		_, err := report.ParseLedger([]byte(text))
		assert.ErrorContains(t, err, want, text)
	}
}

func FuzzParseLedger(f *testing.F) {
	f.Add([]byte(`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"ada","balance":"-12h30m"}]}`))
	f.Add([]byte(`{"to":"2026-01-01T00:00:00Z","rows":[{"id":"a","balance":"876000h"},{"id":"b","balance":"-876000h"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := report.ParseLedger(data)
		if err != nil {
			return
		}
		w := report.Window{From: l.To, To: l.To.Add(24 * time.Hour)}
		c := people("UTC", "ada")
		if w.From.Year() < 1950 || w.To.Year() > 2150 {
			return // schedules answer for fewer years than there are
		}
		r, err := report.Fairness(report.FairnessInput{Window: w, Catalog: c, Carried: &l})
		require.NoError(t, err)
		again, err := json.Marshal(r)
		require.NoError(t, err)
		back, err := report.ParseLedger(again)
		require.NoError(t, err)
		for id, balance := range l.Balances {
			require.Equal(t, balance, back.Balances[id])
		}
	})
}
