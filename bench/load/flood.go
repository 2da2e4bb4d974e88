package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The flood that is measured, and what the person who would be paged is to see of it.
const (
	floodRate    = 100_000.0 / 60 // signals a second
	floodAlerts  = 20             // pages of their own, a minute; one more says that there are too many
	floodSetting = ", flood: {alerts: 20, per: 1m}"
	calmRate     = 10 // signals a second of the other source
)

// flood measures what a source that sends 100,000 alerts a minute does to the person it pages, and to another source.
func flood(s settings) error {
	var wrong error
	for _, size := range []int{1, 100} {
		var figures floodFigures
		for range s.runs {
			if err := floodOnce(s, size, &figures); err != nil {
				return err
			}
		}
		s.out.head("flood: %.0f signals/s in requests of %d; %s", floodRate, size, labelOf(s.db))
		figures.print(s.out)
		wrong = errors.Join(wrong, figures.wrong)
	}
	return wrong
}

// floodFigures are what is measured, of each run.
type floodFigures struct {
	accepted, refused, alerts, members spread
	pages, inMinute                    spread
	answer50, answer99                 spread // how long the flooding source waits, ms
	before50, before99                 spread // of the other source, from signal to page, ms
	during50, during99, worst          spread
	cpu, size                          spread
	wrong                              error // signals were lost, or there were too many pages
}

func (f *floodFigures) print(r *report) {
	r.row("signals that were accepted", f.accepted)
	r.row("    that were refused", f.refused)
	r.row("alerts that the flood opened", f.alerts)
	r.row("    of them members of another", f.members)
	r.row("pages to the person", f.pages)
	r.row("    the most in a minute", f.inMinute)
	r.row("from due to the answer, ms, p50", f.answer50)
	r.row("    p99", f.answer99)
	r.row("the other source, signal to page, ms: before, p50", f.before50)
	r.row("    p99", f.before99)
	r.row("    during the flood, p50", f.during50)
	r.row("    p99", f.during99)
	r.row("    max", f.worst)
	r.row("processor time of the server a signal, µs", f.cpu)
	r.row("database, bytes a signal", f.size)
}

// floodOnce measures one flood.
func floodOnce(s settings, size int, f *floodFigures) error {
	calm, phone, err := twoSinks()
	if err != nil {
		return err
	}
	defer calm.close()
	defer phone.close()
	sub, err := s.start(calm.addr, phone.addr, floodSetting)
	if err != nil {
		return err
	}
	defer sub.stop()
	before, err := signalToPage(sub.addrs, calm, calmRate, max(time.Second, s.duration/4))
	if err != nil {
		return err
	}
	used, small := sub.cpu(), sub.size()
	wave := wave{addr: sub.addr, size: size, length: s.duration}
	ended := make(chan error, 1)
	go func() { ended <- wave.run() }() // ends with its length
	during, err := signalToPage(sub.addrs, calm, calmRate, s.duration)
	if err := errors.Join(err, <-ended); err != nil {
		return err
	}
	rest := time.NewTimer(2 * time.Second)
	<-rest.C
	accepted := float64(len(wave.accepted))
	slices.Sort(wave.answers)
	f.accepted, f.refused = append(f.accepted, accepted), append(f.refused, float64(wave.refused.Load()))
	f.answer50, f.answer99 = append(f.answer50, ms(quantile(wave.answers, .5))), append(f.answer99, ms(quantile(wave.answers, .99)))
	f.before50, f.before99 = append(f.before50, ms(quantile(before, .5))), append(f.before99, ms(quantile(before, .99)))
	f.during50, f.during99 = append(f.during50, ms(quantile(during, .5))), append(f.during99, ms(quantile(during, .99)))
	f.worst = append(f.worst, ms(during[len(during)-1]))
	f.cpu = append(f.cpu, float64((sub.cpu()-used).Microseconds())/accepted)
	f.size = append(f.size, float64(sub.size()-small)/accepted)
	return f.check(sub.addr, phone, &wave)
}

func twoSinks() (a, b *sink, err error) {
	if a, err = newSink(); err != nil {
		return nil, nil, err
	}
	if b, err = newSink(); err != nil {
		a.close()
	}
	return a, b, err
}

