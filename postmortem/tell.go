package postmortem

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/timeline"
)

// Describe says in plain words what an entry of a postmortem's record records.
func Describe(e timeline.Entry) string {
	f, err := decodeChange(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	return strings.TrimPrefix(who+" ", " ") + f.tell()
}

func (c drafted) tell() string {
	text := fmt.Sprintf("drafted the postmortem of %q", c.Title)
	if c.Required {
		text += ", which the rules require"
	}
	if c.Owner != "" {
		text += "; owner " + string(c.Owner)
	}
	return text + dated("; due ", c.DueAt)
}

func (c refreshed) tell() string { return "took the record in again" }

func (c Edit) tell() string {
	var parts []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"the title", c.Title != nil}, {"the summary", c.Summary != nil}, {"how people worked together", c.Process != nil},
		{"how it was detected", c.Detection != nil}, {"the note on the impact", c.ImpactNote != nil},
		{"the note on the action items", c.ItemsNote != nil}, {"the contributing factors", c.Factors != nil},
		{"what was not known", c.Unknown != nil}, {"what went well", c.Strengths != nil}, {"the lessons", c.Lessons != nil},
		{"the evidence", c.Evidence != nil},
	} {
		if f.given {
			parts = append(parts, f.name)
		}
	}
	return "edited " + strings.Join(parts, ", ")
}

func (c Assign) tell() string {
	var parts []string
	if c.Owner != "" {
		parts = append(parts, "made "+string(c.Owner)+" the owner")
	}
	if !c.DueAt.IsZero() {
		parts = append(parts, "made it due "+date(c.DueAt))
	}
	if !c.MeetingAt.IsZero() {
		parts = append(parts, "fixed the meeting for "+date(c.MeetingAt))
	}
	if c.Participants != nil {
		parts = append(parts, fmt.Sprintf("named %d participants", len(*c.Participants)))
	}
	return strings.Join(parts, ", ")
}

func (c AddItem) tell() string {
	text := fmt.Sprintf("added the action item %q (%s)", c.Title, c.Kind)
	if c.State == ItemDiscuss {
		text += ", to be discussed"
	}
	if c.Owner != "" {
		text += ", for " + string(c.Owner)
	}
	return text + dated(", due ", c.DueAt)
}

func (c SetItem) tell() string {
	var parts []string
	if c.State != nil {
		parts = append(parts, "made it "+c.State.String())
	}
	if c.Owner != nil {
		parts = append(parts, "gave it to "+cmp.Or(string(*c.Owner), "nobody"))
	}
	if c.DueAt != nil {
		parts = append(parts, cmp.Or(dated("made it due ", *c.DueAt), "took its date away"))
	}
	if c.Title != nil {
		parts = append(parts, fmt.Sprintf("named it %q", *c.Title))
	}
	if c.Detail != nil {
		parts = append(parts, "changed the detail")
	}
	if c.Ticket != nil {
		parts = append(parts, cmp.Or(listed("noted the ticket ", *c.Ticket), "took its ticket away"))
	}
	return "changed action item " + c.Item + ": " + strings.Join(parts, ", ")
}

func (c Submit) tell() string {
	return "submitted it for review" + listed("; no action items: ", c.Note)
}
func (c Return) tell() string  { return "returned it to draft" + listed(": ", c.Reason) }
func (c Publish) tell() string { return "published it" }
func (c Revise) tell() string  { return "took it up again for revision" + listed(": ", c.Reason) }

func listed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func dated(before string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return before + date(t)
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
