package engine

import (
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
)

// inhibitorRecord is who inhibits whom, for one inhibition and one set of equal values.
type inhibitorRecord struct {
	Sources []watchbill.AlertID `json:"sources,omitempty"` // that are open
	Targets []watchbill.AlertID `json:"targets,omitempty"` // that are open, held or not
}

// maxInhibited bounds both lists. Who is beyond is looked at when its own time comes, at the latest after some minutes.
const maxInhibited = 1_000

// maxChain bounds how many alerts that hold each other are followed.
const maxChain = 100

func sideID(s mute.Side) string { return s.Rule + "/" + s.Equal }

// inhibited returns which alerts inhibit another one.
func (w *work) inhibited(a alert.Alert) (held []mute.Held) {
	for _, side := range w.org.Mute().Targets(episode.Subject(a)) {
		if by := w.inhibitor(side, a.ID); by != "" {
			held = append(held, mute.Held{Reason: mute.ByInhibition, ID: side.Rule, By: string(by)})
		}
	}
	return held
}

// inhibitor returns the first alert that inhibits a side for an alert; empty if none does. Whoever is listed and does not any
// more is struck off: it may have been resolved while the rule was out of the configuration, or be in quarantine.
func (w *work) inhibitor(side mute.Side, of watchbill.AlertID) watchbill.AlertID {
	m := w.shared.inhibitors.get(w, sideID(side))
	for _, id := range m.value.Sources {
		it := w.fetch(id)
		if it != nil && it.Restored() { // nobody is paged for it, so that it keeps nobody from being paged
			continue
		}
		if it != nil && it.Alert.State.Open() && slices.Contains(w.org.Mute().Sources(episode.Subject(it.Alert)), side) {
			if w.heldBy(it, of) {
				continue
			}
			return id
		}
		m.value.Sources, m.dirty = listed(m.value.Sources, id, false), true
	}
	return ""
}

// heldBy reports whether an alert is held by another one, directly or through others that are held: that one cannot be held
// by it in turn, for nobody would be paged for either.
func (w *work) heldBy(it *item, by watchbill.AlertID) bool {
	chain := []watchbill.AlertID{it.Alert.ID}
	for i := 0; i < len(chain); i++ {
		if chain[i] == by || i == maxChain { // what hangs together further than that pages, rather than not at all
			return true
		}
		next := w.fetch(chain[i])
		if next == nil || !next.Alert.State.Open() {
			continue
		}
		for _, h := range next.Held {
			if id := watchbill.AlertID(h.By); h.Reason == mute.ByInhibition && !slices.Contains(chain, id) {
				chain = append(chain, id)
			}
		}
	}
	return false
}

// inhibit keeps the lists of an alert that has changed, and looks again at those whom that concerns.
func (w *work) inhibit(it *item, before alert.Alert) {
	if len(w.org.Config().Inhibitions) == 0 {
		return
	}
	var concerned []watchbill.AlertID
	open := it.Alert.State.Open()
	subject := episode.Subject(it.Alert)
	changed := !slices.Equal(before.Labels, it.Alert.Labels) || before.Severity != it.Alert.Severity || before.Summary != it.Alert.Summary
	if before.State.Open() && changed {
		concerned = append(concerned, w.uninhibit(it.Alert.ID, episode.Subject(before))...)
	}
	for _, side := range w.org.Mute().Targets(subject) {
		m := w.shared.inhibitors.get(w, sideID(side))
		if list := listed(m.value.Targets, it.Alert.ID, open); !slices.Equal(list, m.value.Targets) {
			m.value.Targets, m.dirty = list, true
		}
	}
	for _, side := range w.org.Mute().Sources(subject) {
		m := w.shared.inhibitors.get(w, sideID(side))
		list := listed(m.value.Sources, it.Alert.ID, open)
		if slices.Equal(list, m.value.Sources) {
			continue
		}
		if len(list) == 0 || len(m.value.Sources) == 0 || m.value.Sources[0] != list[0] {
			concerned = append(concerned, m.value.Targets...)
		}
		m.value.Sources, m.dirty = list, true
	}
	w.lookAt(concerned)
}

// uninhibit takes an alert off the lists for what it was before, and returns whom that concerns.
func (w *work) uninhibit(id watchbill.AlertID, was mute.Subject) (concerned []watchbill.AlertID) {
	for _, side := range w.org.Mute().Targets(was) {
		m := w.shared.inhibitors.get(w, sideID(side))
		m.value.Targets, m.dirty = listed(m.value.Targets, id, false), true
	}
	for _, side := range w.org.Mute().Sources(was) {
		m := w.shared.inhibitors.get(w, sideID(side))
		m.value.Sources, m.dirty = listed(m.value.Sources, id, false), true
		concerned = append(concerned, m.value.Targets...)
	}
	return concerned
}

// lookAt looks again at whether alerts are held, also those that somebody has: they may come back.
func (w *work) lookAt(ids []watchbill.AlertID) {
	for _, id := range ids {
		if it := w.fetch(id); it != nil && it.Alert.State.Open() {
			_ = w.step(it, episode.Look{})
		}
	}
}

// listed returns a list with or without an ID; the list itself if nothing changes.
func listed(list []watchbill.AlertID, id watchbill.AlertID, in bool) []watchbill.AlertID {
	switch has := slices.Contains(list, id); {
	case has == in || in && len(list) >= maxInhibited:
		return list
	case in:
		return append(slices.Clip(list), id)
	}
	return slices.DeleteFunc(slices.Clone(list), func(x watchbill.AlertID) bool { return x == id })
}
