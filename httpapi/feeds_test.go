package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// calendarOf asks for the address of a calendar and returns its path.
func (w *world) calendarOf(what string) string {
	w.Helper()
	var got struct{ URL string }
	w.get("/api/v1/" + what + "/calendar").is(200).into(&got)
	path, ok := strings.CutPrefix(got.URL, "https://ops.example.com/oncall")
	require.True(w, ok, got.URL)
	require.Regexp(w, `^/calendar/[A-Za-z0-9_-]+\.ics$`, path)
	return path
}

// events reads a calendar, without a login, in the two months after the world's beginning.
func (w *world) events(path string) (lines []string) {
	w.Helper()
	a := w.send("GET", path, nil).is(200)
	require.Equal(w, "text/calendar; charset=utf-8", a.Header().Get("Content-Type"))
	from := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	events, err := ical.Read(a.Body.Bytes(), time.UTC, from, from.AddDate(0, 0, 25))
	require.NoError(w, err)
	for _, e := range events {
		lines = append(lines, e.Start.Format("01-02T15:04")+" "+e.End.Format("01-02T15:04")+" "+e.Summary)
	}
	return lines
}

func TestCalendars(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		require.Equal(t, []string{"12-27T08:00 01-03T08:00 On call: primary", "01-10T08:00 01-17T08:00 On call: primary",
			"01-24T08:00 01-31T08:00 On call: primary"}, w.events(w.calendarOf("users/ada")))
		require.Equal(t, []string{"12-27T08:00 01-03T08:00 primary: Ada Okafor", "01-03T08:00 01-10T08:00 primary: Ben Li",
			"01-10T08:00 01-17T08:00 primary: Ada Okafor", "01-17T08:00 01-24T08:00 primary: Ben Li",
			"01-24T08:00 01-31T08:00 primary: Ada Okafor"}, w.events(w.calendarOf("schedules/primary")))
		require.Empty(t, w.events(w.calendarOf("schedules/empty")))
		require.Empty(t, w.events(w.calendarOf("users/cem")))
	})
}

// handClock is the handler's own, so that months pass without an engine at work.
type handClock struct {
	watchbill.Clock
	now time.Time
}

func (c *handClock) Now() time.Time { return c.now }

// TestCalendarWindow: at least thirty days back and half a year ahead.
func TestCalendarWindow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := org()
		c.Schedules[0].Layers[0].Start = calendar.CivilMoment(calendar.NewCivil(1990, 1, 1, 9, 0, 0))
		clock := &handClock{engine.RealClock(), time.Now()}
		w.Config.Clock = clock
		w.start()
		w.configure(c)
		for range 40 {
			data := w.send("GET", w.calendarOf("schedules/primary"), nil).is(200).Body.Bytes()
			events, err := ical.Read(data, time.UTC, time.Time{}, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
			require.NoError(t, err)
			require.False(t, events[0].Start.After(clock.now.AddDate(0, 0, -30)))
			require.False(t, events[len(events)-1].End.Before(clock.now.AddDate(0, 0, 180)))
			require.True(t, events[0].Start.After(clock.now.AddDate(0, 0, -63)), "and not much more")
			require.True(t, events[len(events)-1].End.Before(clock.now.AddDate(0, 0, 215)))
			clock.now = clock.now.AddDate(0, 0, 11)
		}
	})
}

