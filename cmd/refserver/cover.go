package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

const covers = "/api/v1/covers"

// coverActions is take-overs, requests for cover, swaps, and one's own duties.
func coverActions() []action {
	get, post, one := http.MethodGet, http.MethodPost, covers+"/{id}"
	is := func(kind string) field { return field{json: "kind", always: kind} }
	when := func(flag, name, usage string) field {
		return field{flag: flag, json: name, kind: asTime, usage: usage + ", a `time` as 2026-01-05T09:00, 18:00 or 4h (from now)"}
	}
	why := field{flag: "text", json: "text", usage: "why"}
	forced := field{flag: "force", json: "force", kind: asYes, usage: "even somebody who would be refused; for administrators"}
	schedule := field{flag: "schedule", json: "schedule", usage: "only the schedule with this `ID`"}
	return []action{
		{"mine", "list your own duties, in all schedules", get, "/api/v1/users/{user}/duties",
			[]field{when("from", "from", "from when; default: now"), when("to", "to", "until when; default: four weeks")}, tellDuties},
		{"take", "take a duty over, now or from a time on", post, covers, []field{is("take_over"),
			{flag: "replaces", json: "replaces", usage: "the `ID` of the user whose duty it is; none: a whole schedule"},
			schedule, when("from", "from", "from when; default: now"), when("to", "to", "until when; default: the end of the duty under way"),
			{flag: "user", json: "user", usage: "the `ID` of the user who takes it, if that is not you; for administrators"}, why, forced}, tellCover},
		{"request", "ask others to cover a duty: some people, a team, or everybody on the schedules", post, covers, []field{is("request"),
			when("from", "from", "from when"), when("to", "to", "until when"),
			{flag: "schedule", json: "schedules", kind: asList, usage: "the `ID` of a schedule; may be repeated; default: all with duty"},
			{flag: "of", json: "of", kind: asList, usage: "the `ID` of a user who is asked; may be repeated"},
			{flag: "team", json: "team", usage: "the `ID` of a team that is asked"},
			{flag: "for", json: "for", usage: "the `ID` of the user whose duty it is, if that is not you"}, why}, tellCover},
		{"swap", "propose that two people change duties", post, covers, []field{is("swap"),
			when("from", "from", "the other one has your duty from"), when("to", "to", "until"), schedule,
			{flag: "with", json: "with", usage: "the `ID` of the other one"},
			when("with-from", "with_from", "you have the other one's duty from"), when("with-to", "with_to", "until"),
			{flag: "with-schedule", json: "with_schedule", usage: "the `ID` of the schedule of the other one's duty; default: -schedule"},
			{flag: "for", json: "for", usage: "the `ID` of the user who proposes, if that is not you; for administrators"}, why}, tellCover},
		{"accept", "cover what was asked for, or some hours of it; accept a swap", post, one + "/accept", []field{
			when("from", "from", "only from"), when("to", "to", "only until"), schedule,
			{flag: "user", json: "user", usage: "the `ID` of the user who accepts, if that is not you; for administrators"}, why, forced}, tellCover},
		{"decline", "say that you will not", post, one + "/decline", []field{why}, tellCover},
		{"cancel", "ask no more; what was accepted stays", post, one + "/cancel", []field{why}, tellCover},
		{"withdraw", "give back what was agreed, from now on", post, one + "/withdraw", []field{why}, tellCover},
		{"list", "list requests, newest first", get, covers, []field{
			{flag: "state", json: "state", usage: "all or open", fallback: "open"},
			{flag: "limit", json: "limit", kind: asNumber, usage: "at most so many"},
			{flag: "cursor", json: "cursor", usage: "next of the list before"}}, tellCovers},
		{"show", "show a request", get, one, nil, tellCover},
		{"timeline", "tell what happened to a request", get, one + "/timeline", nil, tellMoments},
	}
}

