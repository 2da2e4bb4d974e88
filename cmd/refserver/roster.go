package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	planner "github.com/watchbill/watchbill/roster"
	"github.com/watchbill/watchbill/schedule"
)

func roster(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder; its section rosters has the constraints")
	id := p.flags.String("schedule", "", "the schedule's `ID`")
	layer := p.flags.String("layer", "", "the `ID` of the layer or site to plan; it may be left out where there is only one")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-05T09:00 in the schedule's zone or with an offset; the hand-off at or after it")
	to := p.flags.String("to", "", "the `time` to end at; the hand-off at or after it")
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
	task.Layer = schedule.LayerID(*layer)
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
	if err != nil {
		return err
	}
	return objections(proposal)
}

// objections are why a proposal is a "no".
func objections(p planner.Proposal) error {
	var list []error
	if n := len(p.Unfilled); n > 0 {
		list = append(list, fmt.Errorf("%d of %d slots of %s have NOBODY; the proposal says why", n, len(p.Slots), p.Schedule))
	}
	if n := len(p.Uncovered); n > 0 {
		list = append(list, fmt.Errorf("%d stretches of %s that are covered now are NOT COVERED with the proposal; it says which", n, p.Schedule))
	}
	return errors.Join(list...)
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
		for _, other := range org.Config().Schedules {
			s, _ := org.Schedule(other.ID)
			task.Apart = append(task.Apart, s)
		}
		var err error
		task.Window, err = stretchOf(from, to, 0, task.Schedule.Zone())
		return task, err
	}
	return planner.Task{}, noSchedule(org, id)
}
