package schedule_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// whole makes a schedule in Europe/Berlin from the rest of its JSON.
func whole(t testing.TB, rest string, included ...*schedule.Schedule) *schedule.Schedule {
	t.Helper()
	var spec schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(`{"id":"s","timezone":"Europe/Berlin",`+rest+`}`), &spec))
	s, err := schedule.New(spec, included...)
	require.NoError(t, err)
	return s
}

// between lists shifts between two civil times in the schedule's zone.
func between(t testing.TB, s *schedule.Schedule, from, to string) []string {
	t.Helper()
	return brief(s.Shifts(moment(from).In(s.Zone()), moment(to).In(s.Zone())))
}

func TestUnionKeepsEverybody(t *testing.T) {
	s := whole(t, `"combine":"union","layers":[`+week+","+office+`],"overrides":[
		{"id":"both","from":"2026-01-13T10:00","to":"2026-01-13T12:00","user":"eve"},
		{"id":"one","from":"2026-01-13T14:00","to":"2026-01-13T15:00","user":"ben","replaces":"dot"}]`)
	assert.Equal(t, []string{
		"13 08:00 - 13 09:00 ben week 1",
		"13 09:00 - 13 10:00 ben week 1 dot office 1",
		"13 10:00 - 13 12:00 eve by both",
		"13 12:00 - 13 14:00 ben week 1 dot office 1",
		"13 14:00 - 13 15:00 ben week 1 ben office 1 by one",
		"13 15:00 - 13 17:00 ben week 1 dot office 1",
		"13 17:00 - 13 18:00 ben week 1",
	}, between(t, s, "2026-01-13T08:00", "2026-01-13T18:00"))
	a := s.OnCall(instant(t, "2026-01-13T14:30:00+01:00"))
	assert.Equal(t, []watchbill.UserID{"ben"}, a.Users, "two parts, one user")
	assert.Len(t, a.Parts, 2)
}

func TestAddAndRemove(t *testing.T) {
	override := func(id, rest string) string {
		return `{"id":"` + id + `","from":"2026-01-13","to":"2026-01-14",` + rest + `}`
	}
	for name, test := range map[string]struct {
		overrides []string
		want      string
	}{
		"adds":                            {[]string{override("o", `"add":"dot"`)}, "ben week 1 dot by o"},
		"who is on call already":          {[]string{override("o", `"add":"ben"`)}, "ben week 1"},
		"removes":                         {[]string{override("o", `"remove":"ben"`)}, ""},
		"nobody to remove":                {[]string{override("o", `"remove":"dot"`)}, "ben week 1"},
		"what was removed has no heir":    {[]string{override("o", `"remove":"ben"`), override("p", `"user":"dot","replaces":"ben"`)}, ""},
		"removed and back":                {[]string{override("o", `"remove":"ben"`), override("p", `"add":"ben"`)}, "ben by p"},
		"removes what an override gave":   {[]string{override("o", `"user":"dot","replaces":"ben"`), override("p", `"remove":"dot"`)}, ""},
		"replaced, so not removed":        {[]string{override("o", `"user":"dot","replaces":"ben"`), override("p", `"remove":"ben"`)}, "dot week 1 by o"},
		"replaces whom another added":     {[]string{override("o", `"add":"dot"`), override("p", `"user":"eve","replaces":"dot"`)}, "ben week 1 eve by p"},
		"the layers never gave it to dot": {[]string{override("o", `"add":"dot"`), override("p", `"user":"eve","replaces":"dot"`), override("q", `"user":"fay","replaces":"dot"`)}, "ben week 1 eve by p"},
		"a takeover ends what was added":  {[]string{override("o", `"add":"dot"`), override("p", `"user":"eve"`)}, "eve by p"},
		"added to a takeover":             {[]string{override("o", `"user":"eve"`), override("p", `"add":"dot"`)}, "eve by o dot by p"},
		"a takeover of two given on": {[]string{override("o", `"add":"dot"`), override("p", `"user":"eve"`), override("q", `"user":"fay","replaces":"ben"`)},
			"fay by q"},
	} {
		got := between(t, parse(t, week, strings.Join(test.overrides, ",")), "2026-01-13", "2026-01-14")
		if test.want == "" {
			assert.Empty(t, got, name)
			continue
		}
		assert.Equal(t, []string{"13 00:00 - 14 00:00 " + test.want}, got, name)
	}
}

