package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// line is an engine whose source prom is handled in some way; it is driven by hand.
type line struct {
	t   *testing.T
	e   *engine.Engine
	s   store.Store
	now time.Time
}

func newLine(t *testing.T, h route.Handling, more ...func(*oncall.Config)) *line {
	s := memory.New()
	e, err := engine.New(engine.Config{Store: s, Compile: expr.Compile, Notifiers: map[notify.Channel]notify.Notifier{"test": nil}})
	require.NoError(t, err)
	c := org()
	c.Catalog.Sources = []catalog.Source{{ID: "prom", Type: "generic", Service: "shop", Key: catalog.DigestOf("k"), Handling: h}}
	for _, change := range more {
		change(&c)
	}
	_, err = e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	return &line{t, e, s, t0}
}

func (l *line) accept(signals ...alert.Signal) (ids []watchbill.AlertID) {
	for _, v := range l.e.Accept(l.t.Context(), l.now, signals) {
		require.NoError(l.t, v.Err)
		ids = append(ids, v.Alert)
	}
	return ids
}

// pass makes one pass: it follows up, and every message is accepted. It returns whom pages went to.
func (l *line) pass() (paged []string) {
	l.t.Helper()
	p, err := l.e.RunOnce(l.t.Context(), l.now, anyRoom)
	require.NoError(l.t, err)
	var outcomes []engine.Outcome
	for _, d := range p.Deliveries {
		paged = append(paged, fmt.Sprintf("%s: %s %s", d.Message.User, d.Message.Kind, d.Message.Summary))
		outcomes = append(outcomes, engine.Outcome{Delivery: d})
	}
	slices.Sort(paged) // which of one lane goes first is not said
	require.NoError(l.t, l.e.Report(l.t.Context(), l.now, outcomes))
	if p.FollowUp {
		require.NoError(l.t, l.e.FollowUp(l.t.Context(), l.now))
	}
	if p.LookAgain {
		require.NoError(l.t, l.e.LookAgain(l.t.Context(), l.now))
	}
	return paged
}

func (l *line) view(id watchbill.AlertID) episode.View {
	l.t.Helper()
	e, err := l.e.Lookup(l.t.Context(), id)
	require.NoError(l.t, err)
	return e.View()
}

func with(s alert.Signal, name, value string) alert.Signal {
	s.Labels = append(s.Labels, alert.Label{Name: name, Value: value})
	return s
}

func TestOnlyTheFirstOfAGroupPages(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"cluster"}, Window: 10 * time.Minute}})
	ids := l.accept(with(trigger("a"), "cluster", "eu"), with(trigger("b"), "cluster", "eu"), with(trigger("c"), "cluster", "us"))
	assert.Equal(t, []string{"ada: page a is down (and 1 more)", "ada: page c is down"}, l.pass())
	head := l.view(ids[0])
	assert.Equal(t, 2, head.Members)
	assert.Equal(t, ids[0], l.view(ids[1]).Parent)
	assert.Empty(t, l.view(ids[2]).Parent)

	l.now = l.now.Add(time.Minute)
	_, err := l.e.Act(t.Context(), l.now, ids[0], episode.Acknowledge{By: "ada"})
	require.NoError(t, err)
	l.pass()
	assert.Equal(t, alert.Acknowledged, l.view(ids[1]).State, "acknowledging the group acknowledges its members")

	l.accept(over(trigger("a")))
	assert.Equal(t, alert.Acknowledged, l.view(ids[0]).State, "it resolves when every member has")
	l.accept(over(trigger("b")))
	assert.Equal(t, alert.Resolved, l.view(ids[0]).State)

	l.now = l.now.Add(20 * time.Minute)
	late := l.accept(with(trigger("d"), "cluster", "us"))
	assert.Empty(t, l.view(late[0]).Parent, "the window of the group of c is over")
}

