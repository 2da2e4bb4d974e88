package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// asked is a question about who is on call, to a running server.
type asked struct {
	link
	at, knownAt, only, user string
	asJSON                  bool
}

// onCallThere asks a server, which knows what people took over and swapped, and what was in force when.
func onCallThere(ctx context.Context, p *program, q asked) error {
	fields := map[string]any{}
	for flag, text := range map[string]string{"at": q.at, "known-at": q.knownAt} {
		if text == "" {
			continue
		}
		if err := isTime(flag, text); err != nil {
			return err
		}
		fields[strings.ReplaceAll(flag, "-", "_")] = text
	}
	for name, text := range map[string]string{"schedule": q.only, "user": q.user} {
		if text != "" {
			fields[name] = text
		}
	}
	if !q.asJSON {
		fields["names"] = "yes"
	}
	data, err := q.ask(ctx, http.MethodGet, "/api/v1/oncall", fields)
	if err != nil {
		return err
	}
	var answer onCallAnswer
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if q.asJSON {
		_, err = p.stdout.Write(data)
	} else {
		answer.tell(p.stdout)
	}
	if err != nil {
		return err
	}
	if q.user != "" && len(answer.Schedules) == 0 {
		return fmt.Errorf("%s is not on call", q.user)
	}
	return nil
}

// onCallAnswer is who is on call, as a server answers.
type onCallAnswer struct {
	Schedules []struct {
		Schedule watchbill.ScheduleID
		Users    []watchbill.UserID
		Why      []string
		Until    time.Time
		AtLeast  bool `json:"until_at_least"`
		Shadows  []schedule.Part
	}
	Names     map[watchbill.UserID]string
	Timezones map[watchbill.ScheduleID]string
}

func (a onCallAnswer) tell(w io.Writer) {
	for _, s := range a.Schedules {
		zone := zoneNamed(a.Timezones[s.Schedule])
		one := schedule.Answer{Schedule: s.Schedule, Users: s.Users, Until: s.Until.In(zone), UntilAtLeast: s.AtLeast, Shadows: s.Shadows}
		tellDuty(w, one, s.Why, func(id watchbill.UserID) string { return a.Names[id] })
	}
}

// tellOnCall says who is on call by a configuration.
func tellOnCall(w io.Writer, org *oncall.Org, answer oncallAnswer) {
	for _, a := range answer.Schedules {
		tellDuty(w, a, a.Why(), func(id watchbill.UserID) string { return nameOf(org, id) })
	}
}

// tellDuty says who is on call in a schedule, until when, and why.
func tellDuty(w io.Writer, a schedule.Answer, because []string, name func(watchbill.UserID) string) {
	until := "for ever"
	if !a.Until.IsZero() {
		until = "until " + a.Until.Format("Mon 2006-01-02 15:04 MST")
	}
	if a.UntilAtLeast {
		until = "at least " + until
	}
	fmt.Fprintf(w, "%s: %s, %s\n", a.Schedule, named(a.Users, name), until)
	for _, why := range because {
		fmt.Fprintf(w, "    %s\n", why)
	}
	for _, part := range a.Shadows {
		fmt.Fprintf(w, "    %s learns, and is not paged: layer %s\n", name(part.User), part.Layer)
	}
}

func named(users []watchbill.UserID, name func(watchbill.UserID) string) string {
	if len(users) == 0 {
		return "NOBODY"
	}
	var list []string
	for _, id := range users {
		list = append(list, name(id))
	}
	return strings.Join(list, " and ")
}
