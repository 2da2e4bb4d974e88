package episode_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// source turns a fuzzer's bytes into choices; when they are used up, every choice is the first.
type source struct{ data []byte }

func (s *source) below(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func (s *source) seconds(n int) string { return (time.Duration(s.below(n)) * time.Second).String() }

func (s *source) pick(list ...string) string { return list[s.below(len(list))] }

// configure makes an organisation with everything that matters: somebody without contacts, gaps, a hand-off soon, waits
// so short that much happens in a minute.
func (s *source) configure(do func(name string, args ...string)) {
	do("user", "ada", "hook", s.pick("sms", "sms@7s", "sms@40s"), "low=mail")
	do("user", "ben", s.pick("hook", "hook@3s"))
	do("user", "cem")
	do("team", "ops", "ben", "cem")
	do("schedule", "primary", "Europe/Berlin", s.pick("ada", "~", "cem"), s.pick("ben", "ada", "~"))
	do("schedule", "office", "Europe/Berlin", "ada", "from=09:00", "to=09:01")
	do("schedule", "empty", "UTC")
	do("destination", "slack", "slack")
	do("hours", "now", "Europe/Berlin", "09:00", "09:02")
	do("hours", "office", "Europe/Berlin", s.pick("08:58", "09:01"), "17:00")
	targets := func() string {
		return s.pick("user:ada", "schedule:primary", "schedule:office", "schedule:empty", "team:ops", "user:cem", "user:ada,schedule:primary",
			"next:primary", "previous:primary", "user:ada,user:ben", "chat:slack", "chat:slack,user:ben", "schedule:empty,chat:slack")
	}
	do("catch_all", targets())
	for _, policy := range []string{"web", "db"} {
		do("policy", policy, "cycles="+s.pick("1", "2", "3"), "catch_all="+targets(), s.pick("", "ack_timeout=20s", "quiet", "rest=1,user:ben"))
		for i := range s.below(4) {
			more := s.pick("", "", "acks=2", "round_robin", "hours=now", "outside=office", "severity=critical", "then=jump")
			if more == "then=jump" {
				more = fmt.Sprintf("then=%dx2", 1+s.below(i+1))
			}
			do("level", targets(), "timeout="+s.pick("5s", "1s", "30s", "1m"), "every="+s.pick("1s", "4s", "20s"), "attempts="+s.pick("0", "1", "2", "3"), more,
				map[bool]string{true: s.pick("", "wait")}[strings.Contains(more, "hours") || strings.Contains(more, "outside")])
		}
	}
	do("policy", "both")
	do("level", "policy:web,user:ben")
	do("level", "policy:db")
	do("source", s.pick("pause=0s", "flapping=2/1m", "pause=10s"))
	support := s.pick("", "", "support=office", "support=now", "support=now raise")
	do("service", append([]string{"shop", "policy=" + s.pick("web", "both"), "auto_resolve=" + s.pick("0s", "0s", "90s", "10m")},
		strings.Fields(support)...)...)
	do("service", "bare")
	do("at", s.pick("2026-01-12T07:59:00Z", "2026-01-12T07:59:40Z", "2026-01-12T11:00:00Z"))
	do("providers", s.pick("wait", "accept", "wait"))
}

// happen chooses one thing that happens to the alert.
func (s *source) happen() (name string, args []string) {
	who := s.pick("ada", "ben")
	switch s.below(26) {
	case 0:
		return "signal", []string{s.pick("service=shop", "policy=db", "user=ada", "service=bare"),
			"severity=" + s.pick("critical", "warning", "info"), "summary=" + s.pick("a", "b"), s.pick("", "sender=a", "sender=b"), s.pick("", "ends=30s"),
			s.pick("", "", "action=resolve")}
	case 12:
		return "snooze", []string{who, s.pick("1s", "20s", "3m")}
	case 13:
		return "decline", []string{who}
	case 14:
		return "reassign", []string{who, s.pick("user:ben", "policy:db", "schedule:primary", "chat:slack")}
	case 15:
		return "summon", []string{who, s.pick("ada", "ben", "cem")}
	case 16:
		return "dismiss", []string{"ada", who}
	case 17:
		return "join", []string{"02"}
	case 18:
		return "leave", []string{who}
	case 19:
		return "member", []string{"02", s.pick("joined", "worse", "resolved", "left", "held", "released"), s.pick("", "warning", "critical"), s.pick("", "held")}
	case 20:
		return "inhibit", []string{s.pick("", "02")}
	case 21:
		return "silence", []string{s.pick("s1", "s2"), s.pick("0s", "5s", "1m")}
	case 22:
		return "receipt", []string{s.pick("ada/hook", "ada/sms", "ben/hook"), "undelivered"}
	case 23:
		return "deliver", []string{s.pick("ok", "limit"), "all"}
	case 24:
		return s.pick("look", "link", "comment"), []string{who, "https://example.com"}
	case 25:
		return "quiet", []string{who, s.pick("10s", "1h")}
	case 1:
		if s.below(4) == 0 {
			return "ack", []string{"ada"}
		}
		return "deliver", []string{"refuse", "all"}
	case 2:
		if s.below(8) == 0 {
			return "resolve", []string{"ada"}
		}
		return "deliver", []string{"ok", "all"}
	case 3:
		return "escalate", []string{"ben"}
	case 4:
		return "deliver", []string{s.pick("ok", "fail", "refuse"), s.pick("ada/hook", "ada/sms", "ben/hook", "ada/mail")}
	case 5:
		return "late", []string{s.pick("ada", "ben"), s.pick("1", "2", "3")}
	case 6:
		return "setback", []string{s.seconds(200)}
	case 7:
		return "down", []string{s.seconds(200)}
	case 8:
		return s.pick("user"), []string{s.pick("ada", "ben"), s.pick("mail", "hook")}
	case 9:
		return "service", []string{"shop", "policy=" + s.pick("db", "web"), "urgency=" + s.pick("high", "low")}
	default:
		return "advance", []string{s.seconds(100)}
	}
}

// FuzzStep runs one history in two worlds: one is woken when a Tick is due, the other every second. Nobody may be able
// to tell them apart. What must hold after every Step is in world.check.
func FuzzStep(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x0b\x03\x00\x01\x02", 30)))
	f.Add([]byte("some text is as good a history as any, since it makes choices of all kinds; and the longer it is, the better"))
	f.Fuzz(twoWorlds)
}

func twoWorlds(t *testing.T, data []byte) {
	s := &source{data[:min(len(data), 160)]}
	due, eager := newWorld(t), newWorld(t)
	due.quick, eager.quick, eager.eager = true, true, true
	both := func(name string, args ...string) {
		require.Equal(t, due.do(name, args), eager.do(name, args))
	}
	s.configure(both)
	both("signal", "service=shop", "severity="+s.pick("critical", "warning"))
	for len(s.data) > 0 {
		name, args := s.happen()
		both(name, args...)
		if name == "silence" {
			both("look")
		}
	}
	both("advance", "3m")
	require.Equal(t, due.episode, eager.episode)
	require.Equal(t, due.entries, eager.entries)
	eager.checkFold()
}

func TestDueAndEager(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 7))
	for range 30 {
		data := make([]byte, 160)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		twoWorlds(t, data)
	}
}

