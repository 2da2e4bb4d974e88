package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// A clock that was ahead when something was put in force must not part what is shown from what pages.
func TestWhatPagesIsWhatIsShownAfterAClockWasAhead(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := rostered(t, st, 1)
		without := rota()
		without.Schedules[0] = weekly("primary", "cem")
		_, err := e.Configure(t.Context(), t0.Add(48*hour), without) // two days ahead
		require.NoError(t, err)
		shown := func(now time.Time) []watchbill.UserID {
			list, err := e.Shifts(t.Context(), now, "primary", now, now.Add(hour), time.Time{})
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, list[0].Users, whoIsNow(t, e, now, now, time.Time{}))
			return list[0].Users
		}
		alertOf(t, e, trigger("db"), t0.Add(hour))
		require.Equal(t, map[watchbill.UserID]int{"cem": 1}, paged(t, e, t0.Add(hour)))
		require.Equal(t, []watchbill.UserID{"cem"}, shown(t0.Add(hour)), "the latest holds from now on")
		require.Equal(t, []watchbill.UserID{"ada"}, whoIsNow(t, e, t0.Add(hour), t0, time.Time{}), "and not before")

		covered(t, e, t0.Add(2*hour), "", cover.TakeOver{Voice: voice("ben"), Schedule: "primary", To: t0.Add(120 * hour)})
		require.Equal(t, []watchbill.UserID{"ben"}, shown(t0.Add(3*hour)))
		require.Equal(t, []watchbill.UserID{"ben"}, shown(t0.Add(50*hour)), "what was made later supersedes it also there")
		list, err := e.Shifts(t.Context(), t0.Add(60*hour), "primary", t0, t0.Add(59*hour), time.Time{})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, t0.Add(2*hour), list[1].Start.UTC())
	})
}

// Whatever clocks say: what is shown of an instant is one thing, and from now on it is what pages.
func TestAnswersAgreeWhateverClocksSay(t *testing.T) {
	for seed := range uint64(20) {
		st, r := memory.New(), rand.New(rand.NewPCG(seed, 3))
		e := rostered(t, st, byte(seed))
		for range 25 {
			now := t0.Add(time.Duration(r.IntN(20*24)-24) * hour) // ahead of, or behind, what it was before
			meddle(t, e, r, now)
			org, err := e.Org(t.Context())
			require.NoError(t, err)
			s, ok := org.Schedule("primary")
			require.True(t, ok)
			for range 3 {
				at := now.Add(time.Duration(r.IntN(10*24)) * hour)
				require.Equal(t, s.OnCall(at).Users, whoIsNow(t, e, now, at, time.Time{}), "what pages is what is shown")
			}
			knownAt := time.Time{}
			if r.IntN(2) == 0 {
				knownAt = t0.Add(time.Duration(r.IntN(20*24)) * hour)
			}
			list, err := e.Shifts(t.Context(), now, "primary", t0.AddDate(0, 0, -3), t0.AddDate(0, 0, 25), knownAt)
			require.NoError(t, err)
			for _, one := range list {
				require.Equal(t, one.Users, whoIsNow(t, e, now, one.Start, knownAt), "seed %d: %v", seed, one)
				require.Equal(t, one.Users, whoIsNow(t, e, now, one.End.Add(-time.Microsecond), knownAt), "seed %d: %v", seed, one)
			}
		}
	}
}

// One command with a clock that is far ahead drops nothing that has been agreed.
func TestAClockAheadDropsNoCover(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Replaces: "ada", Schedule: "primary", To: t0.Add(12 * hour)})
	far := t0.AddDate(2, 0, 0)
	covered(t, e, far, "", cover.TakeOver{Voice: voice("cem"), Schedule: "secondary", To: far.Add(12 * hour)})
	alertOf(t, e, trigger("db"), t0.Add(hour))
	require.Equal(t, map[watchbill.UserID]int{"ben": 1}, paged(t, e, t0.Add(hour)))
}

// What ended a week ago leaves the configuration in force, and history still has it.
func TestOverridesThatEndedLeave(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	day := 24 * hour
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("ben"), Schedule: "primary", To: t0.Add(hour)})
	in := func(now time.Time) int {
		covered(t, e, now, "", cover.TakeOver{Voice: voice("ben"), Schedule: "secondary", From: now, To: now.Add(hour)})
		org, err := e.Org(t.Context())
		require.NoError(t, err)
		return len(org.Config().Overrides)
	}
	require.Equal(t, 2, in(t0.Add(6*day)))
	require.Equal(t, 3, in(t0.Add(8*day)), "the revision in force was made less than a week after its end")
	require.Equal(t, 3, in(t0.Add(9*day)))
	require.Equal(t, []watchbill.UserID{"ben"}, whoIs(t, e, t0, time.Time{}))
	list, err := e.Shifts(t.Context(), t0.Add(9*day), "primary", t0, t0.Add(2*hour), time.Time{})
	require.NoError(t, err)
	require.Equal(t, []watchbill.UserID{"ben"}, list[0].Users)
	require.Equal(t, t0.Add(hour), list[0].End.UTC())
}

