package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"
)

// contactActions is what people set themselves.
func contactActions() []action {
	get, post, put, one := http.MethodGet, http.MethodPost, http.MethodPut, "/api/v1/users/{user}"
	contact := one + "/contacts/{id}"
	rungs := func(urgency string) field {
		return field{flag: urgency, json: urgency, made: madeRungs,
			usage: "a contact and how long after the first page, as `0s=ID`; may be repeated"}
	}
	return []action{
		{"list", "show how you are reached, and what you have set", get, one, nil, tellSettings},
		{"add", "add a contact; a code is sent over it", post, one + "/contacts", []field{
			{flag: "channel", json: "channel", usage: "email, sms, voice, webhook, ..."},
			{flag: "address", json: "address", usage: "a number, an e-mail `address`, ..."},
			{flag: "name", json: "id", usage: "the `ID` that it shall have; default: that of the channel"},
			{flag: "secret", json: "secret", usage: "signs webhooks to it"}}, tellAdded},
		{"verify", "give the code back: from then on the contact pages", post, contact + "/verify",
			[]field{{flag: "code", json: "code", usage: "the `code`"}}, tellSettings},
		{"code", "send another code", post, contact + "/code", nil, tellTried},
		{"remove", "take out a contact that you have added", http.MethodDelete, contact, nil, tellSettings},
		{"test", "send a test over each contact now, or over one", post, one + "/test",
			[]field{{flag: "contact", json: "contact", usage: "the `ID` of a contact; default: all"}}, tellTest},
		{"mute", "keep what is not urgent from you for a while", post, one + "/mute", []field{
			{flag: "until", json: "until", kind: asTime, usage: "a `time` as " + saidTimes}, {flag: "for", json: "for", usage: "how long, such as `2h`"}}, tellSettings},
		{"unmute", "hear everything again", post, one + "/unmute", nil, tellSettings},
		{"rules", "set in which order your contacts are tried", put, one + "/rules", []field{rungs("high"), rungs("low")}, tellSettings},
		{"quiet", "set hours in which what is not urgent waits; none: no such hours", put, one + "/quiet", []field{
			{flag: "hours", json: "quiet", made: madeHours, usage: "days and times, as `mon,tue,22:00-07:00`; may be repeated"}}, tellSettings},
		{"bundle", "have pages within so long of the last one put together", put, one + "/bundle",
			[]field{{flag: "for", json: "bundle", usage: "how long, such as `2m`; 0s: each by itself"}}, tellSettings},
		{"updates", "set what else you hear of alerts that have paged you", put, one + "/updates", []field{
			{flag: "resolved", json: "resolved", made: madeBool, usage: "that they are over: `true` or false; default: true"},
			{flag: "acknowledged", json: "acknowledged", made: madeBool, usage: "that somebody else has them: `true` or false; default: false"},
			{flag: "contact", json: "contact", usage: "by which, the `ID`; default: those that carried the page"}}, tellSettings},
		{"timeline", "tell who has changed what", get, one + "/timeline", nil, tellMoments},
		{"reach", "list how every contact of everybody does", get, "/api/v1/reachability", nil, tellReach},
	}
}

func madeBool(given []string) (any, error) {
	switch last := given[len(given)-1]; last {
	case "true", "false":
		return last == "true", nil
	}
	return nil, errors.New("expected true or false")
}

// madeRungs reads rungs as "1m=phone".
func madeRungs(given []string) (any, error) {
	all := []map[string]string{}
	for _, g := range given {
		after, contact, ok := strings.Cut(g, "=")
		if !ok {
			after, contact = "0s", g
		}
		if _, err := time.ParseDuration(after); err != nil {
			return nil, fmt.Errorf("%q is not a length of time and a contact, as 1m=phone", g)
		}
		all = append(all, map[string]string{"after": after, "contact": contact})
	}
	return all, nil
}

// madeHours reads windows as "mon,tue,22:00-07:00".
func madeHours(given []string) (any, error) {
	var all []map[string]any
	for _, g := range given {
		parts := strings.Split(g, ",")
		from, to, ok := strings.Cut(parts[len(parts)-1], "-")
		if !ok || len(parts) < 2 {
			return nil, fmt.Errorf("%q is not days and times, as mon,tue,22:00-07:00", g)
		}
		all = append(all, map[string]any{"days": parts[:len(parts)-1], "from": from, "to": to})
	}
	return all, nil
}

