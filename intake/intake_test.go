package intake_test

import (
	"bytes"
	"encoding/json"
	"flag"
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
)

var update = flag.Bool("update", false, "write the golden files anew")

// Bodies in testdata/TYPE/*.json; what the decoder of that type makes of them lies beside them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			decode := intake.For(filepath.Base(filepath.Dir(file)))
			require.NotNil(t, decode)
			got := render(t, decode("src", body))
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		})
	}
}

func render(t *testing.T, r intake.Result) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	for _, s := range r.Signals {
		require.NoError(t, enc.Encode(s))
	}
	for _, p := range r.Problems {
		fmt.Fprintln(&out, p.Error())
	}
	return out.Bytes()
}

func TestTypes(t *testing.T) {
	built := 0
	for _, name := range intake.Types() {
		if intake.For(name) != nil {
			built++
		}
	}
	assert.Equal(t, 3, built, "each built type is among the types")
	assert.Nil(t, intake.For("carrier-pigeon"))
}

func TestBodyProblems(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	tests := []struct{ name, decoder, body, want string }{
		{"empty", "generic", " \n", "intake: body: is empty; expected JSON"},
		{"not JSON", "generic", "{\n  \"summary\": x}", "line 2, column 14: invalid character 'x'"},
		{"cut off", "alertmanager", `{"alerts": [`, "line 1, column 12: unexpected end of JSON input"},
		{"two values", "generic", "{}\n{}", "line 2, column 1: invalid character '{' after top-level value"},
		{"too deep", "generic", deep, "exceeded max depth"},
		{"too deep", "alertmanager", `{"alerts":` + deep, "exceeded max depth"},
		{"a Prometheus server", "alertmanager", `[{"labels":{"alertname":"A"}}]`, "to a source of type prometheus"},
		{"no alerts", "alertmanager", `{"status":"firing"}`, "intake: body: alerts: is missing"},
		{"alerts no list", "alertmanager", `{"alerts":{"a":1}}`, `intake: body: alerts: expected a list, got {"a":1}`},
		{"a string", "generic", `"down"`, `intake: item 0: expected an object, got "down"`},
	}
	for _, test := range tests {
		t.Run(test.decoder+" "+test.name, func(t *testing.T) {
			r := intake.For(test.decoder)("src", []byte(test.body))
			assert.Empty(t, r.Signals)
			require.Len(t, r.Problems, 1)
			assert.Contains(t, r.Problems[0].Error(), test.want)
		})
	}
}

func TestSeverities(t *testing.T) {
	for name, want := range map[string]watchbill.Severity{
		"critical": watchbill.SeverityCritical, "PAGE": watchbill.SeverityCritical, " fatal ": watchbill.SeverityCritical,
		"emergency": watchbill.SeverityCritical, "error": watchbill.SeverityError, "High": watchbill.SeverityError,
		"major": watchbill.SeverityError, "warning": watchbill.SeverityWarning, "warn": watchbill.SeverityWarning,
		"minor": watchbill.SeverityWarning, "info": watchbill.SeverityInfo, "informational": watchbill.SeverityInfo,
		"low": watchbill.SeverityInfo, "none": watchbill.SeverityInfo,
	} {
		s := one(t, map[string]any{"summary": "s", "severity": name})
		assert.Equal(t, want, s.Severity, name)
		assert.Empty(t, s.Notes, name)
	}
	s := one(t, map[string]any{"summary": "s", "severity": "P1"})
	assert.Equal(t, watchbill.SeverityUnset, s.Severity)
	assert.Equal(t, []string{`the severity "P1" is unknown; it counts as error`}, s.Notes)
	s = one(t, map[string]any{"summary": "s"})
	assert.Equal(t, []string{"the severity is missing; it counts as error"}, s.Notes)
}

func TestBounds(t *testing.T) {
	labels, links := map[string]string{strings.Repeat("n", 129): "v"}, []string{"javascript:alert(1)", "//x", "mailto:ops@example.com"}
	for i := range 100 {
		labels[fmt.Sprintf("label%03d", i)] = strings.Repeat("ü", 2000)
		links = append(links, fmt.Sprintf("https://example.com/%d", i))
	}
	s := one(t, map[string]any{
		"dedup_key": strings.Repeat("k", 256), "summary": "a\r\nb\x00\u202e" + strings.Repeat("ü", 2000), "severity": "info",
		"labels": labels, "links": links, "details": strings.Repeat("d", 16<<10),
	})
	assert.Equal(t, "a b"+strings.Repeat("ü", 1020)+"…", s.Summary)
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, s.Key)
	assert.Equal(t, alert.Label{Name: "label000", Value: strings.Repeat("ü", 1023) + "…"}, s.Labels[0])
	assert.Len(t, s.Labels, 64)
	assert.Equal(t, "mailto:ops@example.com", s.Links[0].Href)
	assert.Len(t, s.Links, 32)
	assert.Nil(t, s.Details)
	assert.Len(t, s.Notes, 6)
}

