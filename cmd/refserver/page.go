package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func page(ctx context.Context, p *program) error {
	server := p.flags.String("server", "http://127.0.0.1:8080", "the `URL` of the server")
	token := p.flags.String("token", "", "an API `token`; default: $WATCHBILL_TOKEN")
	user := p.flags.String("user", "", "page the user with this `ID`")
	service := p.flags.String("service", "", "page by the policy of the service with this `ID`")
	summary := p.flags.String("summary", "", "one `line` that says what is wrong")
	severity := p.flags.String("severity", "critical", "critical, error, warning or info")
	asJSON := p.flags.Bool("json", false, "print the alert as JSON")
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case (*user == "") == (*service == ""):
		return usagef("name whom to page: -user ID or -service ID, one of them")
	case *summary == "":
		return usagef("-summary is missing; say in one line what is wrong")
	}
	body := map[string]string{"summary": *summary, "severity": *severity}
	if *user != "" {
		body["user"] = *user
	} else {
		body["service"] = *service
	}
	alert, err := post(ctx, strings.TrimSuffix(*server, "/")+"/api/v1/alerts", tokenOr(*token), body)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(p.stdout, alert)
	}
	_, err = fmt.Fprintf(p.stdout, "alert %v is %v\n", alert["id"], alert["state"])
	return err
}

func tokenOr(flag string) string {
	if flag != "" {
		return flag
	}
	return os.Getenv("WATCHBILL_TOKEN")
}

// post sends JSON to the server's API and returns its answer; a problem becomes an error that says what it says.
func post(ctx context.Context, url, token string, body any) (map[string]any, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return nil, usagef("-server: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server cannot be reached: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp.StatusCode, answer)
	}
	var v map[string]any
	return v, json.Unmarshal(answer, &v)
}

// refusal makes an error of a problem+json.
func refusal(status int, body []byte) error {
	var problem struct {
		Title, Detail string
		Errors        []struct{ Field, Reason string }
	}
	if json.Unmarshal(body, &problem) != nil || problem.Title == "" {
		return fmt.Errorf("the server answers %d %s", status, http.StatusText(status))
	}
	text := problem.Title
	if len(problem.Errors) == 0 && problem.Detail != "" {
		text += ": " + problem.Detail
	}
	for _, e := range problem.Errors {
		text += fmt.Sprintf("; %s: %s", e.Field, e.Reason)
	}
	if status == http.StatusUnauthorized {
		text += " (give a token with -token or $WATCHBILL_TOKEN)"
	}
	return fmt.Errorf("the server refuses (%d): %s", status, text)
}