func TestAMemberThatIsSplitOffPages(t *testing.T) {
	l := newLine(t, route.Handling{})
	ids := l.accept(trigger("a"), trigger("b"))
	l.pass()
	_, err := l.e.Act(t.Context(), l.now, ids[1], episode.Join{Command: episode.Command{By: "ada"}, Parent: ids[0]})
	require.NoError(t, err)
	assert.Equal(t, 2, l.view(ids[0]).Members)
	l.now = l.now.Add(5 * time.Minute)
	assert.Equal(t, []string{"ben: page a is down (and 1 more)"}, l.pass(), "only the group escalates")
	l.accept(over(trigger("a")))
	assert.Equal(t, alert.Triggered, l.view(ids[0]).State, "what was merged into it is still open")
	_, err = l.e.Act(t.Context(), l.now, ids[1], episode.Leave{By: "ada"})
	require.NoError(t, err)
	assert.Contains(t, l.pass(), "ada: page b is down")
	assert.Equal(t, alert.Resolved, l.view(ids[0]).State)
	for _, in := range []episode.Input{
		episode.Join{Command: episode.Command{By: "ada"}, Parent: ids[1]},
		episode.Join{Command: episode.Command{By: "ada"}, Parent: ids[0]},
		episode.Leave{By: "ada"},
	} {
		_, err = l.e.Act(t.Context(), l.now, ids[1], in)
		var wrong *engine.CommandError
		assert.ErrorAs(t, err, &wrong)
	}
}

func TestWhoResolvesAGroupResolvesItsMembers(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}})
	var signals []alert.Signal
	for i := range 700 {
		signals = append(signals, trigger(fmt.Sprint("k", i)))
	}
	ids := l.accept(signals...)
	assert.Len(t, l.pass(), 1)
	_, err := l.e.Act(t.Context(), l.now, ids[0], episode.Resolve{By: "ada"})
	require.NoError(t, err)
	l.pass()
	for _, id := range ids {
		require.Equal(t, alert.Resolved, l.view(id).State)
	}
}

func TestAFloodPagesSoOften(t *testing.T) {
	l := newLine(t, route.Handling{Flood: route.Limit{Alerts: 5, Per: time.Minute}})
	pages, opened := 0, 0
	for range 180 { // three minutes
		var signals []alert.Signal
		for range 20 {
			signals = append(signals, trigger(fmt.Sprint("k", opened)))
			opened++
		}
		l.accept(signals...)
		pages += len(l.pass())
		l.now = l.now.Add(time.Second)
	}
	assert.Equal(t, 6, pages, "five alerts, and one for the flood")
	var triggered int
	require.NoError(t, l.s.View(context.Background(), func(tx store.Tx) error {
		n, err := tx.Episodes().Admin().Count()
		triggered = n.Triggered
		return err
	}))
	assert.Equal(t, opened, triggered, "every one is there")
}

func TestALimitRefusesOnlyWhatWouldOpenAnAlert(t *testing.T) {
	l := newLine(t, route.Handling{Limit: route.Limit{Alerts: 2, Per: time.Minute}})
	l.accept(trigger("a"), trigger("b"))
	v := l.e.Accept(t.Context(), l.now, []alert.Signal{trigger("c"), trigger("a"), over(trigger("b"))})
	assert.ErrorIs(t, v[0].Err, engine.ErrLimited)
	assert.NoError(t, v[1].Err)
	assert.NoError(t, v[2].Err)
	l.now = l.now.Add(time.Minute)
	l.accept(trigger("c"))
}

func TestRulesOfASource(t *testing.T) {
	l := newLine(t, route.Handling{Rules: []route.Rule{
		{ID: "noise", When: `labels.env == "dev"`, Drop: true},
		{ID: "quiet", When: `labels.env == "test"`, Suppress: true},
		{ID: "lost", When: `labels.env == "old"`, Set: route.Set{Service: `"go" + "ne"`}},
		{ID: "disk", When: `float(labels.used) > 0.9`, Set: route.Set{Severity: "critical"}, Response: "Free some space."},
	}})
	v := l.e.Accept(t.Context(), l.now, []alert.Signal{
		with(trigger("a"), "env", "dev"), with(trigger("b"), "env", "test"), with(trigger("c"), "env", "old"), with(trigger("d"), "used", "0.95")})
	assert.Equal(t, "noise", v[0].Dropped)
	assert.Equal(t, "dropped", v[0].String())
	assert.Equal(t, []mute.Held{{Reason: mute.ByRule, ID: "quiet", Never: true}}, l.view(v[1].Alert).Held)
	assert.Equal(t, watchbill.ServiceID("shop"), l.view(v[2].Alert).Service, "better the wrong place than nowhere")
	assert.Equal(t, "Free some space.", l.view(v[3].Alert).Response)
	assert.Equal(t, []string{"ada: page c is down", "ada: page d is down"}, l.pass())
}

