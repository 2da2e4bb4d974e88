package main

import (
	"bufio"
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
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// subject is a server that is measured.
type subject struct {
	addr string
	cmd  *exec.Cmd
	dir  string
}

func (s *subject) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// cpu returns the processor time that the server has used so far, in hundredths of a second; zero where there is no /proc.
func (s *subject) cpu() time.Duration { return cpuOf(s.cmd.Process.Pid) }

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
