package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// postman drives an engine by hand: each tick sends what is due.
type postman struct {
	*testing.T
	*engine.Engine
	store store.Store
	sent  notifytest.Recorder
	now   time.Time
}

func posting(t *testing.T, change func(*oncall.Config)) *postman {
	t.Helper()
	p := &postman{T: t, store: memory.New(), now: t0}
	p.start()
	p.configure(change)
	return p
}

// start makes the engine.
func (p *postman) start() {
	p.Helper()
	var err error
	p.Engine, err = engine.New(engine.Config{Store: p.store, Clock: postClock{engine.RealClock(), p},
		Notifiers: map[notify.Channel]notify.Notifier{"test": &p.sent, "sms": &p.sent, "email": &p.sent},
		AckURL:    func(a watchbill.AlertID, u watchbill.UserID) string { return "https://ops/a" },
		ListURL:   func(u watchbill.UserID) string { return "https://ops/mine/" + string(u) }})
	require.NoError(p, err)
}

// postClock is the postman's.
type postClock struct {
	watchbill.Clock
	p *postman
}

func (c postClock) Now() time.Time { return c.p.now }

func (p *postman) configure(change func(*oncall.Config)) {
	c := org()
	change(&c)
	_, err := p.Configure(p.Context(), p.now, c)
	require.NoError(p, err)
}

// fire raises alerts, after which nothing has been sent yet.
func (p *postman) fire(severity watchbill.Severity, keys ...string) (ids []watchbill.AlertID) {
	p.Helper()
	var signals []alert.Signal
	for _, k := range keys {
		s := trigger(k)
		s.Severity = severity
		signals = append(signals, s)
	}
	for _, v := range p.Accept(p.Context(), p.now, signals) {
		require.NoError(p, v.Err)
		ids = append(ids, v.Alert)
	}
	return ids
}

// at lets time pass, and returns what was sent then, as "kind user/contact: summary".
func (p *postman) at(after time.Duration) (sent []string) {
	p.Helper()
	p.now = t0.Add(after)
	before := len(p.sent.Calls())
	for range 10 {
		pass, err := p.RunOnce(p.Context(), p.now, anyRoom)
		require.NoError(p, err)
		var outcomes []engine.Outcome
		for _, d := range pass.Deliveries {
			outcomes = append(outcomes, engine.Outcome{Delivery: d, Result: p.Send(p.Context(), d)})
		}
		require.NoError(p, p.Report(p.Context(), p.now, outcomes))
		if len(pass.Deliveries) == 0 && !pass.More {
			break
		}
	}
	for _, c := range p.sent.Calls()[before:] {
		m := c.Message
		sent = append(sent, fmt.Sprintf("%s %s/%s: %s", m.Kind, m.User, m.Contact.ID, m.Summary))
	}
	return sent
}

func (p *postman) last() notify.Message {
	calls := p.sent.Calls()
	return calls[len(calls)-1].Message
}

// told returns the timeline of an alert, in words.
func (p *postman) told(id watchbill.AlertID) (lines []string) {
	p.Helper()
	err := p.store.View(p.Context(), func(tx store.Tx) error {
		entries, err := tx.Timeline().Read(timeline.Alert(id), 0, 1000)
		for _, e := range entries {
			lines = append(lines, episode.Describe(e)+" "+string(e.Data))
		}
		return err
	})
	require.NoError(p, err)
	return lines
}

func bundling(c *oncall.Config) {
	c.Catalog.Users[0].Bundle = 2 * time.Minute
	c.Policies[0].Levels[0].Repeat = escalationRepeat(30 * time.Minute)
	c.Policies[0].Levels[0].Timeout = time.Hour
}

