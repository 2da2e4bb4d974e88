package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/verify"
)

// routed has two policies; a service has one of them, or none.
func routed(policy watchbill.PolicyID) oncall.Config {
	level := func(u watchbill.UserID) []escalation.Level {
		return []escalation.Level{{Targets: []escalation.Target{escalation.User(u)}}}
	}
	return oncall.Config{
		Catalog: catalog.Catalog{Users: []catalog.User{user("ada", "email"), user("ben", "email")},
			Services: []catalog.Service{{ID: "shop", Policy: policy}, {ID: "other"}},
			Sources:  []catalog.Source{{ID: "prom", Type: "generic", Service: "shop", Key: catalog.DigestOf("k")}}},
		Policies: []escalation.Policy{{ID: "web", Levels: level("ada")}, {ID: "db", Levels: level("ben")}},
		CatchAll: []escalation.Target{escalation.User("ada")},
	}
}

// A service that gets another policy, or none, or a source that goes elsewhere, pages others.
func TestDiffSeesRoutes(t *testing.T) {
	before := routed("web")
	for _, policy := range []watchbill.PolicyID{"db", ""} {
		c := verify.Diff(org(t, before), org(t, routed(policy)), winter, winter.Add(week))
		assert.False(t, c.Same())
		assert.Equal(t, []verify.RouteChange{{Subject: "service:shop", Before: "web", After: string(policy)}}, c.Routes)
	}
	moved := routed("web")
	moved.Catalog.Sources[0].Service = "other"
	assert.Equal(t, []verify.RouteChange{{Subject: "source:prom", Before: "shop", After: "other"}},
		verify.Diff(org(t, before), org(t, moved), winter, winter.Add(week)).Routes)
	assert.True(t, verify.Diff(org(t, before), org(t, routed("web")), winter, winter.Add(week)).Same())
}

// What changes how loudly, how often or where a person is paged is not the same, though the same people are.
func TestDiffSeesSettings(t *testing.T) {
	for name, change := range map[string]func(*oncall.Config){
		"policy web": func(c *oncall.Config) { c.Policies[0].Cycles = 5 },
		"policy db": func(c *oncall.Config) {
			c.Policies[1].Levels[0].Repeat = escalation.Repeat{Every: 5 * time.Minute, Attempts: 1}
		},
		"user ada": func(c *oncall.Config) { c.Catalog.Users[0].Contacts[0].Address = "elsewhere@example.com" },
	} {
		after := routed("web")
		change(&after)
		c := verify.Diff(org(t, routed("web")), org(t, after), winter, winter.Add(week))
		assert.False(t, c.Same(), name)
		if assert.Len(t, c.Settings, 1, name) {
			assert.Contains(t, c.Settings[0], name)
			assert.NotContains(t, c.Settings[0], "example.com")
		}
	}
}
