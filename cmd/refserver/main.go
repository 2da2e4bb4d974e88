// Command refserver is Watchbill's reference server: on-call on one file of configuration and one of data. It shows how
// the library is wired, and is enough for a team.
//
//	go run ./cmd/refserver demo                      a story, told in the terminal
//	refserver serve  -config watchbill.yaml -db sqlite:watchbill.db -listen 127.0.0.1:8080
//	refserver oncall -config watchbill.yaml          who is on call, until when, and why
//	refserver shifts -config watchbill.yaml -schedule primary -from 2026-01-01T00:00 -to 2026-02-01T00:00
//	refserver shifts -config watchbill.yaml -schedule primary -svg > primary.svg
//	refserver check  -config watchbill.yaml          somebody is reached at every instant, or when not
//	refserver plan   -config watchbill.yaml -service checkout   what an alert would do, level by level
//	refserver simulate -config watchbill.yaml -scenario scenario.yaml   what would happen, and is it as expected
//	refserver simulate -config watchbill.yaml -scenario scenario.yaml -against other.yaml -runs 20   would another policy be better
//	refserver diff   old.yaml new.yaml               who gains and who loses which shifts
//	refserver route  -config watchbill.yaml -source prom body.json   what rules make of signals, and whom they page
//	refserver replay -archive watchbill.jsonl -incident ID -config new.yaml   what would have been different
//	refserver cover  take -server http://127.0.0.1:8080 -by ada -replaces ben -to 18:00
//	refserver silence add -server http://127.0.0.1:8080 -by ada -matcher 'team="db"' -for 2h
//	refserver contacts test -server http://127.0.0.1:8080 -user ada
//	refserver page   -server http://127.0.0.1:8080 -user ada -summary "please look"
//	refserver probe  -server http://127.0.0.1:8080 -heartbeat KEY
//	refserver incident   declare -server http://127.0.0.1:8080 -by ada -title "Checkout is down" -service checkout=major_outage
//	refserver status     show -server http://127.0.0.1:8080 -id public
//	refserver postmortem show -server http://127.0.0.1:8080 -id INCIDENT
//	refserver report     response -server http://127.0.0.1:8080
//	refserver drill make -from watchbill.jsonl -incident ID > checkout-drill.yaml
//	refserver drill run  -config watchbill.yaml -drill checkout-drill.yaml
//	refserver backup     -db sqlite:watchbill.db watchbill-copy.db
//	refserver export      -db sqlite:watchbill.db watchbill.jsonl
//	refserver import-data -db postgres://watchbill@127.0.0.1/watchbill watchbill.jsonl
//	refserver restored confirm -server http://127.0.0.1:8080 -by ada   after serve -restored: let it page
//	refserver wipe-person -server http://127.0.0.1:8080 -user ada   forget somebody who has left
//	refserver version
//
// Commands that ask a running server find it by -server or $WATCHBILL_SERVER, with -token or $WATCHBILL_TOKEN, and act as
// -by or $WATCHBILL_USER. Times without an offset are those of the schedule, where a file is read; where a server is asked
// about duties, those of the person who acts, whatever zone the terminal is in.
//
// Every command explains itself with -h. It exits with 0 if all is well, with 1 if the command's own answer is no, and
// with 2 for bad usage or input that cannot be read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	_ "time/tzdata" // the machine may have no time zones
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // little is kept in memory, so collecting less often costs little of it
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not listen to the first
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is one word of the command line.
type command struct {
	name, summary string
	run           func(ctx context.Context, p *program) error
}

// program is one call of the command line.
type program struct {
	flags          *flag.FlagSet
	args           []string
	stdout, stderr io.Writer
}

