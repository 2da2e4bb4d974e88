package config

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

// monitor reads a heartbeat.
func monitor(o *object) heartbeat.Monitor {
	m := heartbeat.Monitor{
		ID:       o.Text("id"),
		Name:     o.Text("name"),
		Key:      string(catalog.DigestOf(o.key("key"))),
		Interval: o.Duration("interval", heartbeat.MinInterval),
		Cron:     o.Text("cron"),
		Zone:     o.Timezone(o.zone),
		Grace:    o.Duration("grace", time.Second),
		Waiting:  waiting(o),
		Service:  watchbill.ServiceID(o.Text("service")),
		Severity: yamlfile.Word[watchbill.Severity](o.Object, "severity", "critical", "error", "warning", "info"),
		Summary:  o.Paragraph("summary"),
	}
	if m.Service == "" {
		o.Warn(o.At, "has no service: its alerts page catch_all at once")
	}
	return m
}

// waiting reads how long the first ping may take: a duration, or never, which is negative.
func waiting(o *object) time.Duration {
	n, ok := o.One("waiting")
	switch {
	case !ok:
		return 0
	case n.Value == "never":
		return -1
	}
	return o.DurationOf(n, time.Second)
}

// DeadMan says whom to tell, again and again, that the server is well: somebody else's dead-man's switch.
type DeadMan struct {
	URL   string        // a secret: it is posted to while all is well
	Every time.Duration // at least a second; a minute by default
}

func deadMan(o *object) *DeadMan {
	d := &DeadMan{URL: o.secret("url"), Every: o.Duration("every", time.Second)}
	if !isWeb(d.URL) {
		o.Wrong("url", "must be the address to ping, such as https://hc.example.com/ping/UUID")
	}
	if d.Every == 0 {
		d.Every = time.Minute
	}
	return d
}
