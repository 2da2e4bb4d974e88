package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/webhook"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/storetest"
	"github.com/watchbill/watchbill/timeline"
)

// handoff is when ada hands over to ben, who hands over to ada a day later, and so on. Both want every notice.
var handoff = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func daily() oncall.Config {
	c := org()
	for i := range c.Catalog.Users {
		c.Catalog.Users[i].Notices = catalog.Notices{Before: []time.Duration{time.Hour}, Start: true, End: true}
	}
	c.Schedules = []schedule.Spec{{ID: "primary", Layers: []schedule.Layer{{ID: "day", Users: []watchbill.UserID{"ada", "ben"},
		Start: calendar.InstantMoment(handoff.AddDate(0, 0, -101)), Rotation: schedule.Rotation{Unit: calendar.Day, Every: 1}}}}}
	c.Policies[0].Levels[0].Targets = []escalation.Target{escalation.Schedule("primary")}
	return c
}

// desk is an engine whose notices a test sends itself.
type desk struct {
	*testing.T
	*engine.Engine
	sent *notifytest.Recorder
}

func telling(t *testing.T, st store.Store) desk {
	t.Helper()
	var sent notifytest.Recorder
	e, err := engine.New(engine.Config{Store: st, Notifiers: map[notify.Channel]notify.Notifier{"test": &sent},
		Rand: rand.NewChaCha8([32]byte{1}), HandoverURL: func(s watchbill.ScheduleID, at time.Time) string {
			return "https://ops/" + string(s) + at.Format("/02")
		}})
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), handoff.AddDate(0, 0, -7), daily())
	require.NoError(t, err)
	return desk{t, e, &sent}
}

// remind computes, sends and records once.
func (d desk) remind(now time.Time) []engine.Delivery {
	d.Helper()
	deliveries, err := d.Remind(d.Context(), now)
	require.NoError(d, err)
	var outcomes []engine.Outcome
	for _, m := range deliveries {
		outcomes = append(outcomes, engine.Outcome{Delivery: m, Result: d.Send(d.Context(), m)})
	}
	require.NoError(d, d.Reminded(d.Context(), now, outcomes))
	return deliveries
}

// minutes reminds on every whole minute of a time.
func (d desk) minutes(from, to time.Time) {
	d.Helper()
	for now := from; !now.After(to); now = now.Add(time.Minute) {
		d.remind(now)
	}
}

func (d desk) summaries() (lines []string) {
	for _, m := range d.sent.Messages() {
		lines = append(lines, m.At.Format("02 15:04 ")+string(m.User)+" "+m.Summary)
	}
	slices.Sort(lines)
	return lines
}

var wholeHandoff = []string{
	"23 08:00 ben Your shift in primary begins Mon, 23 Nov 2026 09:00 UTC",
	"23 09:00 ada Your shift in primary has ended",
	"23 09:00 ben You are on call in primary now",
}

func TestPeopleAreToldOfTheirShifts(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		require.Empty(t, d.remind(handoff), "the first call notes where to begin")
		d.minutes(handoff.Add(-2*time.Hour), handoff.Add(2*time.Hour)) // and the clock was ahead then
		require.Equal(t, wholeHandoff, d.summaries())
		m := d.sent.Messages()[1]
		require.Equal(t, notify.KindUpdate, m.Kind)
		require.Empty(t, m.AckURL)
		require.Equal(t, 1, m.Attempt)
	})
}

func TestACrashRepeatsANoticeWithTheSameID(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		d.remind(handoff.Add(-time.Minute))
		lost, err := d.Remind(t.Context(), handoff) // and then it crashes
		require.NoError(t, err)
		require.Len(t, lost, 2)
		other := telling(t, st)
		require.Empty(t, other.remind(handoff.Add(10*time.Second)), "the claim holds")
		again := other.remind(handoff.Add(time.Minute))
		require.Len(t, again, 2)
		require.ElementsMatch(t, idsOf(lost), idsOf(again))
		require.NoError(t, d.Reminded(t.Context(), handoff.Add(2*time.Minute), []engine.Outcome{{Delivery: lost[0]}}), "what comes too late is nobody's")
		other.minutes(handoff.Add(2*time.Minute), handoff.Add(90*time.Minute))
		require.Len(t, other.sent.Messages(), 2)
	})
}

func idsOf(list []engine.Delivery) (ids []notify.MessageID) {
	for _, d := range list {
		ids = append(ids, d.Message.ID)
	}
	return ids
}

