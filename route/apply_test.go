package route_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
)

func compile(t testing.TB, h route.Handling) *route.Plan {
	t.Helper()
	p, err := route.Compile(h, expr.Compile)
	require.NoError(t, err)
	return p
}

func rules(list ...route.Rule) route.Handling { return route.Handling{Rules: list} }

func trigger() alert.Signal {
	return alert.Signal{
		Source: "prom", Key: "k", Summary: "Disk full on db1: 95%", Severity: watchbill.SeverityWarning, Service: "checkout",
		Labels:   []alert.Label{{Name: "host", Value: "db1"}, {Name: "team", Value: "db"}},
		Links:    []alert.Link{{Text: "Graph", Href: "https://g.example.com"}},
		StartsAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Details: json.RawMessage(`{"value":95,"id":12345678901234}`),
	}
}

func Example() {
	plan, err := route.Compile(route.Handling{Rules: []route.Rule{
		{ID: "volumes", When: `labels.team == "db"`, Set: route.Set{Key: `"disk/" + labels.host`, Service: "db"}},
		{ID: "full", When: `float(details.value) > 90`, Set: route.Set{Severity: "critical"}, Response: "Free some space."},
	}}, expr.Compile)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, routed := plan.Apply(trigger(), "checkout")
	fmt.Println(s.Key, s.Service, s.Severity)
	fmt.Println(strings.Join(routed.Notes, "\n"))
	// Output:
	// disk/db1 db critical
	// rule volumes: service db, key disk/db1
	// rule full: severity critical, response Free some space.
}

func TestWhatRulesSee(t *testing.T) {
	for _, when := range []string{
		`labels.host == "db1" and labels.nothing == ""`, `summary contains "full"`, `severity == "warning"`, `priority == ""`,
		`source == "prom"`, `service == "checkout"`, `policy == ""`, `key == "k"`, `action == "trigger"`,
		`starts_at == "2026-01-05T09:00:00Z"`, `details.value == 95`, `string(details.id) == "12345678901234"`,
		`links[0].href startsWith "https:"`, ``,
	} {
		_, r := compile(t, rules(route.Rule{ID: "r", When: when, Response: "x"})).Apply(trigger(), "other")
		assert.Equal(t, []string{"rule r: response x"}, r.Notes, when)
	}
	bare := alert.Signal{Source: "prom", Summary: "s"}
	for _, when := range []string{`severity == "error"`, `service == "default"`, `starts_at == ""`, `details.x == nil`, `len(links) == 0`} {
		_, r := compile(t, rules(route.Rule{ID: "r", When: when, Response: "x"})).Apply(bare, "default")
		assert.Equal(t, []string{"rule r: response x"}, r.Notes, when)
	}
}

func TestEachRuleSeesWhatThoseBeforeItChanged(t *testing.T) {
	plan := compile(t, rules(
		route.Rule{ID: "a", Set: route.Set{Labels: map[string]string{"region": `"eu"`, "host": `upper(labels.host)`}, Summary: `"x"`,
			Severity: "critical", Priority: `severity == "warning" ? "P2" : "P1"`, Service: "db", Key: `labels.host`}},
		route.Rule{ID: "b", When: `labels.region == "eu" and labels.host == "DB1" and summary == "x" and severity == "critical" and
			priority == "P2" and service == "db" and key == "db1"`, Set: route.Set{Policy: `service + "-team"`}},
	))
	before := trigger()
	s, r := plan.Apply(before, "checkout")
	assert.Equal(t, watchbill.PolicyID("db-team"), s.Policy, "%v", r.Notes)
	assert.Equal(t, alert.Priority(2), s.Priority)
	assert.Equal(t, []alert.Label{{Name: "host", Value: "DB1"}, {Name: "region", Value: "eu"}, {Name: "team", Value: "db"}}, s.Labels)
	assert.Equal(t, trigger(), before, "nothing is written into the signal")
	assert.Equal(t, "rule b: policy db-team", r.Notes[1])
}

