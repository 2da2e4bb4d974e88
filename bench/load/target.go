package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// organisation pages two people over two providers, and treats the signals of the second as HANDLING says; nothing repeats
// while it is measured.
const organisation = `
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, address: "http://GOOD/ada"}]}
  - {id: ben, contacts: [{id: hook, channel: webhook, address: "http://BAD/ben"}]}
policies:
  - {id: good, levels: [{targets: ["user:ada"], timeout: 10m, repeat: {every: 10m}}]}
  - {id: bad, levels: [{targets: ["user:ben"], timeout: 10m, repeat: {every: 10m}}]}
services: [{id: shop, policy: good}, {id: mall, policy: bad}]
sources:
  - {id: gen, type: generic, service: shop, key: good}
  - {id: bad, type: generic, service: mall, key: bad HANDLING}
api_keys: [{id: ops, role: admin, token: ops}]
channels: {webhook: {secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}}
catch_all: "user:ada"
`

// configured returns the organisation; handling is empty or begins with a comma.
func configured(good, bad, handling string) []byte {
	return []byte(strings.NewReplacer("GOOD", good, "BAD", bad, " HANDLING", handling).Replace(organisation))
}

// target is what is measured: reference servers, as processes of their own, that share one database.
type target struct {
	addr     string   // of the first
	addrs    []string // of all; they outlive a server that is killed and started again
	replicas []*subject
	db       *database
	binary   string
	conf     string
	ended    time.Duration // processor time of servers that were killed
}

// start starts the servers of a run on a database of its own. The providers of the two people are at good and bad.
func (s settings) start(good, bad, handling string) (t *target, err error) {
	t = &target{}
	if t.binary, err = s.lab.server(); err != nil {
		return nil, err
	}
	if t.db, err = newDatabase(s.db); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			t.stop()
		}
	}()
	n := s.replicas
	if t.db.kind != "postgres" && n > 1 {
		return nil, errors.New("-replicas: several servers share one database in PostgreSQL only")
	}
	t.conf = filepath.Join(t.db.dir, "watchbill.yaml")
	if err := os.WriteFile(t.conf, configured(good, bad, handling), 0o600); err != nil {
		return nil, err
	}
	for i := range n {
		addr, err := freeAddress()
		if err != nil {
			return nil, err
		}
		t.addrs, t.replicas = append(t.addrs, addr), append(t.replicas, nil)
		if err := t.begin(i); err != nil {
			return nil, err
		}
	}
	t.addr = t.addrs[0]
	return t, nil
}

// begin starts a server, at the address that it had before.
func (t *target) begin(i int) (err error) {
	t.replicas[i], err = launch("", `on=http://(\S+)`, exec.Command(t.binary, "serve", "-config", t.conf, "-db", t.db.url,
		"-listen", t.addrs[i]))
	return err
}

// kill ends a server at once, as a machine that loses its power does.
func (t *target) kill(i int) {
	t.ended += t.replicas[i].cpu()
	t.replicas[i].stop()
	t.replicas[i] = nil
}

func (t *target) stop() {
	for _, r := range t.replicas {
		if r != nil {
			r.stop()
		}
	}
	t.db.drop()
}

// cpu returns the processor time of the servers so far, in hundredths of a second; zero where there is no /proc.
func (t *target) cpu() time.Duration {
	used := t.ended
	for _, r := range t.replicas {
		if r != nil {
			used += r.cpu()
		}
	}
	return used
}

// rss returns the memory of the server that holds most now.
func (t *target) rss() (most int64) {
	for _, r := range t.replicas {
		if r != nil {
			most = max(most, rss(r.cmd.Process.Pid))
		}
	}
	return most
}

// size returns how many bytes the database takes.
func (t *target) size() int64 { return t.db.size() }

// label names what is measured.
func (t *target) label() string {
	if len(t.replicas) > 1 {
		return fmt.Sprintf("%s, %d replicas", t.db.label(), len(t.replicas))
	}
	return t.db.label()
}

// freeAddress returns one that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// lab is what all runs share: a folder, and the server built once.
type lab struct {
	dir    string
	binary string // as -server named it, or as it was built
}

func newLab(binary string) (*lab, error) {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	return &lab{dir, binary}, err
}

func (l *lab) close() { _ = os.RemoveAll(l.dir) }

// server returns the reference server to measure, which it builds unless there is one.
func (l *lab) server() (string, error) {
	if l.binary != "" {
		return l.binary, nil
	}
	path := filepath.Join(l.dir, "refserver")
	out, err := exec.Command("go", "build", "-o", path, "github.com/watchbill/watchbill/cmd/refserver").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	l.binary = path
	return path, nil
}
