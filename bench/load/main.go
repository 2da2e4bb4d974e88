// Command load measures the reference server from outside, as processes of their own on a database of their own, beside
// its peers in the same run:
//
//	go run ./bench/load all            every budget, and more, in one run; writes Markdown
//	go run ./bench/load intake         durable intake at 1, 16 and 64 clients; beside the same handler that commits
//	                                   nothing, the bare commits of the same database, and Alertmanager if it is here
//	go run ./bench/load steady         from signal to page at a fixed rate, each acknowledged a second later
//	go run ./bench/load burst          ten times the rate for five seconds
//	go run ./bench/load storm          one source that says the same again and again, or opens alerts without end
//	go run ./bench/load million        timers that come due beside a thousand to a million open alerts, and memory
//	go run ./bench/load provider       what a slow, silent or refusing provider does to the others
//	go run ./bench/load replicakilled  what a server killed with -9 costs
//	go run ./bench/load bare           commits of one row
//	go run ./bench/load page           a status page of 100 components and 90 days beside a static file, at 1,000 requests/s
//	go run ./bench/load flood          what a source that sends 100,000 alerts a minute does to the person and to another source
//	go run ./bench/load rules          what a hundred rules cost a signal, at 1,000 signals a second
//
// With -db it measures on SQLite (a file of its own), PostgreSQL (a database of its own beside the one that is named), or
// nothing but memory. Each figure is the minimum, median and maximum of several runs. See bench/README.md for the last
// results.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// settings are the flags, and what all runs share.
type settings struct {
	runs     int
	duration time.Duration
	rate     float64
	db       string
	replicas int
	am       string
	server   string
	json     bool
	markdown bool
	open     int
	short    bool
	postgres string // for all: where it measures PostgreSQL
	lab      *lab
	out      *report
}

// scenarios in the order in which they are told of.
var scenarios = []struct {
	name string
	run  func(settings) error
}{
	{"intake", intake}, {"steady", steady}, {"burst", burst}, {"storm", storm}, {"million", million}, {"provider", provider},
	{"replicakilled", replicaKilled}, {"bare", bare}, {"page", page}, {"flood", flood}, {"rules", rules},
}

// helpers are what this program runs as a process of its own. They are no scenarios.
var helpers = map[string]func(args []string) error{
	"serve-nothing": func([]string) error { return serveNothing() },
	"serve-page":    func([]string) error { return servePage() },
	"serve-timers":  serveTimers,
}

func main() {
	if len(os.Args) > 1 {
		if help, ok := helpers[os.Args[1]]; ok {
			fail(help(os.Args[2:]))
			return
		}
	}
	s := flags()
	var err error
	if s.lab, err = newLab(s.server); err != nil {
		fail(err)
	}
	err = s.measure(flag.Args())
	s.lab.close()
	fail(err)
}

func flags() settings {
	var s settings
	flag.IntVar(&s.runs, "runs", 3, "how often each figure is measured")
	flag.DurationVar(&s.duration, "duration", 8*time.Second, "how long each run lasts; all has lengths of its own")
	flag.Float64Var(&s.rate, "rate", 0, "signals a `second`; 0: what the scenario has")
	flag.StringVar(&s.db, "db", "sqlite:", "the database: sqlite:, postgres://... or memory:; each run makes one of its own, and drops it")
	flag.IntVar(&s.replicas, "replicas", 1, "how many servers share a PostgreSQL database")
	flag.IntVar(&s.open, "open", 1_000_000, "for million: the most open alerts that rest")
	flag.StringVar(&s.postgres, "postgres", "", "for all: the `address` of a PostgreSQL server to measure as well; empty: that of $WATCHBILL_POSTGRES, or none")
	flag.StringVar(&s.am, "alertmanager", "alertmanager", "the Alertmanager to compare with; empty: none")
	flag.StringVar(&s.server, "server", "", "the reference server to measure, such as that of another release; empty: one is built")
	flag.BoolVar(&s.json, "json", false, "print JSON")
	flag.BoolVar(&s.markdown, "markdown", false, "print Markdown, as all does")
	flag.BoolVar(&s.short, "short", false, "for all: a single short run of everything, to see that it works")
	flag.Usage = func() {
		var names []string
		for _, sc := range scenarios {
			names = append(names, sc.name)
		}
		fmt.Fprintln(os.Stderr, "usage: load [flags] all|"+strings.Join(names, "|"))
		flag.PrintDefaults()
	}
	flag.Parse()
	s.postgres = cmp.Or(s.postgres, os.Getenv("WATCHBILL_POSTGRES"))
	if flag.NArg() != 1 || s.runs < 1 || s.replicas < 1 || s.duration < time.Second {
		flag.Usage()
		os.Exit(2)
	}
	return s
}

// measure runs a scenario, and prints what came of it, also if it failed.
func (s settings) measure(args []string) error {
	run, title := everything, "Budgets"
	if args[0] != "all" {
		run, title = nil, args[0]
		for _, sc := range scenarios {
			if sc.name == args[0] {
				run = sc.run
			}
		}
	}
	if run == nil {
		flag.Usage()
		os.Exit(2)
	}
	s.out = &report{Machine: here(os.Args[1:])}
	s.markdown = s.markdown || args[0] == "all" && !s.json
	switch {
	case s.json || s.markdown:
		s.out.live = os.Stderr
	default:
		s.out.live = os.Stdout
	}
	s.out.printf("%s\n", s.out.Machine)
	err := run(s)
	if s.json {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = errors.Join(err, enc.Encode(s.out))
	} else if s.markdown {
		s.out.markdown(os.Stdout, title)
	}
	return err
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
