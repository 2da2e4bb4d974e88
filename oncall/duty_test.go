package oncall_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

func TestNeeds(t *testing.T) {
	c := oncall.Config{
		Catalog: catalog.Catalog{Services: []catalog.Service{
			{ID: "shop", Policy: "web", Qualifications: []string{"web", "db"}},
			{ID: "cart", Policy: "web", Qualifications: []string{"db"}},
			{ID: "wiki", Policy: "other", Qualifications: []string{"wiki"}},
			{ID: "none"},
		}},
		Schedules: []schedule.Spec{{ID: "all", Layers: []schedule.Layer{{ID: "l", Schedule: "inner"}}}, {ID: "inner"}, {ID: "lonely"}},
		Policies: []escalation.Policy{
			{ID: "web", Levels: []escalation.Level{{Targets: targets("schedule:all")}}},
			{ID: "other", Levels: []escalation.Level{{Targets: targets("schedule:lonely")}}},
		},
	}
	o := org(t, c)
	assert.Equal(t, []string{"db", "web"}, o.Needs("all"))
	assert.Equal(t, []string{"db", "web"}, o.Needs("inner"), "whoever is on call there is paged through the other")
	assert.Equal(t, []string{"wiki"}, o.Needs("lonely"))
	assert.Empty(t, o.Needs("nothing"))
}

func TestSchedulesOfPayAndRostersExist(t *testing.T) {
	c := oncall.Config{Catalog: catalog.Catalog{
		Pay:     catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{{ID: "r", Schedules: []watchbill.ScheduleID{"a"}}}},
		Rosters: []catalog.Roster{{Schedule: "b", ApartFrom: []watchbill.ScheduleID{"c"}}},
	}}
	_, err := oncall.New(c, 0)
	assert.ErrorContains(t, err, `pay.rules[0].schedules[0]: schedule "a" does not exist`)
	assert.ErrorContains(t, err, `rosters[0].schedule: schedule "b" does not exist`)
	assert.ErrorContains(t, err, `rosters[0].apart_from[0]: schedule "c" does not exist`)
}
