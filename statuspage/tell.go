package statuspage

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/timeline"
)

// Describe says in plain words what an entry of a board's record records. It names who did it, so it is internal.
func Describe(e timeline.Entry) string {
	c, err := decodeCommand(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	return strings.TrimPrefix(who, " ") + " " + c.tell()
}

func (c SetComponent) tell() string {
	if c.Status == nil {
		return "let component " + c.Component + " follow the incidents again"
	}
	return "set component " + c.Component + " to " + c.Status.String()
}

func (c Schedule) tell() string {
	text := fmt.Sprintf("scheduled the maintenance %q", c.Title)
	if !c.From.IsZero() {
		text += " from " + stamp(c.From)
	}
	text += " until " + stamp(c.Until)
	if len(c.Components) > 0 {
		text += " of " + strings.Join(c.Components, ", ")
	}
	return text
}

func (c Tell) tell() string { return "told customers of maintenance " + c.Maintenance + ": " + c.Text }

func (c Move) tell() string {
	text := "moved maintenance " + c.Maintenance
	if !c.From.IsZero() {
		text += ", it begins " + stamp(c.From)
	}
	if !c.Until.IsZero() {
		text += ", it ends " + stamp(c.Until)
	}
	return text
}

func (c Complete) tell() string { return "completed maintenance " + c.Maintenance }
func (c Cancel) tell() string   { return "cancelled maintenance " + c.Maintenance }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
