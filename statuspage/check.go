package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
)

type problems struct{ list []error }

func (p *problems) fail(field, format string, args ...any) {
	p.list = append(p.list, &FieldError{field, fmt.Sprintf(format, args...)})
}

func (p *problems) text(field, s string, most int, required bool) {
	switch n := utf8.RuneCountInString(s); {
	case required && s == "":
		p.fail(field, "is missing")
	case n > most:
		p.fail(field, "has %d characters; at most %d are allowed", n, most)
	}
}

// maintenance finds the maintenance that a command is about.
func (p *problems) maintenance(b Board, id string) (Maintenance, bool) {
	m, ok := b.Maintenance(id)
	switch {
	case id == "":
		p.fail("maintenance", "is missing; name one as m1")
	case !ok:
		p.fail("maintenance", "there is no maintenance %q", id)
	}
	return m, ok
}

// order refuses a maintenance that would be over at once.
func (p *problems) order(from, until, now time.Time) {
	switch {
	case !until.After(from):
		p.fail("until", "%s does not lie after the beginning, %s", until.Format(time.RFC3339), from.Format(time.RFC3339))
	case !until.After(now):
		p.fail("until", "%s is past", until.Format(time.RFC3339))
	}
}

// year refuses a time that could not be written.
func (p *problems) year(field string, t time.Time) {
	if y := t.Year(); !t.IsZero() && (y < 1970 || y > 9000) {
		p.fail(field, "the year %d is out of range", y)
	}
}

func (c SetComponent) check(_ Board, _ time.Time, p *problems) {
	p.text("component", c.Component, MaxTitle, true)
	if c.Status != nil && *c.Status > Major {
		p.fail("status", "is none of %s", namesOf())
	}
}

func (c Schedule) check(b Board, now time.Time, p *problems) {
	p.text("title", c.Title, MaxTitle, true)
	p.text("text", c.Text, MaxText, false)
	if n := len(c.Components); n > MaxItems {
		p.fail("components", "has %d items; at most %d are allowed", n, MaxItems)
	}
	for i, id := range c.Components {
		switch {
		case id == "":
			p.fail("components", "names a component without an ID")
		case slices.Contains(c.Components[:i], id):
			p.fail("components", "names %q twice", id)
		}
	}
	if len(b.Maintenances) >= MaxItems {
		p.fail("maintenances", "there are %d; at most %d are allowed", len(b.Maintenances), MaxItems)
	}
	p.year("from", c.From)
	p.year("until", c.Until)
	if c.Until.IsZero() {
		p.fail("until", "is missing; say when it ends")
		return
	}
	p.order(orTime(c.From, now), c.Until, now)
}

func (c Tell) check(b Board, _ time.Time, p *problems) {
	p.text("text", c.Text, MaxText, true)
	if m, _ := p.maintenance(b, c.Maintenance); len(m.Updates) >= MaxItems {
		p.fail("updates", "there are %d; at most %d are allowed", len(m.Updates), MaxItems)
	}
}

func (c Move) check(b Board, now time.Time, p *problems) {
	m, ok := p.maintenance(b, c.Maintenance)
	p.year("from", c.From)
	p.year("until", c.Until)
	if c.From.IsZero() && c.Until.IsZero() {
		p.fail("until", "give from, until, or both")
		return
	}
	if !ok {
		return
	}
	switch phase := m.Phase(now); {
	case phase == Completed, phase == Cancelled:
		p.list = append(p.list, ErrOver)
		return
	case phase == InProgress && !c.From.IsZero() && !c.From.Equal(m.From):
		p.fail("from", "it has begun; only its end can move")
	}
	p.order(orTime(c.From, m.From), orTime(c.Until, m.Until), now)
}

func (c Complete) check(b Board, now time.Time, p *problems) {
	m, ok := p.maintenance(b, c.Maintenance)
	if !ok {
		return
	}
	switch m.Phase(now) {
	case Scheduled:
		p.fail("maintenance", "%s has not begun; cancel it, or move it", m.ID)
	case Cancelled:
		p.list = append(p.list, ErrOver)
	}
}

func (c Cancel) check(b Board, now time.Time, p *problems) {
	if m, ok := p.maintenance(b, c.Maintenance); ok && m.Phase(now) == Completed {
		p.list = append(p.list, ErrOver)
	}
}

// needless reports whether a valid command would change nothing.
func needless(b Board, c Command, now time.Time) bool {
	switch c := c.(type) {
	case SetComponent:
		s, set := b.Set(c.Component)
		return set == (c.Status != nil) && (!set || s == *c.Status)
	case Move:
		m, _ := b.Maintenance(c.Maintenance)
		return orTime(c.From, m.From).Equal(m.From) && orTime(c.Until, m.Until).Equal(m.Until)
	case Complete:
		m, _ := b.Maintenance(c.Maintenance)
		return m.Phase(now) == Completed
	case Cancel:
		m, _ := b.Maintenance(c.Maintenance)
		return m.Phase(now) == Cancelled
	}
	return false
}

func namesOf() string { return strings.Join(statusNames[:], ", ") }

func valid(s string) string { return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD") }

func (c SetComponent) clean() Command {
	c.Component = valid(c.Component)
	if c.Status != nil {
		status := *c.Status
		c.Status = &status
	}
	return c
}

func (c Schedule) clean() Command {
	c.Title, c.Text = valid(c.Title), valid(c.Text)
	c.From, c.Until = watchbill.Stamp(c.From), watchbill.Stamp(c.Until)
	c.Components = slices.Clone(c.Components)
	for i := range c.Components {
		c.Components[i] = valid(c.Components[i])
	}
	return c
}

func (c Tell) clean() Command {
	c.Maintenance, c.Text = valid(c.Maintenance), valid(c.Text)
	return c
}

func (c Move) clean() Command {
	c.Maintenance, c.From, c.Until = valid(c.Maintenance), watchbill.Stamp(c.From), watchbill.Stamp(c.Until)
	return c
}

func (c Complete) clean() Command { c.Maintenance = valid(c.Maintenance); return c }
func (c Cancel) clean() Command   { c.Maintenance = valid(c.Maintenance); return c }
