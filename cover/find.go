package cover

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

func (c TakeOver) find(_ Request, t trial) Command {
	t.id(c.ID)
	t.text(c.Text)
	if t.person("user", c.User) {
		t.own(c.Voice, "user", c.User)
	}
	if c.Replaces != "" && t.person("replaces", c.Replaces) && c.Replaces == c.User {
		t.fail("replaces", "%s has it already", c.User)
	}
	if c.From.Before(t.now) {
		c.From = t.now
	}
	if !c.To.IsZero() {
		t.span("from", "to", c.From, c.To)
	}
	if c.Schedule == "" && c.Replaces == "" {
		t.fail("schedule", "is missing; name a schedule, or in replaces whose duty it is")
	}
	if len(t.list) > 0 {
		return c
	}
	windows := c.windows(t)
	if c.Replaces != "" {
		windows = t.scene.handed(c.Replaces, windows)
	}
	c.Found.Windows, c.Found.Losing = windows, t.losing(c.User, c.Replaces, windows)
	if len(windows) > 0 && c.Replaces == "" && len(c.Found.Losing) == 0 && t.hasAll(c.User, windows) {
		t.fail("schedule", "%s has all of it already", c.User)
	}
	duty := windows
	if c.Replaces != "" {
		duty = t.scene.held(c.Replaces, windows)
	}
	c.Found.Said = t.fit("user", c.User, duty, c.Voice, c.Force)
	c.Found.Grants = grants(c.ID, 0, c.User, c.Replaces, windows)
	return c
}

// windows returns those that are taken over, some of them perhaps without any duty.
func (c TakeOver) windows(t trial) (all []Window) {
	var named []watchbill.ScheduleID
	if c.Schedule != "" {
		named = []watchbill.ScheduleID{c.Schedule}
	}
	switch {
	case c.Replaces == "" && c.To.IsZero():
		return t.shift(named, c.From)
	case c.Replaces == "":
		for _, id := range t.schedules("schedule", named) {
			all = append(all, Window{id, c.From, c.To})
		}
		return all
	case !c.To.IsZero():
		return t.duties(fieldOf(named, "schedule"), c.Replaces, named, c.From, c.To)
	}
	for _, w := range t.duties(fieldOf(named, "schedule"), c.Replaces, named, c.From, c.From.Add(time.Microsecond)) {
		s, _ := t.scene.schedule(w.Schedule)
		end := Held(s, c.Replaces, c.From, c.From.Add(MaxLength))[0].End
		t.ends(end, c.From)
		all = append(all, Window{w.Schedule, c.From, watchbill.Stamp(end)})
	}
	return all
}

// fieldOf returns the field to blame: the schedule where one is named.
func fieldOf(named []watchbill.ScheduleID, field string) string {
	if len(named) > 0 {
		return field
	}
	return "from"
}

// ends refuses an end that is none.
func (t trial) ends(end, from time.Time) {
	if end.IsZero() || end.Sub(from) >= MaxLength {
		t.fail("to", "is missing; the duty under way does not end within a year")
	}
}

// shift returns the time until other people are on call.
func (t trial) shift(named []watchbill.ScheduleID, from time.Time) (all []Window) {
	for _, id := range t.schedules("schedule", named) {
		s, _ := t.scene.schedule(id)
		until, ends := s.NextHandoff(from)
		if !ends {
			until = time.Time{}
		}
		t.ends(until, from)
		all = append(all, Window{id, from, watchbill.Stamp(until)})
	}
	return all
}

// losing lists who has duty in some windows that somebody takes over.
func (t trial) losing(user, replaces watchbill.UserID, windows []Window) (all []watchbill.UserID) {
	if replaces != "" {
		return []watchbill.UserID{replaces}
	}
	for _, w := range windows {
		s, _ := t.scene.schedule(w.Schedule)
		for set := range s.Sets(w.From, w.To) {
			for _, u := range set.Users {
				if u != user && !slices.Contains(all, u) {
					all = append(all, u)
				}
			}
		}
	}
	return all
}

