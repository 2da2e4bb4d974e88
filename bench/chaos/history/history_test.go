package history_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

const organisation = `
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}]}
  - {id: ben, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ben"}]}
policies:
  - id: two
    levels:
      - {targets: ["user:ada"], timeout: 10s, repeat: {every: 4s, attempts: 2}}
      - {targets: ["user:ben"], timeout: 10m, repeat: {every: 10m}}
services: [{id: shop, policy: two}]
catch_all: "user:ada"
`

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// run lets the real engine live through 40 s: k0 is acknowledged at once, k1 after it was escalated, k2 never.
func run(t *testing.T) *history.Log {
	file, _, err := config.Parse("w.yaml", []byte(organisation))
	require.NoError(t, err)
	ctx, st := context.Background(), memory.New()
	eng, err := engine.New(engine.Config{Store: st})
	require.NoError(t, err)
	_, err = eng.Configure(ctx, nine, file.Org)
	require.NoError(t, err)
	l := &history.Log{Began: nine, Ended: nine.Add(40 * time.Second),
		Right:  map[watchbill.ServiceID][]watchbill.UserID{"shop": {"ada", "ben"}},
		Bounds: history.Bounds{Lease: 30 * time.Second, Flight: 2 * time.Second, Commit: 2 * time.Second, Skew: time.Second}}
	for _, k := range []alert.DedupKey{"k0", "k1", "k2"} {
		v := eng.Accept(ctx, nine, []alert.Signal{{Source: "gen", Key: k, Service: "shop", Severity: watchbill.SeverityCritical}})[0]
		require.NoError(t, v.Err)
		l.Signals = append(l.Signals, history.Signal{Key: k, Service: "shop", Alert: v.Alert, DueAt: nine,
			Tries: []history.Try{{Replica: "a", SentAt: nine, AnsweredAt: nine.Add(time.Millisecond), Answer: history.Accepted}}})
	}
	ack := func(n int, now time.Time) {
		id := l.Signals[n].Alert
		_, err := eng.Act(ctx, now, id, episode.Acknowledge{By: "ben"})
		require.NoError(t, err)
		l.Acks = append(l.Acks, history.Ack{Alert: id, By: "ben",
			Tries: []history.Try{{Replica: "b", SentAt: now, AnsweredAt: now.Add(time.Millisecond), Answer: history.Accepted}}})
	}
	for now := nine; !now.After(l.Ended); now = now.Add(time.Second) {
		pass, err := eng.RunOnce(ctx, now, func(notify.Lane) int { return 10 })
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			l.Messages = append(l.Messages, history.Message{ID: d.Message.ID, Kind: "page", Alert: d.Key.Alert, User: d.Key.User,
				Level: d.Key.Attempt.Level, Attempt: d.Key.Attempt.Number, From: "a", At: now})
			l.Claims = append(l.Claims, history.Claim{Message: d.Message.ID, At: now, State: alert.Triggered})
			require.NoError(t, eng.Report(ctx, now, []engine.Outcome{{Delivery: d}}))
		}
		switch now.Sub(nine) {
		case 2 * time.Second:
			ack(0, now)
		case 20 * time.Second:
			ack(1, now)
		}
	}
	l.Alerts = stored(t, st)
	return l
}

func stored(t *testing.T, st store.Store) (all []history.Alert) {
	require.NoError(t, st.View(context.Background(), func(tx store.Tx) error {
		list, _, err := tx.Episodes().List(store.Query{}, 100)
		for _, s := range list {
			entries, err := tx.Timeline().Read(timeline.Alert(s.Episode.Alert.ID), 0, 1000)
			require.NoError(t, err)
			all = append(all, history.Alert{Episode: s.Episode, Entries: entries})
		}
		return err
	}))
	return all
}

// find returns the alert with a key.
func find(l *history.Log, key alert.DedupKey) *history.Alert {
	return &l.Alerts[slices.IndexFunc(l.Alerts, func(a history.Alert) bool { return a.Episode.Alert.Key == key })]
}

