package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store/memory"
)

// reminds sends what is due at an instant that is no page, and returns it.
func (p *postman) reminds(now time.Time) (sent []notify.Message) {
	p.Helper()
	before := len(p.sent.Calls())
	deliveries, err := p.Remind(p.Context(), now)
	require.NoError(p, err)
	var outcomes []engine.Outcome
	for _, d := range deliveries {
		outcomes = append(outcomes, engine.Outcome{Delivery: d, Result: p.Send(p.Context(), d)})
	}
	require.NoError(p, p.Reminded(p.Context(), now, outcomes))
	for _, c := range p.sent.Calls()[before:] {
		sent = append(sent, c.Message)
	}
	return sent
}

func TestEverybodyIsAskedNowAndThen(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		c.Catalog.Delivery.Canary = catalog.Canary{Every: 7 * 24 * time.Hour}
		c.Catalog.Users[0].Zone = "America/New_York"
		c.Catalog.Users[0].Contacts = append(c.Catalog.Users[0].Contacts, notify.Contact{ID: "mail", Channel: "email", Address: "a@example.com"})
	})
	asked := map[string][]time.Time{}
	zones := map[watchbill.UserID]string{"ada": "America/New_York", "ben": "UTC", "cem": "UTC"}
	for now := t0; now.Before(t0.AddDate(0, 0, 28)); now = now.Add(10 * time.Minute) {
		for _, m := range p.reminds(now) {
			require.Equal(t, notify.KindUpdate, m.Kind)
			require.Contains(t, m.Summary, "Is this reaching you?")
			zone, err := time.LoadLocation(zones[m.User])
			require.NoError(t, err)
			local := now.In(zone)
			require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, local.Weekday())
			require.Truef(t, local.Hour() >= 10 && local.Hour() < 17, "at %v", local)
			id := string(m.User) + "/" + string(m.Contact.ID)
			asked[id] = append(asked[id], now)
		}
	}
	require.Len(t, asked, 4)
	first := map[time.Time]bool{}
	for id, at := range asked {
		require.Len(t, at, 4, "%s was asked at %v", id, at)
		first[at[0]] = true
	}
	require.Len(t, first, 4, "not all at once")

	now := t0.AddDate(0, 0, 28)
	require.NoError(t, p.Prove(t.Context(), now, "ada", "mail"))
	all, err := p.Reachability(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, notify.ContactID("mail"), all[1].Contact.ID)
	require.Equal(t, now, all[1].ProvedAt)
	require.Zero(t, all[0].ProvedAt, "a provider that took it proves nothing")
	require.False(t, all[0].AcceptedAt.IsZero())
	require.Error(t, p.Prove(t.Context(), now, "ada", "gone"))
}

func TestNobodyIsAskedUnlessConfigured(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	for now := t0; now.Before(t0.AddDate(0, 0, 8)); now = now.Add(30 * time.Minute) {
		require.Empty(t, p.reminds(now))
	}
}

func TestADeadContactIsToldOverAnother(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		c.Catalog.Users[0].Contacts = append(c.Catalog.Users[0].Contacts, notify.Contact{ID: "mail", Channel: "email", Address: "a@example.com"})
		c.Catalog.Users[0].Rules.Low = []notify.Rung{{Contact: "hook"}}
	})
	p.reminds(t0)
	broken := true
	p.sent.Respond = func(_ context.Context, m notify.Message) error {
		if m.Contact.ID == "hook" && broken {
			return notify.Permanent(errors.New("gone for good"))
		}
		return nil
	}
	for i := range 4 {
		p.fire(watchbill.SeverityError, string(rune('a'+i)))
		p.at(time.Duration(i) * time.Second)
	}
	n, err := p.DeadContacts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	told := p.reminds(t0.Add(time.Minute))
	require.Len(t, told, 1, "once")
	require.Equal(t, notify.ContactID("mail"), told[0].Contact.ID)
	require.Contains(t, told[0].Summary, "Your contact hook does not work")
	require.Contains(t, told[0].Details, "gone for good")
	require.Empty(t, p.reminds(t0.Add(2*time.Minute)))

	broken = false
	p.fire(watchbill.SeverityError, "z")
	require.Contains(t, p.at(3*time.Minute), "page ada/hook: z is down", "it is still tried")
	n, err = p.DeadContacts(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestEnginesCountTheFailuresOfAContactTogether(t *testing.T) {
	s, gone := memory.New(), notifytest.Recorder{Respond: func(context.Context, notify.Message) error { return notify.Permanent(errors.New("gone")) }}
	cfg := engine.Config{Store: s, Notifiers: map[notify.Channel]notify.Notifier{"test": &gone}}
	engines := []*engine.Engine{start(t, cfg), start(t, cfg)}
	for i := range 3 {
		_, err := engines[i%2].TestContacts(t.Context(), t0.Add(time.Duration(i)*time.Minute), "ada", "")
		require.NoError(t, err)
	}
	for _, e := range engines {
		n, err := e.DeadContacts(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n, "three in a row")
	}
}

func TestAContactWithAnotherAddressBeginsAnew(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	p.sent.Respond = func(context.Context, notify.Message) error { return notify.Permanent(errors.New("gone")) }
	for i := range 3 {
		p.fire(watchbill.SeverityError, string(rune('a'+i)))
		p.at(time.Duration(i) * time.Second)
	}
	is, err := p.Person(t.Context(), p.now, "ada")
	require.NoError(t, err)
	require.False(t, is.Reach[0].DeadAt.IsZero())
	before, err := p.DeadContacts(t.Context())
	require.NoError(t, err)
	p.configure(func(c *oncall.Config) { c.Catalog.Users[0].Contacts[0].Address = "http://new/" })
	is, err = p.Person(t.Context(), p.now, "ada")
	require.NoError(t, err)
	require.True(t, is.Reach[0].DeadAt.IsZero())
	n, err := p.DeadContacts(t.Context())
	require.NoError(t, err)
	require.Equal(t, before-1, n)
}

func TestASummaryThatNeverArrivedIsEveryPageOfIt(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		bundling(c)
		texting(c)
		c.Catalog.Users[0].Bundle = 2 * time.Minute
		c.Policies[0].Levels[0].Repeat = escalationRepeat(30 * time.Minute)
	})
	p.fire(watchbill.SeverityError, "a", "b")
	require.Equal(t, []string{"summary ada/phone: 2 alerts: a is down"}, p.at(0))
	m := p.last()
	require.NoError(t, p.Delivered(t.Context(), notify.Delivered{Alert: m.Alert, Message: m.ID, State: notify.Undelivered, Error: "no such number"}))
	require.Equal(t, []string{"summary ada/mail: 2 alerts: a is down"}, p.at(time.Second), "the next rung takes over for both")
}