func TestAClockThatIsSetBackRepeatsNothing(t *testing.T) {
	d := telling(t, memory.New())
	d.minutes(handoff.Add(-2*time.Hour), handoff.Add(time.Minute))
	require.Equal(t, wholeHandoff, d.summaries())
	d.minutes(handoff.Add(-2*time.Hour), handoff.Add(2*time.Hour))
	require.Equal(t, wholeHandoff, d.summaries())
	d.remind(handoff.AddDate(1, 0, 0)) // a year ahead
	d.minutes(handoff.Add(22*time.Hour), handoff.Add(25*time.Hour))
	require.Len(t, d.summaries(), 8, "those of the wrong year, and those of the next day")
}

func TestTwoEnginesTellOnce(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		a, b := telling(t, st), telling(t, st)
		for now := handoff.Add(-61 * time.Minute); !now.After(handoff.Add(5 * time.Minute)); now = now.Add(time.Minute) {
			var both sync.WaitGroup
			claimed := make([][]engine.Delivery, 2)
			for i, e := range []desk{a, b} {
				both.Go(func() {
					skewed := now.Add(time.Duration(i) * 700 * time.Millisecond)
					got, err := e.Remind(t.Context(), skewed)
					if err != nil && !errors.Is(err, store.ErrConflict) {
						t.Error(err)
					}
					claimed[i] = got
				})
			}
			both.Wait()
			for i, e := range []desk{a, b} {
				for _, m := range claimed[i] {
					require.NoError(t, e.Reminded(t.Context(), now.Add(time.Second), []engine.Outcome{{Delivery: m, Result: e.Send(t.Context(), m)}}))
				}
			}
		}
		all := append(a.summaries(), b.summaries()...)
		require.ElementsMatch(t, wholeHandoff, all)
	})
}

// TestNoFaultOfTheStoreLosesANotice: whatever fails, each is sent, under one ID.
func TestNoFaultOfTheStoreLosesANotice(t *testing.T) {
	for seed := range uint64(40) {
		faulty := &storetest.Faulty{Store: memory.New()}
		d := telling(t, faulty)
		d.remind(handoff.Add(-2 * time.Hour))
		faulty.Before = storetest.Chances(seed, map[string]float64{"view": 0.1, "values.set": 0.1, "records.put": 0.1, "commit": 0.1, "committed": 0.1})
		for now := handoff.Add(-61 * time.Minute); now.Before(handoff.Add(50 * time.Minute)); now = now.Add(time.Minute) {
			deliveries, err := d.Remind(t.Context(), now)
			if err != nil {
				continue
			}
			var outcomes []engine.Outcome
			for _, m := range deliveries {
				outcomes = append(outcomes, engine.Outcome{Delivery: m, Result: d.Send(t.Context(), m)})
			}
			_ = d.Reminded(t.Context(), now, outcomes)
		}
		var ids []notify.MessageID
		for _, m := range d.sent.Messages() {
			ids = append(ids, m.ID)
		}
		slices.Sort(ids)
		require.Len(t, slices.Compact(ids), 3, "seed %d", seed)
	}
}

func TestANoticeThatFailsIsTriedForAnHour(t *testing.T) {
	d := telling(t, memory.New())
	d.sent.Respond = func(context.Context, notify.Message) error { return errors.New("no") }
	d.minutes(handoff.Add(-time.Minute), handoff.Add(3*time.Hour))
	var tries []string
	for _, c := range d.sent.Calls() {
		if c.Message.User == "ada" {
			tries = append(tries, c.Message.At.Format("15:04"))
			require.Equal(t, len(tries), c.Message.Attempt)
		}
	}
	require.Equal(t, []string{"09:00", "09:01", "09:03", "09:07", "09:15", "09:30", "09:45", "10:00"}, tries)

	d = telling(t, memory.New())
	d.sent.Respond = func(context.Context, notify.Message) error { return notify.Permanent(errors.New("never")) }
	d.minutes(handoff.Add(-time.Minute), handoff.Add(time.Hour))
	require.Len(t, d.sent.Calls(), 2, "what is refused is given up")
}

func TestAfterADowntimeNobodyIsToldWhatIsOver(t *testing.T) {
	d := telling(t, memory.New())
	d.remind(handoff.Add(-2 * time.Hour))
	c := daily()
	c.Schedules[0].Overrides = []schedule.Override{{ID: "o", From: calendar.InstantMoment(handoff.Add(12 * time.Hour)), To: calendar.InstantMoment(handoff.Add(14 * time.Hour)), User: "cem", Replaces: "ben"}}
	_, err := d.Configure(t.Context(), handoff, c)
	require.NoError(t, err)
	d.remind(handoff.Add(3 * time.Hour)) // nobody was there before
	require.Equal(t, []string{"23 12:00 ben Your shifts in primary have changed: 0 gained, 1 lost", "23 12:00 cem Your shifts in primary have changed: 1 gained, 0 lost"}, d.summaries())
	require.Equal(t, "primary: you gain Mon, 23 Nov 2026 21:00 UTC to Mon, 23 Nov 2026 23:00 UTC\n", d.sent.Messages()[1].Details)
	d.minutes(handoff.Add(3*time.Hour), handoff.Add(4*time.Hour))
	require.Len(t, d.summaries(), 2)
}

