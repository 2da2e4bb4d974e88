package main

import (
	"errors"
	"fmt"
	"time"
)

// part is a scenario as all runs it.
type part struct {
	name   string
	run    func(settings) error
	length time.Duration // of one run; with -short a second
	adjust func(*settings)
}

// everything measures all budgets in one run. What fails does not keep the rest from being measured.
func everything(s settings) error {
	began := time.Now()
	err := s.parts("", []part{{name: "pure", run: pure, length: time.Second}})
	one := func(s *settings) { s.replicas = 1 }
	onSQLite := []part{
		{"intake", func(s settings) error { return s.intakeAt(64) }, 6 * time.Second, one},
		{"bare", bare, 4 * time.Second, one},
		{"steady", steady, 60 * time.Second, func(s *settings) { s.replicas, s.rate = 1, 1000 }},
		{"burst", burst, 4 * time.Second, one},
		{"storm", storm, 5 * time.Second, one},
		{"provider", provider, 3 * time.Second, one},
		{"million", million, 5 * time.Second, func(s *settings) { s.replicas, s.runs = 1, min(s.runs, 2) }},
		{"replicakilled", replicaKilled, 4 * time.Second, one},
	}
	s.db = "sqlite:"
	err = errors.Join(err, s.parts(" on SQLite", onSQLite))
	if s.postgres == "" {
		return err
	}
	s.db = s.postgres
	d, failed := newDatabase(s.db)
	if failed != nil {
		return errors.Join(err, failed)
	}
	s.out.Machine.Server = d.version()
	d.drop()
	three := func(s *settings) { s.replicas = 3 }
	onPostgres := []part{
		{"intake", func(s settings) error { return s.intakeAt(64) }, 6 * time.Second, func(s *settings) { s.replicas, s.am = 1, "" }},
		{"bare", bare, 4 * time.Second, one},
		{"steady", steady, 60 * time.Second, func(s *settings) { s.replicas, s.rate, s.runs = 1, 1000, min(s.runs, 2) }},
		{"steady with replicas", steady, 10 * time.Second, func(s *settings) { s.replicas, s.rate = 3, 200 }},
		{"million", million, 5 * time.Second, func(s *settings) { s.replicas, s.runs = 1, min(s.runs, 2) }},
		{"timers with replicas", million, 5 * time.Second, func(s *settings) { s.replicas, s.open = 3, min(s.open, 10_000) }},
		{"replicakilled", replicaKilled, 6 * time.Second, three},
	}
	err = errors.Join(err, s.parts(" on PostgreSQL", onPostgres))
	s.out.printf("\nall of it took %v\n", time.Since(began).Round(time.Second))
	return err
}

// parts runs them one after the other.
func (s settings) parts(where string, list []part) (failed error) {
	for _, p := range list {
		one := s
		one.duration = p.length
		if s.short {
			one.duration, one.runs, one.open = time.Second, 1, min(s.open, 10_000)
		}
		if p.adjust != nil {
			p.adjust(&one)
		}
		s.out.printf("\n== %s%s\n", p.name, where)
		if err := p.run(one); err != nil {
			err = fmt.Errorf("%s%s: %w", p.name, where, err)
			s.out.printf("%v\n", err)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
