package clienttest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	goical "github.com/emersion/go-ical"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/schedule"
)

// The window of every calendar here: a year and a half, so three or four changes of the clocks.
var (
	calendarFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	calendarTo   = time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)
)

// schedulesOfTheWorld are rotas as people run them, where the clocks are hard.
const schedulesOfTheWorld = `[
{"id":"berlin","timezone":"Europe/Berlin","layers":[
	{"id":"week","users":["ada","ben","cem"],"start":"2025-12-29T09:00","rotation":{"unit":"week"}},
	{"id":"nights","users":["dee","ben"],"start":"2026-01-05T22:00","rotation":{"unit":"day"},"coverage":[
		{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"22:00","to":"06:00"}]}],
	"overrides":[
	{"id":"swap","from":"2026-03-28T20:00","to":"2026-03-29T02:30","user":"cem"},
	{"id":"twice","from":"2026-10-25T02:30:00+02:00","to":"2026-10-25T02:30:00+01:00","user":"ada"},
	{"id":"fine","from":"2026-05-05T10:00:00.25Z","to":"2026-05-05T10:00:30.75Z","user":"dee"},
	{"id":"lent","from":"2026-06-01T00:00","to":"2026-06-20T00:00","user":"dee","replaces":"ben"}]},
{"id":"hourly","timezone":"America/New_York","layers":[
	{"id":"two","users":["ada","ben","cem","dee"],"start":"2026-10-25T00:00","end":"2026-11-08T00:00","rotation":{"every":1,"unit":"hour"}}]},
{"id":"lord-howe","timezone":"Australia/Lord_Howe","layers":[
	{"id":"thirds","users":["ada","ben","cem"],"start":"2026-01-01T01:45","rotation":{"every":8,"unit":"hour"}}]},
{"id":"casablanca","timezone":"Africa/Casablanca","layers":[
	{"id":"days","users":["cem","dee"],"start":"2026-01-01T02:30","rotation":{"unit":"day"}}]},
{"id":"santiago","timezone":"America/Santiago","layers":[
	{"id":"midnight","users":["ben","dee"],"start":"2026-01-01T00:00","rotation":{"unit":"day"}}]},
{"id":"troll","timezone":"Antarctica/Troll","layers":[
	{"id":"days","users":["ben","ada"],"start":"2026-01-01T01:30","rotation":{"unit":"day"}}]},
{"id":"kathmandu","timezone":"Asia/Kathmandu","layers":[
	{"id":"days","users":["ben","ada"],"start":"2026-01-01T08:00","rotation":{"unit":"week"}}]},
{"id":"plain","layers":[{"id":"days","users":["ada","~","cem"],"start":"2026-01-01T08:00","rotation":{"unit":"day"}}]},
{"id":"alone","timezone":"Europe/London","layers":[{"id":"ever","users":["dee"],"start":"2020-01-01T08:00","rotation":{"unit":"week"}}]},
{"id":"seats","timezone":"Europe/Berlin","layers":[
	{"id":"pairs","users":["ada","ben","cem"],"seats":2,"start":"2026-01-05T02:30","rotation":{"unit":"day"}}]},
{"id":"union","timezone":"Europe/Dublin","combine":"union","layers":[
	{"id":"first","users":["ada","ben"],"start":"2026-01-05T01:15","rotation":{"unit":"day"}},
	{"id":"second","users":["cem","ben"],"start":"2026-01-05T01:45","rotation":{"every":36,"unit":"hour"}}]}
]`

// peopleOfTheWorld have names that a calendar has to take care of.
func peopleOfTheWorld() []catalog.User {
	return []catalog.User{
		{ID: "ada", Name: `Okafor, Ada; "the \ first"`, Notices: catalog.Notices{Before: []time.Duration{48 * time.Hour, 15 * time.Minute}}},
		{ID: "ben", Name: "Bénédicte Müller-Lüdenscheidt, " + strings.Repeat("Freiin von Übermut ", 6) + "🧑‍🚒🚨"},
		{ID: "cem", Name: "Cem\nÖztürk: ^n\\, at \"home\"", Notices: catalog.Notices{Before: []time.Duration{90 * time.Second}}},
		{ID: "dee", Name: "丁" + strings.Repeat("丁", 40)},
	}
}