// inLocalTime reads a time as people write it: with an offset, civil in the zone of the terminal, a time of the day (the
// next one to come), or how long from now.
func inLocalTime(flagName, text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	if day, err := time.Parse("15:04", text); err == nil {
		today := calendar.CivilOf(now.In(time.Local))
		year, month, date := today.Date()
		next := calendar.NewCivil(year, month, date, day.Hour(), day.Minute(), 0)
		if !today.Before(next) {
			next = next.Add(1, calendar.Day)
		}
		return calendar.FirstAt(time.Local, next), nil
	}
	return at(flagName, text, time.Local)
}

// coverAnswer is a request for cover, as far as the terminal shows it.
type coverAnswer struct {
	ID, Kind, State, For, With, By, Text string
	Asked, Declined, Said                []string
	Windows, Return, Open                []windowAnswer
	Grants                               []struct {
		windowAnswer
		User, Replaces string
		WithdrawnAt    time.Time `json:"withdrawn_at"`
	}
}

type windowAnswer struct {
	Schedule string
	From, To time.Time
}

func (v windowAnswer) String() string {
	return fmt.Sprintf("%s, %s to %s", v.Schedule, minute(v.From), minute(v.To))
}

func minute(t time.Time) string { return t.Local().Format("Mon 2006-01-02 15:04 MST") }

// about says what a request is about, in a line.
func (c coverAnswer) about() string {
	whose := c.For + "'s duty"
	if c.For == "" {
		whose = "whoever is on call"
	}
	what := map[string]string{"take_over": "take-over of ", "request": "cover for ", "swap": "swap of "}[c.Kind] + whose
	if c.With != "" {
		what += " with " + c.With
	}
	if by := strings.TrimPrefix(c.By, "user:"); by != c.For {
		what += ", by " + by
	}
	return what
}

func tellCover(w io.Writer, data []byte) error {
	var c coverAnswer
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	fmt.Fprintf(w, "cover %s is %s: %s\n", c.ID, c.State, c.about())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(t, "  %s\t%s\n", name, text)
		}
	}
	line("why", c.Text)
	for _, v := range c.Return {
		line("in return", v.String())
	}
	for _, v := range c.Open {
		line("open", v.String())
	}
	for _, g := range c.Grants {
		until := ""
		if !g.WithdrawnAt.IsZero() {
			until = ", withdrawn " + minute(g.WithdrawnAt)
		}
		line(g.User, "has it in "+g.String()+until)
	}
	line("asked", strings.Join(c.Asked, ", "))
	line("declined", strings.Join(c.Declined, ", "))
	for _, s := range c.Said {
		line("note", s)
	}
	return t.Flush()
}

func tellCovers(w io.Writer, data []byte) error {
	var page struct {
		Covers []coverAnswer
		Next   string
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return err
	}
	if len(page.Covers) == 0 {
		fmt.Fprintln(w, "no requests")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range page.Covers {
		first := ""
		if len(c.Windows) > 0 {
			first = c.Windows[0].String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.ID, c.State, c.about(), first)
	}
	if page.Next != "" {
		fmt.Fprintf(t, "more: -cursor %s\n", page.Next)
	}
	return t.Flush()
}

func tellDuties(w io.Writer, data []byte) error {
	var answer struct {
		User   string
		Duties []struct {
			Schedule   string
			Start, End time.Time
			With, Why  []string
			Now        bool
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if len(answer.Duties) == 0 {
		fmt.Fprintf(w, "%s has no duty then\n", answer.User)
	}
	for _, d := range answer.Duties {
		note := ""
		if d.Now {
			note = ", now"
		}
		if len(d.With) > 0 {
			note += ", with " + strings.Join(d.With, ", ")
		}
		fmt.Fprintf(w, "%s to %s  %s%s\n", minute(d.Start), minute(d.End), d.Schedule, note)
		for _, why := range d.Why {
			fmt.Fprintf(w, "    %s\n", why)
		}
	}
	return nil
}