func TestSeats(t *testing.T) {
	layer := `"start":"2026-01-05","rotation":{"unit":"day"},"seats":2}`
	for name, test := range map[string]struct {
		users string
		want  []string
	}{
		"even": {`"ada","ben","cem","dot"`, []string{"05 ada 0 ben 0", "06 cem 1 dot 1", "07 ada 2 ben 2"}},
		"odd":  {`"ada","ben","cem"`, []string{"05 ada 0 ben 0", "06 cem 1 ada 1", "07 ben 2 cem 2"}},
		"one":  {`"ada"`, []string{"05 ada 0", "06 ada 1", "07 ada 2"}},
		"unassigned": {`"ada","~","~","~","ben","cem"`,
			[]string{"05 ada 0", "07 ben 2 cem 2"}},
		"twice": {`"ada","ada","ben","ada"`, []string{"05 ada 0", "06 ben 1 ada 1", "07 ada 2"}},
	} {
		s := whole(t, `"layers":[{"id":"l","users":[`+test.users+`],`+layer+`]`)
		var got []string
		for _, shift := range s.Shifts(moment("2026-01-05").In(s.Zone()), moment("2026-01-08").In(s.Zone())) {
			line := shift.Start.Format("02")
			for _, p := range shift.Parts {
				line += " " + string(p.User) + " " + string(rune('0'+p.Turn))
			}
			got = append(got, line)
		}
		assert.Equal(t, test.want, got, name)
	}
	s := whole(t, `"layers":[`+week+`,{"id":"l","users":["eve","~","~","~"],`+layer+`]`)
	assert.Equal(t, []string{"05 09:00 - 06 00:00 eve l 0", "06 00:00 - 07 00:00 ada week 0", "07 00:00 - 07 12:00 eve l 2"},
		between(t, s, "2026-01-05T09:00", "2026-01-07T12:00"), "one seat filled hides the layer below")
	same := whole(t, `"layers":[{"id":"l","users":["ada","ben","ben","ada","cem"],`+layer+`]`)
	assert.Equal(t, "2026-01-07T00:00:00+01:00", same.OnCall(instant(t, "2026-01-05T12:00:00Z")).Until.Format(time.RFC3339),
		"other seats are no other people")
}

func TestLengths(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05T09:00","rotation":{"lengths":["2d","5d"]}}]`)
	assert.Equal(t, []string{
		"05 09:00 - 07 09:00 ada l 0", "07 09:00 - 12 09:00 ben l 1", "12 09:00 - 14 09:00 cem l 2",
		"14 09:00 - 19 09:00 ada l 3",
	}, between(t, s, "2026-01-05", "2026-01-19T09:00"))
	late := s.OnCall(instant(t, "2126-01-07T09:30:00+01:00"))
	assert.Equal(t, "l", string(late.Parts[0].Layer))
	days := int(moment("2126-01-07").In(time.UTC).Sub(moment("2026-01-05").In(time.UTC)) / (24 * time.Hour))
	turn := days / 7 * 2
	if days%7 >= 2 {
		turn++
	}
	assert.Equal(t, turn, late.Parts[0].Turn)
}