func nameOf(id watchbill.UserID) string {
	for _, u := range peopleOfTheWorld() {
		if u.ID == id {
			return u.Name
		}
	}
	return string(id)
}

// readEvent is an event as somebody's parser has it.
type readEvent struct {
	UID       string  `json:"uid"`
	Sequence  int     `json:"sequence"`
	Summary   string  `json:"summary"`
	Start     int64   `json:"start"` // milliseconds since 1970
	End       int64   `json:"end"`
	Cancelled bool    `json:"cancelled"`
	Busy      bool    `json:"busy"`
	Alarms    []int64 `json:"alarms"` // seconds before the start
}

type readCalendar struct {
	Name   string      `json:"name"`
	Events []readEvent `json:"events"`
}

// known is what is right: UID left out, since it is only required to differ.
func known(start, end time.Time, summary string, busy bool, alarms ...time.Duration) readEvent {
	e := readEvent{Summary: summary, Start: start.Truncate(time.Second).UnixMilli(), End: end.Truncate(time.Second).UnixMilli(),
		Busy: busy, Sequence: 7}
	for _, a := range alarms {
		e.Alarms = append(e.Alarms, int64(a/time.Second))
	}
	return e
}

func sorted(events []readEvent) []readEvent {
	slices.SortFunc(events, func(a, b readEvent) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Summary, b.Summary))
	})
	return events
}

// feeds are calendars by file name, and what every parser must make of them.
type feeds struct {
	t      *testing.T
	folder string
	want   map[string]readCalendar
}

func newFeeds(t *testing.T) *feeds { return &feeds{t, t.TempDir(), map[string]readCalendar{}} }

func (f *feeds) add(file string, data []byte, want readCalendar) {
	require.NoError(f.t, os.WriteFile(filepath.Join(f.folder, file), data, 0o600))
	want.Events = sorted(want.Events)
	f.want[file] = want
}

// world puts the schedules' calendars and the people's into feeds.
func (f *feeds) world() {
	var specs []schedule.Spec
	require.NoError(f.t, json.Unmarshal([]byte(schedulesOfTheWorld), &specs))
	edition := ical.Feed{Name: "Wer hat Dienst? 🚨 " + strings.Repeat("Bereitschaft, ", 8), Host: "oncall.example.com", Sequence: 7,
		Stamp: calendarFrom}
	var all []ical.Duties
	for _, spec := range specs {
		s, err := schedule.New(spec)
		require.NoError(f.t, err)
		d := ical.Duties{Schedule: s.ID(), Zone: s.Zone(), Shifts: s.Shifts(calendarFrom, calendarTo)}
		all = append(all, d)
		want := readCalendar{Name: edition.Name}
		for _, shift := range d.Shifts {
			var names []string
			for _, u := range shift.Users {
				names = append(names, nameOf(u))
			}
			want.Events = append(want.Events, known(shift.Start, shift.End, string(s.ID())+": "+strings.Join(names, ", "), false))
		}
		require.NotEmpty(f.t, want.Events, s.ID())
		f.add("schedule-"+string(s.ID())+".ics", edition.OfSchedule(d, nameOf), want)
	}
	for _, u := range peopleOfTheWorld() {
		want := readCalendar{Name: edition.Name}
		for _, d := range all {
			want.Events = append(want.Events, personal(u, d)...)
		}
		f.add("user-"+string(u.ID)+".ics", edition.OfUser(u, all...), want)
	}
}

