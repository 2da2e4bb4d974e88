package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// rota is org with ada, ben and cem on call in turn, each for a week from Sunday 22 November 2026, 00:00 UTC, on primary,
// which pages for shop. At t0 it is ada.
func rota() oncall.Config {
	c := org()
	c.Schedules = []schedule.Spec{weekly("primary", "ada", "ben", "cem"), weekly("secondary", "cem", "ada", "ben")}
	c.Policies[0].Levels[0].Targets = []escalation.Target{escalation.Schedule("primary")}
	return c
}

func weekly(id watchbill.ScheduleID, users ...watchbill.UserID) schedule.Spec {
	return schedule.Spec{ID: id, Layers: []schedule.Layer{{ID: "week", Users: users, Rotation: schedule.Rotation{Unit: calendar.Week},
		Start: calendar.CivilMoment(calendar.NewCivil(2026, 11, 22, 0, 0, 0))}}}
}

// rostered returns an engine over a store where rota is in force since a day before t0.
func rostered(t *testing.T, st store.Store, seed byte) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{Store: st, Rand: rand.NewChaCha8([32]byte{seed})})
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), t0.Add(-24*time.Hour), rota())
	require.NoError(t, err)
	return e
}

func voice(user watchbill.UserID) cover.Voice {
	return cover.Voice{By: timeline.By{Actor: timeline.User(user)}}
}

func covered(t *testing.T, e *engine.Engine, at time.Time, id cover.ID, c cover.Command) cover.Request {
	t.Helper()
	r, err := e.Cover(t.Context(), at, id, c)
	require.NoError(t, err)
	return r
}

// whoIs asks long after, when all of it is past.
func whoIs(t *testing.T, e *engine.Engine, at, knownAt time.Time) []watchbill.UserID {
	t.Helper()
	return whoIsNow(t, e, t0.AddDate(10, 0, 0), at, knownAt)
}

func whoIsNow(t *testing.T, e *engine.Engine, now, at, knownAt time.Time) []watchbill.UserID {
	t.Helper()
	a, err := e.OnCall(t.Context(), now, "primary", at, knownAt)
	require.NoError(t, err)
	return a.Users
}

var hour = time.Hour

func TestWhatIsTakenOverIsPagedAtOnceByEveryEngine(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e, other := rostered(t, st, 1), rostered(t, st, 2)
		r := covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary", To: t0.Add(12 * hour)})
		require.Equal(t, cover.Covered, r.State)
		alertOf(t, other, trigger("db"), t0.Add(hour))
		require.Equal(t, map[watchbill.UserID]int{"ben": 1}, paged(t, other, t0.Add(hour)))
		lines, err := other.CoverTimeline(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, "ben took over ada's duty in primary, Sun 2026-11-22 03:00 to 15:00 UTC", lines[0].Text)
		require.Equal(t, []watchbill.UserID{"ada"}, whoIs(t, other, t0.Add(12*hour), time.Time{}))
		found, err := other.CoverRequest(t.Context(), t0, r.ID)
		require.NoError(t, err)
		require.Equal(t, r, found, "what is answered is what is stored")
	})
}

// Two engines share a store, and everybody answers at once: each stretch has one taker, and what is in force says so.
func TestOfManyWhoAcceptAtOnceExactlyOneWins(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		engines := []*engine.Engine{rostered(t, st, 1), rostered(t, st, 2)}
		r := covered(t, engines[0], t0, "", cover.Ask{Voice: voice("ada"), Schedules: []watchbill.ScheduleID{"primary"}, From: t0.Add(hour), To: t0.Add(30 * hour)})
		var callers sync.WaitGroup
		var mu sync.Mutex
		var winners []watchbill.UserID
		for i, user := range []watchbill.UserID{"ben", "cem", "ben", "cem"} {
			callers.Go(func() {
				_, err := engines[i%2].Cover(t.Context(), t0, r.ID, cover.Accept{Voice: voice(user)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, user)
					return
				}
				require.ErrorIs(t, err, cover.ErrOver)
			})
		}
		callers.Wait()
		require.Len(t, winners, 1)
		for _, e := range engines {
			now, err := e.Org(t.Context())
			require.NoError(t, err)
			require.Len(t, now.Config().Overrides, 1)
			require.Equal(t, winners, whoIs(t, e, t0.Add(2*hour), time.Time{}))
			require.Equal(t, []watchbill.UserID{"ada"}, whoIs(t, e, t0.Add(2*hour), t0.Add(-time.Second)), "as it was known before")
		}
	})
}

