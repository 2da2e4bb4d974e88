package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func matchers(t *testing.T, texts ...string) (all mute.Matchers) {
	t.Helper()
	for _, text := range texts {
		m, err := mute.ParseMatcher(text)
		require.NoError(t, err)
		all = append(all, m)
	}
	return all
}

func between(from, to time.Time) mute.Span {
	return mute.Span{From: calendar.InstantMoment(from), To: calendar.InstantMoment(to)}
}

// quietening is a silence of team=db from t0 for two hours.
func quietening(t *testing.T) mute.Silence {
	return mute.Silence{Matchers: matchers(t, `team="db"`), Span: between(t0, t0.Add(2*hour)), By: "ada", Comment: "disk swap"}
}

func silenced(t *testing.T, e *engine.Engine, at time.Time, s mute.Silence) mute.Silence {
	t.Helper()
	made, err := e.Silence(t.Context(), at, s, byAda)
	require.NoError(t, err)
	return made
}

func made(t *testing.T, e *engine.Engine) oncall.Made {
	t.Helper()
	org, err := e.Org(t.Context())
	require.NoError(t, err)
	return org.Config().Made
}

// states returns the silences that people made, by ID.
func states(t *testing.T, e *engine.Engine, at time.Time) map[string]engine.MuteState {
	t.Helper()
	all := map[string]engine.MuteState{}
	for _, s := range made(t, e).Silences {
		all[s.ID] = engine.MuteStateOf(s.Span, at)
	}
	return all
}

func TestSilencesThatPeopleMake(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := start(t, engine.Config{Store: st})
		s := silenced(t, e, t0, quietening(t))
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, s.ID)
		require.Equal(t, t0, s.UpdatedAt)
		other, err := engine.New(engine.Config{Store: st})
		require.NoError(t, err)
		require.Equal(t, []mute.Silence{s}, made(t, other).Silences, "every engine knows it")

		longer := s
		longer.Span.To, longer.Comment = calendar.InstantMoment(t0.Add(4*hour)), "takes longer"
		again := silenced(t, e, t0.Add(hour), longer)
		require.Equal(t, s.ID, again.ID, "the end and the comment change in place")
		require.Len(t, made(t, e).Silences, 1)

		longer.Matchers = matchers(t, `team="db"`, `zone="a"`)
		moved := silenced(t, e, t0.Add(2*hour), longer)
		require.NotEqual(t, s.ID, moved.ID, "anything else is a new one")
		require.Equal(t, map[string]engine.MuteState{s.ID: engine.MuteExpired, moved.ID: engine.MuteActive}, states(t, e, t0.Add(2*hour)))
		require.Equal(t, t0.Add(2*hour), moved.Span.From.In(time.UTC), "which begins now")

		require.NoError(t, e.Unsilence(t.Context(), t0.Add(3*hour), moved.ID, byAda))
		require.NoError(t, e.Unsilence(t.Context(), t0.Add(3*hour), moved.ID, byAda), "again is fine")
		require.Equal(t, engine.MuteExpired, states(t, e, t0.Add(3*hour))[moved.ID])
		revived := silenced(t, e, t0.Add(3*hour), longer)
		require.NotEqual(t, moved.ID, revived.ID)

		lines, err := e.MuteTimeline(t.Context(), engine.SilenceKind, s.ID)
		require.NoError(t, err)
		require.Equal(t, []string{`ada made the silence of team="db", until Sun 2026-11-22 05:00 UTC: disk swap`,
			`ada changed the silence of team="db", until Sun 2026-11-22 07:00 UTC: takes longer`, `ada ended the silence of team="db"`}, texts(lines))
	})
}

func texts(lines []incident.Moment) (all []string) {
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}

