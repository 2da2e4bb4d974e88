package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

// mutant is a bug that somebody might plant, in the source of the engine and of what it is made of.
type mutant struct {
	kind    string // of bug
	name    string
	edits   []edit // more than one where another line of defence has to fall too
	engines int    // that share the store; zero: 1
	seeds   uint64 // within which it must be found, in one of the scenarios of each seed
	holds   string // not empty: it is never found, since this holds all the same
}

// edit replaces a text that is in a file exactly once.
type edit struct{ file, old, new string }

var only = flag.String("mutant", "", "plant only those mutants whose name matches")

// TestMutants plants bugs, one after the other, and looks whether the simulator finds them in a few seeds: a simulator that
// finds nothing may be blind. Each mutant is a test binary of this package, compiled with some source replaced (-overlay).
func TestMutants(t *testing.T) {
	if testing.Short() || racing {
		t.Skip("compiles the engine many times; the race detector has nothing to see in that: run it without -race")
	}
	goTool := goCommand(t)
	wanted := regexp.MustCompile(*only)
	for _, m := range slices.Concat(mutants, moreMutants) {
		if !wanted.MatchString(m.name) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			binary := m.compile(t, goTool)
			out := m.hunt(t, binary)
			if m.holds != "" {
				require.Contains(t, out, "nothing found", "%s is found, although: %s", m.name, m.holds)
				return
			}
			require.Contains(t, out, "found at seed", "%s: %s survives %d seeds", m.kind, m.name, m.seeds)
			t.Logf("%s: %s", m.kind, firstLine(out[strings.Index(out, "found at seed"):]))
		})
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line[:min(len(line), 200)]
}

// goCommand finds the command that compiles mutants.
func goCommand(t *testing.T) string {
	path, err := exec.LookPath("go")
	if err == nil {
		return path
	}
	const how = "mutants are compiled by the go command, which is not in the path; get it with: apt-get install golang-go"
	if os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatal(how)
	}
	t.Skip(how)
	return ""
}

// compile plants the bug. A text that is not there any more, or twice, is a mutant that has rotted.
func (m mutant) compile(t *testing.T, goTool string) string {
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	sources := map[string]string{}
	for _, e := range m.edits {
		path := filepath.Join(root, filepath.FromSlash(e.file))
		if _, ok := sources[path]; !ok {
			source, err := os.ReadFile(path)
			require.NoError(t, err)
			sources[path] = string(source)
		}
		require.Equal(t, 1, strings.Count(sources[path], e.old), "%s: how often the text to be changed is in %s:\n%s", m.name, e.file, e.old)
		sources[path] = strings.Replace(sources[path], e.old, e.new, 1)
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for path, source := range sources {
		changed := filepath.Join(dir, strconv.Itoa(len(overlay.Replace))+".go")
		require.NoError(t, os.WriteFile(changed, []byte(source), 0o600))
		overlay.Replace[path] = changed
	}
	list, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600))
	binary := filepath.Join(dir, "mutant")
	cmd := exec.Command(goTool, "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, ".")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s does not compile:\n%s", m.name, out)
	return binary
}

// hunt lets the mutant live scenarios until it is found.
func (m mutant) hunt(t *testing.T, binary string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", "^TestHunt$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprintf("WATCHBILL_SIM_HUNT=%d %d", max(m.engines, 1), m.seeds))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s:\n%s", m.name, out[max(0, len(out)-3000):])
	return string(out)
}

// TestHunt is what a mutant does: it lives scenarios until one of them goes wrong.
func TestHunt(t *testing.T) {
	var engines int
	var n uint64
	task := os.Getenv("WATCHBILL_SIM_HUNT")
	if task == "" {
		t.Skip("is for mutants: see TestMutants")
	}
	_, err := fmt.Sscanf(task, "%d %d", &engines, &n)
	require.NoError(t, err)
	for seed := range n {
		if wrong := liveAll(seed, engines); wrong != "" {
			fmt.Printf("found at seed %d: %s\n", seed, wrong)
			return
		}
	}
	fmt.Println("nothing found")
}

// liveAll lives a calm scenario, a lonely one, and one with everything in it, and says what goes wrong.
func liveAll(seed uint64, engines int) string {
	s := calm(seed)
	h, err := sim.Run(s)
	if err == nil {
		if wrong := judge(s, h); wrong != "" {
			return "calm: " + wrong
		}
		_, err = sim.Run(lonely(seed))
	}
	if err == nil {
		s = everything(seed)
		s.Engines = engines
		_, err = sim.Run(s)
	}
	var v *sim.Violation
	if errors.As(err, &v) {
		return v.Rule
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