func TestShiftsPlacedByHand(t *testing.T) {
	s := whole(t, `"layers":[`+always+`,{"id":"plan","shifts":[
		{"from":"2026-02-02T10:00","to":"2026-02-02T14:00","users":["ben","cem"]},
		{"from":"2026-02-02T12:00","to":"2026-02-02T16:00","users":["dot"]},
		{"from":"2026-02-02T18:00","to":"2026-02-02T19:00","users":["~"]}]}]`)
	assert.Equal(t, []string{
		"02 09:00 - 02 10:00 ada always 4",
		"02 10:00 - 02 12:00 ben plan 0 cem plan 0",
		"02 12:00 - 02 14:00 ben plan 0 cem plan 0 dot plan 1",
		"02 14:00 - 02 16:00 dot plan 1",
		"02 16:00 - 02 20:00 ada always 4",
	}, between(t, s, "2026-02-02T09:00", "2026-02-02T20:00"))
	assert.Equal(t, []string{"dot: layer plan, shift 1 (2026-02-02 12:00 to 2026-02-02 16:00 Europe/Berlin)"},
		s.OnCall(instant(t, "2026-02-02T15:00:00+01:00")).Why())
	cut := whole(t, `"layers":[{"id":"plan","start":"2026-02-02T11:00","end":"2026-02-02T13:00","coverage":[
		{"days":["mon"],"from":"11:30","to":"12:30"}],"shifts":[{"from":"2026-02-02","to":"2026-02-03","users":["ben"]}]}]`)
	assert.Equal(t, []string{"02 11:30 - 02 12:30 ben plan 0"}, between(t, cut, "2026-02-01", "2026-02-04"))
}

func TestSitesFollowTheSun(t *testing.T) {
	sites := `"sites":[
		{"id":"eu","timezone":"Europe/Berlin","from":"09:00","users":["ada","ben"],"start":"2026-03-02","rotation":{"unit":"week"}},
		{"id":"us","timezone":"America/New_York","from":"09:00","users":["cem"],"start":"2026-03-02","rotation":{"unit":"week"}}]`
	s := whole(t, sites)
	assert.Equal(t, []string{ // clocks change on the 8th in New York and on the 29th in Berlin
		"06 09:00 - 06 15:00 ada eu 0", "06 15:00 - 07 09:00 cem us 0", "07 09:00 - 07 15:00 ada eu 0",
		"07 15:00 - 08 09:00 cem us 0", "08 09:00 - 08 14:00 ada eu 0", "08 14:00 - 09 05:00 cem us 0",
		"09 05:00 - 09 09:00 cem us 1", "09 09:00 - 09 14:00 ben eu 1",
	}, between(t, s, "2026-03-06T09:00", "2026-03-09T14:00"))
	assert.Equal(t, "2026-03-02T09:00:00+01:00", s.OnCall(instant(t, "2026-03-01T00:00:00Z")).Until.Format(time.RFC3339),
		"before any take-over nobody")
	from := instant(t, "2026-03-02T09:00:00+01:00")
	assert.Empty(t, s.Gaps(from, from.AddDate(3, 0, 0)), "no gap")
	for _, shift := range s.Shifts(from, from.AddDate(3, 0, 0)) {
		require.Len(t, shift.Parts, 1, "no overlap")
	}
	assert.Equal(t, []string{"ben: site eu, turn 1 (2026-03-09 00:00 to 2026-03-16 00:00 Europe/Berlin)"},
		s.OnCall(instant(t, "2026-03-09T10:00:00+01:00")).Why())
	assert.Equal(t, []string{"06 15:00 - 07 09:00 cem us 0"}, between(t, s.Only("us"), "2026-03-06T09:00", "2026-03-07T15:00"))

	below := whole(t, sites+`,"layers":[`+office+`]`)
	assert.Equal(t, []string{"06 09:00 - 06 17:00 dot office 8", "06 17:00 - 07 09:00 cem us 0"},
		between(t, below, "2026-03-06T09:00", "2026-03-07T09:00"))
}

func TestOneSiteHasNobodyToHandOverTo(t *testing.T) {
	s := whole(t, `"sites":[{"id":"eu","timezone":"Europe/Berlin","from":"09:00","users":["ada"],"start":"2026-03-02","rotation":{"unit":"week"}}]`)
	assert.True(t, s.OnCall(instant(t, "2026-03-03T00:00:00Z")).Until.IsZero())
	assert.Equal(t, "2026-03-02T09:00:00+01:00", s.OnCall(instant(t, "2026-03-02T00:00:00Z")).Until.Format(time.RFC3339))
}

