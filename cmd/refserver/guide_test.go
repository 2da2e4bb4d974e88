package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the outputs in the guide anew")

// fence is a block of code in the guide: its language, and its text.
var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```\n")

// TestGuide: every example in docs/schedules.md loads without a warning, beside the people at its top; check has
// no error to report; every command that is shown with its output gives that output; and every schedule can be drawn.
func TestGuide(t *testing.T) {
	const path = "../../docs/schedules.md"
	guide, err := os.ReadFile(path)
	require.NoError(t, err)
	people, conf, examples, commands := "", "", 0, 0
	mended := fence.ReplaceAllStringFunc(string(guide), func(block string) string {
		m := fence.FindStringSubmatch(block)
		line, _, _ := strings.Cut(m[2], "\n")
		switch {
		case m[1] == "yaml" && people == "":
			people = m[2]
		case m[1] == "yaml":
			examples++
			conf = write(t, "watchbill.yaml", people+m[2])
			code, _, problems := says("check", "-config", conf, "-from", "2026-02-01T00:00", "-horizon", "8760h")
			require.Equal(t, 0, code, "check of %s: %s", m[2], problems)
			drawn(t, conf, m[2])
		case strings.HasPrefix(line, "$ refserver "):
			commands++
			args := strings.Fields(strings.Replace(line, "watchbill.yaml", conf, 1))[2:]
			code, out, problems := says(args...)
			require.Equal(t, 0, code, "%s: %s", line, problems)
			require.Empty(t, problems, line)
			if !*update {
				require.Equal(t, m[2], line+"\n"+out)
			}
			return "```\n" + line + "\n" + out + "```\n"
		}
		return block
	})
	require.GreaterOrEqual(t, examples, 20)
	require.Equal(t, examples+1, commands, "every example shows what it comes to")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(mended), 0o644))
	}
}

// drawn draws each schedule of an example.
func drawn(t *testing.T, conf, example string) {
	t.Helper()
	for _, id := range regexp.MustCompile(`(?m)^  - id: (\S+)\n    (?:timezone|layers):`).FindAllStringSubmatch(example, -1) {
		code, picture, problems := says("shifts", "-config", conf, "-schedule", id[1], "-svg", "-from", "2026-01-01", "-to", "2027-01-01")
		require.Equal(t, 0, code, "%s: %s", id[1], problems)
		require.Contains(t, picture, "On call: "+id[1])
		require.NotContains(t, picture, "Nobody is on call at 1 time: Thu 1 Jan 2026 00:00", "%s is empty", id[1])
	}
}
