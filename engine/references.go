package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
)

// references collects what a command names that does not exist.
type references struct {
	d        *desk
	problems []error
}

// exists notes what does not exist. Whether something may be left out is for the domain to say.
func (r *references) exists(ok bool, field, kind, id string) {
	if !ok && id != "" {
		r.problems = append(r.problems, &incident.FieldError{Field: field, Reason: fmt.Sprintf("there is no %s %q", kind, id)})
	}
}

func (r *references) user(field string, id watchbill.UserID) {
	_, ok := r.d.org.User(id)
	r.exists(ok, field, "user", string(id))
}

func (r *references) users(field string, ids []watchbill.UserID) {
	for _, id := range ids {
		r.user(field, id)
	}
}

func (r *references) services(list []incident.Affected) {
	for _, a := range list {
		_, ok := r.d.org.Service(a.Service)
		r.exists(ok, "services", "service", string(a.Service))
	}
}

func (r *references) customers(ids []watchbill.CustomerID) {
	for _, id := range ids {
		_, ok := r.d.org.Customer(id)
		r.exists(ok, "customers", "customer", string(id))
	}
}

func (r *references) alerts(field string, ids []watchbill.AlertID, found []alert.Alert) {
	for _, id := range ids {
		r.exists(slices.ContainsFunc(found, func(a alert.Alert) bool { return a.ID == id }), field, "alert", string(id))
	}
}

func (r *references) pages(ids []watchbill.PageID) {
	for _, id := range ids {
		_, ok := r.d.org.Page(id)
		r.exists(ok, "pages", "status page", string(id))
	}
}

// of collects what a command on an incident names.
func (r *references) of(c incident.Command) {
	switch c := c.(type) {
	case incident.Declare:
		r.services(c.Services)
		r.customers(c.Customers)
	case incident.SetImpact:
		r.services(c.Services)
		if c.Customers != nil {
			r.customers(*c.Customers)
		}
	case incident.Assign:
		r.user("user", c.User)
	case incident.AddTask:
		r.user("owner", c.Owner)
	case incident.Publish:
		r.pages(c.Pages)
	}
	r.user("by", watchbill.UserID(userOf(c.Speaker().Actor)))
}

// complete looks up the alert that a command attaches.
func (r *references) complete(c incident.Command) (incident.Command, error) {
	attach, ok := c.(incident.Attach)
	if !ok {
		return c, nil
	}
	ids := []watchbill.AlertID{attach.Alert}
	found, err := r.d.alerts(ids)
	if err != nil {
		return c, err
	}
	if r.alerts("alert", ids, found); len(found) == 0 {
		return c, nil
	}
	full := incident.AttachAlert(found[0])
	full.By = attach.By
	return full, nil
}

// and joins what does not exist with whatever else is wrong with a command.
func (r *references) and(i incident.Incident, c incident.Command) error {
	_, _, err := incident.Apply(i, r.d.now, c)
	return errors.Join(r.err(), err)
}

func (r *references) err() error { return errors.Join(r.problems...) }
