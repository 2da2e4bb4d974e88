package config

import (
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

func customer(o *object) catalog.Customer {
	return catalog.Customer{
		ID:       watchbill.CustomerID(o.Text("id")),
		Name:     o.Text("name"),
		Internal: o.Boolean("internal"),
		Domains:  yamlfile.Texts[string](o.Object, "domains"),
		Tier:     tier(o),
	}
}

// tier says itself what the tiers are: which end is the highest, nobody can guess.
func tier(o *object) int {
	n, ok := o.Scalar("tier")
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < 1 || v > 4 {
		o.Fail(n, "is %s; use 1 (the highest) to 4, or leave it out", yamlfile.Quote(n.Value))
	}
	return v
}

func page(o *object) catalog.Page {
	return catalog.Page{
		ID:          watchbill.PageID(o.Text("id")),
		Name:        o.Text("name"),
		Description: o.Paragraph("description"),
		Zone:        o.Timezone(o.zone),
		Manual:      o.Choice("automatic", "true", "false") == "false",
		Components:  list(o, "components", component),
	}
}

func component(o *object) catalog.Component {
	return catalog.Component{
		ID:          o.Text("id"),
		Name:        o.Text("name"),
		Description: o.Paragraph("description"),
		Group:       o.Text("group"),
		Services:    yamlfile.Texts[watchbill.ServiceID](o.Object, "services"),
	}
}

func incidents(o *object) catalog.IncidentRules {
	return catalog.IncidentRules{
		Declare:     severities(o, "declare"),
		AutoResolve: o.Boolean("auto_resolve"),
		Postmortem: inner(o, "postmortem", func(o *object) catalog.PostmortemRules {
			return catalog.PostmortemRules{Severities: severities(o, "severities"), Due: o.Duration("due", time.Second)}
		}),
	}
}

// severities reads a list of them. The domain's own message for an unknown one does not name those there are.
func severities(o *object, name string) []watchbill.Severity {
	var all []watchbill.Severity
	for _, n := range o.Items(name) {
		var s watchbill.Severity
		if o.Plain(n) && o.IsOne(n, "critical", "error", "warning", "info") {
			s = yamlfile.ValueOf[watchbill.Severity](o.Decoder, n)
		}
		all = append(all, s)
	}
	return all
}