func TestKeyWithControlCharacters(t *testing.T) {
	a := one(t, map[string]any{"summary": "s", "dedup_key": "a\x00b"})
	b := one(t, map[string]any{"summary": "s", "dedup_key": "a\nb"})
	assert.Regexp(t, "^sha256:", a.Key)
	assert.NotEqual(t, a.Key, b.Key, "different keys stay different")
}

func TestStartsAtBounds(t *testing.T) {
	for in, want := range map[string]time.Time{
		"2026-01-05T09:00:00.123456789Z":  time.Date(2026, 1, 5, 9, 0, 0, 123456000, time.UTC),
		"2026-01-05T09:00:00.000+0200":    time.Date(2026, 1, 5, 7, 0, 0, 0, time.UTC),
		"0001-01-01T00:00:00Z":            {},
		"9999-12-31T23:59:59.999-00:01":   {}, // the year 10000 in UTC cannot be stored
		"0000-01-01T00:00:00Z":            {},
		"1969-12-31T23:59:59Z":            {},
		"2026-01-05 09:00:00":             {},
		"2026-01-05T09:00:00.123456789Z ": {},
	} {
		body := fmt.Appendf(nil, `{"alerts":[{"status":"firing","fingerprint":"f","startsAt":%q}]}`, in)
		r := intake.Alertmanager("src", body)
		require.Len(t, r.Signals, 1, in)
		assert.Equal(t, want, r.Signals[0].StartsAt, in)
	}
}

func TestBadUTF8IsReplacedAndNoted(t *testing.T) {
	r := intake.Generic("src", []byte("{\"summary\":\"a\xffb\",\"severity\":\"info\",\"details\":\"c\xff\"}"))
	require.Len(t, r.Signals, 1)
	assert.Equal(t, "a\uFFFDb", r.Signals[0].Summary)
	assert.Equal(t, "\"c\uFFFD\"", string(r.Signals[0].Details))
	assert.Equal(t, []string{"the body was not valid UTF-8; bad bytes were replaced"}, r.Signals[0].Notes)
}

// What a store gives back must equal what the next repeat says, or each repeat would look like a change.
func TestDetailsSurviveStorage(t *testing.T) {
	deep := strings.Repeat("[", 8000) + strings.Repeat("]", 8000)
	for _, details := range []string{`{"a": "<&>", "b": [ 1.0 ]}`, deep} {
		r := intake.Generic("src", []byte(`{"summary":"s","details":`+details+`}`))
		require.Len(t, r.Signals, 1)
		stored, err := json.Marshal(map[string]any{"alert": map[string]any{"signal": r.Signals[0]}})
		require.NoError(t, err)
		var back struct{ Alert struct{ Signal alert.Signal } }
		require.NoError(t, json.Unmarshal(stored, &back))
		assert.Equal(t, string(r.Signals[0].Details), string(back.Alert.Signal.Details))
	}
}

func TestKeyWithoutFingerprintIsThatOfTheLabels(t *testing.T) {
	key := func(labels string) alert.DedupKey {
		r := intake.Alertmanager("src", []byte(`{"alerts":[{"status":"firing","labels":`+labels+`}]}`))
		require.Len(t, r.Signals, 1)
		return r.Signals[0].Key
	}
	assert.Equal(t, key(`{"a":"1","b":"2"}`), key(`{"b":"2","a":"1"}`))
	assert.NotEqual(t, key(`{"a":"1","b":"2"}`), key(`{"a":"1","b":"3"}`))
	assert.NotEqual(t, key(`{"a":"1,b=2"}`), key(`{"a":"1","b":"2"}`))
}

func TestTooManySignals(t *testing.T) {
	body := []byte("[" + strings.Repeat(`{"summary":"s"},`, intake.MaxSignals) + `{"summary":"s"}]`)
	r := intake.Generic("src", body)
	assert.Len(t, r.Signals, intake.MaxSignals)
	require.Len(t, r.Problems, 1)
	assert.Equal(t, "intake: body: has 10001 items; only the first 10000 were taken", r.Problems[0].Error())
}

func TestNothingIsKeptOfTheBody(t *testing.T) {
	body := []byte(`{"summary":"s","details":{"a":1}}`)
	r := intake.Generic("src", body)
	copy(body, bytes.Repeat([]byte("x"), len(body)))
	assert.Equal(t, `{"a":1}`, string(r.Signals[0].Details))
}

func one(t *testing.T, item map[string]any) alert.Signal {
	t.Helper()
	body, err := json.Marshal(item)
	require.NoError(t, err)
	r := intake.Generic("src", body)
	require.Empty(t, r.Problems)
	require.Len(t, r.Signals, 1)
	return r.Signals[0]
}
