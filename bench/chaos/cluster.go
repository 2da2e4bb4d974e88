package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// errNoPostgres is a machine without the programs of PostgreSQL.
var errNoPostgres = errors.New("chaos: the programs of PostgreSQL are not here; get them with: apt install postgresql, or name their folder in WATCHBILL_PGBIN")

// cluster is a PostgreSQL of the run's own.
type cluster struct {
	bin, data, host, port string
	before                []string // what starts it, such as a change of the namespace
	owner                 *syscall.Credential
	log                   string
	cmd                   *exec.Cmd
	ended                 chan struct{}
}

// postgresBin returns the folder of PostgreSQL's programs, of the latest release that there is.
func postgresBin() (string, error) {
	if dir := os.Getenv("WATCHBILL_PGBIN"); dir != "" {
		return dir, nil
	}
	if all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_isready"); len(all) > 0 {
		return filepath.Dir(slices.Max(all)), nil
	}
	if path, err := exec.LookPath("pg_isready"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errNoPostgres
}

// newCluster makes a database in a folder. PostgreSQL does not run as root: then it runs as user postgres.
func newCluster(dir, listen string, before ...string) (*cluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, data: filepath.Join(dir, "postgres"), host: host, port: port, before: before, log: filepath.Join(dir, "postgres.log")}
	if err := os.Mkdir(c.data, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if c.owner, err = credential("postgres"); err != nil {
			return nil, err
		}
		if err := os.Chown(c.data, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", c.data, "-U", "watchbill", "-A", "trust", "-E", "UTF8", "--locale=C")
	cmd.Dir, cmd.SysProcAttr = c.data, &syscall.SysProcAttr{Credential: c.owner}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	line := "\nhost all all all trust\n" // it listens on addresses of this machine only
	return c, appendTo(filepath.Join(c.data, "pg_hba.conf"), line)
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// dsn is what the servers are given.
func (c *cluster) dsn() string {
	return "postgres://watchbill@" + net.JoinHostPort(c.host, c.port) + "/postgres"
}

// start starts the database, and waits until it takes connections.
func (c *cluster) start(ctx context.Context) error {
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	argv := append(slices.Clone(c.before), filepath.Join(c.bin, "postgres"), "-D", c.data, "-p", c.port, "-k", c.data,
		"-c", "listen_addresses="+c.host, "-c", "max_connections=200", "-c", "logging_collector=off")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.data, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if len(c.before) == 0 { // else that gives up root
		cmd.SysProcAttr.Credential = c.owner
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	c.cmd, c.ended = cmd, ended
	for range 600 {
		if c.ready() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return fmt.Errorf("chaos: PostgreSQL ended before it was ready; see %s", c.log)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("chaos: PostgreSQL was not ready within a minute")
}

func (c *cluster) ready() bool {
	cmd := exec.Command(filepath.Join(c.bin, "pg_isready"), "-q", "-h", c.data, "-p", c.port)
	return cmd.Run() == nil
}

// stop stops the database: SIGINT is a fast shutdown, SIGQUIT an immediate one.
func (c *cluster) stop(how syscall.Signal) {
	if c == nil || c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(how)
	select {
	case <-c.ended:
	case <-time.After(time.Minute):
		_ = c.cmd.Process.Signal(syscall.SIGQUIT)
		<-c.ended
	}
	c.cmd = nil
}