func TestEveryAlertOfASourceNamesItsCustomer(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Catalog.Customers = []catalog.Customer{{ID: "acme"}}
		c.Catalog.Sources[0].Customer = "acme"
	})
	s := with(trigger("a"), "zone", "eu")
	s.Service = ""
	ids := l.accept(s, with(trigger("b"), "customer", "other"))
	assert.Equal(t, map[string]string{"customer": "acme", "zone": "eu"}, l.view(ids[0]).Labels)
	assert.EqualValues(t, "shop", l.view(ids[0]).Service, "wherever the signal comes in")
	assert.Equal(t, "other", l.view(ids[1]).Labels["customer"], "what the signal says of itself stands")
}

func inhibiting(c *oncall.Config) {
	match := func(text string) mute.Matcher {
		var m mute.Matcher
		if err := m.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		return m
	}
	c.Inhibitions = []mute.Inhibition{{ID: "node", Source: mute.Matchers{match(`kind="node"`)}, Target: mute.Matchers{match(`kind="disk"`)}, Equal: []string{"host"}}}
}

// inCircle has nodes mute disks, disks mute apps, and apps mute nodes.
func inCircle(c *oncall.Config) {
	inhibiting(c)
	one := c.Inhibitions[0]
	match := func(kind string) mute.Matchers {
		m := slices.Clone(one.Source)
		if err := m[0].UnmarshalText([]byte(`kind="` + kind + `"`)); err != nil {
			panic(err)
		}
		return m
	}
	c.Inhibitions = append(c.Inhibitions, mute.Inhibition{ID: "disk", Source: one.Target, Target: match("app"), Equal: one.Equal},
		mute.Inhibition{ID: "app", Source: match("app"), Target: one.Source, Equal: one.Equal},
		mute.Inhibition{ID: "back", Source: one.Target, Target: one.Source, Equal: one.Equal})
}

// TestWhatMutesEachOtherIsNotLost: of alerts that would mute each other in a circle, one pages, whichever came first.
func TestWhatMutesEachOtherIsNotLost(t *testing.T) {
	for _, order := range [][]string{{"node", "disk"}, {"disk", "node"}, {"node", "disk", "app"}, {"app", "disk", "node"}, {"disk", "app", "node"}} {
		for _, acknowledged := range []bool{false, true} {
			t.Run(fmt.Sprint(order, acknowledged), func(t *testing.T) {
				l, open := newLine(t, route.Handling{}, inCircle), map[string]watchbill.AlertID{}
				for i, kind := range order {
					open[kind] = l.accept(host(trigger(kind), kind, "h1"))[0]
					l.pass()
					if i == 0 && acknowledged {
						l.act(open[kind], episode.Acknowledge{By: "ada"})
					}
					l.now = l.now.Add(time.Minute)
				}
				if acknowledged {
					l.act(open[order[0]], episode.Escalate{By: "ada"})
				}
				for len(open) > 0 {
					var free []string
					for kind, id := range open {
						if len(l.view(id).Held) == 0 {
							free = append(free, kind)
						}
					}
					require.Len(t, free, 1, "of %v", open)
					sent := l.pass()
					for range 20 {
						l.now = l.now.Add(time.Minute)
						sent = append(sent, l.pass()...)
					}
					require.Contains(t, strings.Join(sent, "\n"), "page "+free[0]+" is down")
					l.accept(host(over(trigger(free[0])), free[0], "h1"))
					delete(open, free[0])
				}
			})
		}
	}
}

func host(s alert.Signal, kind, host string) alert.Signal {
	return with(with(s, "host", host), "kind", kind)
}

