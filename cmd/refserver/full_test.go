package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smallDisk mounts a file system of 16 MB, and returns its folder.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", dir).CombinedOutput()
	if err != nil {
		lacking(t, "a small file system cannot be mounted; run this as root on Linux: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}

// TestDiskFilledByOthers fills the disk beside a server: it refuses signals, says so, and pages for all that it had
// accepted; when there is space again, it takes signals in without a restart.
func TestDiskFilledByOthers(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	disk := smallDisk(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(twoLevelsYAML, "PHONES", phones.URL))
	path, err := binary()
	require.NoError(t, err)
	server := launch(t, path, "serve", "-config", conf, "-db", "sqlite:"+filepath.Join(disk, "watchbill.db"), "-listen", "127.0.0.1:0", "-reserve", "4")
	base := server.waitFor(t, `serving.* on=(http://\S+)`)[1]
	require.True(t, send(t.Context(), base, "first"))
	require.Equal(t, 200, statusOf(t, base+"/readyz"))

	filler, err := os.Create(filepath.Join(disk, "filler"))
	require.NoError(t, err)
	_, err = io.CopyN(filler, zeros{}, 64<<20)
	require.ErrorContains(t, err, "no space left")
	require.NoError(t, filler.Close())

	accepted := []string{"first"}
	var refused *http.Response
	for n := 0; refused == nil && n < 20_000; n++ {
		resp := post(t, base, fmt.Sprint("k", n))
		if resp.StatusCode == http.StatusAccepted {
			accepted = append(accepted, fmt.Sprint("k", n))
			continue
		}
		refused = resp
	}
	require.NotNil(t, refused, "the disk was never full")
	require.Equal(t, http.StatusServiceUnavailable, refused.StatusCode)
	require.Equal(t, "application/problem+json", refused.Header.Get("Content-Type"))
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
	require.Eventually(t, func() bool { return statusOf(t, base+"/readyz") == 503 }, 20*time.Second, 100*time.Millisecond)
	all := phones.wait(t, 60*time.Second, func(a []arrival) bool { // the second level, two seconds later, too
		return distinct(a) == len(accepted) && len(pagedOf(a, accepted[len(accepted)-1])) > 1
	})
	for _, key := range accepted {
		require.NotEmpty(t, pagedOf(all, key), key)
	}

	require.NoError(t, os.Remove(filler.Name()))
	require.Eventually(t, func() bool { return post(t, base, "again").StatusCode == http.StatusAccepted }, 20*time.Second, 100*time.Millisecond)
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(pagedOf(a, "again")) > 0 })
	require.Eventually(t, func() bool { return statusOf(t, base+"/readyz") == 200 }, 20*time.Second, 100*time.Millisecond)
	require.Equal(t, 1, strings.Count(server.output(), "the store is full"), "once a minute")
}

// zeros is as many of them as anybody wants.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func statusOf(t *testing.T, url string) int {
	t.Helper()
	status, _ := client{t: t}.do(http.MethodGet, url, "")
	return status
}

// post sends a signal and returns the answer, without its body.
func post(t *testing.T, base, key string) *http.Response {
	t.Helper()
	body := fmt.Sprintf(`{"dedup_key":%q,"summary":%q,"severity":"critical"}`, key, strings.Repeat("down ", 50))
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/intake/generic/key-of-gen", strings.NewReader(body))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	return resp
}