// TestAProviderThatTakesEverythingProvesNothing: the number is gone, the provider takes each message all the same and says
// later that it did not arrive.
func TestAProviderThatTakesEverythingProvesNothing(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		texting(c)
		c.Policies[0].Levels[0].Repeat, c.Policies[0].Levels[0].Timeout = escalationRepeat(100*time.Hour), 100*time.Hour
	})
	page := func(i int, arrives bool) bool {
		ids := p.fire(watchbill.SeverityError, string(rune('a'+i)))
		p.at(time.Duration(i) * 3 * time.Hour)
		if !arrives {
			calls := p.sent.Calls()
			n := slices.IndexFunc(calls, func(c notifytest.Call) bool { return c.Message.Alert == ids[0] && c.Message.Contact.ID == "phone" })
			require.GreaterOrEqual(t, n, 0)
			require.NoError(t, p.Delivered(t.Context(), notify.Delivered{Alert: ids[0], Message: calls[n].Message.ID, State: notify.Undelivered, Error: "no such number"}))
		}
		is, err := p.Person(t.Context(), p.now, "ada")
		require.NoError(t, err)
		return !is.Reach[0].DeadAt.IsZero()
	}
	for i, want := range []struct{ arrives, dead bool }{{false, false}, {false, false}, {true, false}, {true, false},
		{false, false}, {false, false}, {false, true}, {false, true}, {true, true}, {true, false}} {
		require.Equal(t, want.dead, page(i, want.arrives), "page %d", i)
	}
}

// TestPagesThatBounceLaterProveNothingMeanwhile: several pages are taken before the provider says of the first that it did not
// arrive.
func TestPagesThatBounceLaterProveNothingMeanwhile(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		texting(c)
		c.Policies[0].Levels[0].Repeat, c.Policies[0].Levels[0].Timeout = escalationRepeat(100*time.Hour), 100*time.Hour
	})
	pages := func(i int, arrive bool) bool {
		p.at(time.Duration(i) * 3 * time.Hour)
		before := len(p.sent.Calls())
		ids := p.fire(watchbill.SeverityError, string(rune('a'+i)), string(rune('A'+i)))
		p.at(time.Duration(i)*3*time.Hour + time.Minute)
		for _, c := range p.sent.Calls()[before:] {
			if m := c.Message; !arrive && m.Contact.ID == "phone" && slices.Contains(ids, m.Alert) {
				require.NoError(t, p.Delivered(t.Context(), notify.Delivered{Alert: m.Alert, Message: m.ID, State: notify.Undelivered, Error: "no such number"}))
			}
		}
		is, err := p.Person(t.Context(), p.now, "ada")
		require.NoError(t, err)
		return !is.Reach[0].DeadAt.IsZero()
	}
	for i, want := range []struct{ arrive, dead bool }{{false, false}, {false, true}, {false, true}, {false, true}, {true, true}, {true, false}} {
		require.Equal(t, want.dead, pages(i, want.arrive), "alerts %d", i)
	}
}

func TestContactsThatAreWellCostNothing(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	p.fire(watchbill.SeverityError, "a")
	p.at(0)
	is, err := p.Person(t.Context(), p.now, "ada")
	require.NoError(t, err)
	first := is.Reach[0].AcceptedAt
	require.Equal(t, t0, first)
	p.fire(watchbill.SeverityError, "b")
	p.at(59 * time.Minute)
	is, _ = p.Person(t.Context(), p.now, "ada")
	require.Equal(t, first, is.Reach[0].AcceptedAt, "written once an hour")
	p.now = t0.Add(61 * time.Minute)
	p.fire(watchbill.SeverityError, "c")
	p.at(61 * time.Minute)
	is, _ = p.Person(t.Context(), p.now, "ada")
	require.Equal(t, p.now, is.Reach[0].AcceptedAt)
}
