package expr_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
)

var _ route.Compiler = expr.Compile

// known are the variables of the tests, and values are what they hold.
func known() map[string]any {
	return map[string]any{"labels": map[string]string{}, "summary": "", "severity": "", "details": nil}
}

func values() map[string]any {
	return map[string]any{
		"labels":   map[string]string{"team": "db", "ip": "10.1.2.3"},
		"summary":  "Disk full on db1: 95%",
		"severity": "critical",
		"details": map[string]any{"value": 95, "load": 0.5, "tags": "env:prod, service:web,live", "json": `{"id":12345678901234}`,
			"items": []any{map[string]any{"state": "down", "name": "a"}, map[string]any{"state": "up"}}},
	}
}

func ExampleCompile() {
	p, err := expr.Compile(`labels.team == "db" and float(details.value) > 90`, map[string]any{"labels": map[string]string{}, "details": nil})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Eval(map[string]any{"labels": map[string]string{"team": "db"}, "details": map[string]any{"value": "93.5"}}))
	_, err = expr.Compile(`lables.team == "db"`, map[string]any{"labels": map[string]string{}})
	fmt.Println(err)
	// Output:
	// true <nil>
	// expr: column 1: unknown name lables; the values are labels
}

func TestEval(t *testing.T) {
	for source, want := range map[string]any{
		`labels.team == "db" and summary contains "full"`: true,
		`labels.missing == ""`:                            true,
		`summary matches "(?i)^disk"`:                     true,
		`details.nothing matches "x"`:                     false,
		`details.value > 90 && details.load < 1`:          true,
		`details?.owner?.name ?? "nobody"`:                "nobody",
		`any(details.items, .state == "down")`:            true,
		`count(details.items, .state == "down") + 1`:      2,
		`filter(details.items, .state == "down")[0].name`: "a",
		`map(details.items, .state) | join("+")`:          "down+up",
		`labels.team + "/" + string(details.value)`:       "db/95",
		`severity == "critical" ? "P1" : "P3"`:            "P1",
		`cidr(labels.ip, "10.0.0.0/8")`:                   true,
		`cidr("nowhere", "10.0.0.0/8")`:                   false,
		`tags(details.tags).service`:                      "web",
		`tags(details.tags)["live"]`:                      "true",
		`fromJSON(details.json).id`:                       12345678901234,
		`toJSON(details.items)`:                           `[{"name":"a","state":"down"},{"state":"up"}]`,
		`string(details.load)`:                            "0.5",
		`replace(lower(summary), "disk", "volume")`:       "volume full on db1: 95%",
		`severity in ["critical", "error"]`:               true,
		`not (labels.team == "web") or false`:             true,
		`if details.value > 90 { "high" } else { "low" }`: "high",
		`first(details.items).state`:                      "down",
		`summary[:4]`:                                     "Disk",
		`len(keys(labels))`:                               2,
	} {
		p, err := expr.Compile(source, known())
		require.NoError(t, err, source)
		got, err := p.Eval(values())
		require.NoError(t, err, source)
		assert.Equal(t, want, got, source)
	}
}

func TestWhatDoesNotCompile(t *testing.T) {
	for source, want := range map[string]string{
		``:                                    "unexpected token EOF",
		`labels.team ==`:                      "unexpected token EOF",
		`labels.team == 3`:                    "column 13: invalid operation: == (mismatched types string and int)",
		`sumary == "x"`:                       "unknown name sumary; the values are details, labels, severity, summary",
		`now()`:                               "unknown name now",
		`repeat("a", 10)`:                     "unknown name repeat",
		`reduce([1, 2], #acc + #)`:            "unknown name reduce",
		`groupBy(details.items, .state)`:      "unknown name groupBy",
		`let x = summary; x + x`:              "let is not available",
		`"a"; "b"`:                            "several expressions",
		`$env`:                                "reserved",
		`__meter`:                             "reserved",
		`__tick(1, 2, 3)`:                     "reserved",
		`summary.String()`:                    "only the functions of the language",
		`details.f()`:                         "only the functions of the language",
		`summary matches labels.team`:         "a pattern that is written out",
		`summary matches "("`:                 "missing closing )",
		`summary matches "(a{500}){2}b{500}"`: "more than 1000 steps",
		"summary ==\n  nowhere":               "line 2, column 3: unknown name nowhere",
		strings.Repeat("(", 4000):             "unexpected token EOF",
		strings.Repeat("!", 5000):             "has 5000 bytes",
		strings.Repeat("1+", 200) + "1":       "node",
	} {
		_, err := expr.Compile(source, known())
		var e *expr.Error
		require.ErrorAs(t, err, &e, source)
		assert.ErrorContains(t, err, want, source)
		assert.NotContains(t, err.Error()[len("expr: "):], "\n", source)
	}
}

