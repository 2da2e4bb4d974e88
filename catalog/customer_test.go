package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
)

func TestValidateServicesAndCustomers(t *testing.T) {
	for want, breakIt := range map[string]func(c *catalog.Catalog){
		`customers[1].id: is missing; every item of a list has an id`:                                 func(c *catalog.Catalog) { c.Customers[1].ID = ""; c.Services[0].Customers = nil },
		`customers[2].id: "acme" is used twice; ids are unique within their list`:                     func(c *catalog.Catalog) { c.Customers = append(c.Customers, catalog.Customer{ID: "acme"}) },
		`customers[0].tier: 5 is not a tier; use 1 (the highest) to 4, or leave it out`:               func(c *catalog.Catalog) { c.Customers[0].Tier = 5 },
		`customers[0].domains[1]: "" is not a domain in small letters, such as example.com`:           func(c *catalog.Catalog) { c.Customers[0].Domains[1] = "" },
		`customers[0].domains[0]: "@a.example" is not a domain in small letters, such as example.com`: func(c *catalog.Catalog) { c.Customers[0].Domains[0] = "@a.example" },
		`customers[0].domains[0]: "A.example" is not a domain in small letters, such as example.com`:  func(c *catalog.Catalog) { c.Customers[0].Domains[0] = "A.example" },
		`customers[0].domains[0]: "a.b, c.d" is not a domain in small letters, such as example.com`:   func(c *catalog.Catalog) { c.Customers[0].Domains[0] = "a.b, c.d" },
		`customers[0].domains[0]: "http://a.b" is not a domain in small letters, such as example.com`: func(c *catalog.Catalog) { c.Customers[0].Domains[0] = "http://a.b" },
		`customers[0].domains[1]: "acme.example" is named twice; take one out`:                        func(c *catalog.Catalog) { c.Customers[0].Domains[1] = "acme.example" },
		`services[0].tier: -1 is not a tier; use 1 (the highest) to 4, or leave it out`:               func(c *catalog.Catalog) { c.Services[0].Tier = -1 },
		`services[0].owners[1]: user "none" does not exist`:                                           func(c *catalog.Catalog) { c.Services[0].Owners = []watchbill.UserID{"ada", "none"} },
		`services[0].owners[1]: user "ada" is named twice; take one out`:                              func(c *catalog.Catalog) { c.Services[0].Owners = []watchbill.UserID{"ada", "ada"} },
		`services[0].depends_on[0]: service "none" does not exist`:                                    func(c *catalog.Catalog) { c.Services[0].DependsOn[0] = "none" },
		`services[0].depends_on[0]: service "" does not exist`:                                        func(c *catalog.Catalog) { c.Services[0].DependsOn[0] = "" },
		`services[0].depends_on[1]: service "base" is named twice; take one out`:                      func(c *catalog.Catalog) { c.Services[0].DependsOn = []watchbill.ServiceID{"base", "base"} },
		`services[0].depends_on[1]: is the service itself; take it out`:                               func(c *catalog.Catalog) { c.Services[0].DependsOn = []watchbill.ServiceID{"base", "shop"} },
		`services[0].customers[0]: customer "none" does not exist`:                                    func(c *catalog.Catalog) { c.Services[0].Customers[0] = "none" },
		`services[0].customers[1]: customer "acme" is named twice; take one out`:                      func(c *catalog.Catalog) { c.Services[0].Customers[1] = "acme" },
	} {
		t.Run(want, func(t *testing.T) {
			c := valid()
			breakIt(&c)
			assert.Equal(t, []string{want}, problems(t, c))
		})
	}
}

const unfit = ` does not fit into a web address; use the letters a to z, digits, dots, dashes and underscores, with a letter or digit first`

