package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/store"
)

// organisation has a person for each service, and one behind them all. A level lasts four seconds, so that escalations are
// under way whenever something breaks.
const organisation = `
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, address: "http://ADDR-ada/"}]}
  - {id: ben, contacts: [{id: hook, channel: webhook, address: "http://ADDR-ben/"}]}
  - {id: cem, contacts: [{id: hook, channel: webhook, address: "http://ADDR-cem/"}]}
  - {id: dora, contacts: [{id: hook, channel: webhook, address: "http://ADDR-dora/"}]}
policies:
  - {id: shop, levels: [{targets: ["user:ada"], timeout: 10s, repeat: {every: 2s, attempts: 2}}, {targets: ["user:dora"], timeout: 1h, repeat: {every: 30s}}]}
  - {id: mall, levels: [{targets: ["user:ben"], timeout: 10s, repeat: {every: 2s, attempts: 2}}, {targets: ["user:dora"], timeout: 1h, repeat: {every: 30s}}]}
  - {id: bank, levels: [{targets: ["user:cem"], timeout: 10s, repeat: {every: 2s, attempts: 2}}, {targets: ["user:dora"], timeout: 1h, repeat: {every: 30s}}]}
services: [{id: shop, policy: shop}, {id: mall, policy: mall}, {id: bank, policy: bank}]
sources:
  - {id: shop, type: generic, service: shop, key: key-of-shop}
  - {id: mall, type: generic, service: mall, key: key-of-mall}
  - {id: bank, type: generic, service: bank, key: key-of-bank}
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + secret + `}}
catch_all: "user:dora"
`

// bounds: a claim lasts 30 s. The others leave room for machines with much else to do.
var bounds = history.Bounds{Lease: 30 * time.Second, Flight: 5 * time.Second, Commit: 5 * time.Second, Skew: time.Second}

// rig is everything that takes part in a run.
type rig struct {
	settings
	out      io.Writer
	dir      string
	rng      *rand.Rand
	phones   *phones
	replicas []*replica
	wire     *wire                                                 // where each has a network of its own; nil: there is none
	db       *cluster                                              // nil: there is none
	open     func(context.Context) (store.Store, io.Closer, error) // the store, when the servers have stopped

	mu     sync.Mutex
	faults []history.Fault
}

// newRig makes what every run has. The hosts are those on which the phones and each replica listen.
func newRig(s settings, out io.Writer, phoneHost string) (*rig, error) {
	dir, err := os.MkdirTemp("", "watchbill-chaos-")
	if err != nil {
		return nil, err
	}
	g := &rig{settings: s, out: out, dir: dir, rng: rand.New(rand.NewPCG(s.seed, 0))}
	if err := os.Chmod(dir, 0o755); err != nil { // the database runs as a user of its own
		g.close()
		return nil, err
	}
	if g.server, err = serverBinary(s, dir); err == nil {
		g.phones, err = newPhones(phoneHost, []string{"ada", "ben", "cem", "dora"})
	}
	if err != nil {
		g.close()
		return nil, err
	}
	conf := organisation
	for u, addr := range g.phones.addr {
		conf = strings.ReplaceAll(conf, "ADDR-"+u, addr)
	}
	return g, os.WriteFile(g.config(), []byte(conf), 0o600)
}

func (g *rig) config() string { return filepath.Join(g.dir, "watchbill.yaml") }

// replica adds a server that listens on an address; before is what starts it, such as a change of the namespace.
func (g *rig) replica(listen, db string, before ...string) {
	r := &replica{name: fmt.Sprintf("r%d", len(g.replicas)+1), listen: listen}
	r.log = filepath.Join(g.dir, r.name+".log")
	r.argv = append(slices.Clone(before), g.server, "serve", "-config", g.config(), "-db", db, "-listen", listen, "-log", "warn")
	g.replicas = append(g.replicas, r)
	g.phones.names[listen] = r.name
}

func (g *rig) close() {
	for _, r := range g.replicas {
		r.kill()
	}
	if g.phones != nil {
		g.phones.close()
	}
	if g.keep {
		fmt.Fprintln(g.out, "logs and database are in", g.dir)
		return
	}
	_ = os.RemoveAll(g.dir)
}

// say tells what happens, with the time since the start.
func (g *rig) say(began time.Time, format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fmt.Fprintf(g.out, "%7.2fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}

// broke notes a fault that has been mended just now.
func (g *rig) broke(kind history.Kind, replica string, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, history.Fault{Kind: kind, Replica: replica, At: at, Until: time.Now()})
}

// breaking breaks things while signals are sent. It ends soon after ctx is done, with everything mended.
type breaking func(ctx context.Context, began time.Time) error

// run starts the replicas, sends signals while things break, waits until all is quiet, and returns what everybody saw.
func (g *rig) run(ctx context.Context, breaks ...breaking) (*history.Log, error) {
	for _, r := range g.replicas {
		if err := r.start(ctx); err != nil {
			return nil, err
		}
	}
	if g.db != nil {
		if err := g.db.watch(); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	stop, giveUp := context.WithCancel(ctx)
	defer giveUp()
	c := newClients(stop, g.replicas, rand.New(rand.NewPCG(g.seed, 1)))
	loaded, done := context.WithCancel(ctx)
	failed := make(chan error, len(breaks))
	for _, b := range breaks {
		go func() { failed <- b(loaded, began) }() // waited for below
	}
	c.run(ctx, g.rate, g.length)
	done()
	for range breaks {
		if err := <-failed; err != nil {
			return nil, err
		}
	}
	g.say(began, "no more signals; all is whole")
	g.quiet(ctx, c, began)
	ended := time.Now()
	giveUp()
	c.wg.Wait()
	for _, r := range g.replicas {
		r.stop()
	}
	g.say(began, "stopped")
	l := &history.Log{Signals: c.signals, Acks: c.acks, Messages: g.phones.messages(), Faults: g.faults, Began: began, Ended: ended,
		Right: right(), Bounds: bounds, Replicas: len(g.replicas)}
	return l, g.collect(ctx, l)
}

// quietWithin is how long after the last signal everything has to be answered, and everybody paged; and as long as signals
// were sent beside that, for a machine with much else to do.
const quietWithin = 2 * time.Minute

// quiet waits until every request was answered for good, and every alert was paged or acknowledged.
func (g *rig) quiet(ctx context.Context, c *clients, began time.Time) {
	limit := time.Now().Add(quietWithin + g.length)
	for ctx.Err() == nil && time.Now().Before(limit) {
		if c.idle() && !slices.ContainsFunc(c.unacknowledged(), func(id watchbill.AlertID) bool { return !g.phones.paged(id) }) {
			g.say(began, "quiet: everything was answered, and every alert was paged or acknowledged")
			time.Sleep(bounds.Flight) // what must not come has time to come
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	g.say(began, "NOT QUIET after %v: %d requests are not answered", quietWithin+g.length, c.sending.Load())
}

// right says who has to be paged.
func right() map[watchbill.ServiceID][]watchbill.UserID {
	all := map[watchbill.ServiceID][]watchbill.UserID{}
	for _, s := range services {
		all[s.id] = []watchbill.UserID{s.user, "dora"}
	}
	return all
}

// freePort returns an address of a host that nothing listens on.
func freePort(host string) (string, error) {
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
