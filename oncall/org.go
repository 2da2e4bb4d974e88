// Package oncall gives the one answer that everything else uses: who are the people behind a target, at this instant,
// and why. An [Org] is a whole configuration, checked and indexed; [Org.Resolve] is the answer.
package oncall

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/schedule"
)

// Config is everything that decides who is paged, as plain data. It is what a store keeps as one numbered revision.
type Config struct {
	Catalog       catalog.Catalog     `json:"catalog"`
	Schedules     []schedule.Spec     `json:"schedules,omitempty"`
	Overrides     []Override          `json:"overrides,omitempty"` // that people made; they apply after those of the schedules
	Policies      []escalation.Policy `json:"policies,omitempty"`
	CatchAll      []escalation.Target `json:"catch_all,omitempty"`       // paged when a policy has nobody, or is exhausted
	CatchAllEvery time.Duration       `json:"catch_all_every,omitempty"` // zero means 15 minutes

	Silences    []mute.Silence      `json:"silences,omitempty"`    // of the file
	Maintenance []mute.Maintenance  `json:"maintenance,omitempty"` // of the file
	Inhibitions []mute.Inhibition   `json:"inhibitions,omitempty"`
	Heartbeats  []heartbeat.Monitor `json:"heartbeats,omitempty"`

	Keep  Keep        `json:"keep,omitzero"`
	Holds []LegalHold `json:"legal_holds,omitempty"`

	// What people made by the API. A reload of the file leaves it alone.
	Made     Made               `json:"made,omitzero"`
	Personal []catalog.Personal `json:"personal,omitempty"`
}

// Made are the silences and maintenance windows that people made, apart from the configuration file.
type Made struct {
	Silences    []mute.Silence     `json:"silences,omitempty"`
	Maintenance []mute.Maintenance `json:"maintenance,omitempty"`
}

// Override is an override of a schedule that people made, apart from the configuration file. One whose schedule or people
// do not exist any more has no effect, nor has one that would make more than [schedule.MaxAtOnce] hold at one instant.
type Override struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	schedule.Override
}

// Org is a configuration, checked and indexed. It is immutable and safe for concurrent use.
type Org struct {
	config    Config
	beats     heartbeats
	revision  int64
	users     map[watchbill.UserID]*catalog.User
	teams     map[watchbill.TeamID]*catalog.Team
	members   map[watchbill.TeamID][]watchbill.UserID
	services  map[watchbill.ServiceID]*catalog.Service
	customers map[watchbill.CustomerID]*catalog.Customer
	pages     map[watchbill.PageID]*catalog.Page
	policies  map[watchbill.PolicyID]*escalation.Policy
	schedules map[watchbill.ScheduleID]*schedule.Schedule
	sources   map[catalog.Digest]*catalog.Source
	sourceIDs map[watchbill.SourceID]*catalog.Source
	keys      map[catalog.Digest]*catalog.Key
	hours     map[string]*catalog.SupportHours
	zones     map[string]*time.Location
	mute      *mute.Set

	destinations map[watchbill.UserID]*catalog.Destination
}

// FieldError says which field is wrong and how to mend it. Path is as in the configuration file.
type FieldError struct {
	Path   string
	Reason string
	Err    error // the room's own error, where there is one
}

// Error returns "oncall: path: reason".
func (e *FieldError) Error() string { return "oncall: " + e.Path + ": " + e.Reason }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// New checks and indexes a configuration. The error joins every problem there is, each a [*FieldError],
// a [*catalog.FieldError], or a [*schedule.FieldError] or [*escalation.FieldError] inside a FieldError.
func New(c Config, revision int64) (*Org, error) {
	o := &Org{
		config: c, revision: revision,
		users:     map[watchbill.UserID]*catalog.User{},
		teams:     map[watchbill.TeamID]*catalog.Team{},
		members:   map[watchbill.TeamID][]watchbill.UserID{},
		services:  map[watchbill.ServiceID]*catalog.Service{},
		customers: map[watchbill.CustomerID]*catalog.Customer{},
		pages:     map[watchbill.PageID]*catalog.Page{},
		policies:  map[watchbill.PolicyID]*escalation.Policy{},
		schedules: map[watchbill.ScheduleID]*schedule.Schedule{},
		sources:   map[catalog.Digest]*catalog.Source{},
		keys:      map[catalog.Digest]*catalog.Key{},
		hours:     map[string]*catalog.SupportHours{},
		zones:     map[string]*time.Location{},
		sourceIDs: map[watchbill.SourceID]*catalog.Source{},

		destinations: map[watchbill.UserID]*catalog.Destination{},
	}
	o.index()
	o.addPersonal()
	o.addZones()
	o.addHours()
	problems := []error{c.Catalog.Validate()}
	problems = append(problems, o.addSchedules()...)
	problems = append(problems, o.addPolicies()...)
	problems = append(problems, o.addHeartbeats()...)
	problems = append(problems, o.checkReferences()...)
	problems = append(problems, o.addMute()...)
	problems = append(problems, o.checkHandling()...)
	problems = append(problems, o.checkKeep()...)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *Org) index() {
	c := &o.config.Catalog
	for i := range c.Users {
		o.users[c.Users[i].ID] = &c.Users[i]
	}
	for i, t := range c.Teams {
		o.teams[t.ID] = &c.Teams[i]
		o.members[t.ID] = append([]watchbill.UserID{}, t.Members...)
	}
	for _, u := range c.Users {
		for _, t := range u.Teams {
			o.join(t, u.ID)
		}
	}
	for i := range c.Services {
		o.services[c.Services[i].ID] = &c.Services[i]
	}
	for i := range c.Customers {
		o.customers[c.Customers[i].ID] = &c.Customers[i]
	}
	for i := range c.Pages {
		o.pages[c.Pages[i].ID] = &c.Pages[i]
	}
	for i := range c.Sources {
		o.sources[c.Sources[i].Key] = &c.Sources[i]
		o.sourceIDs[c.Sources[i].ID] = &c.Sources[i]
	}
	for i := range c.Destinations {
		o.destinations[catalog.DestinationUser(c.Destinations[i].ID)] = &c.Destinations[i]
	}
	for i := range c.Keys {
		o.keys[c.Keys[i].Token] = &c.Keys[i]
	}
}

