// Command chaos breaks things under a running Watchbill, and then checks what everybody saw:
//
//	go run ./bench/chaos sqlite     one process on SQLite, killed with -9 and restarted
//	go run ./bench/chaos replicas   three processes on PostgreSQL, killed and restarted; PostgreSQL is restarted twice
//	go run ./bench/chaos pause      three processes on PostgreSQL, of which one sleeps for longer than its claims last
//	go run ./bench/chaos netns      three processes on PostgreSQL, with networks between them that delay, lose and part
//
// Clients send signals at a fixed rate, repeat what was not answered, and acknowledge through any replica. In the end the
// program history decides whether every promise was kept: see docs/faults.md. It exits with 1 if one was broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	rate   int
	length time.Duration
	seed   uint64
	server string
	keep   bool
	every  time.Duration
}

// scenario is a run. It writes what happens to out, and returns errBroken if a promise was broken.
type scenario func(ctx context.Context, s settings, out io.Writer) error

// errBroken is a run that did not keep its promises.
var errBroken = errors.New("chaos: a promise was broken")

func main() {
	var s settings
	flag.IntVar(&s.rate, "rate", 1000, "signals a second")
	flag.DurationVar(&s.length, "for", 3*time.Minute, "how long signals are sent")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of everything that is left to chance here")
	flag.DurationVar(&s.every, "every", 8*time.Second, "from one kill to the next, on average")
	flag.StringVar(&s.server, "server", "", "the reference server to break; empty: one is built")
	flag.BoolVar(&s.keep, "keep", false, "leave logs and database behind")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: chaos [flags] sqlite|replicas|pause|netns")
		flag.PrintDefaults()
	}
	flag.Parse()
	scenarios := map[string]scenario{"sqlite": onSQLite, "replicas": replicas, "pause": pausing, "netns": networks}
	run, ok := scenarios[flag.Arg(0)]
	if !ok {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