// personal joins a person's shifts.
func personal(u catalog.User, d ical.Duties) (events []readEvent) {
	for _, shift := range d.Shifts {
		if !slices.Contains(shift.Users, u.ID) {
			continue
		}
		e := known(shift.Start, shift.End, "On call: "+string(d.Schedule), true, u.Notices.Before...)
		if n := len(events); n > 0 && events[n-1].End == e.Start {
			events[n-1].End = e.End
			continue
		}
		events = append(events, e)
	}
	return events
}

// agrees checks what a parser read against what is right.
func (f *feeds) agrees(t *testing.T, parser string, read map[string]readCalendar) {
	for file, want := range f.want {
		got := read[file]
		require.Equal(t, want.Name, got.Name, "%s: %s", parser, file)
		uids := map[string]bool{}
		for i := range got.Events {
			require.NotEmpty(t, got.Events[i].UID)
			uids[got.Events[i].UID] = true
			got.Events[i].UID = ""
			if len(got.Events[i].Alarms) == 0 {
				got.Events[i].Alarms = nil
			}
		}
		require.Len(t, uids, len(got.Events), "%s: %s: UIDs differ", parser, file)
		require.Len(t, got.Events, len(want.Events), "%s: %s", parser, file)
		got.Events = sorted(got.Events)
		for i, e := range want.Events {
			require.Equal(t, e, got.Events[i], "%s: %s: event at %s", parser, file, time.UnixMilli(e.Start).UTC())
		}
	}
}

// TestParsersExpandTheShifts: four parsers read the calendars of a year and a half, and find exactly the shifts.
func TestParsersExpandTheShifts(t *testing.T) {
	f := newFeeds(t)
	f.world()
	f.parsed(t)
}

// TestParsersSeeWhatIsCancelled: what an earlier feed had and this one has not is there, as cancelled.
func TestParsersSeeWhatIsCancelled(t *testing.T) {
	var specs []schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(schedulesOfTheWorld), &specs))
	now, err := schedule.New(specs[0])
	require.NoError(t, err)
	specs[0].Overrides = nil
	before, err := schedule.New(specs[0])
	require.NoError(t, err)
	d := ical.Duties{Schedule: now.ID(), Zone: now.Zone(), Shifts: now.Shifts(calendarFrom, calendarTo),
		Before: [][]schedule.Shift{before.Shifts(calendarFrom, calendarTo)}}
	dee := peopleOfTheWorld()[3]
	listed := personal(dee, d)
	d.Shifts, d.Before[0] = d.Before[0], d.Shifts // the overrides are taken back

	events := personal(dee, d)
	days := map[string]int{} // how many begin on a day: a calendar knows events by their number on that day
	for _, e := range events {
		days[dayInBerlin(e)]++
	}
	cancelled := 0
	for _, e := range listed {
		if days[dayInBerlin(e)]--; days[dayInBerlin(e)] < 0 {
			e.Cancelled, e.Busy, e.Alarms = true, false, nil
			events = append(events, e)
			cancelled++
		}
	}
	require.Greater(t, cancelled, 5)
	require.Less(t, cancelled, len(events))
	f := newFeeds(t)
	f.add("cancelled.ics", ical.Feed{Name: "x", Sequence: 7}.OfUser(dee, d), readCalendar{Name: "x", Events: events})
	f.parsed(t)
}

func dayInBerlin(e readEvent) string {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	return time.UnixMilli(e.Start).In(berlin).Format(time.DateOnly)
}

func (f *feeds) parsed(t *testing.T) {
	t.Run("golang-ical", func(t *testing.T) { f.agrees(t, "golang-ical", f.read(t, withGolangICal)) })
	t.Run("go-ical", func(t *testing.T) { f.agrees(t, "go-ical", f.read(t, withGoICal)) })
	t.Run("npm", func(t *testing.T) {
		node := need(t, "apt-get install -y --no-install-recommends nodejs npm", "node", "nodejs")
		needPackage(t, "ical.js")
		needPackage(t, "node-ical")
		c := exec.CommandContext(t.Context(), node, "npm/calendar.cjs", f.folder, fmt.Sprint(calendarFrom.UnixMilli()), fmt.Sprint(calendarTo.UnixMilli()))
		c.Env = append(os.Environ(), "TZ=Pacific/Chatham") // where it runs must not matter
		var faults bytes.Buffer
		c.Stderr = &faults
		out, err := c.Output()
		require.NoError(t, err, faults.String())
		var read map[string]map[string]readCalendar
		require.NoError(t, json.Unmarshal(out, &read))
		for _, parser := range []string{"ical.js", "node-ical"} {
			t.Run(parser, func(t *testing.T) {
				of := map[string]readCalendar{}
				for file, parsers := range read {
					of[file] = parsers[parser]
				}
				f.agrees(t, parser, of)
			})
		}
	})
}

