package main

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store/sqlite"
)

func TestDatabaseThatCannotBeOpened(t *testing.T) {
	newer := filepath.Join(t.TempDir(), "newer.db")
	s, err := sqlite.Open(t.Context(), newer)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db, err := sql.Open("sqlite", newer)
	require.NoError(t, err)
	_, err = db.Exec(`insert into watchbill_migrations (number, name) values (99, 'from the future')`)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	conf := write(t, "watchbill.yaml", strings.NewReplacer("PHONES", "http://127.0.0.1:9", "MAIL", "127.0.0.1:9").Replace(incidentYAML))
	missing := filepath.Join(t.TempDir(), "nowhere", "x.db")
	for name, want := range map[string]string{
		"sqlite:" + missing:               "no such file or directory",
		"sqlite:" + newer:                 newer + ": sqlite: the database is of a newer release: it has migration 99",
		"sqlite:" + conf:                  conf + ": sqlite: ",
		"sqlite:":                         "is not a database; use sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or memory:",
		"postgres://u:hush@127.0.0.1:1/x": "-db: postgres: ",
		"postgres://u:hu/sh@127.0.0.1/x":  "special characters in the password are written as %XX",
	} {
		var out, problems bytes.Buffer
		code := run(context.Background(), []string{"serve", "-config", conf, "-db", name, "-listen", "127.0.0.1:0"}, &out, &problems)
		require.Equal(t, 2, code, problems.String())
		require.Empty(t, out.String())
		require.Contains(t, problems.String(), "refserver: -db: ")
		require.Contains(t, problems.String(), want)
		require.NotContains(t, problems.String(), "hu")
	}
}
