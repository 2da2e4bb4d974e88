package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// replica is one reference server. A supervisor starts it again where it ends, as any would.
type replica struct {
	name   string
	listen string
	argv   []string // the program and its arguments, and what it is started by
	log    string   // file that its output is appended to

	mu  sync.Mutex
	cmd *exec.Cmd
}

func (r *replica) base() string { return "http://" + r.listen }

// start starts the server, again and again until it is ready to take signals.
func (r *replica) start(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	for {
		ended, err := r.launch()
		if err != nil {
			return err
		}
		if r.ready(limit, ended) {
			return nil
		}
		if limit.Err() != nil {
			r.kill()
			return fmt.Errorf("chaos: %s was not ready within 90 s; see %s", r.name, r.log)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// launch starts the process; the channel is closed when it has ended.
func (r *replica) launch() (<-chan struct{}, error) {
	out, err := os.OpenFile(r.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(r.argv[0], r.argv[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	r.mu.Lock()
	r.cmd = cmd
	r.mu.Unlock()
	return ended, nil
}

// ready waits until the server says that it can commit signals, or has ended.
func (r *replica) ready(ctx context.Context, ended <-chan struct{}) bool {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		if resp, err := client.Get(r.base() + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return true
			}
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

// signal sends a signal, if the process is there.
func (r *replica) signal(s syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd != nil {
		_ = r.cmd.Process.Signal(s)
	}
}

func (r *replica) kill() { r.signal(syscall.SIGKILL) }

// stop asks the server to finish, and waits until it has.
func (r *replica) stop() {
	r.signal(syscall.SIGTERM)
	for range 400 {
		if r.gone() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	r.kill()
}

func (r *replica) gone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cmd == nil || errors.Is(r.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// serverBinary returns the server to break, which it builds unless there is one.
func serverBinary(s settings, dir string) (string, error) {
	if s.server != "" {
		return filepath.Abs(s.server)
	}
	path := filepath.Join(dir, "refserver")
	out, err := exec.Command("go", "build", "-o", path, "github.com/watchbill/watchbill/cmd/refserver").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}
