package intake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/route"
)

func jobs() route.Mapping {
	return route.Mapping{
		Items: `body.jobs`, Key: `item.id`, Summary: `body.host + ": " + item.name`, Severity: `item.level`, Priority: `item.priority`,
		Action: `item.state`, StartsAt: `item.at`, Details: `item.output`,
		Labels: map[string]string{"host": `body.host`, "*": `item.tags`, "size": `item.size`}, Links: map[string]string{"Log": `item.log`},
	}
}

func mapped(t *testing.T, m route.Mapping, body string) intake.Result {
	t.Helper()
	v, problem := intake.Foreign("application/json", []byte(body))
	require.Nil(t, problem)
	return intake.Mapped("src", v, mapper(t, route.Handling{Mapping: &m}))
}

func TestMapped(t *testing.T) {
	r := mapped(t, jobs(), `{"host": "db1", "jobs": [
		{"id": 7, "name": "nightly", "level": "critical", "priority": "P2", "state": "trigger", "at": 1767603600,
		 "tags": {"env": "prod", "host": "other", "n": 1.5}, "size": 12345678901, "log": "https://log.example.com/7", "output": {"x": [1]}},
		{"id": 7, "name": "nightly", "state": "resolve", "at": 1767603600500}
	]}`)
	require.Empty(t, r.Problems)
	require.Len(t, r.Signals, 2)
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	assert.Equal(t, alert.Signal{Source: "src", Key: "7", Summary: "db1: nightly", Severity: watchbill.SeverityCritical, Priority: 2, StartsAt: at,
		Labels: []alert.Label{{Name: "env", Value: "prod"}, {Name: "host", Value: "db1"}, {Name: "n", Value: "1.5"}, {Name: "size", Value: "12345678901"}},
		Links:  []alert.Link{{Text: "Log", Href: "https://log.example.com/7"}}, Details: []byte(`{"x":[1]}`)}, r.Signals[0])
	assert.Equal(t, alert.Resolve, r.Signals[1].Action)
	assert.Equal(t, at.Add(500*time.Millisecond), r.Signals[1].StartsAt)
	assert.Empty(t, r.Signals[1].Notes)
}

// TestMappedLosesNoSignal: what a mapping cannot read is noted.
func TestMappedLosesNoSignal(t *testing.T) {
	m := jobs()
	m.Items, m.Summary = "", `item.a.b.c`
	r := mapped(t, m, `{"id": "x", "state": "exploded", "at": "yesterday", "priority": "first", "tags": "env", "log": "javascript:x", "level": "purple"}`)
	require.Empty(t, r.Problems)
	require.Len(t, r.Signals, 1)
	s := r.Signals[0]
	assert.Equal(t, "an alert from src: x", s.Summary)
	assert.Equal(t, alert.Trigger, s.Action)
	all := strings.Join(s.Notes, "\n")
	for _, want := range []string{
		`the action "exploded" is unknown; it counts as trigger`, "mapping.summary: column", `the severity "purple" is unknown`,
		`the priority "first" is unknown`, `the start "yesterday" is no time`, "mapping.labels.*: is no map", "links left out: 1",
		"the mapping found no summary",
	} {
		assert.Contains(t, all, want)
	}
	checkBounds(t, s)
}

func TestMappedDetailsAreTheItem(t *testing.T) {
	r := mapped(t, route.Mapping{Summary: `"s"`, Severity: `"info"`}, `{"a": {"b": 1}}`)
	assert.JSONEq(t, `{"a": {"b": 1}}`, string(r.Signals[0].Details))
	assert.Empty(t, r.Signals[0].Notes)
	r = mapped(t, route.Mapping{Summary: `"s"`}, `{"a": "`+strings.Repeat("x", 20_000)+`"}`)
	assert.Nil(t, r.Signals[0].Details)
	assert.Contains(t, strings.Join(r.Signals[0].Notes, "\n"), "the details were left out: they are larger than")
}

