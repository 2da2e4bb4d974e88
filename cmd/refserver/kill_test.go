package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const killYAML = `
users:
  - id: ada
    contacts: [{id: hook, channel: webhook, address: "PHONES/ada"}]
policies:
  - id: once
    levels: [{targets: ["user:ada"], timeout: 1h, repeat: {every: 1h, attempts: 1}}]
services: [{id: shop, policy: once}]
sources: [{id: gen, type: generic, service: shop, key: key-of-gen}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: "user:ada"
`

const killSignals = 2000

// TestKill9LosesNothing posts 2,000 signals a round, kills the server twice at random moments meanwhile, starts it again
// on the same file, and lets senders repeat what was not answered, as real ones do. Then every signal has its one alert
// and its page; what was paged twice was under way at a kill. WATCHBILL_KILL_ROUNDS asks for more rounds.
func TestKill9LosesNothing(t *testing.T) {
	rounds := 2
	if s := os.Getenv("WATCHBILL_KILL_ROUNDS"); s != "" {
		var err error
		rounds, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	for round := range rounds {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			t.Parallel()
			killRound(t, rand.New(rand.NewPCG(uint64(round), uint64(time.Now().UnixNano()))))
		})
	}
}

func killRound(t *testing.T, rng *rand.Rand) {
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", phones.URL))
	db := "sqlite:" + filepath.Join(t.TempDir(), "w.db")
	server, base := serveOn(t, conf, db, "127.0.0.1:0")
	listen := strings.TrimPrefix(base, "http://")

	senders := startSenders(t, base)
	var kills []time.Time
	for range 2 {
		senders.waitFor(t, len(kills)*killSignals/3+rng.IntN(killSignals/3))
		kills = append(kills, time.Now())
		server.kill()
		server, base = serveOn(t, conf, db, listen)
	}
	senders.wait()
	require.EqualValues(t, killSignals, senders.answered())

	all := phones.wait(t, 90*time.Second, func(a []arrival) bool { return distinct(a) >= killSignals })
	checkAlerts(t, client{t, base, "ops-token"}, all)
	checkDuplicates(t, all, kills)
}

// distinct returns how many alerts have been paged.
func distinct(all []arrival) int {
	seen := map[string]bool{}
	for _, a := range all {
		seen[a.Alert.DedupKey] = true
	}
	return len(seen)
}

func checkAlerts(t *testing.T, api client, pages []arrival) {
	paged := map[string]bool{}
	for _, a := range pages {
		paged[a.Alert.ID] = true
	}
	keys := map[string]int{}
	for _, a := range api.alerts() {
		keys[a.DedupKey]++
		require.True(t, paged[a.ID], "alert %s was not paged", a.DedupKey)
	}
	require.Len(t, keys, killSignals)
	for k, n := range keys {
		require.Equal(t, 1, n, "key %s has %d alerts", k, n)
	}
}

// checkDuplicates: a message arrives twice only if its first arrival was shortly before a kill, so that its receipt was
// lost.
func checkDuplicates(t *testing.T, all []arrival, kills []time.Time) {
	first, duplicates := map[string]time.Time{}, 0
	for _, a := range all {
		at, again := first[a.ID]
		if !again {
			first[a.ID] = a.At
			continue
		}
		duplicates++
		explained := false
		for _, k := range kills {
			explained = explained || at.Before(k.Add(time.Second)) && at.After(k.Add(-5*time.Second))
		}
		require.True(t, explained, "message %s arrived at %s and again at %s; kills were at %s", a.ID, at, a.At, kills)
	}
	t.Logf("%d pages, %d of them duplicates of messages under way at a kill", len(all), duplicates)
}

// senders posts signals and repeats each until it is answered 2xx.
type senders struct {
	wg      sync.WaitGroup
	mu      sync.Mutex
	done    int
	changed chan struct{}
}

func startSenders(t *testing.T, base string) *senders {
	const clients = 16
	s := &senders{changed: make(chan struct{}, 1)}
	for c := range clients {
		s.wg.Go(func() {
			for i := c; i < killSignals; i += clients {
				for !send(t.Context(), base, fmt.Sprintf("k%d", i)) && t.Context().Err() == nil {
					s.pause(t.Context())
				}
				s.note()
			}
		})
	}
	return s
}

func send(ctx context.Context, base, key string) bool {
	body := fmt.Sprintf(`{"dedup_key":%q,"summary":"it is down","severity":"critical"}`, key)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/intake/generic/key-of-gen", strings.NewReader(body))
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode/100 == 2
}

// pause is what a sender does before it tries again.
func (s *senders) pause(ctx context.Context) {
	timer := time.NewTimer(20 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (s *senders) note() {
	s.mu.Lock()
	s.done++
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *senders) answered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func (s *senders) waitFor(t *testing.T, n int) {
	limit := time.After(time.Minute)
	for s.answered() < n {
		select {
		case <-s.changed:
		case <-limit:
			t.Fatalf("only %d of %d signals were answered within a minute", s.answered(), n)
		}
	}
}

func (s *senders) wait() { s.wg.Wait() }
