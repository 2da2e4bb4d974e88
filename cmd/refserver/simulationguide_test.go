package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSimulationGuide runs the commands of docs/simulation.md on its scenario, and finds the output that it shows.
func TestSimulationGuide(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"watchbill.yaml", "night-scenario.yaml"} {
		data, err := os.ReadFile(filepath.Join("../../examples/simulate", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	guide, err := os.ReadFile("../../docs/simulation.md")
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(guide), "```yaml\n")
	scenario, after, _ := strings.Cut(after, "```\n")
	file, err := os.ReadFile(filepath.Join(dir, "night-scenario.yaml"))
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(file), "\n"+scenario), "the page shows the file")

	steps := triedCommands(t, "../../docs/simulation.md")
	require.Len(t, steps, 2)
	shell(t, dir, steps[0], "\nexpectations\n  kept ")
	shown := strings.Split(after, "```\n")
	shell(t, dir, strings.TrimSpace(steps[1])+" || true\n", shown[3])
	shell(t, dir, strings.TrimSpace(steps[1])+" || true\n", shown[5])
}

// TestReadmeTried runs what the README says to try in a clone.
func TestReadmeTried(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")))
	path, err := binary()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(path, filepath.Join(dir, "refserver")))
	steps := triedCommands(t, "../../README.md")
	require.Len(t, steps, 1)
	first, rest, _ := strings.Cut(strings.TrimPrefix(steps[0], "# tried\n"), "\n")
	shell(t, dir, first+" || [ $? = 1 ]", "every alert reaches a person within 5m0s\n    not under seed ")
	shell(t, dir, rest, "| resolved | 42m0s | in time |") // of the drill
	for _, made := range []string{"year.svg", "monday-drill.yaml"} {
		require.FileExists(t, filepath.Join(dir, made))
	}
}
