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

const (
	silences    = "/api/v1/silences"
	maintenance = "/api/v1/maintenance"
)

// muteFields say when something is muted.
func muteFields() []field {
	when := func(flag, name, usage string) field {
		return field{flag: flag, json: name, kind: asTime, usage: usage + ", a `time` as " + saidTimes}
	}
	return []field{when("from", "starts_at", "from when; default: now"), when("to", "ends_at", "until when"),
		{flag: "for", json: "for", usage: "how `long`, such as 2h, instead of -to"}}
}

func matcherField(usage string) field {
	return field{flag: "matcher", json: "matchers", kind: asEntries, usage: usage + `, as 'team="db"' or 'host=~"db.*"'; may be repeated, all must match`}
}

// silenceActions is what people keep quiet for a while.
func silenceActions() []action {
	get, post, one := http.MethodGet, http.MethodPost, silences+"/{id}"
	comment := field{flag: "comment", json: "comment", usage: "why, as `text`"}
	source := field{flag: "source", json: "source", usage: "only alerts of the source with this `ID`"}
	with := func(more ...field) []field { return append(more, muteFields()...) }
	return []action{
		{"add", "silence what matchers match, for a while", post, silences, with(matcherField("a `matcher`"), source, comment), tellSilence},
		{"list", "list silences: those that hold, that will, and that held lately", get, silences, []field{
			{flag: "state", json: "state", usage: "all, active, pending or expired"}}, tellSilences},
		{"show", "show a silence", get, one, nil, tellSilence},
		{"change", "change its end or its comment; with anything else, end it and make another", post, one + "/change",
			with(matcherField("another `matcher`"), source, comment), tellSilence},
		{"expire", "end a silence now: what it holds and is still open pages", post, one + "/end", nil, tellEnded},
		{"preview", "say which alerts of the last days a silence would have muted", post, silences + "/preview", []field{
			matcherField("a `matcher`"), {flag: "days", json: "days", kind: asNumber, usage: "of how `many` days; default: 30"}}, tellPreview},
		{"timeline", "tell who did what with a silence", get, one + "/timeline", nil, tellMoments},
	}
}

// maintenanceActions is what is worked on, and may make noise.
func maintenanceActions() []action {
	get, post, one := http.MethodGet, http.MethodPost, maintenance+"/{id}"
	fields := append([]field{
		{flag: "name", json: "name", usage: "what is done, as `text`"},
		{flag: "service", json: "services", kind: asList, usage: "the `ID` of a service; may be repeated"},
		{flag: "source", json: "sources", kind: asList, usage: "the `ID` of a source; may be repeated"},
		matcherField("a `matcher`"),
		{flag: "mode", json: "mode", usage: "hold (what is open at the end pages then), debug (nothing ever pages) or collect (one alert for all)"},
	}, muteFields()...)
	return []action{
		{"add", "mute services, sources or what matchers match while they are worked on", post, maintenance, fields, tellWindow},
		{"list", "list maintenance windows", get, maintenance, []field{
			{flag: "state", json: "state", usage: "all, active, pending or expired"}}, tellWindows},
		{"show", "show a maintenance window", get, one, nil, tellWindow},
		{"change", "change a maintenance window", post, one + "/change", fields, tellWindow},
		{"end", "end a maintenance window now", post, one + "/end", nil, tellEnded},
		{"timeline", "tell who did what with a maintenance window", get, one + "/timeline", nil, tellMoments},
	}
}

// muteAnswer is a silence or a maintenance window, as far as the terminal shows it.
type muteAnswer struct {
	ID, State, Name, By, Author, Comment, Source, Mode, Timezone string
	Matchers, Services, Sources                                  []string
	StartsAt                                                     time.Time `json:"starts_at"`
	EndsAt                                                       time.Time `json:"ends_at"`
	Windows                                                      []any
	File                                                         bool
}

// about says in a line what is muted.
func (m muteAnswer) about() string {
	about := append(append([]string{}, m.Services...), m.Sources...)
	return strings.Join(append(about, m.Matchers...), ", ")
}

// until says in a line until when.
func (m muteAnswer) until() string {
	zone := zoneNamed(m.Timezone)
	text := "for ever"
	if !m.EndsAt.IsZero() {
		text = "until " + minute(m.EndsAt, zone)
	}
	if m.State == "pending" && !m.StartsAt.IsZero() && len(m.Windows) == 0 {
		text = "from " + minute(m.StartsAt, zone) + " " + text
	}
	if len(m.Windows) > 0 {
		text = "again and again, " + text
	}
	return text
}

func (m muteAnswer) tell(w io.Writer, what string) error {
	fmt.Fprintf(w, "%s %s is %s: %s, %s\n", what, m.ID, m.State, m.about(), m.until())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	by := m.By
	if by == "" {
		by = m.Author
	}
	for _, line := range [][2]string{{"name", m.Name}, {"mode", m.Mode}, {"source", m.Source}, {"by", by}, {"why", m.Comment}} {
		if line[1] != "" {
			fmt.Fprintf(t, "  %s\t%s\n", line[0], line[1])
		}
	}
	if m.File {
		fmt.Fprintf(t, "  from\tthe configuration file\n")
	}
	return t.Flush()
}

func tellMute(w io.Writer, data []byte, what string) error {
	var m muteAnswer
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	return m.tell(w, what)
}

func tellSilence(w io.Writer, data []byte) error { return tellMute(w, data, "silence") }
func tellWindow(w io.Writer, data []byte) error  { return tellMute(w, data, "maintenance") }

func tellMutes(w io.Writer, data []byte, name string) error {
	var page map[string][]muteAnswer
	if err := json.Unmarshal(data, &page); err != nil {
		return err
	}
	if len(page[name]) == 0 {
		fmt.Fprintln(w, "none")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range page[name] {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.ID, m.State, m.about(), m.until(), m.Name+m.Comment)
	}
	return t.Flush()
}

func tellSilences(w io.Writer, data []byte) error { return tellMutes(w, data, "silences") }
func tellWindows(w io.Writer, data []byte) error  { return tellMutes(w, data, "maintenance") }

func tellEnded(w io.Writer, _ []byte) error {
	_, err := fmt.Fprintln(w, "ended")
	return err
}

func tellPreview(w io.Writer, data []byte) error {
	var p struct {
		Since                time.Time
		Looked, Muted, Paged int
		More                 bool
		Alerts               []struct {
			ID, Summary, State string
			CreatedAt          time.Time `json:"created_at"`
			Pages              int
			People             []string
		}
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	of := "all"
	if p.More {
		of = "the newest"
	}
	fmt.Fprintf(w, "%d of %s %d alerts since %s, %d of which paged somebody\n", p.Muted, of, p.Looked, minute(p.Since, time.UTC), p.Paged)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range p.Alerts {
		pages := "paged nobody"
		if a.Pages > 0 {
			pages = fmt.Sprintf("%d pages: %s", a.Pages, strings.Join(a.People, ", "))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", minute(a.CreatedAt, time.UTC), a.ID, a.State, a.Summary, pages)
	}
	return t.Flush()
}