func TestSiteDaysStartAndEnd(t *testing.T) {
	s := whole(t, `"sites":[
		{"id":"eu","timezone":"Europe/Berlin","from":"09:00","days":["mon","fri"],"users":["ada"],"start":"2026-03-02T09:00","rotation":{"unit":"month"}},
		{"id":"late","timezone":"Europe/Berlin","from":"18:00","users":["ben"],"start":"2026-03-04T18:00:01","end":"2026-03-07T12:00","rotation":{"unit":"month"}}]`)
	assert.Equal(t, []string{
		"02 09:00 - 05 18:00 ada eu 0", "05 18:00 - 06 09:00 ben late 0", "06 09:00 - 06 18:00 ada eu 0",
		"06 18:00 - 07 12:00 ben late 0", "09 09:00 - 10 00:00 ada eu 0",
	}, between(t, s, "2026-03-01", "2026-03-10"), "a site whose end comes has nobody until another takes over")
	tie := whole(t, `"sites":[
		{"id":"a","timezone":"Europe/Berlin","from":"09:00","users":["ada"],"start":"2026-03-02","rotation":{"unit":"month"}},
		{"id":"b","timezone":"Europe/Paris","from":"09:00","users":["ben"],"start":"2026-03-02","rotation":{"unit":"month"}}]`)
	assert.Equal(t, []string{"02 09:00 - 03 00:00 ben b 0"}, between(t, tie, "2026-03-01", "2026-03-03"))
}

func TestVersions(t *testing.T) {
	s := whole(t, `"layers":[`+week+`],"versions":[
		{"effective_from":"2026-01-14","layers":[{"id":"week","users":["dot"],"start":"2026-01-05","rotation":{"unit":"day"}}]},
		{"effective_from":"2026-01-15T12:00","sites":[{"id":"eu","timezone":"Europe/Berlin","from":"09:00","users":["eve"],"start":"2026-01-01","rotation":{"unit":"month"}}]},
		{"effective_from":"2026-01-16"}]`)
	assert.Equal(t, []string{
		"12 00:00 - 12 09:00 ada week 0", "12 09:00 - 14 00:00 ben week 1", "14 00:00 - 15 00:00 dot week 9",
		"15 00:00 - 15 12:00 dot week 10", "15 12:00 - 16 00:00 eve eu 0",
	}, between(t, s, "2026-01-12", "2026-02-01"))
	assert.Equal(t, []string{"dot: layer week, turn 9 (2026-01-14 00:00 to 2026-01-15 00:00 Europe/Berlin)"},
		s.OnCall(instant(t, "2026-01-14T12:00:00Z")).Why())
	assert.Equal(t, []schedule.LayerID{"week", "eu"}, s.LayerIDs())
	assert.Equal(t, []string{"13 00:00 - 14 00:00 ben week 1", "14 00:00 - 15 00:00 dot week 9", "15 00:00 - 15 12:00 dot week 10"},
		between(t, s.Only("week"), "2026-01-13", "2026-02-01"))
	assert.True(t, s.OnCall(instant(t, "2026-01-16T12:00:00Z")).Until.IsZero())
}

func TestTemporary(t *testing.T) {
	s := whole(t, `"layers":[`+week+`],"temporary":[
		{"id":"peak","from":"2026-01-13","to":"2026-01-16","shifts":[
			{"from":"2026-01-12","to":"2026-01-13T12:00","users":["dot"]},{"from":"2026-01-14","to":"2026-01-20","users":["eve"]}]},
		{"id":"fire","from":"2026-01-15","to":"2026-01-15T06:00","shifts":[]}],
		"overrides":[{"id":"o","from":"2026-01-13T11:00","to":"2026-01-13T13:00","user":"ben","replaces":"dot"}]`)
	assert.Equal(t, []string{
		"12 09:00 - 13 00:00 ben week 1", "13 00:00 - 13 11:00 dot peak 0", "13 11:00 - 13 12:00 ben peak 0 by o",
		"14 00:00 - 15 00:00 eve peak 1", "15 06:00 - 16 00:00 eve peak 1", "16 00:00 - 17 00:00 ben week 1",
	}, between(t, s, "2026-01-12T09:00", "2026-01-17"))
	assert.Equal(t, []string{"eve: temporary schedule peak, shift 1 (2026-01-14 00:00 to 2026-01-16 00:00 Europe/Berlin)"},
		s.OnCall(instant(t, "2026-01-14T12:00:00Z")).Why())
	assert.Equal(t, []schedule.LayerID{"week", "peak", "fire"}, s.LayerIDs())
	assert.Equal(t, []string{"13 00:00 - 13 12:00 dot peak 0", "14 00:00 - 16 00:00 eve peak 1"},
		between(t, s.Only("peak"), "2026-01-01", "2026-02-01"))
}

