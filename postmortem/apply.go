package postmortem

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Errors of Apply, for errors.Is.
var (
	ErrExists      = errors.New("postmortem: it is drafted already; refresh it to take the record in again")
	ErrMissing     = errors.New("postmortem: it does not exist yet; draft it first")
	ErrPublished   = errors.New("postmortem: it is published; revise it first")
	ErrUnpublished = errors.New("postmortem: it is not published yet; edit it as it is, or return it")
	ErrUnreviewed  = errors.New("postmortem: it has not been reviewed; submit it first")
)

// FieldError names the field of a command or of the document that is wrong, and how to mend it. Apply joins all there are.
type FieldError struct{ Field, Reason string }

// Error returns "postmortem: field: reason".
func (e *FieldError) Error() string { return "postmortem: " + e.Field + ": " + e.Reason }

type problems struct{ list []error }

func (p *problems) add(err error) { p.list = append(p.list, err) }

func (p *problems) fail(field, format string, args ...any) {
	p.add(&FieldError{field, fmt.Sprintf(format, args...)})
}

// Apply carries out a command at now. It returns the postmortem as it then is and what is to be appended to its record:
// nothing if the command changes nothing. The error is one of the package's, or joins every [*FieldError]; the postmortem
// is then unchanged. The result shares no slice with p or c. Whether people exist is for the caller to check.
func Apply(p Postmortem, now time.Time, c Command) (Postmortem, []timeline.Entry, error) {
	f := c.change()
	_, drafts := f.(drafted)
	switch {
	case drafts && p.State != StateNone:
		return p, nil, ErrExists
	case !drafts && p.State == StateNone:
		return p, nil, ErrMissing
	}
	var wrong problems
	f.check(p, &wrong)
	if err := errors.Join(wrong.list...); err != nil {
		return p, nil, err
	}
	e, err := c.Speaker().Entry(watchbill.Stamp(now), p.Seq, p.UpdatedAt, f.kind(), f)
	if err != nil {
		return p, nil, err
	}
	e.Actor, e.Via = valid(e.Actor), valid(e.Via)
	next := p.clone()
	f.apply(&next, e.At)
	if reflect.DeepEqual(p, next) {
		return p, nil, nil
	}
	next.Seq, next.UpdatedAt = e.Seq, e.At
	return next, []timeline.Entry{e}, nil
}

// Fold gives the postmortem back whose record this is, from its first entry. The error names the entry that cannot be
// read.
func Fold(entries []timeline.Entry) (Postmortem, error) {
	var p Postmortem
	for _, e := range entries {
		f, err := decodeChange(e)
		if err != nil {
			return p, err
		}
		f.apply(&p, e.At)
		p.Seq, p.UpdatedAt = e.Seq, e.At
	}
	return p, nil
}

// decodeChange reads what an entry records.
func decodeChange(e timeline.Entry) (change, error) {
	read, ok := readers[e.Kind]
	if !ok {
		return nil, fmt.Errorf("postmortem: entry %d: unknown kind %q", e.Seq, e.Kind)
	}
	f, err := read(e.Data)
	if err != nil {
		return nil, fmt.Errorf("postmortem: entry %d, %s: %w", e.Seq, e.Kind, err)
	}
	return f, nil
}

// readers knows every change by its kind. It is never written to.
var readers = map[timeline.Kind]func([]byte) (change, error){
	KindDrafted: reading[drafted], KindRefreshed: reading[refreshed], KindEdited: reading[Edit], KindAssigned: reading[Assign],
	KindItemAdded: reading[AddItem], KindItemChanged: reading[SetItem], KindSubmitted: reading[Submit],
	KindReturned: reading[Return], KindPublished: reading[Publish], KindRevised: reading[Revise],
}

func reading[C change](data []byte) (change, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

// stored is a postmortem as a store keeps it.
type stored struct {
	V int `json:"v"` // of the form; 1
	Postmortem
}

// Encode returns the postmortem as a store keeps it.
func Encode(p Postmortem) ([]byte, error) { return json.Marshal(stored{1, p}) }

// Decode reads what Encode of this or an earlier release wrote.
func Decode(data []byte) (Postmortem, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Postmortem{}, fmt.Errorf("postmortem: stored postmortem: %w", err)
	}
	if s.V != 1 {
		return Postmortem{}, fmt.Errorf("postmortem: stored postmortem %s has the form %d, this release reads 1", s.Incident, s.V)
	}
	return s.Postmortem, nil
}