func (o *Org) join(t watchbill.TeamID, u watchbill.UserID) {
	for _, m := range o.members[t] {
		if m == u {
			return
		}
	}
	o.members[t] = append(o.members[t], u)
}

func (o *Org) addPolicies() (problems []error) {
	for i := range o.config.Policies {
		p, path := &o.config.Policies[i], fmt.Sprintf("policies[%d]", i)
		if _, ok := o.policies[p.ID]; ok {
			problems = append(problems, &FieldError{Path: path + ".id", Reason: fmt.Sprintf("%q is used twice", p.ID)})
		}
		o.policies[p.ID] = p
		for _, e := range split(p.Validate()) {
			problems = append(problems, within(path, e))
		}
	}
	return problems
}

func (o *Org) checkReferences() (problems []error) {
	for i, s := range o.config.Catalog.Services {
		if _, ok := o.policies[s.Policy]; s.Policy != "" && !ok {
			problems = append(problems, &FieldError{
				Path: fmt.Sprintf("services[%d].policy", i), Reason: fmt.Sprintf("policy %q does not exist", s.Policy)})
		}
	}
	for i, p := range o.config.Policies {
		for j, l := range p.Levels {
			problems = append(problems, o.checkTargets(fmt.Sprintf("policies[%d].levels[%d].targets", i, j), l.Targets)...)
		}
		problems = append(problems, o.checkTargets(fmt.Sprintf("policies[%d].catch_all", i), p.CatchAll)...)
		problems = append(problems, o.checkTargets(fmt.Sprintf("policies[%d].rest.relief", i), p.Rest.Relief)...)
		problems = append(problems, o.checkConditions(i, p)...)
	}
	problems = append(problems, o.checkCircles()...)
	if every := o.config.CatchAllEvery; every != 0 && every < time.Second {
		problems = append(problems, &FieldError{
			Path: "catch_all_every", Reason: fmt.Sprintf("%v is under a second; leave it out for 15 minutes", every)})
	}
	problems = append(problems, o.checkDuties()...)
	return append(problems, o.checkTargets("catch_all", o.config.CatchAll)...)
}

func (o *Org) checkTargets(path string, targets []escalation.Target) (problems []error) {
	for i, t := range targets {
		if !o.exists(t) {
			problems = append(problems, &FieldError{
				Path: fmt.Sprintf("%s[%d]", path, i), Reason: fmt.Sprintf("%s %q does not exist", thing(t.Kind), t.ID)})
		}
	}
	return problems
}

// thing is what a target of a kind names.
func thing(k escalation.TargetKind) string {
	switch k {
	case escalation.TargetNext, escalation.TargetPrevious:
		return "schedule"
	case escalation.TargetWebhook, escalation.TargetChat:
		return "destination"
	}
	return string(k)
}

func (o *Org) exists(t escalation.Target) (ok bool) {
	switch t.Kind {
	case escalation.TargetUser:
		_, ok = o.users[watchbill.UserID(t.ID)]
	case escalation.TargetSchedule, escalation.TargetNext, escalation.TargetPrevious:
		for _, s := range o.config.Schedules { // also one that has errors of its own
			ok = ok || s.ID == watchbill.ScheduleID(t.ID)
		}
	case escalation.TargetTeam:
		_, ok = o.members[watchbill.TeamID(t.ID)]
	case escalation.TargetPolicy:
		_, ok = o.policies[watchbill.PolicyID(t.ID)]
	case escalation.TargetWebhook, escalation.TargetChat:
		_, ok = o.destinations[catalog.DestinationUser(t.ID)]
	}
	return ok
}

