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

func handoverActions() []action {
	const one = "/api/v1/schedules/{id}"
	get, post := http.MethodGet, http.MethodPost
	at := field{flag: "at", json: "at", kind: asTime, usage: "the `time` of the hand-off, as 2026-01-05T09:00 in the schedule's zone; default: the latest, until it is acknowledged, then the next"}
	return []action{
		{"show", "print the hand-over of a schedule; -id is the schedule's", get, one + "/handover", []field{at,
			{flag: "format", json: "format", usage: "md or json", fallback: "md"}, zoneField}, nil},
		{"note", "tell the next shift something", post, one + "/handover/note", []field{textField, at}, tellHandover},
		{"ack", "say that you have read it; for those who come on call", post, one + "/handover/ack", []field{textField, at}, tellHandover},
		{"list", "list hand-overs with a note or an acknowledgement, latest first", get, "/api/v1/handovers", []field{
			{flag: "schedule", json: "schedule", usage: "the `ID` of a schedule; default: all"},
			limitField, cursorField}, tellHandovers},
		{"review", "note that you have looked at a schedule; puts the next reminder off", post, one + "/review", nil, tellReview},
	}
}

// handoverAnswer is a hand-over, as far as the terminal shows it in short.
type handoverAnswer struct {
	Schedule           string
	At                 time.Time
	Outgoing, Incoming []string
	Notes              []struct {
		By, Text string
		At       time.Time
	}
	Acknowledgements []struct {
		User string
		At   time.Time
	}
	Work struct{ Alerts, Incidents []struct{} }
}

func (h handoverAnswer) state() string {
	if len(h.Acknowledgements) == 0 {
		return "not acknowledged"
	}
	a := h.Acknowledgements[len(h.Acknowledgements)-1]
	text := "acknowledged by " + a.User + " " + offsetTime(a.At)
	later := 0
	for _, n := range h.Notes {
		if n.At.After(a.At) {
			later++
		}
	}
	if later > 0 {
		text += fmt.Sprintf(", before %d of the notes", later)
	}
	return text
}

// offsetTime is a time as the server gave it, which is in the schedule's zone.
func offsetTime(t time.Time) string { return t.Format("Mon 2006-01-02 15:04 -07:00") }

func (h handoverAnswer) people() string { return namesOr(h.Outgoing) + " to " + namesOr(h.Incoming) }

func namesOr(users []string) string {
	if len(users) == 0 {
		return "nobody"
	}
	return strings.Join(users, ", ")
}

func tellHandover(w io.Writer, data []byte) error {
	var h handoverAnswer
	if err := json.Unmarshal(data, &h); err != nil {
		return err
	}
	fmt.Fprintf(w, "hand-over of %s %s, %s: %s; %d open alerts, %d open incidents, %d notes\n",
		h.Schedule, offsetTime(h.At), h.people(), h.state(), len(h.Work.Alerts), len(h.Work.Incidents), len(h.Notes))
	return nil
}

func tellHandovers(w io.Writer, data []byte) error {
	var page struct {
		Handovers []handoverAnswer
		Next      string
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return err
	}
	if len(page.Handovers) == 0 {
		fmt.Fprintln(w, "no hand-overs")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, h := range page.Handovers {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d notes\t%s\n", offsetTime(h.At), h.Schedule, h.people(), len(h.Notes), h.state())
	}
	if page.Next != "" {
		fmt.Fprintf(t, "more: -cursor %s\n", page.Next)
	}
	return t.Flush()
}

func tellReview(w io.Writer, data []byte) error {
	var r struct {
		Schedule, By string
		At           time.Time `json:"reviewed_at"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s has reviewed the schedule %s\n", r.By, r.Schedule)
	return nil
}
