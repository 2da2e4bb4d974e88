package sim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
)

func tell(t *testing.T, s sim.Scenario) (*sim.History, string) {
	h, err := sim.Run(s)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, h.Tell(&b))
	return h, b.String()
}

// What a person asks is told; what only machines need is not, and what repeats is told once.
func TestTell(t *testing.T) {
	s := twoLevels(10 * time.Minute)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	s.Start = s.Start.In(berlin)
	s.People = map[watchbill.UserID]sim.Person{"ada": {Misses: 1}, "ben": {Answers: sim.Always(90 * time.Second)}}
	s.Providers = map[notify.Channel]sim.Provider{"push": {Takes: sim.Always(time.Second), Down: []sim.Span{{From: 65 * time.Minute, To: 68 * time.Minute}}}}
	s.Acts = []sim.Act{
		{After: 30 * time.Minute, Do: sim.Crash{For: time.Minute}},
		breaks(time.Hour, "db"),
		mends(100*time.Minute, "db"),
	}
	h, text := tell(t, s)
	require.Equal(t, strings.TrimLeft(`
+00:30:00  Mon 2 Mar 13:30:00        engine 1 crashes
+00:31:00  Mon 2 Mar 13:31:00        engine 1 starts
+01:00:00  Mon 2 Mar 14:00:00  db#1  prom triggered the alert: it is broken
`, "\n"), text[:strings.Index(text, "+01:00:00  Mon 2 Mar 14:00:00  db#1  paging")])
	for _, row := range []string{
		"+01:00:00  Mon 2 Mar 14:00:00  db#1  paging level 1: ada (named)\n",
		"+01:00:01  Mon 2 Mar 14:00:01  db#1  ada: page is on the phone (app), unnoticed\n",
		"+01:01:00  Mon 2 Mar 14:01:00  db#1  paging level 1, attempt 2: ada (named); and 8 times more until +01:09:00\n",
		"db#1  the page to app of ada failed and is tried again: sim: the provider cannot be reached\n",
		"+01:10:00  Mon 2 Mar 14:10:00  db#1  level 1 gives way: nobody acknowledged in time\n",
		"db#1  ben sees it\n", "+01:11:31  Mon 2 Mar 14:11:31  db#1  ben acknowledged\n",
		"+01:40:00  Mon 2 Mar 14:40:00  db#1  prom resolved the alert\n",
	} {
		require.Equal(t, 1, strings.Count(text, row), "%s in\n%s", row, text)
	}
	for _, noise := range []string{"queued", "ticked", "receipt", "accepted", "source:", "acknowledge\n"} {
		require.NotContains(t, text, noise)
	}

	var story bytes.Buffer
	require.NoError(t, h.TellOf(&story, h.Alerts[0]))
	first, rest, _ := strings.Cut(story.String(), "\n")
	require.Equal(t, `db#1 (critical, high urgency) "it is broken", opened Mon 2 Mar 14:00:00 CET; first reached a person after 10m1s; `+
		`acknowledged by ben after 11m31s; resolved after 40m0s; pages: 9`, first)
	require.NotContains(t, rest, "engine")
	require.Contains(t, text, rest[strings.Index(rest, "+01:10:00"):])
}

// What gets lost on the way, and what is refused, is told.
func TestTellLostAndRefused(t *testing.T) {
	s := twoLevels(10 * time.Minute)
	s.Providers = map[notify.Channel]sim.Provider{"push": {Loses: 1}}
	s.Acts = []sim.Act{breaks(time.Hour, "db"), mends(62*time.Minute, "db"), mends(63*time.Minute, "db")}
	_, text := tell(t, s)
	require.Contains(t, text, "page to ada by push (app), level 1, attempt 1; it gets lost")
	require.Contains(t, text, "signal resolve db: nothing open")
	require.NotContains(t, text, "on the phone")
}