func TestPagesAreBundled(t *testing.T) {
	p := posting(t, bundling)
	p.fire(watchbill.SeverityError, "a")
	require.Equal(t, []string{"page ada/hook: a is down"}, p.at(0))
	p.now = t0.Add(30 * time.Second)
	held := p.fire(watchbill.SeverityError, "b", "c", "d")
	require.Empty(t, p.at(30*time.Second), "it waits for others")
	p.now = t0.Add(time.Minute)
	p.fire(watchbill.SeverityCritical, "e")
	require.Equal(t, []string{"page ada/hook: e is down"}, p.at(time.Minute), "what is worse waits for nothing")
	_, err := p.Act(t.Context(), p.now, held[1], episode.Acknowledge{By: "ada"})
	require.NoError(t, err)
	require.Empty(t, p.at(2*time.Minute+29*time.Second))
	require.Equal(t, []string{"summary ada/hook: 2 alerts: b is down"}, p.at(150*time.Second), "never longer than the time itself")

	m := p.last()
	require.Equal(t, "https://ops/mine/ada", m.AckURL)
	require.Equal(t, watchbill.SeverityError, m.Severity)
	require.True(t, m.Critical)
	require.Len(t, m.Items, 2)
	require.Equal(t, "d is down", m.Items[1].Summary)
	for _, id := range []watchbill.AlertID{held[0], held[2]} {
		lines := p.told(id)
		require.Contains(t, lines[len(lines)-1], "in a summary of 2")
	}
}

func TestABundleNeverHoldsBackAHigherUrgency(t *testing.T) {
	high, low := watchbill.UrgencyHigh, watchbill.UrgencyLow
	p := posting(t, func(c *oncall.Config) {
		bundling(c)
		shop := c.Catalog.Services[0]
		shop.Urgency = &high
		quiet := shop
		quiet.ID, quiet.Urgency = "quiet", &low
		c.Catalog.Services = []catalog.Service{shop, quiet}
	})
	low1 := trigger("low")
	low1.Service, low1.Severity = "quiet", watchbill.SeverityCritical
	require.NoError(t, p.Accept(t.Context(), t0, []alert.Signal{low1})[0].Err)
	require.Len(t, p.at(0), 1)
	p.fire(watchbill.SeverityInfo, "high") // of a service whose alerts are all urgent
	require.Len(t, p.at(time.Second), 1, "it does not wait for the low one's time to be over")
}

func TestASummaryThatFailsIsTriedAgainWithWhatIsStillWanted(t *testing.T) {
	p := posting(t, bundling)
	down := true
	p.sent.Respond = func(context.Context, notify.Message) error {
		if down {
			return errors.New("no answer")
		}
		return nil
	}
	ids := p.fire(watchbill.SeverityError, "a", "b", "c")
	require.Equal(t, []string{"summary ada/hook: 3 alerts: a is down"}, p.at(0), "what comes together goes together")
	first := p.last().ID
	_, err := p.Act(t.Context(), p.now, ids[2], episode.Resolve{By: "ben"})
	require.NoError(t, err)
	down = false
	require.Equal(t, []string{"summary ada/hook: 2 alerts: a is down"}, p.at(2*time.Second), "it has not gone out, so that nothing waits for it")
	require.NotEqual(t, first, p.last().ID)
}

func TestNothingIsBundledUnlessThePersonWants(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	p.fire(watchbill.SeverityError, "a", "b", "c")
	require.Len(t, p.at(0), 3)
}

func TestWhatAHoldReleasesComesAsOne(t *testing.T) {
	p := posting(t, func(c *oncall.Config) {
		c.Silences = []mute.Silence{{ID: "s", Matchers: mute.Matchers{matcher("severity", "critical")}, Span: mute.Span{To: moment(t0.Add(time.Hour))}}}
	})
	p.fire(watchbill.SeverityCritical, "a", "b", "c")
	p.fire(watchbill.SeverityError, "z")
	require.Equal(t, []string{"page ada/hook: z is down"}, p.at(0))
	require.Contains(t, p.at(time.Hour), "summary ada/hook: 3 alerts: a is down")
}

func texting(c *oncall.Config) {
	c.Catalog.Users[0].Contacts = []notify.Contact{{ID: "phone", Channel: "sms", Address: "+491234567"}, {ID: "mail", Channel: "email", Address: "a@example.com"}}
	c.Catalog.Users[0].Rules = notify.Rules{High: []notify.Rung{{Contact: "phone"}, {After: 10 * time.Hour, Contact: "mail"}}}
	c.Policies[0].Levels[0].Repeat = escalationRepeat(time.Minute)
	c.Policies[0].Levels[0].Timeout = 5 * time.Hour
	c.Catalog.Delivery.Limits = map[notify.Channel]catalog.ChannelLimit{"sms": {Messages: 3, Per: time.Hour}}
}

