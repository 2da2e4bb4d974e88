package main

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

// onSQLite is one process on one file.
func onSQLite(ctx context.Context, s settings, out io.Writer) error {
	g, err := newRig(s, out, "127.0.0.1")
	if err != nil {
		return err
	}
	defer g.close()
	path := filepath.Join(g.dir, "w.db")
	g.open = func(ctx context.Context) (store.Store, io.Closer, error) {
		st, err := sqlite.Open(ctx, path)
		return st, st, err
	}
	listen, err := freePort("127.0.0.1")
	if err != nil {
		return err
	}
	g.replica(listen, "sqlite:"+path)
	l, err := g.run(ctx, g.kills)
	if err != nil {
		return err
	}
	return g.judge(l)
}

// kills kills a random replica with -9 every now and then, and starts it again a moment later.
func (g *rig) kills(ctx context.Context, began time.Time) error {
	for {
		if !pause(ctx, g.every/2+time.Duration(g.rng.Int64N(int64(g.every)))) {
			return nil
		}
		r := g.replicas[g.rng.IntN(len(g.replicas))]
		down := time.Duration(g.rng.Int64N(int64(time.Second)))
		at := time.Now()
		r.kill()
		time.Sleep(down)
		if err := r.start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		g.broke(history.Kill, r.name, at)
		g.say(began, "%s was killed, and is back after %v", r.name, short(time.Since(at)))
	}
}

// pause waits; false if ctx was done before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
