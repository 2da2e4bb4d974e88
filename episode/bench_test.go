package episode_test

import (
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
)

// benchSignal is what Alertmanager sends for a typical alert.
func benchSignal() alert.Signal {
	return alert.Signal{Source: "prom", Key: "fingerprint", Summary: "disk of db1 is 97 % full", Severity: watchbill.SeverityCritical,
		StartsAt: monday, Service: "shop", Labels: []alert.Label{{Name: "alertname", Value: "DiskFull"}, {Name: "host", Value: "db1"}, {Name: "severity", Value: "critical"}}}
}

func BenchmarkStep(b *testing.B) {
	w := newWorld(b)
	for _, c := range [][]string{{"user", "ada", "hook", "sms@1m"}, {"schedule", "primary", "Europe/Berlin", "ada"}, {"policy", "web", "cycles=2", "catch_all=user:ada"},
		{"level", "schedule:primary"}, {"level", "user:ada"}, {"service", "shop", "policy=web"}} {
		w.do(c[0], c[1:])
	}
	w.step(episode.Signal{ID: "01", Signal: benchSignal()})
	open, key := w.episode, w.outbox[0].Key
	signal := benchSignal()
	for name, c := range map[string]struct {
		from  episode.Episode
		after time.Duration
		in    episode.Input
	}{
		"trigger": {episode.Episode{}, 0, episode.Signal{ID: "02", Signal: signal}},
		"repeat":  {open, time.Second, episode.Signal{Signal: signal}},
		"tick":    {open, time.Minute, episode.Tick{}},
		"idle":    {open, time.Second, episode.Tick{}},
		"receipt": {open, time.Second, episode.Receipt{Key: key}},
		"ack":     {open, time.Second, episode.Acknowledge{By: "ada"}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				episode.Step(episode.World{Org: w.org}, c.from, monday.Add(c.after), c.in)
			}
		})
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = episode.Encode(open)
		}
	})
	data, _ := episode.Encode(open)
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = episode.Decode(data)
		}
	})
}
