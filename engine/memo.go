package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// Kinds of the records in which a store keeps what several alerts have in common. They have no timelines: whatever follows
// from them is in those of the alerts.
const (
	groupKind     = "group"     // which alerts others join
	inhibitorKind = "inhibitor" // who inhibits whom
	turnKind      = "turn"      // whom a level picked, and when
	wakeUpKind    = "wakeup"    // when somebody was paged at night
)

// memo is a record that a transaction reads at most once, and writes at most once.
type memo[T any] struct {
	value   T
	version store.Version
	dirty   bool
}

// memos are the records of one kind that a transaction works on.
type memos[T any] struct {
	kind string
	byID map[string]*memo[T]
}

// get returns a record, the zero T if there is none. One that cannot be read counts as none, and is replaced.
func (m *memos[T]) get(w *work, id string) *memo[T] {
	if known, ok := m.byID[id]; ok {
		return known
	}
	fresh := &memo[T]{}
	if m.byID == nil {
		m.byID = map[string]*memo[T]{}
	}
	m.byID[id] = fresh
	found, err := w.tx.Records().Get(m.kind, []string{id})
	if err != nil {
		w.failed = cmp.Or(w.failed, err)
		return fresh
	}
	for _, r := range found {
		fresh.version = r.Version
		if err := json.Unmarshal(r.Body, &fresh.value); err != nil {
			var none T
			fresh.value = none
			w.e.log.Error("record cannot be read, and begins anew", "kind", m.kind, "id", id, "error", err)
		}
	}
	return fresh
}

// writes returns what has changed, in the order of the IDs. What closed says is over leaves the list of what is open.
func (m *memos[T]) writes(now time.Time, closed func(T) bool) (all []store.RecordWrite, err error) {
	for id, r := range m.byID {
		if !r.dirty {
			continue
		}
		body, err := json.Marshal(r.value)
		if err != nil {
			return nil, err
		}
		write := store.RecordWrite{Record: store.Record{Kind: m.kind, ID: id, Body: body}, Want: r.version}
		if closed(r.value) {
			write.ClosedAt = now
		}
		all = append(all, write)
	}
	slices.SortFunc(all, func(a, b store.RecordWrite) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// shared is what alerts have in common, as one transaction sees and changes it.
type shared struct {
	groups     memos[groupRecord]
	inhibitors memos[inhibitorRecord]
	turns      memos[map[watchbill.UserID]time.Time]
	wakeUps    memos[[]time.Time]
}

func newShared() shared {
	return shared{
		groups:     memos[groupRecord]{kind: groupKind},
		inhibitors: memos[inhibitorRecord]{kind: inhibitorKind},
		turns:      memos[map[watchbill.UserID]time.Time]{kind: turnKind},
		wakeUps:    memos[[]time.Time]{kind: wakeUpKind},
	}
}

// write writes what has changed, and forgets everything: the transaction may go on.
func (w *work) writeShared() error {
	groups, err1 := w.shared.groups.writes(w.now, func(g groupRecord) bool { return len(g.Heads) == 0 && g.Count == 0 })
	inhibitors, err2 := w.shared.inhibitors.writes(w.now, func(i inhibitorRecord) bool { return len(i.Sources)+len(i.Targets) == 0 })
	turns, err3 := w.shared.turns.writes(w.now, func(map[watchbill.UserID]time.Time) bool { return false })
	wakeUps, err4 := w.shared.wakeUps.writes(w.now, func(all []time.Time) bool { return len(all) == 0 })
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		return err
	}
	w.shared = newShared()
	if all := slices.Concat(groups, inhibitors, turns, wakeUps); len(all) > 0 {
		return w.tx.Records().Put(all)
	}
	return nil
}

// world is what episodes are stepped in.
func (w *work) world() episode.World {
	world := episode.World{Org: w.org, LastPicked: w.lastPicked, Woken: w.woken}
	if len(w.org.Config().Inhibitions) > 0 {
		world.Inhibited = w.inhibited
	}
	return world
}

func (w *work) lastPicked(policy watchbill.PolicyID, level int) map[watchbill.UserID]time.Time {
	return w.shared.turns.get(w, turnID(policy, level)).value
}

func turnID(policy watchbill.PolicyID, level int) string {
	return fmt.Sprintf("%s/%03d", policy, level)
}

// maxWakeUps bounds what is remembered of a person.
const maxWakeUps = 100

func (w *work) woken(user watchbill.UserID, since time.Time) (n int) {
	for _, at := range w.shared.wakeUps.get(w, string(user)).value {
		if at.After(since) && !at.After(w.now) {
			n++
		}
	}
	return n
}

// remember keeps whom a step picked and woke, so that the next one knows.
func (w *work) remember(out episode.Outcome) {
	for _, p := range out.Picked {
		m := w.shared.turns.get(w, turnID(p.Policy, p.Level))
		next := map[watchbill.UserID]time.Time{}
		for u, at := range m.value {
			next[u] = at
		}
		next[p.User] = w.later(next)
		m.value, m.dirty = next, true
	}
	for _, u := range out.Woken {
		m := w.shared.wakeUps.get(w, string(u))
		m.value = append(slices.Clone(m.value[max(0, len(m.value)-maxWakeUps+1):]), w.now)
		m.dirty = true
	}
}

// later returns now, or an instant after every pick so far: two picks in one transaction are in order.
func (w *work) later(picks map[watchbill.UserID]time.Time) time.Time {
	at := w.now
	for _, t := range picks {
		if !t.Before(at) && t.Sub(w.now) < time.Minute {
			at = t.Add(time.Microsecond)
		}
	}
	return at
}