func TestMappedProblemsNameTheField(t *testing.T) {
	for body, want := range map[string]string{
		`{"jobs": {}}`:                     "intake: body: items: is a map, not a list",
		`{}`:                               "intake: body: items: is a null, not a list",
		`[]`:                               "intake: body: items: column",
		`{"jobs": [{"state": "resolve"}]}`: "intake: item 0: key: is missing; to resolve, the mapping has to say which alert is meant",
		`{"jobs": [{"state": "ack"}]}`:     "intake: item 0: key: is missing; to ack,",
	} {
		r := mapped(t, jobs(), body)
		assert.Empty(t, r.Signals, body)
		require.Len(t, r.Problems, 1, body)
		assert.Contains(t, r.Problems[0].Error(), want)
	}
}

func TestMappedBounds(t *testing.T) {
	r := mapped(t, route.Mapping{Items: `body`, Summary: `"s"`}, "["+strings.Repeat("1,", intake.MaxSignals)+"1]")
	assert.Len(t, r.Signals, intake.MaxSignals)
	require.Len(t, r.Problems, 1)
	r = mapped(t, route.Mapping{Items: `body`, Summary: `item.x.y`}, "["+strings.Repeat("1,", 500)+"1]")
	assert.Len(t, r.Signals, 100)
	require.Len(t, r.Problems, 1)
	assert.Contains(t, r.Problems[0].Error(), "has 100 items that the mapping cannot read as it should; those after item 99 were not tried")
}

func TestForeign(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"application/json; charset=utf-8", `{"a": [1, 2.5, "x", null]}`, `map[a:[1 2.5 x <nil>]]`},
		{"", `"text"`, `text`},
		{"application/x-www-form-urlencoded", `a=1&b=x+y%26&a=2&c`, `map[a:1 b:x y& c:]`},
		{"application/x-www-form-urlencoded", `{"a": 1}`, `map[a:1]`},
		{"text/xml", `<?xml version="1.0" encoding="ISO-8859-1"?><n><a>1</a><b x="y"/><c><d>` + "\xfc" + `</d></c><a> 2 </a></n>`, `map[a:[1 2] b: c:map[d:ü]]`},
		{"application/json", ` <n>text</n>`, `text`},
	} {
		v, problem := intake.Foreign(c.kind, []byte(c.body))
		require.Nil(t, problem, c.body)
		assert.Equal(t, c.want, fmt.Sprint(v))
	}
	for body, want := range map[string]string{
		"":                        "is empty",
		"{":                       "is not JSON: line 1",
		"<a><b></a>":              "is not XML",
		"<!-- nothing -->":        "is not XML: has no element",
		"<a>":                     "is not XML",
		strings.Repeat("<a>", 60): "has more than 10,000 elements, or more than 50 within each other",
		`<?xml version="1.0" encoding="klingon"?><a/>`: "is not XML",
	} {
		_, problem := intake.Foreign("", []byte(body))
		require.NotNil(t, problem, body)
		assert.Contains(t, problem.Reason, want)
	}
	_, problem := intake.Foreign("application/x-www-form-urlencoded", []byte(strings.Repeat("a=1&", 2000)))
	require.NotNil(t, problem)
	assert.Contains(t, problem.Reason, "more than 1000 fields")
}

func FuzzMapped(f *testing.F) {
	files, err := filepath.Glob("testdata/ready/*/*.*")
	require.NoError(f, err)
	for _, file := range files {
		if kind := contentTypes()[filepath.Ext(file)]; kind != "" {
			body, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(kind, body)
		}
	}
	f.Add("application/json", []byte(`{"jobs":[{"id":1,"at":1e300,"tags":{"\u0000":[1]},"output":1e999}]}`))
	list := jobs()
	mappers := []*route.Mapper{mapper(f, route.Handling{Mapping: &list})}
	for name := range route.Ready() {
		mappers = append(mappers, mapper(f, route.Handling{Ready: name}))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		v, problem := intake.Foreign(kind, body)
		if problem != nil {
			require.NotEmpty(t, problem.Reason)
			return
		}
		for _, m := range mappers {
			r := intake.Mapped("src", v, m)
			for _, s := range r.Signals {
				checkBounds(t, s)
				checkStored(t, s)
				require.False(t, s.Action == alert.Trigger && s.Summary == "")
				require.False(t, s.Action != alert.Trigger && s.Key == "")
			}
			for _, p := range r.Problems {
				require.NotEmpty(t, p.Reason)
			}
		}
	})
}
