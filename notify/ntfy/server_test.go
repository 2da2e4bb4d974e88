package ntfy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/ntfy"
)

// TestNtfy publishes to ntfy's own server: one where nobody may write but who has a token.
func TestNtfy(t *testing.T) {
	program := ntfyServer(t)
	url, token := serve(t, program)

	receipt, err := newNotifier(t, ntfy.Config{Server: url, Token: token}).Notify(t.Context(), message())
	require.NoError(t, err)
	require.NotEmpty(t, receipt.ProviderID)
	big := message()
	big.Summary, big.Details = strings.Repeat("磁", 4_000), strings.Repeat("\"\n", 20_000)
	big.Contact.Address, big.Contact.Secret = url+"/oncall-ada", "watchbill:canary-password"
	_, err = newNotifier(t, ntfy.Config{}).Notify(t.Context(), big)
	require.NoError(t, err)

	got := poll(t, url, token)
	require.Len(t, got, 2)
	require.Equal(t, receipt.ProviderID, got[0].ID)
	require.Equal(t, "[critical] Checkout: disk <90%> full", got[0].Title)
	require.Equal(t, 5, got[0].Priority)
	require.Equal(t, "https://example.com/a/acktoken", got[0].Click)
	require.Len(t, got[0].Actions, 3)
	require.Equal(t, "action=ack", got[0].Actions[0].Body)
	require.True(t, got[0].Actions[0].Clear)
	require.Equal(t, "application/x-www-form-urlencoded", got[0].Actions[0].Headers["Content-Type"])
	require.Nil(t, got[1].Attachment, "a long text is still a message")

	for _, c := range []struct {
		config    ntfy.Config
		permanent bool
	}{
		{ntfy.Config{Server: url}, true},                     // nobody may write here without a token
		{ntfy.Config{Server: url, Token: "tk_wrong"}, false}, // the operator mends it
		{ntfy.Config{Server: url, Token: "watchbill:no"}, false},
	} {
		_, err := newNotifier(t, c.config).Notify(t.Context(), message())
		require.Error(t, err)
		require.Equal(t, c.permanent, errors.Is(err, notify.ErrPermanent), err)
		require.Contains(t, err.Error(), "check the token, and what it may write to")
	}
}

// ntfyServer finds the server's program, or skips, also where every other foreign program is required: neither a package nor
// the Go proxy has it, so that it has to be built. The counterpart of the other tests checks what it would.
func ntfyServer(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("ntfy"); err == nil && exec.Command(path, "serve", "--help").Run() == nil {
		return path
	}
	t.Skip("there is no ntfy server in the path: build it from github.com/binwiederhier/ntfy (make cli-linux-server)")
	return ""
}

// serve starts the server on this machine and returns its URL and a token that may do everything.
func serve(t *testing.T, program string) (url, token string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	dir := t.TempDir()
	config := filepath.Join(dir, "server.yml")
	require.NoError(t, os.WriteFile(config, []byte("base-url: http://"+addr+"\nlisten-http: "+addr+
		"\ncache-file: "+dir+"/cache.db\nauth-file: "+dir+"/auth.db\nauth-default-access: deny-all\n"), 0o600))

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	command := exec.CommandContext(ctx, program, "serve", "--config", config)
	require.NoError(t, command.Start())
	t.Cleanup(func() { cancel(); _ = command.Wait() })
	await(ctx, t, addr)

	user := exec.Command(program, "user", "--config", config, "add", "--role=admin", "watchbill")
	user.Env = append(os.Environ(), "NTFY_PASSWORD=canary-password")
	out, err := user.CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command(program, "token", "--config", config, "add", "watchbill").CombinedOutput()
	require.NoError(t, err, string(out))
	token = regexp.MustCompile(`tk_[a-z0-9]+`).FindString(string(out))
	return "http://" + addr, token
}

// await returns when something listens at addr.
func await(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			require.NoError(t, conn.Close())
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("ntfy does not listen: ", err)
		}
	}
}

// delivered is a message as phones get it.
type delivered struct {
	published
	ID         string          `json:"id"`
	Attachment json.RawMessage `json:"attachment"`
}

// poll returns what phones that read the topic would show.
func poll(t *testing.T, url, token string) (all []delivered) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/oncall-ada/json?poll=1&since=all", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		var d delivered
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		all = append(all, d)
	}
	return all
}
