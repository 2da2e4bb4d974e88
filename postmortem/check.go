package postmortem

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
)

// Bounds of what people write.
const (
	MaxTitle = 200   // runes of a title
	MaxText  = 20000 // runes of any other text
	MaxItems = 1000  // of any list that people write
)

func (p *problems) title(field, s string) {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		p.fail(field, "is missing; say in one line what it is about")
	case n > MaxTitle:
		p.fail(field, "has %d characters; at most %d are allowed", n, MaxTitle)
	}
}

func (p *problems) text(field string, s *string) {
	if s == nil {
		return
	}
	if n := utf8.RuneCountInString(*s); n > MaxText {
		p.fail(field, "has %d characters; at most %d are allowed", n, MaxText)
	}
}

// time refuses what cannot be written as JSON.
func (p *problems) time(field string, t time.Time) {
	if t.Year() < 1 || t.Year() > 9999 {
		p.fail(field, "the year %d is not between 1 and 9999", t.Year())
	}
}

func (p *problems) items(field string, n int) {
	if n > MaxItems {
		p.fail(field, "has %d items; at most %d are allowed", n, MaxItems)
	}
}

func (p *problems) texts(field string, list *[]string) {
	if list == nil {
		return
	}
	p.items(field, len(*list))
	for _, s := range *list {
		p.text(field, &s)
	}
}

func (p *problems) people(field string, list []watchbill.UserID) {
	if p.items(field, len(list)); len(list) > MaxItems {
		return
	}
	for i, id := range list {
		if slices.Contains(list[:i], id) {
			p.fail(field, "names %q twice", id)
		}
	}
}

func (p *problems) links(field string, list []Link) {
	p.items(field, len(list))
	for i, l := range list {
		if l.Href == "" {
			p.fail(field, "link %d has no address", i+1)
		}
		p.text(field, &l.Text)
		p.text(field, &l.Href)
	}
}

// unpublished refuses on a published document what would change what it says.
func (p *problems) unpublished(d Postmortem) {
	if d.State == StatePublished {
		p.add(ErrPublished)
	}
}

func (c drafted) check(_ Postmortem, p *problems) { c.found.check(p) }

func (c refreshed) check(d Postmortem, p *problems) {
	p.unpublished(d)
	c.found.check(p)
	if c.Incident != "" && c.Incident != d.Incident {
		p.fail("incident", "is %q, but this is the postmortem of %q", c.Incident, d.Incident)
	}
}

func (f found) check(p *problems) {
	if f.Incident == "" {
		p.fail("incident", "is missing; a postmortem is made of an incident")
	}
	p.people("participants", f.Participants)
}

func (c Edit) check(d Postmortem, p *problems) {
	p.unpublished(d)
	if c == (Edit{By: c.By}) {
		p.fail("title", "nothing is given; give title, summary, process, detection, impact_note, items_note, factors, unknown, strengths, lessons or evidence")
	}
	if c.Title != nil {
		p.title("title", *c.Title)
	}
	p.text("summary", c.Summary)
	p.text("process", c.Process)
	p.text("detection", c.Detection)
	p.text("impact_note", c.ImpactNote)
	p.text("items_note", c.ItemsNote)
	p.texts("factors", c.Factors)
	p.texts("unknown", c.Unknown)
	p.texts("strengths", c.Strengths)
	p.texts("lessons", c.Lessons)
	if c.Evidence != nil {
		p.links("evidence", *c.Evidence)
	}
}

func (c Assign) check(d Postmortem, p *problems) {
	p.unpublished(d)
	if c.Owner == "" && c.DueAt.IsZero() && c.MeetingAt.IsZero() && c.Participants == nil {
		p.fail("owner", "nothing is given; give owner, due_at, meeting_at or participants")
	}
	p.time("due_at", c.DueAt)
	p.time("meeting_at", c.MeetingAt)
	if c.Participants != nil {
		p.people("participants", *c.Participants)
	}
}