func TestARepeatOverTheLimitTakesTheNextRung(t *testing.T) {
	p := posting(t, texting)
	ids := p.fire(watchbill.SeverityError, "a")
	for i := range 3 {
		require.Equal(t, []string{"page ada/phone: a is down"}, p.at(time.Duration(i)*time.Minute))
	}
	require.Equal(t, []string{"page ada/mail: a is down"}, p.at(3*time.Minute))
	lines := strings.Join(p.told(ids[0]), "\n")
	require.Contains(t, lines, "3 messages in the last hour")
	require.Equal(t, []string{"page ada/mail: a is down"}, p.at(4*time.Minute), "the text is over its limit, the mail is repeated")

	p.now = t0.Add(5 * time.Minute)
	p.fire(watchbill.SeverityError, "b")
	require.Contains(t, p.at(5*time.Minute), "page ada/phone: b is down", "the first page of a run is never limited")
	require.Contains(t, p.at(66*time.Minute), "page ada/phone: a is down", "an hour later there is room again")
}

func TestARetryIsCountedOnce(t *testing.T) {
	p := posting(t, texting)
	fail := 2
	p.sent.Respond = func(context.Context, notify.Message) error {
		if fail--; fail >= 0 {
			return errors.New("busy")
		}
		return nil
	}
	p.fire(watchbill.SeverityError, "a")
	p.at(0)
	p.at(2 * time.Second)
	p.at(10 * time.Second)
	for i := range 2 {
		require.Equal(t, []string{"page ada/phone: a is down"}, p.at(time.Duration(i+1)*time.Minute))
	}
	require.Equal(t, []string{"page ada/mail: a is down"}, p.at(3*time.Minute))
}

func TestADamagedRecordOfAContactHoldsNothingUp(t *testing.T) {
	p := posting(t, func(c *oncall.Config) { texting(c); c.Catalog.Users[0].Bundle = time.Minute })
	require.NoError(t, p.store.Update(t.Context(), func(tx store.Tx) error {
		return tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: engine.ContactKind, ID: "ada/phone", Body: []byte("{")}}})
	}))
	p.fire(watchbill.SeverityError, "a")
	require.Equal(t, []string{"page ada/phone: a is down"}, p.at(0))
}

func TestNewsThatFailIsGivenUp(t *testing.T) {
	p := posting(t, func(*oncall.Config) {})
	ids := p.fire(watchbill.SeverityError, "a")
	p.at(0)
	p.sent.Respond = func(context.Context, notify.Message) error { return errors.New("busy") }
	_, err := p.Act(t.Context(), p.now, ids[0], episode.Resolve{By: "ben"})
	require.NoError(t, err)
	tries := 0
	for i := range 120 {
		tries += len(p.at(time.Duration(i) * 10 * time.Second))
	}
	require.Equal(t, 10, tries)
	lines := p.told(ids[0])
	require.Contains(t, lines[len(lines)-1], "given up after 10 tries")
}

func escalationRepeat(every time.Duration) escalation.Repeat { return escalation.Repeat{Every: every} }

func moment(t time.Time) calendar.Moment { return calendar.InstantMoment(t) }

func matcher(name, value string) mute.Matcher {
	m, err := mute.ParseMatcher(name + `="` + value + `"`)
	if err != nil {
		panic(err)
	}
	return m
}

func TestASummaryTakesOnePlaceOfALane(t *testing.T) {
	p := posting(t, bundling)
	p.fire(watchbill.SeverityError, "a", "b", "c", "d", "e", "f", "g")
	pass, err := p.RunOnce(t.Context(), p.now, func(notify.Lane) int { return 2 })
	require.NoError(t, err)
	require.Len(t, pass.Deliveries, 1)
	require.Len(t, pass.Deliveries[0].With, 6)

	plain := posting(t, func(*oncall.Config) {})
	plain.fire(watchbill.SeverityError, "a", "b", "c", "d")
	pass, err = plain.RunOnce(t.Context(), plain.now, func(notify.Lane) int { return 2 })
	require.NoError(t, err)
	require.Len(t, pass.Deliveries, 2)
}