// entryOf returns the first entry of a kind.
func entryOf(a *history.Alert, kind timeline.Kind) *timeline.Entry {
	return &a.Entries[slices.IndexFunc(a.Entries, func(e timeline.Entry) bool { return e.Kind == kind })]
}

func TestWhatTheEngineDoesIsRight(t *testing.T) {
	l := run(t)
	require.Empty(t, l.Check())
	f := l.Figures()
	require.Equal(t, 3, f.Accepted)
	require.Equal(t, 1+3+3, f.Pages, "ada once; ada twice and ben; the same")
	require.Equal(t, 2, f.AcksAccepted)
	require.Zero(t, f.Duplicates)
	require.Equal(t, time.Millisecond, f.Answered.Max)
	require.Zero(t, f.Late.Max)
}

// TestBrokenHistories: each change of a right history is refused for what it breaks.
func TestBrokenHistories(t *testing.T) {
	for name, c := range map[string]struct {
		want  history.Promise
		spoil func(l *history.Log)
	}{
		"an alert that cannot be read": {history.Readable, func(l *history.Log) { l.Alerts[0].Err = errors.New("torn") }},
		"a signal that is lost": {history.Kept, func(l *history.Log) {
			l.Signals = append(l.Signals, history.Signal{Key: "k9", Tries: []history.Try{{Answer: history.Accepted}}})
		}},
		"a signal with two alerts": {history.Kept, func(l *history.Log) {
			twin := l.Alerts[0]
			twin.Episode.Alert.ID = "twin"
			l.Alerts = append(l.Alerts, twin)
		}},
		"an answer that names another alert": {history.Kept, func(l *history.Log) { l.Signals[0].Alert = l.Signals[1].Alert }},
		"an alert that nobody heard of": {history.Paged, func(l *history.Log) {
			l.Messages = slices.DeleteFunc(l.Messages, func(m history.Message) bool { return m.Alert == l.Signals[2].Alert })
		}},
		"a page that came late": {history.Prompt, func(l *history.Log) { late(l, 20*time.Second) }},
		"a claim that nobody took over": {history.Prompt, func(l *history.Log) {
			l.Faults = []history.Fault{{Kind: history.Partition, Replica: "a", At: nine.Add(time.Second), Until: nine.Add(time.Hour)}}
			late(l, 40*time.Second)
		}},
		"the wrong person": {history.Paged, func(l *history.Log) { l.Right["shop"] = []watchbill.UserID{"ben", "ben"} }},
		"an acknowledgement that is lost": {history.AckKept, func(l *history.Log) {
			l.Acks = append(l.Acks, history.Ack{Alert: l.Signals[2].Alert, Tries: []history.Try{{AnsweredAt: l.Ended, Answer: history.Accepted}}})
		}},
		"an acknowledgement that came later than it was answered": {history.AckKept, func(l *history.Log) {
			l.Acks[1].Tries[0].AnsweredAt = nine.Add(10 * time.Second)
		}},
		"an acknowledgement of a server that is cut off": {history.AckTrue, func(l *history.Log) {
			l.Faults = []history.Fault{{Kind: history.Partition, Replica: "b", At: nine.Add(time.Second), Until: nine.Add(9 * time.Second)}}
		}},
		"a page queued after the acknowledgement": {history.Silent, func(l *history.Log) {
			a := find(l, "k0")
			a.Entries = append(a.Entries, *entryOf(a, episode.KindQueued))
		}},
		"a page long after the acknowledgement": {history.Silent, func(l *history.Log) {
			m := l.Messages[slices.IndexFunc(l.Messages, func(m history.Message) bool { return m.Alert == l.Signals[0].Alert })]
			m.At = nine.Add(5 * time.Second)
			l.Messages = append(l.Messages, m)
		}},
		"a claim after the acknowledgement":   {history.Silent, func(l *history.Log) { l.Claims[0].State = alert.Acknowledged }},
		"a message that nobody claimed":       {history.Claimed, func(l *history.Log) { l.Claims = l.Claims[1:] }},
		"a message of a claim that is over":   {history.Fenced, func(l *history.Log) { l.Claims[6].At = nine.Add(-40 * time.Second) }},
		"a message of which nothing is known": {history.Recorded, func(l *history.Log) { l.Messages[0].ID = "msg_x" }},
		"a message that says another level":   {history.Recorded, func(l *history.Log) { l.Messages[0].Level = 2 }},
		"a step made twice": {history.Once, func(l *history.Log) {
			a := find(l, "k2")
			a.Entries = append(a.Entries, *entryOf(a, episode.KindFound))
		}},
		"two messages for one attempt": {history.Once, func(l *history.Log) {
			m := l.Messages[0]
			m.ID = "msg_other"
			l.Messages = append(l.Messages, m)
		}},
		"a duplicate without a fault": {history.Explained, func(l *history.Log) {
			m := l.Messages[len(l.Messages)-1]
			m.At = m.At.Add(time.Second)
			l.Messages = append(l.Messages, m)
		}},
		"a duplicate after the fault of another": {history.Explained, func(l *history.Log) {
			m := l.Messages[len(l.Messages)-1]
			l.Faults = []history.Fault{{Kind: history.Kill, Replica: "c", At: m.At, Until: m.At}}
			l.Messages = append(l.Messages, m)
		}},
		"a paused process that sends what another has sent": {history.Fenced, func(l *history.Log) {
			m := l.Messages[len(l.Messages)-1]
			l.Faults = []history.Fault{{Kind: history.Pause, Replica: "b", At: m.At.Add(-time.Second), Until: m.At.Add(40 * time.Second)}}
			m.From, m.At = "b", m.At.Add(41*time.Second)
			l.Messages = append(l.Messages, m)
		}},
		"a hole": {history.Unbroken, func(l *history.Log) {
			a := find(l, "k2")
			a.Entries = slices.Delete(slices.Clone(a.Entries), 3, 4)
		}},
		"a record that goes back in time": {history.Unbroken, func(l *history.Log) {
			a := find(l, "k2")
			a.Entries[4].At = nine.Add(-time.Hour)
		}},
		"a state that the record does not lead to": {history.Folded, func(l *history.Log) { find(l, "k2").Episode.Calls = 7 }},
		"a level skipped": {history.InOrder, func(l *history.Log) {
			moved(find(l, "k2"), 3, func(a *watchbill.Attempt, _ *time.Time) { a.Level = 3 })
		}},
		"an attempt too soon": {history.InTime, func(l *history.Log) {
			moved(find(l, "k2"), 2, func(_ *watchbill.Attempt, at *time.Time) { *at = nine.Add(3 * time.Second) })
		}},
		"a level too soon": {history.InTime, func(l *history.Log) {
			moved(find(l, "k2"), 3, func(_ *watchbill.Attempt, at *time.Time) { *at = nine.Add(7 * time.Second) })
		}},
		"something that is due and not done": {history.NothingDue, func(l *history.Log) { l.Ended = l.Ended.Add(time.Hour) }},
		"something left to send":             {history.NothingDue, func(l *history.Log) { l.Waiting = 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			l := run(t)
			c.spoil(l)
			found := l.Check()
			require.NotEmpty(t, found)
			require.True(t, slices.ContainsFunc(found, func(v history.Violation) bool { return v.Promise == c.want }), "found %v", found)
		})
	}
}