func TestValidatePagesAndIncidents(t *testing.T) {
	const severity = ` is not a severity; use critical, error, warning or info`
	for want, breakIt := range map[string]func(c *catalog.Catalog){
		`pages[1].id: is missing; every item of a list has an id`:                               func(c *catalog.Catalog) { c.Pages[1].ID = "" },
		`pages[1].id: "public" is used twice; ids are unique within their list`:                 func(c *catalog.Catalog) { c.Pages[1].ID = "public" },
		`pages[0].timezone: "Berlin" is not an IANA time zone such as Europe/Berlin`:            func(c *catalog.Catalog) { c.Pages[0].Zone = "Berlin" },
		`pages[0].timezone: "Local" is not an IANA time zone such as Europe/Berlin`:             func(c *catalog.Catalog) { c.Pages[0].Zone = "Local" },
		`pages[0].components[1].id: is missing; every item of a list has an id`:                 func(c *catalog.Catalog) { c.Pages[0].Components[1].ID = "" },
		`pages[0].components[1].id: "web.shop" is used twice; ids are unique within their list`: func(c *catalog.Catalog) { c.Pages[0].Components[1].ID = "web.shop" },
		`pages[0].components[1].id: "a/b"` + unfit:                                              func(c *catalog.Catalog) { c.Pages[0].Components[1].ID = "a/b" },
		`pages[0].components[0].services[1]: service "none" does not exist`:                     func(c *catalog.Catalog) { c.Pages[0].Components[0].Services[1] = "none" },
		`pages[0].components[0].services[1]: service "shop" is named twice; take one out`:       func(c *catalog.Catalog) { c.Pages[0].Components[0].Services[1] = "shop" },
		`incidents.declare[0]:` + severity:                                                      func(c *catalog.Catalog) { c.Incidents.Declare[0] = watchbill.SeverityUnset },
		`incidents.declare[1]: critical is named twice; take one out`:                           func(c *catalog.Catalog) { c.Incidents.Declare[1] = watchbill.SeverityCritical },
		`incidents.postmortem.severities[0]:` + severity:                                        func(c *catalog.Catalog) { c.Incidents.Postmortem.Severities[0] = 9 },
		`incidents.postmortem.due: -1s is negative; it is the time after the resolution`:        func(c *catalog.Catalog) { c.Incidents.Postmortem.Due = -time.Second },
	} {
		t.Run(want, func(t *testing.T) {
			c := valid()
			breakIt(&c)
			assert.Equal(t, []string{want}, problems(t, c))
		})
	}
}

// IDs of pages are segments of paths: no character needs escaping, and none is taken away when a path is cleaned.
func TestValidateAddressableIDs(t *testing.T) {
	c := valid()
	for _, id := range []watchbill.PageID{"a", "7", "Public", "eu-west_1.v2"} {
		c.Pages[0].ID = id
		assert.NoError(t, c.Validate(), id)
	}
	for _, id := range []string{"a b", "a/b", "a?b", "a%20", ".", "..", ".a", "-a", "_", "ü", "aé", "a\n", "a\x00", "\xff"} {
		c.Pages[0].ID = watchbill.PageID(id)
		list := problems(t, c)
		if assert.Len(t, list, 1, "%q", id) {
			assert.Contains(t, list[0], unfit)
		}
	}
}

// chain is a -> b -> c -> a, where d hangs from c, e from d and c, and f from nothing.
func chain() catalog.Catalog {
	needs := func(id watchbill.ServiceID, on ...watchbill.ServiceID) catalog.Service {
		return catalog.Service{ID: id, DependsOn: on}
	}
	return catalog.Catalog{Services: []catalog.Service{
		needs("f"), needs("e", "d", "c"), needs("d", "c"), needs("a", "b"), needs("b", "c"), needs("c", "a")}}
}

func TestDependents(t *testing.T) {
	type ids = []watchbill.ServiceID
	for name, c := range map[string]struct{ of, want ids }{
		"none":                            {ids{}, nil},
		"of a service that is not there":  {ids{"x"}, nil},
		"of one on which nothing depends": {ids{"f"}, nil},
		"one":                             {ids{"d"}, ids{"e"}},
		"through others, in a circle":     {ids{"a"}, ids{"e", "d", "b", "c"}},
		"without those given":             {ids{"a", "c", "f"}, ids{"e", "d", "b"}},
		"of the last in a chain":          {ids{"e"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.NoError(t, chain().Validate())
			assert.Equal(t, c.want, chain().Dependents(c.of...))
		})
	}
}

func TestUsersOf(t *testing.T) {
	type customers = []watchbill.CustomerID
	c := catalog.Catalog{
		Customers: []catalog.Customer{{ID: "acme"}, {ID: "beta"}, {ID: "us", Internal: true}},
		Services: []catalog.Service{{ID: "shop", Customers: customers{"us", "acme"}}, {ID: "base", Customers: customers{"beta", "us"}},
			{ID: "idle"}},
	}
	assert.NoError(t, c.Validate())
	assert.Nil(t, c.UsersOf())
	assert.Nil(t, c.UsersOf("idle", "none"))
	assert.Equal(t, customers{"acme", "us"}, c.UsersOf("shop"))
	assert.Equal(t, customers{"acme", "beta", "us"}, c.UsersOf("base", "shop", "base"), "each once, in the order of the catalog")
}

func TestDisplayNamesOfCustomersAndPages(t *testing.T) {
	assert.Equal(t, "ACME", catalog.Customer{ID: "acme", Name: "ACME"}.DisplayName())
	assert.Equal(t, "acme", catalog.Customer{ID: "acme"}.DisplayName())
	assert.Equal(t, "Status", catalog.Page{ID: "public", Name: "Status"}.DisplayName())
	assert.Equal(t, "public", catalog.Page{ID: "public"}.DisplayName())
	assert.Equal(t, "Shop", catalog.Component{ID: "shop", Name: "Shop"}.DisplayName())
	assert.Equal(t, "shop", catalog.Component{ID: "shop"}.DisplayName())
}
