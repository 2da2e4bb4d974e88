package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// restoredActions is what is done after serve -restored.
func restoredActions() []action {
	const at = "/api/v1/restored"
	return []action{
		{"show", "say whether a restored copy waits for a confirmation", http.MethodGet, at, nil, tellRestored},
		{"confirm", "what is open in the restored copy is open still: let it page", http.MethodPost, at + "/confirm", nil, tellConfirmed},
	}
}

// restoredAnswer is what of a restored copy waits.
type restoredAnswer struct {
	Waits    bool      `json:"waits"`
	Since    time.Time `json:"since"`
	Alerts   int       `json:"alerts"`
	Messages int       `json:"messages"`
}

func tellRestored(w io.Writer, data []byte) error {
	var a restoredAnswer
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	if !a.Waits {
		fmt.Fprintln(w, "nothing waits for a confirmation")
		return nil
	}
	fmt.Fprintf(w, "a restored copy waits for a confirmation since %s: %d alerts that were open in it, %d messages that had not been sent\n",
		a.Since.Format(time.RFC3339), a.Alerts, a.Messages)
	fmt.Fprintln(w, "resolve what is over, then run refserver restored confirm")
	return nil
}

func tellConfirmed(w io.Writer, data []byte) error {
	var a restoredAnswer
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	fmt.Fprintf(w, "confirmed: of the %d alerts that had been held, those that are still open page now; %d messages are sent\n", a.Alerts, a.Messages)
	return nil
}