func commands() []command {
	return []command{
		{"demo", "tell a story: a signal, pages, nobody answers, escalation, acknowledgement", demo},
		{"serve", "run the server", serve},
		{"oncall", "say who is on call, until when, and why", oncallCommand},
		{"shifts", "list the shifts of a schedule, or draw them", shifts},
		{"check", "prove that somebody is reached at every instant, or say when not", check},
		{"plan", "say what an alert would do to people, level by level, if nobody answers", plan},
		{"simulate", "live a scenario in virtual time: what would happen, and is what is expected kept", simulate},
		{"diff", "compare two configurations: who gains and who loses which shifts", diff},
		{"route", "follow signals through the rules of their source, to whom they page", routeCommand},
		{"replay", "play back what happened against another configuration: who would have been paged", replayCommand},
		{"fairness", "weigh how much everybody is on call", fairness},
		{"pay", "list what being on call is worth", pay},
		{"roster", "propose who is on call next, under constraints", roster},
		{"ical", "write calendars of shifts, read calendars of absences and holidays", icalCommand},
		{"cover", "take over, ask for cover, swap shifts", remote(coverActions)},
		{"silence", "keep alerts quiet for a while, see what that would have muted", remote(silenceActions)},
		{"maintenance", "mute what is worked on", remote(maintenanceActions)},
		{"handover", "hand a shift over: open work, notes, acknowledgement", remote(handoverActions)},
		{"contacts", "your own contacts, quiet hours and news: add, verify, test, mute", remote(contactActions)},
		{"page", "raise an alert by hand", page},
		{"probe", "check a server from outside, by a heartbeat of its own", probe},
		{"incident", "declare an incident, lead it, tell customers, resolve it", remote(incidentActions)},
		{"status", "look at the status pages, set what they show, plan maintenance", remote(statusActions)},
		{"postmortem", "write, review and publish what was learnt", remote(postmortemActions)},
		{"drill", "train on a past incident: make a drill of it, run it, score it", drillCommand},
		{"report", "response times by service and team; pages by person", remote(reportActions)},
		{"restored", "confirm what is open in a restored copy, so that it pages", remote(restoredActions)},
		{"backup", "copy the SQLite file of a server that may be running, and check the copy", backup},
		{"export", "write all that a database holds to a file, also beside a running server", exportCommand},
		{"import-data", "read a file of export into a new database of any kind, and prove it the same", importData},
		{"wipe-person", "make the server forget somebody who has left", wipePerson},
		{"version", "say which version this is", version},
	}
}

// usageError is a call that cannot be understood, or input that cannot be read: exit 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs the command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		overview(stdout)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			flags := flag.NewFlagSet("refserver "+c.name, flag.ContinueOnError)
			flags.SetOutput(stderr)
			return exit(c.run(ctx, &program{flags, args[1:], stdout, stderr}), stderr)
		}
	}
	if later, ok := notBuilt[args[0]]; ok {
		fmt.Fprintf(stderr, "refserver: %s is not built yet: %s\n", args[0], later)
		return 2
	}
	fmt.Fprintf(stderr, "refserver: there is no command %q\n\n", args[0])
	overview(stderr)
	return 2
}

// notBuilt names commands of later releases. It is never written to.
var notBuilt = map[string]string{
	"import": "it will carry over schedules of other products",
}

func exit(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errBadFlags): // the flag package has said so already
		return 2
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "refserver: %v\n", err)
		return 2
	case errors.Is(err, context.Canceled): // the only context that ends is that of an interrupt
		err = errInterrupted
	}
	fmt.Fprintf(stderr, "refserver: %v\n", err)
	return 1
}

var errInterrupted = errors.New("interrupted")

// await returns what a computation comes to that knows no context; who is interrupted does not wait for it.
func await[T any](ctx context.Context, compute func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := compute()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func overview(w io.Writer) {
	fmt.Fprint(w, "refserver is Watchbill's reference server.\n\nusage: refserver COMMAND [flags]; refserver COMMAND -h explains the flags\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s %s\n", c.name, c.summary)
	}
}

var errBadFlags = errors.New("bad flags")

func asksHelp(args []string) bool {
	return slices.ContainsFunc(args, func(s string) bool { return s == "-h" || s == "--h" || s == "-help" || s == "--help" })
}

// parse reads the flags; there are no other arguments.
func (p *program) parse() error {
	if asksHelp(p.args) { // then it is what was asked for, and no error
		p.flags.SetOutput(p.stdout)
	}
	switch err := p.flags.Parse(p.args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errBadFlags
	case p.flags.NArg() > 0:
		if id := p.flags.Lookup("id"); id != nil && id.Value.String() == "" {
			return usagef("%q is not a flag; write -id %s", p.flags.Arg(0), p.flags.Arg(0))
		}
		return usagef("%q is not a flag; everything is given as -name value", p.flags.Arg(0))
	}
	return nil
}