// Vector 18 of docs/vectors.md.
func TestInhibitorAndTargetInEitherOrder(t *testing.T) {
	for name, at := range map[string]int{"the inhibitor first": 0, "the target first": 1} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, route.Handling{}, inhibiting)
			both := []alert.Signal{host(trigger("n"), "node", "h1"), host(trigger("d"), "disk", "h1")}
			first := l.accept(both[at])
			second := l.accept(both[1-at])
			target := [][]watchbill.AlertID{second, first}[at][0]
			assert.Equal(t, []string{"ada: page n is down"}, l.pass(), "before the first pass, in either order")
			require.Len(t, l.view(target).Held, 1)
			l.now = l.now.Add(time.Minute)
			l.accept(host(over(trigger("n")), "node", "h1"))
			assert.Empty(t, l.view(target).Held, "released at once")
			assert.Contains(t, l.pass(), "ada: page d is down")
		})
	}
}

// TestWhatIsInhibitedWhileSomebodyHasItComesBackQuietly: it is held before anybody is paged, and released as others are.
func TestWhatIsInhibitedWhileSomebodyHasItComesBackQuietly(t *testing.T) {
	for name, back := range map[string]episode.Input{
		"reassigned": episode.Reassign{Command: episode.Command{By: "ada"}, Target: escalation.User("ben")},
		"escalated":  episode.Escalate{By: "ada"},
		"declined":   episode.Decline{By: "ada"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, route.Handling{}, inhibiting)
			target := l.accept(host(trigger("d"), "disk", "h1"))[0]
			l.pass()
			l.act(target, episode.Acknowledge{By: "ada"})
			l.accept(host(trigger("n"), "node", "h1"))
			assert.Equal(t, []string{"ada: page n is down"}, l.pass())
			l.now = l.now.Add(time.Minute)
			l.act(target, back)
			for _, sent := range l.pass() {
				assert.NotContains(t, sent, "d is down")
			}
			require.Len(t, l.view(target).Held, 1)
			l.now = l.now.Add(time.Minute)
			l.accept(host(over(trigger("n")), "node", "h1"))
			assert.NotEmpty(t, l.pass(), "whoever is to have it now")
		})
	}
}

func TestInhibitionAsksForEqualValues(t *testing.T) {
	l := newLine(t, route.Handling{}, inhibiting)
	l.accept(host(trigger("n"), "node", "h1"), host(trigger("d"), "disk", "h2"))
	assert.Len(t, l.pass(), 2)
}

func TestASilenceHoldsWhatPagesAndEndsInAPage(t *testing.T) {
	l := newLine(t, route.Handling{})
	ids := l.accept(with(trigger("a"), "team", "db"))
	assert.Len(t, l.pass(), 1)
	l.now = l.now.Add(time.Minute)
	var m mute.Matcher
	require.NoError(t, m.UnmarshalText([]byte(`team="db"`)))
	s, err := l.e.Silence(t.Context(), l.now, mute.Silence{Matchers: mute.Matchers{m}, Span: between(l.now, l.now.Add(time.Hour)), By: "ada"}, timeline.By{Actor: timeline.User("ada")})
	require.NoError(t, err)
	l.pass()
	require.Len(t, l.view(ids[0]).Held, 1, "open alerts hold")
	l.now = l.now.Add(30 * time.Minute)
	assert.Empty(t, l.pass())
	l.now = l.now.Add(30 * time.Minute)
	assert.Equal(t, []string{"ada: page a is down"}, l.pass(), "what outlasts the silence pages then")
	_ = s
}

func TestASilenceOfOneDoesNotKeepTheGroupQuiet(t *testing.T) {
	l := newLine(t, route.Handling{Group: &route.Group{By: []string{"service"}}})
	ids := l.accept(with(trigger("a"), "host", "h1"))
	l.pass()
	var m mute.Matcher
	require.NoError(t, m.UnmarshalText([]byte(`host="h1"`)))
	by := timeline.By{Actor: timeline.User("ada")}
	_, err := l.e.Silence(t.Context(), l.now, mute.Silence{Matchers: mute.Matchers{m}, Span: between(l.now, l.now.Add(time.Hour)), By: "ada"}, by)
	require.NoError(t, err)
	l.pass()
	require.EqualValues(t, "held", l.view(ids[0]).Phase.String())
	l.now = l.now.Add(time.Minute)
	l.accept(with(trigger("b"), "host", "h2"))
	assert.Equal(t, []string{"ada: page a is down (and 1 more)"}, l.pass(), "a member that nobody silenced pages by its group")
	l.accept(over(with(trigger("b"), "host", "h2")))
	require.EqualValues(t, "held", l.view(ids[0]).Phase.String(), "what is left is silenced")
	l.now = l.now.Add(time.Hour)
	assert.Equal(t, []string{"ada: page a is down"}, l.pass())
}