// TestAResolveFindsTheAlert: keys are made alike for every signal, and nothing but a trigger is ever dropped.
func TestAResolveFindsTheAlert(t *testing.T) {
	h := rules(
		route.Rule{ID: "key", When: `labels.team == "db"`, Set: route.Set{Key: `"disk/" + labels.host`, Urgency: "low"}},
		route.Rule{ID: "noise", When: `labels.team == "db"`, Drop: true},
		route.Rule{ID: "quiet", Suppress: true, Pause: time.Minute, Group: &route.Group{By: []string{"host"}}, Response: "none"},
	)
	h.Pause, h.Group, h.Downgrade = time.Hour, &route.Group{By: []string{"team"}}, true
	plan := compile(t, h)
	for _, action := range []alert.Action{alert.Acknowledge, alert.Resolve} {
		s, r := plan.Apply(alert.Signal{Source: "prom", Key: "k", Action: action, Labels: trigger().Labels}, "checkout")
		assert.Equal(t, alert.DedupKey("disk/db1"), s.Key)
		assert.Equal(t, route.Routed{Notes: []string{"rule key: urgency low, key disk/db1"}}, r)
	}
	s, r := plan.Apply(trigger(), "checkout")
	assert.Equal(t, alert.DedupKey("disk/db1"), s.Key)
	assert.True(t, r.Drop && !r.Suppress && r.By == "noise")
	assert.Len(t, r.Notes, 2, "no rule is asked after one that drops")
}

func TestEffects(t *testing.T) {
	h := rules(
		route.Rule{ID: "pause", When: `severity != "critical"`, Pause: time.Minute, Group: &route.Group{Similar: 0.8}},
		route.Rule{ID: "hush", When: `labels.team == "db"`, Suppress: true},
		route.Rule{ID: "alone", When: `labels.host == "db2"`, Group: &route.Group{}, Stop: true, Response: "look"},
		route.Rule{ID: "last", Set: route.Set{Urgency: `"high"`}, Suppress: true},
	)
	h.Group = &route.Group{By: []string{"team"}}
	plan := compile(t, h)
	_, r := plan.Apply(trigger(), "")
	assert.Equal(t, time.Minute, r.Pause)
	assert.Equal(t, &route.Group{Similar: 0.8}, r.Group)
	assert.True(t, r.Suppress)
	assert.Equal(t, "hush", r.By, "the first that suppresses")
	assert.Equal(t, watchbill.UrgencyHigh, *r.Urgency)
	s := trigger()
	s.Labels = []alert.Label{{Name: "host", Value: "db2"}}
	_, r = plan.Apply(s, "")
	assert.Nil(t, r.Group, "taken out of every group")
	assert.Nil(t, r.Urgency, "no rule is asked after stop")
	assert.Equal(t, "look", r.Response)
	assert.False(t, r.Suppress)
}

func TestDowngrade(t *testing.T) {
	h := rules(
		route.Rule{ID: "full", When: `float(details.value ?? 0) > 90`, Response: "https://wiki/disk"},
		route.Rule{ID: "vip", When: `labels.team == "vip"`, Set: route.Set{Urgency: "high"}},
	)
	h.Downgrade = true
	plan := compile(t, h)
	_, r := plan.Apply(trigger(), "")
	assert.Nil(t, r.Urgency, "a threshold with a response")
	_, r = plan.Apply(alert.Signal{Summary: "s", Severity: watchbill.SeverityCritical}, "")
	assert.Equal(t, watchbill.UrgencyLow, *r.Urgency)
	assert.Equal(t, []string{"of low urgency: no rule names a response to it"}, r.Notes)
	_, r = plan.Apply(alert.Signal{Summary: "s", Labels: []alert.Label{{Name: "team", Value: "vip"}}}, "")
	assert.Equal(t, watchbill.UrgencyHigh, *r.Urgency, "a rule said so")
	_, r = compile(t, route.Handling{Downgrade: true}).Apply(trigger(), "")
	assert.Equal(t, watchbill.UrgencyLow, *r.Urgency, "without any rule")
}

