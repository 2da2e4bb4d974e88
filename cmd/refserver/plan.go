package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
)

// planLimit is how much of what happens is printed if nothing else is asked for.
const planLimit = 50

// planAnswer is what plan -json prints.
type planAnswer struct {
	At       time.Time          `json:"at"`
	Severity watchbill.Severity `json:"severity"`
	Plan     []episode.Planned  `json:"plan"`
}

// plan says what an alert would do to people, before it does.
func plan(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	signal := alert.Signal{Source: "manual", Key: "plan", Summary: "a plan"}
	p.flags.StringVar((*string)(&signal.Policy), "policy", "", "an alert for the policy with this `ID`")
	p.flags.StringVar((*string)(&signal.Service), "service", "", "an alert for the service with this `ID`")
	p.flags.StringVar((*string)(&signal.User), "user", "", "an alert for the user with this `ID`")
	severity := p.flags.String("severity", "critical", "how bad it is: critical, error, warning or info")
	when := p.flags.String("at", "", "the `time` at which it comes, as 2026-01-05T03:00 in UTC or with an offset; default: now")
	limit := p.flags.Int("limit", planLimit, "how much of what happens is told at most")
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	if err := signal.Severity.UnmarshalText([]byte(*severity)); err != nil {
		return usagef("-severity: %w", err)
	}
	if *limit < 1 || *limit > episode.MaxPlanned {
		return usagef("-limit: %d is not between 1 and %d", *limit, episode.MaxPlanned)
	}
	start, err := at("at", *when, time.UTC)
	if err != nil {
		return err
	}
	org, _, err := loadSystem(p, *file)
	if err != nil {
		return err
	}
	if err := planFor(org, signal); err != nil {
		return err
	}
	answer := planAnswer{At: watchbill.Stamp(start), Severity: signal.Severity,
		Plan: episode.PlanOf(episode.World{Org: org}, signal, start, *limit)}
	if *asJSON {
		return printJSON(p.stdout, answer)
	}
	answer.tell(p.stdout)
	return nil
}

// planFor checks that an alert is for exactly one thing, which exists.
func planFor(org *oncall.Org, s alert.Signal) error {
	_, policy := org.Policy(s.Policy)
	_, service := org.Service(s.Service)
	_, user := org.User(s.User)
	named := 0
	for _, id := range []string{string(s.Policy), string(s.Service), string(s.User)} {
		if id != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return usagef("name one of -policy, -service and -user")
	case s.Policy != "" && !policy:
		return usagef("-policy: there is no policy %q", s.Policy)
	case s.Service != "" && !service:
		return usagef("-service: there is no service %q", s.Service)
	case s.User != "" && !user:
		return usagef("-user: there is no user %q", s.User)
	}
	return nil
}

func (a planAnswer) tell(w io.Writer) {
	fmt.Fprintf(w, "at %s, %s, if every message is accepted and nobody answers\n", stamp(a.At), a.Severity)
	for _, p := range a.Plan {
		fmt.Fprintf(w, "  +%-9s %s\n", p.At.Sub(a.At), sayPlanned(p))
	}
	if len(a.Plan) == 0 {
		fmt.Fprintln(w, "  nothing happens")
	}
}

// sayPlanned tells one thing that happens in a line.
func sayPlanned(p episode.Planned) string {
	var who []string
	for _, q := range p.People {
		who = append(who, fmt.Sprintf("%s (%s)", q.User, q.Why))
	}
	text := p.Note
	if len(who) > 0 {
		text = fmt.Sprintf("level %d pages %s", p.Level, strings.Join(who, ", "))
		if p.Level == 0 {
			text = "catch_all pages " + strings.Join(who, ", ")
		}
		if p.Attempt > 1 {
			text += fmt.Sprintf(", attempt %d", p.Attempt)
		}
		if p.Note != "" {
			text += "; " + p.Note
		}
	}
	if len(p.Messages) > 0 {
		text += ": " + strings.Join(p.Messages, ", ")
	}
	return text
}