// A silence that has not begun may begin at another time; one that is taken back never mutes.
func TestSilencesToCome(t *testing.T) {
	e := start(t, engine.Config{})
	s := quietening(t)
	s.Span = between(t0.Add(hour), t0.Add(2*hour))
	s = silenced(t, e, t0, s)
	require.Equal(t, engine.MutePending, states(t, e, t0)[s.ID])
	s.Span.From = calendar.InstantMoment(t0.Add(90 * time.Minute))
	require.Equal(t, s.ID, silenced(t, e, t0, s).ID)
	back := s
	back.Span.From = calendar.InstantMoment(t0.Add(-hour))
	require.NotEqual(t, s.ID, silenced(t, e, t0, back).ID, "what began at once is another one")
	require.Equal(t, engine.MuteExpired, states(t, e, t0)[s.ID])
	require.Equal(t, engine.MuteExpired, states(t, e, t0.Add(100*time.Minute))[s.ID])
}

// Silences that come again and again are pending between their windows.
func TestSilencesThatComeAgain(t *testing.T) {
	e := start(t, engine.Config{})
	s := quietening(t)
	s.Span = mute.Span{Zone: "Europe/Berlin", Windows: []calendar.Window{{Days: []calendar.Weekday{calendar.Sunday, calendar.Monday}, From: calendar.NewTimeOfDay(2, 0), To: calendar.NewTimeOfDay(5, 0)}}}
	s = silenced(t, e, t0, s) // 04:00 in Berlin
	require.Equal(t, engine.MuteActive, states(t, e, t0)[s.ID])
	require.Equal(t, engine.MutePending, states(t, e, t0.Add(2*hour))[s.ID])
	s.Comment = "every night"
	require.Equal(t, s.ID, silenced(t, e, t0.Add(2*hour), s).ID)
	require.NoError(t, e.Unsilence(t.Context(), t0.Add(2*hour), s.ID, byAda))
	require.Equal(t, engine.MuteExpired, states(t, e, t0.Add(24*hour))[s.ID])
}

func TestMutesThatAreRefused(t *testing.T) {
	e := start(t, engine.Config{})
	ctx := t.Context()
	bad := quietening(t)
	bad.By, bad.Matchers, bad.Span = "nobody", nil, mute.Span{}
	_, err := e.Silence(ctx, t0, bad, byAda)
	require.ErrorContains(t, err, `by: there is no user "nobody"`)
	require.ErrorContains(t, err, "matchers: is missing")
	require.ErrorContains(t, err, "to: is missing")
	late := quietening(t)
	_, err = e.Silence(ctx, t0.Add(3*hour), late, byAda)
	require.ErrorContains(t, err, "to: ")
	late.ID = "nope"
	_, err = e.Silence(ctx, t0, late, byAda)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, e.Unsilence(ctx, t0, "nope", byAda), store.ErrNotFound)
	_, err = e.Maintain(ctx, t0, mute.Maintenance{Services: []watchbill.ServiceID{"nope"}, Sources: []watchbill.SourceID{"no"}, Span: between(t0, t0.Add(hour))}, byAda)
	require.ErrorContains(t, err, `there is no service "nope"`)
	require.ErrorContains(t, err, `there is no source "no"`)
	require.Empty(t, made(t, e), "nothing is half done")

	c := org()
	c.Silences = []mute.Silence{{ID: "filed", Matchers: matchers(t, "a=b"), Span: between(t0, t0.Add(hour))}}
	_, err = e.Configure(ctx, t0, c)
	require.NoError(t, err)
	require.ErrorIs(t, e.Unsilence(ctx, t0, "filed", byAda), engine.ErrInFile)
}

