package catalog

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

type validator struct {
	users    map[watchbill.UserID]bool
	teams    map[watchbill.TeamID]bool
	services map[watchbill.ServiceID]bool
	problems []error
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
	for i, s := range c.Services {
		path := fmt.Sprintf("services[%d]", i)
		refer(v, v.teams, s.Team, "team", path+".team")
		if s.AutoResolve < 0 {
			v.fail(path+".auto_resolve", "%v is negative; leave it out for never", s.AutoResolve)
		}
	}
	v.sources(c.Sources)
	v.keys(c.Keys)
}

func (v *validator) user(u User, path string) {
	if _, err := time.LoadLocation(u.Zone); err != nil {
		v.fail(path+".timezone", "%q is not an IANA time zone such as Europe/Berlin", u.Zone)
	}
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
