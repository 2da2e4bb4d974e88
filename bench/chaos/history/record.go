package history

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// entry is an entry of an alert's record with what the checks look at.
type entry struct {
	timeline.Entry
	payload
}

// payload is what the checks look at, of whatever kind the entry is.
type payload struct {
	Clock   time.Time         `json:"clock"`
	ID      notify.MessageID  `json:"id"`      // queued
	Key     keyOrText         `json:"key"`     // queued, receipt
	Attempt watchbill.Attempt `json:"attempt"` // found, nobody, skipped, level_left
	Reason  json.RawMessage   `json:"reason"`  // level_left
	Verdict episode.Verdict   `json:"verdict"` // receipt
}

// keyOrText is a message's key; entries of other kinds may have something else under that name.
type keyOrText struct{ notify.Key }

// UnmarshalJSON leaves what is no key.
func (k *keyOrText) UnmarshalJSON(data []byte) error {
	_ = json.Unmarshal(data, &k.Key)
	return nil
}

// at returns when the entry happened by the engine's clock.
func (e entry) at() time.Time {
	if e.Clock.IsZero() {
		return e.At
	}
	return e.Clock
}

func decode(entries []timeline.Entry) []entry {
	list := make([]entry, len(entries))
	for i, e := range entries {
		list[i].Entry = e
		switch e.Kind {
		case episode.KindQueued, episode.KindReceipt, episode.KindFound, episode.KindNobody, episode.KindSkipped,
			episode.KindLevelLeft, episode.KindAcknowledged, episode.KindTicked:
			_ = json.Unmarshal(e.Data, &list[i].payload) // what cannot be read fails to fold
		}
	}
	return list
}

// record checks the order and the times of what an alert's record says.
func (c *checker) record(s *seen) {
	id := s.Episode.Alert.ID
	w := walk{policy: s.Episode.Policy, made: map[watchbill.Attempt]bool{}}
	over := false // acknowledged or resolved
	for _, e := range s.entry {
		w.behind(e.at())
		switch e.Kind {
		case episode.KindAcknowledged, episode.KindResolved:
			over = true
		case episode.KindReopened:
			over = false
		case episode.KindQueued:
			c.queue(s, e, over)
		case episode.KindLevelLeft:
			w.left(e)
		case episode.KindFound, episode.KindNobody, episode.KindSkipped:
			if over {
				c.broken(Silent, "alert %s, entry %d: attempt %v after it was over", id, e.Seq, e.Attempt)
			}
			c.attempt(s, &w, e)
		}
	}
}

// queue checks one message that was queued.
func (c *checker) queue(s *seen, e entry, over bool) {
	id, k := s.Episode.Alert.ID, e.Key.Key
	if over && k.Kind == notify.KindPage {
		c.broken(Silent, "alert %s, entry %d: a page to %s was queued after the alert was over", id, e.Seq, k.User)
	}
	if before, again := c.queued[e.ID]; again {
		c.broken(Once, "message %s was queued for %+v and for %+v", e.ID, before, k)
	}
	c.queued[e.ID] = k
	if e.ID != k.ID() || k.Alert != id {
		c.broken(Once, "alert %s, entry %d: message %s is not that of its key %+v", id, e.Seq, e.ID, k)
	}
}

// walk is how far an escalation has come.
type walk struct {
	policy escalation.Policy
	last   watchbill.Attempt
	lastAt time.Time
	level  time.Time // when the level's first attempt was made
	early  bool      // the level gave way for another reason than time
	made   map[watchbill.Attempt]bool
}

// behind is an input whose time lies before what is waited from, since its transaction had begun earlier and was held up: the
// wait begins then.
func (w *walk) behind(at time.Time) {
	if at.Before(w.lastAt) {
		w.lastAt = at
	}
	if at.Before(w.level) {
		w.level = at
	}
}

func (w *walk) left(e entry) {
	var r escalation.Reason
	w.early = json.Unmarshal(e.Reason, &r) != nil || r != escalation.ReasonTimeout && r != escalation.ReasonAttempts
}

// attempt checks that an attempt follows the one before it, and not too soon.
func (c *checker) attempt(s *seen, w *walk, e entry) {
	id, a, at := s.Episode.Alert.ID, e.Attempt, e.at()
	if w.made[a] {
		c.broken(Once, "alert %s, entry %d: attempt %+v is made again", id, e.Seq, a)
	}
	w.made[a] = true
	if a.Level == 0 { // the catch-all has no order
		return
	}
	if !follows(w.last, a) {
		c.broken(InOrder, "alert %s, entry %d: attempt %+v follows %+v", id, e.Seq, a, w.last)
	}
	if due := w.due(a); at.Before(due) {
		c.broken(InTime, "alert %s, entry %d: attempt %+v at %s, due at %s", id, e.Seq, a, stamp(at), stamp(due))
	}
	if a.Number == 1 {
		w.level = at
	}
	w.last, w.lastAt, w.early = a, at, false
}

// due returns before when an attempt must not be made; zero if nothing holds it.
func (w *walk) due(a watchbill.Attempt) time.Time {
	if a.Run != w.last.Run || w.last.Level < 1 || w.last.Level > len(w.policy.Levels) {
		return time.Time{}
	}
	l := w.policy.Levels[w.last.Level-1]
	if a.Level == w.last.Level && a.Cycle == w.last.Cycle {
		return w.lastAt.Add(l.Repeat.Every)
	}
	if w.early {
		return time.Time{}
	}
	due := w.level.Add(l.Timeout)
	if n := l.Repeat.Attempts; n > 1 && w.last.Number >= n {
		if used := w.lastAt.Add(l.Repeat.Every); used.Before(due) {
			return used
		}
	}
	return due
}

// follows reports whether nothing lies between two attempts.
func follows(a, b watchbill.Attempt) bool {
	switch {
	case b.Run != a.Run:
		return b.Run == a.Run+1 && b.Number == 1 && (a.Run > 0 || b.Level == 1)
	case b.Cycle != a.Cycle:
		return b.Cycle == a.Cycle+1 && b.Level == 1 && b.Number == 1
	case b.Level != a.Level:
		return b.Level == a.Level+1 && b.Number == 1
	}
	return b.Number == a.Number+1
}
