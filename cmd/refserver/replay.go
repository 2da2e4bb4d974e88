package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim/replay"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
)

// replayCommand plays back what a database or an archive recorded, against another configuration.
func replayCommand(ctx context.Context, p *program) error {
	file := p.flags.String("archive", "", "a `file` that export wrote, - for standard input; instead of -db")
	db := p.flags.String("db", "", "the `database`, which is only read; a server may be running on it")
	conf := p.flags.String("config", "", "the configuration to try: a `file` or a folder; default: what was in force, which must come to what happened")
	from := p.flags.String("from", "", "alerts opened from this `time` on, as 2026-01-05T09:00 in UTC or with an offset")
	to := p.flags.String("to", "", "alerts opened before this `time`")
	asJSON := p.flags.Bool("json", false, "print JSON")
	q := replay.Question{Compile: expr.Compile}
	p.flags.Func("alert", "the alert with this `ID`; may be given several times", func(id string) error {
		q.Alerts = append(q.Alerts, watchbill.AlertID(id))
		return nil
	})
	p.flags.StringVar((*string)(&q.Incident), "incident", "", "the alerts of the incident with this `ID`")
	p.flags.TextVar(&q.Assume, "assume", replay.Assume{}, "how `soon` somebody answers of whom the record cannot tell: 5m, never, or as-usual for what they took before")
	if err := p.parse(); err != nil {
		return err
	}
	if err := spanOf(&q, *from, *to); err != nil {
		return err
	}
	if *conf != "" {
		org, err := loadOrg(p, *conf)
		if err != nil {
			return err
		}
		tried := org.Config()
		q.Org = &tried
	}
	s, err := openRecord(ctx, *file, *db)
	if err != nil {
		return err
	}
	defer s.Close()
	result, err := await(ctx, func() (replay.Result, error) { return replay.Replay(ctx, s, q) })
	if err != nil {
		return notReplayed(p.stderr, q, result, err)
	}
	if *conf != "" {
		result.Against = *conf
	}
	if *asJSON {
		return printJSON(p.stdout, result)
	}
	return result.Tell(p.stdout)
}

// spanOf reads the span, and checks that alerts are chosen in one way.
func spanOf(q *replay.Question, from, to string) (err error) {
	ways := 0
	for _, given := range []bool{len(q.Alerts) > 0, q.Incident != "", from != "" || to != ""} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return usagef("choose alerts in one way: by -alert, by -incident, or by -from and -to")
	}
	if from != "" {
		if q.From, err = at("from", from, time.UTC); err != nil {
			return err
		}
	}
	if to != "" {
		if q.To, err = at("to", to, time.UTC); err != nil {
			return err
		}
		if !q.To.After(q.From) {
			return usagef("-to: %s is not after -from", to)
		}
	}
	return nil
}

// openRecord opens what is replayed, to read it.
func openRecord(ctx context.Context, file, db string) (closingArchiver, error) {
	switch {
	case (file == "") == (db == ""):
		return nil, usagef("name one of -archive FILE and -db DATABASE")
	case db != "":
		return openToExport(ctx, db)
	}
	in, err := openArchive(file)
	if err != nil {
		return nil, usagef("-archive: %w", err)
	}
	defer in.Close()
	into := memory.New()
	if _, err := archive.Read(ctx, in, into); err != nil {
		return nil, usagef("-archive: %s: %w", file, err)
	}
	return into, nil
}

// notReplayed says why there is no answer, with what the record lacks.
func notReplayed(w io.Writer, q replay.Question, r replay.Result, err error) error {
	if q.Incident != "" && errors.Is(err, store.ErrNotFound) {
		return usagef("-incident: there is no incident %q in the record", q.Incident)
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(w, "%s %s\n", g.Alert, g.Text)
	}
	return err
}
