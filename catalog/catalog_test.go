package catalog_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
)

func valid() catalog.Catalog {
	low := watchbill.UrgencyLow
	return catalog.Catalog{
		Users: []catalog.User{
			{ID: "ada", Name: "Ada Okafor", Zone: "Europe/Berlin", Teams: []watchbill.TeamID{"ops"},
				Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://127.0.0.1:9/", Secret: "s"}, {ID: "mail", Channel: "email", Address: "a@b"}},
				Rules:    notify.Rules{High: []notify.Rung{{Contact: "hook"}, {After: time.Minute, Contact: "mail"}}, Low: []notify.Rung{{Contact: "mail"}}}},
			{ID: "ben"},
		},
		Teams: []catalog.Team{{ID: "ops", Members: []watchbill.UserID{"ben"}}},
		Services: []catalog.Service{
			{ID: "shop", Policy: "checked in oncall", Team: "ops", Urgency: &low, Description: "sells", Owners: []watchbill.UserID{"ada"},
				Tier: 1, DependsOn: []watchbill.ServiceID{"base"}, Customers: []watchbill.CustomerID{"acme", "us"}},
			{ID: "base", DependsOn: []watchbill.ServiceID{"shop"}}},
		Customers: []catalog.Customer{{ID: "acme", Name: "ACME", Domains: []string{"acme.example", "acme.test"}, Tier: 4}, {ID: "us", Internal: true}},
		Pages: []catalog.Page{
			{ID: "public", Name: "Status", Description: "of everything", Zone: "Europe/Berlin", Manual: true, Components: []catalog.Component{
				{ID: "web.shop", Name: "Shop", Description: "what sells", Group: "Web", Services: []watchbill.ServiceID{"shop", "base"}}, {ID: "Set_by-hand"}}},
			{ID: "2"}},
		Incidents: catalog.IncidentRules{
			Declare: []watchbill.Severity{watchbill.SeverityCritical, watchbill.SeverityError}, AutoResolve: true,
			Postmortem: catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityCritical}, Due: time.Hour}},
		Sources: []catalog.Source{{ID: "prom", Type: "alertmanager", Service: "shop", Key: catalog.DigestOf("k")}, {ID: "free", Key: catalog.DigestOf("l")}},
		Keys:    []catalog.Key{{ID: "ops", Role: catalog.RoleAdmin, Token: catalog.DigestOf("t"), User: "ada"}},
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, valid().Validate())
	require.NoError(t, catalog.Catalog{}.Validate())
	for want, breakIt := range map[string]func(c *catalog.Catalog){
		`users[1].id: is missing; every item of a list has an id`:                                     func(c *catalog.Catalog) { c.Users[1] = catalog.User{}; c.Teams[0].Members = nil },
		`users[2].id: "ada" is used twice; ids are unique within their list`:                          func(c *catalog.Catalog) { c.Users = append(c.Users, catalog.User{ID: "ada"}) },
		`users[1].timezone: "Berlin" is not an IANA time zone such as Europe/Berlin`:                  func(c *catalog.Catalog) { c.Users[1].Zone = "Berlin" },
		`users[1].timezone: "Local" is not an IANA time zone such as Europe/Berlin`:                   func(c *catalog.Catalog) { c.Users[1].Zone = "Local" },
		`users[1].teams[0]: team "none" does not exist`:                                               func(c *catalog.Catalog) { c.Users[1].Teams = []watchbill.TeamID{"none"} },
		`users[0].contacts[1].id: "hook" is used twice; ids are unique within their list`:             func(c *catalog.Catalog) { c.Users[0].Contacts[1].ID = "hook"; c.Users[0].Rules = notify.Rules{} },
		`users[0].contacts[1].channel: is missing; say how to reach the person: webhook, email, ...`:  func(c *catalog.Catalog) { c.Users[0].Contacts[1].Channel = "" },
		`users[0].contacts[1].address: is missing`:                                                    func(c *catalog.Catalog) { c.Users[0].Contacts[1].Address = "" },
		`users[0].rules.high[1].after: -1s is negative; it is the time since the person's first page`: func(c *catalog.Catalog) { c.Users[0].Rules.High[1].After = -time.Second },
		`users[0].rules.low[0].contact: contact "fax" does not exist`:                                 func(c *catalog.Catalog) { c.Users[0].Rules.Low[0].Contact = "fax" },
		`users[0].rules.low[0].contact: is missing; name one of the person's contacts`:                func(c *catalog.Catalog) { c.Users[0].Rules.Low[0].Contact = "" },
		`teams[0].members[0]: user "none" does not exist`:                                             func(c *catalog.Catalog) { c.Teams[0].Members[0] = "none" },
		`services[0].team: team "none" does not exist`:                                                func(c *catalog.Catalog) { c.Services[0].Team = "none" },
		`services[0].auto_resolve: -1s is negative; leave it out for never`:                           func(c *catalog.Catalog) { c.Services[0].AutoResolve = -time.Second },
		`sources[0].service: service "none" does not exist`:                                           func(c *catalog.Catalog) { c.Sources[0].Service = "none" },
		`sources[0].key: is missing; senders put it into the path they post to`:                       func(c *catalog.Catalog) { c.Sources[0].Key = "" },
		`sources[1].key: is the key of source "prom" too; every source has a key of its own`:          func(c *catalog.Catalog) { c.Sources[1].Key = c.Sources[0].Key },
		`api_keys[0].user: user "none" does not exist`:                                                func(c *catalog.Catalog) { c.Keys[0].User = "none" },
		`api_keys[0].role: "root" is not a role; use admin, responder, viewer or intake`:              func(c *catalog.Catalog) { c.Keys[0].Role = "root" },
		`api_keys[0].token: is missing`:                                                               func(c *catalog.Catalog) { c.Keys[0].Token = "" },
		`api_keys[1].token: is the token of "ops" too; every key has a token of its own`: func(c *catalog.Catalog) {
			c.Keys = append(c.Keys, catalog.Key{ID: "two", Role: catalog.RoleViewer, Token: c.Keys[0].Token})
		},
	} {
		t.Run(want, func(t *testing.T) {
			c := valid()
			breakIt(&c)
			assert.Equal(t, []string{want}, problems(t, c))
		})
	}
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	c := catalog.Catalog{Users: make([]catalog.User, 2), Teams: make([]catalog.Team, 1), Services: make([]catalog.Service, 1),
		Sources: make([]catalog.Source, 2), Keys: make([]catalog.Key, 1), Customers: make([]catalog.Customer, 1),
		Pages: []catalog.Page{{Components: make([]catalog.Component, 1)}}}
	assert.Equal(t, []string{
		"users[0].id: is missing; every item of a list has an id",
		"users[1].id: is missing; every item of a list has an id",
		"teams[0].id: is missing; every item of a list has an id",
		"services[0].id: is missing; every item of a list has an id",
		"customers[0].id: is missing; every item of a list has an id",
		"sources[0].id: is missing; every item of a list has an id",
		"sources[0].key: is missing; senders put it into the path they post to",
		"sources[1].id: is missing; every item of a list has an id",
		"sources[1].key: is missing; senders put it into the path they post to",
		"api_keys[0].id: is missing; every item of a list has an id",
		`api_keys[0].role: "" is not a role; use admin, responder, viewer or intake`,
		"api_keys[0].token: is missing",
		"pages[0].id: is missing; every item of a list has an id",
		"pages[0].components[0].id: is missing; every item of a list has an id",
	}, problems(t, c))
}

