package sim_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden are scenarios whose histories are the same, byte for byte, whatever runs them.
func golden() map[string]sim.Scenario {
	replicas := everything(7)
	replicas.Engines = 3
	return map[string]sim.Scenario{"calm": calm(1), "one-engine": everything(5), "one-in-autumn": everything(2), "three-engines": replicas}
}

// digest is the hash of all that is in a history, what it adds up to, and how it begins and ends.
func digest(t *testing.T, s sim.Scenario) string {
	h, err := sim.Run(s)
	require.NoError(t, err)
	lines := make([]string, 0, len(h.Log))
	for _, e := range h.Log {
		lines = append(lines, eventLine(e))
	}
	sum := sha256.New()
	_, err = io.WriteString(sum, strings.Join(lines, "")+everySend(h))
	require.NoError(t, err)
	return fmt.Sprintf("%x\n%d signals, %d alerts, %d inputs, %d crashes, %d duplicates, %d events\n\n%s...\n%s", sum.Sum(nil), h.Signals,
		len(h.Alerts), h.Inputs, h.Crashes, h.Duplicates, len(h.Log), strings.Join(lines[:20], ""), strings.Join(lines[len(lines)-20:], ""))
}

func eventLine(e sim.Event) string {
	line := fmt.Sprintf("%s %d %s %s", e.At.Format(time.RFC3339Nano), e.Engine, e.Kind, e.User)
	if e.Alert != nil {
		line += " " + e.Alert.Name
	}
	if e.Entry != nil {
		line += fmt.Sprintf(" %d %s %s %s", e.Entry.Seq, e.Entry.Actor, e.Entry.Kind, e.Entry.Data)
	}
	return line + " " + e.Text + "\n"
}

func everySend(h *sim.History) string {
	var b strings.Builder
	for _, a := range h.Alerts {
		fmt.Fprintln(&b, a.ID, a.Name, a.State, a.AcknowledgedAt, a.AcknowledgedBy, a.ResolvedAt)
		for _, s := range a.Sends {
			fmt.Fprintln(&b, s.At, s.Message, s.Key, s.Contact, s.Try, s.State, s.Verdict, s.ArrivedAt, s.NoticedAt)
		}
	}
	return b.String()
}

// TestGolden: the same bytes come out on one processor, two and eight, here and wherever the file was written, and under -race.
// A change of the engine that changes what happens changes them too: look at what, and write them anew with -update.
func TestGolden(t *testing.T) {
	for name, s := range golden() {
		path := filepath.Join("testdata", "golden", name+".txt")
		for _, processors := range []int{1, 2, 8} {
			before := runtime.GOMAXPROCS(processors)
			got := digest(t, s)
			runtime.GOMAXPROCS(before)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "%s on %d processors; if that was meant, -update writes it anew", name, processors)
		}
	}
}

// TestSimulateSaysTheSame runs the command in two processes, on one processor and on eight.
func TestSimulateSaysTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the reference server")
	}
	binary := filepath.Join(t.TempDir(), "refserver")
	out, err := exec.Command(goCommand(t), "build", "-o", binary, "../cmd/refserver").CombinedOutput()
	require.NoError(t, err, "%s", out)
	simulate := func(processors string) string {
		cmd := exec.Command(binary, "simulate", "-config", "../examples/simulate/watchbill.yaml", "-scenario", "../examples/simulate/scenario.yaml", "-seed", "7", "-json")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+processors)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		var no *exec.ExitError
		if errors.As(err, &no) && no.ExitCode() == 1 { // an expectation of the example is not met with this seed
			err = nil
		}
		require.NoError(t, err, said.String())
		require.NotEmpty(t, out)
		return string(out)
	}
	require.Equal(t, simulate("1"), simulate("8"))
}
