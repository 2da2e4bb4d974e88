package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
)

func reportActions() []action {
	fields := []field{
		{flag: "from", json: "from", usage: "the start, a `time`; default: 30 days before the end"},
		{flag: "to", json: "to", usage: "the end, a `time`; default: now"},
		{flag: "hours", json: "hours", usage: `working hours in each person's zone, as "mon-fri 09:00-17:00"`},
		{flag: "format", json: "format", usage: "json or csv; default: a table"},
	}
	return []action{
		{"response", "times to detect, acknowledge and resolve, by service and team", http.MethodGet, "/api/v1/reports/response", fields, asIsOr(tellResponse)},
		{"load", "pages by person, and how many out of hours", http.MethodGet, "/api/v1/reports/load", fields, asIsOr(tellLoad)},
	}
}

// asIsOr prints what is no JSON object, which is CSV that was asked for, as it is.
func asIsOr(tell func(io.Writer, []byte) error) func(io.Writer, []byte) error {
	return func(w io.Writer, data []byte) error {
		if len(data) == 0 || data[0] != '{' {
			_, err := w.Write(data)
			return err
		}
		return tell(w, data)
	}
}

type stats struct {
	Count          int
	Mean, P50, P90 string
}

func (s stats) String() string {
	if s.Count == 0 {
		return "-\t-"
	}
	return s.Mean + "\t" + s.P90
}

func tellResponse(w io.Writer, data []byte) error {
	var answer struct {
		Rows []struct {
			Of, Scope, ID    string
			Count, Open      int
			MTTD, MTTA, MTTR stats
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "of\tscope\tcount\topen\tMTTD\tp90\tMTTA\tp90\tMTTR\tp90")
	for _, r := range answer.Rows {
		scope := r.Scope
		if r.ID != "" {
			scope += " " + r.ID
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%v\t%v\t%v\n", r.Of, scope, r.Count, r.Open, r.MTTD, r.MTTA, r.MTTR)
	}
	return t.Flush()
}

func tellLoad(w io.Writer, data []byte) error {
	var answer struct {
		Hours string
		Rows  []struct {
			ID, Name           string
			Pages, High, Low   int
			OutOfHours         int `json:"out_of_hours"`
			Days, Acknowledged int
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "user\tpages\thigh\tlow\tout of hours\tdays\tacknowledged\n")
	for _, r := range answer.Rows {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\n", r.ID, r.Pages, r.High, r.Low, r.OutOfHours, r.Days, r.Acknowledged)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "out of hours: outside %s in the person's time zone\n", answer.Hours)
	return err
}
