package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/route"
)

// groupRecord is the alerts that others join: the first of each group. In a flood it also counts.
type groupRecord struct {
	Heads []groupHead `json:"heads,omitempty"` // the latest last

	From     time.Time `json:"from,omitzero"`      // of a source whose floods are watched: since when Count counts
	Count    int       `json:"count,omitempty"`    // alerts opened since then
	Flooding bool      `json:"flooding,omitempty"` // there were too many, and have not been fewer for as long
	Since    time.Time `json:"since,omitzero"`     // the flood began
}

// groupHead is the first alert of a group.
type groupHead struct {
	ID      watchbill.AlertID `json:"id"`
	Summary string            `json:"summary,omitempty"`
	Began   time.Time         `json:"began"`
	Last    time.Time         `json:"last"` // when the latest member joined
}

const (
	// maxHeads bounds how many groups that are told apart by likeness only are open for more members.
	maxHeads = 50
	// maxMembers bounds a group; another alert begins the next.
	maxMembers = 1_000_000
)

// grouping is where a new alert belongs.
type grouping struct {
	memo  *memo[groupRecord]
	head  *item // that it joins; nil: it is the first
	index int   // of the head in the record
	why   string
}

// grouped returns where a signal that opens an alert belongs: first with what is collected during maintenance, then by the
// rules, then with the flood that its source sends. It is false if the alert stands alone.
func (w *work) grouped(in incoming) (g grouping, ok bool) {
	src, known := w.org.SourceByID(in.signal.Source)
	flood := known && src.Handling.Flood.Alerts > 0 && w.flooding(src.Handling.Flood, in.signal.Source)
	if h, ok := w.collecting(in.signal, w.now); ok {
		return w.collect(h, in.signal)
	}
	if in.routed.Group != nil {
		if key, ok := route.GroupKey(*in.routed.Group, in.signal); ok {
			return w.join(string(in.signal.Source)+"/"+key, *in.routed.Group, in.signal, in.routed.Group.String())
		}
	}
	if flood {
		why := fmt.Sprintf("more than %d alerts of %s in %s", src.Handling.Flood.Alerts, src.ID, src.Handling.Flood.Per)
		return w.swept(in.signal, why)
	}
	return grouping{}, false
}

func floodID(id watchbill.SourceID) string { return string(id) + "/flood" }

// collecting returns the maintenance window that collects a signal's alert at an instant.
func (w *work) collecting(s alert.Signal, at time.Time) (h mute.Held, ok bool) {
	held, _ := w.org.Mute().At(mute.Subject{Labels: s.Labels, Source: s.Source, Service: s.Service, Severity: s.Severity, Summary: s.Summary}, at)
	i := slices.IndexFunc(held, func(h mute.Held) bool { return h.Collect })
	if i < 0 {
		return h, false
	}
	return held[i], true
}

// collect puts an alert with those that were collected in the same window and go where it goes. Where a window comes again, it collects anew:
// somebody may have what is left of the last time, and would not be paged for what is new.
func (w *work) collect(h mute.Held, s alert.Signal) (grouping, bool) {
	id := "maintenance/" + h.ID + "/" + destination(s)
	m := w.shared.groups.get(w, id)
	m.value.Heads = slices.DeleteFunc(slices.Clone(m.value.Heads), func(head groupHead) bool {
		then, ok := w.collecting(s, head.Began)
		return !ok || then.ID != h.ID || !then.Until.Equal(h.Until)
	})
	return w.join(id, route.Group{}, s, "collected during maintenance "+h.ID)
}

// flooding counts an alert, and reports whether its source sends too many. Once it has, that lasts until it has sent few
// enough for as long as they are counted.
func (w *work) flooding(limit route.Limit, id watchbill.SourceID) bool {
	m := w.shared.groups.get(w, floodID(id))
	v := &m.value
	if age := w.now.Sub(v.From); age >= limit.Per || age < 0 {
		v.Flooding = v.Count > limit.Alerts && age < 2*limit.Per && age >= 0
		v.From, v.Count = w.now, 0
	}
	v.Count++
	if !v.Flooding && v.Count > limit.Alerts {
		v.Flooding, v.Since = true, w.now
	}
	m.dirty = true
	return v.Flooding
}

// swept puts an alert with those of the same flood that go where it goes: another team would not hear of it. Somebody may
// have what is left of an earlier flood, and would not be paged for what is new.
func (w *work) swept(s alert.Signal, why string) (grouping, bool) {
	since := w.shared.groups.get(w, floodID(s.Source)).value.Since
	id := floodID(s.Source) + "/" + destination(s)
	m := w.shared.groups.get(w, id)
	m.value.Heads = slices.DeleteFunc(slices.Clone(m.value.Heads), func(head groupHead) bool { return head.Began.Before(since) })
	return w.join(id, route.Group{}, s, why)
}

