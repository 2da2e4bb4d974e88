package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/verify"
)

func someUser(id watchbill.UserID) catalog.User {
	return catalog.User{ID: id, Zone: "UTC", Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: "x@example.com"},
		{ID: "phone", Channel: "voice", Address: "+4930"}}}
}

func targetsOf(t *testing.T, list ...string) []escalation.Target {
	out := make([]escalation.Target, len(list))
	for i, text := range list {
		require.NoError(t, out[i].UnmarshalText([]byte(text)))
	}
	return out
}

// asked is a configuration of one policy.
func asked(t *testing.T, p escalation.Policy, change func(*oncall.Config)) *oncall.Org {
	p.ID = "p"
	shut := []catalog.Exception{{From: moment(t, "2000-01-01T00:00"), To: moment(t, "2100-01-01T00:00")}}
	c := oncall.Config{Catalog: catalog.Catalog{
		Users:        []catalog.User{someUser("ada"), someUser("ben"), {ID: "mute", Zone: "UTC"}},
		Hours:        []catalog.Hours{{ID: "office", Coverage: daily(calendar.NewTimeOfDay(9, 0), calendar.NewTimeOfDay(17, 0))}, {ID: "shut", Exceptions: shut}},
		Destinations: []catalog.Destination{{ID: "ops", Channel: "slack", Address: "https://chat.example.com"}},
		Services:     []catalog.Service{{ID: "shop", Policy: "p"}},
	}, Policies: []escalation.Policy{p}}
	if change != nil {
		change(&c)
	}
	return org(t, c)
}

func level(t *testing.T, target string) escalation.Level {
	return escalation.Level{Targets: targetsOf(t, target)}
}

func TestWhatLevelsAskFor(t *testing.T) {
	from, to := at(t, "2026-01-12T00:00"), at(t, "2026-03-12T00:00")
	all, err := mute.NewMatcher("severity", mute.NotEqual, "")
	require.NoError(t, err)
	critical := escalation.When{Severity: []watchbill.Severity{watchbill.SeverityCritical}}
	for name, c := range map[string]struct {
		policy escalation.Policy
		change func(*oncall.Config)
		rule   verify.Rule
		says   string // empty: the rule finds nothing
	}{
		"hours that never begin": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "shut", Wait: true}}}},
			rule: verify.NeverHolds, says: "the support hours shut never begin"},
		"within and outside": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "office", Outside: "office"}}}},
			rule: verify.NeverHolds, says: "never within the support hours office and outside of office"},
		"hours that begin": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "office"}}}},
			rule: verify.NeverHolds},
		"two of one": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), Acks: 2}}}, rule: verify.TooManyAcks, says: "asks for 2 acknowledgements, and pages 1"},
		"two of two": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada", "user:ben"), Acks: 2}}}, rule: verify.TooManyAcks},
		"only critical": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: critical}}}, rule: verify.SeverityGap,
			says: "severity error, warning, info"},
		"critical and all": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: critical}, level(t, "user:ben")}}, rule: verify.SeverityGap},
		"no relief": {policy: escalation.Policy{Rest: escalation.Rest{After: 2, Relief: targetsOf(t, "user:mute")}, Levels: []escalation.Level{level(t, "user:ada")}},
			rule: verify.NoRelief, says: "rest.relief has nobody to page"},
		"relief": {policy: escalation.Policy{Rest: escalation.Rest{After: 2, Relief: targetsOf(t, "user:ben")}, Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.NoRelief},
		"quiet alone": {policy: escalation.Policy{Quiet: true, Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.QuietAlone, says: "pages ada alone",
			change: func(c *oncall.Config) {
				c.Catalog.Users[0].Quiet.Windows = daily(calendar.NewTimeOfDay(22, 0), calendar.NewTimeOfDay(6, 0))
			}},
		"never open": {policy: escalation.Policy{Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.NeverOpen, says: "never within the support hours shut"},
		"a silence of everything": {policy: escalation.Policy{Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.MutesAll, says: "keeps every alert quiet",
			change: func(c *oncall.Config) {
				c.Made.Silences = []mute.Silence{{ID: "s", Matchers: mute.Matchers{all}, Span: mute.Span{From: moment(t, "2026-01-20T00:00"), To: moment(t, "2026-03-01T00:00")}}}
			}},
		"a short silence of everything": {policy: escalation.Policy{Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.MutesAll,
			change: func(c *oncall.Config) {
				c.Made.Silences = []mute.Silence{{ID: "s", Matchers: mute.Matchers{all}, Span: mute.Span{From: moment(t, "2026-01-20T00:00"), To: moment(t, "2026-01-21T00:00")}}}
			}},
		"a long silence of one service": {policy: escalation.Policy{Levels: []escalation.Level{level(t, "user:ada")}}, rule: verify.MutesAll,
			change: func(c *oncall.Config) {
				c.Made.Maintenance = []mute.Maintenance{{ID: "m", Services: []watchbill.ServiceID{"shop"}, Span: mute.Span{To: moment(t, "2027-01-20T00:00")}}}
			}},
		"only a machine": {policy: escalation.Policy{Levels: []escalation.Level{level(t, "chat:ops")}}, rule: verify.PolicyGap, says: "destination:ops is no person"},
		"held is not nobody": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "office"}}}},
			rule: verify.PolicyGap},
		"passed over and nobody": {policy: escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "office"}}, level(t, "user:mute")}},
			rule: verify.PolicyGap, says: "reaches nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			r := verify.Check(asked(t, c.policy, c.change), from, to)
			var found []string
			for _, f := range r.Findings {
				if f.Rule == c.rule {
					found = append(found, f.Message)
				}
			}
			if c.says == "" {
				assert.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			assert.Contains(t, found[0], c.says)
		})
	}
}

// An alert that comes just after the hours waits longest.
func TestWorstTimeOfALevelThatWaits(t *testing.T) {
	o := asked(t, escalation.Policy{Levels: []escalation.Level{{Targets: targetsOf(t, "user:ada"), When: escalation.When{Hours: "office", Wait: true}}}}, nil)
	worst, ok := verify.WorstTimes(o, "p", at(t, "2026-01-12T00:00"), at(t, "2026-01-20T00:00"))
	require.True(t, ok)
	assert.Equal(t, "16h0m0s", worst.ToFirstPage.String())
	assert.Equal(t, "2026-01-12T17:00:00Z", worst.ToFirstPage.At.Format(time.RFC3339))
	assert.Contains(t, strings.Join(worst.Path, "\n"), "it waits until 2026-01-13 09:00 UTC")
}

func TestWhatIsNotProvedIsSaid(t *testing.T) {
	p := escalation.Policy{Quiet: true, Rest: escalation.Rest{After: 1, Relief: targetsOf(t, "user:ben")}, Levels: []escalation.Level{level(t, "user:ada")}}
	o := asked(t, p, func(c *oncall.Config) {
		c.Catalog.Users[0].Quiet.Windows = daily(calendar.NewTimeOfDay(22, 0), calendar.NewTimeOfDay(6, 0))
	})
	worst, _ := verify.WorstTimes(o, "p", at(t, "2026-01-12T00:00"), at(t, "2026-01-13T00:00"))
	require.Len(t, worst.NotProved, 2)
	assert.Contains(t, worst.NotProved[0], "rest spares")
	assert.Contains(t, worst.NotProved[1], "the quiet hours of ada hold")
	data, err := json.Marshal(worst)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"not_proved":[`)
}