// split returns the errors that errors.Join put together.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// within puts a room's field error under the path of the item it is about.
func within(path string, err error) error {
	var s *schedule.FieldError
	var p *escalation.FieldError
	switch {
	case errors.As(err, &s):
		return &FieldError{Path: path + "." + s.Path, Reason: s.Reason, Err: err}
	case errors.As(err, &p):
		return &FieldError{Path: path + "." + p.Path, Reason: p.Reason, Err: err}
	default:
		return &FieldError{Path: path, Reason: err.Error(), Err: err}
	}
}

// Revision returns the number under which the configuration is stored; zero if it is not.
func (o *Org) Revision() int64 { return o.revision }

// Config returns the configuration. It must not be changed.
func (o *Org) Config() Config { return o.config }

// User returns a person; false if there is none with that ID.
func (o *Org) User(id watchbill.UserID) (catalog.User, bool) { return find(o.users, id) }

// Team returns a team, with those too who say themselves that they are in it; false if there is none with that ID.
func (o *Org) Team(id watchbill.TeamID) (catalog.Team, bool) {
	t, ok := find(o.teams, id)
	t.Members = o.members[id]
	return t, ok
}

// Service returns a service; false if there is none with that ID.
func (o *Org) Service(id watchbill.ServiceID) (catalog.Service, bool) { return find(o.services, id) }

// Customer returns a customer; false if there is none with that ID.
func (o *Org) Customer(id watchbill.CustomerID) (catalog.Customer, bool) {
	return find(o.customers, id)
}

// Page returns a status page; false if there is none with that ID.
func (o *Org) Page(id watchbill.PageID) (catalog.Page, bool) { return find(o.pages, id) }

// Policy returns a policy; false if there is none with that ID.
func (o *Org) Policy(id watchbill.PolicyID) (escalation.Policy, bool) { return find(o.policies, id) }

// Source returns the source that a key in an intake path belongs to.
func (o *Org) Source(key string) (catalog.Source, bool) {
	return find(o.sources, catalog.DigestOf(key))
}

// SourceByID returns a source; false if there is none with that ID.
func (o *Org) SourceByID(id watchbill.SourceID) (catalog.Source, bool) { return find(o.sourceIDs, id) }

// Key returns what a token of the API may do.
func (o *Org) Key(token string) (catalog.Key, bool) { return find(o.keys, catalog.DigestOf(token)) }

// Schedule returns a schedule; false if there is none with that ID.
func (o *Org) Schedule(id watchbill.ScheduleID) (*schedule.Schedule, bool) {
	s, ok := o.schedules[id]
	return s, ok
}

func find[K comparable, V any](m map[K]*V, k K) (V, bool) {
	if v, ok := m[k]; ok {
		return *v, true
	}
	var zero V
	return zero, false
}

// Route returns the policy by which a new alert is paged, as a run that starts now takes it: that of the person, the
// policy or the service, the first that is not empty. A person is paged by a policy of one level. Whatever has no policy
// gets one without levels, which pages the catch-all at once.
func (o *Org) Route(user watchbill.UserID, policy watchbill.PolicyID, service watchbill.ServiceID) escalation.Policy {
	var p escalation.Policy
	switch {
	case user != "":
		return o.RouteTo(escalation.User(user))
	case policy != "":
		p, _ = o.Policy(policy)
	default:
		svc, _ := o.Service(service)
		p, _ = o.Policy(svc.Policy)
	}
	return o.freeze(p)
}

// Frozen returns a policy as a run that starts now takes it: with what it leaves to the installation filled in.
func (o *Org) Frozen(id watchbill.PolicyID) (escalation.Policy, bool) {
	p, ok := o.Policy(id)
	return o.freeze(p), ok
}

// RouteTo returns the policy of a run that somebody starts on a target: the policy that the target is, or one of a single
// level that pages it.
func (o *Org) RouteTo(t escalation.Target) escalation.Policy {
	if t.Kind == escalation.TargetPolicy {
		return o.Route("", watchbill.PolicyID(t.ID), "")
	}
	return o.freeze(escalation.Policy{ID: watchbill.PolicyID(t.String()), Levels: []escalation.Level{{Targets: []escalation.Target{t}}}})
}

// Exists reports whether a target exists.
func (o *Org) Exists(t escalation.Target) bool { return o.exists(t) }

// freeze fills what the policy leaves to the installation, and to other policies.
func (o *Org) freeze(p escalation.Policy) escalation.Policy {
	p = o.expand(p)
	if len(p.CatchAll) == 0 {
		p.CatchAll = o.config.CatchAll
	}
	if p.CatchAllEvery == 0 {
		p.CatchAllEvery = o.config.CatchAllEvery
	}
	return p
}
