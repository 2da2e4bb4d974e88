package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

type validator struct {
	users     map[watchbill.UserID]bool
	teams     map[watchbill.TeamID]bool
	services  map[watchbill.ServiceID]bool
	customers map[watchbill.CustomerID]bool
	problems  []error

	supportHours map[string]bool
}

func (v *validator) fail(path, format string, args ...any) {
	v.problems = append(v.problems, &FieldError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

// declareID notes an ID and refuses an empty or repeated one.
func declareID[ID ~string](v *validator, seen map[ID]bool, id ID, path string) {
	switch {
	case id == "":
		v.fail(path+".id", "is missing; every item of a list has an id")
	case seen[id]:
		v.fail(path+".id", "%q is used twice; ids are unique within their list", id)
	}
	seen[id] = true
}

// refer refuses an ID that nothing declares; empty is allowed.
func refer[ID ~string](v *validator, known map[ID]bool, id ID, kind, path string) {
	if id != "" && !known[id] {
		v.fail(path, "%s %q does not exist", kind, id)
	}
}

func (v *validator) declare(c Catalog) {
	for i, u := range c.Users {
		declareID(v, v.users, u.ID, fmt.Sprintf("users[%d]", i))
	}
	for i, t := range c.Teams {
		declareID(v, v.teams, t.ID, fmt.Sprintf("teams[%d]", i))
	}
	for i, s := range c.Services {
		declareID(v, v.services, s.ID, fmt.Sprintf("services[%d]", i))
	}
	for i, cu := range c.Customers {
		declareID(v, v.customers, cu.ID, fmt.Sprintf("customers[%d]", i))
	}
}

func (v *validator) check(c Catalog) {
	for i, u := range c.Users {
		v.user(u, fmt.Sprintf("users[%d]", i))
	}
	for i, t := range c.Teams {
		for j, m := range t.Members {
			refer(v, v.users, m, "user", fmt.Sprintf("teams[%d].members[%d]", i, j))
		}
	}
	v.hours(c.Hours) // before what names them
	v.destinations(c.Destinations)
	v.delivery(c.Delivery)
	for i, s := range c.Services {
		v.service(s, fmt.Sprintf("services[%d]", i))
	}
	for i, cu := range c.Customers {
		v.tier(cu.Tier, fmt.Sprintf("customers[%d].tier", i))
		v.domains(cu.Domains, fmt.Sprintf("customers[%d].domains", i))
	}
	v.sources(c.Sources)
	v.keys(c.Keys)
	v.pages(c.Pages)
	v.incidents(c.Incidents)
	v.pay(c.Pay)
	v.rosters(c.Rosters)
}

func (v *validator) service(s Service, path string) {
	refer(v, v.teams, s.Team, "team", path+".team")
	if s.AutoResolve < 0 {
		v.fail(path+".auto_resolve", "%v is negative; leave it out for never", s.AutoResolve)
	}
	v.qualifications(s.Qualifications, path+".qualifications")
	v.support(s, path)
	v.tier(s.Tier, path+".tier")
	referAll(v, v.users, s.Owners, "user", path+".owners")
	referAll(v, v.services, s.DependsOn, "service", path+".depends_on")
	referAll(v, v.customers, s.Customers, "customer", path+".customers")
	if i := slices.Index(s.DependsOn, s.ID); i >= 0 {
		v.fail(fmt.Sprintf("%s.depends_on[%d]", path, i), "is the service itself; take it out")
	}
}

func (v *validator) tier(tier int, path string) {
	if tier < 0 || tier > 4 {
		v.fail(path, "%d is not a tier; use 1 (the highest) to 4, or leave it out", tier)
	}
}

// domains asks for small letters, so that nobody who compares has to think of it.
func (v *validator) domains(domains []string, path string) {
	for i, d := range domains {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case d == "" || d != strings.ToLower(d) || strings.ContainsAny(d, "@/:,; \t\n"):
			v.fail(at, "%q is not a domain in small letters, such as example.com", d)
		case slices.Contains(domains[:i], d):
			v.fail(at, "%q is named twice; take one out", d)
		}
	}
}

func (v *validator) pages(pages []Page) {
	ids := map[watchbill.PageID]bool{}
	for i, p := range pages {
		path := fmt.Sprintf("pages[%d]", i)
		declareID(v, ids, p.ID, path)
		v.addressable(string(p.ID), path+".id")
		v.zone(p.Zone, path+".timezone")
		components := map[string]bool{}
		for j, c := range p.Components {
			at := fmt.Sprintf("%s.components[%d]", path, j)
			declareID(v, components, c.ID, at)
			v.addressable(c.ID, at+".id")
			referAll(v, v.services, c.Services, "service", at+".services")
		}
	}
}

// addressable refuses an ID that is not a segment of a path as it stands, "." and ".." among them.
func (v *validator) addressable(id, path string) {
	alnum := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
	odd := func(r rune) bool { return !alnum(r) && r != '.' && r != '-' && r != '_' }
	if id != "" && (!alnum(rune(id[0])) || strings.ContainsFunc(id, odd)) {
		v.fail(path, "%q does not fit into a web address; use the letters a to z, digits, dots, dashes and underscores, with a letter or digit first", id)
	}
}

func (v *validator) incidents(r IncidentRules) {
	v.severities(r.Declare, "incidents.declare")
	v.severities(r.Postmortem.Severities, "incidents.postmortem.severities")
	if r.Postmortem.Due < 0 {
		v.fail("incidents.postmortem.due", "%v is negative; it is the time after the resolution", r.Postmortem.Due)
	}
}

func (v *validator) severities(list []watchbill.Severity, path string) {
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case s == watchbill.SeverityUnset || s > watchbill.SeverityCritical:
			v.fail(at, "is not a severity; use critical, error, warning or info")
		case slices.Contains(list[:i], s):
			v.fail(at, "%s is named twice; take one out", s)
		}
	}
}