func (c AddItem) check(d Postmortem, p *problems) {
	p.unpublished(d)
	p.title("title", c.Title)
	p.text("detail", &c.Detail)
	p.text("ticket", &c.Ticket)
	if c.Kind < Prevent || c.Kind > Contain {
		p.fail("kind", "is missing; use prevent, detect or contain")
	}
	if c.State != ItemDiscuss && c.State != ItemOpen {
		p.fail("state", "is %s; a new item is discuss or open", c.State)
	}
	p.time("due_at", c.DueAt)
	p.items("items", len(d.Items)+1)
}

func (c SetItem) check(d Postmortem, p *problems) {
	if c == (SetItem{By: c.By, Item: c.Item}) {
		p.fail("state", "nothing is given; give state, owner, due_at, title, detail or ticket")
	}
	if c.State != nil && (*c.State < ItemDiscuss || *c.State > ItemDropped) {
		p.fail("state", "is missing; use discuss, open, done or dropped")
	}
	if c.Title != nil {
		p.title("title", *c.Title)
	}
	p.text("detail", c.Detail)
	p.text("ticket", c.Ticket)
	if c.Title != nil || c.Detail != nil {
		p.unpublished(d)
	}
	if c.DueAt != nil {
		p.time("due_at", *c.DueAt)
	}
	a, ok := d.Item(c.Item)
	if !ok {
		p.fail("item", "there is no action item %q", c.Item)
		return
	}
	if d.State == StatePublished {
		c.set(&a, d.UpdatedAt)
		p.agreed(a)
	}
}

func (c Submit) check(d Postmortem, p *problems) {
	p.unpublished(d)
	p.text("note", &c.Note)
	if c.Note != "" {
		d.ItemsNote = c.Note
	}
	p.complete(d)
}

func (c Return) check(d Postmortem, p *problems) {
	p.unpublished(d)
	p.text("reason", &c.Reason)
}

func (c Publish) check(d Postmortem, p *problems) {
	switch d.State {
	case StateDraft:
		p.add(ErrUnreviewed)
		return
	case StatePublished: // once more changes nothing
		return
	}
	p.complete(d)
	for _, a := range d.Items {
		if a.State == ItemDiscuss {
			p.agreed(a)
		}
	}
}

func (c Revise) check(d Postmortem, p *problems) {
	if d.State == StateReview {
		p.add(ErrUnpublished)
	}
	p.text("reason", &c.Reason)
}

// complete asks for what a reviewed document must have.
func (p *problems) complete(d Postmortem) {
	if d.Figures.ResolvedAt.IsZero() {
		p.fail("incident", "was not resolved when the record was taken in; resolve it, then refresh the draft")
	}
	if d.Owner == "" {
		p.fail("owner", "is missing; assign the one person who answers for it")
	}
	if d.Summary == "" {
		p.fail("summary", "is missing; say in a paragraph what happened")
	}
	if len(d.Factors) == 0 {
		p.fail("factors", "are missing; name at least one contributing factor, and better several that came together")
	}
	if d.ItemsNote == "" && !slices.ContainsFunc(d.Items, func(a ActionItem) bool { return a.State != ItemDropped }) {
		p.fail("items", "are missing; add at least one action item, or a note why there is none")
	}
	for _, a := range d.Items {
		if a.State == ItemOpen {
			p.agreed(a)
		}
	}
}

// agreed asks for what an item must have once people have agreed on it.
func (p *problems) agreed(a ActionItem) {
	field := "items." + a.ID
	switch a.State {
	case ItemDiscuss:
		p.fail(field+".state", "is still discuss; make it open, or drop it")
	case ItemOpen:
		if a.Owner == "" {
			p.fail(field+".owner", "is missing; an open item needs one person who sees to it")
		}
		if a.DueAt.IsZero() {
			p.fail(field+".due_at", "is missing; an open item needs a date")
		}
	}
}
