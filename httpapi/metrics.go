package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// Metrics counts what an engine and a handler do. Give the same one to engine.Config.Observer and to Config.Metrics. It
// is a [prometheus.Collector] too, for hosts with a registry of their own. It is safe for concurrent use.
type Metrics struct {
	signals     *prometheus.CounterVec
	sends       *prometheus.HistogramVec
	lateness    prometheus.Histogram
	passes      prometheus.Histogram
	quarantined prometheus.Counter
	requests    *prometheus.CounterVec
}

var (
	_ engine.Observer      = (*Metrics)(nil)
	_ prometheus.Collector = (*Metrics)(nil)
)

// NewMetrics returns metrics that are all zero.
func NewMetrics() *Metrics {
	return &Metrics{
		signals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "watchbill_signals_total",
			Help: "Signals taken in, by what became of them. Refused ones could not be read; paused ones came from a paused source.",
		}, []string{"decision"}),
		sends: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "watchbill_send_seconds",
			Help:    "How long messages took to be handed to a provider.",
			Buckets: prometheus.ExponentialBucketsRange(0.005, 15, 12),
		}, []string{"channel", "verdict"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "watchbill_pass_lateness_seconds",
			Help:    "How late the most overdue alert was that a pass of the engine stepped.",
			Buckets: prometheus.ExponentialBucketsRange(0.001, 60, 12),
		}),
		passes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "watchbill_pass_seconds",
			Help:    "How long a pass of the engine took.",
			Buckets: prometheus.ExponentialBucketsRange(0.0005, 10, 12),
		}),
		quarantined: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "watchbill_quarantined_total",
			Help: "Alerts put into quarantine because they could not be read or stepped.",
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "watchbill_http_requests_total",
			Help: "HTTP requests, by route and status.",
		}, []string{"route", "status"}),
	}
}

// Signal counts a signal.
func (m *Metrics) Signal(decision string) { m.signals.WithLabelValues(decision).Inc() }

// Sent counts a send. Lanes are counted by channel alone: destinations have no bound.
func (m *Metrics) Sent(lane notify.Lane, verdict episode.Verdict, took time.Duration) {
	m.sends.WithLabelValues(string(lane.Channel), verdict.String()).Observe(took.Seconds())
}

// Pass notes how late and how long a pass was.
func (m *Metrics) Pass(late, took time.Duration) {
	m.lateness.Observe(late.Seconds())
	m.passes.Observe(took.Seconds())
}

// Quarantined counts a quarantine.
func (m *Metrics) Quarantined(watchbill.AlertID) { m.quarantined.Inc() }

func (m *Metrics) request(route string, status int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.signals, m.sends, m.lateness, m.passes, m.quarantined, m.requests}
}

// Describe is for prometheus.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(to)
	}
}

// Collect is for prometheus.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(to)
	}
}

// gauges shows what the store holds at the time of a scrape.
type gauges struct{ h *Handler }

// Describe sends nothing: what there is to collect needs no check.
func (g gauges) Describe(chan<- *prometheus.Desc) {}

// Collect asks the store.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	v, err := g.h.look(context.Background())
	if err != nil {
		to <- prometheus.NewInvalidMetric(gauge("watchbill_alerts", ""), err)
		return
	}
	show := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	alerts := gauge("watchbill_alerts", "Open alerts by state.", "state")
	show(alerts, float64(v.counts.Triggered), "triggered")
	show(alerts, float64(v.counts.Acknowledged), "acknowledged")
	show(gauge("watchbill_alerts_unreached", "Open alerts for which nobody could be paged."), float64(v.counts.Unreached))
	show(gauge("watchbill_alerts_quarantined", "Alerts that nobody can read or step."), float64(v.counts.Quarantined))
	show(gauge("watchbill_dead_contacts", "Contacts of people that do not work."), float64(v.dead))
	show(gauge("watchbill_lateness_seconds", "How overdue the most overdue alert is now."), v.late.Seconds())
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// logged lets prometheus log.
type logged struct{ log *slog.Logger }

// Println logs an error.
func (l logged) Println(v ...any) { l.log.Error("metrics failed", "error", fmt.Sprint(v...)) }
