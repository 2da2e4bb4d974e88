package episode

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Describe says in plain words what an entry records; empty for entries that only matter to machines.
func Describe(e timeline.Entry) string {
	say, ok := sentences[e.Kind]
	if !ok {
		return string(e.Kind)
	}
	text, err := say(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	return text
}

// sentences is how each kind is told. It is never written to.
var sentences = map[timeline.Kind]func(timeline.Entry) (string, error){
	KindOpened:       telling(sayOpened),
	KindSignaled:     telling(saySignaled),
	KindRepeated:     telling(sayRepeated),
	KindAcknowledged: telling(func(e timeline.Entry, p acknowledged) string { return who(e) + " acknowledged" }),
	KindResolved:     telling(sayResolved),
	KindEscalated:    telling(func(e timeline.Entry, p escalated) string { return who(e) + " asked for the next level" }),
	KindFound:        telling(sayFound),
	KindNobody:       telling(sayNobody),
	KindReceipt:      telling(sayReceipt),
	KindTicked:       telling(func(timeline.Entry, ticked) string { return "" }),
	KindQueued:       telling(func(timeline.Entry, queued) string { return "" }),
	KindLevelLeft:    telling(sayLevelLeft),
	KindGaveUp:       telling(sayGaveUp),
	KindUnreachable:  telling(func(_ timeline.Entry, p unreachable) string { return fmt.Sprintf("no contact of %s works", p.User) }),
	KindExpired:      telling(sayExpired),
	KindSkipped:      telling(saySkipped),
	KindHeld:         telling(sayHeld),
	KindSnoozed:      telling(func(e timeline.Entry, p snoozed) string { return who(e) + " has it until " + clock(p.Until) }),
	KindReopened:     telling(func(_ timeline.Entry, p reopened) string { return p.Why + ": paging anew" }),
	KindRaised:       telling(sayRaised),
	KindDeclined:     telling(func(e timeline.Entry, _ declined) string { return who(e) + " declined" }),
	KindReassigned:   telling(func(e timeline.Entry, p reassigned) string { return who(e) + " reassigned it to " + p.Target.String() }),
	KindSummoned:     telling(func(e timeline.Entry, p summonedOne) string { return fmt.Sprintf("%s asked for %s", who(e), p.User) }),
	KindDismissed:    telling(func(e timeline.Entry, p dismissed) string { return fmt.Sprintf("%s took %s off", who(e), p.User) }),
	KindCommented:    telling(func(e timeline.Entry, p commented) string { return who(e) + ": " + p.Text }),
	KindLinked:       telling(func(e timeline.Entry, p linked) string { return who(e) + " added the link " + p.Link.Href }),
	KindDelivered:    telling(sayDelivered),
	KindJoined:       telling(sayJoined),
	KindLeft:         telling(func(e timeline.Entry, _ left) string { return who(e) + " took it out of its group" }),
	KindMember: telling(func(_ timeline.Entry, p member) string {
		return fmt.Sprintf("alert %s %s", p.ID, memberWords[p.Change])
	}),
	KindTold: telling(sayTold),
}

func telling[P any](say func(timeline.Entry, P) string) func(timeline.Entry) (string, error) {
	return func(e timeline.Entry) (string, error) {
		var p P
		if err := json.Unmarshal(e.Data, &p); err != nil {
			return "", err
		}
		return say(e, p), nil
	}
}

// who names the actor, and whose key it came through.
func who(e timeline.Entry) string {
	name := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		name += " (via " + e.Via + ")"
	}
	return name
}

func sayOpened(e timeline.Entry, p opened) string {
	text := who(e) + " triggered the alert"
	if p.Signal.Summary != "" {
		text += ": " + p.Signal.Summary
	}
	if p.Signal.Severity == watchbill.SeverityUnset {
		text += "; no known severity, so error"
	}
	if len(p.Held) > 0 {
		text += "; held: " + holdWords(p.Held)
	}
	if p.Parent != "" {
		text += fmt.Sprintf("; a member of alert %s, which pages in its place", p.Parent)
	}
	return text + notes(p.Signal)
}

