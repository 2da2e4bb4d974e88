package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/intake"
)

func FuzzAlertmanager(f *testing.F) {
	fuzz(f, "alertmanager", func(t *testing.T, s alert.Signal) {
		require.NotEmpty(t, s.Key)
		require.NotEmpty(t, s.Summary)
	})
}

func FuzzGeneric(f *testing.F) {
	fuzz(f, "generic", func(t *testing.T, s alert.Signal) {
		require.False(t, s.Action == alert.Trigger && s.Summary == "")
		require.False(t, s.Action != alert.Trigger && s.Key == "")
	})
}

// fuzz feeds a decoder with anything and holds what package intake promises of every signal.
func fuzz(f *testing.F, sourceType string, more func(*testing.T, alert.Signal)) {
	files, _ := filepath.Glob("testdata/" + sourceType + "/*.json")
	for _, file := range files {
		body, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := intake.For(sourceType)("src", body)
		for _, s := range r.Signals {
			checkBounds(t, s)
			checkStored(t, s)
			more(t, s)
		}
		for _, p := range r.Problems {
			require.GreaterOrEqual(t, p.Index, intake.Body)
			require.NotEmpty(t, p.Reason)
		}
	})
}

func checkBounds(t *testing.T, s alert.Signal) {
	require.Equal(t, watchbill.SourceID("src"), s.Source)
	require.LessOrEqual(t, len(s.Key), intake.MaxKey)
	checkLine(t, string(s.Key), intake.MaxKey)
	checkLine(t, s.Summary, intake.MaxSummary)
	require.LessOrEqual(t, len(s.Labels), intake.MaxLabels)
	for _, l := range s.Labels {
		checkLine(t, l.Name, intake.MaxLabelName)
		checkLine(t, l.Value, intake.MaxLabelValue)
	}
	require.LessOrEqual(t, len(s.Links), intake.MaxLinks)
	for _, l := range s.Links {
		require.Regexp(t, "^(?i)(https?|mailto):", l.Href)
		checkLine(t, l.Href, intake.MaxHref)
		checkLine(t, l.Text, intake.MaxLinkText)
	}
	require.LessOrEqual(t, len(s.Details), intake.MaxDetails)
	require.True(t, utf8.Valid(s.Details))
	require.LessOrEqual(t, len(s.Notes), 12)
	for _, n := range s.Notes {
		checkLine(t, n, 300)
	}
	require.Equal(t, watchbill.Stamp(s.StartsAt), s.StartsAt)
	require.Equal(t, watchbill.Stamp(s.EndsAt), s.EndsAt)
	checkLine(t, s.Sender, intake.MaxSender)
}

func checkLine(t *testing.T, s string, most int) {
	require.True(t, utf8.ValidString(s))
	require.LessOrEqual(t, utf8.RuneCountInString(s), most)
	for _, r := range s {
		require.False(t, unicode.IsControl(r), "%q", s)
	}
}

// checkStored holds that a signal can be stored and read back unchanged.
func checkStored(t *testing.T, s alert.Signal) {
	data, err := json.Marshal(s)
	require.NoError(t, err)
	var back alert.Signal
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, s, back)
}
