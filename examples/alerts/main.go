// Command alerts lets a morning pass in no time: everything in a rack fails, and one page goes out; and what is being
// repaired is silent until the repair should be over.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store/memory"
)

// six is when the morning begins.
var six = time.Date(2026, time.March, 2, 6, 0, 0, 0, time.UTC)

// organisation pages ada, and ben five minutes later. What is in one rack is one group. Rack r9 is silent until seven.
func organisation() oncall.Config {
	phone := []notify.Contact{{ID: "phone", Channel: "phone", Address: "in the pocket"}}
	repaired, _ := mute.ParseMatcher(`rack="r9"`)
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: phone}, {ID: "ben", Contacts: phone}},
			Services: []catalog.Service{{ID: "shop", Policy: "shop"}},
			Sources: []catalog.Source{{ID: "prom", Type: "generic", Service: "shop", Key: catalog.DigestOf("a-secret"),
				Handling: route.Handling{Group: &route.Group{By: []string{"rack"}, Window: 10 * time.Minute}}}},
		},
		Policies: []escalation.Policy{{ID: "shop", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.User("ada")}},
			{Targets: []escalation.Target{escalation.User("ben")}},
		}}},
		Silences: []mute.Silence{{ID: "repair", Matchers: mute.Matchers{repaired},
			Span: mute.Span{To: calendar.InstantMoment(six.Add(time.Hour))}}},
		CatchAll: []escalation.Target{escalation.User("ada")},
	}
}

// morning is an engine whose clock is turned by hand.
type morning struct {
	*engine.Engine
	now time.Time
}

func (m *morning) say(format string, args ...any) {
	fmt.Printf("%s  %s\n", m.now.Format("15:04"), fmt.Sprintf(format, args...))
}

// until lets time pass. Whoever has no clock of their own does what [engine.Engine.Run] does: pass, send, report.
func (m *morning) until(end time.Time) {
	for pass := (engine.Pass{Next: m.now}); !pass.Next.IsZero() && !pass.Next.After(end); {
		m.now = pass.Next
		pass, _ = m.RunOnce(context.Background(), m.now, func(notify.Lane) int { return 10 })
		var outcomes []engine.Outcome
		for _, d := range pass.Deliveries {
			if d.Message.Attempt == 1 { // repetitions are left out here
				m.say("%s's phone: %s: %s", d.Message.User, d.Message.Kind, d.Message.Summary)
			}
			outcomes = append(outcomes, engine.Outcome{Delivery: d})
		}
		_ = m.Report(context.Background(), m.now, outcomes)
		_ = m.FollowUp(context.Background(), m.now)
	}
	m.now = end
}

// fires takes a signal in, and says what that made of it.
func (m *morning) fires(what, rack string) watchbill.AlertID {
	verdict := m.Accept(context.Background(), m.now, []alert.Signal{{
		Source: "prom", Service: "shop", Key: alert.DedupKey(what), Summary: what + " is down",
		Severity: watchbill.SeverityCritical, Labels: []alert.Label{{Name: "rack", Value: rack}},
	}})[0]
	e, _ := m.Lookup(context.Background(), verdict.Alert)
	switch {
	case e.Parent != "":
		m.say("signal: %s in %s: an alert, member of a group", what, rack)
	case len(e.Held) > 0:
		m.say("signal: %s in %s: an alert, held by %s %s", what, rack, e.Held[0].Reason, e.Held[0].ID)
	default:
		m.say("signal: %s in %s: an alert", what, rack)
	}
	return verdict.Alert
}

func main() {
	eng, err := engine.New(engine.Config{Store: memory.New(), Notifiers: map[notify.Channel]notify.Notifier{"phone": nil}})
	if err != nil {
		panic(err)
	}
	if _, err := eng.Configure(context.Background(), six, organisation()); err != nil {
		panic(err)
	}
	m := &morning{eng, six}
	switched := m.fires("switch", "r1")
	m.fires("db1", "r1")
	m.fires("db2", "r1")
	m.fires("disk", "r9")
	m.until(six.Add(6 * time.Minute)) // ada is in the shower
	view, err := m.Act(context.Background(), m.now, switched, episode.Acknowledge{By: "ben"})
	if err != nil {
		panic(err)
	}
	m.say("ben: acknowledges the group of %d", view.Members)
	m.until(six.Add(61 * time.Minute))
}
