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
	conf, err := os.ReadFile("../../examples/simulate/watchbill.yaml")
	require.NoError(t, err)
	guide, err := os.ReadFile("../../docs/simulation.md")
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(guide), "```yaml\n")
	scenario, after, _ := strings.Cut(after, "```\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "watchbill.yaml"), conf, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "night-scenario.yaml"), []byte(scenario), 0o600))

	steps := triedCommands(t, "../../docs/simulation.md")
	require.Len(t, steps, 2)
	shell(t, dir, steps[0], "\nexpectations\n  kept ")
	shown := strings.Split(after, "```\n")
	shell(t, dir, strings.TrimSpace(steps[1])+" || true\n", shown[3])
	shell(t, dir, strings.TrimSpace(steps[1])+" || true\n", shown[5])
}
