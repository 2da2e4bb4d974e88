// Command load measures the reference server from outside, as a process of its own on a SQLite file, beside its peers in
// the same run:
//
//	go run ./bench/load intake        durable intake at 1, 16 and 64 clients; beside the same handler that commits
//	                                  nothing, the bare commits of the same disk, and Alertmanager if it is here
//	go run ./bench/load latency       from signal to the first send, open loop at 100 and 1,000 signals a second
//	go run ./bench/load deadprovider  what one dead provider does to the others
//	go run ./bench/load page          a status page of 100 components and 90 days beside a static file, at 1,000 requests/s
//	go run ./bench/load flood         what a source that sends 100,000 alerts a minute does to the person and to another source
//	go run ./bench/load rules         what a hundred rules cost a signal, at 1,000 signals a second
//
// Each figure is the minimum, median and maximum of several runs. See bench/README.md for the last results.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// settings are the flags.
type settings struct {
	runs     int
	duration time.Duration
	am       string
	server   string
}

func main() {
	var s settings
	flag.IntVar(&s.runs, "runs", 3, "how often each figure is measured")
	flag.DurationVar(&s.duration, "duration", 8*time.Second, "how long each run lasts")
	flag.StringVar(&s.am, "alertmanager", "alertmanager", "the Alertmanager to compare with; empty: none")
	flag.StringVar(&s.server, "server", "", "the reference server to measure, such as that of another release; empty: one is built")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: load [flags] intake|latency|deadprovider|page|flood|rules")
		flag.PrintDefaults()
	}
	if len(os.Args) > 1 && os.Args[1] == "serve-nothing" {
		fail(serveNothing())
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "serve-page" {
		fail(servePage())
		return
	}
	flag.Parse()
	scenarios := map[string]func(settings) error{"intake": intake, "latency": latency, "deadprovider": deadProvider, "page": page,
		"flood": flood, "rules": rules}
	run, ok := scenarios[flag.Arg(0)]
	if !ok {
		flag.Usage()
		os.Exit(2)
	}
	fmt.Printf("%s, %d CPUs, %s %s/%s, %d runs of %v each\n\n", time.Now().UTC().Format("2006-01-02"),
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, s.runs, s.duration)
	fail(run(s))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
