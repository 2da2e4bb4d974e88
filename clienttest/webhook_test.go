package clienttest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	svix "github.com/svix/svix-webhooks/go"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/webhook"
)

const (
	oldSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	newSecret = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
)

// verifier is what both libraries have.
type verifier interface {
	Verify(payload []byte, headers http.Header) error
}

// TestWebhookSignature has other people's libraries verify what we sign.
func TestWebhookSignature(t *testing.T) {
	header, body := sent(t)
	for name, open := range map[string]func(secret string) (verifier, error){
		"standard-webhooks": func(secret string) (verifier, error) { return standardwebhooks.NewWebhook(secret) },
		"svix":              func(secret string) (verifier, error) { return svix.NewWebhook(secret) },
	} {
		for _, secret := range []string{oldSecret, newSecret} {
			v, err := open(secret)
			require.NoError(t, err, name)
			require.NoError(t, v.Verify(body, header), name)
			require.Error(t, v.Verify(append(body[:len(body):len(body)], ' '), header), "%s: tampered body", name)

			other := header.Clone()
			other.Set("webhook-id", "m2")
			require.Error(t, v.Verify(body, other), "%s: tampered id", name)
		}
		v, err := open("whsec_enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=")
		require.NoError(t, err, name)
		require.Error(t, v.Verify(body, header), "%s: another secret", name)
	}
}

// TestWebhookSignatureInNode has the same libraries of npm verify it.
func TestWebhookSignatureInNode(t *testing.T) {
	node := need(t, "https://nodejs.org/", "node")
	needPackage(t, "standardwebhooks")
	needPackage(t, "svix")
	header, body := sent(t)
	verify := func(secret, body string) map[string]bool {
		names := map[string]string{}
		for name := range header {
			names[strings.ToLower(name)] = header.Get(name)
		}
		in, err := json.Marshal(map[string]any{"secret": secret, "headers": names, "body": body})
		require.NoError(t, err)
		c := exec.CommandContext(t.Context(), node, "npm/verify.cjs")
		c.Stdin, c.Stderr = bytes.NewReader(in), os.Stderr
		out, err := c.Output()
		require.NoError(t, err)
		var genuine map[string]bool
		require.NoError(t, json.Unmarshal(out, &genuine))
		return genuine
	}
	yes, no := map[string]bool{"standardwebhooks": true, "svix": true}, map[string]bool{"standardwebhooks": false, "svix": false}
	require.Equal(t, yes, verify(oldSecret, string(body)))
	require.Equal(t, yes, verify(newSecret, string(body)))
	require.Equal(t, no, verify(newSecret, string(body)+" "))
	require.Equal(t, no, verify("whsec_enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=", string(body)))
}

// TestTheirSignature has us verify what the standard library signs.
func TestTheirSignature(t *testing.T) {
	theirs, err := standardwebhooks.NewWebhook(newSecret)
	require.NoError(t, err)
	now, body := time.Now(), []byte(`{"hello":"world"}`)
	signature, err := theirs.Sign("msg_1", now, body)
	require.NoError(t, err)
	header := http.Header{}
	header.Set("webhook-id", "msg_1")
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	header.Set("webhook-signature", signature)
	require.NoError(t, webhook.Verify(newSecret, header, body, now, time.Minute))
	require.ErrorIs(t, webhook.Verify(oldSecret, header, body, now, time.Minute), webhook.ErrSignature)
}

// sent returns a webhook as its receiver sees it, signed with two secrets.
func sent(t *testing.T) (http.Header, []byte) {
	t.Helper()
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	n, err := webhook.New(webhook.Config{Secret: oldSecret + " " + newSecret})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), notify.Message{
		ID: "m1", Kind: notify.KindPage, User: "ada", Contact: notify.Contact{Address: server.URL},
		Body: json.RawMessage(`{"id":"a1","summary":"disk full"}`),
	})
	require.NoError(t, err)
	return header, body
}
