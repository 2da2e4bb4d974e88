package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/rules/expr"
)

func serve(ctx context.Context, p *program) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // before anything is read: unhandled, it would end the process
	defer signal.Stop(hangup)
	path := p.flags.String("config", "", "the configuration: a `file` or a folder")
	db := p.flags.String("db", "sqlite:watchbill.db", "the `database`: sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE, or memory: to keep nothing")
	listen := p.flags.String("listen", "127.0.0.1:8080", "the `address` to serve on")
	restored := p.flags.Bool("restored", false, "the database is a restored copy: open alerts wait until somebody runs refserver restored confirm")
	reserve := p.flags.Int64("reserve", 32, "`megabytes` of disk beside a SQLite file that are kept for the pages of what was accepted; 0: none")
	level := p.flags.String("log", "info", "how much to log: debug, info, warn or error")
	format := p.flags.String("log-format", "text", "how to log: text or json")
	debug := p.flags.String("debug", "", "the `address` to serve profiles on, such as 127.0.0.1:6060; nobody else should reach it")
	maxLate := p.flags.Duration("max-late", httpapi.DefaultMaxLate, "how late timers, messages and passes may be: later, /healthz?strict fails, and the dead-man's switch is not told")
	if err := p.parse(); err != nil {
		return err
	}
	if *maxLate <= 0 {
		return usagef("-max-late: %v is not more than nothing", *maxLate)
	}
	log, err := newLogger(p.stderr, *level, *format)
	if err != nil {
		return err
	}
	file, err := loadFile(*path, log)
	if err != nil {
		return err
	}
	s := setup{db: *db, listen: *listen, log: log, maxLate: *maxLate}
	tracing, err := newTracing(ctx, log)
	if err != nil {
		return err
	}
	if tracing != nil {
		s.trace = tracing.span
		defer tracing.end()
	}
	endDebug, err := serveDebug(*debug, log)
	if err != nil {
		return err
	}
	defer endDebug()
	a, err := newApp(ctx, file, s)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.setAside(*reserve); err != nil {
		return err
	}
	if *restored {
		if _, err := a.engine.Restore(ctx, time.Now()); err != nil {
			return err
		}
	}
	log.Info("serving", "on", "http://"+a.listener.Addr().String(), "db", storeName(*db))
	return a.serve(ctx, hangup, *path)
}

// serve runs the server until ctx is done, and loads the configuration again when it is told to.
func (a *app) serve(ctx context.Context, hangup <-chan os.Signal, path string) error {
	reloading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with reloading, waited for below
		defer close(done)
		a.reloadOn(reloading, hangup, path)
	}()
	err := a.run(ctx)
	stop()
	<-done
	return err
}

// newLogger returns the log that the flags ask for.
func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var lv slog.Level
	if err := lv.UnmarshalText([]byte(level)); err != nil {
		return nil, usagef("-log: %q is not debug, info, warn or error", level)
	}
	options.Level = lv
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, &options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &options)), nil
	}
	return nil, usagef("-log-format: %q is not text or json", format)
}

// storeKind is the kind of database that -db names.
func storeKind(db string) string {
	kind, _, _ := strings.Cut(db, ":")
	return kind
}

// storeName is what may be said of -db: an address may hold a password.
func storeName(db string) string {
	if kind := storeKind(db); kind != "sqlite" && kind != "memory" {
		return kind
	}
	return db
}

func loadFile(path string, log *slog.Logger) (*config.File, error) {
	if path == "" {
		return nil, usagef("-config is missing; name a watchbill.yaml, or a folder of such files")
	}
	file, warnings, err := config.Reader{Calendar: readCalendar, Template: checkTemplate, Compile: expr.Compile}.Load(path)
	if err != nil {
		return nil, usageError{err}
	}
	for _, w := range warnings {
		log.Warn(w.String())
	}
	return file, nil
}

// reloadOn loads the file again at each signal. One with errors changes nothing.
func (a *app) reloadOn(ctx context.Context, hangup <-chan os.Signal, path string) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		file, err := loadFile(path, a.log)
		if err == nil {
			err = a.load(ctx, file)
		}
		if err != nil {
			a.log.Error("reload refused; the configuration before stays in force", "error", fmt.Sprint(err))
		}
	}
}
