package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// wipeAnswer is what a wipe has done.
type wipeAnswer struct {
	As         string `json:"as"`
	Done       bool   `json:"done"`
	Alerts     int    `json:"alerts"`
	Messages   int    `json:"messages"`
	Records    int    `json:"records"`
	Removed    int    `json:"removed"`
	Revisions  int    `json:"revisions"`
	Unreadable int    `json:"unreadable"`
}

// wipePerson asks a server to forget somebody, until it is done.
func wipePerson(ctx context.Context, p *program) error {
	var l link
	l.flags(p.flags)
	user := p.flags.String("user", "", "the `ID` of somebody who is not in the configuration any more")
	asJSON := p.flags.Bool("json", false, "print the answer as JSON")
	if err := p.parse(); err != nil {
		return err
	}
	if *user == "" {
		return usagef("-user is missing")
	}
	for {
		data, err := l.ask(ctx, http.MethodDelete, "/api/v1/people/"+url.PathEscape(*user)+"/data", nil)
		if err != nil {
			return err
		}
		var did wipeAnswer
		if err := json.Unmarshal(data, &did); err != nil {
			return err
		}
		switch {
		case !did.Done:
			fmt.Fprintf(p.stderr, "%d alerts, %d records, %d configurations so far\n", did.Alerts, did.Records, did.Revisions)
		case *asJSON:
			_, err := p.stdout.Write(data)
			return err
		default:
			return did.tell(p.stdout)
		}
	}
}

func (a wipeAnswer) tell(w io.Writer) error {
	fmt.Fprintf(w, "the person is %s now, in %d alerts, %d other records and %d configurations; %d records about the person alone are removed\n",
		a.As, a.Alerts, a.Records, a.Revisions, a.Removed)
	if a.Messages > 0 {
		fmt.Fprintf(w, "%d messages to the person had not been sent, and are not\n", a.Messages)
	}
	if a.Unreadable > 0 {
		fmt.Fprintf(w, "%d things cannot be read, and may name the person still: see the server's log\n", a.Unreadable)
	}
	return nil
}