func TestIncludedSchedule(t *testing.T) {
	inner := parse(t, week, `{"id":"o","from":"2026-01-13","to":"2026-01-14","user":"dot","replaces":"ben"}`)
	s := whole(t, `"layers":[{"id":"ours","schedule":"primary","coverage":[{"days":["tue","wed"],"from":"08:00","to":"20:00"}]}],
		"overrides":[{"id":"p","from":"2026-01-14","to":"2026-01-14T10:00","user":"eve","replaces":"ben","by":"swap s7","reason":"dentist"},
		{"id":"q","from":"2026-01-14","to":"2026-01-14T09:00","add":"fay"}]`, inner)
	assert.Equal(t, []string{
		"13 08:00 - 13 20:00 dot ours 1", "14 00:00 - 14 08:00 fay by q", "14 08:00 - 14 09:00 eve ours 1 by p fay by q",
		"14 09:00 - 14 10:00 eve ours 1 by p", "14 10:00 - 14 20:00 ben ours 1",
	}, between(t, s, "2026-01-12", "2026-01-17"))
	assert.Equal(t, schedule.Part{User: "eve", Layer: "ours", Turn: 1, Override: "p", Schedule: "primary"},
		s.OnCall(instant(t, "2026-01-14T08:30:00Z")).Parts[0])
	assert.Equal(t, []string{"dot: layer ours, from schedule primary: dot: override o (2026-01-13 00:00 to 2026-01-14 00:00 Europe/Berlin) replaces ben" +
		" in layer week, turn 1 (2026-01-12 09:00 to 2026-01-19 09:00 Europe/Berlin)"}, s.OnCall(instant(t, "2026-01-13T12:00:00Z")).Why())
	assert.Equal(t, []string{
		"eve: override p (2026-01-14 00:00 to 2026-01-14 10:00 Europe/Berlin) by swap s7 replaces ben in layer ours," +
			" from schedule primary: ben: layer week, turn 1 (2026-01-12 09:00 to 2026-01-19 09:00 Europe/Berlin): dentist",
		"fay: override q (2026-01-14 00:00 to 2026-01-14 09:00 Europe/Berlin) adds fay",
	}, s.OnCall(instant(t, "2026-01-14T07:30:00Z")).Why())
	got, err := json.Marshal(s.Shifts(instant(t, "2026-01-13T12:00:00Z"), instant(t, "2026-01-13T13:00:00Z")))
	require.NoError(t, err)
	assert.Contains(t, string(got), `{"user":"dot","layer":"ours","turn":1,"override":"","schedule":"primary"}`)
}

func TestIncludedPersonWithTwoDuties(t *testing.T) {
	inner := whole(t, `"combine":"union","layers":[`+always+`,`+strings.ReplaceAll(always, `"id":"always"`, `"id":"again"`)+`]`)
	s := whole(t, `"layers":[{"id":"l","schedule":"s"}]`, inner)
	a := s.OnCall(instant(t, "2026-01-06T00:00:00Z"))
	assert.Equal(t, []schedule.Part{{User: "ada", Layer: "l", Schedule: "s"}}, a.Parts, "equal parts are one")
	assert.Equal(t, []string{"ada: layer l, from schedule s: ada: layer always, turn 0 (2026-01-05 09:00 to 2026-01-12 09:00 Europe/Berlin); " +
		"ada: layer again, turn 0 (2026-01-05 09:00 to 2026-01-12 09:00 Europe/Berlin)"}, a.Why())
}

