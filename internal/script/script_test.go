package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/internal/script"
)

func echo(name string, args []string) string {
	if name == "silent" {
		return ""
	}
	return name + ": " + strings.Join(args, ",") + "\nsecond line\n"
}

func TestPlay(t *testing.T) {
	for name, c := range map[string]struct{ scenario, want string }{
		"fills in answers":                {"> say a  b\n", "> say a  b\nsay: a,b\nsecond line\n"},
		"replaces old answers":            {"> say a\nold\nolder\n> silent\nold\n", "> say a\nsay: a\nsecond line\n> silent\n"},
		"keeps prose and empty lines":     {"# why\n\n> silent\nold\n\n# more\n> silent\n", "# why\n\n> silent\n\n# more\n> silent\n"},
		"keeps text that answers nothing": {"prose\n> silent\n\nmore prose\n", "prose\n> silent\n\nmore prose\n"},
		"ignores an empty command":        {">\n> silent\n", ">\n> silent\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := script.Play(c.scenario, echo)
			require.Equal(t, c.want, got)
			require.Equal(t, got, script.Play(got, echo), "playing again changes nothing")
		})
	}
}

func TestRunPassesOnWhatIsRecorded(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("> say x\nsay: x\nsecond line\n"), 0o600))
	script.Run(t, filepath.Join(dir, "*.txt"), func(*testing.T) script.Command { return echo })
}
