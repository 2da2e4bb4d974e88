package episode

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// Planned is one thing that happens to an alert if nobody answers: people are paged, or a note says what else does.
type Planned struct {
	At       time.Time       `json:"at"`
	Level    int             `json:"level"`    // who is paged: 0 is the catch-all; where nobody is, the level that the note is about
	Cycle    int             `json:"cycle"`    // zero where no level is meant
	Attempt  int             `json:"attempt"`  // of the level
	People   []oncall.Person `json:"people"`   // who are paged, and why
	Messages []string        `json:"messages"` // that go out then, as "ada/sms"
	Note     string          `json:"note"`     // what else there is to say, in words
}

// MaxPlanned is how much of what happens next is told at most.
const MaxPlanned = 500

const (
	maxPlanSteps = 2_000
	planHorizon  = 14 * 24 * time.Hour
)

// Plan says what happens to an alert next, from now on: it runs the alert forward with every message accepted at once and
// nobody answering, as the configuration is in w, and stops after limit things, two weeks, or when nothing more happens. The
// episode itself is left as it is.
func Plan(w World, e Episode, now time.Time, limit int) []Planned {
	p := newPlanner(w, e, now, limit)
	p.accept(p.waiting())
	p.run()
	return p.plan
}

// PlanOf is [Plan] of an alert that a signal would open now.
func PlanOf(w World, s alert.Signal, now time.Time, limit int) []Planned {
	p := newPlanner(w, Episode{}, now, limit)
	p.step(Signal{ID: "plan", Signal: s})
	p.run()
	return p.plan
}

type planner struct {
	w     World
	e     Episode
	start time.Time
	now   time.Time
	limit int
	why   string // the level before gave way for this reason
	plan  []Planned

	picked map[string]map[watchbill.UserID]time.Time // by policy and level, since the start
	woken  map[watchbill.UserID]int
}

func newPlanner(w World, e Episode, now time.Time, limit int) *planner {
	p := &planner{w: w, e: e.Clone(), start: watchbill.Stamp(now), now: watchbill.Stamp(now), limit: max(min(limit, MaxPlanned), 0), plan: []Planned{},
		picked: map[string]map[watchbill.UserID]time.Time{}, woken: map[watchbill.UserID]int{}}
	p.picksOf(w)
	return p
}

// picksOf puts what is picked and woken by the plan on top of what was before.
func (p *planner) picksOf(w World) {
	p.w.LastPicked = func(policy watchbill.PolicyID, level int) map[watchbill.UserID]time.Time {
		last := map[watchbill.UserID]time.Time{}
		if w.LastPicked != nil {
			maps.Copy(last, w.LastPicked(policy, level))
		}
		maps.Copy(last, p.picked[turn(policy, level)])
		return last
	}
	p.w.Woken = func(u watchbill.UserID, since time.Time) int {
		if w.Woken == nil {
			return p.woken[u]
		}
		return p.woken[u] + w.Woken(u, since)
	}
}

func turn(policy watchbill.PolicyID, level int) string { return fmt.Sprint(policy, " ", level) }

// run lets time pass.
func (p *planner) run() {
	for range maxPlanSteps {
		wake := p.e.WakeAt()
		if wake.IsZero() || len(p.plan) >= p.limit || wake.Sub(p.start) > planHorizon {
			break
		}
		if wake.After(p.now) {
			p.now = wake
		}
		p.step(Tick{})
	}
	p.plan = p.plan[:min(len(p.plan), p.limit)]
}

// waiting returns the messages that no provider has accepted yet.
func (p *planner) waiting() (keys []notify.Key) {
	ladders := slices.Clone(p.e.Ladders)
	for _, x := range p.e.Summons {
		ladders = append(ladders, x.Ladder)
	}
	for _, l := range ladders {
		for i, r := range l.Rungs {
			if k := (notify.Key{Alert: p.e.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}); r.Progress == notify.Sent && p.e.Wants(k) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// accept lets providers take messages.
func (p *planner) accept(keys []notify.Key) {
	for _, k := range keys {
		p.step(Receipt{Key: k})
	}
}

func (p *planner) step(in Input) {
	p.why = "" // of a level that gave way in a step before, and nothing was paged
	next, out := Step(p.w, p.e, p.now, in)
	p.e = next
	for _, pick := range out.Picked {
		key := turn(pick.Policy, pick.Level)
		if p.picked[key] == nil {
			p.picked[key] = map[watchbill.UserID]time.Time{}
		}
		p.picked[key][pick.User] = p.now
	}
	for _, u := range out.Woken {
		p.woken[u]++
	}
	for _, entry := range out.Entries {
		p.tell(entry)
	}
	var keys []notify.Key
	for _, o := range out.Send {
		keys = append(keys, o.Key)
	}
	p.accept(keys)
}

// tell adds what an entry means to the plan.
func (p *planner) tell(entry timeline.Entry) {
	switch entry.Kind {
	case KindFound:
		p.pages(entry)
	case KindQueued:
		p.sends(entry)
	case KindLevelLeft:
		p.why = Describe(entry)
	case KindNobody, KindSkipped, KindGaveUp, KindReopened, KindRaised, KindExpired, KindUnreachable, KindHeld, KindOpened:
		p.note(entry)
	}
}

func (p *planner) pages(entry timeline.Entry) {
	var f found
	if json.Unmarshal(entry.Data, &f) != nil {
		return // never: it has just been written
	}
	next := p.at(f.Attempt)
	next.Note, p.why = p.why, ""
	for _, q := range f.People {
		next.People = append(next.People, oncall.Person{User: q.User, Why: q.Why})
	}
	p.plan = append(p.plan, next)
}

func (p *planner) at(a watchbill.Attempt) Planned {
	return Planned{At: p.now, Level: a.Level, Cycle: a.Cycle, Attempt: a.Number, People: []oncall.Person{}, Messages: []string{}}
}

// sends adds a message to what pages now; one that is due by itself is a thing of its own.
func (p *planner) sends(entry timeline.Entry) {
	var q queued
	if json.Unmarshal(entry.Data, &q) != nil || q.Key.Kind != notify.KindPage {
		return
	}
	message := fmt.Sprintf("%s/%s", q.Key.User, q.Contact)
	for i := len(p.plan) - 1; i >= 0 && p.plan[i].At.Equal(p.now); i-- {
		if p.plan[i].Level == q.Key.Attempt.Level && p.plan[i].Attempt == q.Key.Attempt.Number && p.plan[i].Cycle == q.Key.Attempt.Cycle {
			p.plan[i].Messages = append(p.plan[i].Messages, message)
			return
		}
	}
	next := p.at(q.Key.Attempt)
	next.Messages, next.Note = []string{message}, "a further contact of "+string(q.Key.User)
	p.plan = append(p.plan, next)
}

// note adds what is no page.
func (p *planner) note(entry timeline.Entry) {
	var about struct {
		Attempt watchbill.Attempt `json:"attempt"`
		Held    []json.RawMessage `json:"held"`
		Frozen  json.RawMessage   `json:"frozen"`
	}
	text := Describe(entry)
	if json.Unmarshal(entry.Data, &about) != nil || text == "" || entry.Kind == KindOpened && len(about.Held) == 0 {
		return
	}
	if i := strings.Index(text, "held: "); entry.Kind == KindOpened && i >= 0 {
		text = text[i:]
	}
	next := p.at(about.Attempt)
	next.Note = text
	p.plan = append(p.plan, next)
}
