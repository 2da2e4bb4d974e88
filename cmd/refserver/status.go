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

func statusActions() []action {
	const pages = "/api/v1/pages"
	get, post, one := http.MethodGet, http.MethodPost, pages+"/{id}"
	maintenance := field{flag: "maintenance", json: "maintenance", usage: "its `ID`, as m1"}
	from := field{flag: "from", json: "from", usage: "when it begins, a `time`; default: now"}
	until := field{flag: "until", json: "until", usage: "when it ends, a `time`"}
	return []action{
		{"list", "list the status pages", get, pages, nil, tellPages},
		{"show", "show what visitors of a page read", get, one, nil, tellPage},
		{"set", "set a component by hand, or let it follow the incidents again", post, one + "/component", []field{
			{flag: "component", json: "component", usage: "its `ID`"},
			{flag: "status", json: "status", usage: "operational, under_maintenance, degraded_performance, partial_outage or major_outage; auto: follow the incidents"}}, tellBoard},
		{"schedule", "announce a maintenance; all of it is public", post, one + "/schedule", []field{titleField, textField, from, until,
			{flag: "component", json: "components", kind: asList, usage: "the `ID` of a component; may be repeated"}}, tellBoard},
		{"tell", "add a public text to a maintenance", post, one + "/tell", []field{maintenance, textField}, tellBoard},
		{"move", "change when a maintenance begins or ends", post, one + "/move", []field{maintenance, from, until}, tellBoard},
		{"complete", "end a maintenance now", post, one + "/complete", []field{maintenance}, tellBoard},
		{"cancel", "call a maintenance off", post, one + "/cancel", []field{maintenance}, tellBoard},
	}
}

func tellPages(w io.Writer, data []byte) error {
	var answer struct {
		Pages []struct{ ID, Name, URL string }
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if len(answer.Pages) == 0 {
		fmt.Fprintln(w, "no status page is configured; add a section pages to the configuration")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range answer.Pages {
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.ID, p.Name, p.URL)
	}
	return t.Flush()
}

func tellPage(w io.Writer, data []byte) error {
	var answer struct {
		URL     string
		Summary struct {
			Status     struct{ Description string }
			Components []struct {
				Name, Status string
				Group        bool
			}
			Incidents []struct {
				Name, Status string
			}
			Maintenances []struct {
				Name, Status string
				For          time.Time `json:"scheduled_for"`
			} `json:"scheduled_maintenances"`
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s (%s)\n", answer.Summary.Status.Description, answer.URL)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range answer.Summary.Components {
		if !c.Group {
			fmt.Fprintf(t, "  %s\t%s\n", c.Name, strings.ReplaceAll(c.Status, "_", " "))
		}
	}
	for _, i := range answer.Summary.Incidents {
		fmt.Fprintf(t, "  incident\t%s: %s\n", i.Status, i.Name)
	}
	for _, m := range answer.Summary.Maintenances {
		fmt.Fprintf(t, "  maintenance\t%s, from %s: %s\n", strings.ReplaceAll(m.Status, "_", " "), local(m.For), m.Name)
	}
	return t.Flush()
}

func tellBoard(w io.Writer, data []byte) error {
	var b struct {
		Page     string
		Settings []struct {
			Component, Status string
			To                time.Time
		}
		Maintenances []struct {
			ID, Title   string
			From, Until time.Time
			CompletedAt time.Time `json:"completed_at"`
			CancelledAt time.Time `json:"cancelled_at"`
		}
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	var lines []string
	for _, s := range b.Settings {
		if s.To.IsZero() {
			lines = append(lines, fmt.Sprintf("component %s is %s", s.Component, strings.ReplaceAll(s.Status, "_", " ")))
		}
	}
	for _, m := range b.Maintenances {
		if m.CompletedAt.IsZero() && m.CancelledAt.IsZero() {
			lines = append(lines, fmt.Sprintf("maintenance %s, %s until %s: %s", m.ID, local(m.From), local(m.Until), m.Title))
		}
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintf(w, "nothing is set by hand on page %s; components follow the incidents\n", b.Page)
		return err
	}
	_, err := fmt.Fprintf(w, "set by hand on page %s:\n  %s\n", b.Page, strings.Join(lines, "\n  "))
	return err
}