func (f *feeds) read(t *testing.T, parse func(*testing.T, []byte) readCalendar) map[string]readCalendar {
	all := map[string]readCalendar{}
	for file := range f.want {
		data, err := os.ReadFile(filepath.Join(f.folder, file))
		require.NoError(t, err)
		all[file] = parse(t, data)
	}
	return all
}

func withGolangICal(t *testing.T, data []byte) (c readCalendar) {
	cal, err := ics.ParseCalendar(bytes.NewReader(data))
	require.NoError(t, err)
	for _, p := range cal.CalendarProperties {
		if p.IANAToken == "X-WR-CALNAME" {
			c.Name = p.Value
		}
	}
	for _, v := range cal.Events() {
		start, err := v.GetStartAt()
		require.NoError(t, err)
		end, err := v.GetEndAt()
		require.NoError(t, err)
		value := func(p ics.ComponentProperty) string { return v.GetProperty(p).Value }
		e := readEvent{UID: v.Id(), Summary: value(ics.ComponentPropertySummary), Start: start.UnixMilli(), End: end.UnixMilli(),
			Cancelled: value(ics.ComponentPropertyStatus) == "CANCELLED", Busy: value(ics.ComponentPropertyTransp) == "OPAQUE"}
		_, err = fmt.Sscan(value(ics.ComponentPropertySequence), &e.Sequence)
		require.NoError(t, err)
		for _, a := range v.Alarms() {
			e.Alarms = append(e.Alarms, secondsBefore(t, a.GetProperty(ics.ComponentPropertyTrigger).Value))
		}
		c.Events = append(c.Events, e)
	}
	return c
}

// secondsBefore reads a trigger that a parser hands out as text.
func secondsBefore(t *testing.T, trigger string) int64 {
	text, ok := strings.CutPrefix(trigger, "-PT")
	require.True(t, ok, trigger)
	d, err := time.ParseDuration(strings.ToLower(text))
	require.NoError(t, err)
	return int64(d / time.Second)
}

func withGoICal(t *testing.T, data []byte) (c readCalendar) {
	cal, err := goical.NewDecoder(bytes.NewReader(data)).Decode()
	require.NoError(t, err)
	c.Name, err = cal.Props.Text("X-WR-CALNAME")
	require.NoError(t, err)
	for _, v := range cal.Events() {
		start, err := v.DateTimeStart(time.UTC)
		require.NoError(t, err)
		end, err := v.DateTimeEnd(time.UTC)
		require.NoError(t, err)
		text := func(name string) string {
			value, err := v.Props.Text(name)
			require.NoError(t, err)
			return value
		}
		e := readEvent{UID: text("UID"), Summary: text("SUMMARY"), Start: start.UnixMilli(), End: end.UnixMilli(),
			Busy: text("TRANSP") == "OPAQUE"}
		status, err := v.Status()
		require.NoError(t, err)
		e.Cancelled = status == goical.EventCancelled
		e.Sequence, err = v.Props.Get("SEQUENCE").Int()
		require.NoError(t, err)
		for _, child := range v.Children {
			before, err := child.Props.Get("TRIGGER").Duration()
			require.NoError(t, err)
			e.Alarms = append(e.Alarms, int64(-before/time.Second))
		}
		c.Events = append(c.Events, e)
	}
	return c
}
