package mute_test

import (
	"bufio"
	"encoding/json"
	"os"

	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/mute"
)

// answer is one line of testdata/matchers.jsonl: what Alertmanager 0.31.1, by its FallbackMatcherParser, makes of a
// text.
type answer struct {
	Text  string
	Error bool
	Name  string
	Op    string
	Value string
}

func answers(t testing.TB) (all []answer) {
	t.Helper()
	file, err := os.Open("testdata/matchers.jsonl")
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var a answer
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		all = append(all, a)
	}
	require.NoError(t, lines.Err())
	return all
}

func TestMatchersReadAsInAlertmanager(t *testing.T) {
	for _, a := range answers(t) {
		m, err := mute.ParseMatcher(a.Text)
		if a.Error {
			assert.Error(t, err, "%q", a.Text)
			continue
		}
		if assert.NoError(t, err, "%q", a.Text) {
			assert.Equal(t, []string{a.Name, a.Op, a.Value}, []string{m.Name, m.Op.String(), m.Value}, "%q", a.Text)
		}
	}
}
