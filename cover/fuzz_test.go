package cover_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/timeline"
)

// random returns a command of a scenario that may or may not make sense.
func random(r *rand.Rand) string {
	people := []string{"ada", "ben", "cem", "dan", "eve", "fay", "gus"}
	schedules := []string{"primary", "secondary", "empty"}
	of := func(list []string) string { return list[r.IntN(len(list))] }
	at := func() string {
		return monday.Add(time.Duration(r.IntN(30*24)-48) * time.Hour).Format("2006-01-02T15:04")
	}
	words := []string{"by=" + of(people)}
	maybe := func(chance int, word string) {
		if r.IntN(100) < chance {
			words = append(words, word)
		}
	}
	name := of([]string{"take", "ask", "ask", "swap", "accept", "accept", "accept", "decline", "cancel", "withdraw"})
	maybe(30, "admin=yes")
	maybe(20, "force=yes")
	switch name {
	case "take":
		maybe(70, "replaces="+of(people))
		maybe(60, "schedule="+of(schedules))
		maybe(50, "from="+at())
		maybe(80, "to="+at())
		maybe(10, "user="+of(people))
	case "ask":
		words = append(words, "from="+at(), "to="+at())
		maybe(50, "schedules="+of(schedules))
		maybe(40, "of="+of(people)+","+of(people))
		maybe(20, "team=dba")
		maybe(20, "for="+of(people))
	case "swap":
		words = append(words, "from="+at(), "to="+at(), "with="+of(people), "with_from="+at(), "with_to="+at())
		maybe(50, "schedule="+of(schedules))
		maybe(30, "with_schedule="+of(schedules))
	case "accept":
		maybe(30, "schedule="+of(schedules))
		maybe(40, "from="+at())
		maybe(40, "to="+at())
		maybe(20, "user="+of(people))
	case "decline":
		maybe(20, "user="+of(people))
	}
	if (name == "take" || name == "ask" || name == "swap") && r.IntN(3) == 0 {
		name = "other " + name
	}
	return name + " " + strings.Join(words, " ")
}

// Whatever people do, in whatever order, and however the plan moves below it: history stays, the record gives the request
// back, and no duty is given twice. The world checks that after every command.
func FuzzCommands(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, others := newWorld(t), 0
		for range 40 {
			line := random(r)
			switch r.IntN(12) {
			case 0:
				line = fmt.Sprintf("advance %dh", r.IntN(60))
			case 1:
				w.now = w.now.Add(-time.Duration(r.IntN(3)) * time.Hour) // a clock that is set back
			}
			if other, ok := strings.CutPrefix(line, "other "); ok {
				others++
				name, rest, _ := strings.Cut(other, " ")
				line = fmt.Sprintf("other %s id=o%d %s", name, others, rest)
			}
			words := strings.Fields(line)
			w.do(words[0], words[1:])
		}
	})
}

func FuzzDecode(f *testing.F) {
	w := newWorld(f)
	w.do("ask", strings.Fields("by=ada from=06T00:00 to=08T00:00"))
	f.Add([]byte(encoded(f, w.r)), string(w.entries[0].Kind), []byte(w.entries[0].Data))
	f.Fuzz(func(t *testing.T, state []byte, kind string, data []byte) {
		if r, err := cover.Decode(state); err == nil {
			_, err := cover.Encode(r)
			require.NoError(t, err)
			r.Reminders(time.Time{}, monday)
			r.StateAt(monday)
			r.Remaining()
		}
		e := timeline.Entry{Seq: 1, At: monday, Actor: "user:ada", Kind: timeline.Kind(kind), Data: data}
		r, err := cover.Fold([]timeline.Entry{e})
		require.NotEmpty(t, cover.Describe(e))
		if err == nil {
			cover.Tells(r, e)
		}
	})
}
