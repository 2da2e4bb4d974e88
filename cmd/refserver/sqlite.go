package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

// checkLimit is how long a server looks for damage in its file before it serves. Paging nobody meanwhile is worse than
// damage in the rest of a file so large; a backup checks all of it.
const checkLimit = 10 * time.Second

// checkStore looks for damage in a file that is to be served.
func checkStore(ctx context.Context, s store.Store, log *slog.Logger) error {
	file, ok := s.(*sqlite.Store)
	if !ok {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	err := file.Check(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		log.Warn("the file is too large to be checked whole at the start; backup checks all of it", "checked_for", checkLimit)
		return nil
	}
	return err
}

// setAside reserves space on the disk of a file.
func (a *app) setAside(megabytes int64) error {
	file, ok := a.store.(*sqlite.Store)
	if !ok || megabytes == 0 {
		return nil
	}
	if megabytes < 0 || megabytes > 1<<20 {
		return usagef("-reserve: %d is no number of megabytes", megabytes)
	}
	if err := file.Reserve(megabytes << 20); err != nil {
		return err
	}
	if err := file.Room(); err != nil {
		a.log.Error("the disk is full: new signals are refused until there is space", "error", err)
	}
	return nil
}

// backup copies the database of a server that may be running.
func backup(ctx context.Context, p *program) error {
	db := p.flags.String("db", "sqlite:watchbill.db", "the `database`: sqlite:PATH; a server may be running on it")
	asJSON := p.flags.Bool("json", false, "print JSON")
	files, err := p.parseFiles()
	if err != nil {
		return err
	}
	kind, path, _ := strings.Cut(*db, ":")
	switch {
	case strings.HasPrefix(kind, "postgres"):
		return usagef("-db: PostgreSQL has its own: pg_dump --format=custom --file=TO DATABASE; or move the data into a file with refserver export")
	case kind != "sqlite" || path == "":
		return usagef("-db: %q is not sqlite:PATH", *db)
	case len(files) != 1:
		return usagef("name one file that does not exist yet: refserver backup -db %s TO", *db)
	}
	done, err := sqlite.BackUp(ctx, path, files[0])
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(p.stdout, map[string]any{"file": files[0], "bytes": done.Bytes, "alerts": allAlerts(done), "open": openAlerts(done)})
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d bytes, read back and checked: %d alerts, %d of them open\n", files[0], done.Bytes, allAlerts(done), openAlerts(done))
	return err
}

func allAlerts(b sqlite.Backup) int { return openAlerts(b) + b.Counts.Resolved + b.Counts.Quarantined }

func openAlerts(b sqlite.Backup) int { return b.Counts.Triggered + b.Counts.Acknowledged }
