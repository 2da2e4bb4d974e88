package cover_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// world is one request and what it is judged by. Monday 5 January 2026, 09:00 UTC, is when it begins; ada, ben and cem have
// primary in turn, each for a week from Monday 09:00, and ben, cem and ada secondary. dan is qualified and on no schedule,
// eve has no contact, fay is away from the 6th to the 20th, gus is not qualified.
type world struct {
	t         testing.TB
	now       time.Time
	r         cover.Request
	entries   []timeline.Entry
	specs     []schedule.Spec
	overrides map[watchbill.ScheduleID][]schedule.Override
}

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func rotation(id watchbill.ScheduleID, hour int, users ...watchbill.UserID) schedule.Spec {
	return schedule.Spec{ID: id, Layers: []schedule.Layer{{ID: "week", Users: users, Rotation: schedule.Rotation{Unit: calendar.Week},
		Start: calendar.CivilMoment(calendar.NewCivil(2026, 1, 5, hour, 0, 0))}}}
}

func newWorld(t testing.TB) *world {
	return &world{t: t, now: monday, overrides: map[watchbill.ScheduleID][]schedule.Override{},
		specs: []schedule.Spec{rotation("primary", 9, "ada", "ben", "cem"), rotation("secondary", 9, "ben", "cem", "ada"), {ID: "empty"}}}
}

func user(id watchbill.UserID) (catalog.User, bool) {
	u := catalog.User{ID: id, Qualifications: []string{"db"}, Contacts: []notify.Contact{{ID: "m", Channel: "test", Address: "a"}}}
	switch id {
	case "ada", "ben", "cem", "dan":
	case "eve":
		u.Contacts = nil
	case "fay":
		u.Zone = "Europe/Berlin"
		u.Absences = []catalog.Absence{{From: calendar.CivilMoment(calendar.NewCivil(2026, 1, 6, 0, 0, 0)), To: calendar.CivilMoment(calendar.NewCivil(2026, 1, 20, 0, 0, 0))}}
	case "gus":
		u.Qualifications = nil
	default:
		return catalog.User{}, false
	}
	return u, true
}

func (w *world) scene() cover.Scene {
	s := cover.Scene{User: user, Team: func(id watchbill.TeamID) (catalog.Team, bool) {
		return catalog.Team{ID: id, Members: []watchbill.UserID{"ada", "dan", "gus"}}, id == "dba"
	}, Needs: func(id watchbill.ScheduleID) []string {
		if id == "primary" {
			return []string{"db"}
		}
		return nil
	}}
	for _, spec := range w.specs {
		spec.Overrides = w.overrides[spec.ID]
		made, err := schedule.New(spec)
		require.NoError(w.t, err)
		s.Schedules = append(s.Schedules, made)
	}
	return s
}

// apply carries out a command, puts in force what was agreed, and answers in words.
func (w *world) apply(c cover.Command) string {
	was, given, before := encoded(w.t, w.r), fmt.Sprintf("%#v", c), w.past()
	next, entries, err := cover.Apply(w.r, w.now, c, w.scene())
	require.Equal(w.t, was, encoded(w.t, w.r), "%T writes into the request that it was given", c)
	require.Equal(w.t, given, fmt.Sprintf("%#v", c), "%T writes into the command", c)
	if err != nil {
		require.Empty(w.t, entries)
		require.Equal(w.t, w.r, next, "what is refused changes nothing")
		return refused(err)
	}
	for _, g := range next.Grants {
		w.put(next, g)
	}
	w.r, w.entries = next, append(w.entries, entries...)
	w.check(entries)
	require.Equal(w.t, before, w.past(), "%T rewrites history", c)
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.At.Format("02 15:04 ")+cover.Describe(e))
		for _, t := range cover.Tells(w.r, e) {
			lines = append(lines, fmt.Sprintf("  to %s: %s", t.User, t.Text(time.UTC)))
		}
	}
	if len(lines) == 0 {
		return "(nothing)"
	}
	return strings.Join(lines, "\n")
}

func refused(err error) string {
	var lines []string
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			lines = append(lines, "refused: "+e.Error())
		}
		return strings.Join(lines, "\n")
	}
	return "refused: " + err.Error()
}

func (w *world) put(r cover.Request, g cover.Grant) {
	list := w.overrides[g.Schedule]
	o, holds := r.OverrideOf(g)
	for i := range list {
		if list[i].ID == g.Override {
			if list = append([]schedule.Override{}, list...); holds {
				list[i] = o
			} else {
				list = append(list[:i], list[i+1:]...)
			}
			w.overrides[g.Schedule] = list
			return
		}
	}
	if holds {
		w.overrides[g.Schedule] = append(list, o)
	}
}

// shifts tells who is on call in a schedule, hour by hour as it changes.
func (w *world) shifts(id string, from, to time.Time) string {
	var lines []string
	for _, s := range w.scene().Schedules {
		if string(s.ID()) != id {
			continue
		}
		for set := range s.Sets(from, to) {
			who := "nobody"
			if len(set.Users) > 0 {
				who = strings.Trim(fmt.Sprint(set.Users), "[]")
			}
			lines = append(lines, set.Start.Format("02 15:04")+" "+who)
		}
	}
	return strings.Join(lines, "\n")
}

// past tells who was on call until now.
func (w *world) past() string {
	var all []string
	for _, spec := range w.specs {
		all = append(all, string(spec.ID)+": "+w.shifts(string(spec.ID), monday.AddDate(0, -1, 0), w.now))
	}
	return strings.Join(all, "\n")
}

// check holds what must be true after every command.
func (w *world) check(entries []timeline.Entry) {
	folded, err := cover.Fold(w.entries)
	require.NoError(w.t, err)
	require.Equal(w.t, w.r, folded, "folding the record gives the request back")
	require.Equal(w.t, encoded(w.t, w.r), encoded(w.t, folded))
	back, err := cover.Decode([]byte(encoded(w.t, w.r)))
	require.NoError(w.t, err)
	require.Equal(w.t, w.r, back)
	for i, g := range w.r.Grants {
		require.True(w.t, g.From.Before(g.To))
		require.False(w.t, g.From.Before(w.r.CreatedAt), "a grant reaches behind the request")
		for _, other := range w.r.Grants[:i] {
			both := g.Schedule == other.Schedule && g.From.Before(other.To) && other.From.Before(g.To)
			require.False(w.t, both, "two grants overlap: %v, %v", g, other)
			require.NotEqual(w.t, g.Override, other.Override)
		}
	}
	for _, e := range entries {
		require.NotContains(w.t, cover.Describe(e), "unreadable")
		told := map[watchbill.UserID]bool{}
		for _, one := range cover.Tells(w.r, e) {
			require.False(w.t, told[one.User], "%s is told twice", one.User)
			require.NotEqual(w.t, timeline.User(one.User), e.Actor, "%s is told of what they did", one.User)
			told[one.User] = true
		}
	}
	if w.r.StateAt(w.now) != cover.Open {
		require.Empty(w.t, w.r.OpenIn(w.scene(), w.now))
	}
}

func encoded(t testing.TB, r cover.Request) string {
	data, err := cover.Encode(r)
	require.NoError(t, err)
	return string(data)
}