// Revisions that an earlier release stored whole are read, and the same file makes no needless one.
func TestRevisionsThatWereStoredWhole(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		c := rota()
		o := schedule.Override{ID: "r-1", From: calendar.InstantMoment(t0), To: calendar.InstantMoment(t0.Add(12 * hour)), User: "ben"}
		c.Overrides = []oncall.Override{{Schedule: "primary", Override: o}, {Schedule: "secondary", Override: o}}
		whole, err := c.Encode()
		require.NoError(t, err)
		require.NoError(t, st.Update(t.Context(), func(tx store.Tx) error {
			_, err := tx.Revisions().Add(t0, whole)
			return err
		}))
		e, err := engine.New(engine.Config{Store: st})
		require.NoError(t, err)
		require.Equal(t, []watchbill.UserID{"ben"}, whoIs(t, e, t0, time.Time{}))
		number, err := e.Configure(t.Context(), t0.Add(hour), rota())
		require.NoError(t, err)
		require.EqualValues(t, 1, number, "an unchanged file makes no revision")
		covered(t, e, t0.Add(hour), "", cover.TakeOver{Voice: voice("cem"), Schedule: "primary", To: t0.Add(2 * hour)})
		list, err := e.Shifts(t.Context(), t0.Add(2*hour), "primary", t0, t0.Add(12*hour), time.Time{})
		require.NoError(t, err)
		var who []string
		for _, s := range list {
			who = append(who, fmt.Sprint(s.Users, s.End.Sub(s.Start)))
		}
		require.Equal(t, []string{"[ben] 1h0m0s", "[cem] 1h0m0s", "[ben] 10h0m0s"}, who)
	})
}

// A part that is gone is an error, not a configuration with nobody in it; the one before pages on.
func TestARevisionWithoutOneOfItsParts(t *testing.T) {
	st := memory.New()
	rostered(t, st, 1)
	require.NoError(t, st.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.Revisions().Add(t0, []byte("parts 1\n"+`{"base":"nothing"}`))
		return err
	}))
	e, err := engine.New(engine.Config{Store: st})
	require.NoError(t, err)
	org, err := e.Org(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, org.Revision(), "the one before pages on")
	now, err := e.OnCall(t.Context(), t0, "primary", t0, time.Time{})
	require.NoError(t, err)
	require.NotEmpty(t, now.Users, "and is shown")
	_, err = e.Shifts(t.Context(), t0, "primary", t0, t0.Add(hour), time.Time{})
	require.ErrorContains(t, err, "part nothing: it cannot be decoded")
}

// Each revision costs a store what is new in it: a thousand that repeated all of it took a hundred megabytes.
func TestManyCoversAreStoredOnce(t *testing.T) {
	st := memory.New()
	e := rostered(t, st, 1)
	for i := range 300 {
		from := t0.Add(time.Duration(3*i+1) * hour)
		next := []watchbill.UserID{"ben", "cem", "ada"}[(3*i+1+3)/(7*24)%3] // has the week after
		covered(t, e, t0.Add(time.Duration(i)*time.Second), "", cover.TakeOver{Voice: voice(next), Schedule: "primary", From: from, To: from.Add(hour)})
	}
	size := 0
	require.NoError(t, st.View(t.Context(), func(tx store.Tx) error {
		for n := int64(1); ; n++ {
			rev, err := tx.Revisions().Get(n)
			if err != nil {
				return nil
			}
			size += len(rev.Config)
		}
	}))
	require.Less(t, size, 301*700)
	list, err := e.Shifts(t.Context(), t0.Add(hour), "primary", t0, t0.Add(30*24*hour), time.Time{})
	require.NoError(t, err)
	now, err := e.Org(t.Context())
	require.NoError(t, err)
	s, _ := now.Schedule("primary")
	require.Len(t, list, len(s.Shifts(t0, t0.Add(30*24*hour))))
}

// A hand-over that nobody acknowledged still says who went, once what that person had taken over has left the configuration.
func TestAnOldHandoverKeepsItsPeople(t *testing.T) {
	e := rostered(t, memory.New(), 1)
	at, day := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), 24*hour
	covered(t, e, t0, "", cover.TakeOver{Voice: voice("cem"), Schedule: "primary", From: at.Add(-day), To: at})
	for i := range 4 {
		now := at.Add(time.Duration(8+i) * day)
		covered(t, e, now, "", cover.TakeOver{Voice: voice("ada"), Schedule: "primary", To: now.Add(hour)})
	}
	org, err := e.Org(t.Context())
	require.NoError(t, err)
	s, _ := org.Schedule("primary")
	require.Equal(t, []watchbill.UserID{"ada"}, s.OnCall(at.Add(-hour)).Users, "which knows no more of it")
	h, err := e.Handover(t.Context(), at.Add(12*day), "primary", at)
	require.NoError(t, err)
	require.Equal(t, []watchbill.UserID{"cem"}, h.Outgoing)
}
