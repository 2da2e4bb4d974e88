package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify/webhook"
	"github.com/watchbill/watchbill/oncall"
)

const (
	demoToken  = "demo-token"
	demoSecret = "whsec_ZGVtby1vbmx5LW5vdC1hLXNlY3JldC1hdC1hbGwhIQ=="
)

// demoPage is what a webhook contact receives, as far as the story needs it.
type demoPage struct {
	Type    string `json:"type"`
	User    string `json:"user"`
	Level   int    `json:"level"`
	Attempt int    `json:"attempt"`
	AckURL  string `json:"ack_url"`
	Alert   struct {
		ID       string `json:"id"`
		Summary  string `json:"summary"`
		Severity string `json:"severity"`
	} `json:"alert"`
}

// ServeHTTP takes a page, if its signature is right.
func (p *phones) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = webhook.Verify(demoSecret, r.Header, body, time.Now(), 5*time.Minute)
	}
	var page demoPage
	if err == nil {
		err = json.Unmarshal(body, &page)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case p.pages <- page:
	default: // nobody looks at the terminal fast enough; the page itself is delivered
	}
}

// introduce says who is there, and returns who is on call.
func (s *story) introduce(file *config.File) (primary, secondary string, err error) {
	org, err := oncall.New(file.Org, 0)
	if err != nil {
		return "", "", err
	}
	fmt.Fprintf(s.out, "Watchbill serves on %s, with its data in a temporary SQLite file.\n", s.base)
	s.title("Service Checkout pages who is on call in primary, then secondary, then team platform. On call now:")
	answer, err := whoIsOnCall(org, "", "", "")
	if err != nil {
		return "", "", err
	}
	tellOnCall(s.out, org, answer)
	if len(answer.Schedules) != 2 {
		return "", "", errors.New("demo: the sample organisation lost its schedules")
	}
	return string(answer.Schedules[0].Users[0]), string(answer.Schedules[1].Users[0]), nil
}

// alertmanager posts what Prometheus Alertmanager posts: a group of three alerts.
func (s *story) alertmanager(ctx context.Context, status string) error {
	ends := "0001-01-01T00:00:00Z"
	if status == "resolved" {
		ends = time.Now().UTC().Format(time.RFC3339)
	}
	var alerts []string
	for i, a := range [][4]string{
		{"CheckoutDown", "critical", `"cluster":"shop",`, "Checkout answers 500 to every request"},
		{"QueueFull", "error", `"cluster":"shop",`, "Orders wait in the queue"},
		{"CheckoutSlow", "warning", "", "Checkout takes longer than a second"},
	} {
		alerts = append(alerts, fmt.Sprintf(`{"status":%q,"fingerprint":"c0ffee000000000%d","startsAt":%q,"endsAt":%q,
			"labels":{"alertname":%q,"severity":%q,%s"instance":"shop-1"},"annotations":{"summary":%q}}`,
			status, i+1, s.began.UTC().Format(time.RFC3339Nano), ends, a[0], a[1], a[2], a[3]))
	}
	body := fmt.Sprintf(`{"version":"4","status":%q,"receiver":"watchbill","groupKey":"{}:{instance=\"shop-1\"}","alerts":[%s]}`,
		status, strings.Join(alerts, ","))
	_, err := s.call(ctx, http.MethodPost, s.base+"/intake/alertmanager/demo-alertmanager", "application/json", body)
	return err
}

// others says why alerts page nobody.
func (s *story) others(ctx context.Context) error {
	data, err := s.call(ctx, http.MethodGet, s.base+"/api/v1/alerts?state=triggered", "", "")
	if err != nil {
		return err
	}
	var answer struct {
		Alerts []struct {
			Summary, Parent string
			Held            []struct{ Reason, ID string }
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("demo: alerts: %w", err)
	}
	for _, a := range slices.Backward(answer.Alerts) {
		switch {
		case a.Parent != "":
			s.say("    %s: a member of the first one's group, which pages in its place", a.Summary)
		case len(a.Held) > 0:
			s.say("    %s: held by %s %s for as long as that lasts", a.Summary, a.Held[0].Reason, a.Held[0].ID)
		default:
			s.say("    %s: pages", a.Summary)
		}
	}
	return nil
}

// acknowledge does what the button of the one-tap page does.
func (s *story) acknowledge(ctx context.Context, link string) error {
	if _, err := s.call(ctx, http.MethodGet, link, "", ""); err != nil {
		return err
	}
	s.say("GET  %s shows the alert and changes nothing", short(link))
	if _, err := s.call(ctx, http.MethodPost, link, "application/x-www-form-urlencoded",
		url.Values{"action": {"ack"}}.Encode()); err != nil {
		return err
	}
	s.say("POST %s acknowledges", short(link))
	return nil
}

func short(link string) string {
	if i := strings.LastIndex(link, "/"); i >= 0 && len(link) > i+12 {
		return link[:i+9] + "..."
	}
	return link
}

// timeline prints the record of an alert or an incident.
func (s *story) timeline(ctx context.Context, of string) error {
	data, err := s.call(ctx, http.MethodGet, s.base+of+"/timeline", "", "")
	if err != nil {
		return err
	}
	var answer struct {
		Entries []struct {
			At   time.Time
			Text string
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("demo: timeline: %w", err)
	}
	for _, e := range answer.Entries {
		if e.Text != "" {
			fmt.Fprintf(s.out, "  %s  %s\n", e.At.Local().Format("15:04:05.0"), e.Text)
		}
	}
	return nil
}

func (s *story) call(ctx context.Context, method, target, contentType, body string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	if strings.Contains(target, "/api/") {
		req.Header.Set("Authorization", "Bearer "+demoToken)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("demo: %s %s answers %s: %s", method, target, resp.Status, data)
	}
	return data, err
}