// A file is loaded again and again while people swap: neither undoes the other, and an unchanged file makes no revision.
func TestAReloadLeavesAloneWhatPeopleOverrode(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e, other := rostered(t, st, 1), rostered(t, st, 2)
		var both sync.WaitGroup
		both.Go(func() {
			for i := range 10 {
				next := rota()
				next.CatchAllEvery = time.Duration(1+i%2) * time.Hour
				_, err := other.Configure(t.Context(), t0, next)
				require.NoError(t, err)
			}
		})
		both.Go(func() {
			for i := range 10 {
				from := t0.Add(time.Duration(2*i) * hour)
				covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary", From: from, To: from.Add(hour)})
			}
		})
		both.Wait()
		now, err := e.Org(t.Context())
		require.NoError(t, err)
		require.Len(t, now.Config().Overrides, 10)
		require.Equal(t, 2*hour, now.Config().CatchAllEvery)
		same := now.Config()
		same.Overrides = nil // as a file has it
		number, err := other.Configure(t.Context(), t0.Add(hour), same)
		require.NoError(t, err)
		require.Equal(t, now.Revision(), number, "an unchanged file makes no revision")
	})
}

func TestAReloadWithoutThePersonOrTheScheduleIsNoError(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("cem"), Replaces: "ada", Schedule: "primary", To: t0.Add(12 * hour)})
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Schedule: "secondary", To: t0.Add(12 * hour)})
	next := rota()
	next.Schedules = []schedule.Spec{weekly("primary", "ada", "ben")}
	next.Catalog.Users, next.CatchAll = next.Catalog.Users[:2], nil
	_, err := e.Configure(t.Context(), t0.Add(hour), next)
	require.NoError(t, err)
	require.Equal(t, []watchbill.UserID{"ada"}, whoIs(t, e, t0.Add(2*hour), time.Time{}))
	require.Equal(t, []watchbill.UserID{"cem"}, whoIs(t, e, t0.Add(time.Minute), time.Time{}), "then it was cem")
	_, err = e.Configure(t.Context(), t0.Add(3*hour), rota())
	require.NoError(t, err)
	require.Equal(t, []watchbill.UserID{"cem"}, whoIs(t, e, t0.Add(4*hour), time.Time{}), "who comes back has it again")
}

// Who was on call, and who we then thought would be: what was once answered of the past is answered for ever, whatever
// people take over, swap, withdraw and reload later.
func TestHistoryAnswersNeverChange(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			st, r := memory.New(), rand.New(rand.NewPCG(seed, 2))
			engines := []*engine.Engine{rostered(t, st, 1), rostered(t, st, 2)}
			type question struct{ at, knownAt time.Time }
			answers := map[question][]watchbill.UserID{}
			now, changed := t0, 0
			for range 40 {
				now = now.Add(time.Duration(r.IntN(600)) * time.Minute)
				changed += meddle(t, engines[r.IntN(2)], r, now)
				for q, want := range answers {
					require.Equal(t, want, whoIs(t, engines[r.IntN(2)], q.at, q.knownAt), "%v as known at %v", q.at, q.knownAt)
				}
				past := t0.Add(time.Duration(r.Int64N(int64(now.Sub(t0)) + 1))) // what has happened is settled
				answers[question{at: past}] = whoIs(t, engines[0], past, time.Time{})
				then := t0.Add(time.Duration(r.Int64N(int64(now.Sub(t0)) + 1)))
				future := then.Add(time.Duration(r.IntN(30*24)) * hour) // and so is what was thought of what was to come
				answers[question{future, then.Add(-time.Microsecond)}] = whoIs(t, engines[0], future, then.Add(-time.Microsecond))
			}
			require.Greater(t, changed, 5)
			shifts, err := engines[0].Shifts(t.Context(), now, "primary", t0, now, time.Time{})
			require.NoError(t, err)
			for _, s := range shifts {
				require.Equal(t, s.Users, whoIs(t, engines[1], s.Start, time.Time{}))
				require.Equal(t, s.Users, whoIs(t, engines[1], s.End.Add(-time.Microsecond), time.Time{}))
			}
		})
	}
}

