package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/watchbill/watchbill/bench/chaos/history"
)

// inside is set where the program runs in a network namespace of its own, to the prefix of all names there.
const inside = "WATCHBILL_CHAOS_INSIDE"

// Addresses in the namespaces.
var (
	hubAddr = netip.AddrFrom4([4]byte{10, 99, 0, 1}) // clients and phones
	dbAddr  = netip.AddrFrom4([4]byte{10, 99, 0, 2})
)

func replicaAddr(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 99, 0, byte(11 + i)}) }

// errNoNamespaces is a machine on which networks cannot be made.
var errNoNamespaces = errors.New("chaos: networks cannot be made here; that takes root, /dev/net/tun, ip of iproute2 (apt install iproute2) and setpriv of util-linux")

// canMakeNetworks reports why not.
func canMakeNetworks() error {
	if os.Getuid() != 0 {
		return errNoNamespaces
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return fmt.Errorf("%w: %w", errNoNamespaces, err)
	}
	for _, program := range []string{"ip", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w: %w", errNoNamespaces, err)
		}
	}
	return nil
}

// networks is three processes on PostgreSQL, each in a network of its own.
func networks(ctx context.Context, s settings, out io.Writer) error {
	if err := canMakeNetworks(); err != nil {
		return err
	}
	if os.Getenv(inside) == "" {
		return outside(ctx, s, out)
	}
	g, err := newRigOn(s, out, hubAddr.String(), os.Getenv(inside))
	if err != nil {
		return err
	}
	defer g.close()
	defer g.wire.close()
	names := os.Getenv(inside)
	db, err := newCluster(g.dir, netip.AddrPortFrom(dbAddr, 5432).String(), "ip", "netns", "exec", names+"db",
		"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
	if err != nil {
		return err
	}
	if err := db.start(ctx); err != nil {
		return err
	}
	defer func() { db.stop(syscall.SIGQUIT) }()
	g.openOn(db)
	for i := range replicaCount {
		g.replica(netip.AddrPortFrom(replicaAddr(i), 8080).String(), db.dsn(), "ip", "netns", "exec", fmt.Sprintf("%sr%d", names, i+1))
	}
	l, err := g.run(ctx, g.storms)
	if err != nil {
		return err
	}
	return g.judge(l)
}

// outside runs the scenario in a namespace.
func outside(ctx context.Context, s settings, out io.Writer) error {
	dir, err := os.MkdirTemp("", "watchbill-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := serverBinary(s, dir) // inside there is no way to a module proxy
	if err != nil {
		return err
	}
	return within(ctx, out, "-server", server, "-rate", fmt.Sprint(s.rate), "-for", s.length.String(), "-seed", fmt.Sprint(s.seed),
		fmt.Sprintf("-keep=%v", s.keep), "netns")
}

// newRigOn makes the networks, and a rig in them.
func newRigOn(s settings, out io.Writer, host, names string) (*rig, error) {
	w := newWire()
	err := w.attach("", "wbhub", hubAddr)
	if err == nil {
		err = w.attach(names+"db", "wbdb", dbAddr)
	}
	for i := 0; i < replicaCount && err == nil; i++ {
		err = w.attach(fmt.Sprintf("%sr%d", names, i+1), fmt.Sprintf("wbr%d", i+1), replicaAddr(i))
	}
	if err != nil {
		w.close()
		return nil, err
	}
	w.carry()
	g, err := newRig(s, out, host)
	if err != nil {
		w.close()
		return nil, err
	}
	g.wire = w
	return g, nil
}

// storms is one kind of trouble between replicas and database after the other: one replica is cut off, all are slow, all
// lose packets.
func (g *rig) storms(ctx context.Context, began time.Time) error {
	all := []netip.Addr{replicaAddr(0), replicaAddr(1), replicaAddr(2)}
	cut := min(time.Minute, g.length/2)
	for n := 0; pause(ctx, 3*time.Second); n++ {
		i := g.rng.IntN(replicaCount)
		switch n % 3 {
		case 0:
			g.storm(began, history.Partition, g.replicas[i].name, weather{cut: true}, cut, all[i])
		case 1:
			g.storm(began, history.Slow, "", weather{delay: 200 * time.Millisecond, jitter: 50 * time.Millisecond}, cut/3, all...)
		case 2:
			g.storm(began, history.Slow, "", weather{loss: .05 + .15*rand.Float64()}, cut/3, all...)
		}
	}
	return nil
}

// storm is one of them.
func (g *rig) storm(began time.Time, kind history.Kind, replica string, s weather, length time.Duration, addrs ...netip.Addr) {
	at := time.Now()
	g.wire.set(s, dbAddr, addrs...)
	g.say(began, "%s %s: delay %v +- %v, loss %.0f %%, cut %v", kind, replica, s.delay, s.jitter, 100*s.loss, s.cut)
	time.Sleep(length)
	g.wire.set(weather{}, dbAddr, addrs...)
	g.broke(kind, replica, at)
	g.say(began, "%s %s: over after %v", kind, replica, short(time.Since(at)))
}
