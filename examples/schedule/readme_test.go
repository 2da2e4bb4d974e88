package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestREADMEShowsThisProgram: what a newcomer copies is what is tested here.
func TestREADMEShowsThisProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	_, code, _ := strings.Cut(string(program), "\n") // its first line is the doc comment
	require.Contains(t, string(readme), code)
}

// TestPicture: it is written if asked for, and has what the program says.
func TestPicture(t *testing.T) {
	*svg = filepath.Join(t.TempDir(), "support.svg")
	t.Cleanup(func() { *svg = "" })
	main()
	picture, err := os.ReadFile(*svg)
	require.NoError(t, err)
	require.Contains(t, string(picture), "cem, Fri 27 Mar 09:00 to Fri 27 Mar 14:00 CET, site berlin, turn 11")
}
