package main

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
)

// TestEscalation lives ten minutes on call in milliseconds: the mock clock is advanced by hand, and the bubble makes
// sure that everything that the advance leads to has happened when Add returns.
func TestEscalation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
			"&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate")
		require.NoError(t, err)
		defer db.Close()
		var pager notifytest.Recorder
		mock := clock.NewMock()
		mock.Set(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC))
		eng, handler, err := newService(t.Context(), db, &pager, mock)
		require.NoError(t, err)
		var running sync.WaitGroup
		running.Go(func() { require.NoError(t, eng.Run(t.Context())) })
		t.Cleanup(running.Wait)

		require.Equal(t, http.StatusUnauthorized, call(handler, "", "/oncall/api/v1/alerts", `{}`).Code)
		raised := call(handler, "ada", "/oncall/api/v1/alerts", `{"service":"shop","summary":"the shop is closed"}`)
		require.Equal(t, http.StatusCreated, raised.Code, raised.Body)
		_, err = pager.Wait(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, []watchbill.UserID{"ada"}, paged(&pager))

		mock.Add(4*time.Minute + 59*time.Second)
		synctest.Wait()
		require.NotContains(t, paged(&pager), watchbill.UserID("ben"))
		mock.Add(time.Second)
		_, err = pager.WaitFor(t.Context(), func(m notify.Message) bool { return m.User == "ben" })
		require.NoError(t, err)

		ack := call(handler, "ben", raised.Header().Get("Location")+"/ack", ``)
		require.Equal(t, http.StatusOK, ack.Code, ack.Body)
		before := len(paged(&pager))
		mock.Add(time.Hour)
		synctest.Wait()
		require.Len(t, paged(&pager), before)
	})
}

func call(h http.Handler, user, path, body string) *httptest.ResponseRecorder {
	if !strings.HasPrefix(path, "/oncall/") {
		path = "/oncall" + path
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if user != "" {
		req.Header.Set("X-Shop-User", user)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func paged(r *notifytest.Recorder) (users []watchbill.UserID) {
	for _, m := range r.Messages() {
		users = append(users, m.User)
	}
	return users
}

// TestTry does what curl would do by the printed command: with -d, it posts a form unless a header says otherwise.
func TestTry(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() }) // after the engine has ended
	eng, handler, err := newService(t.Context(), db, &notifytest.Recorder{}, nil)
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() { require.NoError(t, eng.Run(t.Context())) })
	t.Cleanup(running.Wait)

	words := strings.Split(try, "'")
	req := httptest.NewRequest(http.MethodPost, strings.TrimSpace(words[len(words)-1]), nil)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 1; i < len(words); i += 2 {
		if name, value, ok := strings.Cut(words[i], ": "); ok && strings.HasSuffix(words[i-1], "-H ") {
			req.Header.Set(name, value)
		} else {
			req.Body = io.NopCloser(strings.NewReader(words[i]))
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
}