// late moves all pages of an alert that nobody acknowledged.
func late(l *history.Log, by time.Duration) {
	for i := range l.Messages {
		if l.Messages[i].Alert == l.Signals[2].Alert {
			l.Messages[i].At = l.Messages[i].At.Add(by)
		}
	}
}

// moved changes the nth found entry of an alert.
func moved(a *history.Alert, nth int, change func(*watchbill.Attempt, *time.Time)) {
	for i := range a.Entries {
		if a.Entries[i].Kind != episode.KindFound {
			continue
		}
		if nth--; nth > 0 {
			continue
		}
		var p map[string]any
		var attempt watchbill.Attempt
		if json.Unmarshal(a.Entries[i].Data, &p) != nil {
			return
		}
		data, _ := json.Marshal(p["attempt"])
		_ = json.Unmarshal(data, &attempt)
		change(&attempt, &a.Entries[i].At)
		p["attempt"] = attempt
		a.Entries[i].Data, _ = json.Marshal(p)
		return
	}
}

// TestExcuses: what a fault explains is no violation.
func TestExcuses(t *testing.T) {
	for name, c := range map[string]struct {
		fault history.Fault
		later time.Duration
	}{
		"killed before its receipt":           {history.Fault{Kind: history.Kill, Replica: "a", At: nine.Add(9 * time.Second), Until: nine.Add(10 * time.Second)}, 30 * time.Second},
		"the database restarted":              {history.Fault{Kind: history.Immediate, At: nine.Add(9 * time.Second), Until: nine.Add(12 * time.Second)}, 10 * time.Second},
		"cut off since before it was sent":    {history.Fault{Kind: history.Partition, Replica: "a", At: nine.Add(5 * time.Second), Until: nine.Add(65 * time.Second)}, 30 * time.Second},
		"paused, and another took it over":    {history.Fault{Kind: history.Pause, Replica: "a", At: nine.Add(9 * time.Second), Until: nine.Add(49 * time.Second)}, 30 * time.Second},
		"declined, and sent again after that": {history.Fault{}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := run(t)
			i := slices.IndexFunc(l.Messages, func(m history.Message) bool { return m.Level == 2 && m.Alert == l.Signals[2].Alert })
			m := l.Messages[i]
			require.Equal(t, nine.Add(8*time.Second), m.At)
			if l.Faults = []history.Fault{c.fault}; c.fault.Kind == "" {
				l.Faults, l.Messages[i].Declined = nil, true
			}
			m.At = m.At.Add(c.later)
			if m.From = "b"; c.fault.Kind == "" {
				m.From = "a"
			}
			l.Messages = append(l.Messages, m)
			l.Claims = append(l.Claims, history.Claim{Message: m.ID, At: m.At, State: alert.Triggered})
			require.Empty(t, l.Check())
		})
	}
}