// A reload of the file leaves alone what people made, and one that is unchanged makes no revision.
func TestAReloadLeavesAloneWhatPeopleMade(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := start(t, engine.Config{Store: st})
		silenced(t, e, t0, quietening(t))
		_, err := e.Maintain(t.Context(), t0, mute.Maintenance{Name: "move", Services: []watchbill.ServiceID{"shop"}, Span: between(t0, t0.Add(hour))}, byAda)
		require.NoError(t, err)
		was := made(t, e)
		before, err := e.Org(t.Context())
		require.NoError(t, err)
		same := org()
		same.Made.Silences, same.Personal = []mute.Silence{{ID: "x"}}, []catalog.Personal{{User: "ada"}}
		number, err := e.Configure(t.Context(), t0.Add(hour), same)
		require.NoError(t, err)
		require.Equal(t, before.Revision(), number, "an unchanged file makes no revision")
		changed := org()
		changed.Catalog.Services[0].Name = "Shop"
		number, err = e.Configure(t.Context(), t0.Add(hour), changed)
		require.NoError(t, err)
		require.Greater(t, number, before.Revision())
		require.Equal(t, was, made(t, e))
		fresh, err := engine.New(engine.Config{Store: st})
		require.NoError(t, err)
		require.Equal(t, was, made(t, fresh), "as it is stored")
	})
}

// What is over stays listed for five days; who did what is kept for ever.
func TestWhatIsOverLeavesTheConfiguration(t *testing.T) {
	e := start(t, engine.Config{})
	old := silenced(t, e, t0, quietening(t))
	day := 24 * hour
	next := quietening(t)
	next.Span = between(t0.Add(5*day), t0.Add(6*day))
	silenced(t, e, t0.Add(5*day), next)
	require.Contains(t, states(t, e, t0), old.ID)
	for n := range 2 { // what the revision in force may still have seen stays: a clock that is ahead drops nothing
		next.Span = between(t0.Add(6*day), t0.Add(7*day))
		silenced(t, e, t0.Add(6*day+time.Duration(n)), next)
	}
	require.NotContains(t, states(t, e, t0), old.ID)
	lines, err := e.MuteTimeline(t.Context(), engine.SilenceKind, old.ID)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	then, err := e.OrgAt(t.Context(), t0.Add(6*day), t0.Add(hour))
	require.NoError(t, err)
	require.Len(t, then.Config().Made.Silences, 1, "the revision of its time has it")
}

func TestNobodyMakesSilencesWithoutEnd(t *testing.T) {
	st := memory.New()
	e := start(t, engine.Config{Store: st})
	c := org()
	for i := range 2500 {
		s := quietening(t)
		if s.ID = fmt.Sprint("s", i); i >= 1000 {
			s.Span = between(t0.Add(-2*hour), t0.Add(-hour))
		}
		c.Made.Silences = append(c.Made.Silences, s)
	}
	require.NoError(t, st.Update(t.Context(), func(tx store.Tx) error {
		whole, err := c.Encode()
		require.NoError(t, err)
		_, err = tx.Revisions().Add(t0, whole)
		return err
	}))
	_, err := e.Silence(t.Context(), t0, quietening(t), byAda)
	require.ErrorContains(t, err, "there are 1000 already")
	change := quietening(t)
	change.ID, change.Comment = "s7", "no new one"
	silenced(t, e, t0, change)
	require.Len(t, made(t, e).Silences, 2000, "and of those that are over, the last thousand stay")
}

func TestMaintenanceThatPeopleMake(t *testing.T) {
	e := start(t, engine.Config{})
	w := mute.Maintenance{Name: "move", Services: []watchbill.ServiceID{"shop"}, Span: between(t0, t0.Add(hour)), By: "ada"}
	w, err := e.Maintain(t.Context(), t0, w, byAda)
	require.NoError(t, err)
	w.Mode, w.Span.To = mute.Collect, calendar.InstantMoment(t0.Add(2*hour))
	again, err := e.Maintain(t.Context(), t0.Add(time.Minute), w, byAda)
	require.NoError(t, err)
	require.Equal(t, w, again)
	require.Equal(t, []mute.Maintenance{w}, made(t, e).Maintenance)
	require.NoError(t, e.EndMaintenance(t.Context(), t0.Add(hour), w.ID, byAda))
	require.Equal(t, engine.MuteExpired, engine.MuteStateOf(made(t, e).Maintenance[0].Span, t0.Add(hour)))
	next, err := e.Maintain(t.Context(), t0.Add(hour), w, byAda)
	require.NoError(t, err)
	require.NotEqual(t, w.ID, next.ID, "what is over is not changed")
	lines, err := e.MuteTimeline(t.Context(), engine.MaintenanceKind, w.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"ada made the maintenance of shop, until Sun 2026-11-22 04:00 UTC: move",
		"ada changed the maintenance of shop, until Sun 2026-11-22 05:00 UTC: move", "ada ended the maintenance of shop"}, texts(lines))
}

