package cover

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// Bounds of what people write.
const (
	MaxText   = 2000                 // runes
	MaxPeople = 500                  // asked by name
	MaxLength = 366 * 24 * time.Hour // of a window
	MaxAhead  = 2 * MaxLength        // of a window's end, from now on
)

type problems struct{ list []error }

func (p *problems) fail(field, format string, args ...any) {
	p.list = append(p.list, &FieldError{field, fmt.Sprintf(format, args...)})
}

// trial is a command under judgement.
type trial struct {
	now   time.Time
	scene Scene
	ghost watchbill.UserID // who gives the command, if there is no such person, which has been reported
	*problems
}

func (t trial) text(s string) {
	if n := utf8.RuneCountInString(s); n > MaxText {
		t.fail("text", "has %d characters; at most %d are allowed", n, MaxText)
	}
}

func (t trial) id(id ID) {
	if id == "" {
		t.fail("id", "is missing")
	}
}

// person refuses who does not exist.
func (t trial) person(field string, id watchbill.UserID) bool {
	if id == "" {
		t.fail(field, "is missing; name a user")
		return false
	}
	_, ok := t.scene.User(id)
	if !ok && id != t.ghost {
		t.fail(field, "there is no user %q", id)
	}
	return ok
}

// own refuses who acts for somebody else and is no administrator.
func (t trial) own(v Voice, field string, users ...watchbill.UserID) {
	if !v.Admin && !slices.Contains(users, v.user()) {
		t.fail(field, "only %s or an administrator can do this", strings.Join(texts(users), ", "))
	}
}

func texts[T ~string](list []T) (all []string) {
	for _, s := range list {
		if !slices.Contains(all, string(s)) {
			all = append(all, string(s))
		}
	}
	return all
}

// fit refuses who should not have duty in some windows, and says what is to be considered. Forced, it only says.
func (t trial) fit(field string, user watchbill.UserID, windows []Window, v Voice, force bool) (said []string) {
	if force && !v.Admin {
		t.fail("force", "only an administrator can force this")
	}
	for _, why := range t.scene.unfit(user, windows) {
		if force && v.Admin {
			said = append(said, "forced: "+why)
			continue
		}
		t.fail(field, "%s; an administrator can force it", why)
	}
	return append(said, t.scene.elsewhere(user, windows)...)
}

// span returns the part of [from, to) that is to come. Of two times that are wrong, each is reported.
func (t trial) span(fromField, toField string, from, to time.Time) (time.Time, time.Time, bool) {
	before := len(t.list)
	if from.IsZero() {
		t.fail(fromField, "is missing; give a time")
	}
	switch {
	case to.IsZero():
		t.fail(toField, "is missing; give a time")
	case !to.After(t.now):
		t.fail(toField, "%s has passed, and what has passed cannot be changed", to.Format(time.RFC3339))
	case !to.After(from):
		t.fail(toField, "%s is not after %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	if to.After(t.now.Add(MaxAhead)) {
		t.fail(toField, "%s is more than two years away; give an earlier time", to.Format(time.RFC3339))
	}
	if from.Before(t.now) {
		from = t.now
	}
	t.length(toField, from, to)
	return from, to, len(t.list) == before
}

func (t trial) length(field string, from, to time.Time) {
	if to.Sub(from) > MaxLength {
		t.fail(field, "is more than a year away from the beginning; ask for less")
	}
}

// schedules returns those named, or all there are.
func (t trial) schedules(field string, named []watchbill.ScheduleID) (all []watchbill.ScheduleID) {
	if len(named) == 0 {
		for _, s := range t.scene.Schedules {
			all = append(all, s.ID())
		}
		return all
	}
	for _, id := range named {
		switch _, ok := t.scene.schedule(id); {
		case !ok:
			t.fail(field, "there is no schedule %q", id)
		case !slices.Contains(all, id):
			all = append(all, id)
		}
	}
	return all
}

// duties returns the windows of some schedules in which a person has duty. If they were named, each must have some.
func (t trial) duties(
	field string, user watchbill.UserID, named []watchbill.ScheduleID, from, to time.Time,
) (windows []Window) {
	for _, id := range t.schedules(field, named) {
		w := Window{id, from, to}
		switch {
		case len(t.scene.held(user, []Window{w})) > 0:
			windows = append(windows, w)
		case len(named) > 0:
			t.none(field, user, []watchbill.ScheduleID{id}, from)
		}
	}
	if len(windows) == 0 && len(named) == 0 {
		t.none("from", user, nil, from)
	}
	return windows
}

// none refuses since a person has no duty, and says when there is some.
func (t trial) none(field string, user watchbill.UserID, among []watchbill.ScheduleID, after time.Time) {
	where := ""
	if len(among) > 0 {
		where = " in " + strings.Join(texts(among), ", ")
	}
	next, ok := t.scene.Next(user, among, after)
	if !ok {
		t.fail(field, "%s has no duty%s then, nor in the year after", user, where)
		return
	}
	s, _ := t.scene.schedule(next.Schedule)
	t.fail(field, "%s has no duty%s then; the next is in %s from %s", user, where, next.Schedule,
		next.From.In(s.Zone()).Format("Mon 2006-01-02 15:04 MST"))
}

// coming cuts off what has passed, and what lies outside of [from, to), where a zero time is no bound.
func coming(windows []Window, now, from, to time.Time) (all []Window) {
	if from.Before(now) {
		from = now
	}
	for _, w := range windows {
		if w, ok := w.cut(from, to); ok {
			all = append(all, w)
		}
	}
	return all
}

// without removes grants from windows.
func without(windows []Window, grants []Grant) (all []Window) {
	for _, w := range windows {
		var gone []schedule.Interval
		for _, g := range grants {
			if g.Schedule == w.Schedule {
				gone = append(gone, g.interval())
			}
		}
		all = append(all, within(w.Schedule, minus(w.interval(), gone))...)
	}
	return all
}
