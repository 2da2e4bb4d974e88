package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// fields is the body of a request.
type fields map[string]any

// lead is what happens beside the paging: people coordinate, and customers are told. It returns the incident's ID.
func (s *story) lead(ctx context.Context, leader, alert string) (id string, err error) {
	s.title(fmt.Sprintf("Customers notice. %s declares an incident about the alert, leads it, and says who is hit how badly.", leader))
	var made struct{ ID, Title string }
	if err := s.post(ctx, "/api/v1/incidents", fields{"by": leader, "alerts": []string{alert}}, &made); err != nil {
		return "", err
	}
	s.say("incident %s: %s", made.ID, made.Title)
	at := "/api/v1/incidents/" + made.ID
	for _, step := range []struct {
		path string
		body fields
	}{
		{"/roles", fields{"role": "commander", "user": leader}},
		{"/impact", fields{"services": []fields{{"service": "checkout", "effect": "major_outage"}}, "reported": 1, "metric": "every order fails"}},
		{"/updates", fields{"title": "Orders cannot be placed", "text": "We see that orders fail, and are looking for the cause.",
			"expected_at": time.Now().Add(20 * time.Minute).UTC().Format(time.RFC3339)}},
	} {
		step.body["by"] = leader
		if err := s.post(ctx, at+step.path, step.body, nil); err != nil {
			return "", err
		}
	}
	return made.ID, s.visit(ctx)
}

// visit does what a customer does: reads the status page.
func (s *story) visit(ctx context.Context) error {
	if err := s.rest(ctx, 1100*time.Millisecond); err != nil { // an edition of the page lasts a second
		return err
	}
	data, err := s.call(ctx, http.MethodGet, s.base+"/status/public/api/v2/summary.json", "", "")
	if err != nil {
		return err
	}
	var summary struct {
		Status    struct{ Description string }
		Incidents []struct{ Name, Status string }
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		return fmt.Errorf("demo: status page: %w", err)
	}
	s.say("%s/status/public says: %s", s.base, summary.Status.Description)
	for _, i := range summary.Incidents {
		s.say("    %s: %s", i.Status, i.Name)
	}
	return nil
}

// settle finds the cause, waits for the resolution, and tells customers.
func (s *story) settle(ctx context.Context, leader, id string) error {
	s.title("The cause is found: a deployment. It is rolled back; Alertmanager says that the trouble is over.")
	at := "/api/v1/incidents/" + id
	if err := s.post(ctx, at+"/decisions", fields{"by": leader, "text": "roll the deployment of 14:02 back instead of mending forward"}, nil); err != nil {
		return err
	}
	if err := s.post(ctx, at+"/status", fields{"by": leader, "status": "identified"}, nil); err != nil {
		return err
	}
	if err := s.alertmanager(ctx, "resolved"); err != nil {
		return err
	}
	if err := s.post(ctx, at+"/status", fields{"by": leader, "status": "resolved"}, nil); err != nil {
		return err
	}
	if err := s.post(ctx, at+"/updates", fields{"by": leader, "text": "Orders work again. We are sorry, and will publish what we learnt."}, nil); err != nil {
		return err
	}
	return s.visit(ctx)
}

// learn completes the postmortem that the rules made at the resolution.
func (s *story) learn(ctx context.Context, leader, id string) error {
	s.title("Critical incidents need a postmortem: resolving this one has drafted it from the record. People add what they learnt.")
	at := "/api/v1/postmortems/" + id
	due := time.Now().Add(14 * 24 * time.Hour).UTC().Format(time.RFC3339)
	for _, step := range []struct {
		path string
		body fields
	}{
		{"/edit", fields{
			"factors":   []string{"The deployment changed a time-out that no test covers.", "The primary's phone was on silent, so level 2 was needed."},
			"unknown":   []string{"Nobody could see on the dashboard that a deployment was under way."},
			"strengths": []string{"The roll-back took seconds."},
			"lessons":   []string{"A canary would have shown it to one shop instead of all."}}},
		{"/items", fields{"title": "Deploy to one shop first", "kind": "prevent", "owner": "ada", "due_at": due}},
		{"/items", fields{"title": "Show deployments on the dashboard", "kind": "detect", "owner": "cem", "due_at": due}},
		{"/submit", fields{}},
		{"/publish", fields{}},
	} {
		step.body["by"] = leader
		if err := s.post(ctx, at+step.path, step.body, nil); err != nil {
			return err
		}
	}
	var p struct {
		State, Summary string
		Figures        struct {
			ToDetect      string `json:"time_to_detect"`
			ToAcknowledge string `json:"time_to_acknowledge"`
			ToResolve     string `json:"time_to_resolve"`
		}
	}
	data, err := s.call(ctx, http.MethodGet, s.base+at, "", "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return fmt.Errorf("demo: postmortem: %w", err)
	}
	s.say("postmortem %s: detected after %s, acknowledged after %s, resolved after %s", p.State, p.Figures.ToDetect, p.Figures.ToAcknowledge, p.Figures.ToResolve)
	return nil
}

// post sends JSON to the API, and reads the answer into v unless that is nil.
func (s *story) post(ctx context.Context, path string, body fields, v any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := s.call(ctx, http.MethodPost, s.base+path, "application/json", string(data))
	if err != nil || v == nil {
		return err
	}
	return json.Unmarshal(answer, v)
}
