// Command simulate tests on-call as one tests code: is there always somebody within ten minutes? A policy for which that does not
// hold, the shortest story that shows it, and the policy that mends it. The same idea without Go, for a team's pull requests, is
// in watchbill.yaml and scenario.yaml beside it:
//
//	go run ./cmd/refserver simulate -config examples/simulate/watchbill.yaml -scenario examples/simulate/scenario.yaml
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// policy pages ada by push, and ben by phone if she does not answer in time.
func policy(timeout time.Duration) escalation.Policy {
	return escalation.Policy{ID: "web", Levels: []escalation.Level{
		{Targets: []escalation.Target{escalation.User("ada")}, Timeout: timeout, Repeat: escalation.Repeat{Every: 5 * time.Minute}},
		{Targets: []escalation.Target{escalation.User("ben")}},
	}}
}

// month is four weeks of a shop whose checkout is slow about every ten hours. Ada's push messages do not wake her; a call wakes ben.
func month(p escalation.Policy) sim.Scenario {
	sleep := sim.Sleep{From: calendar.NewTimeOfDay(23, 0), To: calendar.NewTimeOfDay(6, 30),
		Wakes: map[notify.Channel]float64{"voice": 1}, Slower: 2 * time.Minute}
	return sim.Scenario{
		Org: oncall.Config{
			Catalog: catalog.Catalog{
				Users: []catalog.User{
					{ID: "ada", Contacts: []notify.Contact{{ID: "app", Channel: "push", Address: "ada"}}},
					{ID: "ben", Contacts: []notify.Contact{{ID: "call", Channel: "voice", Address: "+4915550000002"}}},
				},
				Services: []catalog.Service{{ID: "checkout", Policy: "web"}},
			},
			Policies: []escalation.Policy{p},
			CatchAll: []escalation.Target{escalation.User("ben")},
		},
		Start:  time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC),
		For:    28 * 24 * time.Hour,
		Others: sim.Person{Answers: sim.Delay{Median: time.Minute, P90: 3 * time.Minute}, Fixes: sim.Between(10*time.Minute, time.Hour), Asleep: &sleep},
		Sources: []sim.Source{sim.Troubles{Every: 10 * time.Hour, Like: alert.Signal{Source: "prometheus", Service: "checkout",
			Key: "slow", Summary: "Checkout is slow", Severity: watchbill.SeverityCritical}}},
	}
}

// check lives the month under ten seeds.
func check(w io.Writer, name string, timeout time.Duration) error {
	err := sim.Check(month(policy(timeout)), 10,
		sim.EveryAlert(sim.ReachesAPersonWithin(10*time.Minute)),
		sim.NothingSentAfterAcknowledge())
	var failure *sim.Failure
	switch {
	case err == nil:
		fmt.Fprintf(w, "%s: all is kept in ten histories of four weeks\n", name)
		return nil
	case !errors.As(err, &failure):
		return err
	}
	fmt.Fprintf(w, "%s: not kept under seed %d: %s\n", name, failure.Seed, failure.Want)
	fmt.Fprintf(w, "%d of %d events show it: %s\n", failure.After, failure.Before, failure.Breaches[0])
	if err := failure.History.Tell(w); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return err
}

func run(w io.Writer) error {
	if err := check(w, "ben after 15 minutes", 15*time.Minute); err != nil {
		return err
	}
	return check(w, "ben after 5 minutes", 5*time.Minute)
}