func labelled(key, name, value string) alert.Signal {
	s := trigger(key)
	s.Labels = []alert.Label{{Name: name, Value: value}}
	return s
}

func TestPreview(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		e := start(t, engine.Config{Store: st})
		alertOf(t, e, labelled("old", "team", "db"), t0)
		for i := range 3 {
			alertOf(t, e, labelled(fmt.Sprint("db", i), "team", "db"), t0.Add(48*hour))
			alertOf(t, e, labelled(fmt.Sprint("web", i), "team", "web"), t0.Add(48*hour))
		}
		p, err := e.Preview(t.Context(), t0.Add(50*hour), matchers(t, `team="db"`), 1)
		require.NoError(t, err)
		require.Equal(t, []int{6, 3, 3}, []int{p.Looked, p.Muted, p.Paged})
		require.Equal(t, []string{"db2 is down", "db1 is down", "db0 is down"}, []string{p.Alerts[0].Summary, p.Alerts[1].Summary, p.Alerts[2].Summary})
		require.Equal(t, []watchbill.UserID{"ada"}, p.Alerts[0].People)
		p, err = e.Preview(t.Context(), t0.Add(50*hour), matchers(t, `summary=~"old.*"`), 30)
		require.NoError(t, err)
		require.Equal(t, 1, p.Muted)
		_, err = e.Preview(t.Context(), t0, nil, 30)
		require.ErrorContains(t, err, "matchers: is missing")
	})
}

// Whoever made a silence is told half an hour before it ends, and when it has, while it still holds something.
func TestSilencesTellThatTheyEnd(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		at := handoff.Add(2 * hour)
		d.remind(at.Add(-time.Minute))
		s := mute.Silence{Matchers: matchers(t, `team="db"`), Span: between(at, at.Add(2*hour)), By: "ben"}
		held, empty := silenced(t, d.Engine, at, s), s
		empty.Matchers = matchers(t, `team="other"`)
		silenced(t, d.Engine, at, empty)
		alertOf(t, d.Engine, labelled("disk", "team", "db"), at)
		require.Empty(t, d.remind(at.Add(89*time.Minute)))
		sent := d.remind(at.Add(90 * time.Minute))
		require.Len(t, sent, 1)
		require.Equal(t, watchbill.UserID("ben"), sent[0].Message.User)
		require.Equal(t, "Your silence ends Mon, 23 Nov 2026 13:00 UTC, and alerts that it holds are open: 1", sent[0].Message.Summary)
		require.Contains(t, sent[0].Message.Details, "disk is down\nIt is silence "+held.ID+`, team="db"`)
		require.Empty(t, d.remind(at.Add(91*time.Minute)))
		sent = d.remind(at.Add(2 * hour))
		require.Len(t, sent, 1)
		require.Equal(t, "Your silence has ended, and alerts that it held are open: 1", sent[0].Message.Summary)

		again := silenced(t, d.Engine, at.Add(2*hour), mute.Silence{Matchers: s.Matchers, Span: between(at, at.Add(4*hour)), By: "ben"})
		require.NoError(t, d.Unsilence(context.Background(), at.Add(2*hour+10*time.Second), again.ID, byAda))
		require.Empty(t, d.remind(at.Add(2*hour+time.Minute)), "who ends it knows")
	})
}

// The same seed gives the same IDs.
func TestSilencesOfASimulation(t *testing.T) {
	one, other := rostered(t, memory.New(), 1), rostered(t, memory.New(), 1)
	require.Equal(t, silenced(t, one, t0, quietening(t)), silenced(t, other, t0, quietening(t)))
}