func TestANoticeGoesByTheContactThatThePersonChose(t *testing.T) {
	d := telling(t, memory.New())
	c := daily()
	c.Catalog.Users[1].Contacts = append(c.Catalog.Users[1].Contacts, notify.Contact{ID: "desk", Channel: "test", Address: "http://desk/"})
	c.Catalog.Users[1].Notices.Contact = "desk"
	c.Catalog.Users[0].Contacts = nil
	_, err := d.Configure(t.Context(), handoff.Add(-time.Hour), c)
	require.NoError(t, err)
	d.minutes(handoff.Add(-time.Minute), handoff.Add(time.Minute))
	require.Equal(t, []string{wholeHandoff[2]}, d.summaries(), "ada cannot be told")
	require.Equal(t, "http://desk/", d.sent.Messages()[0].Contact.Address)
}

// TestRunTellsAtTheSecondAndHoldsUpNoPage: a provider hangs with a notice, and pages go out beside it, though the lane has
// one slot only.
func TestRunTellsAtTheSecondAndHoldsUpNoPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		var noticed time.Time
		sent.Respond = func(ctx context.Context, m notify.Message) error {
			if m.Alert != "" {
				return nil
			}
			noticed = time.Now()
			<-ctx.Done()
			return ctx.Err()
		}
		e, err := engine.New(engine.Config{Store: memory.New(), LaneLimit: 1, Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		require.NoError(t, err)
		c := daily()
		begin := time.Now().Truncate(24 * time.Hour).Add(9 * time.Hour)
		c.Schedules[0].Layers[0].Start = calendar.InstantMoment(begin)
		c.Catalog.Users[0].Notices.Before = nil
		_, err = e.Configure(t.Context(), time.Now(), c)
		require.NoError(t, err)
		run(t, e)
		<-time.After(time.Until(begin) + time.Second)
		synctest.Wait()
		require.True(t, begin.Equal(noticed), noticed)
		require.Empty(t, sent.Messages(), "the notice hangs")

		require.NoError(t, e.Submit(t.Context(), []alert.Signal{trigger("db")})[0].Err)
		_, err = sent.Wait(t.Context(), 1)
		require.NoError(t, err)
		require.Less(t, time.Since(begin), 2*time.Second)
		require.NotEmpty(t, sent.Messages()[0].Alert)
	})
}

func TestAWebhookReceivesANotice(t *testing.T) {
	type payload struct {
		ID, Type string
		Alert    any
		AckURL   string `json:"ack_url"`
		Notice   struct{ Kind, Schedule, Lead, Summary, Details, Link string }
	}
	var got payload
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &got)
	}))
	defer server.Close()
	hook, err := webhook.New(webhook.Config{})
	require.NoError(t, err)
	e, err := engine.New(engine.Config{Store: memory.New(), Notifiers: map[notify.Channel]notify.Notifier{"test": hook}})
	require.NoError(t, err)
	c := daily()
	c.Catalog.Users[1].Contacts[0].Address = server.URL
	c.Catalog.Users[0].Notices = catalog.Notices{}
	_, err = e.Configure(t.Context(), handoff.AddDate(0, 0, -7), c)
	require.NoError(t, err)
	d := desk{t, e, nil}
	d.remind(handoff.Add(-61 * time.Minute))
	require.Len(t, d.remind(handoff.Add(-time.Hour)), 1)
	require.Equal(t, "shift-before", got.Notice.Kind)
	require.Equal(t, "1h0m0s", got.Notice.Lead)
	got = payload{}
	require.Len(t, d.remind(handoff), 1)
	require.Equal(t, "update", got.Type)
	require.Nil(t, got.Alert)
	require.Empty(t, got.AckURL)
	require.Equal(t, "shift-start", got.Notice.Kind)
	require.Equal(t, "primary", got.Notice.Schedule)
	require.Equal(t, "You are on call in primary now", got.Notice.Summary)
	require.Contains(t, got.Notice.Details, "It ends Tue, 24 Nov 2026 09:00 UTC.\n")
}

