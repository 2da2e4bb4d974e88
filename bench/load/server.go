package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
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

// subject is a server that is measured.
type subject struct {
	addr string
	cmd  *exec.Cmd
	dir  string
}

func (s *subject) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// cpu returns the processor time that the server has used so far, in hundredths of a second; zero where there is no /proc.
func (s *subject) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // before it is the name, which may have spaces
	if err != nil || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// size returns how many bytes the server's database takes.
func (s *subject) size() (n int64) {
	files, _ := filepath.Glob(filepath.Join(s.dir, "w.db*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}

// launch starts a server and waits until its output matches; the first group, if any, is its address.
func launch(dir, ready string, cmd *exec.Cmd) (*subject, error) {
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &subject{cmd: cmd, dir: dir}
	lines, re := bufio.NewScanner(out), regexp.MustCompile(ready)
	for lines.Scan() {
		if m := re.FindStringSubmatch(lines.Text()); m != nil {
			if len(m) > 1 {
				s.addr = m[1]
			}
			go io.Copy(io.Discard, out) // ends with the process
			return s, nil
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s ended before it was ready", cmd.Path)
}

// serverBinary returns the reference server to measure, which it builds unless there is one.
func serverBinary(s settings, dir string) (string, error) {
	if s.server != "" {
		return s.server, nil
	}
	path := filepath.Join(dir, "refserver")
	out, err := exec.Command("go", "build", "-o", path, "github.com/watchbill/watchbill/cmd/refserver").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// startRefserver starts the reference server on a SQLite file.
func startRefserver(binary, good, bad string) (*subject, error) {
	return startHandling(binary, good, bad, "")
}

// configured returns the organisation; handling is empty or begins with a comma.
func configured(good, bad, handling string) []byte {
	return []byte(strings.NewReplacer("GOOD", good, "BAD", bad, " HANDLING", handling).Replace(organisation))
}

// startHandling starts the reference server with some handling of the signals of the second source.
func startHandling(binary, good, bad, handling string) (*subject, error) {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "watchbill.yaml")
	if err := os.WriteFile(conf, configured(good, bad, handling), 0o600); err != nil {
		return nil, err
	}
	return launch(dir, `on=http://(\S+)`, exec.Command(binary, "serve", "-config", conf,
		"-db", "sqlite:"+filepath.Join(dir, "w.db"), "-listen", "127.0.0.1:0"))
}

// startNothing starts the same handler on a store that commits nothing.
func startNothing() (*subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch("", `on=http://(\S+)`, exec.Command(self, "serve-nothing"))
}

func startAlertmanager(path string) (*subject, error) {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "am.yml")
	if err := os.WriteFile(conf, []byte("route: {receiver: none, group_by: [alertname], group_wait: 1h}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	s, err := launch(dir, `(?i)listening on`, exec.Command(path, "--config.file="+conf, "--storage.path="+dir,
		"--web.listen-address="+addr, "--cluster.listen-address="))
	if err == nil {
		s.addr = addr
	}
	return s, err
}

// nothing is a store that does all the work of a transaction and takes it back.
type nothing struct{ *memory.Store }

var errTakenBack = errors.New("taken back")

func (n nothing) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := n.Store.Update(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return err
}

func serveNothing() error {
	file, _, err := config.Parse("load.yaml", configured("127.0.0.1:1", "127.0.0.1:1", ""))
	if err != nil {
		return err
	}
	kept := memory.New()
	first, err := engine.New(engine.Config{Store: kept})
	if err != nil {
		return err
	}
	if _, err := first.Configure(context.Background(), time.Now(), file.Org); err != nil {
		return err
	}
	e, err := engine.New(engine.Config{Store: nothing{kept}})
	if err != nil {
		return err
	}
	go e.Run(context.Background()) // ends with the process
	handler, err := httpapi.New(httpapi.Config{Engine: e, Store: nothing{kept}})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "on=http://%s\n", l.Addr())
	return http.Serve(l, handler)
}