// destination names where a signal goes.
func destination(s alert.Signal) string {
	return fmt.Sprintf("%q %q %q", s.Service, s.Policy, s.User)
}

// join finds the open group of a record that an alert belongs to.
func (w *work) join(id string, g route.Group, s alert.Signal, why string) (grouping, bool) {
	m := w.shared.groups.get(w, id)
	best, likeness := -1, 0.0
	for i, h := range slices.Clone(m.value.Heads) {
		if g.Window > 0 && w.now.Sub(h.Began) >= g.Window || g.Idle > 0 && w.now.Sub(h.Last) >= g.Idle {
			continue
		}
		alike := 1.0
		if g.Similar > 0 {
			if alike = route.Similar(h.Summary, s.Summary); alike < g.Similar {
				continue
			}
		}
		if best < 0 || alike >= likeness {
			best, likeness = i, alike
		}
	}
	if best >= 0 {
		head := w.fetch(m.value.Heads[best].ID)
		if head != nil && head.Alert.State.Open() && !head.Restored() && head.Parent == "" && head.Members.Total < maxMembers {
			return grouping{memo: m, head: head, index: best, why: why}, true
		}
		m.value.Heads = slices.Delete(slices.Clone(m.value.Heads), best, best+1)
	}
	return grouping{memo: m, why: why}, true
}

// joined notes that an alert was opened where it belongs.
func (g grouping) joined(a alert.Alert, now time.Time) {
	if g.memo == nil {
		return
	}
	g.memo.dirty = true
	heads := slices.Clone(g.memo.value.Heads)
	if g.head != nil {
		heads[g.index].Last = now
	} else {
		heads = append(heads[max(0, len(heads)-maxHeads+1):], groupHead{ID: a.ID, Summary: a.Summary, Began: now, Last: now})
	}
	g.memo.value.Heads = heads
}

// follow lets the alerts that are connected with one that has changed know: the group it is a member of, and those whom it
// inhibits. What a person does to a group is done to its members after the transaction.
func (w *work) follow(it *item) {
	was := it.was
	it.was = snapshotOf(it.Episode)
	now := it.was
	switch {
	case was.parent != "" && now.parent == "":
		w.tellGroup(was.parent, it, episode.MemberLeft, was.held)
	case was.parent == "" && now.parent != "":
		w.tellGroup(now.parent, it, episode.MemberJoined, now.held)
		if !now.alert.State.Open() {
			w.tellGroup(now.parent, it, episode.MemberResolved, now.held)
		}
	}
	if now.parent != "" && was.parent == now.parent {
		if now.alert.State.Open() && was.held != now.held {
			w.tellGroup(now.parent, it, map[bool]episode.MemberChange{true: episode.MemberHeld, false: episode.MemberReleased}[now.held], now.held)
		}
		switch {
		case was.alert.State.Open() && !now.alert.State.Open():
			w.tellGroup(now.parent, it, episode.MemberResolved, was.held) // its group has not heard of what it is now
		case was.alert.Severity < now.alert.Severity || was.alert.Urgency > now.alert.Urgency:
			w.tellGroup(now.parent, it, episode.MemberWorse, now.held)
		}
	}
	if it.IsGroup() && was.alert.State != now.alert.State && now.alert.State != alert.Triggered && it.Members.Open > 0 {
		w.cascades = append(w.cascades, it.Alert.ID)
	}
	w.inhibit(it, was.alert)
}

// tellGroup lets a group know of a change of a member. Held says whether the member counts as held.
func (w *work) tellGroup(id watchbill.AlertID, it *item, change episode.MemberChange, held bool) {
	head := w.fetch(id)
	if head == nil || !head.Alert.State.Open() {
		if change == episode.MemberJoined { // nobody pages in its place
			_ = w.step(it, episode.Leave{})
		}
		return
	}
	_ = w.step(head, episode.Member{ID: it.Alert.ID, Change: change, Alert: it.Alert, Held: held})
}

// fetch returns an alert, which is loaded if need be; nil if it is not there or cannot be worked on.
func (w *work) fetch(id watchbill.AlertID) *item {
	if it, ok := w.items[id]; ok || slices.Contains(w.broken, id) {
		return it
	}
	if err := w.load([]watchbill.AlertID{id}); err != nil {
		w.failed = cmp.Or(w.failed, err)
	}
	return w.items[id]
}

// snapshot is what of an alert concerns others.
type snapshot struct {
	alert  alert.Alert
	parent watchbill.AlertID
	held   bool
}

func snapshotOf(e episode.Episode) snapshot { return snapshot{e.Alert, e.Parent, len(e.Held) > 0} }

// settle follows changes until there are none left to follow.
func (w *work) settle() error {
	for len(w.unsettled) > 0 {
		it := w.unsettled[0]
		w.unsettled = w.unsettled[1:]
		if w.items[it.Alert.ID] == it { // else it is in quarantine
			w.follow(it)
		}
	}
	return w.failed
}
