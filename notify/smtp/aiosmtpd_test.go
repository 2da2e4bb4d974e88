package smtp_test

import (
	"bufio"
	"context"
	"mime"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/smtp"
)

// TestAiosmtpd sends to a mail server that nobody here wrote.
func TestAiosmtpd(t *testing.T) {
	python := pythonWithAiosmtpd(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, python, "-u", "-m", "aiosmtpd", "-n", "-l", addr)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() { cancel(); _ = command.Wait() }()
	await(ctx, t, addr)

	n, err := smtp.New(smtp.Config{Addr: addr, From: "oncall@example.com", Clock: fixed(noon)})
	require.NoError(t, err)
	lines := bufio.NewScanner(output)
	for _, c := range []struct {
		kind                    notify.Kind
		locale, subject, button string
	}{
		{notify.KindPage, "en", "[critical] Checkout: disk full", "Acknowledge"},
		{notify.KindUpdate, "de", "Neues: Checkout: disk full", "Öffnen"},
		{notify.KindResolved, "en", "Resolved: Checkout: disk full", "Open"},
		{notify.KindSummary, "de", "Übersicht: Checkout: disk full", "Liste öffnen"},
	} {
		m := message(t)
		m.Kind, m.Locale = c.kind, c.locale
		_, err = n.Notify(ctx, m)
		require.NoError(t, err)
		p := parse(t, printed(t, lines))
		subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
		require.NoError(t, err)
		require.Equal(t, c.subject, subject)
		require.Equal(t, "<a1%2F1%3A2%2E@example.com>", p.header.Get("Message-Id"))
		require.Contains(t, p.text, "no space left\n.\n<b>on device</b>")
		require.Contains(t, p.html, ">"+c.button+"</a>")
	}
}

func pythonWithAiosmtpd(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import aiosmtpd").Run() == nil {
			return python
		}
	}
	const missing = "needs aiosmtpd: apt-get install -y --no-install-recommends python3-aiosmtpd"
	if os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
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
			t.Fatal("aiosmtpd does not listen: ", err)
		}
	}
}

// printed returns the message that aiosmtpd prints between two rules, without the lines that it adds.
func printed(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	var message strings.Builder
	for inside := false; lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "---------- MESSAGE FOLLOWS"):
			inside = true
		case strings.HasPrefix(line, "------------ END MESSAGE"):
			return strings.TrimLeft(message.String(), "\n")
		case inside && !strings.HasPrefix(line, "X-Peer:") && !strings.HasPrefix(line, "mail options:"):
			message.WriteString(line + "\n")
		}
	}
	t.Fatal("aiosmtpd printed no message")
	return ""
}
