package main

import (
	"context"
	"io"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/postgres"
)

const replicaCount = 3

// replicas is three processes on PostgreSQL, killed at random; PostgreSQL is restarted twice.
func replicas(ctx context.Context, s settings, out io.Writer) error {
	return onPostgres(ctx, s, out, func(g *rig, db *cluster) []breaking {
		return []breaking{g.kills, g.restarts(db)}
	})
}

// pausing is three processes on PostgreSQL, of which one sleeps for longer than its claims last.
func pausing(ctx context.Context, s settings, out io.Writer) error {
	return onPostgres(ctx, s, out, func(g *rig, _ *cluster) []breaking { return []breaking{g.pauses} })
}

// onPostgres runs three replicas on a PostgreSQL of their own.
func onPostgres(ctx context.Context, s settings, out io.Writer, breaks func(*rig, *cluster) []breaking) error {
	g, err := newRig(s, out, "127.0.0.1")
	if err != nil {
		return err
	}
	defer g.close()
	listen, err := freePort("127.0.0.1")
	if err != nil {
		return err
	}
	db, err := newCluster(g.dir, listen)
	if err != nil {
		return err
	}
	if err := db.start(ctx); err != nil {
		return err
	}
	defer func() { db.stop(syscall.SIGQUIT) }()
	g.openOn(db)
	for range replicaCount {
		listen, err := freePort("127.0.0.1")
		if err != nil {
			return err
		}
		g.replica(listen, db.dsn())
	}
	l, err := g.run(ctx, breaks(g, db)...)
	if err != nil {
		return err
	}
	return g.judge(l)
}

// openOn says that the store is in a PostgreSQL.
func (g *rig) openOn(db *cluster) {
	g.db = db
	g.open = func(ctx context.Context) (store.Store, io.Closer, error) {
		st, err := postgres.Open(ctx, db.dsn())
		return st, st, err
	}
}

// restarts restarts the database twice: once it ends its sessions, once it does not care.
func (g *rig) restarts(db *cluster) breaking {
	return func(ctx context.Context, began time.Time) error {
		for _, how := range []struct {
			kind   history.Kind
			signal syscall.Signal
		}{{history.Fast, syscall.SIGINT}, {history.Immediate, syscall.SIGQUIT}} {
			if !pause(ctx, g.length/3) {
				return nil
			}
			at := time.Now()
			db.stop(how.signal)
			time.Sleep(rand.N(time.Second))
			if err := db.start(context.WithoutCancel(ctx)); err != nil {
				return err
			}
			g.broke(how.kind, "", at)
			g.say(began, "%s: it was away for %v", how.kind, short(time.Since(at)))
		}
		return nil
	}
}

// asleep is longer than a claim lasts.
const asleep = 40 * time.Second

// pauses stops a random replica as a hypervisor would, and wakes it when its claims are over.
func (g *rig) pauses(ctx context.Context, began time.Time) error {
	for pause(ctx, 5*time.Second) {
		r := g.replicas[g.rng.IntN(len(g.replicas))]
		at := time.Now()
		r.signal(syscall.SIGSTOP)
		g.say(began, "%s sleeps", r.name)
		time.Sleep(asleep)
		r.signal(syscall.SIGCONT)
		g.broke(history.Pause, r.name, at)
		g.say(began, "%s is awake after %v", r.name, short(time.Since(at)))
	}
	return nil
}