// TestHeldUp: a receipt whose transaction began before the attempt that it comes after pulls the wait back.
func TestHeldUp(t *testing.T) {
	l := run(t)
	a := find(l, "k2")
	for i := range a.Entries {
		if e := &a.Entries[i]; e.Kind == episode.KindReceipt && e.At.Equal(nine.Add(4*time.Second)) {
			e.Data = append([]byte(`{"clock":"2026-01-05T09:00:03.5Z",`), e.Data[1:]...)
		}
	}
	moved(a, 3, func(_ *watchbill.Attempt, at *time.Time) { *at = nine.Add(7500 * time.Millisecond) })
	broken := func(v history.Violation) bool { return v.Promise == history.InTime }
	require.False(t, slices.ContainsFunc(l.Check(), broken))
	moved(a, 3, func(_ *watchbill.Attempt, at *time.Time) { *at = nine.Add(7499 * time.Millisecond) })
	require.True(t, slices.ContainsFunc(l.Check(), broken))
}

// TestTakenOver: what was claimed by somebody who was hit may come when the claim has ended.
func TestTakenOver(t *testing.T) {
	l := run(t)
	l.Faults = []history.Fault{{Kind: history.Kill, Replica: "a", At: nine.Add(time.Second), Until: nine.Add(2 * time.Second)}}
	late(l, 30*time.Second)
	l.Claims = nil
	require.Empty(t, l.Check())
}

func TestRecovery(t *testing.T) {
	l := run(t)
	l.Faults = []history.Fault{{Kind: history.Kill, Replica: "a", At: nine.Add(-time.Second), Until: nine.Add(4 * time.Second)}}
	r := l.Figures().Recoveries
	require.Len(t, r, 1)
	require.Equal(t, 5*time.Second, r[0].Mended)
}
