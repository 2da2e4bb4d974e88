package config

import (
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
)

func customer(o *object) catalog.Customer {
	return catalog.Customer{
		ID:       watchbill.CustomerID(o.text("id")),
		Name:     o.text("name"),
		Internal: o.boolean("internal"),
		Domains:  texts[string](o, "domains"),
		Tier:     tier(o),
	}
}

// tier says itself what the tiers are: which end is the highest, nobody can guess.
func tier(o *object) int {
	n, ok := o.scalar("tier")
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < 1 || v > 4 {
		o.fail(n, "is %s; use 1 (the highest) to 4, or leave it out", quote(n.Value))
	}
	return v
}

func page(o *object) catalog.Page {
	return catalog.Page{
		ID:          watchbill.PageID(o.text("id")),
		Name:        o.text("name"),
		Description: o.paragraph("description"),
		Zone:        o.timezone(o.zone),
		Manual:      o.choice("automatic", "true", "false") == "false",
		Components:  list(o, "components", component),
	}
}

func component(o *object) catalog.Component {
	return catalog.Component{
		ID:          o.text("id"),
		Name:        o.text("name"),
		Description: o.paragraph("description"),
		Group:       o.text("group"),
		Services:    texts[watchbill.ServiceID](o, "services"),
	}
}

func incidents(o *object) catalog.IncidentRules {
	return catalog.IncidentRules{
		Declare:     severities(o, "declare"),
		AutoResolve: o.boolean("auto_resolve"),
		Postmortem: inner(o, "postmortem", func(o *object) catalog.PostmortemRules {
			return catalog.PostmortemRules{Severities: severities(o, "severities"), Due: o.duration("due", time.Second)}
		}),
	}
}

// severities reads a list of them. The domain's own message for an unknown one does not name those there are.
func severities(o *object, name string) []watchbill.Severity {
	var all []watchbill.Severity
	for _, n := range o.items(name) {
		var s watchbill.Severity
		if o.plain(n) && o.isOne(n, "critical", "error", "warning", "info") {
			s = parseNode[watchbill.Severity](o.decoder, n)
		}
		all = append(all, s)
	}
	return all
}
