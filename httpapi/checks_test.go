package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var got struct {
			Findings  []struct{ Rule, Severity, Subject string }
			Proved    []string
			WorstCase []struct {
				Policy string
				First  string `json:"to_first_page"`
			} `json:"worst_case"`
		}
		w.get("/api/v1/check?from=2000-01-04T00:00:00Z&horizon=240h").is(200).into(&got)
		require.NotEmpty(t, got.WorstCase)
		rules := map[string]bool{}
		for _, f := range got.Findings {
			rules[f.Rule+" "+f.Subject] = true
		}
		require.True(t, rules["coverage-gap schedule:empty"], "%v", got.Findings)
		w.get("/api/v1/check?horizon=-1h").problem(400)
		w.get("/api/v1/check?horizon=1000000h").problem(400)
		w.get("/api/v1/check?depth=1").problem(400)
	})
}