// Vector 12 of docs/vectors.md.
func TestTwoAlertsAtOnceHaveDifferentTurns(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Policies[0].Levels[0].Mode = escalation.RoundRobin
		c.Policies[0].Levels[0].Targets = append(c.Policies[0].Levels[0].Targets, escalation.User("ben"), escalation.User("cem"))
	})
	l.accept(trigger("a"), trigger("b"))
	assert.Equal(t, []string{"ada: page a is down", "ben: page b is down"}, l.pass())
	l.accept(trigger("c"), trigger("d"))
	assert.Equal(t, []string{"ada: page d is down", "cem: page c is down"}, l.pass())
}

func TestWhoWasWokenTooOftenIsRelieved(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Policies[0].Rest = escalation.Rest{After: 2, Within: 8 * time.Hour, Relief: []escalation.Target{escalation.User("cem")}}
	})
	for i, want := range []string{"ada", "ada", "cem", "cem", "ada"} { // it is three at night; and when cem is tired too, ada is paged all the same
		l.accept(trigger(fmt.Sprint("k", i)))
		assert.Equal(t, []string{fmt.Sprintf("%s: page k%d is down", want, i)}, l.pass())
		l.accept(over(trigger(fmt.Sprint("k", i))))
		l.now = l.now.Add(time.Minute)
		l.pass()
	}
}

func TestAnswersOfTwoWayChannels(t *testing.T) {
	l := newLine(t, route.Handling{}, func(c *oncall.Config) {
		c.Catalog.Users[0].Contacts = append(c.Catalog.Users[0].Contacts, notify.Contact{ID: "sms", Channel: "sms", Address: "+49 151 123"})
		c.Catalog.Users[0].Locale = "de-AT"
	})
	answer := func(a notify.Answer) notify.Answered {
		a.Channel = "sms"
		done, _ := l.e.Answer(t.Context(), a)
		return done
	}
	assert.Equal(t, "Für Sie ist gerade kein Alarm offen.", answer(notify.Answer{From: "+49151123", Action: notify.ActionAcknowledge}).Text)
	ids := l.accept(trigger("a"), trigger("b"))
	l.pass()
	which := answer(notify.Answer{From: "+49151123", Action: notify.ActionAcknowledge})
	assert.False(t, which.Done)
	code := notify.ReplyCode(ids[0], "ada")
	assert.Contains(t, which.Text, code+" a is down")

	done := answer(notify.Answer{From: "+49 151 123", Action: notify.ActionEscalate, Code: code, Event: "SM1"})
	assert.Equal(t, notify.Answered{Done: true, Alert: ids[0], Text: "Die nächste Stufe wird alarmiert: a is down"}, done)
	assert.Equal(t, 2, l.view(ids[0]).Level)
	again := answer(notify.Answer{From: "+49 151 123", Action: notify.ActionEscalate, Code: code, Event: "SM1"})
	assert.Equal(t, "Das wurde schon ausgeführt.", again.Text, "a replay does nothing")
	assert.Equal(t, 2, l.view(ids[0]).Level)

	assert.True(t, answer(notify.Answer{Alert: ids[1], User: "ben", Action: notify.ActionAcknowledge}).Done)
	late := answer(notify.Answer{Alert: ids[1], User: "ada", Action: notify.ActionAcknowledge})
	assert.Equal(t, "ben hat den Alarm schon übernommen: b is down", late.Text)
	l.accept(over(trigger("b")))
	assert.Equal(t, "Schon erledigt: b is down", answer(notify.Answer{Alert: ids[1], User: "ada", Action: notify.ActionEscalate}).Text)

	_, err := l.e.Answer(t.Context(), notify.Answer{Channel: "sms", From: "+1", Action: notify.ActionAcknowledge})
	assert.ErrorIs(t, err, engine.ErrUnknownUser)
}
