package httpapi_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// The JSON of DESIGN section 5.
func TestOnCallJSON(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.get("/api/v1/oncall?at=2000-01-04T00:00:00Z").is(200)
		require.JSONEq(t, `{"at":"2000-01-04T00:00:00Z","schedules":[
			{"schedule":"primary","users":["ben"],"until":"2000-01-10T09:00:00+01:00",
			 "why":["ben: layer week, turn 1 (2000-01-03 09:00 to 2000-01-10 09:00 Europe/Berlin)"]},
			{"schedule":"empty","users":[],"until":null,"why":["nobody: no layer and no override has anybody on call"]}]}`, a.Body.String())
		a = w.get("/api/v1/schedules/primary/shifts?from=2000-01-02T00:00:00Z&to=2000-01-04T00:00:00Z").is(200)
		require.JSONEq(t, `[{"start":"2000-01-02T01:00:00+01:00","end":"2000-01-03T09:00:00+01:00","users":["ada"],
			"parts":[{"user":"ada","layer":"week","turn":0,"override":""}]},
			{"start":"2000-01-03T09:00:00+01:00","end":"2000-01-04T01:00:00+01:00","users":["ben"],
			"parts":[{"user":"ben","layer":"week","turn":1,"override":""}]}]`, a.Body.String())
		require.Equal(t, "[]\n", w.get("/api/v1/schedules/empty/shifts").is(200).Body.String())
		require.Equal(t, "[]\n", w.get("/api/v1/schedules/primary/shifts?from=2000-01-02T00:00:00Z&to=2000-01-02T00:00:00Z").is(200).Body.String())
		w.get("/api/v1/schedules/nope/shifts").problem(404)
	})
}

func (w *world) onCall(query string) (names []watchbill.ScheduleID, users [][]watchbill.UserID) {
	w.Helper()
	var got struct {
		At        time.Time
		Schedules []struct {
			Schedule watchbill.ScheduleID
			Users    []watchbill.UserID
		}
	}
	w.get("/api/v1/oncall" + query).is(200).into(&got)
	require.False(w, got.At.IsZero())
	for _, s := range got.Schedules {
		names, users = append(names, s.Schedule), append(users, s.Users)
	}
	return names, users
}

func TestOnCallQueries(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		names, users := w.onCall("")
		require.Equal(t, []watchbill.ScheduleID{"primary", "empty"}, names)
		require.Equal(t, []watchbill.UserID{"ada"}, users[0])
		names, _ = w.onCall("?schedule=empty")
		require.Equal(t, []watchbill.ScheduleID{"empty"}, names)
		names, _ = w.onCall("?user=ada")
		require.Equal(t, []watchbill.ScheduleID{"primary"}, names)
		names, _ = w.onCall("?user=ben&at=2000-01-01T00:00:00Z")
		require.Empty(t, names)
		// A + that nobody escaped is a space.
		_, users = w.onCall("?at=2000-01-03T09:00:00+01:00")
		require.Equal(t, []watchbill.UserID{"ben"}, users[0])
		_, users = w.onCall("?at=" + url.QueryEscape("2000-01-03T08:59:59.999999+01:00"))
		require.Equal(t, []watchbill.UserID{"ada"}, users[0])
		_, users = w.onCall("?at=2500-12-31T23:59:59Z")
		require.Len(t, users[0], 1)
	})
}

// Questions about the past are answered from what was in force then.
func TestThePast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(time.Hour)
		next := org()
		next.Schedules = next.Schedules[:1]
		next.Schedules[0].Overrides = []schedule.Override{{ID: "o", User: "cem",
			From: calendar.InstantMoment(time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)),
			To:   calendar.InstantMoment(time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC))}}
		w.configure(next)
		w.pass(time.Hour)

		for at, want := range map[string]watchbill.UserID{
			"1999-12-30T00:00:00Z": "ada", // before the first revision: the first
			"2000-01-01T00:59:59Z": "ada",
			"2000-01-01T01:00:00Z": "cem",
			"2000-01-05T00:00:00Z": "cem",
		} {
			_, users := w.onCall("?schedule=primary&at=" + at)
			require.Equal(t, []watchbill.UserID{want}, users[0], at)
		}
		w.onCall("?schedule=empty&at=2000-01-01T00:00:00Z") // there was one then
		w.get("/api/v1/oncall?schedule=empty").problem(400)

		var shifts []schedule.Shift
		w.get("/api/v1/schedules/primary/shifts?from=2000-01-01T00:00:00Z&to=2000-01-09T00:00:00Z").is(200).into(&shifts)
		require.Len(t, shifts, 2)
		require.Equal(t, []watchbill.UserID{"ada"}, shifts[0].Users)
		require.Equal(t, "2000-01-01T01:00:00Z", shifts[0].End.UTC().Format(time.RFC3339))
		require.Equal(t, []watchbill.UserID{"cem"}, shifts[1].Users)
		require.Equal(t, "2000-01-09T00:00:00Z", shifts[1].End.UTC().Format(time.RFC3339))
		require.Equal(t, "[]\n", w.get("/api/v1/schedules/empty/shifts?from=2000-01-01T00:00:00Z").is(200).Body.String())
	})
}

// A revision that changes nothing for the schedule does not split its shifts.
func TestShiftsAcrossRevisionsAreJoined(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const path = "/api/v1/schedules/primary/shifts?from=2000-01-01T00:00:00Z&to=2000-01-20T00:00:00Z"
		before := w.get(path).is(200).Body.String()
		w.pass(time.Hour)
		next := org()
		next.CatchAll = nil
		w.configure(next)
		w.pass(time.Hour)
		require.JSONEq(t, before, w.get(path).is(200).Body.String())
		require.True(t, json.Valid([]byte(before)))
	})
}

// With names=yes the answer can be shown to people as it is.
func TestOnCallWithNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var got struct {
			Names, Timezones map[string]string
		}
		w.get("/api/v1/oncall?names=yes").is(200).into(&got)
		require.Equal(t, map[string]string{"ada": "Ada Okafor"}, got.Names)
		require.Equal(t, map[string]string{"primary": "Europe/Berlin", "empty": "UTC"}, got.Timezones)
		require.Equal(t, []string{"names"}, fields(w.get("/api/v1/oncall?names=1").problem(400)))

		_, users := w.onCall("?schedule=primary&at=2000-01-03T08:59")
		require.Equal(t, []watchbill.UserID{"ada"}, users[0], "in the schedule's zone")
		_, users = w.onCall("?schedule=primary&at=2000-01-03T09:00")
		require.Equal(t, []watchbill.UserID{"ben"}, users[0])
		p := w.get("/api/v1/oncall?at=2000-01-03T09:00").problem(400)
		require.Contains(t, p.Errors[0].Reason, "it is not known in which zone it is meant")
	})
}
