package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// asked is a question about who is on call, to a running server.
type asked struct {
	server, token           string
	at, knownAt, only, user string
	asJSON                  bool
}

// onCallThere asks a server, which knows what people took over and swapped, and what was in force when.
func onCallThere(ctx context.Context, p *program, q asked) error {
	fields := map[string]any{}
	for name, text := range map[string]string{"at": q.at, "known_at": q.knownAt} {
		if text == "" {
			continue
		}
		t, err := inLocalTime(strings.ReplaceAll(name, "_", "-"), text, time.Now())
		if err != nil {
			return err
		}
		fields[name] = t.Format(time.RFC3339Nano)
	}
	for name, text := range map[string]string{"schedule": q.only, "user": q.user} {
		if text != "" {
			fields[name] = text
		}
	}
	data, err := request(ctx, http.MethodGet, strings.TrimSuffix(q.server, "/")+"/api/v1/oncall", tokenOr(q.token), fields)
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
		Schedule   string
		Users, Why []string
		Until      *time.Time
	}
}

func (a onCallAnswer) tell(w io.Writer) {
	for _, s := range a.Schedules {
		who, until := strings.Join(s.Users, " and "), "for ever"
		if who == "" {
			who = "NOBODY"
		}
		if s.Until != nil {
			until = "until " + minute(*s.Until)
		}
		fmt.Fprintf(w, "%s: %s, %s\n", s.Schedule, who, until)
		for _, why := range s.Why {
			fmt.Fprintf(w, "    %s\n", why)
		}
	}
}
