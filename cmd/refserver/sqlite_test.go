package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store/sqlite"
)

// TestBackupAndRestore does what docs/sqlite.md says, literally: a copy of a running server's file, the loss of the file,
// and the copy in its place.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	dir := t.TempDir()
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", phones.URL))
	server, base := serveOn(t, conf, "sqlite:"+filepath.Join(dir, "watchbill.db"), "127.0.0.1:0")
	require.True(t, send(t.Context(), base, "before"))
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) == 1 })

	code, out, problems := says("serve", "-config", conf, "-db", "sqlite:"+filepath.Join(dir, "watchbill.db"), "-listen", "127.0.0.1:0")
	require.Equal(t, 2, code, out)
	require.Contains(t, problems, fmt.Sprintf("is another server's: process %d has it open since 20", server.cmd.Process.Pid))

	steps := triedCommands(t, "../../docs/sqlite.md")
	require.Len(t, steps, 2, "a backup, and how it is restored")
	shell(t, dir, steps[0], "1 alerts, 1 of them open")
	code, _, problems = says("backup", "-db", "sqlite:"+filepath.Join(dir, "watchbill.db"), filepath.Join(dir, "watchbill-copy.db"))
	require.Equal(t, 1, code)
	require.Contains(t, problems, "a backup overwrites nothing")

	require.True(t, send(t.Context(), base, "after"))
	server.kill()
	shell(t, dir, steps[1], "")
	path, err := binary()
	require.NoError(t, err)
	again := launch(t, path, "serve", "-config", conf, "-db", "sqlite:"+filepath.Join(dir, "watchbill.db"), "-listen", "127.0.0.1:0", "-restored")
	base = again.waitFor(t, `serving.* on=(http://\S+)`)[1]
	api := client{t, base, "ops-token"}
	_, body := api.do("GET", "/api/v1/alerts", "")
	require.Contains(t, string(body), `"before"`)
	require.NotContains(t, string(body), `"after"`, "it came after the copy was made")
}

// triedCommands returns the blocks of shell commands of a page whose first line is a comment that asks for a test.
func triedCommands(t *testing.T, page string) (blocks []string) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, block := range strings.Split(string(text), "```sh\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if strings.HasPrefix(block, "# tried") {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// shell runs commands in a folder, with the binary under test as refserver.
func shell(t *testing.T, dir, commands, want string) {
	path, err := binary()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), need(t, "any Unix", "sh"), "-e", "-c", commands)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(path)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), want)
}

func TestBackupOfWhatIsNoFile(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-db", "postgres://u:secret@127.0.0.1/x", "to"}, 2, "pg_dump"},
		{[]string{"-db", "memory:", "to"}, 2, "is not sqlite:PATH"},
		{[]string{"-db", "sqlite:x.db"}, 2, "name one file"},
		{[]string{"-db", "sqlite:/nowhere/x.db", filepath.Join(t.TempDir(), "to")}, 1, "no such file"},
	} {
		code, out, problems := says(append([]string{"backup"}, c.args...)...)
		require.Equal(t, c.code, code, problems)
		require.Empty(t, out)
		require.Contains(t, problems, c.want)
		require.NotContains(t, problems, "secret")
	}
}

// TestServeRefusesADamagedFile overwrites pages of a file, as a failing disk would.
func TestServeRefusesADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	copy(data[len(data)-4096:], bytes.Repeat([]byte{0xff}, 4096))
	require.NoError(t, os.WriteFile(path, data, 0o600))
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", "http://127.0.0.1:9"))
	code, _, problems := says("serve", "-config", conf, "-db", "sqlite:"+path, "-listen", "127.0.0.1:0")
	require.Equal(t, 1, code)
	require.Contains(t, problems, "the file is damaged: ")
	require.Contains(t, problems, "put a backup in its place")
}
