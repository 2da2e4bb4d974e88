package postmortem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

func (c drafted) apply(d *Postmortem, at time.Time) {
	*d = Postmortem{Incident: c.Incident, State: StateDraft, CreatedAt: at, Severity: c.Severity, Required: c.Required,
		DueAt: c.DueAt, Owner: c.Owner}
	for _, a := range c.Items {
		d.addItem(a, at)
	}
	c.found.apply(d)
}

func (c refreshed) apply(d *Postmortem, _ time.Time) {
	d.Required, d.Owner = d.Required || c.Required, cmp.Or(d.Owner, c.Owner)
	if d.DueAt.IsZero() {
		d.DueAt = c.DueAt
	}
	c.found.apply(d)
}

// apply takes over what the record says, except where people have written something else.
func (f found) apply(d *Postmortem) {
	note := d.Impact.Note
	d.Severity, d.Timeline, d.Impact, d.Figures = f.Severity, f.Timeline, f.Impact, f.Figures
	d.Impact.Note = note
	fresh(d, "title", &d.Title, f.Title)
	fresh(d, "summary", &d.Summary, f.Summary)
	fresh(d, "detection", &d.Detection, f.Detection)
	fresh(d, "participants", &d.Participants, f.Participants)
	fresh(d, "evidence", &d.Evidence, f.Evidence)
}

func fresh[V any](d *Postmortem, field string, old *V, v V) {
	if !slices.Contains(d.Edited, field) {
		*old = v
	}
}

func (c Edit) apply(d *Postmortem, _ time.Time) {
	d.edit("title", &d.Title, c.Title)
	d.edit("summary", &d.Summary, c.Summary)
	d.edit("detection", &d.Detection, c.Detection)
	write(&d.Process, c.Process)
	write(&d.Impact.Note, c.ImpactNote)
	write(&d.ItemsNote, c.ItemsNote)
	rewrite(&d.Factors, c.Factors)
	rewrite(&d.Unknown, c.Unknown)
	rewrite(&d.Strengths, c.Strengths)
	rewrite(&d.Lessons, c.Lessons)
	if rewrite(&d.Evidence, c.Evidence) {
		d.touch("evidence")
	}
}

// edit writes into a field that was drafted.
func (d *Postmortem) edit(field string, old, v *string) {
	if write(old, v) {
		d.touch(field)
	}
}

// touch notes that people have changed a drafted field.
func (d *Postmortem) touch(field string) {
	if !slices.Contains(d.Edited, field) {
		d.Edited = append(slices.Clone(d.Edited), field)
	}
}

// write reports whether v is something else than what was there.
func write[V comparable](old, v *V) bool {
	if v == nil || *v == *old {
		return false
	}
	*old = *v
	return true
}

func rewrite[V comparable](old, v *[]V) bool {
	if v == nil || slices.Equal(*v, *old) {
		return false
	}
	*old = filled(*v)
	return true
}

// filled returns a copy; nil if there is nothing in it, as it comes back from a store.
func filled[V any](list []V) []V {
	if len(list) == 0 {
		return nil
	}
	return slices.Clone(list)
}

func (c Assign) apply(d *Postmortem, _ time.Time) {
	d.Owner = cmp.Or(c.Owner, d.Owner)
	if !c.DueAt.IsZero() {
		d.DueAt = c.DueAt
	}
	if !c.MeetingAt.IsZero() {
		d.MeetingAt = c.MeetingAt
	}
	if rewrite(&d.Participants, c.Participants) {
		d.touch("participants")
	}
}

func (c AddItem) apply(d *Postmortem, at time.Time) {
	d.addItem(ActionItem{Title: c.Title, Detail: c.Detail, Kind: c.Kind, State: c.State, Owner: c.Owner, DueAt: c.DueAt, Ticket: c.Ticket}, at)
}

func (d *Postmortem) addItem(a ActionItem, at time.Time) {
	a.ID, a.CreatedAt = fmt.Sprintf("a%d", len(d.Items)+1), at
	d.Items = append(slices.Clone(d.Items), a)
}

func (c SetItem) apply(d *Postmortem, at time.Time) {
	d.Items = slices.Clone(d.Items)
	for i := range d.Items {
		if d.Items[i].ID == c.Item {
			c.set(&d.Items[i], at)
		}
	}
}