func TestReviewsAreAskedForAndPutOff(t *testing.T) {
	d := telling(t, memory.New())
	d.remind(handoff)
	day := func(n int) time.Time { return handoff.AddDate(0, 0, n).Add(30 * time.Second) }
	require.NoError(t, d.Reviewed(t.Context(), day(60), "primary", "ada"))
	reviews := func(n int) (all []watchbill.UserID) {
		d.remind(day(n).Add(-time.Minute))
		for _, m := range d.remind(day(n)) {
			if m.Message.Summary == "Please review the schedule primary" {
				all = append(all, m.Message.User)
			}
		}
		return all
	}
	require.Empty(t, reviews(90))
	require.ElementsMatch(t, []watchbill.UserID{"ada", "ben"}, reviews(150))
	require.ErrorIs(t, d.Reviewed(t.Context(), handoff, "other", "ada"), store.ErrNotFound)
	require.EqualError(t, d.Reviewed(t.Context(), handoff, "primary", "eve"), `incident: by: there is no user "eve"`)
}

func by(u watchbill.UserID) timeline.By { return timeline.By{Actor: timeline.User(u)} }

func TestHandover(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		early := handoff.Add(-3 * time.Hour)
		d.remind(early)
		v := d.Accept(t.Context(), early, []alert.Signal{trigger("db"), trigger("old")})
		d.Accept(t.Context(), early.Add(time.Minute), []alert.Signal{over(trigger("old"))})

		h, err := d.Handover(t.Context(), early.Add(2*time.Minute), "primary", time.Time{})
		require.NoError(t, err)
		require.Equal(t, handoff, h.At)
		require.Equal(t, []watchbill.UserID{"ada"}, h.Outgoing)
		require.Equal(t, []watchbill.UserID{"ben"}, h.Incoming)
		require.Len(t, h.Work.Alerts, 1)
		require.Equal(t, v[0].Alert, h.Work.Alerts[0].ID)
		require.Equal(t, 2, h.Work.Happened.Alerts)
		require.Equal(t, 1, h.Work.Happened.Resolved)
		require.Zero(t, h.MadeAt)

		note := func(now time.Time, u watchbill.UserID, text string) (handover.Handover, error) {
			return d.HandOver(t.Context(), now, "primary", time.Time{}, handover.AddNote{By: by(u), Text: text})
		}
		h, err = note(handoff.Add(-time.Hour), "ada", "db2 is slow")
		require.NoError(t, err)
		require.Equal(t, handoff, h.At)
		h, err = note(handoff.Add(10*time.Minute), "ada", "and db3")
		require.NoError(t, err)
		require.Equal(t, handoff, h.At, "who has just gone means the hand-off that was")
		require.Len(t, h.Notes, 2)
		_, err = note(handoff, "eve", "")
		require.ErrorContains(t, err, `by: there is no user "eve"`)
		require.ErrorContains(t, err, "text: is missing")

		d.minutes(handoff.Add(-time.Minute), handoff.Add(2*time.Hour))
		require.Equal(t, []string{
			"23 08:59 ben Your shift in primary begins Mon, 23 Nov 2026 09:00 UTC",
			wholeHandoff[1], wholeHandoff[2],
			"23 09:30 ben The hand-over of primary waits for you to acknowledge it",
			"23 10:00 ada Nobody has acknowledged your hand-over of primary",
		}, d.summaries())
		start := d.sent.Messages()[slices.IndexFunc(d.sent.Messages(), func(m notify.Message) bool { return m.Summary == "You are on call in primary now" })]
		require.Equal(t, "It ends Tue, 24 Nov 2026 09:00 UTC.\n\nOpen: 1 alert, no incidents.\n- critical, triggered: db is down\nada: db2 is slow\nada: and db3\n",
			start.Details)
		require.Equal(t, []notify.Link{{Text: "Hand-over of primary", Href: "https://ops/primary/23"}}, start.Links)

		ack := func(now time.Time, u watchbill.UserID) (handover.Handover, error) {
			return d.HandOver(t.Context(), now, "primary", time.Time{}, handover.Acknowledge{By: by(u)})
		}
		_, err = ack(handoff.Add(3*time.Hour), "cem")
		require.EqualError(t, err, `handover: by: "cem" does not come on call by this hand-off; ben can acknowledge it`)
		h, err = ack(handoff.Add(3*time.Hour), "ben")
		require.NoError(t, err)
		require.True(t, h.Acknowledged())
		d.Accept(t.Context(), handoff.Add(4*time.Hour), []alert.Signal{over(trigger("db"))})
		h, err = d.Handover(t.Context(), handoff.Add(5*time.Hour), "primary", handoff)
		require.NoError(t, err)
		require.Len(t, h.Work.Alerts, 1, "as it was when it was acknowledged")
		next, err := d.Handover(t.Context(), handoff.Add(5*time.Hour), "primary", time.Time{})
		require.NoError(t, err)
		require.Equal(t, handoff.AddDate(0, 0, 1), next.At)
		require.Empty(t, next.Work.Alerts)

		all, cursor, err := d.Handovers(t.Context(), "primary", "", 10)
		require.NoError(t, err)
		require.Empty(t, cursor)
		require.Len(t, all, 1)
		require.Equal(t, h, all[0])
		all, _, err = d.Handovers(t.Context(), "other", "", 10)
		require.NoError(t, err)
		require.Empty(t, all)
		for _, at := range []time.Time{handoff.Add(time.Minute), handoff.AddDate(-9, 0, 0)} {
			_, err = d.Handover(t.Context(), handoff, "primary", at)
			require.ErrorIs(t, err, store.ErrNotFound)
		}
		_, err = d.Handover(t.Context(), handoff, "other", time.Time{})
		require.EqualError(t, err, `engine: there is no schedule "other"`)
	})
}