// TestCalendarsNeedTheirToken: addresses open what they were made for, and nothing else does.
func TestCalendarsNeedTheirToken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ada, primary := w.calendarOf("users/ada"), w.calendarOf("schedules/primary")
		links := httpapi.Links{PublicURL: "https://ops.example.com/oncall", Key: signingKey}
		require.Equal(t, "https://ops.example.com/oncall"+ada, links.UserCalendarURL("ada"))
		require.Equal(t, "https://ops.example.com/oncall"+primary, links.ScheduleCalendarURL("primary"))
		other := httpapi.Links{PublicURL: "https://x", Key: []byte("another key of 32 bytes, or less")}
		ack, _ := strings.CutPrefix(links.AckURL("a", "ada"), "https://ops.example.com/oncall/a/")
		changed := []byte(ada)
		changed[len("/calendar/")+4]++
		for _, path := range []string{
			"/calendar/.ics", "/calendar/x.ics", "/calendar/ada.ics", strings.TrimSuffix(ada, ".ics"), string(changed),
			ada[:len(ada)-5] + ".ics", strings.Replace(ada, ".ics", "A.ics", 1), strings.Replace(ada, ".ics", "%0A.ics", 1),
			"/calendar/" + ack + ".ics", strings.TrimPrefix(other.UserCalendarURL("ada"), "https://x"),
			strings.TrimPrefix(links.UserCalendarURL("nobody"), "https://ops.example.com/oncall"),
			strings.TrimPrefix(links.ScheduleCalendarURL("nothing"), "https://ops.example.com/oncall"),
			strings.TrimPrefix(links.ScheduleCalendarURL("ada"), "https://ops.example.com/oncall"),
			"/calendar/" + strings.Repeat("A", 5000) + ".ics",
		} {
			w.send("GET", path, nil).problem(404)
		}
		page := strings.TrimSuffix(strings.TrimPrefix(ada, "/calendar/"), ".ics")
		require.Equal(t, 404, w.send("GET", "/a/"+page, nil).Code, "nor is a calendar's address a one-tap page")
		w.send("POST", ada, nil).problem(405)
		require.Empty(t, links.UserCalendarURL(""))
		require.Empty(t, links.UserCalendarURL(watchbill.UserID(strings.Repeat("x", 600))))
		require.Empty(t, httpapi.Links{}.UserCalendarURL("ada"))
	})
}

// TestWhoGetsAddresses: who may read, and a person the own one.
func TestWhoGetsAddresses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.send("GET", "/api/v1/users/ada/calendar", nil).problem(401)
		w.send("GET", "/api/v1/users/ada/calendar", nil, "intake-token").problem(403)
		w.send("GET", "/api/v1/users/ada/calendar", nil, "viewer-token").is(200)
		w.send("GET", "/api/v1/users/ada/calendar", nil, "ada-token").is(200)
		w.send("GET", "/api/v1/users/ben/calendar", nil, "ada-token").problem(403)
		w.send("GET", "/api/v1/schedules/primary/calendar", nil, "ada-token").is(200)
		w.get("/api/v1/users/nobody/calendar").problem(404)
		w.get("/api/v1/schedules/nothing/calendar").problem(404)
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.SigningKey = nil
		w.get("/api/v1/users/ada/calendar").problem(404)
	})
}

// TestCalendarsAreNotSentAgain: who has the edition is told so.
func TestCalendarsAreNotSentAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		path := w.calendarOf("users/ada")
		young := w.send("GET", path, nil).is(200)
		require.Empty(t, young.Header().Get("Last-Modified"), "it may change again within the second")
		w.send("GET", path, nil, "If-None-Match: "+young.Header().Get("ETag")).is(304)
		w.pass(2 * time.Second)
		a := w.send("GET", path, nil).is(200)
		tag, changed := a.Header().Get("ETag"), a.Header().Get("Last-Modified")
		require.Equal(t, "Sat, 01 Jan 2000 00:00:00 GMT", changed)
		w.pass(time.Hour)
		require.Empty(t, w.send("GET", path, nil, "If-None-Match: "+tag).is(304).Body.String())
		w.send("GET", path, nil, "If-Modified-Since: "+changed).is(304)
		require.Empty(t, w.send("HEAD", path, nil).is(200).Body.String())

		c := org()
		c.Schedules[0].Overrides = []schedule.Override{takeover("o", "cem", 10)}
		w.configure(c)
		b := w.send("GET", path, nil, "If-None-Match: "+tag).is(200)
		require.NotEqual(t, tag, b.Header().Get("ETag"))
		w.send("GET", path, nil, "If-Modified-Since: Sat, 01 Jan 2000 01:00:02 GMT").is(200)
		w.pass(2 * time.Second)
		b = w.send("GET", path, nil).is(200)
		require.Equal(t, "Sat, 01 Jan 2000 01:00:02 GMT", b.Header().Get("Last-Modified"))
		w.send("GET", path, nil, "If-Modified-Since: "+changed).is(200)
	})
}

