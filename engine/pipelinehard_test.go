package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

func (l *line) silence(until time.Time, texts ...string) mute.Silence {
	l.t.Helper()
	s, err := l.e.Silence(l.t.Context(), l.now, mute.Silence{Matchers: matchers(l.t, texts...), Span: between(l.now, until), By: "ada"}, byAda)
	require.NoError(l.t, err)
	return s
}

func (l *line) act(id watchbill.AlertID, in episode.Input) {
	l.t.Helper()
	_, err := l.e.Act(l.t.Context(), l.now, id, in)
	require.NoError(l.t, err)
}

// configure puts another configuration in force, as a reload does.
func (l *line) configure(change func(*oncall.Config)) {
	l.t.Helper()
	org, err := l.e.Org(l.t.Context())
	require.NoError(l.t, err)
	c := org.Config()
	change(&c)
	_, err = l.e.Configure(l.t.Context(), l.now, c)
	require.NoError(l.t, err)
}

func TestAMemberWhoseSilenceAndTimeEndTogetherLeavesTheGroupLoud(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}})
	until := l.now.Add(10 * time.Minute)
	l.silence(until, `host="h1"`)
	ids := l.accept(trigger("head"))
	quiet := with(trigger("quiet"), "host", "h1")
	quiet.EndsAt = until
	l.accept(quiet)
	assert.Equal(t, []string{"ada: page head is down (and 1 more)"}, l.pass())
	for l.now.Before(until) {
		l.now = l.now.Add(time.Minute)
		l.pass()
	}
	l.accept(trigger("last"))
	l.act(ids[0], episode.Acknowledge{By: "ada"})
	l.pass()
	l.accept(over(trigger("head")))
	l.act(ids[0], episode.Decline{By: "ada"})
	assert.NotEqual(t, "held", l.view(ids[0]).Phase.String(), "a member that nobody holds is open")
	assert.NotEmpty(t, l.pass())
}

func TestAnInhibitionThatWasAwayForgetsWhatResolvedMeanwhile(t *testing.T) {
	l := newLine(t, route.Handling{}, inhibiting)
	l.accept(host(trigger("n"), "node", "h1"))
	l.pass()
	l.configure(func(c *oncall.Config) { c.Inhibitions = nil })
	l.now = l.now.Add(time.Minute)
	l.accept(host(over(trigger("n")), "node", "h1"))
	l.pass()
	l.configure(inhibiting)
	l.now = l.now.Add(time.Minute)
	l.pass()
	d := l.accept(host(trigger("d"), "disk", "h1"))
	assert.Empty(t, l.view(d[0]).Held, "nothing inhibits it")
	assert.Contains(t, l.pass(), "ada: page d is down")
}

func TestAnInhibitorWhoseSummaryChangesHoldsNobodyAnyMore(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Inhibitions = []mute.Inhibition{{ID: "node", Source: matchers(t, `summary=~".*down"`, `kind="node"`), Target: matchers(t, `kind="disk"`), Equal: []string{"host"}}}
	})
	l.accept(host(trigger("n"), "node", "h1"))
	up := host(trigger("n"), "node", "h1")
	up.Summary = "n is coming up"
	l.now = l.now.Add(time.Minute)
	l.accept(up)
	l.accept(over(up))
	d := l.accept(host(trigger("d"), "disk", "h1"))
	assert.Empty(t, l.view(d[0]).Held, "nothing inhibits it")
}

func TestAnInhibitionThatIsNewHoldsByWhatIsOpen(t *testing.T) {
	l := newLine(t, route.Handling{})
	l.accept(host(trigger("n"), "node", "h1"))
	old := l.accept(host(trigger("old"), "disk", "h1"))
	l.pass()
	l.configure(inhibiting)
	l.pass()
	l.pass()
	d := l.accept(host(trigger("d"), "disk", "h1"))
	assert.Len(t, l.view(d[0]).Held, 1)
	assert.Len(t, l.view(old[0]).Held, 1)
	l.now = l.now.Add(time.Minute)
	l.accept(host(over(trigger("n")), "node", "h1"))
	assert.Empty(t, l.view(d[0]).Held)
	assert.Empty(t, l.view(old[0]).Held)
}

