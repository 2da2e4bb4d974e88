package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/oncall"
)

// Whatever is in a file: Parse does not panic, every error has its place, and what loads is valid.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(regexp.MustCompile(`.*file:.*\n`).ReplaceAll(data, nil))
	}
	f.Add([]byte("users: &u [*u]"))
	f.Add([]byte("users: &u [{id: a, contacts: *u}]"))
	f.Add([]byte("pages: &p [{id: a, timezone: UTC, automatic: false, components: *p, services: *p}]"))
	f.Add([]byte("customers: [{id: a, tier: 4, domains: [a.b, ~, \"\"]}]\nservices: [{id: s, customers: [a], tier: 1, depends_on: [s, t], description: >\n}]"))
	f.Add([]byte("incidents: {declare: [critical, ~, error], auto_resolve: true, postmortem: {severities: [info], due: 1s}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "file:") {
			t.Skip("reads files")
		}
		loaded, _, err := config.Parse("f.yaml", data)
		if err != nil {
			require.Regexp(t, `^config: f\.yaml(:\d+)?: `, err.Error())
			return
		}
		_, err = oncall.New(loaded.Org, 0)
		require.NoError(t, err)
		back, err := loaded.Org.Encode()
		require.NoError(t, err)
		_, err = oncall.Decode(back)
		require.NoError(t, err)
	})
}