func TestWhatFails(t *testing.T) {
	for source, want := range map[string]string{
		`details.nothing > 1`:                              "column 17: invalid operation",
		`details.nothing.more`:                             "cannot fetch more from <nil>",
		`details.items[7]`:                                 "index out of range",
		`float(summary)`:                                   "invalid operation: float(",
		`details.value contains "x"`:                       "interface conversion",
		`details.value matches "x"`:                        "needs a text, not int",
		`1..100000000`:                                     "memory budget exceeded",
		`cidr("1.1.1.1", "net")`:                           "is not a network",
		`fromJSON("{")`:                                    "EOF",
		`join(details.value, ",")`:                         "join needs a list, not int",
		`all(1..9999, all(1..9999, # > 0))`:                "too many rounds over lists",
		`toJSON(map(1..999, [summary, summary, summary]))`: "too large",
	} {
		p, err := expr.Compile(source, known())
		require.NoError(t, err, source)
		v, err := p.Eval(values())
		assert.Nil(t, v, source)
		assert.ErrorContains(t, err, want, source)
	}
}

// TestWorstCases: whatever is written and whatever is sent, an evaluation ends soon and makes nothing large.
func TestWorstCases(t *testing.T) {
	long := strings.Repeat("ab ", 2500)
	list := make([]any, 8000)
	for i := range list {
		list[i] = map[string]any{"name": long}
	}
	env := map[string]any{"labels": map[string]string{}, "severity": "", "summary": long, "details": map[string]any{"items": list}}
	for _, source := range []string{
		`any(details.items, any(details.items, any(details.items, .name == "x")))`,
		`any(details.items, lower(.name) + upper(.name) == "x")`,
		`any(details.items, .name matches "(a|b|ab|ba)*(b ){1,50}c$")`,
		`any(details.items, .name contains "c")`,
		`len(map(details.items, details.items)) > len(toJSON(map(details.items, details.items)))`,
		`summary matches "(a|b|ab|ba)*(b ){1,100}c$"`,
		`replace(replace(summary, "a", summary), "b", summary)`,
		strings.Repeat(`summary + `, 60) + "summary",
		strings.Repeat(`lower(`, 140) + "summary" + strings.Repeat(`)`, 140),
		`map(details.items, details.items) == map(details.items, details.items)`,
	} {
		p, err := expr.Compile(source, known())
		require.NoError(t, err, source)
		from := time.Now()
		_, err = p.Eval(env)
		took := time.Since(from)
		t.Logf("%8.2f ms  %.60s  %.80v", float64(took)/1e6, source, err)
		assert.Less(t, took, 20*time.Second, source) // unbounded, some of these take minutes; the race detector is slow
	}
}

func TestConcurrentUse(t *testing.T) {
	p, err := expr.Compile(`labels.team + string(count(details.items, .state == "down"))`, known())
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			env := values()
			env["labels"] = map[string]string{"team": fmt.Sprint(i)}
			for range 200 {
				got, err := p.Eval(env)
				assert.NoError(t, err)
				assert.Equal(t, fmt.Sprint(i)+"1", got)
			}
		})
	}
	all.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`labels.team == "db"`, `any(details.items, .state matches "^d")`, `summary + "x" ?? 1`, `details?.a[1:2]`,
		`if summary == "" {1} else {2}`, `tags(details)["a"] in [1, 2]`, `let x = 1; x`, "\"\\u00ff", `1..2 | map(# ** 9)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := expr.Compile(source, known())
		if err != nil {
			return
		}
		a, errA := p.Eval(values())
		b, errB := p.Eval(values())
		require.Equal(t, errA, errB, "the same values give the same result")
		if errA == nil {
			require.Equal(t, fmt.Sprint(a), fmt.Sprint(b))
		}
		_, _ = p.Eval(nil)
	})
}

func FuzzEval(f *testing.F) {
	f.Add(`{"items":[{"state":"down"}],"value":1}`)
	f.Add(`[[["x"]]]`)
	f.Add(`{"items":{"a":null},"value":"1e999","tags":["a:b",1]}`)
	f.Add(`1e999`)
	var programs []route.Program
	for _, s := range []string{`any(details.items, .state == "down")`, `float(details.value) > 90`, `tags(details.tags)["a"]`,
		`string(details) + toJSON(details)`, `details.items[0].a[1:3]`, `first(details) ?? last(details.items)`,
		`map(details.items, # in details) | join(",")`, `details == details.items`, `-details.value ** details.value`} {
		p, err := expr.Compile(s, known())
		require.NoError(f, err)
		programs = append(programs, p)
	}
	f.Fuzz(func(t *testing.T, data string) {
		v, err := route.Decode([]byte(data))
		if err != nil {
			return
		}
		for _, p := range programs {
			_, _ = p.Eval(map[string]any{"labels": map[string]string{}, "summary": data, "severity": "", "details": v})
		}
	})
}
