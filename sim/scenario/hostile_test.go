package scenario_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

// refused says what is wrong with a text, line by line and without the file.
func refused(t *testing.T, text string) string {
	t.Helper()
	_, err := reader(t).Parse("s.yaml", []byte(text))
	require.Error(t, err, text)
	return strings.ReplaceAll(err.Error(), "scenario: s.yaml:", "")
}

// One mistake is one message, and what cannot be lived is refused before it is.
func TestOneMessageForOneMistake(t *testing.T) {
	const begin = "start: 2026-03-02T08:00\nfor: 1h\n"
	for text, want := range map[string]string{
		"start: soon\nfor: 1h\npeople: {ada: {tunnel: [{from: 1m, to: 2m}]}}": `1: start: "soon" is not a time; write 2026-01-05T09:00, or 2026-01-05T09:00:00+01:00 with an offset`,
		"start: 2026-03-02T08:00\nevents: [{at: 10h, clock: 1h}]":             `1: for: is missing; write for how long things go wrong, such as 24h`,
		"start: 9999-12-31T08:00\nfor: 48h":                                   `1: start: is so late that it would end after the year 9999`,
		"start: 2026-03-02T08:00\nfor: 30501w":                                `2: for: is "30501w", must be a length of time of at most a hundred years`,
		"start: 2026-03-02T08:00\nfor: 99999999999999d":                       `2: for: is "99999999999999d", must be a length of time of at most a hundred years`,
		begin + "people: {ada: {tunnel: [{from: 1m, to: bogus}]}}":            `3: people.ada.tunnel[0].to: is "bogus", must be a length of time since the start, such as 90m or 2d, or a time, such as 2026-03-02T09:00`,
		begin + "people: {ada: {asleep: {from: 25:00, to: 26:00}}}": `3: people.ada.asleep.from: "25:00" is not a time of day; write 09:00, or 24:00 for the end of the day
3: people.ada.asleep.to: "26:00" is not a time of day; write 09:00, or 24:00 for the end of the day`,
		begin + "engines: 101":                                                                                                       `3: engines: is 101, must be at most 100`,
		begin + "events: [{at: 1m, clock: 30500w}]":                                                                                  `3: events[0].clock: is "30500w", must be by how much clocks are set, such as -1h or 10m`,
		begin + "sources: [{user: ada, key: x, burst: {at: 1m, count: 1000000000}}]":                                                 `3: sources[0].burst.count: is 1000000000, must be at most 500000`,
		begin + "sources: [{user: ada, key: x, burst: {at: 1m, count: 10001}}]":                                                      `3: sources[0].burst.over: is missing for a burst of 10001; say within which time they come, or let it be at most 10000 at once`,
		begin + "sources: [{user: ada, key: x, burst: {at: 2h, count: 1}}]":                                                          `3: sources[0].burst.at: is 2h0m0s after the start, when nothing goes wrong any more; see for at the top`,
		begin + "sources: [{user: ada, key: x, burst: {at: 25h, count: 1}}]":                                                         `3: sources[0].burst.at: is "25h", which is after the end, 2026-03-02T15:00:00+01:00; see for and rest`,
		begin + "expect: [{acknowledged_within: 5m, percentile: 0.95}]":                                                              `3: expect[0].percentile: is "0.95", which is less than one alert in a hundred; for a share of 0.95 write 95`,
		begin + "sources: [{user: ada, key: x, burst: {at: 1m, count: 2, over: 1h}}]":                                                `3: sources[0].burst.over: is 1h0m0s, so that it would go on when nothing goes wrong any more; see for at the top`,
		"start: 2026-03-02T08:00\nfor: 366d\nsources: [{user: ada, key: x, flapping: {wrong: 1s, fine: 1s}}]":                        `3: sources[0].flapping.wrong: makes for more than 500000 of them; let it be longer, or the scenario shorter`,
		"start: 2026-03-02T08:00\nfor: 366d\nsources: [{user: ada, key: x, troubles: {every: 1s}}]":                                  `3: sources[0].troubles.every: makes for more than 500000 of them; let it be longer, or the scenario shorter`,
		begin + "sources: [{user: ada, key: x, flapping: {wrong: 999ms, fine: 10ms..2m}}]":                                           "3: sources[0].flapping.wrong: 999ms is too short; use at least 1s\n3: sources[0].flapping.fine: 10ms to 2m0s is too short; use at least 1s",
		begin + "sources: [{user: ada, service: checkout, key: x, troubles: {every: 1h}}]":                                           `3: sources[0]: has service and user; only one of service, policy and user can say where it goes`,
		begin + "sources: [{user: ada, key: x, troubles: {every: 1h}, burst: {at: 1m, count: 1}}]":                                   `3: sources[0]: has troubles and burst; make an item of each`,
		begin + "events: [{at: 1m, signal: {user: ada, key: x}}, {at: 2m, resolve: {key: y, by: ada}}]":                              `3: events[1].resolve.key: no signal has the key "y", so that there is no such alert; use one of x`,
		begin + "people: {ada: {away: [{from: 7h, for: 1h}]}}":                                                                       `3: people.ada.away[0].from: is "7h", which is after the end, 2026-03-02T15:00:00+01:00; see for and rest`,
		begin + "people: {ada: {away: [{from: 2026-02-20T08:00, to: 2026-03-02T08:00}]}}":                                            `3: people.ada.away[0].to: is "2026-03-02T08:00", which is before the start, 2026-03-02T08:00:00+01:00`,
		begin + "people: {ada: {away: [{from: 2026-03-01T08:00, for: 1d}]}}":                                                         `3: people.ada.away[0].from: is "2026-03-01T08:00", which is before the start, 2026-03-02T08:00:00+01:00`,
		begin + "sources: [{user: ada, key: x, troubles: {every: 1h, keys: 2}}]\nevents: [{at: 1m, acknowledge: {key: x, by: ada}}]": `4: events[0].acknowledge.key: no signal has the key "x", so that there is no such alert; use one of x-1 to x-2`,
		begin + "expect: [{not_paged: {user: ada, from: 50m, to: 10m}}]":                                                             `3: expect[0].not_paged.to: must be after from, or there is no time in which it could be broken`,
		begin + "expect: [{paged: {key: x, user: ada, within: 30d}}]":                                                                `3: expect[0].paged.within: is 720h0m0s, which is longer than the scenario takes with its rest, 7h0m0s`,
		begin + "expect: [{acknowledged_within: 8h}]":                                                                                `3: expect[0].acknowledged_within: is 8h0m0s, which is longer than the scenario takes with its rest, 7h0m0s`,
		begin + "expect: [{not_paged: {user: ada, to: 0s}}]":                                                                         `3: expect[0].not_paged.to: must be after from, or there is no time in which it could be broken`,
	} {
		require.Equal(t, want, refused(t, text), text)
	}
}