// TestNothingCostsASignal: what fails at run time is noted, and the rest of the rules applies.
func TestNothingCostsASignal(t *testing.T) {
	plan := compile(t, rules(
		route.Rule{ID: "fails", When: `details.nothing > 1`, Drop: true},
		route.Rule{ID: "words", When: `summary`, Drop: true},
		route.Rule{ID: "absent", When: `details.nothing`, Drop: true},
		route.Rule{ID: "values", Set: route.Set{Key: `details.nothing`, Summary: `details.value + "x"`, Severity: `summary`, Priority: `"P" + "9"`,
			Service: `labels.nothing`, Urgency: `lower("LOUD")`, Labels: map[string]string{"n": `details.value`}}},
	))
	s, r := plan.Apply(trigger(), "")
	want := trigger()
	want.Labels = []alert.Label{{Name: "host", Value: "db1"}, {Name: "n", Value: "95"}, {Name: "team", Value: "db"}}
	assert.Equal(t, want, s)
	assert.False(t, r.Drop)
	assert.Equal(t, []string{
		"rule fails does not apply: its condition fails: column 17: invalid operation: <nil> > int",
		"rule words does not apply: its condition is neither true nor false",
		"rule values: summary is left as it is: column 15: invalid operation: int + string",
		`rule values: severity is left as it is: unknown severity "disk full on db1: 95%"`,
		`rule values: urgency is left as it is: unknown urgency "loud"`,
		`rule values: priority is left as it is: unknown priority "P9"; use P1, P2, P3, P4 or P5`,
		`rule values: label n "95"`,
	}, r.Notes)
}

func TestBoundsOfWhatRulesMake(t *testing.T) {
	long := strings.Repeat("ü", 30_000)
	s := trigger()
	s.Labels = nil
	for i := range 64 {
		s.Labels = append(s.Labels, alert.Label{Name: fmt.Sprintf("l%02d", i), Value: "v"})
	}
	s.Summary = long
	list := []route.Rule{{ID: "r", Set: route.Set{Key: `summary`, Summary: `summary + "\n\u0000x"`, Service: `summary`,
		Labels: map[string]string{"l00": `summary`, "more": `"x"`}}}}
	for i := range 50 {
		list = append(list, route.Rule{ID: fmt.Sprint("n", i), Response: "x"})
	}
	s, r := compile(t, rules(list...)).Apply(s, "")
	assert.Regexp(t, "^sha256:", s.Key)
	assert.Len(t, []rune(s.Summary), 1024)
	assert.Len(t, []rune(s.Labels[0].Value), 1024)
	assert.Len(t, s.Labels, 64)
	assert.Equal(t, watchbill.ServiceID("checkout"), s.Service)
	assert.LessOrEqual(t, len(r.Notes), 31)
	assert.Contains(t, r.Notes[len(r.Notes)-1], "more notes of rules")
	for _, n := range r.Notes {
		assert.LessOrEqual(t, len([]rune(n)), 300)
	}
}

