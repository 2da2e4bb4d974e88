package mute_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/mute"
)

// inhibits reports whether an alert that fires mutes another.
func inhibits(set *mute.Set, firing, other mute.Subject) bool {
	return slices.ContainsFunc(set.Sources(firing), func(s mute.Side) bool { return slices.Contains(set.Targets(other), s) })
}

func TestInhibition(t *testing.T) {
	down := mute.Inhibition{ID: "node-down", Source: matchers(t, `alertname="NodeDown"`), Target: matchers(t, `severity=~"warning|info"`),
		Equal: []string{"node", "zone", "node"}}
	set := newSet(t, nil, nil, down)
	node := func(name, severity, node string) mute.Subject {
		return labels("alertname", name, "node", node, "severity", severity)
	}
	for _, test := range []struct {
		name          string
		firing, other mute.Subject
		want          bool
	}{
		{"mutes a warning of the same node", node("NodeDown", "critical", "n1"), node("DiskSlow", "warning", "n1"), true},
		{"not of another node", node("NodeDown", "critical", "n1"), node("DiskSlow", "warning", "n2"), false},
		{"not what is no target", node("NodeDown", "critical", "n1"), node("DiskFull", "critical", "n1"), false},
		{"only a source does", node("DiskFull", "critical", "n1"), node("DiskSlow", "warning", "n1"), false},
		{"missing is the same as missing", node("NodeDown", "critical", ""), labels("alertname", "x", "severity", "info"), true},
		{"missing is not the same as given", node("NodeDown", "critical", "n1"), labels("alertname", "x", "severity", "info"), false},
		{"both sides: mutes what is only a target", node("NodeDown", "warning", "n1"), node("DiskSlow", "warning", "n1"), true},
		{"both sides: not by the like", node("NodeDown", "warning", "n1"), node("NodeDown", "info", "n1"), false},
		{"both sides: never by itself", node("NodeDown", "warning", "n1"), node("NodeDown", "warning", "n1"), false},
		{"both sides: by what is only a source", node("NodeDown", "critical", "n1"), node("NodeDown", "warning", "n1"), true},
	} {
		assert.Equal(t, test.want, inhibits(set, test.firing, test.other), test.name)
	}
	assert.Nil(t, set.Sources(node("DiskSlow", "critical", "n1")))
	assert.Nil(t, set.Targets(node("DiskSlow", "critical", "n1")))

	// Whoever keeps sides by an older rule does not mute by it any more.
	down.Target = matchers(t, `severity=~"warning|info|error"`)
	changed := newSet(t, nil, nil, down)
	firing, other := node("NodeDown", "critical", "n1"), node("DiskSlow", "warning", "n1")
	assert.True(t, inhibits(changed, firing, other))
	assert.NotContains(t, set.Sources(firing), changed.Targets(other)[0])
	assert.Equal(t, "node-down", changed.Targets(other)[0].Rule)
	assert.Len(t, changed.Targets(other)[0].Equal, 32)
}

// TestInhibitionOfEverything: without labels to compare, one alert mutes all that are a target.
func TestInhibitionOfEverything(t *testing.T) {
	set := newSet(t, nil, nil,
		mute.Inhibition{ID: "datacentre", Source: matchers(t, "alertname=PowerLost"), Target: matchers(t, "alertname!=PowerLost")},
		mute.Inhibition{ID: "service", Source: matchers(t, "alertname=Down"), Target: matchers(t, "alertname=Slow"), Equal: []string{"service"}})
	assert.True(t, inhibits(set, labels("alertname", "PowerLost"), labels("alertname", "Slow")))
	assert.True(t, inhibits(set, labels("alertname", "PowerLost"), labels("x", "y")))
	assert.False(t, inhibits(set, labels("alertname", "PowerLost"), labels("alertname", "PowerLost")))

	down, slow := labels("alertname", "Down"), labels("alertname", "Slow")
	down.Service, slow.Service = "shop", "shop"
	assert.True(t, inhibits(set, down, slow), "the service of an alert is as good as a label")
	slow.Service = "search"
	assert.False(t, inhibits(set, down, slow))
}

// TestInhibitionIsAlertmanagers compares sides with the rule in Alertmanager's words: a target is muted by a firing
// source with equal labels, unless both match both sides.
func TestInhibitionIsAlertmanagers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	some := func() mute.Subject {
		return labels("a", pick("", "x", "y"), "b", pick("", "x", "y"), "c", pick("", "x"))
	}
	muted := 0
	for range 3000 {
		rule := mute.Inhibition{ID: "i", Source: matchers(t, pick("a=x", "a!=y", "a=~x|y", "b=x")), Target: matchers(t, pick("a=x", "b=y", "b!=x", "c=x"))}
		if r.IntN(2) == 0 {
			rule.Equal = []string{pick("a", "b", "c")}
		}
		if rule.Validate() != nil {
			continue
		}
		firing, other := some(), some()
		equal := true
		for i, l := range firing.Labels {
			equal = equal && (!slices.Contains(rule.Equal, l.Name) || l.Value == other.Labels[i].Value)
		}
		want := rule.Source.Matches(firing) && rule.Target.Matches(other) && equal &&
			!(rule.Source.Matches(other) && rule.Target.Matches(firing))
		assert.Equal(t, want, inhibits(newSet(t, nil, nil, rule), firing, other), "%+v: %v mutes %v", rule, firing.Labels, other.Labels)
		if want {
			muted++
		}
	}
	assert.Greater(t, muted, 100)
}