func problems(t *testing.T, c catalog.Catalog) (list []string) {
	err := c.Validate()
	require.Error(t, err)
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var f *catalog.FieldError
		require.True(t, errors.As(e, &f))
		assert.Equal(t, "catalog: "+f.Path+": "+f.Reason, e.Error())
		list = append(list, f.Path+": "+f.Reason)
	}
	return list
}

func TestRoles(t *testing.T) {
	order := []catalog.Role{catalog.RoleViewer, catalog.RoleResponder, catalog.RoleAdmin}
	for i, have := range order {
		for j, need := range order {
			assert.Equal(t, i >= j, have.Allows(need), "%s, %s", have, need)
		}
	}
	assert.True(t, catalog.RoleIntake.Allows(catalog.RoleIntake))
	assert.True(t, catalog.RoleAdmin.Allows(catalog.RoleIntake))
	assert.False(t, catalog.RoleResponder.Allows(catalog.RoleIntake))
	assert.False(t, catalog.RoleIntake.Allows(catalog.RoleViewer))
	assert.False(t, catalog.Role("").Allows(""), "no role allows nothing")
	assert.False(t, catalog.Role("root").Allows(catalog.RoleViewer))
	assert.False(t, catalog.RoleAdmin.Allows("root"), "a role that does not exist is not asked for by mistake")
}

func TestDigest(t *testing.T) {
	assert.Empty(t, catalog.DigestOf(""))
	assert.Equal(t, catalog.Digest("2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"), catalog.DigestOf("key"))
}

func TestDisplayNames(t *testing.T) {
	assert.Equal(t, "Ada Okafor", valid().Users[0].DisplayName())
	assert.Equal(t, "ben", valid().Users[1].DisplayName())
	assert.Equal(t, "shop", catalog.Service{ID: "shop"}.DisplayName())
	assert.Equal(t, "Shop", catalog.Service{ID: "shop", Name: "Shop"}.DisplayName())
}

func TestCatalogSurvivesBeingStored(t *testing.T) {
	data, err := json.Marshal(valid())
	require.NoError(t, err)
	var back catalog.Catalog
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, valid(), back)
}
