// Package catalog says who and what exists: people and how to reach them, teams, services, the customers who use them,
// the sources of signals, and the status pages. It is plain data; [Catalog.Validate] checks it, package oncall indexes it.
package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/route"
)

// Catalog is everything that exists, in the order of the configuration.
type Catalog struct {
	Users     []User        `json:"users,omitempty"`
	Teams     []Team        `json:"teams,omitempty"`
	Customers []Customer    `json:"customers,omitempty"`
	Services  []Service     `json:"services,omitempty"`
	Sources   []Source      `json:"sources,omitempty"`
	Keys      []Key         `json:"keys,omitempty"`
	Pages     []Page        `json:"pages,omitempty"`
	Incidents IncidentRules `json:"incidents,omitzero"`
	Pay       Pay           `json:"pay,omitzero"`
	Rosters   []Roster      `json:"rosters,omitempty"`

	Hours        []Hours       `json:"hours,omitempty"`
	Destinations []Destination `json:"destinations,omitempty"`
	Delivery     Delivery      `json:"delivery,omitzero"`

	ReviewEvery time.Duration `json:"review_every,omitempty"` // how often people are reminded to review a schedule; zero: every 90 days, negative: never
}

// User is a person.
type User struct {
	ID       watchbill.UserID   `json:"id"`
	Name     string             `json:"name,omitempty"`
	Email    string             `json:"email,omitempty"`
	Zone     string             `json:"timezone,omitempty"` // IANA name; empty means UTC
	Locale   string             `json:"locale,omitempty"`   // BCP 47; empty means en
	Teams    []watchbill.TeamID `json:"teams,omitempty"`    // in addition to the teams that list the person
	Contacts []notify.Contact   `json:"contacts,omitempty"`
	Rules    notify.Rules       `json:"rules,omitzero"`

	Qualifications []string  `json:"qualifications,omitempty"` // what the person knows enough of to respond for a service that asks for it
	Absences       []Absence `json:"absences,omitempty"`       // when the person is away
	Notices        Notices   `json:"notices,omitzero"`         // what the person is told about shifts, and when

	Quiet   Quiet         `json:"quiet,omitzero"`   // when what is not urgent waits
	Updates Updates       `json:"updates,omitzero"` // what the person hears of alerts beside pages
	Bundle  time.Duration `json:"bundle,omitempty"` // pages to a contact within so long of the last are sent as one; zero: each by itself
}

// Absence is a stretch of time in which a person is away.
type Absence struct {
	From   calendar.Moment `json:"from"` // read in the person's zone
	To     calendar.Moment `json:"to"`
	Reason string          `json:"reason,omitempty"`
}

// Notices says what a person is told about shifts, and when. The zero value tells of changes and gaps only.
type Notices struct {
	Before  []time.Duration  `json:"before,omitempty"`  // how long before each shift
	Start   bool             `json:"start,omitempty"`   // when a shift begins
	End     bool             `json:"end,omitempty"`     // when it has ended
	Contact notify.ContactID `json:"contact,omitempty"` // by which; empty: the first of the low rules
}

// Team is a group of people.
type Team struct {
	ID      watchbill.TeamID   `json:"id"`
	Name    string             `json:"name,omitempty"`
	Members []watchbill.UserID `json:"members,omitempty"`
}

