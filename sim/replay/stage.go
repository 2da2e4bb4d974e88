package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/timeline"
)

// stage is a replay under way.
type stage struct {
	record *record
	assume Assume
	told   map[cue][]*recorded // in order, as far as they have not been opened yet
	runs   map[*sim.Alert]*run
	order  []*run
	of     map[watchbill.AlertID]*run // by the ID in the record
	named  map[watchbill.AlertID]*run // by the ID in the replay
}

// cue is what an alert of the record is recognised by in the replay: signals come at their own instants.
type cue struct {
	ref alert.Ref
	at  time.Time
}

// run is one alert of the replay.
type run struct {
	stage   *stage
	told    *recorded // nil: the record has no such alert
	alert   *sim.Alert
	entries []timeline.Entry
	state   alert.State
	stretch int // how often it has become triggered
	acks    int
	acker   watchbill.UserID
	parts   []*part
	seen    map[onePage]bool          // pages that arrived
	first   map[watchbill.UserID]bool // they have been paged
	asked   map[watchbill.UserID]int  // in which stretch an answer of theirs was assumed
	taken   map[sender]int            // messages sent so far, by contact
	notes   []Assumption
}

// onePage is one attempt to page somebody, over however many contacts.
type onePage struct {
	user    watchbill.UserID
	attempt watchbill.Attempt
}

// part is an act, and how far it is.
type part struct {
	*act
	progress progress
	turn     int    // of the attempts to play it; only the latest counts
	why      string // it was left out
	instead  watchbill.UserID
	guessed  bool // the record has no such act
}

type progress uint8

const (
	waiting progress = iota
	armed
	played
	left
)

func newStage(r *record, a Assume) *stage {
	st := &stage{record: r, assume: a, told: map[cue][]*recorded{}, runs: map[*sim.Alert]*run{}, of: map[watchbill.AlertID]*run{},
		named: map[watchbill.AlertID]*run{}}
	for _, a := range r.alerts {
		c := cue{a.Ref(), a.opened()}
		st.told[c] = append(st.told[c], a)
	}
	return st
}

// run returns the run of an alert.
func (st *stage) run(a *sim.Alert) *run {
	if r, ok := st.runs[a]; ok {
		return r
	}
	r := &run{stage: st, alert: a, stretch: 1, state: alert.Triggered,
		seen: map[onePage]bool{}, first: map[watchbill.UserID]bool{}, asked: map[watchbill.UserID]int{}, taken: map[sender]int{}}
	st.runs[a], st.named[a.ID], st.order = r, r, append(st.order, r)
	c := cue{alert.Ref{Source: a.Source, Key: a.Key}, a.OpenedAt}
	if told := st.told[c]; len(told) > 0 {
		r.told, st.told[c] = told[0], told[1:]
		st.of[r.told.Alert.ID] = r
		for _, a := range r.told.acts {
			r.parts = append(r.parts, &part{act: a})
		}
	}
	return r
}

// react says what people do because of an event.
func (st *stage) react(e sim.Event) []sim.Act {
	switch {
	case e.Alert == nil:
		return nil
	case e.Kind == sim.KindRecord:
		return st.run(e.Alert).entry(*e.Entry)
	case e.Kind == sim.KindSend && e.Send.Page():
		acts, _ := st.run(e.Alert).next(e.User, onSend)
		return acts
	}
	return nil
}

// entry follows the alert's record.
func (r *run) entry(e timeline.Entry) (acts []sim.Act) {
	r.entries = append(r.entries, e)
	if e.Kind == episode.KindOpened {
		for i, p := range r.parts {
			if p.from == onOpen {
				acts = append(acts, r.arm(i, p.after)...)
			}
		}
	}
	was := r.state
	r.state = r.alert.State
	switch {
	case was == r.state:
	case r.state == alert.Triggered:
		r.stretch++
	case r.state == alert.Acknowledged:
		acts = append(acts, r.acknowledged(e)...)
	}
	for _, h := range episode.HeardIn([]timeline.Entry{e}) {
		in, ok := h.Input.(episode.Receipt)
		if ok && in.Result.Verdict == episode.Accepted && in.Key.Kind == notify.KindPage && person(in.Key.User) {
			acts = append(acts, r.paged(in.Key.User, in.Key.Attempt)...)
		}
	}
	return acts
}

// acknowledged arms what people do some time after an acknowledgement.
func (r *run) acknowledged(e timeline.Entry) (acts []sim.Act) {
	r.acks++
	r.acker = ""
	if nameOf(e.Actor) != string(e.Actor) {
		r.acker = watchbill.UserID(nameOf(e.Actor))
	}
	for i, p := range r.parts {
		if p.from == onAck && p.progress <= armed {
			acts = append(acts, r.arm(i, p.at.Sub(r.told.acks[min(r.acks, len(r.told.acks))-1]))...)
		}
	}
	return acts
}

// paged arms what somebody does who is paged: what they did then, or what is assumed.
func (r *run) paged(who watchbill.UserID, attempt watchbill.Attempt) []sim.Act {
	if r.seen[onePage{who, attempt}] {
		return nil // over another contact
	}
	r.seen[onePage{who, attempt}] = true
	again := r.first[who]
	r.first[who] = true
	acts, acted := r.next(who, onPage)
	if acted || r.asked[who] == r.stretch {
		return acts
	}
	return r.guess(who, again)
}

