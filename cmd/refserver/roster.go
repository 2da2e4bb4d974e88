package main

import (
	"context"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	planner "github.com/watchbill/watchbill/roster"
)

func roster(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder; its section rosters has the constraints")
	id := p.flags.String("schedule", "", "the schedule's `ID`")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-05T09:00 in the schedule's zone or with an offset; best a hand-off")
	to := p.flags.String("to", "", "the `time` to end at")
	carry := p.flags.String("carry", "", "the JSON `file` of a fairness report, whose balances are made up for")
	swaps := p.flags.Int("swaps", -1, "keep the rotation, and propose up to so many swaps; 0: only for turns that break a constraint")
	seed := p.flags.Uint64("seed", 0, "look further by chance, in the way that this number stands for")
	steps := p.flags.Int("steps", 0, "how many changes to try at most; default: 400000")
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return usagef("-from and -to are needed, as 2026-01-05T09:00")
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	task, err := taskOf(org, watchbill.ScheduleID(*id), *from, *to)
	if err != nil {
		return err
	}
	if task.Carried, err = carried(*carry); err != nil {
		return err
	}
	proposal, err := propose(task, *swaps, planner.Options{Seed: *seed, Steps: *steps})
	if err != nil {
		return usageError{err}
	}
	if *asJSON {
		err = printJSON(p.stdout, proposal)
	} else {
		_, err = p.stdout.Write(proposal.YAML())
	}
	if n := len(proposal.Unfilled); err == nil && n > 0 {
		return fmt.Errorf("%d of %d slots of %s have NOBODY; the proposal says why", n, len(proposal.Slots), *id)
	}
	return err
}

func propose(task planner.Task, swaps int, o planner.Options) (planner.Proposal, error) {
	if swaps >= 0 {
		return planner.ProposeSwaps(task, swaps, o)
	}
	return planner.Propose(task, o)
}

func taskOf(org *oncall.Org, id watchbill.ScheduleID, from, to string) (planner.Task, error) {
	for _, spec := range org.Config().Schedules {
		if spec.ID != id {
			continue
		}
		task := planner.Task{Plan: planOf(org, spec)}
		for _, other := range apart(org, id) {
			s, _ := org.Schedule(other)
			task.Apart = append(task.Apart, s)
		}
		var err error
		task.Window, err = stretchOf(from, to, 0, task.Schedule.Zone())
		return task, err
	}
	return planner.Task{}, usagef("-schedule: there is no schedule %q", id)
}

func apart(org *oncall.Org, id watchbill.ScheduleID) []watchbill.ScheduleID {
	for _, r := range org.Config().Catalog.Rosters {
		if r.Schedule == id {
			return r.ApartFrom
		}
	}
	return nil
}