func TestCompileReportsEverything(t *testing.T) {
	h := route.Handling{
		Rules: []route.Rule{
			{ID: "a", When: `sumary == "x"`, Set: route.Set{Key: `nowhere`, Severity: "crit", Priority: "P7", Urgency: `"loud"`, Service: "db.eu"}},
			{ID: "a"},
			{Suppress: true, Drop: true, Pause: -time.Second, Response: "two\nlines", Group: &route.Group{By: []string{"", "x", "x"}, Similar: 2, Window: -1}},
			{ID: "l", Set: route.Set{Labels: map[string]string{"": `"x"`, "y": ""}}},
		},
		Limit: route.Limit{Alerts: 5}, Flood: route.Limit{Per: time.Minute}, Pause: 25 * time.Hour,
		Flapping: route.Flapping{Changes: 1, Within: time.Minute}, Ready: "prgt", Mapping: &route.Mapping{Labels: map[string]string{"x": `item.`}},
	}
	_, err := route.Compile(h, expr.Compile)
	require.ErrorIs(t, err, route.ErrInvalid)
	for _, want := range []string{
		"rules[0].when: column 1: unknown name sumary; the values are action, details, key,",
		"rules[0].set.key: column 1: unknown name nowhere", `a text is written in quotes, '"nowhere"'`,
		`rules[0].set.severity: "crit" is not one of critical, error, warning or info`, "rules[0].set.priority:", "rules[0].set.urgency:",
		"rules[0].set.service: column 1: unknown name db", `rules[1].id: "a" is used twice`, "rules[1]: does nothing", "rules[2].id: is missing",
		"rules[2].suppress:", "rules[2].pause:", "rules[2].response:", "rules[2].group.by[0]:", "rules[2].group.by[2]:", "rules[2].group.similar:",
		"rules[2].group.window:", "rules[3].set.labels:", "rules[3].set.labels.y: is empty", "limit.per:", "flood.alerts:", "pause: must be",
		"flapping.changes:", `ready: "prgt" is no ready mapping; there are connectwise, datadog`, "mapping: does not go with ready",
		"mapping.labels.x: column", "mapping: says neither key nor summary",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = route.Compile(route.Handling{Rules: make([]route.Rule, 101)}, expr.Compile)
	assert.ErrorContains(t, err, "rules: has 101 rules; a source may have 100")
	_, err = route.Compile(rules(route.Rule{ID: "r", When: "true", Drop: true}), nil)
	assert.ErrorContains(t, err, "rules[0].when: expressions cannot be compiled here")
	p, err := route.Compile(rules(route.Rule{ID: "r", Drop: true, Set: route.Set{}}), nil)
	require.NoError(t, err, "a rule without expressions needs no compiler")
	_, r := p.Apply(trigger(), "")
	assert.True(t, r.Drop)
	assert.Nil(t, p.Mapper())
}

func TestEveryReadyTemplateCompiles(t *testing.T) {
	for name := range route.Ready() {
		p := compile(t, route.Handling{Ready: name})
		assert.NotNil(t, p.Mapper(), name)
	}
}

func TestLiteral(t *testing.T) {
	for source, want := range map[string]string{"critical": "critical", "db-main_2": "db-main_2", `"db.eu"`: "db.eu", ` P1 `: "P1", `""`: ""} {
		got, ok := route.Literal(source)
		assert.True(t, ok, source)
		assert.Equal(t, want, got)
	}
	for _, source := range []string{"severity", "labels", "labels.team", `"a" + "b"`, "db.eu", "", "nil", "true", `"a`, "a b"} {
		_, ok := route.Literal(source)
		assert.False(t, ok, source)
	}
}

// broken fails and panics as no program may; Apply has to live with what it is given.
type broken struct{ value any }

func (b broken) Eval(map[string]any) (any, error) {
	if b.value == nil {
		return nil, errors.New("expr: out of order")
	}
	return b.value, nil
}

func TestProgramsOfAHostMayGiveAnything(t *testing.T) {
	for _, v := range []any{nil, 1, []any{"x"}, map[string]any{"a": func() {}}, strings.Repeat("x", 100_000), struct{}{}} {
		compiler := func(string, map[string]any) (route.Program, error) { return broken{v}, nil }
		p, err := route.Compile(rules(route.Rule{ID: "r", When: "a b", Drop: true}, route.Rule{ID: "s", Set: route.Set{Key: "a b", Labels: map[string]string{"x": "a b"}}}), compiler)
		require.NoError(t, err)
		s, r := p.Apply(trigger(), "")
		assert.False(t, r.Drop)
		assert.LessOrEqual(t, len(s.Key), alert.MaxKey)
		assert.NotEmpty(t, r.Notes)
	}
}

func FuzzApply(f *testing.F) {
	plan, err := route.Compile(rules(
		route.Rule{ID: "a", When: `labels.a contains "x" or details.a == 1`, Set: route.Set{Key: `key + labels.a`, Summary: `details.s`,
			Severity: `details.sev`, Priority: `details.p`, Labels: map[string]string{"a": `details`, "b": `summary[1:3]`}}},
		route.Rule{ID: "b", When: `float(details.v) > 1`, Drop: true}), expr.Compile)
	require.NoError(f, err)
	f.Add("k", "s", "x", `{"a":1,"s":"t","sev":"critical","p":"P1","v":0}`, uint8(0))
	f.Add("", "\xff\x00", "\u202e", `[1]`, uint8(2))
	f.Fuzz(func(t *testing.T, key, summary, label, details string, action uint8) {
		if !json.Valid([]byte(details)) {
			details = "null"
		}
		s := alert.Signal{Key: alert.DedupKey(key), Summary: summary, Labels: []alert.Label{{Name: "a", Value: label}},
			Action: alert.Action(action % 3), Details: json.RawMessage(details)}
		got, r := plan.Apply(s, "svc")
		again, r2 := plan.Apply(s, "svc")
		require.Equal(t, got, again, "deterministic")
		require.Equal(t, r, r2)
		require.False(t, s.Action != alert.Trigger && (r.Drop || r.Suppress || r.Pause > 0))
		require.LessOrEqual(t, len(got.Key), max(alert.MaxKey, len(key)))
		data, err := json.Marshal(got.Clean())
		require.NoError(t, err)
		var back alert.Signal
		require.NoError(t, json.Unmarshal(data, &back))
	})
}
