package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

func page(ctx context.Context, p *program) error {
	var l link
	l.flags(p.flags)
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
	body := map[string]any{"summary": *summary, "severity": *severity}
	if *user != "" {
		body["user"] = *user
	} else {
		body["service"] = *service
	}
	data, err := l.ask(ctx, http.MethodPost, "/api/v1/alerts", body)
	if err != nil {
		return err
	}
	var alert map[string]any
	if err := json.Unmarshal(data, &alert); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	if *asJSON {
		return printJSON(p.stdout, alert)
	}
	_, err = fmt.Fprintf(p.stdout, "alert %v is %v%s\n", alert["id"], alert["state"], quiet(alert))
	return err
}

// quiet says of an alert why it pages nobody for now; empty if it pages.
func quiet(alert map[string]any) string {
	held, _ := alert["held"].([]any)
	if len(held) == 0 {
		return ""
	}
	first, _ := held[0].(map[string]any)
	return strings.TrimRight(fmt.Sprintf(", and pages nobody for now: it is held by %v %v", first["reason"], cmp.Or(first["id"], any(""))), " ")
}

// refusedError is what a server answers to a request that it does not carry out.
type refusedError struct {
	Status        int `json:"-"`
	Title, Detail string
	Errors        []struct{ Field, Reason string }
}

// Error says why, a line for each field where several are wrong.
func (e *refusedError) Error() string {
	text := fmt.Sprintf("the server refuses (%d): ", e.Status)
	switch len(e.Errors) {
	case 0:
		text += cmp.Or(e.Detail, e.Title)
	case 1:
		text += e.Errors[0].Field + ": " + e.Errors[0].Reason
	default:
		text = strings.TrimSuffix(text, " ")
		for _, f := range e.Errors {
			text += "\n  " + f.Field + ": " + f.Reason
		}
	}
	if e.Status == http.StatusUnauthorized {
		text += " (give a token with -token or $WATCHBILL_TOKEN)"
	}
	return text
}

// refusal makes an error of a problem+json.
func refusal(status int, body []byte) error {
	e := refusedError{Status: status}
	if json.Unmarshal(body, &e) != nil || e.Title == "" {
		return fmt.Errorf("the server answers %d %s", status, http.StatusText(status))
	}
	return &e
}
