package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"
)

func postmortemActions() []action {
	const all = "/api/v1/postmortems"
	get, post, one := http.MethodGet, http.MethodPost, all+"/{id}"
	on := func(name, summary, path string, fields ...field) action {
		return action{name, summary, post, one + "/" + path, fields, tellPostmortem}
	}
	list := func(name, usage string) field {
		return field{flag: name, json: name, kind: asEntries, usage: usage + "; may be repeated, and replaces what there is"}
	}
	due := field{flag: "due", json: "due_at", usage: "by when, a `time`"}
	ticket := field{flag: "ticket", json: "ticket", usage: "the `address` of a ticket"}
	detail := field{flag: "detail", json: "detail", usage: "context, and a suggested approach"}
	state := field{flag: "state", json: "state", usage: "discuss, open, done or dropped"}
	return []action{
		{"list", "list postmortems, newest incident first", get, all, []field{{flag: "state", json: "state", usage: "all or open (not published)"}, limitField, cursorField}, tellPostmortems},
		{"show", "print a postmortem; its ID is the incident's", get, one, []field{{flag: "format", json: "format", usage: "markdown or json", fallback: "markdown"}, zoneField}, nil},
		{"draft", "draft the postmortem of an incident that does not require one", post, all, []field{{flag: "incident", json: "incident", usage: "the `ID` of the incident"}}, tellPostmortem},
		on("refresh", "take the record in again; what people wrote stays", "refresh"),
		on("edit", "change what is written", "edit", titleField, field{flag: "summary", json: "summary", usage: "what happened"},
			field{flag: "detection", json: "detection", usage: "how it was noticed, and what monitoring showed"}, field{flag: "process", json: "process", usage: "how people worked together"},
			field{flag: "impact", json: "impact_note", usage: "what more is known of the impact"}, field{flag: "no-items", json: "items_note", usage: "why there are no action items"},
			list("factors", "a contributing factor"), list("unknown", "what was not known and would have helped"), list("strengths", "what went well"), list("lessons", "what was learnt")),
		on("assign", "say who answers for it, by when, and who meets when", "assign", ownerField, due, field{flag: "meeting", json: "meeting_at", usage: "when it is talked over, a `time`"},
			field{flag: "participant", json: "participants", kind: asList, usage: "the `ID` of a user; may be repeated"}),
		on("item", "add an action item", "items", titleField, detail, field{flag: "kind", json: "kind", usage: "prevent, detect or contain"}, ownerField, due, state, ticket),
		on("set", "change an action item", "item", field{flag: "item", json: "item", usage: "its `ID`, as a1"}, state, ownerField, due, titleField, detail, ticket),
		on("submit", "hand it over to review", "submit", field{flag: "note", json: "note", usage: "why there are no action items"}),
		on("return", "take it out of review", "return", reasonField),
		on("publish", "publish it", "publish"),
		on("revise", "take a published one up again", "revise", reasonField),
	}
}

// postmortemAnswer is a postmortem, as far as the terminal shows it in short.
type postmortemAnswer struct {
	Incident, State, Title, Owner string
	DueAt                         time.Time `json:"due_at"`
	PublishedAt                   time.Time `json:"published_at"`
	Items                         []struct{ ID, Title, Kind, Owner, State string }
}

func tellPostmortems(w io.Writer, data []byte) error {
	var page struct {
		Postmortems []postmortemAnswer
		Next        string
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return err
	}
	if len(page.Postmortems) == 0 {
		fmt.Fprintln(w, "no postmortems")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range page.Postmortems {
		fmt.Fprintf(t, "%s\t%s\tdue %s\t%s\t%s\n", p.Incident, p.State, local(p.DueAt), cmp.Or(p.Owner, "nobody yet"), p.Title)
	}
	if page.Next != "" {
		fmt.Fprintf(t, "more: -cursor %s\n", page.Next)
	}
	return t.Flush()
}

func tellPostmortem(w io.Writer, data []byte) error {
	var p postmortemAnswer
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	state := p.State
	if state == "review" {
		state = "in review"
	}
	fmt.Fprintf(w, "postmortem of %s is %s: %s (owner %s, due %s)\n", p.Incident, state, p.Title, cmp.Or(p.Owner, "nobody yet"), local(p.DueAt))
	for _, i := range p.Items {
		fmt.Fprintf(w, "  %s  %s, %s: %s (owner %s)\n", i.ID, i.State, i.Kind, i.Title, cmp.Or(i.Owner, "nobody yet"))
	}
	return nil
}