// contactLine is a contact as the terminal shows it.
type contactLine struct {
	User, ID, Channel, Address, Error string
	Own, Verified, Pages, Served      bool
	AcceptedAt                        *time.Time `json:"accepted_at"`
	ProvedAge                         string     `json:"proved_age"`
	DeadAt                            *time.Time `json:"dead_at"`
}

// state says in words how a contact does.
func (c contactLine) state() string {
	var all []string
	if c.DeadAt != nil {
		all = append(all, "DOES NOT WORK: "+c.Error)
	}
	if !c.Served {
		all = append(all, "its channel is not set up")
	}
	if !c.Verified {
		all = append(all, "waits for its code")
	}
	switch {
	case c.ProvedAge != "":
		all = append(all, "reached the person "+c.ProvedAge+" ago")
	case c.AcceptedAt != nil:
		all = append(all, "a provider took a message")
	case len(all) == 0:
		all = append(all, "never tried")
	}
	return strings.Join(all, "; ")
}

func tellSettings(w io.Writer, data []byte) error {
	var p struct {
		ID, Name, Timezone, Bundle string
		Contacts                   []contactLine
		Rules                      struct {
			High, Low []struct{ After, Contact string }
		}
		Quiet []struct {
			Days     []string
			From, To string
		}
		QuietUntil *time.Time `json:"quiet_until"`
		Updates    struct {
			Resolved, Acknowledged bool
			Contact                string
		}
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s (%s)\n", p.Name, p.ID)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range p.Contacts {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.ID, c.Channel, c.Address, c.state())
	}
	rules := func(name string, list []struct{ After, Contact string }) {
		var all []string
		for _, r := range list {
			all = append(all, r.Contact+" after "+r.After)
		}
		if len(all) > 0 {
			fmt.Fprintf(t, "%s\t%s\n", name, strings.Join(all, ", "))
		}
	}
	rules("urgent", p.Rules.High)
	rules("not urgent", p.Rules.Low)
	for _, q := range p.Quiet {
		fmt.Fprintf(t, "quiet\t%s %s to %s\n", strings.Join(q.Days, ", "), q.From, q.To)
	}
	if p.QuietUntil != nil {
		fmt.Fprintf(t, "quiet now\tuntil %s\n", minute(*p.QuietUntil, zoneNamed(p.Timezone)))
	}
	if p.Bundle != "0s" {
		fmt.Fprintf(t, "bundled\t%s\n", p.Bundle)
	}
	return t.Flush()
}

type triedLine struct{ Contact, Channel, Result, Error string }

func (l triedLine) String() string {
	return strings.TrimSuffix(fmt.Sprintf("%s (%s): %s: %s", l.Contact, l.Channel, l.Result, l.Error), ": ")
}

func tellTried(w io.Writer, data []byte) error {
	var l triedLine
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	fmt.Fprintln(w, l)
	return refusedAny(l)
}

func tellAdded(w io.Writer, data []byte) error {
	var a struct{ Code triedLine }
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	fmt.Fprintln(w, a.Code)
	if err := refusedAny(a.Code); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "give the code back: refserver contacts verify -id %s -code CODE\n", a.Code.Contact)
	return err
}

func tellTest(w io.Writer, data []byte) error {
	var a struct{ Results []triedLine }
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	if len(a.Results) == 0 {
		return errors.New("there is no contact")
	}
	for _, l := range a.Results {
		fmt.Fprintln(w, l)
	}
	return refusedAny(a.Results...)
}

// refusedAny is the command's own no.
func refusedAny(list ...triedLine) error {
	for _, l := range list {
		if l.Result != "accepted" {
			return fmt.Errorf("%s could not be reached", l.Contact)
		}
	}
	return nil
}

func tellReach(w io.Writer, data []byte) error {
	var a struct{ Contacts []contactLine }
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range a.Contacts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", c.User, c.ID, c.Channel, c.state())
	}
	return t.Flush()
}
