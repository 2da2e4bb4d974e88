package episode_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// page is the page of an attempt of the first run on level 1, minutes after the beginning.
func page(user watchbill.UserID, minutes, number, messages int) episode.Page {
	return episode.Page{At: monday.Add(time.Duration(minutes) * time.Minute), User: user, Messages: messages,
		Attempt: watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: number}}
}

func TestHistoryOfPages(t *testing.T) {
	one := []string{"user ada hook", "policy web", "level user:ada", "signal policy=web"}
	for name, c := range map[string]struct {
		commands []string
		want     []episode.Page
	}{
		"taken back before it was sent":    {append(one, "ack ada"), nil},
		"not sent yet":                     {one, nil},
		"sent":                             {append(one, "deliver ok all"), []episode.Page{page("ada", 0, 1, 1)}},
		"failed, and then acknowledged":    {append(one, "deliver fail all", "ack ada"), nil},
		"refused":                          {append(one, "deliver refuse all"), nil},
		"failed once":                      {append(one, "deliver fail all", "deliver ok all"), []episode.Page{page("ada", 0, 1, 1)}},
		"accepted after an acknowledgment": {append(one, "ack ada", "late ada 1"), []episode.Page{page("ada", 0, 1, 1)}},
		"accepted twice":                   {append(one, "deliver ok all", "late ada 1"), []episode.Page{page("ada", 0, 1, 1)}},
		// The second attempt takes the place of the first, which no provider took.
		"replaced": {append(one, "deliver fail all", "advance 1m", "deliver ok all"), []episode.Page{page("ada", 1, 2, 1)}},
		"repeated": {append(one, "deliver ok all", "advance 2m", "deliver ok all"),
			[]episode.Page{page("ada", 0, 1, 1), page("ada", 2, 3, 1)}}, // nobody delivered attempt 2
		"repeated and taken each time": {append([]string{"providers accept"}, append(one, "advance 2m")...),
			[]episode.Page{page("ada", 0, 1, 1), page("ada", 1, 2, 1), page("ada", 2, 3, 1)}},
		"two contacts are one page": {[]string{"user ada hook sms", "policy web", "level user:ada", "signal policy=web", "deliver ok all"},
			[]episode.Page{page("ada", 0, 1, 2)}},
		"a later rung belongs to the attempt": {[]string{"user ada hook sms@2m", "policy web", "level user:ada every=10m timeout=20m",
			"signal policy=web", "deliver ok all", "advance 3m", "deliver ok all"}, []episode.Page{page("ada", 0, 1, 2)}},
		"the next contact after a refusal": {[]string{"user ada hook sms@5m", "policy web", "level user:ada", "signal policy=web",
			"deliver refuse ada/hook", "deliver ok ada/sms"}, []episode.Page{page("ada", 0, 1, 1)}},
		"two people": {[]string{"user ada hook", "user ben mail", "policy web", "level user:ada,user:ben", "signal policy=web",
			"deliver ok ben/mail", "deliver ok ada/hook"}, []episode.Page{page("ben", 0, 1, 1), page("ada", 0, 1, 1)}},
	} {
		assert.Equal(t, c.want, episode.HistoryOf(play(t, c.commands).entries).Pages, name)
	}
}

func TestHistoryOfAcknowledgements(t *testing.T) {
	one := []string{"user ada hook", "user ben hook", "policy web", "level user:ada", "level user:ben", "signal policy=web severity=info"}
	for name, c := range map[string]struct {
		commands []string
		want     time.Time
	}{
		"none":                 {one, time.Time{}},
		"a person":             {append(one, "advance 3m", "ack ada"), monday.Add(3 * time.Minute)},
		"the source":           {append(one, "advance 4m", "signal action=ack"), monday.Add(4 * time.Minute)},
		"twice":                {append(one, "advance 3m", "ack ada", "advance 1m", "ack ben"), monday.Add(3 * time.Minute)},
		"escalated afterwards": {append(one, "advance 3m", "ack ada", "escalate ada", "advance 2m", "ack ben"), monday.Add(3 * time.Minute)},
		"raised afterwards":    {append(one, "advance 3m", "ack ada", "signal policy=web severity=critical"), monday.Add(3 * time.Minute)},
		"resolved alone":       {append(one, "advance 3m", "resolve ada"), time.Time{}},
		"resolved later":       {append(one, "advance 3m", "ack ada", "advance 2m", "resolve ada"), monday.Add(3 * time.Minute)},
		"after the end":        {append(one, "resolve ada", "ack ada"), time.Time{}},
		"a clock set back":     {append(one, "advance 5m", "signal policy=web severity=error", "setback 3m", "ack ada"), monday.Add(2 * time.Minute)},
	} {
		w := play(t, c.commands)
		got := episode.HistoryOf(w.entries).AcknowledgedAt
		assert.Equal(t, c.want, got, name)
		if latest := w.episode.Alert.AcknowledgedAt; !latest.IsZero() {
			assert.False(t, got.After(latest), "%s: the first is after the latest", name)
		}
	}
}

