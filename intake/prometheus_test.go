package intake_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/intake"
)

func FuzzPrometheus(f *testing.F) {
	f.Add([]byte(`null`))
	fuzz(f, "prometheus", func(t *testing.T, s alert.Signal) {
		require.NotEmpty(t, s.Key)
		require.NotEmpty(t, s.Summary)
		require.Equal(t, alert.Trigger, s.Action)
		require.False(t, !s.EndsAt.IsZero() && s.EndsAt.Before(s.StartsAt))
	})
}

// The key is one for the same labels, whatever else is said, and is another for any other labels.
func TestPrometheusKeys(t *testing.T) {
	key := func(t *testing.T, labels string) alert.DedupKey {
		r := intake.Prometheus("src", []byte(`[{"labels":`+labels+`}]`))
		require.Empty(t, r.Problems)
		return r.Signals[0].Key
	}
	same := key(t, `{"alertname":"A","host":"a"}`)
	for _, labels := range []string{`{"host":"a","alertname":"A"}`, `{"alertname":"A","host":"a","zone":""}`} {
		assert.Equal(t, same, key(t, labels), labels)
	}
	seen := map[alert.DedupKey]string{same: "the first"}
	for _, labels := range []string{`{"alertname":"A"}`, `{"alertname":"A","host":"b"}`, `{"alertname":"A\",\"host","x":"a"}`,
		`{"alertname":"A","host":" a"}`, `{"alertname":"A,host","x":"a"}`} {
		k := key(t, labels)
		assert.Empty(t, seen[k], labels)
		seen[k] = labels
	}
	webhook := intake.Alertmanager("src", []byte(`{"alerts":[{"status":"firing","labels":{"alertname":"A","host":"a"}}]}`))
	assert.Equal(t, same, webhook.Signals[0].Key, "the webhook's is the same where it has no fingerprint")
}

// Two servers with the same rules say the same of an alert, but for who they are.
func TestPrometheusSenders(t *testing.T) {
	for address, want := range map[string]string{
		"http://prom-a:9090/graph": "prom-a:9090", "https://PROM.example/x": "PROM.example", "": "", "::bad": "", "/graph": "",
		"http://a%00b/": "", "http://\u202Eabc/": "abc",
	} {
		body, err := json.Marshal([]map[string]any{{"labels": map[string]string{"alertname": "A"}, "generatorURL": address}})
		require.NoError(t, err)
		r := intake.Prometheus("src", body)
		require.Len(t, r.Signals, 1)
		assert.Equal(t, want, r.Signals[0].Sender, address)
	}
}