func (t trial) hasAll(user watchbill.UserID, windows []Window) bool {
	return len(t.scene.held(user, windows)) == len(windows) && slices.Equal(t.scene.held(user, windows), windows)
}

func (c Ask) find(_ Request, t trial) Command {
	t.id(c.ID)
	t.text(c.Text)
	known := t.person("for", c.For)
	from, to, ok := t.span("from", "to", c.From, c.To)
	if ok && known {
		c.Found.Windows = t.duties("schedules", c.For, c.Schedules, from, to)
		c.Found.Open = t.scene.held(c.For, c.Found.Windows)
	}
	if len(c.Of) > MaxPeople {
		t.fail("of", "names %d people; at most %d are allowed", len(c.Of), MaxPeople)
		return c
	}
	c.Found.Asked = c.asked(t)
	if len(t.list) > 0 {
		return c
	}
	for _, u := range c.Found.Asked {
		if why := t.scene.unfit(u, c.Found.Open); len(why) > 0 && len(c.Found.Said) < maxSaid {
			c.Found.Said = append(c.Found.Said, why[0])
		}
	}
	return c
}

// asked lists who is asked: those named, a team, or else everybody on the schedules who could.
func (c Ask) asked(t trial) (all []watchbill.UserID) {
	add := func(u watchbill.UserID) {
		if u != c.For && !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	for _, u := range c.Of {
		if t.person("of", u) {
			if u == c.For {
				t.fail("of", "%s cannot cover for %s", u, u)
			}
			add(u)
		}
	}
	if c.Team != "" {
		team, ok := t.scene.Team(c.Team)
		if !ok {
			t.fail("team", "there is no team %q", c.Team)
			return all
		}
		for _, u := range team.Members {
			add(u)
		}
		if len(all) == 0 {
			t.fail("team", "there is nobody else in %s", c.Team)
		}
	}
	if len(c.Of) > 0 || c.Team != "" || len(c.Found.Windows) == 0 {
		return all
	}
	var among []watchbill.ScheduleID
	for _, w := range c.Found.Windows {
		among = append(among, w.Schedule)
	}
	for _, u := range t.scene.people(among) {
		if len(t.scene.unfit(u, c.Found.Open)) == 0 {
			add(u)
		}
	}
	if len(all) == 0 {
		t.fail("of", "is missing; nobody else on these schedules could cover, so name somebody")
	}
	return all
}

func (c Swap) find(_ Request, t trial) Command {
	t.id(c.ID)
	t.text(c.Text)
	known := t.person("for", c.For)
	if known {
		t.own(c.Voice, "for", c.For)
	}
	if t.person("with", c.With) && c.With == c.For {
		t.fail("with", "is the same person")
	}
	from, to, ok := t.span("from", "to", c.From, c.To)
	withFrom, withTo, ok2 := t.span("with_from", "with_to", c.WithFrom, c.WithTo)
	if !ok || !ok2 || len(t.list) > 0 {
		return c
	}
	c.Found.Windows = t.duties(fieldOf(list(c.Schedule), "schedule"), c.For, list(c.Schedule), from, to)
	before := len(t.list)
	c.Found.Return = t.duties("with_schedule", c.With, list(c.WithSchedule), withFrom, withTo)
	for _, e := range t.list[before:] {
		if f, ok := e.(*FieldError); ok && f.Field == "from" {
			f.Field = "with_from"
		}
	}
	for _, w := range c.Found.Windows {
		for _, back := range c.Found.Return {
			if _, both := w.cut(back.From, back.To); both && w.Schedule == back.Schedule {
				t.fail("with_from", "the two windows overlap in %s", w.Schedule)
			}
		}
	}
	if len(t.list) > 0 {
		return c
	}
	c.Found.Open, c.Found.Asked = t.scene.held(c.For, c.Found.Windows), []watchbill.UserID{c.With}
	c.Found.Said = append(t.scene.unfit(c.With, c.Found.Open), t.scene.unfit(c.For, t.scene.held(c.With, c.Found.Return))...)
	return c
}

func list(id watchbill.ScheduleID) []watchbill.ScheduleID {
	if id == "" {
		return nil
	}
	return []watchbill.ScheduleID{id}
}

func (c Accept) find(r Request, t trial) Command {
	t.text(c.Text)
	if t.person("user", c.User) {
		t.own(c.Voice, "user", c.User)
		if !r.mayAccept(c.User) && (!c.Admin || !c.Force || c.User == r.For || r.Kind == Swapped) {
			t.fail("user", "%s was not asked", c.User)
		}
	}
	if !c.From.IsZero() && !c.To.IsZero() && !c.To.After(c.From) {
		t.fail("to", "is not after from")
	}
	if len(t.list) > 0 {
		return c
	}
	if r.Kind == Swapped {
		return c.findSwap(r, t)
	}
	open := coming(r.Remaining(), t.now, time.Time{}, time.Time{})
	var wanted []Window
	for _, w := range coming(open, t.now, c.From, c.To) {
		if c.Schedule == "" || c.Schedule == w.Schedule {
			wanted = append(wanted, w)
		}
	}
	windows := t.scene.handed(r.For, wanted)
	if len(windows) == 0 {
		t.fail("from", "nothing is open then: %s has no duty left in it", r.For)
		return c
	}
	c.Found.Grants = grants(r.ID, len(r.Grants), c.User, r.For, windows)
	c.Found.Open = t.scene.held(r.For, without(open, c.Found.Grants))
	c.Found.Said = t.fit("user", c.User, t.scene.held(r.For, windows), c.Voice, c.Force)
	return c
}

func (c Accept) findSwap(r Request, t trial) Command {
	if c.Schedule != "" || !c.From.IsZero() || !c.To.IsZero() {
		t.fail("from", "a swap is accepted as a whole; leave schedule, from and to out")
		return c
	}
	give := t.scene.handed(r.For, coming(r.Windows, t.now, time.Time{}, time.Time{}))
	back := t.scene.handed(r.With, coming(r.Return, t.now, time.Time{}, time.Time{}))
	if len(give) == 0 {
		t.fail("from", "%s has no duty left to give", r.For)
	}
	if len(back) == 0 {
		t.fail("with_from", "%s has no duty left to give", r.With)
	}
	c.Found.Said = t.fit("user", r.With, t.scene.held(r.For, give), c.Voice, c.Force)
	c.Found.Said = append(c.Found.Said, t.fit("for", r.For, t.scene.held(r.With, back), c.Voice, c.Force)...)
	first := grants(r.ID, 0, r.With, r.For, give)
	c.Found.Grants = append(first, grants(r.ID, len(first), r.For, r.With, back)...)
	return c
}

func (c Decline) find(r Request, t trial) Command {
	t.text(c.Text)
	if t.person("user", c.User) {
		t.own(c.Voice, "user", c.User)
		if !r.mayAccept(c.User) {
			t.fail("user", "%s was not asked", c.User)
		}
	}
	return c
}

func (c Cancel) find(r Request, t trial) Command {
	t.text(c.Text)
	if by, ok := userOf(r.By); ok {
		t.own(c.Voice, "by", r.For, by)
	} else {
		t.own(c.Voice, "by", r.For)
	}
	return c
}

func (c Withdraw) find(r Request, t trial) Command {
	t.text(c.Text)
	switch {
	case len(r.Grants) == 0:
		t.fail("by", "nothing was agreed so far; cancel it instead")
		return c
	case len(coming(granted(r), t.now, time.Time{}, time.Time{})) == 0:
		t.fail("by", "all of it has passed, and what has passed cannot be changed")
	}
	switch r.Kind {
	case Taken:
		users := []watchbill.UserID{r.Grants[0].User}
		if r.For != "" {
			users = append(users, r.For)
		}
		t.own(c.Voice, "by", users...)
	case Swapped:
		if !c.Admin {
			t.fail("by", "only an administrator can undo a swap; propose another one")
		}
	default:
		t.own(c.Voice, "by", r.For)
	}
	return c
}

// granted returns the windows of what was agreed, as far as it holds.
func granted(r Request) (all []Window) {
	for _, g := range r.Grants {
		if w, ok := g.Effective(); ok {
			all = append(all, w)
		}
	}
	return all
}