// meddle lets somebody do something that may be refused, and returns how often it was not.
func meddle(t *testing.T, e *engine.Engine, r *rand.Rand, now time.Time) int {
	people := []watchbill.UserID{"ada", "ben", "cem"}
	who, whose := people[r.IntN(3)], people[r.IntN(3)]
	from := now.Add(time.Duration(r.IntN(200)-50) * hour)
	to := from.Add(time.Duration(1+r.IntN(100)) * hour)
	all, _, err := e.Covers(t.Context(), now, false, "", 200)
	require.NoError(t, err)
	var id cover.ID
	if len(all) > 0 {
		id = all[r.IntN(len(all))].ID
	}
	commands := []cover.Command{
		cover.TakeOver{Voice: voice(who), Replaces: whose, From: from, To: to}, cover.TakeOver{Voice: voice(who), Schedule: "primary", From: from, To: to},
		cover.Ask{Voice: voice(whose), From: from, To: to}, cover.Swap{Voice: voice(who), With: whose, From: from, To: to, WithFrom: to, WithTo: to.Add(to.Sub(from))},
	}
	answers := []cover.Command{cover.Accept{Voice: voice(who)}, cover.Accept{Voice: voice(who), To: to}, cover.Withdraw{Voice: cover.Voice{By: byAda, Admin: true}}}
	switch n := r.IntN(8); {
	case n == 0:
		c := rota()
		c.Schedules[0] = weekly("primary", people[r.IntN(3)], people[r.IntN(3)], "cem")
		_, err = e.Configure(t.Context(), now, c)
		require.NoError(t, err)
	case n < 5 || id == "":
		_, err = e.Cover(t.Context(), now, "", commands[r.IntN(len(commands))])
	default:
		_, err = e.Cover(t.Context(), now, id, answers[r.IntN(len(answers))])
	}
	if err == nil {
		return 1
	}
	var field *cover.FieldError
	require.True(t, errors.Is(err, cover.ErrOver) || errors.As(err, &field), "%v", err)
	return 0
}

func TestOverridesLongPastAreLeftOutOfWhatIsInForce(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	take := func(at time.Time) {
		covered(t, e, at, "", cover.TakeOver{Voice: voice("cem"), Schedule: "primary", To: at.Add(hour)})
	}
	take(t0)
	take(t0.Add(300 * 24 * hour))
	take(t0.Add(402 * 24 * hour))
	now, err := e.Org(t.Context())
	require.NoError(t, err)
	require.Len(t, now.Config().Overrides, 2)
	require.Equal(t, []watchbill.UserID{"cem"}, whoIs(t, e, t0, time.Time{}), "history has it for ever")
}

