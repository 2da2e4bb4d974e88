package verify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// Rehearsal plays one alert against a configuration: by the machine that pages, package episode, with nobody who
// acknowledges and providers that accept everything at once, or refuse it where their channel cannot send. Make one with
// [Rehearse].
type Rehearsal struct {
	org     *oncall.Org
	ways    ways
	start   time.Time
	now     time.Time
	episode episode.Episode
	entries []timeline.Entry
	stepper episode.Stepper
}

// Rehearse begins a rehearsal of an alert of a policy that starts at an instant.
func Rehearse(org *oncall.Org, id watchbill.PolicyID, at time.Time, s watchbill.Severity, more ...Option) *Rehearsal {
	r := &Rehearsal{org: org, ways: optionsOf(more).channels, start: watchbill.Stamp(at), now: watchbill.Stamp(at)}
	signal := alert.Signal{Action: alert.Trigger, Summary: "rehearsal", Severity: s, Policy: id}
	r.step(episode.Signal{ID: "rehearsal", Signal: signal})
	return r
}

// Next plays on to what happens next, and reports whether anything does.
func (r *Rehearsal) Next() bool {
	wake := r.episode.WakeAt()
	if wake.IsZero() {
		return false
	}
	r.now = later(r.now, wake)
	r.step(episode.Tick{UpSince: r.start})
	return true
}

// step takes the episode further and lets providers answer what it sends.
func (r *Rehearsal) step(in episode.Input) {
	inputs := []episode.Input{in}
	for len(inputs) > 0 {
		next, out := r.stepper.Step(episode.World{Org: r.org}, r.episode, r.now, inputs[0])
		inputs = inputs[1:]
		r.episode, r.entries = next, append(r.entries, out.Entries...)
		for _, o := range out.Send {
			receipt := episode.Receipt{Key: o.Key}
			if !r.ways.send(channelOf(next, o.Key)) {
				receipt.Result = episode.Result{Verdict: episode.Refused, Error: "channel is not configured"}
			}
			inputs = append(inputs, receipt)
		}
	}
}

// channelOf returns the channel of a message that the episode has handed out.
func channelOf(e episode.Episode, key notify.Key) notify.Channel {
	for _, l := range e.Ladders {
		if l.User == key.User && key.Rung < len(l.Rungs) {
			return l.Rungs[key.Rung].Contact.Channel
		}
	}
	return ""
}

// Now returns the instant that the rehearsal has come to.
func (r *Rehearsal) Now() time.Time { return r.now }

// Episode returns the alert as it is by now.
func (r *Rehearsal) Episode() episode.Episode { return r.episode }

// Entries returns what was recorded so far, as the alert's timeline would show it.
func (r *Rehearsal) Entries() []timeline.Entry { return r.entries }

// Bounds of a path.
const (
	maxPathSteps = 400
	maxPathLines = 40
)

// path tells how an alert of the policy goes that starts at an instant, up to its catch-all: each level's first attempt of
// each cycle.
func (w *world) path(id watchbill.PolicyID, at time.Time, severity watchbill.Severity) []string {
	r := Rehearse(w.org, id, at, severity, func(o *options) { o.channels = w.ways })
	var lines []string
	seen := 0
	for range maxPathSteps {
		caught := false
		for _, e := range r.entries[seen:] {
			line, all := w.tell(e)
			if line != "" {
				lines = append(lines, fmt.Sprintf("+%v %s", e.At.Sub(r.start), line))
			}
			caught = caught || all
		}
		seen = len(r.entries)
		if caught || len(lines) >= maxPathLines || !r.Next() {
			break
		}
	}
	return lines[:min(len(lines), maxPathLines)]
}

// tell says in words what an entry means for the path, and whether the catch-all was asked. Attempts after the first of a
// level, and cycles that found nobody before, say nothing new.
func (w *world) tell(e timeline.Entry) (line string, catchAll bool) {
	if e.Kind == episode.KindSkipped {
		return episode.Describe(e), false
	}
	if e.Kind != episode.KindFound && e.Kind != episode.KindNobody {
		return "", false
	}
	var p struct {
		Attempt watchbill.Attempt `json:"attempt"`
		People  []struct {
			User watchbill.UserID `json:"user"`
			Why  string           `json:"why"`
		} `json:"people"`
		Reason string `json:"reason"`
	}
	if json.Unmarshal(e.Data, &p) != nil {
		return "", false
	}
	who := fmt.Sprintf("level %d", p.Attempt.Level)
	if p.Attempt.Level == 0 {
		who = "catch_all"
	}
	if p.Attempt.Cycle > 1 {
		who += fmt.Sprintf(", cycle %d,", p.Attempt.Cycle)
	}
	if e.Kind == episode.KindNobody {
		if p.Attempt.Cycle > 1 {
			return "", p.Attempt.Level == 0
		}
		return fmt.Sprintf("%s has nobody: %s", who, p.Reason), p.Attempt.Level == 0
	}
	if p.Attempt.Number > 1 {
		return "", false
	}
	var names []string
	for _, q := range p.People {
		if !w.usable(q.User) {
			q.Why += "; nothing can be sent there"
		}
		names = append(names, fmt.Sprintf("%s (%s)", q.User, q.Why))
	}
	return fmt.Sprintf("%s pages %s", who, strings.Join(names, ", ")), p.Attempt.Level == 0
}
