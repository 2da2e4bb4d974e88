package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/timeline"
)

// The page that is measured.
const (
	pageComponents = 100
	pageIncidents  = 200 // over 90 days, the last two of them open
	pageRate       = 1000
)

// page measures a status page beside a static file of the same bytes, served by the same process, at a fixed rate of
// arrivals that waits for nobody.
func page(s settings) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	sub, err := launch("", `on=http://(\S+)`, exec.Command(self, "serve-page"))
	if err != nil {
		return err
	}
	defer sub.stop()
	kinds := []struct{ name, path, header string }{
		{"status page", "/status/public", ""},
		{"static file of the same bytes", "/static.html", ""},
		{"status page, gzip", "/status/public", "Accept-Encoding: gzip\r\n"},
		{"status page, not modified", "/status/public", "If-None-Match: *\r\n"},
	}
	p50, p99, worst := make([]spread, len(kinds)), make([]spread, len(kinds)), make([]spread, len(kinds))
	for range s.runs {
		for i, k := range kinds {
			d, err := getLoop(sub.addr, k.path, k.header, s.duration)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			p50[i], p99[i], worst[i] = append(p50[i], ms(quantile(d, .5))), append(p99[i], ms(quantile(d, .99))), append(worst[i], ms(d[len(d)-1]))
		}
	}
	s.out.head("page: ms from the time a request was due, %d/s", pageRate)
	for i, k := range kinds {
		s.out.row(k.name+", p50", p50[i])
		s.out.row("    p99", p99[i])
		s.out.row("    max", worst[i])
	}
	s.out.note("ratio of medians, page to file: p50 %.2f, p99 %.2f", p50[0].median()/p50[1].median(), p99[0].median()/p99[1].median())
	return nil
}

// getLoop asks at a fixed rate, and returns, sorted, how long each answer took from when it was due to be asked for.
func getLoop(addr, path, header string, d time.Duration) ([]time.Duration, error) {
	took := make([]time.Duration, int(pageRate*d.Seconds()))
	err := paced(addr, 64, len(took), pageRate, func(conn *sender, i int, due time.Time) error {
		err := conn.get(path, header)
		took[i] = time.Since(due)
		return err
	})
	slices.Sort(took)
	return took, err
}

// get asks once, and reads the answer to its end.
func (s *sender) get(path, header string) error {
	if _, err := fmt.Fprintf(s.conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, s.addr, header); err != nil {
		return err
	}
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNotModified {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	return err
}

// servePage serves a status page with 90 days of history from a SQLite file, and a static file of the same bytes.
func servePage() error {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(dir, "w.db"))
	if err != nil {
		return err
	}
	eng, err := engine.New(engine.Config{Store: st})
	if err != nil {
		return err
	}
	now := time.Now()
	if _, err := eng.Configure(ctx, now.Add(-100*24*time.Hour), pageOrganisation()); err != nil {
		return err
	}
	for i := range pageIncidents {
		if err := pastIncident(ctx, eng, i, now); err != nil {
			return err
		}
	}
	pages, err := httpapi.NewPages(httpapi.PagesConfig{Engine: eng, PublicURL: "http://127.0.0.1/status"})
	if err != nil {
		return err
	}
	if err := savePage(pages, filepath.Join(dir, "static.html")); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/status/", http.StripPrefix("/status", pages))
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "on=http://%s\n", l.Addr())
	return http.Serve(l, mux)
}

func pageOrganisation() oncall.Config {
	c := catalog.Catalog{Users: []catalog.User{{ID: "ada"}}}
	p := catalog.Page{ID: "public", Name: "Shop status", Zone: "Europe/Berlin"}
	for i := range pageComponents {
		id := fmt.Sprintf("service-%d", i)
		c.Services = append(c.Services, catalog.Service{ID: watchbill.ServiceID(id)})
		p.Components = append(p.Components, catalog.Component{ID: id, Name: fmt.Sprintf("Component number %d", i), Group: fmt.Sprintf("Group %d", i/10),
			Services: []watchbill.ServiceID{watchbill.ServiceID(id)}})
	}
	c.Pages = []catalog.Page{p}
	return oncall.Config{Catalog: c}
}

// pastIncident makes the i-th incident, with three updates; the last two are not resolved.
func pastIncident(ctx context.Context, eng *engine.Engine, i int, now time.Time) error {
	at := now.Add(-time.Duration(pageIncidents-i) * 90 * 24 * time.Hour / pageIncidents)
	by := timeline.By{Actor: timeline.User("ada")}
	made, err := eng.Declare(ctx, at, incident.Declare{By: by, Title: "internal", Services: []incident.Affected{
		{Service: watchbill.ServiceID(fmt.Sprintf("service-%d", i*7%pageComponents)), Effect: incident.Effect(1 + i%3)},
		{Service: watchbill.ServiceID(fmt.Sprintf("service-%d", (i*13+1)%pageComponents)), Effect: incident.EffectDegraded}}})
	if err != nil {
		return err
	}
	commands := []incident.Command{
		incident.Publish{By: by, Title: "Some requests fail", Text: "Some requests fail. We are looking for the cause and tell you more within the hour."},
		incident.SetStatus{By: by, Status: incident.Identified},
		incident.Publish{By: by, Text: "We have found the cause, a full disk, and are mending it."},
		incident.SetStatus{By: by, Status: incident.Resolved},
		incident.Publish{By: by, Text: "All requests succeed again."},
	}
	if i >= pageIncidents-2 {
		commands = commands[:3]
	}
	for k, c := range commands {
		if _, err := eng.Command(ctx, at.Add(time.Duration(k+1)*7*time.Minute), made.ID, c); err != nil {
			return err
		}
	}
	return nil
}

// savePage writes what the page answers to a file.
func savePage(pages http.Handler, path string) error {
	req, err := http.NewRequest(http.MethodGet, "/public", nil)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	pages.ServeHTTP(fileWriter{f, http.Header{}}, req)
	info, err := f.Stat()
	if err == nil && info.Size() < 1000 {
		err = fmt.Errorf("the page has %d bytes", info.Size())
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// fileWriter is an answer that goes into a file.
type fileWriter struct {
	io.Writer
	header http.Header
}

func (w fileWriter) Header() http.Header { return w.header }
func (w fileWriter) WriteHeader(int)     {}