func TestCoversAreListedAndExpire(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := rostered(t, st, 1)
		ask := covered(t, e, t0, "", cover.Ask{Voice: voice("ada"), From: t0.Add(hour), To: t0.Add(30 * hour), Of: []watchbill.UserID{"ben"}})
		taken := covered(t, e, t0.Add(time.Minute), "", cover.TakeOver{Voice: voice("ben"), Schedule: "secondary", To: t0.Add(hour)})
		listed := func(open bool, at time.Time) (ids []cover.ID, states []cover.State) {
			all, next, err := e.Covers(t.Context(), at, open, "", 10)
			require.NoError(t, err)
			require.Empty(t, next)
			for _, r := range all {
				ids, states = append(ids, r.ID), append(states, r.State)
			}
			return ids, states
		}
		ids, states := listed(false, t0.Add(hour))
		require.Equal(t, []cover.ID{taken.ID, ask.ID}, ids)
		require.Equal(t, []cover.State{cover.Covered, cover.Open}, states)
		ids, _ = listed(true, t0.Add(hour))
		require.Equal(t, []cover.ID{ask.ID}, ids)
		ids, _ = listed(true, t0.Add(30*hour))
		require.Empty(t, ids)
		_, states = listed(false, t0.Add(30*hour))
		require.Equal(t, []cover.State{cover.Covered, cover.Expired}, states)
		_, err := e.Cover(t.Context(), t0.Add(30*hour), ask.ID, cover.Accept{Voice: voice("ben")})
		require.ErrorIs(t, err, cover.ErrOver)
		_, err = e.Cover(t.Context(), t0, "nope", cover.Accept{Voice: voice("ben")})
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = e.CoverRequest(t.Context(), t0, "nope")
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = e.CoverTimeline(t.Context(), "nope")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestQualificationsAreThoseOfTheServicesThatPageASchedule(t *testing.T) {
	st := memory.New()
	e := rostered(t, st, 1)
	c := rota()
	c.Catalog.Services[0].Qualifications = []string{"db"}
	c.Catalog.Services = append(c.Catalog.Services, catalog.Service{ID: "other", Qualifications: []string{"mail"}})
	c.Catalog.Users[1].Qualifications = []string{"db"}
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	_, err = e.Cover(t.Context(), t0, "", cover.TakeOver{Voice: voice("cem"), Replaces: "ada", Schedule: "primary"})
	require.EqualError(t, err, "cover: user: cem lacks what primary asks for: db; an administrator can force it")
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary"})
}

func TestDuties(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary", From: t0.Add(hour), To: t0.Add(2 * hour)})
	all, err := e.Duties(t.Context(), t0, "ada", t0, t0.Add(10*24*hour))
	require.NoError(t, err)
	var lines []string
	for _, d := range all {
		lines = append(lines, fmt.Sprintf("%s %s to %s %v %v", d.Schedule, d.Start.Format("02 15:04"), d.End.Format("02 15:04"), d.Now, d.Why))
	}
	const turn = "2026-11-22 00:00 to 2026-11-29 00:00 UTC"
	require.Equal(t, []string{
		"primary 22 00:00 to 22 04:00 true [ada: layer week, turn 0 (" + turn + ")]",
		"primary 22 05:00 to 29 00:00 false [ada: layer week, turn 0 (" + turn + ")]",
		"secondary 29 00:00 to 02 03:00 false [ada: layer week, turn 1 (2026-11-29 00:00 to 2026-12-06 00:00 UTC)]",
	}, lines)
	_, err = e.Duties(t.Context(), t0, "eve", t0, t0.Add(hour))
	require.ErrorIs(t, err, store.ErrNotFound)
	none, err := e.Duties(t.Context(), t0, "ada", t0.Add(hour), t0.Add(hour))
	require.NoError(t, err)
	require.Empty(t, none)
}

// A duty under way began when it began: across an edit that did not touch it, and at most 62 days back.
func TestDutyUnderWayHasItsBeginning(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	edited := rota()
	edited.CatchAllEvery = hour
	_, err := e.Configure(t.Context(), t0.Add(24*hour), edited)
	require.NoError(t, err)
	start := func(user watchbill.UserID, from time.Time) time.Time {
		all, err := e.Duties(t.Context(), from, user, from, from.Add(hour))
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.True(t, all[0].Now)
		require.Equal(t, from.Add(hour), all[0].End.UTC(), "cut to the window")
		return all[0].Start.UTC()
	}
	require.Equal(t, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), start("ben", t0.Add(8*24*hour)).AddDate(0, 0, -7))
	require.Equal(t, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), start("cem", t0.Add(48*hour)), "on secondary")

	edited.Schedules = []schedule.Spec{weekly("primary", "dan")}
	edited.Catalog.Users = append(edited.Catalog.Users, catalog.User{ID: "dan"})
	edited.Schedules[0].Layers[0].Rotation = schedule.Rotation{Every: 1000, Unit: calendar.Week}
	_, err = e.Configure(t.Context(), t0.Add(100*24*hour), edited)
	require.NoError(t, err)
	require.Equal(t, t0.Add(100*24*hour), start("dan", t0.Add(110*24*hour)), "before, it was somebody else's")
	require.Equal(t, t0.Add((300-62)*24*hour), start("dan", t0.Add(300*24*hour)))
	gone := rota()
	_, err = e.Configure(t.Context(), t0.Add(310*24*hour), gone)
	require.NoError(t, err)
	_, err = e.Duties(t.Context(), t0, "dan", t0.Add(311*24*hour), t0.Add(312*24*hour))
	require.ErrorIs(t, err, store.ErrNotFound, "who is gone is not found, though there was a duty in the days looked back at")
}

