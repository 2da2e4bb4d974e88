package engine_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

// smallDisk mounts a file system of 32 MB, and returns its folder.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", dir).CombinedOutput()
	if err != nil {
		why := fmt.Sprintf("a small file system cannot be mounted; run this as root on Linux (%s): %s", runtime.GOOS, out)
		if os.Getenv("WATCHBILL_REQUIRE") == "all" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}

// TestFullDisk submits until the disk is full. Every signal that was accepted is paged while it is, others are refused
// and the log says so once; when there is space again, all goes on.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t)
	path := filepath.Join(disk, "watchbill.db")
	open := func() *sqlite.Store {
		s, err := sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		require.NoError(t, s.Reserve(12<<20))
		return s
	}
	s := open()
	defer func() { _ = s.Close() }()
	var sent notifytest.Recorder
	var log bytes.Buffer
	cfg := engine.Config{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}}
	e := start(t, cfg)

	accepted, err := submitUntilRefused(t, e)
	require.ErrorIs(t, err, store.ErrFull)
	require.Greater(t, len(accepted), 100)
	require.ErrorIs(t, s.Room(), store.ErrFull)

	paged := map[watchbill.AlertID]int{}
	now := t0.Add(time.Minute)
	pageAll(t, e, now)
	for _, m := range sent.Messages() {
		paged[m.Alert]++
	}
	for _, id := range accepted {
		require.Equal(t, 1, paged[id], "accepted and not paged: %s", id)
	}
	refused := e.Accept(t.Context(), now, []alert.Signal{trigger("more")})
	require.ErrorIs(t, refused[0].Err, store.ErrFull)
	require.Equal(t, 1, strings.Count(log.String(), "the store is full"), log.String())

	require.NoError(t, s.Close())
	s = open()
	require.ErrorIs(t, s.Room(), store.ErrFull, "the disk is as full as it was")
	cfg.Store = s
	e = start(t, cfg)
	for _, id := range accepted {
		_, err := e.Lookup(t.Context(), id)
		require.NoError(t, err)
	}
	require.NoError(t, exec.Command("mount", "-o", "remount,size=64m", disk).Run())
	require.NoError(t, s.Room())
	require.NoError(t, e.Accept(t.Context(), now, []alert.Signal{trigger("more")})[0].Err)
	require.NoError(t, s.Check(t.Context()))
}

// submitUntilRefused returns the alerts that were opened, and why the next was not.
func submitUntilRefused(t *testing.T, e *engine.Engine) (opened []watchbill.AlertID, err error) {
	t.Helper()
	for n := 0; n < 100_000; n += 10 {
		var signals []alert.Signal
		for i := range 10 {
			sig := trigger(fmt.Sprint("k", n+i))
			sig.Notes = []string{strings.Repeat("what happened ", 70)}
			signals = append(signals, sig)
		}
		for _, v := range e.Accept(t.Context(), t0, signals) {
			if v.Err != nil {
				return opened, v.Err
			}
			opened = append(opened, v.Alert)
		}
	}
	t.Fatal("the disk was never full")
	return nil, nil
}

// pageAll makes passes and sends what they claim, until nothing is left to send now.
func pageAll(t *testing.T, e *engine.Engine, now time.Time) {
	t.Helper()
	for {
		p, err := e.RunOnce(t.Context(), now, anyRoom)
		require.NoError(t, err)
		if len(p.Deliveries) == 0 && !p.More {
			return
		}
		var outcomes []engine.Outcome
		for _, d := range p.Deliveries {
			outcomes = append(outcomes, engine.Outcome{Delivery: d, Result: e.Send(t.Context(), d)})
		}
		require.NoError(t, e.Report(t.Context(), now, outcomes))
	}
}
