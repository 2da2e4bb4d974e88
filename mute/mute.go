package mute

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
)

// Subject is what is looked at: an alert, or a signal that would open one.
type Subject struct {
	Labels   []alert.Label // sorted by name
	Source   watchbill.SourceID
	Service  watchbill.ServiceID
	Severity watchbill.Severity
	Summary  string
}

// Op is how a matcher compares.
type Op uint8

// The operators, as Alertmanager has them.
const (
	Equal    Op = iota // =
	NotEqual           // !=
	Match              // =~, a regular expression that must match all of the value
	NotMatch           // !~
)

// Matcher asks for a label. Its text form is that of Alertmanager: team="db", instance=~"db.*". Names that are no label of
// the subject are source, service, severity and summary; whatever else is missing counts as empty.
type Matcher struct {
	Name  string
	Op    Op
	Value string
}

// Matchers is true of a subject of which each of them is. An empty list is true of nothing.
type Matchers []Matcher

// Span is when something holds: once, from From to To, or again and again in the windows of Windows, within From and To
// where these are given.
type Span struct {
	Zone    string            `json:"timezone,omitempty"` // IANA name; empty means UTC
	From    calendar.Moment   `json:"from,omitzero"`
	To      calendar.Moment   `json:"to,omitzero"` // the first instant at which it is over
	Windows []calendar.Window `json:"windows,omitempty"`
}

// Silence mutes what it matches.
type Silence struct {
	ID        string           `json:"id"`
	Matchers  Matchers         `json:"matchers"`
	Span      Span             `json:"span"`
	By        watchbill.UserID `json:"by,omitempty"`     // who hears when it is about to end
	Author    string           `json:"author,omitempty"` // as another system names who made it
	Comment   string           `json:"comment,omitempty"`
	UpdatedAt time.Time        `json:"updated_at,omitzero"`
}

// Maintenance mutes what is worked on: alerts of its services, of its sources, and what its matchers match.
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

// Inhibition mutes alerts that Target matches while an alert that Source matches is firing, if both have the same values
// for the labels Equal (both missing counts as the same). An alert that matches both sides is not muted by one that does.
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
