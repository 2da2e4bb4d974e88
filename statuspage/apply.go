package statuspage

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// ErrOver is Apply's error about a maintenance that is completed or cancelled, for errors.Is.
var ErrOver = errors.New("statuspage: the maintenance is over")

// FieldError names the field of a command that is wrong, and how to mend it. Apply joins all there are.
type FieldError struct{ Field, Reason string }

// Error returns "statuspage: field: reason".
func (e *FieldError) Error() string { return "statuspage: " + e.Field + ": " + e.Reason }

// Apply carries out a command at now. It returns the board as it then is and what is to be appended to its record:
// nothing if the command changes nothing. The error is [ErrOver], or joins every [*FieldError]; the board is then
// unchanged. Whether the components exist is for the caller to check.
func Apply(b Board, now time.Time, c Command) (Board, []timeline.Entry, error) {
	c, now = c.clean(), laterOf(watchbill.Stamp(now), b.UpdatedAt)
	var p problems
	if b.Page == "" {
		p.fail("page", "is missing")
	}
	c.check(b, now, &p)
	if err := errors.Join(p.list...); err != nil {
		return b, nil, err
	}
	if needless(b, c, now) {
		return b, nil, nil
	}
	e, err := c.Speaker().Entry(now, b.Seq, b.UpdatedAt, c.kind(), c)
	if err != nil {
		return b, nil, err
	}
	return record(b, e, c), []timeline.Entry{e}, nil
}

// record is what Apply and Fold share: the board after an entry whose payload is c.
func record(b Board, e timeline.Entry, c Command) Board {
	c.apply(&b, e.At)
	b.Seq, b.UpdatedAt = e.Seq, e.At
	b.forget(e.At)
	return b
}

// Fold gives the board of a page back whose record this is, from its first entry. The error names the entry that cannot
// be read.
func Fold(page watchbill.PageID, entries []timeline.Entry) (Board, error) {
	b := Board{Page: page}
	for _, e := range entries {
		c, err := decodeCommand(e)
		if err != nil {
			return b, err
		}
		b = record(b, e, c)
	}
	return b, nil
}

// decodeCommand reads the command that an entry records.
func decodeCommand(e timeline.Entry) (Command, error) {
	read, ok := readers[e.Kind]
	if !ok {
		return nil, fmt.Errorf("statuspage: entry %d: unknown kind %q", e.Seq, e.Kind)
	}
	c, err := read(e.Data)
	if err != nil {
		return nil, fmt.Errorf("statuspage: entry %d, %s: %w", e.Seq, e.Kind, err)
	}
	return c, nil
}

// readers knows every command by its kind. It is never written to.
var readers = map[timeline.Kind]func([]byte) (Command, error){
	KindSet: reading[SetComponent], KindScheduled: reading[Schedule], KindTold: reading[Tell], KindMoved: reading[Move],
	KindCompleted: reading[Complete], KindCancelled: reading[Cancel],
}

func reading[C Command](data []byte) (Command, error) {
	var c C
	err := json.Unmarshal(data, &c)
	return c, err
}

func (c SetComponent) apply(b *Board, at time.Time) {
	settings := slices.Clone(b.Settings)
	for i := range settings {
		if settings[i].Component == c.Component && settings[i].To.IsZero() {
			settings[i].To = laterOf(at, settings[i].From)
		}
	}
	settings = slices.DeleteFunc(settings, func(s Setting) bool { return s.To.Equal(s.From) })
	if c.Status != nil {
		settings = append(settings, Setting{Component: c.Component, Status: *c.Status, From: at})
	}
	if b.Settings = settings; len(settings) == 0 {
		b.Settings = nil
	}
}

func (c Schedule) apply(b *Board, at time.Time) {
	b.Scheduled++
	m := Maintenance{ID: fmt.Sprintf("m%d", b.Scheduled), Title: c.Title, Text: c.Text, Components: slices.Clone(c.Components),
		From: orTime(c.From, at), Until: c.Until, CreatedAt: at, UpdatedAt: at}
	b.Maintenances = append(slices.Clone(b.Maintenances), m)
}

func (c Tell) apply(b *Board, at time.Time) {
	b.change(c.Maintenance, at, func(m *Maintenance) {
		u := MaintenanceUpdate{ID: fmt.Sprintf("u%d", len(m.Updates)+1), At: at, Text: c.Text}
		m.Updates = append(slices.Clone(m.Updates), u)
	})
}

func (c Move) apply(b *Board, at time.Time) {
	b.change(c.Maintenance, at, func(m *Maintenance) {
		m.From, m.Until = orTime(c.From, m.From), orTime(c.Until, m.Until)
	})
}

func (c Complete) apply(b *Board, at time.Time) {
	b.change(c.Maintenance, at, func(m *Maintenance) { m.CompletedAt = at })
}

func (c Cancel) apply(b *Board, at time.Time) {
	b.change(c.Maintenance, at, func(m *Maintenance) { m.CancelledAt = at })
}

// change replaces one maintenance by a changed one.
func (b *Board) change(id string, at time.Time, how func(*Maintenance)) {
	list := slices.Clone(b.Maintenances)
	for i := range list {
		if list[i].ID == id {
			how(&list[i])
			list[i].UpdatedAt = at
		}
	}
	b.Maintenances = list
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
