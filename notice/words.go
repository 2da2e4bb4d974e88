package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// listed is how many changes a notice spells out.
const listed = 10

// Words says what a notice tells: in one line, and what more there is to know. Times are in zone, the reader's; name gives
// people their names.
func (n Notice) Words(zone *time.Location, name func(watchbill.UserID) string) (summary, details string) {
	w := teller{zone, name}
	switch n.Kind {
	case ShiftBefore:
		return fmt.Sprintf("Your shift in %s begins %s", n.Schedule, w.time(n.From)), w.until(n.To) + w.beside(n.With)
	case ShiftStart:
		return fmt.Sprintf("You are on call in %s now", n.Schedule), w.until(n.To) + w.beside(n.With)
	case ShiftEnd:
		return fmt.Sprintf("Your shift in %s has ended", n.Schedule), w.after(n.With)
	case GapAhead:
		return w.gap(n)
	case EditMoved:
		return w.moved(n)
	case HandoverOpen:
		return w.handover(n)
	case Review:
		return fmt.Sprintf("Please review the schedule %s", n.Schedule),
			fmt.Sprintf("Nobody has changed or reviewed it since %s. Are the right people in it, in hours that suit them, and do its policies still fit?\n", w.time(n.From))
	}
	return string(n.Kind), ""
}

type teller struct {
	zone *time.Location
	name func(watchbill.UserID) string
}

func (w teller) time(t time.Time) string { return t.In(w.zone).Format("Mon, 2 Jan 2006 15:04 MST") }

func (w teller) names(ids []watchbill.UserID) string {
	var all []string
	for _, id := range ids {
		all = append(all, w.name(id))
	}
	return strings.Join(all, ", ")
}

func (w teller) until(t time.Time) string {
	if t.IsZero() {
		return "No end of it is in sight.\n"
	}
	return "It ends " + w.time(t) + ".\n"
}

func (w teller) beside(ids []watchbill.UserID) string {
	if len(ids) == 0 {
		return ""
	}
	return "On call beside you: " + w.names(ids) + ".\n"
}

func (w teller) after(ids []watchbill.UserID) string {
	return "On call now: " + cmp.Or(w.names(ids), "nobody") + ".\n"
}

func (w teller) gap(n Notice) (summary, details string) {
	summary = fmt.Sprintf("Nobody will be on call in %s from %s", n.Schedule, w.time(n.From))
	if n.To.IsZero() {
		return summary, "No end of it is in sight. Until then, alerts go to whoever the policy names next.\n"
	}
	return summary + " to " + w.time(n.To),
		fmt.Sprintf("That is %s in which alerts go to whoever the policy names next. An override or a takeover closes the gap.\n", Spoken(n.To.Sub(n.From)))
}

func (w teller) moved(n Notice) (summary, details string) {
	gained, schedules := 0, []string{}
	var b strings.Builder
	for i, c := range n.Changes {
		verb := "you lose"
		if c.Gained {
			gained, verb = gained+1, "you gain"
		}
		if !slices.Contains(schedules, string(c.Schedule)) {
			schedules = append(schedules, string(c.Schedule))
		}
		if i < listed {
			fmt.Fprintf(&b, "%s: %s %s to %s\n", c.Schedule, verb, w.time(c.From), w.time(c.To))
		}
	}
	if more := len(n.Changes) - listed; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return fmt.Sprintf("Your shifts in %s have changed: %d gained, %d lost", strings.Join(schedules, ", "), gained, len(n.Changes)-gained), b.String()
}

func (w teller) handover(n Notice) (summary, details string) {
	if n.Lead == TellIncoming {
		return fmt.Sprintf("The hand-over of %s waits for you to acknowledge it", n.Schedule),
			fmt.Sprintf("You came on call %s.\n", w.time(n.From))
	}
	return fmt.Sprintf("Nobody has acknowledged your hand-over of %s", n.Schedule),
		fmt.Sprintf("It was %s, to %s. A word in person may help.\n", w.time(n.From), w.names(n.With))
}

// Spoken writes a duration as people say it, to the minute: "1 day", "1 day 2 h", "45 min".
func Spoken(d time.Duration) string {
	var all []string
	part := func(n time.Duration, unit string) {
		if n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, unit))
		}
	}
	switch days := d / day; days {
	case 1:
		part(days, "day")
	default:
		part(days, "days")
	}
	part(d%day/time.Hour, "h")
	part(d%time.Hour/time.Minute, "min")
	return cmp.Or(strings.Join(all, " "), "0 min")
}