// next arms what somebody did next because of a page, and reports whether they did anything because of one.
func (r *run) next(who watchbill.UserID, from anchor) (acts []sim.Act, acted bool) {
	for i, p := range r.parts {
		if p.by != who || p.guessed || p.from != onPage && p.from != onSend {
			continue
		}
		acted = true
		if p.progress == armed || p.progress == waiting && (p.from != from || r.waits(p.prev)) {
			return nil, true
		}
		if p.progress == waiting {
			return r.arm(i, p.after), true
		}
	}
	return nil, acted
}

// guess assumes what somebody does of whom the record says nothing.
func (r *run) guess(who watchbill.UserID, again bool) []sim.Act {
	takes, why, ok := r.stage.record.usual.takes(who, r.stage.assume)
	reason := "was not paged then"
	if r.told == nil {
		reason = "has an alert that the record does not have"
	} else if at, was := r.told.firstPage(who); was {
		quiet, over := r.told.quiet()
		had := quiet.Sub(at)
		if again || !over || !ok || had >= takes {
			return nil // they had their time, and said nothing
		}
		reason = fmt.Sprintf("was paged then and had only %s to answer", round(max(had, 0)))
	}
	r.asked[who] = r.stretch
	if !ok {
		r.note(who, Assumed, "%s %s: is assumed never to answer, %s", who, reason, why)
		return nil
	}
	r.parts = append(r.parts, &part{act: &act{by: who, input: episode.Acknowledge{By: who}, state: alert.Triggered, after: takes}, guessed: true})
	r.note(who, Assumed, "%s %s: is assumed to acknowledge %s after being paged, %s", who, reason, round(takes), why)
	return r.arm(len(r.parts)-1, takes)
}

// arm lets an act happen some time from now, and what the person did after it without being paged again.
func (r *run) arm(i int, after time.Duration) []sim.Act {
	p := r.parts[i]
	p.progress = armed
	p.turn++
	turn := p.turn
	acts := []sim.Act{{After: after, Do: sim.Do{Name: string(p.by) + " " + p.verb(), With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
		if p.turn == turn && p.progress == armed {
			r.play(ctx, e, now, p)
		}
		return nil
	}}}}
	for j, next := range r.parts {
		if next.from == onAct && next.prev == p.act {
			acts = append(acts, r.arm(j, after+next.after)...)
		}
	}
	return acts
}

// play carries an act out, if it still makes sense.
func (r *run) play(ctx context.Context, e *engine.Engine, now time.Time, p *part) {
	in, why := r.makesSense(p, now)
	p.progress = left
	if why == "" {
		if _, err := e.Act(ctx, now, r.alert.ID, in); err != nil {
			why = err.Error()
		}
	}
	if p.why = why; why == "" {
		p.progress = played
	}
}

// makesSense returns what somebody does now, or why it is left out.
func (r *run) makesSense(p *part, now time.Time) (in episode.Input, why string) {
	state := r.alert.State
	switch {
	case state == alert.Resolved:
		return nil, "it is over by then"
	case p.from == onAct && r.leftOut(p.prev):
		return nil, "it follows what is left out"
	case p.state == alert.Triggered && state == alert.Acknowledged && answers(p.input):
		return nil, fmt.Sprintf("%s has acknowledged it by then", cmp.Or(string(r.acker), "its source"))
	}
	if _, acks := p.input.(episode.Acknowledge); acks && p.from == onOpen && p.pages > 0 && len(r.first) == 0 {
		return nil, "nobody has been paged for it by then"
	}
	return r.now(p, now)
}

// answers reports whether an act is one of those that an alert asks for which nobody has acknowledged.
func answers(in episode.Input) bool {
	switch in.(type) {
	case episode.Acknowledge, episode.Decline, episode.Escalate, episode.Snooze, episode.Reassign:
		return true
	}
	return false
}

func (r *run) leftOut(a *act) bool { return r.progress(a) != played }

// waits reports whether what the person did before is still to come.
func (r *run) waits(before *act) bool {
	return before != nil && before.from != onAck && r.progress(before) <= armed
}

func (r *run) progress(a *act) progress {
	for _, p := range r.parts {
		if p.act == a {
			return p.progress
		}
	}
	return left
}

// now returns an act as it is done now: who has acknowledged may be another, and other alerts have other names.
func (r *run) now(p *part, now time.Time) (in episode.Input, why string) {
	switch in := p.input.(type) {
	case episode.Resolve:
		if p.acker && r.acker != "" && r.acker != p.by {
			p.instead = r.acker
			return episode.Resolve{By: r.acker}, ""
		}
	case episode.Snooze:
		in.Until = now.Add(in.Until.Sub(p.at))
		return in, ""
	case episode.Join:
		parent := r.stage.of[in.Parent]
		if parent == nil {
			return nil, "the alert that it was merged into is not in the replay"
		}
		in.Parent = parent.alert.ID
		return in, ""
	}
	return p.input, ""
}

func (r *run) note(who watchbill.UserID, kind AssumptionKind, format string, args ...any) {
	n := Assumption{User: who, Kind: kind, Text: fmt.Sprintf(format, args...)}
	if r.told != nil {
		n.Alert = r.told.Alert.ID
	}
	if slices.Contains(r.notes, n) {
		return
	}
	r.notes = append(r.notes, n)
}