func (c SetItem) set(a *ActionItem, at time.Time) {
	if write(&a.State, c.State) {
		a.ClosedAt = time.Time{}
		if a.State == ItemDone || a.State == ItemDropped {
			a.ClosedAt = at
		}
	}
	write(&a.Owner, c.Owner)
	write(&a.DueAt, c.DueAt)
	write(&a.Title, c.Title)
	write(&a.Detail, c.Detail)
	write(&a.Ticket, c.Ticket)
}

func (c Submit) apply(d *Postmortem, at time.Time) {
	d.ItemsNote = cmp.Or(c.Note, d.ItemsNote)
	if d.State == StateDraft {
		d.State, d.ReviewAt = StateReview, at
	}
}

func (c Return) apply(d *Postmortem, _ time.Time) { d.State, d.ReviewAt = StateDraft, time.Time{} }

func (c Publish) apply(d *Postmortem, at time.Time) {
	switch {
	case d.State == StatePublished:
		return
	case d.PublishedAt.IsZero():
		d.PublishedAt = at
	default:
		d.RevisedAt = at
	}
	d.State = StatePublished
}

func (c Revise) apply(d *Postmortem, _ time.Time) {
	if d.State == StatePublished {
		d.State, d.ReviewAt = StateDraft, time.Time{}
		d.Revised++
	}
}

// valid returns text as it is stored.
func valid[S ~string](s S) S {
	return S(strings.ToValidUTF8(strings.TrimSpace(string(s)), "\uFFFD"))
}

// line returns text as it is stored where it must fit into one line.
func line(s string) string { return valid(strings.Join(strings.Fields(s), " ")) }

// maybe returns a pointer of its own to what clean makes of a value.
func maybe[V any](v *V, clean func(V) V) *V {
	if v == nil {
		return nil
	}
	c := clean(*v)
	return &c
}

func validList[S ~string](list []S) []S {
	var all []S
	for _, s := range list {
		all = append(all, valid(s))
	}
	return all
}

// given returns a pointer to the valid items of a list, without those that are empty, as a form sends them. The list is
// never nil, which JSON could not tell from a pointer that is.
func given[V comparable](list *[]V, valid func(V) V) *[]V {
	if list == nil {
		return nil
	}
	var none V
	all := []V{}
	for _, v := range *list {
		if v = valid(v); v != none {
			all = append(all, v)
		}
	}
	return &all
}

func validLink(l Link) Link { return Link{line(l.Text), valid(l.Href)} }

func (c Edit) change() change {
	c.Title, c.Summary, c.Process = maybe(c.Title, line), maybe(c.Summary, valid), maybe(c.Process, valid)
	c.Detection, c.ImpactNote, c.ItemsNote = maybe(c.Detection, valid), maybe(c.ImpactNote, valid), maybe(c.ItemsNote, valid)
	c.Factors, c.Unknown = given(c.Factors, valid), given(c.Unknown, valid)
	c.Strengths, c.Lessons = given(c.Strengths, valid), given(c.Lessons, valid)
	c.Evidence = given(c.Evidence, validLink)
	return c
}

func (c Assign) change() change {
	c.Owner, c.DueAt, c.MeetingAt = valid(c.Owner), watchbill.Stamp(c.DueAt), watchbill.Stamp(c.MeetingAt)
	c.Participants = given(c.Participants, valid)
	return c
}

func (c AddItem) change() change {
	c.Title, c.Detail, c.Owner, c.Ticket = line(c.Title), valid(c.Detail), valid(c.Owner), valid(c.Ticket)
	c.DueAt, c.State = watchbill.Stamp(c.DueAt), cmp.Or(c.State, ItemOpen)
	return c
}

func (c SetItem) change() change {
	c.Item, c.Owner, c.Title, c.Detail, c.Ticket = valid(c.Item), maybe(c.Owner, valid), maybe(c.Title, line), maybe(c.Detail, valid), maybe(c.Ticket, valid)
	c.DueAt = maybe(c.DueAt, watchbill.Stamp)
	c.State = maybe(c.State, func(s ItemState) ItemState { return s })
	return c
}

func (c Submit) change() change  { c.Note = valid(c.Note); return c }
func (c Return) change() change  { c.Reason = valid(c.Reason); return c }
func (c Publish) change() change { return c }
func (c Revise) change() change  { c.Reason = valid(c.Reason); return c }
