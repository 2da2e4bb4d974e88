package main

import (
	"errors"
	"fmt"
	"time"
)

const (
	killedRate = 200.0
	// killedPatience is how long signals are sent again while a server is gone, and how long pages may still come: what
	// a dead server had claimed is taken over when its claim ends, half a minute later.
	killedPatience = 45 * time.Second
)

// replicaKilled measures what a server that is killed with -9 costs: two thirds of a run with all, the middle one with one
// server less. Signals that it did not answer are sent again to the next, as monitoring does. A single server is started
// again after a second.
func replicaKilled(s settings) error {
	if labelOf(s.db) == "memory" {
		return errors.New("replicakilled needs a database that outlives a server")
	}
	rate := killedRate
	if s.rate > 0 {
		rate = s.rate
	}
	third := s.duration
	away := third
	if s.replicas == 1 {
		away = time.Second
	}
	var f figures
	var calm, around, late, behind spread
	for range s.runs {
		o, err := s.try(trial{ack: time.Second, patience: killedPatience,
			offer: func(addrs []string) offer {
				o := steadily(addrs, "good", rate, 3*third)
				o.patience = killedPatience
				return o
			},
			meddle: func(t *target) error { return killFor(t, third, away) },
		})
		if err != nil {
			return err
		}
		f.add(o)
		first, second, over := []time.Duration{}, []time.Duration{}, 0
		for i, d := range o.byPage {
			switch {
			case o.due[i] < third-min(third/2, time.Second): // what is under way when it dies is none of the calm
				first = append(first, d)
			case o.due[i] < third+away:
				second = append(second, d)
			}
			if d > time.Second {
				over++
			}
		}
		a, b := came(first), came(second)
		calm, around = append(calm, ms(quantile(a, .99))), append(around, ms(quantile(b, .99)))
		behind = append(behind, ms(quantile(b, 1)))
		late = append(late, float64(over))
	}
	s.out.head("a server is killed with -9 after %v, and started again %v later: %.0f signals/s; %s", third, away, rate, f.label)
	f.print(s.out)
	s.out.row("to the page, before the kill, ms, p99", calm)
	s.out.row("to the page, while it is gone, ms, p99", around)
	s.out.row("    max", behind)
	s.out.row("pages that were more than a second late", late)
	s.out.budget("a killed server, accepted signals without a page, "+f.label, "0", f.lost, atMost(0))
	return f.wrong()
}

// killFor kills the last server for a while.
func killFor(t *target, after, away time.Duration) error {
	wait := time.NewTimer(after)
	<-wait.C
	last := len(t.replicas) - 1
	t.kill(last)
	wait.Reset(away)
	<-wait.C
	if err := t.begin(last); err != nil {
		return fmt.Errorf("a server that was killed does not start again: %w", err)
	}
	return nil
}