func TestHoursOfOnePerson(t *testing.T) {
	s := whole(t, `"layers":[`+always+`,{"id":"l","users":["ben","cem"],"start":"2026-01-05","rotation":{"unit":"day"},"seats":2,
		"hours":{"cem":{"timezone":"America/New_York","coverage":[{"days":["mon","tue"],"from":"09:00","to":"17:00"}]},
			"ben":{"coverage":[{"days":["mon"],"from":"10:00","to":"16:00"}]}}}]`)
	assert.Equal(t, []string{
		"05 09:00 - 05 10:00 ada always 0", "05 10:00 - 05 15:00 ben l 0", "05 15:00 - 05 16:00 ben l 0 cem l 0",
		"05 16:00 - 05 23:00 cem l 0", "05 23:00 - 06 15:00 ada always 0", "06 15:00 - 06 23:00 cem l 1",
	}, between(t, s, "2026-01-05T09:00", "2026-01-06T23:00"))
}

func TestShadowsAreShownOnly(t *testing.T) {
	s := whole(t, `"combine":"union","layers":[`+week+`,{"id":"learn","shadow":true,"users":["zoe","yan"],"start":"2026-01-05","rotation":{"unit":"day"}}],
		"overrides":[{"id":"o","from":"2026-01-07","to":"2026-01-08","user":"ben","replaces":"zoe"}]`)
	a := s.OnCall(instant(t, "2026-01-07T12:00:00Z"))
	assert.Equal(t, []watchbill.UserID{"ada"}, a.Users)
	assert.Equal(t, []schedule.Part{{User: "zoe", Layer: "learn", Turn: 2}}, a.Shadows)
	assert.Equal(t, "2026-01-12T09:00:00+01:00", a.Until.Format(time.RFC3339), "shadows are not part of it")
	assert.Equal(t, []string{"07 00:00 - 08 00:00 ada week 0"}, between(t, s, "2026-01-07", "2026-01-08"))
	assert.Equal(t, []string{"07 00:00 - 08 00:00 zoe learn 2"}, between(t, s.Only("learn"), "2026-01-07", "2026-01-08"))
	text, err := json.Marshal(a)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"shadows":[{"user":"zoe","layer":"learn","turn":2,"override":""}]`)
}

func TestCountCovered(t *testing.T) {
	layer := `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05","rotation":{"unit":"day"},
		"coverage":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"17:00"}],"count":"`
	weekend := func(s *schedule.Schedule) []string { return between(t, s, "2026-01-08", "2026-01-14") }
	assert.Equal(t, []string{"08 09:00 - 08 17:00 ada l 3", "09 09:00 - 09 17:00 ben l 4", "12 09:00 - 12 17:00 ben l 7",
		"13 09:00 - 13 17:00 cem l 8"}, weekend(whole(t, layer+`calendar"}]`)))
	covered := whole(t, layer+`covered"}]`)
	assert.Equal(t, []string{"08 09:00 - 08 17:00 ada l 3", "09 09:00 - 09 17:00 ben l 4", "12 09:00 - 12 17:00 cem l 7",
		"13 09:00 - 13 17:00 ada l 8"}, weekend(covered))
	at, weeks := instant(t, "2126-01-07T12:00:00Z"), 5218 // Monday 2126-01-07 is so many weeks after the start
	assert.Equal(t, []watchbill.UserID{[]watchbill.UserID{"ada", "ben", "cem"}[weeks*5%3]}, covered.OnCall(at).Users)
	holiday := whole(t, `"holidays":[{"id":"de","days":[{"date":"2026-01-06"}]}],`+layer+`covered"}]`)
	assert.Equal(t, []string{"05 09:00 - 05 17:00 ada l 0", "07 09:00 - 07 17:00 cem l 2"}, between(t, holiday, "2026-01-05", "2026-01-08"),
		"a holiday takes its place all the same")
}

