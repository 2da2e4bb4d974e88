package intake_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/intake"
)

func TestForm(t *testing.T) {
	got := intake.Form("desk", url.Values{"summary": {"The shop\nis down"}, "who": {"everybody"}, "why": {" "}, "reporter": {"Kim"}})
	require.Empty(t, got.Problems)
	s := got.Signals[0]
	assert.Equal(t, "The shop is down", s.Summary)
	assert.Equal(t, watchbill.SeverityError, s.Severity)
	assert.JSONEq(t, `{"who":"everybody"}`, string(s.Details))
	assert.Equal(t, []alert.Label{{Name: "reporter", Value: "Kim"}}, s.Labels)
	assert.Empty(t, s.Key, "every form opens an alert of its own")
	assert.Equal(t, "summary", intake.Form("desk", nil).Problems[0].Field)
}

func TestChat(t *testing.T) {
	for text, want := range map[string]struct {
		severity watchbill.Severity
		summary  string
	}{
		"critical checkout is down": {watchbill.SeverityCritical, "checkout is down"},
		"Warning: disk fills":       {watchbill.SeverityWarning, "disk fills"},
		"checkout is down":          {watchbill.SeverityError, "checkout is down"},
		"criticality is in the eye": {watchbill.SeverityError, "criticality is in the eye"},
		"  error   something \xff ": {watchbill.SeverityError, "something \uFFFD"},
	} {
		got := intake.Chat("desk", url.Values{"text": {text}, "user_name": {"kim"}, "channel_name": {"shop"}})
		require.Empty(t, got.Problems, text)
		assert.Equal(t, want.severity, got.Signals[0].Severity, text)
		assert.Equal(t, want.summary, got.Signals[0].Summary, text)
		assert.Equal(t, []alert.Label{{Name: "channel", Value: "shop"}, {Name: "reporter", Value: "kim"}}, got.Signals[0].Labels)
	}
	for _, text := range []string{"", "help", "critical", "critical  "} {
		assert.Contains(t, intake.Chat("desk", url.Values{"text": {text}}).Problems[0].Reason, "say what is wrong", text)
	}
	word := intake.Chat("desk", url.Values{"text": {"!page critical db"}, "trigger_word": {"!page"}})
	assert.Equal(t, "db", word.Signals[0].Summary)
}

func FuzzReport(f *testing.F) {
	f.Add("critical x", "kim")
	f.Fuzz(func(t *testing.T, text, name string) {
		fields := url.Values{"text": {text}, "summary": {text}, "severity": {name}, "reporter": {name}, "who": {text}, "user_name": {name}}
		for _, got := range []intake.Result{intake.Form("s", fields), intake.Chat("s", fields)} {
			for _, s := range got.Signals {
				require.Equal(t, s, s.Clean(), "as it is stored")
				require.NotEmpty(t, s.Summary)
			}
		}
	})
}
