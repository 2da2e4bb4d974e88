package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill/config"
)

//go:embed demo.yaml
var demoYAML string

// demo runs the real server on a temporary file, with phones that are part of the demo: nothing leaves the machine.
func demo(ctx context.Context, p *program) error {
	listen := p.flags.String("listen", "127.0.0.1:8080", "the `address` to serve on; another port is taken if it is in use")
	once := p.flags.Bool("once", false, "end when the story ends")
	if err := p.parse(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "watchbill-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	phones, err := newPhones()
	if err != nil {
		return err
	}
	defer phones.close()
	file, _, err := config.Parse("demo.yaml", []byte(strings.ReplaceAll(demoYAML, "SINK", phones.url)))
	if err != nil {
		return err
	}
	a, err := newApp(ctx, file, setup{db: "sqlite:" + filepath.Join(dir, "demo.db"), listen: freeAddress(*listen), log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer a.close()
	return demoOn(ctx, a, file, phones, p.stdout, *once)
}

// demoOn tells the story while the server runs.
func demoOn(ctx context.Context, a *app, file *config.File, phones *phones, out io.Writer, once bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var told error
	var teller sync.WaitGroup
	teller.Go(func() {
		s := &story{out: out, began: time.Now(), base: "http://" + a.listener.Addr().String(), phones: phones, app: a}
		if told = s.tell(ctx, file); told != nil || once {
			stop()
			return
		}
		s.invite()
		s.listen(ctx)
	})
	err := a.run(ctx)
	stop()
	teller.Wait()
	if errors.Is(told, context.Canceled) { // the reader had enough
		told = nil
	}
	return errors.Join(err, told)
}

// freeAddress returns the address, with port 0 instead if it is in use.
func freeAddress(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		if host, _, err := net.SplitHostPort(address); err == nil {
			return net.JoinHostPort(host, "0")
		}
		return address // the error is for whoever listens in earnest
	}
	_ = l.Close()
	return address
}

// story is what the demo tells.
type story struct {
	out    io.Writer
	began  time.Time
	base   string
	phones *phones
	app    *app

	incident string // its ID, once there is one
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%6.1fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

func (s *story) title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

func (s *story) tell(ctx context.Context, file *config.File) error {
	primary, secondary, err := s.introduce(file)
	if err != nil {
		return err
	}
	s.title("Something breaks. Alertmanager posts it to " + s.base + "/intake/alertmanager/demo-alertmanager")
	if err := s.alertmanager(ctx, "firing"); err != nil {
		return err
	}
	s.say("answered 200: from now on its three alerts are on disk and cannot be lost")
	if err := s.others(ctx); err != nil {
		return err
	}
	page, err := s.until(ctx, primary)
	if err != nil {
		return err
	}
	s.title(fmt.Sprintf("%s sleeps. After three attempts, 2 seconds apart, the next level is paged (in earnest: a minute apart).", primary))
	if page, err = s.until(ctx, secondary); err != nil {
		return err
	}
	s.title(fmt.Sprintf("%s is awake, opens the link in the page, and taps Acknowledge. Paging stops, for everybody.", secondary))
	if err := s.rest(ctx, 2*time.Second); err != nil {
		return err
	}
	if err := s.acknowledge(ctx, page.AckURL); err != nil {
		return err
	}
	if err := s.rest(ctx, 3*time.Second); err != nil {
		return err
	}
	s.say("3 seconds later: no phone has rung again, and what is in the group is acknowledged too")
	if s.incident, err = s.lead(ctx, secondary, page.Alert.ID); err != nil {
		return err
	}
	if err := s.settle(ctx, secondary, s.incident); err != nil {
		return err
	}
	if err := s.learn(ctx, secondary, s.incident); err != nil {
		return err
	}
	s.title("What happened, as the joint timeline of incident and alert has it:")
	return s.timeline(ctx, "/api/v1/incidents/"+s.incident)
}

// invite says what to try next.
func (s *story) invite() {
	fmt.Fprintf(s.out, `
The server keeps running; pages to the demo's phones are shown here. Ctrl-C ends it and removes its data. Try:

  curl -s -H 'Authorization: Bearer demo-token' %[1]s/api/v1/oncall
  curl -s -H 'Authorization: Bearer demo-token' %[1]s/api/v1/alerts
  curl -s %[1]s/intake/generic/demo-generic -d '{"dedup_key":"disk","summary":"disk is full","severity":"critical"}'
  go run ./cmd/refserver silence add -server %[1]s -token demo-token -by cem -matcher 'summary=~"disk.*"' -for 1h
  curl -s %[1]s/heartbeat/demo-heartbeat
  go run ./cmd/refserver page -server %[1]s -token demo-token -user cem -summary "please call me"
  go run ./cmd/refserver postmortem show -server %[1]s -token demo-token -id %[2]s
  go run ./cmd/refserver report response -server %[1]s -token demo-token

Look at the status page, %[1]s/status/public, in a browser; open the link in a page, which shows the alert, and acts
only when a button is pressed; and raise an alert as people do, %[1]s/intake/form/demo-generic.
`, s.base, s.incident)
}

// listen shows pages until the demo ends.
func (s *story) listen(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-s.phones.pages:
			s.show(p)
		}
	}
}

func (s *story) show(p demoPage) {
	if p.Type == "resolved" {
		s.say("%s, who was paged, hears that it is over: %s", p.User, p.Alert.Summary)
		return
	}
	s.say("%s's phone rings: %s [%s] (level %d, attempt %d)", p.User, p.Alert.Summary, p.Alert.Severity, p.Level, p.Attempt)
	s.say("    acknowledge: %s", p.AckURL)
}

// until shows pages until one is for the user.
func (s *story) until(ctx context.Context, user string) (demoPage, error) {
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		select {
		case <-ctx.Done():
			return demoPage{}, ctx.Err()
		case <-limit.C:
			return demoPage{}, fmt.Errorf("demo: no page reached %s; this is a bug", user)
		case p := <-s.phones.pages:
			s.show(p)
			if p.User == user {
				return p, nil
			}
		}
	}
}

// rest lets time pass in which no phone may ring.
func (s *story) rest(ctx context.Context, d time.Duration) error {
	limit := time.NewTimer(d)
	defer limit.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-s.phones.pages:
			if p.Type == "page" {
				return fmt.Errorf("demo: %s was paged too early or too late; this is a bug", p.User)
			}
			s.show(p)
		case <-limit.C:
			return nil
		}
	}
}

// phones receives the pages of the demo's people, as their own software would: it verifies the signature.
type phones struct {
	url    string
	server *http.Server
	pages  chan demoPage
	done   chan struct{}
}

func newPhones() (*phones, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &phones{url: "http://" + l.Addr().String(), pages: make(chan demoPage, 1000), done: make(chan struct{})}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { // ends with close
		defer close(p.done)
		_ = p.server.Serve(l)
	}()
	return p, nil
}

func (p *phones) close() {
	_ = p.server.Close()
	<-p.done
}
