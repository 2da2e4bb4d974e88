package mute

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Subject is what is looked at: an alert, or a signal that would open one.
type Subject struct {
	Labels   []alert.Label // sorted by name
	Source   watchbill.SourceID
	Service  watchbill.ServiceID
	Severity watchbill.Severity
	Summary  string
}

// Silence mutes what it matches.
type Silence struct {
	ID        string             `json:"id"`
	Matchers  Matchers           `json:"matchers"`
	Source    watchbill.SourceID `json:"source,omitempty"` // only alerts of this source; empty: of all
	Span      Span               `json:"span"`
	By        watchbill.UserID   `json:"by,omitempty"`     // who hears when it is about to end
	Author    string             `json:"author,omitempty"` // as another system names who made it
	Comment   string             `json:"comment,omitempty"`
	UpdatedAt time.Time          `json:"updated_at,omitzero"`
}

// Maintenance mutes what is worked on: alerts of any of its services, alerts of any of its sources, and what its
// matchers match. One of the three is enough; a list that is empty adds nothing.
type Maintenance struct {
	ID       string                `json:"id"`
	Name     string                `json:"name,omitempty"`
	Services []watchbill.ServiceID `json:"services,omitempty"`
	Sources  []watchbill.SourceID  `json:"sources,omitempty"`
	Matchers Matchers              `json:"matchers,omitempty"`
	Span     Span                  `json:"span"`
	Mode     Mode                  `json:"mode,omitempty"`
	By       watchbill.UserID      `json:"by,omitempty"`
}

// Mode says what a maintenance window does with alerts.
type Mode string

// The modes.
const (
	Hold    Mode = ""        // they wait; what is still open when the window ends pages then
	Debug   Mode = "debug"   // they are recorded and never page, also not afterwards
	Collect Mode = "collect" // they are collected in one alert, which pages when the window ends if any is still open
)

// UnmarshalText accepts hold (which is the empty mode), debug and collect.
func (m *Mode) UnmarshalText(text []byte) error {
	switch mode := Mode(text); mode {
	case "hold", Hold:
		*m = Hold
	case Debug, Collect:
		*m = mode
	default:
		return fmt.Errorf("mute: unknown mode %.40q; use hold, debug or collect", text)
	}
	return nil
}

// Inhibition mutes alerts that Target matches while an alert that Source matches is firing, if both have the same
// values for the labels Equal (both missing counts as the same). As in Alertmanager, an alert that matches both sides
// is not muted by one that does so too, and never by itself; it is muted by one that matches Source alone.
type Inhibition struct {
	ID     string   `json:"id"`
	Source Matchers `json:"source"`
	Target Matchers `json:"target"`
	Equal  []string `json:"equal,omitempty"`
}

// Reason is what kind of thing mutes.
type Reason string

// The reasons.
const (
	BySilence     Reason = "silence"
	ByMaintenance Reason = "maintenance"
	ByInhibition  Reason = "inhibition"
	ByPause       Reason = "pause"    // the alert is too young: it may go away by itself
	ByRule        Reason = "rule"     // a rule says that nobody needs to do anything
	ByRestore     Reason = "restored" // the store was restored, and nobody has confirmed yet
)

// Held is one reason why an alert is held.
type Held struct {
	Reason  Reason    `json:"reason"`
	ID      string    `json:"id,omitempty"`      // of the silence, window, inhibition or rule
	By      string    `json:"by,omitempty"`      // of an inhibition: the alert that inhibits
	Until   time.Time `json:"until,omitzero"`    // when it ends as far as is known; zero: not known, or never
	Never   bool      `json:"never,omitempty"`   // it never pages, also not afterwards
	Collect bool      `json:"collect,omitempty"` // it is collected with others in one alert
}
