package catalog

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Customer is who uses services and hears of their incidents, inside the organisation or outside.
type Customer struct {
	ID       watchbill.CustomerID `json:"id"`
	Name     string               `json:"name,omitempty"`
	Internal bool                 `json:"internal,omitempty"` // of the organisation itself
	Domains  []string             `json:"domains,omitempty"`  // of its people's e-mail addresses, in small letters
	Tier     int                  `json:"tier,omitempty"`     // how important it is: 1 most, 4 least; zero: not said
}

// DisplayName returns the customer's name, or the ID where there is none.
func (c Customer) DisplayName() string {
	if c.Name != "" {
		return c.Name
	}
	return string(c.ID)
}

// Page is a public status page: which components it shows, and which services stand behind each.
type Page struct {
	ID          watchbill.PageID `json:"id"` // as in its address: letters, digits, dots, dashes and underscores
	Name        string           `json:"name,omitempty"`
	Description string           `json:"description,omitempty"`
	Zone        string           `json:"timezone,omitempty"` // IANA name; empty means UTC
	Manual      bool             `json:"manual,omitempty"`   // only incidents of which an update was published there count, and what is set by hand
	Components  []Component      `json:"components,omitempty"`
}

// DisplayName returns the page's name, or its ID where it has none.
func (p Page) DisplayName() string {
	if p.Name != "" {
		return p.Name
	}
	return string(p.ID)
}

// Component is one line of a status page: a service, or several, as customers know them.
type Component struct {
	ID          string                `json:"id"` // unique within the page; of the same characters as the page's
	Name        string                `json:"name,omitempty"`
	Description string                `json:"description,omitempty"`
	Group       string                `json:"group,omitempty"` // the heading under which it stands; empty: none
	Services    []watchbill.ServiceID `json:"services,omitempty"`
}

// DisplayName returns the component's name, or its ID where it has none.
func (c Component) DisplayName() string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID
}

// IncidentRules say what happens with incidents by itself. The zero value: nothing.
type IncidentRules struct {
	// An alert of such a severity declares an incident, or joins an open one of its service.
	Declare []watchbill.Severity `json:"declare,omitempty"`
	// An incident that the rules declared is resolved when all its alerts are, unless a person has touched it.
	AutoResolve bool            `json:"auto_resolve,omitempty"`
	Postmortem  PostmortemRules `json:"postmortem,omitzero"`
}

// PostmortemRules say which incidents need a postmortem.
type PostmortemRules struct {
	Severities []watchbill.Severity `json:"severities,omitempty"` // resolving such an incident makes a draft
	Due        time.Duration        `json:"due,omitempty"`        // after the resolution; zero means [DefaultPostmortemDue]
}

// DefaultPostmortemDue is how long after the resolution a postmortem is due unless the rules say otherwise.
const DefaultPostmortemDue = 5 * 24 * time.Hour

// Dependents returns the services that cannot do without one of the given, directly or through others, in the order of
// the catalog and without the given ones. Circles are allowed.
func (c Catalog) Dependents(of ...watchbill.ServiceID) []watchbill.ServiceID {
	reached := map[watchbill.ServiceID]bool{}
	for _, id := range of {
		reached[id] = true
	}
	for grown := true; grown; {
		grown = false
		for _, s := range c.Services {
			if !reached[s.ID] && slices.ContainsFunc(s.DependsOn, func(d watchbill.ServiceID) bool { return reached[d] }) {
				reached[s.ID], grown = true, true
			}
		}
	}
	var all []watchbill.ServiceID
	for _, s := range c.Services {
		if reached[s.ID] && !slices.Contains(of, s.ID) {
			all = append(all, s.ID)
		}
	}
	return all
}

// UsersOf returns the customers who use one of the services, in the order of the catalog.
func (c Catalog) UsersOf(services ...watchbill.ServiceID) []watchbill.CustomerID {
	using := map[watchbill.CustomerID]bool{}
	for _, s := range c.Services {
		if slices.Contains(services, s.ID) {
			for _, id := range s.Customers {
				using[id] = true
			}
		}
	}
	var all []watchbill.CustomerID
	for _, customer := range c.Customers {
		if using[customer.ID] {
			all = append(all, customer.ID)
		}
	}
	return all
}
