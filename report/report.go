package report

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
)

// Window is the time that a report is about: [From, To).
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Contains reports whether t is in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.From) && t.Before(w.To) }

// Input is what reports are made of. Alerts and incidents may be given in any order, and more of them than the window is
// about: each report takes what counts.
type Input struct {
	Window    Window
	Hours     Hours // the zero value is the default
	Catalog   catalog.Catalog
	Alerts    []Alert // all that were created in the window, and for Load all with a page or an acknowledgement in it
	Incidents []Incident
}

// Alert is an alert with its history.
type Alert struct {
	alert.Alert
	AcknowledgedAt time.Time // the first acknowledgement; zero: that of the alert itself, if there is one
	Pages          []Page
}

// Page is one page that went out to a person.
type Page struct {
	User    watchbill.UserID
	At      time.Time
	Urgency watchbill.Urgency
}

// Incident is an incident with its figures.
type Incident struct {
	incident.Incident
	Figures incident.Figures
}

// Definitions say in plain words what the columns of a report mean, by their names in JSON.
type Definitions map[string]string

func (a Alert) acknowledgedAt() time.Time {
	if a.AcknowledgedAt.IsZero() {
		return a.Alert.AcknowledgedAt
	}
	return a.AcknowledgedAt
}