func TestRotationByRule(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-05T09:00","rotation":{"rrule":"FREQ=WEEKLY;BYDAY=MO,TH"}}]`)
	assert.Equal(t, []string{"05 09:00 - 08 09:00 ada l 0", "08 09:00 - 12 09:00 ben l 1", "12 09:00 - 15 09:00 cem l 2"},
		between(t, s, "2026-01-01", "2026-01-15T09:00"))
	between2 := whole(t, `"layers":[{"id":"l","users":["ada","ben","cem"],"start":"2026-01-06T09:00","rotation":{"rrule":"FREQ=WEEKLY;BYDAY=MO,TH;COUNT=2"}}]`)
	assert.Equal(t, []string{"06 09:00 - 08 09:00 ada l 0", "08 09:00 - 12 09:00 ben l 1", "12 09:00 - 01 00:00 cem l 2"},
		between(t, between2, "2026-01-01", "2026-02-01"), "turn 0 begins at the start, the rule's last turn never ends")
	assert.Equal(t, []string{"cem: layer l, turn 2 (from 2026-01-12 09:00 on, Europe/Berlin)"},
		between2.OnCall(instant(t, "2026-06-01T00:00:00Z")).Why())
}

func TestCoverageByRule(t *testing.T) {
	s := whole(t, `"layers":[{"id":"l","users":["ada"],"start":"2026-01-05T09:00","rotation":{"unit":"month"},
		"coverage":[{"rrule":"FREQ=MONTHLY;BYDAY=2TU","from":"20:00","for":"6h"}]}]`)
	assert.Equal(t, []string{"13 20:00 - 14 02:00 ada l 0", "10 20:00 - 11 02:00 ada l 1"}, between(t, s, "2026-01-01", "2026-03-01"))
}

func TestHolidays(t *testing.T) {
	days := `"holidays":[{"id":"de","days":[{"date":"2026-01-06","name":"Epiphany"}]},{"id":"us","days":[{"date":"2026-01-07"}]}],"layers":[`
	rest := `"users":["ada"],"start":"2026-01-05","rotation":{"unit":"month"}`
	office := `,"coverage":[{"days":["mon","tue","wed"],"from":"22:00","to":"02:00"}]`
	for name, test := range map[string]struct{ layer, want string }{
		"with coverage: off":    {`{"id":"l",` + rest + office + `}`, "05 22:00 - 06 00:00; 08 00:00 - 08 02:00"},
		"without: on":           {`{"id":"l",` + rest + `}`, "05 00:00 - 09 00:00"},
		"without, told so: off": {`{"id":"l",` + rest + `,"holidays":"off"}`, "05 00:00 - 06 00:00; 08 00:00 - 09 00:00"},
		"one calendar":          {`{"id":"l",` + rest + `,"holidays":"off","calendars":["us"]}`, "05 00:00 - 07 00:00; 08 00:00 - 09 00:00"},
		"on":                    {`{"id":"l",` + rest + office + `,"holidays":"on"}`, "05 22:00 - 06 02:00; 06 22:00 - 07 02:00; 07 22:00 - 08 02:00"},
		"only":                  {`{"id":"l",` + rest + `,"holidays":"only"}`, "06 00:00 - 08 00:00"},
		"only, with coverage":   {`{"id":"l",` + rest + office + `,"holidays":"only","calendars":["de"]}`, "06 00:00 - 06 02:00; 06 22:00 - 07 00:00"},
		"another zone's days":   {`{"id":"l",` + rest + `,"holidays":"only","calendars":["de"],"timezone":"America/New_York"}`, "06 06:00 - 07 06:00"},
	} {
		var got []string
		for _, line := range between(t, whole(t, days+test.layer+`]`), "2026-01-05", "2026-01-09") {
			got = append(got, strings.Split(line, " ada")[0])
		}
		assert.Equal(t, test.want, strings.Join(got, "; "), name)
	}
}
