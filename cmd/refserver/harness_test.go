package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify/webhook"
)

// binary builds the server once, as a user would, and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "watchbill-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "refserver")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// need returns the path of a foreign program, or skips; where everything is required, its absence is a failure.
func need(t *testing.T, get string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(t, "%s is not here; get it with: %s", names[0], get)
	return ""
}

func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// freePort returns a loopback address that nothing listens on.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// process is a program under test, or beside it. It is killed when the test ends.
type process struct {
	cmd   *exec.Cmd
	lines chan string // of its output
	log   *bytes.Buffer
	mu    sync.Mutex
	ended chan struct{}
}

func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), lines: make(chan string, 10_000), log: &bytes.Buffer{}, ended: make(chan struct{})}
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	require.NoError(t, p.cmd.Start())
	go p.read(r)
	go func() {
		_ = p.cmd.Wait()
		_ = w.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(name), p.output())
		}
	})
	return p
}

func (p *process) read(r io.Reader) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		p.mu.Lock()
		if p.log.Len() < 1<<20 {
			fmt.Fprintln(p.log, s.Text())
		}
		p.mu.Unlock()
		select {
		case p.lines <- s.Text():
		default:
		}
	}
	_, _ = io.Copy(io.Discard, r)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// signal sends a signal.
func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(s))
}

// exit waits for the program's own end and returns its exit code.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("the program did not end within 30 s:\n%s", p.output())
	}
	return p.cmd.ProcessState.ExitCode()
}

// waitFor returns the submatches of the first line of output that matches.
func (p *process) waitFor(t *testing.T, pattern string) []string {
	t.Helper()
	re, limit := regexp.MustCompile(pattern), time.After(30*time.Second)
	for {
		select {
		case line := <-p.lines:
			if m := re.FindStringSubmatch(line); m != nil {
				return m
			}
		case <-p.ended:
			t.Fatalf("the program ended before it said %q:\n%s", pattern, p.output())
		case <-limit:
			t.Fatalf("the program did not say %q within 30 s:\n%s", pattern, p.output())
		}
	}
}

// serveOn starts the server and returns it with its address.
func serveOn(t *testing.T, config, db, listen string) (*process, string) {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	p := launch(t, path, "serve", "-config", config, "-db", db, "-listen", listen, "-log", "info", "-reserve", "1")
	return p, p.waitFor(t, `serving.* on=(http://\S+)`)[1]
}

const testSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// arrival is one page at a phone.
type arrival struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	User    string `json:"user"`
	Level   int    `json:"level"`
	Attempt int    `json:"attempt"`
	AckURL  string `json:"ack_url"`
	Alert   struct {
		ID       string `json:"id"`
		DedupKey string `json:"dedup_key"`
		Summary  string `json:"summary"`
	} `json:"alert"`
	At time.Time `json:"-"`
}

// phones receives webhooks and refuses those that are not signed right.
type phoneBook struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []arrival
	changed  chan struct{}
	hold     chan struct{} // until it is closed, what has arrived is not answered
}

func newPhoneBook(t *testing.T) *phoneBook {
	b := &phoneBook{changed: make(chan struct{}, 1), hold: make(chan struct{})}
	close(b.hold)
	return b.open(t)
}

// newSlowPhoneBook leaves messages unanswered until hold is closed.
func newSlowPhoneBook(t *testing.T) *phoneBook {
	b := &phoneBook{changed: make(chan struct{}, 1), hold: make(chan struct{})}
	return b.open(t)
}

func (b *phoneBook) open(t *testing.T) *phoneBook {
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *phoneBook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := arrival{At: time.Now()}
	if err := webhook.Verify(testSecret, r.Header, body, a.At, 5*time.Minute); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if err := json.Unmarshal(body, &a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.arrivals = append(b.arrivals, a)
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
	select {
	case <-b.hold:
	case <-r.Context().Done():
	}
}

func (b *phoneBook) all() []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]arrival(nil), b.arrivals...)
}

// wait returns the arrivals as soon as enough says so.
func (b *phoneBook) wait(t *testing.T, limit time.Duration, enough func([]arrival) bool) []arrival {
	t.Helper()
	over := time.After(limit)
	for {
		if all := b.all(); enough(all) {
			return all
		}
		select {
		case <-b.changed:
		case <-over:
			t.Fatalf("not enough pages within %v: %d have come", limit, len(b.all()))
		}
	}
}

// client is a user of the API.
type client struct {
	t     *testing.T
	base  string
	token string
}

func (c client) do(method, path, body string) (int, []byte) {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	req, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	require.NoError(c.t, err)
	if c.token != "" && strings.Contains(path, "/api/v1/") {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if strings.HasPrefix(body, "action=") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp.StatusCode, data
}

// apiAlert is an alert as the API shows it.
type apiAlert struct {
	ID             string
	State          string
	Summary        string
	Source         string
	DedupKey       string `json:"dedup_key"`
	AcknowledgedBy string `json:"acknowledged_by"`
	ResolvedBy     string `json:"resolved_by"`
	Level          int
	Count          int
}

// alerts returns every alert there is.
func (c client) alerts() (all []apiAlert) {
	c.t.Helper()
	cursor := ""
	for {
		status, data := c.do(http.MethodGet, "/api/v1/alerts?limit=200&cursor="+cursor, "")
		require.Equal(c.t, http.StatusOK, status, string(data))
		var page struct {
			Alerts []apiAlert
			Next   string
		}
		require.NoError(c.t, json.Unmarshal(data, &page))
		all = append(all, page.Alerts...)
		if page.Next == "" {
			return all
		}
		cursor = page.Next
	}
}

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
