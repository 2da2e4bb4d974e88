package verify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// A service without a policy has catch_all only: whenever that has nobody, its alerts reach nobody, and check says so, even
// if somebody is on call in the instant at which it begins to look.
func TestServiceWithoutPolicyAndGapsInCatchAll(t *testing.T) {
	s := weekly(t, "some", "ada")
	s.Layers[0].End = moment(t, "2026-01-26T09:00")
	o := org(t, oncall.Config{
		Catalog:   catalog.Catalog{Users: []catalog.User{user("ada", "email")}, Services: []catalog.Service{{ID: "shop"}}},
		Schedules: []schedule.Spec{s}, CatchAll: []escalation.Target{escalation.Schedule("some")},
	})
	said := false
	for _, f := range verify.Check(o, winter.Add(9*time.Hour), winter.Add(8*week)).Findings {
		assert.NotEqual(t, verify.UnusedSchedule, f.Rule, f.Message)
		said = said || f.Rule == verify.NoPolicy && strings.Contains(f.Message, "NOBODY")
	}
	assert.True(t, said)
}