// The revision before the first is the first; a schedule that never was is missing.
func TestHistoryAtItsEdges(t *testing.T) {
	empty, err := engine.New(engine.Config{Store: memory.New()})
	require.NoError(t, err)
	none, err := empty.OrgAt(t.Context(), t0.AddDate(1, 0, 0), t0)
	require.NoError(t, err)
	require.Zero(t, none.Revision())
	e := rostered(t, memory.New(), 1)
	first, err := e.OrgAt(t.Context(), t0.AddDate(1, 0, 0), t0.Add(-1000*hour))
	require.NoError(t, err)
	require.EqualValues(t, 1, first.Revision())
	_, err = e.OnCall(t.Context(), t0, "nope", t0, time.Time{})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = e.Shifts(t.Context(), t0, "nope", t0, t0.Add(hour), time.Time{})
	require.ErrorIs(t, err, store.ErrNotFound)
	later := rota()
	later.CatchAll = nil
	number, err := e.Configure(t.Context(), t0.Add(-48*hour), later) // an engine whose clock is a day behind
	require.NoError(t, err)
	then, err := e.OrgAt(t.Context(), t0, t0.Add(-49*hour))
	require.NoError(t, err)
	require.Equal(t, number, then.Revision(), "it answers also for what was before all")
	then, err = e.OrgAt(t.Context(), t0, t0.Add(-48*hour))
	require.NoError(t, err)
	require.Equal(t, number, then.Revision(), "what was made later supersedes it")
}

// failing is a store whose next update fails once everything was done, and leaves nothing.
type failing struct {
	store.Store
	next bool
}

var errLost = errors.New("connection lost")

func (f *failing) Update(ctx context.Context, fn func(store.Tx) error) error {
	return f.Store.Update(ctx, func(tx store.Tx) error {
		err := fn(tx)
		if err == nil && f.next {
			f.next, err = false, errLost
		}
		return err
	})
}

// A revision that was not committed leaves its number to another one, which must not be taken for it.
func TestWhatWasNotCommittedIsNotInForce(t *testing.T) {
	st := &failing{Store: memory.New()}
	e, other := rostered(t, st, 1), rostered(t, st.Store, 2)
	st.next = true
	_, err := e.Cover(t.Context(), t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary"})
	require.ErrorIs(t, err, errLost)
	require.Equal(t, []watchbill.UserID{"ada"}, whoIs(t, e, t0.Add(hour), time.Time{}))
	covered(t, other, t0, "", cover.TakeOver{Voice: voice("cem"), Replaces: "ada", Schedule: "primary"})
	require.Equal(t, []watchbill.UserID{"cem"}, whoIs(t, e, t0.Add(hour), time.Time{}))
	now, err := e.Org(t.Context())
	require.NoError(t, err)
	require.Equal(t, watchbill.UserID("cem"), now.Resolve([]escalation.Target{escalation.Schedule("primary")}, t0.Add(hour)).People[0].User)
}