// check looks at what became of a wave: whether anything was lost, and whether the person was paged, but not too often.
func (f *floodFigures) check(addr string, phone *sink, w *wave) error {
	all, most := phone.perMinute()
	f.pages, f.inMinute = append(f.pages, float64(all)), append(f.inMinute, float64(most))
	opened, members, err := openedBy(addr)
	if err != nil {
		return err
	}
	f.alerts, f.members = append(f.alerts, float64(len(opened))), append(f.members, float64(members))
	lost := 0
	for _, key := range w.accepted {
		if !opened[key] {
			lost++
		}
	}
	switch {
	case lost > 0:
		err = fmt.Errorf("%d of %d accepted signals opened no alert", lost, len(w.accepted))
	case len(opened) > floodAlerts && all == 0:
		err = errors.New("nobody was paged for the flood")
	case most > floodAlerts+1:
		err = fmt.Errorf("the person was paged %d times in a minute; %d is the most", most, floodAlerts+1)
	}
	f.wrong = errors.Join(f.wrong, err)
	return nil
}

// signalToPage sends signals of the well source for a while, and returns, sorted, how long each page took.
func signalToPage(addrs []string, phone *sink, rate float64, d time.Duration) ([]time.Duration, error) {
	phone.forget()
	o := steadily(addrs, "good", rate, d)
	took := o.run()
	settle(phone, o.n, 10*time.Second)
	pages := came(took.pages(o, phone.arrivals()))
	if len(pages) != o.n {
		return nil, fmt.Errorf("%d signals, but %d pages", o.n, len(pages))
	}
	return pages, nil
}

// wave is a flood of signals, each with a key of its own, at a fixed rate of arrivals that waits for nobody.
type wave struct {
	addr    string
	size    int // signals of one request
	length  time.Duration
	refused atomic.Int64

	mu       sync.Mutex
	accepted []string // keys
	answers  []time.Duration
}

func (w *wave) run() error {
	body, stamp := generic("bad").body, time.Now().UnixNano()
	requests := int(floodRate * w.length.Seconds() / float64(w.size))
	return paced(w.addr, 256, requests, floodRate/float64(w.size), func(conn *sender, i int, due time.Time) error {
		keys, items := make([]string, w.size), make([]string, w.size)
		for k := range keys {
			keys[k] = fmt.Sprintf("%d-%d-%d", stamp, i, k)
			items[k] = body(keys[k])
		}
		text := items[0]
		if w.size > 1 {
			text = "[" + strings.Join(items, ",") + "]"
		}
		status, err := conn.post(generic("bad").path, text)
		if err != nil {
			return err
		}
		w.note(status, keys, time.Since(due))
		return nil
	})
}

// note notes an answer. What is not accepted is counted and not sent again.
func (w *wave) note(status int, keys []string, took time.Duration) {
	if status/100 != 2 {
		w.refused.Add(int64(len(keys)))
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accepted = append(w.accepted, keys...)
	w.answers = append(w.answers, took)
}

// openedBy lists the keys of all alerts of the source that floods, and counts those that have a parent.
func openedBy(addr string) (keys map[string]bool, members int, err error) {
	conn, err := dial(addr)
	if err != nil {
		return nil, 0, err
	}
	defer conn.conn.Close()
	keys = map[string]bool{}
	for cursor, again := "", true; again; again = cursor != "" {
		var page struct {
			Alerts []struct {
				Key    string `json:"dedup_key"`
				Parent string `json:"parent"`
			} `json:"alerts"`
			Next string `json:"next"`
		}
		if err := conn.read("/api/v1/alerts?service=mall&limit=200&cursor="+cursor, &page); err != nil {
			return nil, 0, err
		}
		for _, a := range page.Alerts {
			keys[a.Key] = true
			if a.Parent != "" {
				members++
			}
		}
		cursor = page.Next
	}
	return keys, members, nil
}

// read asks for JSON.
func (s *sender) read(path string, into any) error {
	_, err := fmt.Fprintf(s.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer ops\r\n\r\n", path, s.addr)
	if err != nil {
		return err
	}
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: answered %d", path, resp.StatusCode)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
