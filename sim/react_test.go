package sim_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

// pair is ada, and after ten minutes ben. Neither answers by themselves.
func pair() sim.Scenario {
	user := func(id string) catalog.User {
		return catalog.User{ID: watchbill.UserID(id), Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://" + id}}}
	}
	return sim.Scenario{
		Org: oncall.Config{
			Catalog: catalog.Catalog{Users: []catalog.User{user("ada"), user("ben")}, Services: []catalog.Service{{ID: "shop", Policy: "web"}}},
			Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
				{Targets: targets("user:ada"), Timeout: 10 * time.Minute}, {Targets: targets("user:ben"), Timeout: 10 * time.Minute}}}},
		},
		Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), For: time.Minute, Rest: 15 * time.Minute,
		Others: sim.Person{Misses: 1},
		Acts:   []sim.Act{{Do: sim.Signal(alert.Signal{Source: "prom", Key: "disk", Summary: "full", Service: "shop"})}},
	}
}

func TestReactActsAndWakes(t *testing.T) {
	s := pair()
	s.React = func(e sim.Event) []sim.Act {
		if e.Kind != sim.KindArrive || e.User != "ada" {
			return nil
		}
		require.True(t, e.Send.Page())
		return []sim.Act{{After: 90 * time.Second, Do: sim.Do{Name: "ada escalates", With: func(ctx context.Context, en *engine.Engine, now time.Time) error {
			_, err := en.Act(ctx, now, e.Alert.ID, episode.Escalate{By: "ada"})
			return err
		}}}}
	}
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Len(t, h.Alerts, 1)
	require.Equal(t, []string{"ada 0s", "ada 1m0s", "ben 1m30s"}, sends(h.Alerts[0])[:3], "the page goes out with the escalation, not with whatever comes next")
}

func TestTreatsOneMessage(t *testing.T) {
	s := pair()
	s.Treats = func(a *sim.Alert, m notify.Message, try int) (sim.Provider, bool) {
		require.Equal(t, "disk#1", a.Name)
		require.Equal(t, 1, try)
		return sim.Provider{Refuses: 1}, m.User == "ada"
	}
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Equal(t, []string{"ada 0s", "ben 0s"}, sends(h.Alerts[0])[:2], "nothing reaches ada, so her level is left at once")
}

// TestWhatIsAskedForIsAskedAgain: a store that fails loses no change, and an error is not kept from the reader.
func TestWhatIsAskedForIsAskedAgain(t *testing.T) {
	s := pair()
	changed := s.Org
	changed.Policies = []escalation.Policy{{ID: "web", Levels: []escalation.Level{{Targets: targets("user:ben")}}}}
	var times []time.Duration
	s.Acts = []sim.Act{
		{Do: sim.StoreFault{Steps: 1}}, {Do: sim.Configure{Org: changed}},
		{After: 20 * time.Second, Do: sim.StoreFault{Steps: 1}},
		{After: 20 * time.Second, Do: sim.Do{Name: "look", With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			times = append(times, now.Sub(s.Start))
			_, err := e.Lookup(ctx, "none")
			return err
		}}},
		{After: 40 * time.Second, Do: s.Acts[0].Do},
	}
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{20 * time.Second, 30 * time.Second}, times)
	var told []string
	for _, e := range h.Log {
		if name, text, _ := strings.Cut(e.Text, ": "); name == "configure" || name == "look" {
			told = append(told, fmt.Sprint(e.At.Sub(s.Start), " ", e.Kind, " ", name, " ", text))
		}
	}
	require.Equal(t, []string{"0s trouble configure storetest: failure made on purpose", "20s trouble look storetest: failure made on purpose",
		`30s act look engine: alert "none": store: not found`}, told)
	require.Equal(t, "ben 0s", sends(h.Alerts[0])[0], "the change is in force in the end")
}

// sends lists who was sent something when.
func sends(a *sim.Alert) (all []string) {
	for _, s := range a.Sends {
		all = append(all, string(s.User)+" "+s.At.Sub(a.OpenedAt).String())
	}
	return all
}
