package httpapi

import (
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
	late        *prometheus.HistogramVec
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
		late: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "watchbill_send_lateness_seconds",
			Help:    "How long after a message was due its send began. The first page of an alert is due when its signal is accepted.",
			Buckets: latenessBuckets(),
		}, []string{"channel"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "watchbill_timer_lateness_seconds",
			Help:    "How long after it was due a timer of an alert, such as that of an escalation, was acted on.",
			Buckets: latenessBuckets(),
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

// latenessBuckets has bounds at what the project promises: 50 ms to begin a send, 1 s under load.
func latenessBuckets() []float64 {
	return []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}
}

// Signal counts a signal.
func (m *Metrics) Signal(decision string) { m.signals.WithLabelValues(decision).Inc() }

// Sent counts a send. Lanes are counted by channel alone: destinations have no bound.
func (m *Metrics) Sent(lane notify.Lane, verdict episode.Verdict, late, took time.Duration) {
	m.late.WithLabelValues(string(lane.Channel)).Observe(late.Seconds())
	m.sends.WithLabelValues(string(lane.Channel), verdict.String()).Observe(took.Seconds())
}

// Pass notes how late each timer was that a pass stepped, and how long the pass was.
func (m *Metrics) Pass(late []time.Duration, took time.Duration) {
	for _, l := range late {
		m.lateness.Observe(l.Seconds())
	}
	m.passes.Observe(took.Seconds())
}

// Quarantined counts a quarantine.
func (m *Metrics) Quarantined(watchbill.AlertID) { m.quarantined.Inc() }

func (m *Metrics) request(route string, status int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.signals, m.sends, m.late, m.lateness, m.passes, m.quarantined, m.requests}
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

// logged lets prometheus log.
type logged struct{ log *slog.Logger }

// Println logs an error.
func (l logged) Println(v ...any) { l.log.Error("metrics failed", "error", fmt.Sprint(v...)) }
