package episode

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// clock tells a time in the words of a timeline, whose reader's zone is not known.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func sayResolved(e timeline.Entry, p resolved) string {
	text := who(e) + " resolved the alert"
	if p.Stays {
		text = who(e) + " says that it is over; it stays open for now"
	}
	if p.Sender != "" {
		text += ", says " + p.Sender
	}
	return text
}

func sayExpired(_ timeline.Entry, p expired) string {
	if p.Quiet {
		return "quiet for long enough: resolved"
	}
	return "no signal for too long: resolved"
}

func saySkipped(_ timeline.Entry, p skipped) string {
	text := fmt.Sprintf("the condition of level %d does not hold", p.Attempt.Level)
	switch {
	case p.Until.IsZero():
		return text
	case p.Wait:
		return text + "; it waits until " + clock(p.Until)
	}
	return text + " until " + clock(p.Until)
}

func sayHeld(_ timeline.Entry, p heldBack) string {
	if p.Again {
		return ""
	}
	if len(p.Held) == 0 {
		if p.Frozen == nil {
			return ""
		}
		return "nothing holds it any more"
	}
	return "held: " + holdWords(p.Held)
}

// holdWords says what holds an alert.
func holdWords(held []mute.Held) string {
	var all []string
	for _, h := range held {
		text := string(h.Reason)
		if h.Reason == mute.ByRestore {
			text = "the store was restored, and nobody has confirmed yet"
		}
		if h.ID != "" {
			text += " " + h.ID
		}
		if h.By != "" {
			text += ", by alert " + h.By
		}
		switch {
		case h.Never:
			text += ", for good"
		case !h.Until.IsZero():
			text += " until " + clock(h.Until)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func sayRaised(_ timeline.Entry, p raised) string {
	if p.Stays {
		return "support hours begin: the urgency stays low"
	}
	return "support hours begin: raised to high urgency"
}

func sayDelivered(e timeline.Entry, p deliveredTo) string {
	to := fmt.Sprintf("the page to %s of %s", p.Contact, p.Key.User)
	switch p.State {
	case notify.Read:
		return to + " was opened"
	case notify.Undelivered:
		return fmt.Sprintf("%s did not arrive: %s", to, p.Error)
	}
	return to + " is on the person's device"
}

func sayJoined(e timeline.Entry, p joined) string {
	text := fmt.Sprintf("a member of alert %s, which pages in its place", p.Parent)
	if p.Why != "" {
		text += ": " + p.Why
	}
	return text
}

// memberWords says what became of a member. It is never written to.
var memberWords = map[MemberChange]string{
	MemberJoined: "is a member", MemberLeft: "is no member any more", MemberResolved: "is resolved", MemberWorse: "has become worse",
	MemberHeld: "is held", MemberReleased: "is not held any more",
}

func sayTold(_ timeline.Entry, p told) string {
	var names []string
	for _, to := range p.To {
		names = append(names, fmt.Sprintf("%s (%s)", to.User, to.Contact))
	}
	what := "that it is over"
	if p.Kind == notify.KindUpdate {
		what = "that somebody has it"
	}
	return "telling " + strings.Join(names, ", ") + " " + what
}