// someOrg has a bit of everything.
func someOrg(f *testing.F) *oncall.Org {
	w := newWorld(f)
	(&source{}).configure(func(name string, args ...string) { configures[name](w, args) })
	org, err := oncall.New(w.config, 1)
	require.NoError(f, err)
	return org
}

// everything is one input of each kind, about what the episode knows.
func everything(e episode.Episode) []episode.Input {
	ada := episode.Command{By: "ada"}
	key := notify.Key{Alert: e.Alert.ID, Attempt: e.Escalation.At, User: "ada"}
	caught := notify.Key{Alert: e.Alert.ID, Attempt: e.Escalation.CatchAll, User: "ben", Rung: -1}
	signal := alert.Signal{Source: "prom", Key: "k", Service: "shop", StartsAt: monday.AddDate(9000, 0, 0), Details: json.RawMessage("{"), Summary: "\xff"}
	raise := signal
	raise.Severity = watchbill.SeverityCritical
	ack, resolve := signal, signal
	ack.Action, resolve.Action = alert.Acknowledge, alert.Resolve
	return []episode.Input{
		episode.Signal{ID: "02", Signal: signal}, episode.Signal{Signal: raise}, episode.Signal{Signal: ack}, episode.Signal{Signal: resolve},
		episode.Receipt{Key: key}, episode.Receipt{Key: key, Result: episode.Result{Verdict: episode.Refused}}, episode.Receipt{Key: caught},
		episode.Acknowledge{By: "ada"}, episode.Resolve{By: "ada"}, episode.Escalate{By: "ada"}, episode.Tick{}, nil,
		episode.Snooze{Command: ada, Until: monday.Add(time.Minute)}, episode.Decline(ada), episode.Reassign{Command: ada, Target: escalation.User("ben")},
		episode.Summon{Command: ada, User: "ben"}, episode.Dismiss{Command: ada, User: "ada"}, episode.Comment{Command: ada, Text: "\xff"},
		episode.AddLink{Command: ada, Link: alert.Link{Href: "x"}}, episode.Join{Parent: "03"}, episode.Leave(ada), episode.Look{},
		episode.Restore{}, episode.Confirm(ada),
		episode.Member{ID: "04", Change: episode.MemberJoined}, episode.Member{ID: "04", Change: episode.MemberResolved},
		episode.Delivered{Message: key.ID(), State: notify.Undelivered},
	}
}