func TestAMemberDoesNotMakeAFlappingHeadForgetThatItIsOver(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}, Flapping: route.Flapping{Changes: 2, Within: 10 * time.Minute}})
	l.accept(trigger("a"))
	l.accept(over(trigger("a")))
	head := l.accept(trigger("a"))
	l.pass()
	l.now = l.now.Add(time.Minute)
	l.accept(over(trigger("a")))
	l.accept(trigger("b"))
	l.accept(over(trigger("b")))
	for range 30 {
		l.now = l.now.Add(time.Minute)
		l.pass()
	}
	assert.Equal(t, alert.Resolved, l.view(head[0]).State)
}

func TestEachMaintenanceCollectsAnew(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Maintenance = []mute.Maintenance{{ID: "nightly", Services: []watchbill.ServiceID{"shop"}, Mode: mute.Collect,
			Span: mute.Span{Windows: []calendar.Window{{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 3 * 3600, To: 4 * 3600}}}}}
	})
	first := l.accept(trigger("a"))
	l.now = l.now.Add(time.Hour)
	assert.NotEmpty(t, l.pass())
	l.act(first[0], episode.Acknowledge{By: "ada"})
	l.now = l.now.Add(23 * time.Hour)
	l.pass()
	second := l.accept(trigger("b"))
	l.pass()
	l.now = l.now.Add(time.Hour)
	assert.Equal(t, []string{"ada: page b is down"}, l.pass(), "what outlasts the maintenance pages; %v", second)
}

func TestTheHeadOfAFloodCanBeAcknowledgedBySMS(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}}, sms)
	head := l.accept(trigger("head"))
	var all []alert.Signal
	for i := range 2100 {
		all = append(all, trigger(fmt.Sprint("k", i)))
	}
	l.accept(all...)
	l.pass()
	done, err := l.e.Answer(t.Context(), notify.Answer{Channel: "sms", From: "+49151123", Action: notify.ActionAcknowledge, Code: notify.ReplyCode(head[0], "ada")})
	require.NoError(t, err)
	assert.True(t, done.Done, done.Text)
}

func sms(c *oncall.Config) {
	c.Catalog.Users[0].Contacts = append(c.Catalog.Users[0].Contacts, notify.Contact{ID: "sms", Channel: "sms", Address: "+49 151 123"})
}

func TestWhichAlertIsToBeResolvedIsAsked(t *testing.T) {
	l := newLine(t, route.Handling{}, sms)
	ids := l.accept(trigger("a"))
	l.pass()
	l.act(ids[0], episode.Acknowledge{By: "ada"})
	ids = append(ids, l.accept(trigger("b"))...)
	l.pass()
	done, err := l.e.Answer(t.Context(), notify.Answer{Channel: "sms", From: "+49151123", Action: notify.ActionResolve})
	require.NoError(t, err)
	assert.False(t, done.Done, "it may be about either: %s", done.Text)
	done, err = l.e.Answer(t.Context(), notify.Answer{Channel: "sms", From: "+49151123", Action: notify.ActionResolve, Code: notify.ReplyCode(ids[0], "ada")})
	require.NoError(t, err)
	assert.True(t, done.Done, done.Text)
	assert.Equal(t, alert.Triggered, l.view(ids[1]).State)
}

