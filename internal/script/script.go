// Package script runs scenarios: text files that hold commands and what they answer, so that anybody can read what the
// system does, and review a change of it.
//
//	# An unanswered page comes again after a minute.
//	> trigger
//	0:00 page level 1, attempt 1: ada
//	> advance 1m
//	0:01 page level 1, attempt 2: ada
//
// A line that begins with ">" is a command: a name and arguments, separated by spaces. The lines below it, up to the next
// command, comment ("#") or empty line, are its answer. `go test -update` writes the answers into the files; reading the
// difference is the review.
package script

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const updateFlag = "update"

var _ = flag.Bool(updateFlag, false, "write what the commands of scenarios answer into their files")

// Command carries out one command of a scenario and returns its answer. The answer has no empty lines, and none that
// begin with ">" or "#".
type Command func(name string, args []string) string

// Run plays every file that matches the pattern as a subtest. Each begins with a world of its own.
func Run(t *testing.T, pattern string, begin func(t *testing.T) Command) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario matches %q (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runFile(t, file, begin(t)) })
	}
}

func runFile(t *testing.T, file string, do Command) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := Play(string(want), do)
	switch {
	case got == string(want):
	case flag.Lookup(updateFlag).Value.String() == "true":
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s: %s\n(-update writes the new answers into the file)", file, difference(string(want), got))
	}
}

// Play returns the scenario with the answers that do gives.
func Play(scenario string, do Command) string {
	var played strings.Builder
	answering := false
	for line := range strings.Lines(scenario) {
		words := strings.Fields(line)
		command := strings.HasPrefix(line, ">")
		if answering && !command && len(words) > 0 && !strings.HasPrefix(line, "#") {
			continue // the old answer
		}
		played.WriteString(line)
		if answering = command && len(words) > 1; answering {
			played.WriteString(answer(do(words[1], words[2:])))
		}
	}
	return played.String()
}

func answer(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return text + "\n"
}

// difference shows the first line that differs, with the command that answered it.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	command := ""
	for i := 0; i < len(w) && i < len(g); i++ {
		if w[i] != g[i] {
			return "after " + command + "\n  want: " + w[i] + "\n  got:  " + g[i]
		}
		if strings.HasPrefix(w[i], ">") {
			command = w[i]
		}
	}
	return "after " + command + ": one has more lines than the other"
}
