package episode_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/timeline"
)

// lines tells what was heard, a line each: when, what, and who or how often.
func lines(all []episode.Heard) (text []string) {
	for _, h := range all {
		line := fmt.Sprintf("%s %T", h.At.Sub(monday), h.Input)
		if c, ok := episode.Speaker(h.Input); ok {
			line += " " + string(c.By)
		}
		switch in := h.Input.(type) {
		case episode.Signal:
			line += fmt.Sprintf(" %s %s x%d", in.Signal.Action, in.Signal.Severity, h.Times)
		case episode.Receipt:
			line += fmt.Sprintf(" %s %s after %s", in.Result.Verdict, in.Contact, h.Took)
		}
		text = append(text, line)
	}
	return text
}

func TestHeardIn(t *testing.T) {
	one := []string{"user ada hook", "user ben hook", "policy web", "level user:ada every=30m timeout=30m", "level user:ben", "signal policy=web severity=info"}
	opened := "0s episode.Signal trigger info x1"
	for name, c := range map[string]struct {
		commands []string
		want     []string
	}{
		"answers": {append(one, "deliver fail all", "advance 2m", "deliver ok all", "advance 1m", "ack ada", "advance 2m", "resolve ben"), []string{opened,
			"0s episode.Receipt retry hook after 0s", "2m0s episode.Receipt accepted hook after 2m0s",
			"3m0s episode.Acknowledge ada", "5m0s episode.Resolve ben"}},
		"commands": {append(one, "escalate ada", "decline ben", "ack ben", "signal action=resolve"), []string{opened,
			"0s episode.Escalate ada", "0s episode.Decline ben", "0s episode.Acknowledge ben", "0s episode.Signal resolve unset x1"}},
		"repeats": {append(one, "advance 1m", "signal policy=web severity=info", "advance 1m", "signal policy=web severity=info", "advance 1m",
			"signal policy=web severity=error", "signal action=ack"), []string{opened,
			"2m0s episode.Signal trigger info x2", "3m0s episode.Signal trigger error x1", "3m0s episode.Signal ack unset x1"}},
		"its source, while others of its group are open": {append(one, "member 02 joined error", "signal action=resolve"), []string{opened,
			"0s episode.Signal resolve unset x1"}},
		"a clock set back": {append(one, "advance 5m", "signal policy=web severity=error", "setback 3m", "ack ada"), []string{opened,
			"5m0s episode.Signal trigger error x1", "2m0s episode.Acknowledge ada"}},
	} {
		require.Equal(t, c.want, lines(episode.HeardIn(play(t, c.commands).entries)), name)
	}
}

func TestHeardInKnowsTheAlert(t *testing.T) {
	all := episode.HeardIn(play(t, []string{"user ada hook", "policy web", "level user:ada", "signal policy=web", "advance 1m", "signal action=resolve"}).entries)
	first, last := all[0].Input.(episode.Signal).Signal, all[len(all)-1].Input.(episode.Signal).Signal
	require.NotEmpty(t, first.Key)
	require.Equal(t, first.Ref(), last.Ref())
	require.Equal(t, alert.Resolve, last.Action)
	require.Equal(t, monday.Add(time.Minute), all[len(all)-1].At)
}

func TestHeardInADamagedRecord(t *testing.T) {
	w := play(t, []string{"providers accept", "user ada hook", "policy web", "level user:ada", "signal policy=web", "advance 2m", "ack ada"})
	whole := lines(episode.HeardIn(w.entries))
	damaged := slices.Clone(w.entries)
	i := slices.IndexFunc(damaged, func(e timeline.Entry) bool { return e.Kind == episode.KindAcknowledged })
	damaged[i].Data = json.RawMessage(`{"by":`)
	require.Equal(t, whole[:len(whole)-1], lines(episode.HeardIn(damaged)))
	require.Empty(t, episode.HeardIn(nil))
}