func TestWhatWasOpenBeforeADebugWindowPagesAfterIt(t *testing.T) {
	l := newLine(t, route.Handling{})
	ids := l.accept(trigger("a"))
	l.pass()
	l.act(ids[0], episode.Snooze{Command: episode.Command{By: "ada"}, Until: l.now.Add(3 * time.Hour)})
	_, err := l.e.Maintain(t.Context(), l.now, mute.Maintenance{Services: []watchbill.ServiceID{"shop"}, Mode: mute.Debug, Span: between(l.now, l.now.Add(time.Hour)), By: "ada"}, byAda)
	require.NoError(t, err)
	l.pass()
	l.now = l.now.Add(3 * time.Hour)
	assert.Equal(t, []string{"ada: page a is down"}, l.pass())
}

func TestWhatIsTriggeredAnewWhileItIsSilencedPagesAfterwards(t *testing.T) {
	for name, ends := range map[string]episode.Input{
		"the snooze is over":          nil,
		"who had it declines":         episode.Decline{By: "ada"},
		"who had it gives it away":    episode.Reassign{Command: episode.Command{By: "ada"}, Target: escalation.User("ada")},
		"who had it asks for another": episode.Escalate{By: "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, route.Handling{})
			ids := l.accept(with(trigger("a"), "team", "db"))
			l.pass()
			l.act(ids[0], episode.Snooze{Command: episode.Command{By: "ada"}, Until: l.now.Add(30 * time.Minute)})
			l.silence(l.now.Add(time.Hour), `team="db"`)
			l.pass()
			if ends != nil {
				l.act(ids[0], ends)
			}
			l.now = l.now.Add(30 * time.Minute)
			assert.Empty(t, l.pass(), "it is silenced")
			assert.Equal(t, alert.Triggered, l.view(ids[0]).State)
			l.now = l.now.Add(30 * time.Minute)
			assert.Equal(t, []string{"ada: page a is down"}, l.pass(), "nobody has it")
		})
	}
}

func TestAMemberIsNotGivenToSomebodyWhoWouldNotHearOfIt(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}})
	ids := l.accept(trigger("a"), trigger("b"))
	l.pass()
	for _, in := range []episode.Input{
		episode.Escalate{By: "ada"}, episode.Reassign{Command: episode.Command{By: "ada"}, Target: escalation.User("cem")},
	} {
		_, err := l.e.Act(t.Context(), l.now, ids[1], in)
		assert.ErrorContains(t, err, "is a member of "+string(ids[0]))
	}
}

func TestEachFloodPagesEverybodyWhomItConcerns(t *testing.T) {
	l := newLine(t, route.Handling{Flood: route.Limit{Alerts: 1, Per: time.Minute}}, func(c *oncall.Config) {
		c.Policies = append(c.Policies, escalation.Policy{ID: "dbs", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("cem")}}}})
		c.Catalog.Services = append(c.Catalog.Services, catalog.Service{ID: "db", Policy: "dbs"})
	})
	db := func(key string) alert.Signal {
		s := trigger(key)
		s.Service = "db"
		return s
	}
	ids := l.accept(trigger("a"), trigger("b"), db("c"), trigger("d"), db("e"))
	assert.Equal(t, []string{"ada: page a is down", "ada: page b is down (and 1 more)", "cem: page c is down (and 1 more)"}, l.pass())
	for _, id := range ids[:3] {
		l.act(id, episode.Acknowledge{By: "ada"})
	}
	l.pass()
	l.now = l.now.Add(time.Hour)
	l.accept(trigger("f"), trigger("g"), db("h"))
	assert.Equal(t, []string{"ada: page f is down", "ada: page g is down", "cem: page h is down"}, l.pass(), "this is another flood")
}

func TestAHeadThatFiresAgainStillExpires(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}}, func(c *oncall.Config) { c.Catalog.Services[0].AutoResolve = 5 * time.Minute })
	head := l.accept(trigger("a"))
	l.accept(trigger("b"))
	l.pass()
	l.accept(over(trigger("a")))
	l.accept(trigger("a"))
	l.accept(over(trigger("b")))
	for range 30 {
		l.now = l.now.Add(time.Minute)
		l.pass()
	}
	assert.Equal(t, alert.Resolved, l.view(head[0]).State)
}