// A page has the urgency of the run that it belongs to, also if it is accepted when the alert has been raised.
func TestHistoryOfUrgencies(t *testing.T) {
	w := play(t, []string{"user ada hook low=mail", "policy web", "level user:ada", "signal policy=web severity=info"})
	low := w.outbox[0]
	w.do("signal", []string{"policy=web", "severity=critical"})
	w.deliver(low, episode.Result{})
	w.do("deliver", []string{"ok", "all"})
	assert.Equal(t, []episode.Page{
		{At: monday, User: "ada", Urgency: watchbill.UrgencyLow, Attempt: watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: 1}, Messages: 1},
		{At: monday, User: "ada", Urgency: watchbill.UrgencyHigh, Attempt: watchbill.Attempt{Run: 2, Cycle: 1, Level: 1, Number: 1}, Messages: 1},
	}, episode.HistoryOf(w.entries).Pages)
}

// What cannot be read is left out, and nothing else.
func TestHistoryOfADamagedRecord(t *testing.T) {
	w := play(t, []string{"providers accept", "user ada hook", "policy web", "level user:ada", "signal policy=web", "advance 2m", "ack ada"})
	whole := episode.HistoryOf(w.entries)
	require.Len(t, whole.Pages, 3)
	for i, e := range w.entries {
		damaged := slices.Clone(w.entries)
		damaged[i].Data = json.RawMessage(`{"key":`)
		got, want := episode.HistoryOf(damaged), whole
		switch e.Kind {
		case episode.KindReceipt:
			want.Pages = slices.DeleteFunc(slices.Clone(whole.Pages), func(p episode.Page) bool { return p.At.Equal(e.At) })
		case episode.KindAcknowledged:
			want.AcknowledgedAt = time.Time{}
		}
		assert.Equal(t, want, got, "entry %d, %s", e.Seq, e.Kind)
	}
	assert.Equal(t, episode.History{}, episode.HistoryOf(nil))
	assert.Equal(t, episode.History{}, episode.HistoryOf([]timeline.Entry{{Kind: "receipt", Data: json.RawMessage("{}")}, {Kind: "odd"}}))
}

// Whatever happens to an alert, its history is what the record says in words.
func TestHistoryOfAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	for range 150 {
		data := make([]byte, 160)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		s, w := &source{data}, newWorld(t)
		w.quick = true
		do := func(name string, args ...string) { w.do(name, args) }
		s.configure(do)
		do("signal", "service=shop", "severity="+s.pick("critical", "warning"))
		for len(s.data) > 0 {
			name, args := s.happen()
			do(name, args...)
		}
		h := episode.HistoryOf(w.entries)
		messages, first := told(t, w.entries)
		require.Equal(t, first, !h.AcknowledgedAt.IsZero())
		sum := 0
		for i, p := range h.Pages {
			sum += p.Messages
			require.False(t, slices.ContainsFunc(h.Pages[:i], func(q episode.Page) bool { return q.User == p.User && q.Attempt == p.Attempt }))
		}
		require.Equal(t, messages, sum)
	}
}

// told counts the messages that were accepted, and says whether somebody acknowledged, by what Describe tells.
func told(t *testing.T, entries []timeline.Entry) (messages int, acknowledged bool) {
	seen := map[notify.Key]bool{}
	for _, e := range entries {
		text := episode.Describe(e)
		acknowledged = acknowledged || strings.HasSuffix(text, " acknowledged") || strings.Contains(text, " has it until ")
		if strings.Contains(text, " accepted the page to ") {
			var p struct{ Key notify.Key }
			require.NoError(t, json.Unmarshal(e.Data, &p))
			seen[p.Key] = true
		}
	}
	return len(seen), acknowledged
}

func BenchmarkHistoryOf(b *testing.B) {
	w := play(b, []string{"providers accept", "user ada hook", "policy web", "level user:ada", "signal policy=web", "advance 4m", "ack ada", "resolve ada"})
	require.Len(b, episode.HistoryOf(w.entries).Pages, 5)
	for b.Loop() {
		episode.HistoryOf(w.entries)
	}
}
