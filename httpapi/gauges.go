package httpapi

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gauges shows what the engine and the store say at the time of a scrape.
type gauges struct{ h *Handler }

// Describe sends nothing: what there is to collect needs no check.
func (g gauges) Describe(chan<- *prometheus.Desc) {}

// shown is a scrape under way.
type shown chan<- prometheus.Metric

func (to shown) gauge(name, help string, value float64) {
	to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value)
}

func (to shown) counter(name, help string, value int64) {
	to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, float64(value))
}

func (to shown) vector(name, help, label string, values map[string]int) {
	desc := prometheus.NewDesc(name, help, []string{label}, nil)
	for text, n := range values {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), text)
	}
}

// Collect asks the engine, which always answers, and then the store.
func (g gauges) Collect(metrics chan<- prometheus.Metric) {
	to := shown(metrics)
	g.engine(to)
	v, err := g.h.look(context.Background())
	if err != nil {
		g.h.log.Error("metrics of the store failed", "error", err)
	}
	up := 0.0
	if err == nil {
		up = 1
	}
	to.gauge("watchbill_store_up", "Whether the store answers. Without it, there are no metrics of what it holds.", up)
	if err == nil {
		v.show(to)
	}
}

// engine shows what this process does.
func (g gauges) engine(to shown) {
	s := g.h.cfg.Engine.Stats()
	running := 0.0
	if g.h.cfg.Engine.Running() {
		running = 1
	}
	if len(g.h.cfg.Info) > 0 {
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc("watchbill_info", "What this server is.", nil, g.h.cfg.Info), prometheus.GaugeValue, 1)
	}
	to.gauge("watchbill_engine_running", "Whether the engine of this process makes passes.", running)
	to.gauge("watchbill_last_pass_timestamp_seconds", "When the latest pass of this process was committed; 0: none was. It stands still when the loop is stuck, or the store hangs.", seconds(s.PassAt))
	to.gauge("watchbill_intake_waiting", "Requests whose signals wait to be committed.", float64(s.Waiting))
	to.counter("watchbill_pass_failures_total", "Passes of the engine that failed, and were repeated.", s.Failed)
	to.counter("watchbill_store_commits_total", "Transactions of the engine that were committed.", s.Commits)
	to.counter("watchbill_store_conflicts_total", "Transactions of the engine that were run again, since another was quicker.", s.Conflicts)
	to.counter("watchbill_claimed_messages_total", "Messages that this process has claimed to send.", s.Claimed)
	sending := map[string]int{}
	for channel, n := range s.Sending {
		sending[string(channel)] = n
	}
	to.vector("watchbill_sends_in_flight", "Sends under way in this process.", "channel", sending)
}

// show shows what the store holds.
func (v vitals) show(to shown) {
	to.vector("watchbill_alerts", "Open alerts by state.", "state", map[string]int{"triggered": v.counts.Triggered, "acknowledged": v.counts.Acknowledged})
	to.gauge("watchbill_alerts_unreached", "Open alerts for which nobody could be paged.", float64(v.counts.Unreached))
	to.gauge("watchbill_alerts_quarantined", "Alerts that nobody can read or step.", float64(v.counts.Quarantined))
	to.gauge("watchbill_dead_contacts", "Contacts of people that do not work.", float64(v.dead))
	to.gauge("watchbill_lateness_seconds", "How overdue the most overdue timer of an alert is now.", v.since(v.timer).Seconds())
	to.gauge("watchbill_outbox_age_seconds", "How long the message has waited that could be sent and waits longest.", v.since(v.message).Seconds())
	to.vector("watchbill_outbox_destinations", "Destinations for which a message waits that could be sent.", "channel", v.lanes)
}

// seconds is a time as Prometheus has it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
