package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Errors of Apply, for errors.Is.
var (
	ErrResolved = errors.New("incident: it is resolved; reopen it first")
	ErrExists   = errors.New("incident: it is declared already")
	ErrMissing  = errors.New("incident: it is not declared yet")
)

// FieldError names the field of a command that is wrong, and how to mend it. Apply joins all there are.
type FieldError struct{ Field, Reason string }

// Error returns "incident: field: reason".
func (e *FieldError) Error() string { return "incident: " + e.Field + ": " + e.Reason }

type problems struct{ list []error }

func (p *problems) add(err error) { p.list = append(p.list, err) }

func (p *problems) fail(field, format string, args ...any) {
	p.add(&FieldError{field, fmt.Sprintf(format, args...)})
}

// Apply carries out a command at now. It returns the incident as it then is and what is to be appended to its record:
// nothing if the command changes nothing. The error is one of the package's, or joins every [*FieldError]; the incident
// is then unchanged. Whether services, people and customers exist is for the caller to check.
func Apply(i Incident, now time.Time, c Command) (Incident, []timeline.Entry, error) {
	c, now = c.clean(), laterOf(watchbill.Stamp(now), i.UpdatedAt)
	d, declares := c.(Declare)
	switch {
	case declares && i.Status != None:
		return i, nil, ErrExists
	case !declares && i.Status == None:
		return i, nil, ErrMissing
	}
	if declares && (d.Actor == "" || d.Actor == timeline.Engine) {
		c = d.notAfter(now)
	}
	var p problems
	c.check(i, now, &p)
	if err := errors.Join(p.list...); err != nil {
		return i, nil, err
	}
	e, err := c.Speaker().Entry(now, i.Seq, i.UpdatedAt, c.kind(), c)
	if err != nil {
		return i, nil, err
	}
	e.Actor, e.Via = cleanID(e.Actor), cleanID(e.Via)
	next := i
	c.apply(&next, e)
	if !says(c) && reflect.DeepEqual(next, i) {
		return i, nil, nil
	}
	return recorded(next, e), []timeline.Entry{e}, nil
}

// says reports whether a command is to be recorded even if it changes nothing.
func says(c Command) bool {
	switch c := c.(type) {
	case Comment, Decide:
		return true
	case SetStatus:
		return c.Note != ""
	case Assign:
		return c.Note != ""
	}
	return false
}

// recorded notes what an entry tells of itself, whatever the command.
func recorded(i Incident, e timeline.Entry) Incident {
	i.Seq, i.UpdatedAt = e.Seq, e.At
	if i.TakenAt.IsZero() && strings.HasPrefix(string(e.Actor), string(timeline.User(""))) {
		i.TakenAt = e.At
	}
	return i
}

// Fold gives the incident back whose record this is, from its first entry. The error names the entry that cannot be read.
func Fold(entries []timeline.Entry) (Incident, error) {
	var i Incident
	for _, e := range entries {
		c, err := decodeCommand(e)
		if err != nil {
			return i, err
		}
		c.apply(&i, e)
		i = recorded(i, e)
	}
	return i, nil
}

// decodeCommand reads the command that an entry records.
func decodeCommand(e timeline.Entry) (Command, error) {
	read, ok := readers[e.Kind]
	if !ok {
		return nil, fmt.Errorf("incident: entry %d: unknown kind %q", e.Seq, e.Kind)
	}
	c, err := read(e.Data)
	if err != nil {
		return nil, fmt.Errorf("incident: entry %d, %s: %w", e.Seq, e.Kind, err)
	}
	return c, nil
}

// readers knows every command by its kind. It is never written to.
var readers = map[timeline.Kind]func([]byte) (Command, error){
	KindDeclared: reading[Declare], KindStatus: reading[SetStatus], KindReopened: reading[Reopen], KindEdited: reading[Edit],
	KindAssigned: reading[Assign], KindImpact: reading[SetImpact], KindAttached: reading[Attach], KindDetached: reading[Detach],
	KindTaskAdded: reading[AddTask], KindTaskDone: reading[FinishTask], KindCommented: reading[Comment],
	KindDecided: reading[Decide], KindPublished: reading[Publish],
}

func reading[C Command](data []byte) (Command, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

// stored is an incident as a store keeps it.
type stored struct {
	V int `json:"v"` // of the form; 1
	Incident
}

// Encode returns the incident as a store keeps it.
func Encode(i Incident) ([]byte, error) { return json.Marshal(stored{1, i}) }

// Decode reads what Encode of this or an earlier release wrote.
func Decode(data []byte) (Incident, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Incident{}, fmt.Errorf("incident: stored incident: %w", err)
	}
	if s.V != 1 {
		return Incident{}, fmt.Errorf("incident: stored incident %s has the form %d, this release reads 1", s.ID, s.V)
	}
	return s.Incident, nil
}