// hammer gives an episode every input twice, and ticks it until nothing is due.
func hammer(t *testing.T, org *oncall.Org, e episode.Episode) {
	for _, first := range everything(e) {
		next, out := episode.Step(episode.World{Org: org}, e, monday, first)
		for _, second := range everything(next) {
			last, _ := episode.Step(episode.World{Org: org}, next, monday.Add(time.Minute), second)
			_ = last.View()
			_ = last.Reached()
		}
		for now, i := monday, 0; i < 20; i++ {
			next, _ = episode.Step(episode.World{Org: org}, next, now, episode.Tick{UpSince: now})
			wake := next.WakeAt()
			require.True(t, wake.IsZero() || wake.After(now), "due at %s after a Tick at %s", wake, now)
			if now = wake; wake.IsZero() {
				break
			}
		}
		for _, entry := range out.Entries {
			_ = episode.Describe(entry)
		}
	}
}

// FuzzDecode: whatever Decode lets in, no Step panics on it or stays due.
func FuzzDecode(f *testing.F) {
	org := someOrg(f)
	for _, data := range goldenFiles(f, "*.episode.json") {
		f.Add(data)
	}
	f.Add([]byte(`{"v":1,"alert":{"id":"01","state":"triggered","urgency":"low"},"escalation":{"phase":"paging","urgency":"low","at":{"run":9223372036854775807}},"ladders":[{"user":"ada"},{"user":"ben","rungs":[{"after":-9,"progress":200}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := episode.Decode(data)
		if err != nil {
			return
		}
		hammer(t, org, e)
		back, err := episode.Encode(e)
		require.NoError(t, err)
		_, err = episode.Decode(back)
		require.NoError(t, err)
	})
}

// FuzzFold: no timeline makes Fold panic, or what it leads to.
func FuzzFold(f *testing.F) {
	org := someOrg(f)
	for _, data := range goldenFiles(f, "*.timeline.json") {
		f.Add(data)
	}
	f.Add([]byte(`[{"kind":"found","data":{}},{"kind":"queued"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var entries []timeline.Entry
		if json.Unmarshal(data, &entries) != nil {
			return
		}
		for _, e := range entries {
			_ = episode.Describe(e)
		}
		if e, err := episode.Fold(entries[:min(len(entries), 100)]); err == nil {
			hammer(t, org, e)
		}
	})
}
