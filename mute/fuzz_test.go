package mute_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/mute"
)

// FuzzSet feeds stored silences, windows and inhibitions that nobody would write. Each is refused alone exactly if it
// is refused among others, what people made never harms what the file says, and looking again is always later.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{
		`{"s":[{"id":"a","matchers":["team=db","x=~\"y|z\""],"span":{"from":"2026-01-05T09:00","to":"2026-01-05T17:00"},"by":"ada"}]}`,
		`{"m":[{"id":"m","services":["shop"],"sources":["prom"],"matchers":["team=db"],"mode":"debug",
			"span":{"timezone":"Europe/Berlin","windows":[{"days":["sat"],"from":"02:00","to":"04:00"}]}}]}`,
		`{"i":[{"id":"i","source":["team=db"],"target":["team!=x"],"equal":["team","service"]}]}`,
		`{"s":[{"id":"a","matchers":["team=~\"(\""],"span":{}},{"id":"a"},{}],"m":[{"mode":"collect"}],"i":[{}]}`,
	} {
		f.Add(seed, "db", int64(1_770_000_000))
	}
	f.Fuzz(func(t *testing.T, text, team string, unix int64) {
		var all struct {
			S []mute.Silence
			M []mute.Maintenance
			I []mute.Inhibition
		}
		if json.Unmarshal([]byte(text), &all) != nil || len(all.S)+len(all.M)+len(all.I) > 4 {
			return
		}
		valid, ids := true, map[string]bool{}
		note := func(err error, id string) {
			valid = valid && err == nil && !ids[id]
			ids[id] = true
		}
		for _, s := range all.S {
			note(s.Validate(), "s"+s.ID)
		}
		for _, m := range all.M {
			note(m.Validate(), "m"+m.ID)
		}
		for _, i := range all.I {
			note(i.Validate(), "i"+i.ID)
		}
		sub, at := labels("team", team), time.Unix(unix%10_000_000_000, 0)
		sub.Service, sub.Source = "shop", "prom"
		var empty mute.Set
		made := empty.With(all.S, all.M)
		held, again := made.At(sub, at)
		require.True(t, again.IsZero() || again.After(at))
		set, err := mute.New(all.S, all.M, all.I)
		require.Equal(t, valid, err == nil, "%v", err)
		if err != nil {
			require.ErrorContains(t, err, "mute: ")
			return
		}
		same, next := set.At(sub, at)
		require.Equal(t, held, same, "made or of the file, it mutes the same")
		require.Equal(t, again, next)
		set.Ending(at, at.AddDate(0, 0, 1))
		require.Equal(t, set.Sources(sub), set.Sources(sub))
		require.False(t, inhibits(set, sub, sub), "nothing mutes itself")
	})
}