// TestAHolidayIsLongerThanAWeek: of what is longer than the scenario counts the part that is in it.
func TestAHolidayIsLongerThanAWeek(t *testing.T) {
	f, err := reader(t).Parse("s.yaml", []byte("start: 2026-03-02T08:00\nfor: 1h\npeople: {ada: {away: [{from: 2026-02-20T08:00, to: 2026-03-10T08:00}, {from: 2026-03-01T08:00, for: 25h}], "+
		"tunnel: [{from: 30m, for: 1d}]}}\nproviders: {voice: {down: [{from: 2026-03-01T08:00, to: 30m}]}}"))
	require.NoError(t, err)
	ada := f.Scenario.People["ada"]
	require.Equal(t, []sim.Span{{To: 7 * time.Hour}, {To: time.Hour}}, ada.Away)
	require.Equal(t, []sim.Span{{From: 30 * time.Minute, To: 7 * time.Hour}}, ada.Tunnel)
	require.Equal(t, []sim.Span{{To: 30 * time.Minute}}, f.Scenario.Providers["voice"].Down)
}

func TestRecordedSignalsThatAreOdd(t *testing.T) {
	line := func(key, more string) string {
		return `{"at":"2026-03-02T07:10:00Z","signal":{"source":"prom","key":` + key + `,"summary":"a\u001b[2J\u202eb"` + more + `}}`
	}
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "r.jsonl")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		path, err := json.Marshal(file)
		require.NoError(t, err)
		return "start: 2026-03-02T08:00\nfor: 1h\nsources: [{recorded: " + string(path) + "}]"
	}
	f, err := reader(t).Parse("s.yaml", []byte(write("\uFEFF"+line(`"x\u001b[2J"`, "")+"\r\n\r\n")))
	require.NoError(t, err, "a mark of the encoding and ends of lines of another system are no trouble")
	s := f.Scenario.Sources[0].(sim.Recorded)[0].Signal
	require.Equal(t, "a[2Jb", s.Summary)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, string(s.Key))

	for text, want := range map[string]string{
		line(`"a"`, "") + line(`"b"`, ""): "has more than one signal; write each in a line of its own",
		line(`"a"`, "") + " x":            "has more than one signal; write each in a line of its own",
		line(`"a"`, `,"policy":"wep"`):    `the configuration has no policy "wep"; did you mean "web"?`,
		line(`"a"`, `,"user":"eda"`):      `the configuration has no user "eda"; did you mean "ada"?`,
	} {
		_, err := reader(t).Parse("s.yaml", []byte(write(text)))
		require.ErrorContains(t, err, "r.jsonl:1: "+want)
	}
}

// What somebody acknowledges is told without a gap where nobody is named.
func TestAcknowledgedByAnybodyTooLate(t *testing.T) {
	f, err := reader(t).Parse("s.yaml", []byte(`{start: 2026-03-02T08:00, for: 1h, people: {default: {answers: 10m}},
events: [{at: 1m, signal: {user: ada, key: x, severity: critical}}],
expect: [{acknowledged_by: {key: x, within: 1m}}, {acknowledged_by: {key: x, user: ada, within: 1m}}, {acknowledged_by: {key: x, user: ben, within: 1m}}]}`))
	require.NoError(t, err)
	h, err := sim.Run(f.Scenario)
	require.NoError(t, err)
	for i, want := range []string{"acknowledged after 10m0s", "acknowledged by ada after 10m0s", "never acknowledged by ben"} {
		require.Equal(t, want, f.Expect[i].Check(h)[0].Text)
	}
}

// A burst of a month is spread over the month, however many there are.
func TestBurstOfAMonth(t *testing.T) {
	const count, month = 400_000, 30 * 24 * time.Hour
	acts := sim.Burst{Count: count, Over: month}.Acts(nil, time.Time{}, month)
	require.Len(t, acts, count)
	for i, a := range acts {
		require.Equal(t, month/count*time.Duration(i), a.After)
	}
}
