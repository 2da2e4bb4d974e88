package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"
)

const incidents = "/api/v1/incidents"

func incidentActions() []action {
	get, post, one := http.MethodGet, http.MethodPost, incidents+"/{id}"
	on := func(name, summary, path string, fields ...field) action {
		return action{name, summary, post, one + "/" + path, fields, tellIncident}
	}
	return []action{
		{"list", "list incidents, newest first", get, incidents, []field{openField, limitField, cursorField}, tellIncidents},
		{"show", "show an incident", get, one, nil, tellIncident},
		{"timeline", "tell what happened, alerts included", get, one + "/timeline", nil, tellMoments},
		{"declare", "declare an incident, by hand or about alerts", post, incidents, []field{titleField, severityField, serviceField, customerField, startedField,
			{flag: "alert", json: "alerts", kind: asList, usage: "the `ID` of an alert that it is about; may be repeated"}}, tellIncident},
		on("set", "set the status", "status", field{flag: "status", json: "status", usage: "investigating, identified, monitoring or resolved"},
			field{flag: "note", json: "note", usage: "a `remark` for the record"}, field{flag: "ended", json: "ended_at", usage: "when the impact ended, with resolved"}),
		on("reopen", "take a resolved incident up again", "reopen", reasonField),
		on("edit", "change the title, the severity or when it was noticed", "edit", titleField, severityField,
			field{flag: "detected", json: "detected_at", usage: "when it was noticed, a `time`"}),
		on("assign", "give a role to a person, or hand it over", "roles", field{flag: "role", json: "role", usage: "commander, communications or scribe"},
			field{flag: "user", json: "user", usage: "the `ID` of the person; none: the role is open"}, field{flag: "note", json: "note", usage: "what the next one must know"}),
		on("impact", "note what users notice", "impact", serviceField, customerField, startedField,
			field{flag: "reported", json: "reported", kind: asNumber, usage: "how many customers reported it"}, field{flag: "metric", json: "metric", usage: "the impact in terms of the product"}),
		on("attach", "attach an alert", "alerts", field{flag: "alert", json: "alert", usage: "its `ID`"}),
		on("detach", "take an alert out", "detach", field{flag: "alert", json: "alert", usage: "its `ID`"}),
		on("task", "note what somebody has to do", "tasks", titleField, ownerField, field{flag: "due", json: "due_at", usage: "a `time`"}),
		on("done", "say that a task is done", "done", field{flag: "task", json: "task", usage: "its `ID`, as t1"}),
		on("comment", "add to the record", "comments", textField),
		on("decide", "add a decision to the record", "decisions", textField),
		on("publish", "tell customers; all of it is public", "updates", titleField, textField, field{flag: "status", json: "status", usage: "as customers shall see it; default: the incident's"},
			field{flag: "expected", json: "expected_at", usage: "when it is expected to be resolved, a `time`"}, field{flag: "page", json: "pages", kind: asList, usage: "the `ID` of a page to show it on; default: all that have an affected component"}),
	}
}

// incidentAnswer is an incident, as far as the terminal shows it.
type incidentAnswer struct {
	ID, Title, Severity, Status string
	DeclaredAt                  time.Time `json:"declared_at"`
	DeclaredBy                  string    `json:"declared_by"`
	ResolvedAt                  time.Time `json:"resolved_at"`
	Roles                       []struct{ Role, User string }
	Alerts                      []string
	AtRisk                      []string `json:"at_risk"`
	Impact                      struct {
		StartedAt time.Time `json:"started_at"`
		Services  []struct{ Service, Effect string }
		Customers []string
		Reported  int
		Metric    string
	}
	Tasks []struct {
		ID, Title, Owner string
		DoneAt           time.Time `json:"done_at"`
	}
	Updates []struct {
		At                  time.Time
		Status, Title, Text string
	}
	Figures struct {
		AcknowledgedAt time.Time `json:"acknowledged_at"`
		ToDetect       string    `json:"time_to_detect"`
		ToAcknowledge  string    `json:"time_to_acknowledge"`
		ToResolve      string    `json:"time_to_resolve"`
		Visible        string    `json:"visible_impact"`
	}
}

func tellIncidents(w io.Writer, data []byte) error {
	var page struct {
		Incidents []incidentAnswer
		Next      string
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return err
	}
	if len(page.Incidents) == 0 {
		fmt.Fprintln(w, "no incidents")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, i := range page.Incidents {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", i.ID, local(i.DeclaredAt), i.Status, i.Severity, i.Title)
	}
	if page.Next != "" {
		fmt.Fprintf(t, "more: -cursor %s\n", page.Next)
	}
	return t.Flush()
}

func tellIncident(w io.Writer, data []byte) error {
	var i incidentAnswer
	if err := json.Unmarshal(data, &i); err != nil {
		return err
	}
	fmt.Fprintf(w, "incident %s is %s: %s (%s)\n", i.ID, i.Status, i.Title, i.Severity)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(t, "  %s\t%s\n", name, text)
		}
	}
	line("declared", local(i.DeclaredAt)+" by "+strings.TrimPrefix(i.DeclaredBy, "user:"))
	line("impact since", local(i.Impact.StartedAt))
	var parts []string
	for _, s := range i.Impact.Services {
		parts = append(parts, s.Service+" ("+strings.ReplaceAll(s.Effect, "_", " ")+")")
	}
	line("services", strings.Join(parts, ", "))
	line("at risk", strings.Join(i.AtRisk, ", "))
	line("customers", strings.Join(i.Impact.Customers, ", "))
	if n := i.Impact.Reported; n > 0 {
		line("reported by", fmt.Sprintf("%d customers", n))
	}
	line("metric", i.Impact.Metric)
	for _, r := range i.Roles {
		line(r.Role, r.User)
	}
	line("alerts", strings.Join(i.Alerts, ", "))
	for _, k := range i.Tasks {
		state := "open"
		if !k.DoneAt.IsZero() {
			state = "done"
		}
		line("task "+k.ID, k.Title+" ("+strings.TrimPrefix(k.Owner+", "+state, ", ")+")")
	}
	if n := len(i.Updates); n > 0 {
		u := i.Updates[n-1]
		line("told customers", local(u.At)+", "+u.Status+", "+u.Title+": "+u.Text)
	}
	if f := i.Figures; !i.ResolvedAt.IsZero() {
		line("resolved", local(i.ResolvedAt))
		acknowledged := "never acknowledged"
		if !f.AcknowledgedAt.IsZero() {
			acknowledged = "acknowledged after " + rounded(f.ToAcknowledge)
		}
		line("figures", fmt.Sprintf("detected after %s, %s, resolved after %s, visible for %s",
			rounded(f.ToDetect), acknowledged, rounded(f.ToResolve), rounded(f.Visible)))
	}
	return t.Flush()
}

func tellMoments(w io.Writer, data []byte) error {
	var answer struct {
		Entries []struct {
			At   time.Time
			Text string
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	for _, e := range answer.Entries {
		fmt.Fprintf(w, "%s  %s\n", local(e.At), e.Text)
	}
	return nil
}

// rounded leaves out of a duration what nobody reads.
func rounded(d string) string {
	v, err := time.ParseDuration(d)
	if err != nil {
		return d
	}
	return v.Round(time.Second).String()
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }
