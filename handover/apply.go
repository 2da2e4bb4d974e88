package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry in a document's record. Each is one command, and its payload is the command as JSON.
const (
	KindBegun        timeline.Kind = "handover_begun"
	KindNoted        timeline.Kind = "handover_noted"
	KindAcknowledged timeline.Kind = "handover_acknowledged"
)

// ErrMissing is Apply's error about a document that nobody has begun, for errors.Is.
var ErrMissing = errors.New("handover: the document does not exist yet")

// FieldError names the field of a command that is wrong, and how to mend it. Apply joins all there are.
type FieldError struct{ Field, Reason string }

// Error returns "handover: field: reason".
func (e *FieldError) Error() string { return "handover: " + e.Field + ": " + e.Reason }

// Command is what somebody wants done with a document: one of the types below.
type Command interface {
	Speaker() timeline.By // who gives it
	kind() timeline.Kind
	tell() string   // what the actor did, in words
	clean() Command // text in valid UTF-8
	check(h Handover) []error
	apply(h *Handover, e timeline.Entry)
}

// Begin makes the document of a hand-off, or says anew who goes and who comes: an edit may have changed that.
type Begin struct {
	timeline.By
	Schedule watchbill.ScheduleID `json:"schedule"`
	At       time.Time            `json:"at"`
	From     time.Time            `json:"from"`
	Outgoing []watchbill.UserID   `json:"outgoing,omitempty"`
	Incoming []watchbill.UserID   `json:"incoming,omitempty"`
}

// AddNote tells the next shift something.
type AddNote struct {
	timeline.By
	Text string `json:"text"`
}

// Acknowledge says that somebody who comes on call has read the document. The first one keeps Work, what was open then.
type Acknowledge struct {
	timeline.By
	Text string `json:"text,omitempty"`
	Work Work   `json:"work,omitzero"`
}

func (Begin) kind() timeline.Kind       { return KindBegun }
func (AddNote) kind() timeline.Kind     { return KindNoted }
func (Acknowledge) kind() timeline.Kind { return KindAcknowledged }

// Apply carries out a command at now. It returns the document as it then is and what is to be appended to its record:
// nothing if the command changes nothing. The error is [ErrMissing], or joins every [*FieldError]; the document is then
// unchanged. Whether people exist is for the caller to check.
func Apply(h Handover, now time.Time, c Command) (Handover, []timeline.Entry, error) {
	c, now = c.clean(), laterOf(watchbill.Stamp(now), h.Updated)
	if _, begins := c.(Begin); !begins && h.Seq == 0 {
		return h, nil, ErrMissing
	}
	if err := errors.Join(c.check(h)...); err != nil {
		return h, nil, err
	}
	if needless(h, c) {
		return h, nil, nil
	}
	e, err := c.Speaker().Entry(now, h.Seq, h.Updated, c.kind(), c)
	if err != nil {
		return h, nil, err
	}
	return record(h, e, c), []timeline.Entry{e}, nil
}

func record(h Handover, e timeline.Entry, c Command) Handover {
	c.apply(&h, e)
	h.Seq, h.Updated = e.Seq, e.At
	return h
}

// needless reports whether a command would change nothing.
func needless(h Handover, c Command) bool {
	switch c := c.(type) {
	case Begin:
		return h.Seq > 0 && (h.Acknowledged() ||
			h.From.Equal(c.From) && samePeople(h.Outgoing, c.Outgoing) && samePeople(h.Incoming, c.Incoming))
	case Acknowledge: // again only what was noted since
		return slices.ContainsFunc(h.Acks, func(a Ack) bool {
			return a.User == userOf(c.Actor) && !slices.ContainsFunc(h.Notes, func(n Note) bool { return n.At.After(a.At) })
		})
	}
	return false
}