// TestAnEditMovesAHandover: who comes is as the schedule has it, and a document whose hand-off has moved away stays.
func TestAnEditMovesAHandover(t *testing.T) {
	d := telling(t, memory.New())
	_, err := d.HandOver(t.Context(), handoff.Add(-time.Hour), "primary", time.Time{}, handover.AddNote{By: by("ada"), Text: "x"})
	require.NoError(t, err)
	c := daily()
	c.Schedules[0].Overrides = []schedule.Override{{ID: "o", From: calendar.InstantMoment(handoff), To: calendar.InstantMoment(handoff.Add(14 * time.Hour)), User: "cem", Replaces: "ben"}}
	_, err = d.Configure(t.Context(), handoff.Add(-time.Minute), c)
	require.NoError(t, err)
	h, err := d.HandOver(t.Context(), handoff, "primary", handoff, handover.Acknowledge{By: by("cem")})
	require.NoError(t, err)
	require.Equal(t, []watchbill.UserID{"cem"}, h.Incoming)

	c.Schedules[0].Overrides = []schedule.Override{{ID: "o", From: calendar.InstantMoment(handoff.Add(-time.Hour)), To: calendar.InstantMoment(handoff.Add(time.Hour)), User: "ada"}}
	_, err = d.Configure(t.Context(), handoff, c)
	require.NoError(t, err)
	still, err := d.Handover(t.Context(), handoff, "primary", handoff)
	require.NoError(t, err)
	require.Equal(t, h, still)
}

// TestCoversAreTold: who is asked, who is reminded, and who gets what, each by one notice; what a request agreed is no edit.
func TestCoversAreTold(t *testing.T) {
	d := telling(t, memory.New())
	d.remind(handoff)
	duty := handoff.AddDate(0, 0, 1) // ada's
	ask := covered(t, d.Engine, handoff.Add(time.Minute), "", cover.Ask{Voice: voice("ada"), From: duty, To: duty.Add(2 * time.Hour), Of: []watchbill.UserID{"ben", "cem"}, Text: "dentist"})
	d.minutes(handoff.Add(2*time.Minute), handoff.Add(13*time.Hour))
	covered(t, d.Engine, handoff.Add(13*time.Hour), ask.ID, cover.Accept{Voice: voice("cem")})
	d.minutes(handoff.Add(13*time.Hour), handoff.Add(14*time.Hour))
	const what = ": primary, Tue 2026-11-24 09:00 to 11:00 UTC"
	require.Equal(t, []string{
		"23 09:02 ben ada asks you to take the duty of ada" + what + ": dentist",
		"23 09:02 cem ada asks you to take the duty of ada" + what + ": dentist",
		"23 21:00 ada still open is your duty" + what + ": dentist",
		"23 21:00 ben still open is the duty of ada" + what + ": dentist",
		"23 21:00 cem still open is the duty of ada" + what + ": dentist",
		"23 22:00 ada cem has taken your duty" + what,
	}, d.summaries())

	late := handoff.AddDate(0, 0, 2).Add(10 * time.Hour)
	covered(t, d.Engine, late.Add(-20*time.Hour), "", cover.Ask{Voice: voice("ben"), From: late, To: late.Add(time.Hour)})
	d.minutes(late.Add(-time.Minute), late.Add(10*time.Minute))
	require.Contains(t, d.summaries(), late.Format("02 15:04 ")+"ben nobody has taken your duty, which begins: primary, Wed 2026-11-25 19:00 to 20:00 UTC")
}