// takeover gives a week from a day of January on to somebody.
func takeover(id schedule.OverrideID, u watchbill.UserID, day int) schedule.Override {
	return schedule.Override{ID: id, User: u, From: calendar.CivilMoment(calendar.NewCivil(2000, 1, day, 9, 0, 0)),
		To: calendar.CivilMoment(calendar.NewCivil(2000, 1, day+7, 9, 0, 0))}
}

// statuses lists the events of a calendar in January: day, status and sequence.
func (w *world) statuses(path string) (lines []string) {
	w.Helper()
	for _, event := range strings.Split(w.send("GET", path, nil).is(200).Body.String(), "BEGIN:VEVENT")[1:] {
		var start, status, sequence string
		for line := range strings.Lines(event) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch {
			case strings.HasPrefix(name, "DTSTART"):
				start = value
			case name == "STATUS":
				status = value
			case name == "SEQUENCE":
				sequence = value
			}
		}
		if strings.HasPrefix(start, "200001") {
			lines = append(lines, start[6:8]+" "+status+" "+sequence)
		}
	}
	return lines
}

// TestCancelledShifts: what an earlier calendar had is taken back, also if its schedule is gone; and given again.
func TestCancelledShifts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ada, cem := w.calendarOf("users/ada"), w.calendarOf("users/cem")
		require.Equal(t, []string{"10 CONFIRMED 1", "24 CONFIRMED 1"}, w.statuses(ada))
		w.pass(time.Hour)
		c := org()
		c.Schedules[0].Overrides = []schedule.Override{takeover("o", "cem", 10)}
		w.configure(c)
		require.Equal(t, []string{"10 CANCELLED 2", "24 CONFIRMED 2"}, w.statuses(ada))
		require.Equal(t, []string{"10 CONFIRMED 2"}, w.statuses(cem))
		w.pass(time.Hour)
		w.configure(org())
		require.Equal(t, []string{"10 CONFIRMED 3", "24 CONFIRMED 3"}, w.statuses(ada))
		require.Equal(t, []string{"10 CANCELLED 3"}, w.statuses(cem))
		w.pass(time.Hour)
		gone := oncall.Config{Catalog: org().Catalog}
		gone.Catalog.Services, gone.Catalog.Sources = nil, nil
		w.configure(gone)
		require.Equal(t, []string{"10 CANCELLED 4", "24 CANCELLED 4"}, w.statuses(ada))
	})
}

// TestCalendarsOfThePast: a shift that was held stays, whatever is configured now.
func TestCalendarsOfThePast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		clock := &handClock{engine.RealClock(), time.Now()}
		w.Config.Clock = clock
		path := w.calendarOf("schedules/primary")
		clock.now = clock.now.AddDate(0, 0, 12)
		c := org()
		c.Schedules[0].Layers[0].Users = []watchbill.UserID{"cem"}
		_, err := w.Engine.Configure(t.Context(), clock.now, c)
		require.NoError(t, err)
		require.Equal(t, []string{"12-27T08:00 01-03T08:00 primary: Ada Okafor", "01-03T08:00 01-10T08:00 primary: Ben Li",
			"01-10T08:00 01-13T00:00 primary: Ada Okafor", "01-13T00:00 01-17T08:00 primary: cem", "01-17T08:00 01-24T08:00 primary: cem",
			"01-24T08:00 01-31T08:00 primary: cem"}, w.events(path))
	})
}

func TestCalendarsWhenTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: w.Store}
		w.Store = b
		path := w.calendarOf("users/ada")
		b.fail("disk is gone")
		w.pass(time.Hour)
		require.Equal(t, http.StatusServiceUnavailable, w.send("GET", path, nil).Code)
	})
}

func TestMyCalendar(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var mine, adas struct{ URL string }
		w.get("/api/v1/users/me/calendar", "ada-token").is(200).into(&mine)
		w.get("/api/v1/users/ada/calendar").is(200).into(&adas)
		require.Equal(t, adas, mine)
		require.NotEmpty(t, mine.URL)
		require.Contains(t, w.get("/api/v1/users/me/calendar").problem(404).Detail, "is bound to no person; name one instead of me")
		require.Contains(t, w.get("/api/v1/users/ben/calendar", "ada-token").problem(403).Detail, "ask for me")
	})
}