// Service is what is monitored.
type Service struct {
	ID          watchbill.ServiceID    `json:"id"`
	Name        string                 `json:"name,omitempty"`
	Description string                 `json:"description,omitempty"`
	Policy      watchbill.PolicyID     `json:"policy,omitempty"` // empty: the installation's catch-all is paged
	Team        watchbill.TeamID       `json:"team,omitempty"`
	Owners      []watchbill.UserID     `json:"owners,omitempty"`       // who answers for it: takes part in its postmortems
	Tier        int                    `json:"tier,omitempty"`         // how critical it is: 1 most, 4 least; zero: not said
	DependsOn   []watchbill.ServiceID  `json:"depends_on,omitempty"`   // which it cannot do without
	Customers   []watchbill.CustomerID `json:"customers,omitempty"`    // who use it
	AutoResolve time.Duration          `json:"auto_resolve,omitempty"` // without a signal for so long an alert resolves; zero: never
	Urgency     *watchbill.Urgency     `json:"urgency,omitempty"`      // nil: by severity
	Support     Support                `json:"support,omitzero"`       // by the hour; goes before Urgency
	Pause       time.Duration          `json:"pause,omitempty"`        // an alert pages only if it is still open after so long

	Qualifications []string `json:"qualifications,omitempty"` // what everybody who may be paged for it must have
}

// Source is where signals come from.
type Source struct {
	ID      watchbill.SourceID  `json:"id"`
	Type    string              `json:"type"` // the wire format: "alertmanager", "generic", ...
	Service watchbill.ServiceID `json:"service,omitempty"`
	Key     Digest              `json:"key"` // of the key in the intake path
	Paused  bool                `json:"paused,omitempty"`

	Customer watchbill.CustomerID `json:"customer,omitempty"` // whose systems it watches; empty: nobody's in particular
	Handling route.Handling       `json:"handling,omitzero"`
}

// Role says what a key may do. Each role may do what the ones before it in this list may, except intake, which stands
// alone.
type Role string

// The roles.
const (
	RoleViewer    Role = "viewer"    // read
	RoleResponder Role = "responder" // raise, acknowledge, resolve, escalate
	RoleAdmin     Role = "admin"     // everything
	RoleIntake    Role = "intake"    // post signals by the API, nothing else
)

// Allows reports whether r may do what need may. Nobody may do what a role may that does not exist.
func (r Role) Allows(need Role) bool {
	rank := map[Role]int{RoleViewer: 1, RoleResponder: 2, RoleAdmin: 3}
	if r == RoleIntake || need == RoleIntake {
		return r == need || r == RoleAdmin
	}
	return rank[need] > 0 && rank[r] >= rank[need]
}

// Key lets a caller of the API in.
type Key struct {
	ID    string           `json:"id"`
	Role  Role             `json:"role"`
	Token Digest           `json:"token"`
	User  watchbill.UserID `json:"user,omitempty"` // the person it speaks for; empty: it speaks for others, and is recorded beside them
}

// Digest is the SHA-256 of a secret, in hexadecimal, so that the store never holds the secret itself.
type Digest string

// DigestOf returns the digest of a secret; that of the empty secret is empty, which matches nothing.
func DigestOf(secret string) Digest {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return Digest(hex.EncodeToString(sum[:]))
}

// DisplayName returns the service's name, or its ID where it has none.
func (s Service) DisplayName() string {
	if s.Name != "" {
		return s.Name
	}
	return string(s.ID)
}

// DisplayName returns the person's name, or the ID where there is none.
func (u User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return string(u.ID)
}

// Steps returns the rungs by which the person is reached; none if there is no usable contact.
func (u User) Steps(urgency watchbill.Urgency) []notify.Step {
	return u.Rules.Steps(urgency, u.Contacts)
}

// FieldError says which field is wrong and how to mend it. Path is as in the configuration file: "users[2].contacts[0].id".
type FieldError struct {
	Path   string
	Reason string
}

// Error returns "catalog: path: reason".
func (e *FieldError) Error() string { return fmt.Sprintf("catalog: %s: %s", e.Path, e.Reason) }

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none. References to policies
// are checked where policies are known, in package oncall.
func (c Catalog) Validate() error {
	v := validator{users: map[watchbill.UserID]bool{}, teams: map[watchbill.TeamID]bool{}, services: map[watchbill.ServiceID]bool{},
		customers: map[watchbill.CustomerID]bool{}}
	v.declare(c)
	v.check(c)
	return errors.Join(v.problems...)
}
