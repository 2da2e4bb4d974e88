package cover

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Describe says in plain words what an entry of a request's record records.
func Describe(e timeline.Entry) string {
	c, err := decodeCommand(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	actor, _ := userOf(e.Actor)
	return strings.TrimPrefix(who, " ") + " " + c.tell(actor)
}

func (c TakeOver) tell(actor watchbill.UserID) string {
	what := "took over "
	if c.User != actor {
		what = fmt.Sprintf("let %s take over ", c.User)
	}
	return what + from(c.Replaces) + tellWindows(c.Found.Windows, time.UTC) + tail(c.Text, c.Found.Said)
}

func from(user watchbill.UserID) string {
	if user == "" {
		return "all of "
	}
	return string(user) + "'s duty in "
}

func (c Ask) tell(watchbill.UserID) string {
	return fmt.Sprintf("asked %s to cover %s%s", strings.Join(texts(c.Found.Asked), ", "), from(c.For),
		tellWindows(c.Found.Open, time.UTC)) + tail(c.Text, c.Found.Said)
}

func (c Swap) tell(watchbill.UserID) string {
	return fmt.Sprintf("proposed that %s has %s%s and %s has %s%s", c.With, from(c.For), tellWindows(c.Found.Windows, time.UTC),
		c.For, from(c.With), tellWindows(c.Found.Return, time.UTC)) + tail(c.Text, c.Found.Said)
}

func (c Accept) tell(watchbill.UserID) string {
	var parts []string
	for _, g := range c.Found.Grants {
		parts = append(parts, fmt.Sprintf("%s has %s%s", g.User, from(g.Replaces), tellWindows([]Window{g.Window}, time.UTC)))
	}
	text := "accepted: " + strings.Join(parts, "; ")
	if len(c.Found.Open) > 0 {
		text += "; open is " + tellWindows(c.Found.Open, time.UTC)
	}
	return text + tail(c.Text, c.Found.Said)
}

func (c Decline) tell(actor watchbill.UserID) string {
	if c.User == actor {
		return "declined" + tail(c.Text, nil)
	}
	return fmt.Sprintf("declined for %s", c.User) + tail(c.Text, nil)
}

func (c Cancel) tell(watchbill.UserID) string { return "cancelled what was open" + tail(c.Text, nil) }
func (c Withdraw) tell(watchbill.UserID) string {
	return "withdrew what was agreed" + tail(c.Text, nil)
}

func tail(text string, said []string) string {
	if text != "" {
		text = ": " + text
	}
	for _, s := range said {
		text += " (" + s + ")"
	}
	return text
}

// maxTold bounds how many windows a text lists.
const maxTold = 5

func tellWindows(windows []Window, zone *time.Location) string {
	var parts []string
	for i, w := range windows {
		if i == maxTold {
			parts = append(parts, fmt.Sprintf("%d more", len(windows)-i))
			break
		}
		parts = append(parts, string(w.Schedule)+", "+period(w.From, w.To, zone))
	}
	return strings.Join(parts, "; ")
}

func userOf(a timeline.Actor) (watchbill.UserID, bool) {
	user, ok := strings.CutPrefix(string(a), string(timeline.User("")))
	return watchbill.UserID(user), ok
}
