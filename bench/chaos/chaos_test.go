package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// short200 is a run that lasts about half a minute, most of which is waiting for what must not come.
func short200(t *testing.T) settings {
	if testing.Short() {
		t.Skip("a run of half a minute")
	}
	return settings{rate: 200, length: 15 * time.Second, seed: uint64(time.Now().UnixNano()), every: 4 * time.Second, server: binary(t)}
}

// binary builds the server as a user would.
func binary(t *testing.T) string {
	path, err := serverBinary(settings{}, t.TempDir())
	require.NoError(t, err)
	return path
}

// try runs a scenario; what it says is shown if it fails.
func try(t *testing.T, run scenario, s settings) string {
	var out bytes.Buffer
	err := run(t.Context(), s, &out)
	t.Log(out.String())
	require.NoError(t, err)
	return out.String()
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	require.Contains(t, try(t, onSQLite, short200(t)), "every promise was kept")
}

// TestServerGiven: what is given is used, and not built.
func TestServerGiven(t *testing.T) {
	path, err := serverBinary(settings{server: "some/server"}, "")
	require.NoError(t, err)
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(here, "some/server"), path)
}
