package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
)

// Every key of customers, pages, incidents and services ends up in the field that it is about.
func TestCustomersPagesAndIncidents(t *testing.T) {
	f, warnings, err := config.Parse("f.yaml", []byte(`
timezone: Europe/Berlin
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: http://127.0.0.1:9/}]}]
policies: [{id: web, levels: [{targets: user:ada}]}]
catch_all: user:ada
customers:
  - {id: acme, name: ACME, internal: true, domains: [acme.example, a.example], tier: 3}
  - {id: 7}
services:
  - id: shop
    policy: web
    description: >
      Sells
      things.
    owners: [ada]
    tier: 1
    depends_on: [base]
    customers: [7, acme]
    urgency: low
  - {id: base, policy: web, depends_on: [shop], urgency: high}
pages:
  - id: public
    name: Status
    description: |
      What works

      and what does not.
    timezone: America/New_York
    automatic: false
    components:
      - {id: web, name: Web, description: the shop, group: Shop, services: [shop, base]}
      - {id: hand}
  - {id: empty, automatic: true}
incidents:
  declare: [critical, error]
  auto_resolve: true
  postmortem: {severities: [warning, info], due: 48h}
`))
	require.NoError(t, err)
	assert.Empty(t, warnings)
	c, high, low := f.Org.Catalog, watchbill.UrgencyHigh, watchbill.UrgencyLow
	assert.Equal(t, []catalog.Customer{
		{ID: "acme", Name: "ACME", Internal: true, Domains: []string{"acme.example", "a.example"}, Tier: 3}, {ID: "7"}}, c.Customers)
	assert.Equal(t, []catalog.Service{
		{ID: "shop", Description: "Sells things.", Policy: "web", Owners: []watchbill.UserID{"ada"}, Tier: 1,
			DependsOn: []watchbill.ServiceID{"base"}, Customers: []watchbill.CustomerID{"7", "acme"}, Urgency: &low},
		{ID: "base", Policy: "web", DependsOn: []watchbill.ServiceID{"shop"}, Urgency: &high}}, c.Services)
	assert.Equal(t, []catalog.Page{
		{ID: "public", Name: "Status", Description: "What works and what does not.", Zone: "America/New_York", Manual: true,
			Components: []catalog.Component{{ID: "web", Name: "Web", Description: "the shop", Group: "Shop",
				Services: []watchbill.ServiceID{"shop", "base"}}, {ID: "hand"}}},
		{ID: "empty", Zone: "Europe/Berlin"}}, c.Pages)
	assert.Equal(t, catalog.IncidentRules{
		Declare: []watchbill.Severity{watchbill.SeverityCritical, watchbill.SeverityError}, AutoResolve: true,
		Postmortem: catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityWarning, watchbill.SeverityInfo}, Due: 48 * time.Hour},
	}, c.Incidents)
}

// What the domain finds wrong is said where it stands, in a file of several lines and in the second of two files too.
func TestPlacesOfWhatTheDomainRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "pages:\n  - {id: a}\ncustomers:\n  - {id: acme}\n")
	write(t, dir, "b.yaml", `pages:
  - id: b
    components:
      - id: one
        services:
          - shop
          - shopp
      - id: two/three
customers:
  - id: beta
    tier: 9
    domains:
      - b.example
      - B.example
services:
  - id: shop
    customers:
      - acme
      - acmee
    depends_on:
      - shop
incidents:
  postmortem:
    severities:
      - error
      - error
`)
	_, _, err := config.Load(dir)
	require.Error(t, err)
	assert.Equal(t, strings.TrimLeft(`
7: pages[1].components[0].services[1]: service "shopp" does not exist; did you mean "shop"?
8: pages[1].components[1].id: "two/three" does not fit into a web address; use the letters a to z, digits, dots, dashes and underscores, with a letter or digit first
11: customers[1].tier: is "9"; use 1 (the highest) to 4, or leave it out
14: customers[1].domains[1]: "B.example" is not a domain in small letters, such as example.com
19: services[0].customers[1]: customer "acmee" does not exist; did you mean "acme"?
21: services[0].depends_on[0]: is the service itself; take it out
26: incidents.postmortem.severities[1]: error is named twice; take one out`, "\n"),
		strings.ReplaceAll(err.Error(), "config: "+dir+"/b.yaml:", ""))
}