// referAll is refer for a list, in which an empty ID or the same one twice is not allowed.
func referAll[ID ~string](v *validator, known map[ID]bool, ids []ID, kind, path string) {
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !known[id]:
			v.fail(at, "%s %q does not exist", kind, id)
		case slices.Contains(ids[:i], id):
			v.fail(at, "%s %q is named twice; take one out", kind, id)
		}
	}
}

// zone refuses also Local, which would be another one on another machine.
func (v *validator) zone(name, path string) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		v.fail(path, "%q is not an IANA time zone such as Europe/Berlin", name)
	}
}

func (v *validator) user(u User, path string) {
	v.zone(u.Zone, path+".timezone")
	for i, t := range u.Teams {
		refer(v, v.teams, t, "team", fmt.Sprintf("%s.teams[%d]", path, i))
	}
	contacts := map[notify.ContactID]bool{}
	for i, c := range u.Contacts {
		at := fmt.Sprintf("%s.contacts[%d]", path, i)
		declareID(v, contacts, c.ID, at)
		if c.Channel == "" {
			v.fail(at+".channel", "is missing; say how to reach the person: webhook, email, ...")
		}
		if c.Address == "" {
			v.fail(at+".address", "is missing")
		}
	}
	v.rungs(u.Rules.High, contacts, path+".rules.high")
	v.rungs(u.Rules.Low, contacts, path+".rules.low")
	v.duty(u, contacts, path)
}

func (v *validator) rungs(rungs []notify.Rung, contacts map[notify.ContactID]bool, path string) {
	for i, r := range rungs {
		at := fmt.Sprintf("%s[%d]", path, i)
		if r.After < 0 {
			v.fail(at+".after", "%v is negative; it is the time since the person's first page", r.After)
		}
		if r.Contact == "" {
			v.fail(at+".contact", "is missing; name one of the person's contacts")
		}
		refer(v, contacts, r.Contact, "contact", at+".contact")
	}
}

func (v *validator) sources(sources []Source) {
	ids, keys := map[watchbill.SourceID]bool{}, map[Digest]watchbill.SourceID{}
	for i, s := range sources {
		path := fmt.Sprintf("sources[%d]", i)
		declareID(v, ids, s.ID, path)
		refer(v, v.services, s.Service, "service", path+".service")
		refer(v, v.customers, s.Customer, "customer", path+".customer")
		if s.Key == "" {
			v.fail(path+".key", "is missing; senders put it into the path they post to")
		} else if other, ok := keys[s.Key]; ok {
			v.fail(path+".key", "is the key of source %q too; every source has a key of its own", other)
		}
		keys[s.Key] = s.ID
	}
}

func (v *validator) keys(list []Key) {
	ids, tokens := map[string]bool{}, map[Digest]string{}
	for i, k := range list {
		path := fmt.Sprintf("api_keys[%d]", i)
		declareID(v, ids, k.ID, path)
		refer(v, v.users, k.User, "user", path+".user")
		switch k.Role {
		case RoleAdmin, RoleResponder, RoleViewer, RoleIntake:
		default:
			v.fail(path+".role", "%q is not a role; use admin, responder, viewer or intake", k.Role)
		}
		if k.Token == "" {
			v.fail(path+".token", "is missing")
		} else if other, ok := tokens[k.Token]; ok {
			v.fail(path+".token", "is the token of %q too; every key has a token of its own", other)
		}
		tokens[k.Token] = k.ID
	}
}