func saySignaled(e timeline.Entry, p signaled) string {
	text := who(e) + " signaled again"
	if p.Signal.Summary != "" {
		text += ": " + p.Signal.Summary
	}
	return text + notes(p.Signal)
}

func notes(s alert.Signal) string {
	if len(s.Notes) == 0 {
		return ""
	}
	return " (" + strings.Join(s.Notes, "; ") + ")"
}

func sayRepeated(_ timeline.Entry, p repeated) string {
	if p.Count == 1 {
		return "the signal repeated"
	}
	return fmt.Sprintf("the signal repeated %d times", p.Count)
}

func level(a watchbill.Attempt) string {
	text := fmt.Sprintf("level %d", a.Level)
	if a.Level == 0 {
		text = "the catch-all"
	}
	if a.Cycle > 1 {
		text += fmt.Sprintf(", cycle %d", a.Cycle)
	}
	if a.Number > 1 {
		text += fmt.Sprintf(", attempt %d", a.Number)
	}
	return text
}

func sayFound(_ timeline.Entry, p found) string {
	var names []string
	for _, q := range p.People {
		names = append(names, fmt.Sprintf("%s (%s)", q.User, q.Why))
	}
	return fmt.Sprintf("paging %s: %s", level(p.Attempt), strings.Join(names, ", "))
}

func sayNobody(_ timeline.Entry, p nobody) string {
	text := fmt.Sprintf("%s has nobody: %s", level(p.Attempt), p.Reason)
	for _, m := range p.Machines {
		text += fmt.Sprintf("; %s is told all the same", m.User)
	}
	return text
}

func sayReceipt(e timeline.Entry, p receipt) string {
	to := fmt.Sprintf("%s of %s", p.Contact, p.Key.User)
	if p.Contact == "" {
		to = string(p.Key.User)
	}
	by := string(e.Actor)
	if e.Actor == timeline.Engine {
		by = "a provider" // the page was void by then
	}
	what := "page"
	switch p.Key.Kind {
	case notify.KindResolved:
		what = "notice of the end"
	case notify.KindUpdate:
		what = "notice"
	}
	note := ""
	if p.Note != "" {
		note = ", " + p.Note
	}
	switch p.Verdict {
	case Accepted:
		return fmt.Sprintf("%s accepted the %s to %s%s", by, what, to, note)
	case Refused:
		return fmt.Sprintf("the %s to %s can never be delivered: %s", what, to, p.Error)
	case Limited:
		return fmt.Sprintf("the %s to %s is not sent: %s", what, to, p.Error)
	default:
		return fmt.Sprintf("the %s to %s failed and is tried again: %s", what, to, p.Error)
	}
}

func sayLevelLeft(_ timeline.Entry, p levelLeft) string {
	reasons := map[escalation.Reason]string{
		escalation.ReasonTimeout:     "nobody acknowledged in time",
		escalation.ReasonAttempts:    "all attempts were made",
		escalation.ReasonNobody:      "it has nobody",
		escalation.ReasonUnreachable: "none of its people can be reached",
		escalation.ReasonEscalated:   "escalated by hand",
		escalation.ReasonCondition:   "its condition does not hold",
		escalation.ReasonDeclined:    "all of its people have declined",
		escalation.ReasonAcks:        "all of its people have answered, and more acknowledgements are needed",
	}
	return fmt.Sprintf("level %d gives way: %s", p.Attempt.Level, reasons[p.Reason])
}

func sayGaveUp(_ timeline.Entry, p gaveUp) string {
	if p.Phase == escalation.Unreached {
		return "NOBODY COULD BE PAGED; looking again at least every minute"
	}
	return "no level is left; turning to the catch-all"
}
