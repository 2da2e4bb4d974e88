package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/rules/expr"
)

func serve(ctx context.Context, p *program) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // before anything is read: unhandled, it would end the process
	defer signal.Stop(hangup)
	path := p.flags.String("config", "", "the configuration: a `file` or a folder")
	db := p.flags.String("db", "sqlite:watchbill.db", "the `database`: sqlite:PATH, or memory: to keep nothing")
	listen := p.flags.String("listen", "127.0.0.1:8080", "the `address` to serve on")
	restored := p.flags.Bool("restored", false, "the database is a restored copy: open alerts wait until somebody runs refserver restored confirm")
	level := p.flags.String("log", "info", "how much to log: debug, info, warn or error")
	if err := p.parse(); err != nil {
		return err
	}
	var lv slog.Level
	if err := lv.UnmarshalText([]byte(*level)); err != nil {
		return usagef("-log: %q is not debug, info, warn or error", *level)
	}
	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: lv}))
	file, err := loadFile(*path, log)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, file, *db, *listen, log)
	if err != nil {
		return err
	}
	defer a.close()
	if *restored {
		if _, err := a.engine.Restore(ctx, time.Now()); err != nil {
			return err
		}
	}
	log.Info("serving", "on", "http://"+a.listener.Addr().String(), "db", *db)
	reloading, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with reloading, waited for below
		defer close(done)
		a.reloadOn(reloading, hangup, *path)
	}()
	err = a.run(ctx)
	stop()
	<-done
	return err
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
