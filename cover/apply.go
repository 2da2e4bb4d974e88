package cover

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// Errors of Apply, for errors.Is.
var (
	ErrExists  = errors.New("cover: the request was made already")
	ErrMissing = errors.New("cover: the request was not made yet")
	ErrOver    = errors.New("cover: the request is over")
)

// FieldError names the field of a command that is wrong, and how to mend it. Apply joins all there are.
type FieldError struct{ Field, Reason string }

// Error returns "cover: field: reason".
func (e *FieldError) Error() string { return "cover: " + e.Field + ": " + e.Reason }

// Apply carries out a command at now, judged by the scene. It returns the request as it then is and what is to be appended
// to its record: nothing if the command changes nothing. The error is one of the package's, or joins every [*FieldError];
// the request is then unchanged.
func Apply(r Request, now time.Time, c Command, s Scene) (Request, []timeline.Entry, error) {
	c, now = c.clean(), watchbill.Stamp(now)
	if now.Before(r.UpdatedAt) {
		now = r.UpdatedAt
	}
	if err := inOrder(r, now, c); err != nil {
		return r, nil, err
	}
	var p problems
	t := trial{now: now, scene: s, problems: &p}
	if by, ok := userOf(c.Speaker().Actor); ok && !t.person("by", by) {
		t.ghost = by
	}
	c = c.find(r, t)
	if err := errors.Join(p.list...); err != nil {
		return r, nil, err
	}
	if d, ok := c.(Decline); ok && slices.Contains(r.Declined, d.User) {
		return r, nil, nil
	}
	e, err := c.Speaker().Entry(now, r.Seq, r.UpdatedAt, c.kind(), c)
	if err != nil {
		return r, nil, err
	}
	return recorded(r, c, e), []timeline.Entry{e}, nil
}

// inOrder refuses a command whose time has passed, or has not come.
func inOrder(r Request, now time.Time, c Command) error {
	state := r.StateAt(now)
	switch c.(type) {
	case TakeOver, Ask, Swap:
		if r.Kind != None {
			return ErrExists
		}
		return nil
	case Withdraw:
		if r.Kind != None && len(r.Grants) > 0 && state != Withdrawn {
			return nil
		}
	}
	switch {
	case r.Kind == None:
		return ErrMissing
	case state != Open:
		return fmt.Errorf("%w: it is %s%s", ErrOver, state, r.holders())
	}
	return nil
}

// holders says who has what was agreed.
func (r Request) holders() string {
	var users []string
	for _, g := range r.Grants {
		if u := string(g.User); !slices.Contains(users, u) && r.Kind != Swapped && r.State == Covered {
			users = append(users, u)
		}
	}
	if len(users) == 0 {
		return ""
	}
	return " by " + strings.Join(users, ", ")
}

func recorded(r Request, c Command, e timeline.Entry) Request {
	r.Said = nil
	c.apply(&r, e)
	r.Seq, r.UpdatedAt = e.Seq, e.At
	return r
}

func (r *Request) begin(kind Kind, id ID, whose watchbill.UserID, text string, f Finding, e timeline.Entry) {
	r.ID, r.Kind, r.For, r.Text = id, kind, whose, text
	r.By, r.CreatedAt = e.Actor, e.At
	r.Windows, r.Return, r.Open, r.Asked, r.Grants, r.Said = f.Windows, f.Return, f.Open, f.Asked, f.Grants, f.Said
}

func (c TakeOver) apply(r *Request, e timeline.Entry) {
	r.begin(Taken, c.ID, c.Replaces, c.Text, c.Found, e)
	r.State, r.EndedAt = Covered, e.At
}

func (c Ask) apply(r *Request, e timeline.Entry) {
	r.begin(Coverage, c.ID, c.For, c.Text, c.Found, e)
	r.Anyone = len(c.Of) == 0 && c.Team == ""
}

func (c Swap) apply(r *Request, e timeline.Entry) {
	r.begin(Swapped, c.ID, c.For, c.Text, c.Found, e)
	r.With = c.With
}

func (c Accept) apply(r *Request, e timeline.Entry) {
	r.Grants = slices.Concat(r.Grants, c.Found.Grants)
	r.Open, r.Said = c.Found.Open, c.Found.Said
	if len(r.Open) == 0 {
		r.State, r.EndedAt = Covered, e.At
	}
}

func (c Decline) apply(r *Request, e timeline.Entry) {
	r.Declined = append(slices.Clone(r.Declined), c.User)
	for _, u := range r.Asked {
		if r.Anyone || !slices.Contains(r.Declined, u) {
			return
		}
	}
	r.State, r.EndedAt = Declined, e.At
}

func (c Cancel) apply(r *Request, e timeline.Entry) { r.State, r.EndedAt = Cancelled, e.At }

func (c Withdraw) apply(r *Request, e timeline.Entry) {
	r.State, r.EndedAt = Withdrawn, e.At
	r.Grants = slices.Clone(r.Grants)
	for i := range r.Grants {
		if g := &r.Grants[i]; e.At.Before(g.To) {
			g.WithdrawnAt = e.At
		}
	}
}

// Fold gives the request back whose record this is, from its first entry. The error names the entry that cannot be read.
func Fold(entries []timeline.Entry) (Request, error) {
	var r Request
	for _, e := range entries {
		c, err := decodeCommand(e)
		if err != nil {
			return r, err
		}
		r = recorded(r, c, e)
	}
	return r, nil
}

// decodeCommand reads the command that an entry records.
func decodeCommand(e timeline.Entry) (Command, error) {
	read, ok := readers[e.Kind]
	if !ok {
		return nil, fmt.Errorf("cover: entry %d: unknown kind %q", e.Seq, e.Kind)
	}
	c, err := read(e.Data)
	if err != nil {
		return nil, fmt.Errorf("cover: entry %d, %s: %w", e.Seq, e.Kind, err)
	}
	return c, nil
}

// readers knows every command by its kind. It is never written to.
var readers = map[timeline.Kind]func([]byte) (Command, error){
	KindTaken: reading[TakeOver], KindAsked: reading[Ask], KindProposed: reading[Swap], KindAccepted: reading[Accept],
	KindDeclined: reading[Decline], KindCancelled: reading[Cancel], KindWithdrawn: reading[Withdraw],
}

func reading[C Command](data []byte) (Command, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

// stored is a request as a store keeps it.
type stored struct {
	V int `json:"v"` // of the form; 1
	Request
}

// Encode returns the request as a store keeps it.
func Encode(r Request) ([]byte, error) { return json.Marshal(stored{1, r}) }

// Decode reads what Encode of this or an earlier release wrote.
func Decode(data []byte) (Request, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Request{}, fmt.Errorf("cover: stored request: %w", err)
	}
	if s.V != 1 {
		return Request{}, fmt.Errorf("cover: stored request %s has the form %d, this release reads 1", s.ID, s.V)
	}
	return s.Request, nil
}

// grants makes grants of windows, with overrides that nobody else has.
func grants(id ID, n int, user, replaces watchbill.UserID, windows []Window) (all []Grant) {
	for _, w := range windows {
		n++
		override := schedule.OverrideID(fmt.Sprintf("%s-%d", id, n))
		all = append(all, Grant{Window: w, Override: override, User: user, Replaces: replaces})
	}
	return all
}