// samePeople reports whether two lists are of the same people: who has which of several seats may change meanwhile.
func samePeople(a, b []watchbill.UserID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Fold gives the document back whose record this is, from its first entry. The error names the entry that cannot be read.
func Fold(entries []timeline.Entry) (h Handover, err error) {
	for _, e := range entries {
		c, err := decodeCommand(e)
		if err != nil {
			return h, err
		}
		h = record(h, e, c)
	}
	return h, nil
}

func decodeCommand(e timeline.Entry) (c Command, err error) {
	switch e.Kind {
	case KindBegun:
		c, err = reading[Begin](e.Data)
	case KindNoted:
		c, err = reading[AddNote](e.Data)
	case KindAcknowledged:
		c, err = reading[Acknowledge](e.Data)
	default:
		return nil, fmt.Errorf("handover: entry %d: unknown kind %q", e.Seq, e.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("handover: entry %d, %s: %w", e.Seq, e.Kind, err)
	}
	return c, nil
}

func reading[C Command](data []byte) (Command, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

func (c Begin) clean() Command {
	c.At, c.From = watchbill.Stamp(c.At), watchbill.Stamp(c.From)
	return c
}

func (c AddNote) clean() Command {
	c.Text = cleanText(c.Text)
	return c
}

func (c Acknowledge) clean() Command {
	c.Text = cleanText(c.Text)
	return c
}

func cleanText(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) }

func (c Begin) check(h Handover) (problems []error) {
	if c.Schedule == "" {
		problems = append(problems, &FieldError{"schedule", "is missing"})
	}
	if c.At.IsZero() {
		problems = append(problems, &FieldError{"at", "is missing; it is the instant of the hand-off"})
	}
	if h.Seq > 0 && (h.Schedule != c.Schedule || !h.At.Equal(c.At)) {
		problems = append(problems, &FieldError{"at", "the document is about another hand-off"})
	}
	return problems
}

func (c AddNote) check(h Handover) (problems []error) {
	if len(h.Notes) >= MaxNotes {
		problems = append(problems, &FieldError{"text", fmt.Sprintf("there are %d notes; no document takes more", MaxNotes)})
	}
	return append(problems, checkText(c.Text, true)...)
}

func (c Acknowledge) check(h Handover) (problems []error) {
	if u := userOf(c.Actor); !h.Has(u) {
		problems = append(problems, &FieldError{"by", fmt.Sprintf("%q does not come on call by this hand-off; %s can acknowledge it", u, anyOf(h.Incoming))})
	}
	return append(problems, checkText(c.Text, false)...)
}

func checkText(s string, required bool) []error {
	switch n := utf8.RuneCountInString(s); {
	case required && n == 0:
		return []error{&FieldError{"text", "is missing"}}
	case n > MaxText:
		return []error{&FieldError{"text", fmt.Sprintf("has %d characters; at most %d are allowed", n, MaxText)}}
	}
	return nil
}

func anyOf(users []watchbill.UserID) string {
	if len(users) == 0 {
		return "nobody"
	}
	var all []string
	for _, u := range users {
		all = append(all, string(u))
	}
	return strings.Join(all, " or ")
}

func (c Begin) apply(h *Handover, e timeline.Entry) {
	if h.Seq == 0 {
		h.ID, h.Schedule, h.At, h.MadeAt = ID(c.Schedule, c.At), c.Schedule, c.At, e.At
	}
	h.From, h.Outgoing, h.Incoming = c.From, c.Outgoing, c.Incoming
}

func (c AddNote) apply(h *Handover, e timeline.Entry) {
	h.Notes = append(slices.Clone(h.Notes), Note{At: e.At, By: userOf(e.Actor), Text: c.Text})
}

func (c Acknowledge) apply(h *Handover, e timeline.Entry) {
	if !h.Acknowledged() {
		h.Work = c.Work
	}
	h.Acks = append(slices.Clone(h.Acks), Ack{At: e.At, User: userOf(e.Actor), Text: c.Text})
}

// userOf returns the person that an actor is; empty if it is none.
func userOf(a timeline.Actor) watchbill.UserID {
	user, ok := strings.CutPrefix(string(a), string(timeline.User("")))
	if !ok {
		return ""
	}
	return watchbill.UserID(user)
}
