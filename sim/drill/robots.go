package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// Rehearse lives a drill in virtual time with its robots instead of people, by an organisation as of an instant, and scores
// it. Whatever the robots were refused is in troubles: people would be refused it, too.
func Rehearse(d Drill, org oncall.Config, compile route.Compiler, start time.Time) (s Sheet, troubles []string, err error) {
	start = watchbill.Stamp(start)
	kept := memory.New()
	defer func() { _ = kept.Close() }()
	crew := &crew{drill: d}
	_, err = sim.Run(sim.Scenario{
		Org: Isolated(org), Compile: compile, Start: start, For: d.Limit, Rest: time.Microsecond, Seed: d.Robots.Seed,
		Others: sim.Person{Answers: sim.Always(d.Robots.Answers), Misses: d.Robots.Misses, Fixes: sim.Always(d.Robots.Fixes)},
		Acts:   crew.acts(start), React: crew.react, Open: func() store.Store { return kept },
	})
	if err != nil {
		return s, nil, err
	}
	r, err := Everything(context.Background(), kept)
	if err != nil {
		return s, nil, err
	}
	ended := start.Add(d.Limit)
	if over, ok := r.resolved(); ok {
		ended = later(over.at, start.Add(d.wrongUntil()))
	}
	return Score(d, start, ended, r), crew.troubles, nil
}

// Isolated returns an organisation as a drill needs it: nothing goes wrong in it but the drill's signals.
func Isolated(c oncall.Config) oncall.Config {
	c.Heartbeats = nil // nobody would send them
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// crew is what the robots do beside answering pages: whoever acknowledges first coordinates.
type crew struct {
	drill    Drill
	leader   watchbill.UserID
	incident watchbill.IncidentID
	waiting  int // things to do for the incident
	troubles []string
}

// acts are the signals, and a look whether all is over after the last one.
func (c *crew) acts(start time.Time) (acts []sim.Act) {
	for _, s := range c.drill.Signals {
		acts = append(acts, sim.Act{After: s.After, Do: sim.Signal(s.At(start.Add(s.After)))})
	}
	return append(acts, sim.Act{After: min(c.drill.last()+time.Second, c.drill.Limit), Do: c.closing()})
}

func (c *crew) react(e sim.Event) (acts []sim.Act) {
	if e.Entry == nil || c.drill.Robots.Coordinates <= 0 {
		return nil
	}
	switch e.Entry.Kind {
	case episode.KindAcknowledged:
		if who := personOf(e.Entry.Actor); c.leader == "" && who != "" && e.Alert != nil {
			c.leader = who
			return c.coordinate(e.Alert.ID)
		}
	case episode.KindResolved:
		return []sim.Act{{Do: c.closing()}}
	}
	return nil
}

// coordinate returns what is expected for the incident, one thing after the other.
func (c *crew) coordinate(about watchbill.AlertID) (acts []sim.Act) {
	for _, e := range c.drill.Expect {
		if e.What == Acknowledged || e.What == Resolved {
			continue
		}
		c.waiting++
		acts = append(acts, sim.Act{After: time.Duration(c.waiting) * c.drill.Robots.Coordinates, Do: sim.Do{Name: e.String(),
			With: func(ctx context.Context, eng *engine.Engine, now time.Time) error {
				if err := c.do(ctx, eng, now, e, about); err != nil {
					c.troubles = append(c.troubles, fmt.Sprintf("%s: %v", e, err))
				}
				c.waiting--
				return c.close(ctx, eng, now)
			}}})
	}
	return acts
}

func (c *crew) do(ctx context.Context, e *engine.Engine, now time.Time, x Expectation, about watchbill.AlertID) error {
	me := episode.Command{By: c.leader}
	switch x.What {
	case Escalated:
		_, err := e.Act(ctx, now, about, episode.Escalate(me))
		return err
	case Summoned:
		who := x.User
		if who == "" {
			who = c.anybodyElse(ctx, e)
		}
		if who == c.leader { // who is there already
			return nil
		}
		_, err := e.Act(ctx, now, about, episode.Summon{Command: me, User: who})
		return err
	}
	if err := c.find(ctx, e, now, about); err != nil || x.What == Declared {
		return err
	}
	_, err := e.Command(ctx, now, c.incident, c.command(x))
	return err
}

// anybodyElse is somebody to ask for help.
func (c *crew) anybodyElse(ctx context.Context, e *engine.Engine) watchbill.UserID {
	org, err := e.Org(ctx)
	if err != nil {
		return ""
	}
	for _, u := range org.Config().Catalog.Users {
		if u.ID != c.leader {
			return u.ID
		}
	}
	return ""
}

// find makes sure that there is an incident: the rules may have declared one.
func (c *crew) find(ctx context.Context, e *engine.Engine, now time.Time, about watchbill.AlertID) error {
	if c.incident != "" {
		return nil
	}
	list, _, err := e.Incidents(ctx, true, "", 1)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		c.incident = list[0].ID
		return nil
	}
	made, err := e.Declare(ctx, now, incident.Declare{By: c.by(), Alerts: []watchbill.AlertID{about}})
	c.incident = made.ID
	return err
}

func (c *crew) by() timeline.By { return timeline.By{Actor: timeline.User(c.leader)} }

// command does what is expected. Robots have not much to say.
func (c *crew) command(x Expectation) incident.Command {
	switch x.What {
	case Role:
		role := x.Role
		if role == incident.NoRole {
			role = incident.Commander
		}
		return incident.Assign{By: c.by(), Role: role, User: c.leader}
	case Updated:
		return incident.SetStatus{By: c.by(), Status: incident.Identified}
	}
	return incident.Publish{By: c.by(), Title: Marked(c.drill.Title), Text: "This is a drill."}
}

// closing resolves the incident once nothing else is left to do.
func (c *crew) closing() sim.Do {
	return sim.Do{Name: "close the incident", With: c.close}
}

func (c *crew) close(ctx context.Context, e *engine.Engine, now time.Time) error {
	if c.incident == "" || c.waiting > 0 {
		return nil
	}
	is, err := e.Incident(ctx, c.incident)
	if err != nil || !is.Open() {
		return err
	}
	for _, id := range is.Alerts {
		a, err := e.Lookup(ctx, id)
		if err != nil || a.Alert.State != alert.Resolved {
			return err
		}
	}
	_, err = e.Command(ctx, now, c.incident, incident.SetStatus{By: c.by(), Status: incident.Resolved})
	return err
}