// The names are documented, and stay.
func TestHistoryJSON(t *testing.T) {
	s := twoLevels(10 * time.Minute)
	s.Seed = 3
	s.People = map[watchbill.UserID]sim.Person{"ada": {Answers: sim.Always(90 * time.Second)}}
	s.Acts = []sim.Act{breaks(time.Hour, "db"), mends(100*time.Minute, "db")}
	h, _ := tell(t, s)
	data, err := json.Marshal(h)
	require.NoError(t, err)
	var got map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &got))
	require.JSONEq(t, `[{"name":"db#1","key":"db","source":"prom","service":"shop","summary":"it is broken","severity":"critical","urgency":"high",
		"state":"resolved","opened_at":"2026-03-02T13:00:00Z","acknowledged_at":"2026-03-02T13:01:30Z","acknowledged_by":"ada",
		"reached_at":"2026-03-02T13:00:00Z","resolved_at":"2026-03-02T13:40:00Z","pages":2,
		"rings":[{"from":"2026-03-02T13:00:00Z","to":"2026-03-02T13:01:30Z","acknowledged":true,"acknowledged_by":"ada"}],
		"sends":[
		{"at":"2026-03-02T13:00:00Z","kind":"page","user":"ada","contact":"app","channel":"push","run":1,"cycle":1,"level":1,"attempt":1,"try":1,
			"verdict":"accepted","arrived_at":"2026-03-02T13:00:00Z","noticed_at":"2026-03-02T13:00:00Z"},
		{"at":"2026-03-02T13:01:00Z","kind":"page","user":"ada","contact":"app","channel":"push","run":1,"cycle":1,"level":1,"attempt":2,"try":1,
			"verdict":"accepted","arrived_at":"2026-03-02T13:01:00Z","noticed_at":"2026-03-02T13:01:00Z"},
		{"at":"2026-03-02T13:40:00Z","kind":"resolved","user":"ada","contact":"app","channel":"push","run":1,"cycle":1,"level":1,"attempt":2,"try":1,
			"verdict":"accepted","arrived_at":"2026-03-02T13:40:00Z"}]}]`, string(got["alerts"]))
	require.Equal(t, `3 "2026-03-02T12:00:00Z" "2026-03-02T20:00:00Z" 2 0 0`,
		fmt.Sprintf("%s %s %s %s %s %s", got["seed"], got["start"], got["end"], got["signals"], got["crashes"], got["duplicates"]))
	var log []map[string]any
	require.NoError(t, json.Unmarshal(got["log"], &log))
	require.Len(t, log, len(h.Log))
	require.Equal(t, map[string]any{"at": "2026-03-02T13:00:00Z", "kind": "record", "engine": 1.0, "alert": "db#1", "entry": "opened",
		"text": "source:prom triggered the alert: it is broken"}, log[0])
	for _, e := range log {
		for name := range e {
			require.Contains(t, []string{"at", "kind", "engine", "alert", "user", "text", "entry"}, name)
		}
		if e["entry"] == "queued" {
			require.NotContains(t, e, "text")
		}
	}
}

// Both forms are the same bytes whenever and wherever they are written.
func TestTellsTheSame(t *testing.T) {
	both := func() (string, string) {
		s := everything(5)
		s.Engines, s.For, s.Sources = 3, 2*time.Hour, s.Sources[:1]
		h, text := tell(t, s)
		data, err := json.Marshal(h)
		require.NoError(t, err)
		return text, string(data)
	}
	text, data := both()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	textAgain, dataAgain := both()
	require.Equal(t, text, textAgain)
	require.Equal(t, data, dataAgain)
}

// What somebody does too soon is told, or a scenario would seem to have it.
func TestTellWhatCameTooSoon(t *testing.T) {
	s := twoLevels(10 * time.Minute)
	s.Acts = []sim.Act{{After: time.Minute, Do: sim.Command{Key: "db", Input: episode.Acknowledge{By: "ada"}}}, breaks(time.Hour, "db")}
	_, text := tell(t, s)
	require.Contains(t, text, "ada: acknowledge: there is no alert with the key db yet\n")
}
