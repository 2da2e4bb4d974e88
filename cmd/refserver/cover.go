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
		what, otherwise, _ := strings.Cut(usage, "; ")
		if otherwise != "" {
			otherwise = "; " + otherwise
		}
		return field{flag: flag, json: name, kind: asTime, usage: what + ", a `time` as " + saidTimes + otherwise}
	}
	why := whyField
	forced := field{flag: "force", json: "force", kind: asYes, usage: "even somebody who would be refused; for administrators"}
	schedule := field{flag: "schedule", json: "schedule", usage: "only the schedule with this `ID`"}
	return []action{
		{"mine", "list your own duties, in all schedules", get, "/api/v1/users/{user}/duties",
			[]field{when("from", "from", "from when; default: now"), when("to", "to", "until when; default: four weeks")}, tellDuties},
		{"take", "take a duty over, now or from a time on", post, covers, []field{is("take_over"),
			whoField("replaces", "replaces", asText, "whose duty it is; none: a whole schedule"),
			schedule, when("from", "from", "from when; default: now"), when("to", "to", "until when; default: the end of the duty under way"),
			whoField("user", "user", asText, "who takes it, if that is not you; for administrators"), why, forced}, tellCover},
		{"request", "ask others to cover a duty: some people, a team, or everybody on the schedules", post, covers, []field{is("request"),
			when("from", "from", "from when"), when("to", "to", "until when"),
			{flag: "schedule", json: "schedules", kind: asList, usage: "the `ID` of a schedule; may be repeated; default: all with duty"},
			whoField("of", "of", asList, "who is asked; may be repeated"),
			{flag: "team", json: "team", usage: "the `ID` of a team that is asked"},
			whoField("for", "for", asText, "whose duty it is, if that is not you"), why}, tellCover},
		{"swap", "propose that two people change duties", post, covers, []field{is("swap"),
			when("from", "from", "the other one has your duty from"), when("to", "to", "until"), schedule,
			whoField("with", "with", asText, "who is the other one"),
			when("with-from", "with_from", "you have the other one's duty from"), when("with-to", "with_to", "until"),
			{flag: "with-schedule", json: "with_schedule", usage: "the `ID` of the schedule of the other one's duty; default: -schedule"},
			whoField("for", "for", asText, "who proposes, if that is not you; for administrators"), why}, tellCover},
		{"accept", "cover what was asked for, or some hours of it; accept a swap", post, one + "/accept", []field{
			when("from", "from", "only from"), when("to", "to", "only until"), schedule,
			whoField("user", "user", asText, "who accepts, if that is not you; for administrators"), why, forced}, tellCover},
		{"decline", "say that you will not", post, one + "/decline", []field{why}, tellCover},
		{"cancel", "ask no more; what was accepted stays", post, one + "/cancel", []field{why}, tellCover},
		{"withdraw", "give back what was agreed, from now on", post, one + "/withdraw", []field{why}, tellCover},
		{"list", "list requests, newest first", get, covers, []field{
			{flag: "state", json: "state", usage: "all or open; default: open, which somebody can still accept", fallback: "open"},
			limitField, cursorField}, tellCovers},
		{"show", "show a request", get, one, nil, tellCover},
		{"timeline", "tell what happened to a request", get, one + "/timeline", nil, tellMoments},
	}
}

// saidTimes is what a time may look like, and whose it is.
const saidTimes = "2026-01-05T09:00 or 18:00 in your own zone, or 4h (from now)"

// isTime refuses what is no time, whatever zone it is meant in; the server knows that.
func isTime(flagName, text string) error {
	if _, err := calendar.Said(text, time.Now(), time.UTC); err != nil {
		return usagef("-%s: %w", flagName, err)
	}
	return nil
}

// coverAnswer is a request for cover, as far as the terminal shows it.
type coverAnswer struct {
	ID, Kind, State, For, With, By, Text string
	Timezone                             string // of the times
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

func (v windowAnswer) in(zone *time.Location) string {
	return fmt.Sprintf("%s, %s to %s", v.Schedule, minute(v.From, zone), minute(v.To, zone))
}

// minute is a time in the zone in which the server answered, which it names.
func minute(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2006-01-02 15:04 MST")
}

// zoneNamed finds a zone that a server named. One that this machine does not know is UTC.
func zoneNamed(name string) *time.Location {
	zone, err := calendar.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

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
	zone := zoneNamed(c.Timezone)
	fmt.Fprintf(w, "cover %s is %s: %s\n", c.ID, c.State, c.about())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(t, "  %s\t%s\n", name, text)
		}
	}
	line("why", c.Text)
	for _, v := range c.Return {
		line("in return", v.in(zone))
	}
	for _, v := range c.Open {
		line("open", v.in(zone))
	}
	for _, g := range c.Grants {
		until := ""
		if !g.WithdrawnAt.IsZero() {
			until = ", withdrawn " + minute(g.WithdrawnAt, zone)
		}
		line(g.User, "has it in "+g.in(zone)+until)
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
			first = c.Windows[0].in(zoneNamed(c.Timezone))
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
		User, Timezone string
		Duties         []struct {
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
	zone := zoneNamed(answer.Timezone)
	for _, d := range answer.Duties {
		note := ""
		if d.Now {
			note = ", now"
		}
		if len(d.With) > 0 {
			note += ", with " + strings.Join(d.With, ", ")
		}
		fmt.Fprintf(w, "%s to %s  %s%s\n", minute(d.Start, zone), minute(d.End, zone), d.Schedule, note)
		for _, why := range d.Why {
			fmt.Fprintf(w, "    %s\n", why)
		}
	}
	return nil
}
