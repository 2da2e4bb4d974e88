package heartbeat_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/internal/script"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// world is one monitor and its time.
type world struct {
	t       *testing.T
	watch   *heartbeat.Watch
	state   heartbeat.State
	now, up time.Time
}

// TestScenarios plays testdata/*.txt. The commands:
//
//	monitor interval=5m grace=1m     the monitor; also cron=30_2_*_*_* timezone= waiting=; given again, its timing changes
//	at 2026-03-29T00:00:00Z          the time is set, without anything that would happen on the way
//	ping [ok|start|fail|log|EXIT] [run=ID] [log=TEXT]
//	advance 5m                       time passes; ticks come when they are due
//	down 10m                         nobody is there for so long, and then somebody is
//	back 10m                         the clock is set back, and a tick comes
//	show                             how it stands
func TestScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command {
		w := &world{t: t, now: noon, up: noon.Add(-time.Hour)}
		return w.do
	})
}

func (w *world) do(name string, args []string) string {
	switch name {
	case "monitor":
		w.watch = w.monitor(args)
		return w.step(heartbeat.Tick{UpSince: w.up})
	case "at":
		at, err := time.Parse(time.RFC3339, args[0])
		require.NoError(w.t, err)
		w.now, w.up = at, at.Add(-time.Hour)
		return ""
	case "ping":
		return w.step(heartbeat.Pinged{Ping: ping(args)})
	case "advance":
		return w.advance(w.duration(args[0]))
	case "down":
		w.now = w.now.Add(w.duration(args[0]))
		w.up = w.now
		return w.step(heartbeat.Tick{UpSince: w.up})
	case "back":
		w.now = w.now.Add(-w.duration(args[0]))
		return w.step(heartbeat.Tick{UpSince: w.up})
	case "show":
		return w.show()
	}
	return "there is no such command"
}

func (w *world) monitor(args []string) *heartbeat.Watch {
	m := heartbeat.Monitor{ID: "alive", Key: "digest"}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "interval":
			m.Interval = w.duration(value)
		case "grace":
			m.Grace = w.duration(value)
		case "waiting":
			m.Waiting = -1
			if value != "never" {
				m.Waiting = w.duration(value)
			}
		case "cron":
			m.Cron = strings.ReplaceAll(value, "_", " ")
		case "timezone":
			m.Zone = value
		default:
			w.t.Fatalf("what is %q?", arg)
		}
	}
	watch, err := heartbeat.New(m)
	require.NoError(w.t, err)
	return watch
}

func (w *world) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	require.NoError(w.t, err)
	return d
}

func ping(args []string) (p heartbeat.Ping) {
	for _, arg := range args {
		if run, ok := strings.CutPrefix(arg, "run="); ok {
			p.Run = run
		} else if log, ok := strings.CutPrefix(arg, "log="); ok {
			p.Body = strings.ReplaceAll(log, "_", " ")
		} else if code, err := strconv.Atoi(arg); err == nil {
			p.Kind, p.Exit = heartbeat.Exited(code).Kind, code
		} else if err := p.Kind.UnmarshalText([]byte(arg)); err != nil {
			panic(err)
		}
	}
	return p
}

// advance lets time pass, tick by tick.
func (w *world) advance(d time.Duration) string {
	var all []string
	end := w.now.Add(d)
	for {
		at := w.watch.WakeAt(w.state)
		if at.IsZero() || at.After(end) {
			w.now = end
			return strings.Join(all, "\n")
		}
		w.now = at
		if said := w.step(heartbeat.Tick{UpSince: w.up}); said != "" {
			all = append(all, said)
		}
		if len(all) > 8 {
			return strings.Join(append(all, "and so on"), "\n")
		}
	}
}

func (w *world) step(in heartbeat.Input) string {
	var effects []heartbeat.Effect
	w.state, effects = heartbeat.Step(w.watch, w.state, w.now, in)
	var all []string
	for _, e := range effects {
		line := w.clock(w.now) + " "
		switch e := e.(type) {
		case heartbeat.Raise:
			line += "raise: " + w.state.Trouble.Text
			if w.state.Trouble.Log != "" {
				line += fmt.Sprintf(" (it wrote %q)", w.state.Trouble.Log)
			}
			if e.Again {
				line = w.clock(w.now) + " still so"
			}
		case heartbeat.Recovered:
			line += "recovered"
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

func (w *world) clock(t time.Time) string {
	t = t.In(w.watch.Zone())
	if t.YearDay() == w.now.YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format("Mon 2 Jan 15:04:05")
}

func (w *world) show() string {
	text := fmt.Sprintf("%s %s since %s", w.clock(w.now), w.state.Phase, w.clock(w.state.Since))
	if at := w.watch.ExpectedAt(w.state); !at.IsZero() {
		text += ", expected at " + w.clock(at)
	}
	if at := w.watch.DueAt(w.state); !at.IsZero() {
		text += ", overdue at " + w.clock(at)
	}
	for _, r := range w.state.Running {
		text += fmt.Sprintf("\nrun %s since %s", r.ID, w.clock(r.At))
	}
	return text
}
