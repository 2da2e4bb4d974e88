package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// CommandError says which field of a command is wrong and how to mend it.
type CommandError struct{ Field, Reason string }

// Error returns "engine: field: reason".
func (e *CommandError) Error() string { return "engine: " + e.Field + ": " + e.Reason }

// Act carries out a person's command, of which [episode.Speaker] knows who gives it. The error is [ErrUnknownUser],
// [store.ErrNotFound] for an alert that does not exist, [alert.ErrResolved] if it is too late, or a [*CommandError] that says
// what is wrong with the command.
func (e *Engine) Act(ctx context.Context, now time.Time, id watchbill.AlertID, in episode.Input) (episode.View, error) {
	c, ok := episode.Speaker(in)
	if !ok {
		return episode.View{}, fmt.Errorf("engine: %T is not a person's command", in)
	}
	view, err := e.together(ctx, &command{now: watchbill.Stamp(now), alert: id, by: c.By, in: in, done: make(chan struct{})})
	e.wake()
	return view, err
}

func (w *work) act(id watchbill.AlertID, by watchbill.UserID, in episode.Input) (episode.View, error) {
	w.doing = SpanAct
	if _, ok := w.org.User(by); !ok {
		return episode.View{}, fmt.Errorf("%w: %q", ErrUnknownUser, by)
	}
	it := w.fetch(id)
	if it == nil {
		return episode.View{}, cmp.Or(w.failed, fmt.Errorf("engine: alert %q: %w", id, store.ErrNotFound))
	}
	if err := cmp.Or(episode.Permits(it.Episode, in), w.check(it, in)); err != nil {
		return episode.View{}, err
	}
	if err := w.step(it, in); err != nil {
		return episode.View{}, err
	}
	return it.View(), nil
}

const (
	maxSnooze  = 30 * 24 * time.Hour
	maxComment = 10_000 // bytes
)

// check refuses a command that makes no sense.
func (w *work) check(it *item, in episode.Input) error {
	wrong := func(bad bool, field, format string, args ...any) error {
		if !bad {
			return nil
		}
		return &CommandError{field, fmt.Sprintf(format, args...)}
	}
	user := func(id watchbill.UserID) error {
		_, ok := w.org.User(id)
		return wrong(!ok, "user", "there is no user %q", id)
	}
	switch in := in.(type) {
	case episode.Escalate:
		return pagesInItsPlace(it)
	case episode.Snooze:
		return cmp.Or(wrong(!in.Until.After(w.now), "until", "%s is not in the future", in.Until.Format(time.RFC3339)),
			wrong(in.Until.Sub(w.now) > maxSnooze, "until", "is more than 30 days ahead; resolve the alert, or silence it"))
	case episode.Reassign:
		return cmp.Or(wrong(!w.org.Exists(in.Target), "target", "there is no %s %q", in.Target.Kind, in.Target.ID), pagesInItsPlace(it))
	case episode.Summon:
		u, _ := w.org.User(in.User)
		return cmp.Or(user(in.User), wrong(len(u.Steps(watchbill.UrgencyHigh)) == 0, "user", "%s has no usable contact", in.User))
	case episode.Dismiss:
		return user(in.User)
	case episode.Comment:
		return cmp.Or(wrong(strings.TrimSpace(in.Text) == "", "text", "is empty"),
			wrong(len(in.Text) > maxComment, "text", "is longer than %d bytes", maxComment))
	case episode.AddLink:
		return wrong(!strings.HasPrefix(in.Link.Href, "https://") && !strings.HasPrefix(in.Link.Href, "http://") || len(in.Link.Href) > 2048,
			"href", "must be an http or https address of at most 2048 bytes")
	case episode.Join:
		return w.checkJoin(it, in)
	case episode.Leave:
		return wrong(it.Parent == "", "id", "the alert is in no group")
	}
	return nil
}

// pagesInItsPlace refuses to page somebody else for a member of a group: nobody would be.
func pagesInItsPlace(it *item) error {
	if it.Parent == "" {
		return nil
	}
	return &CommandError{"id", "the alert is a member of " + string(it.Parent) + ", which pages in its place: do it with that one, or split this one off first"}
}

// checkJoin refuses to merge what cannot be a member into what cannot be a group.
func (w *work) checkJoin(it *item, in episode.Join) error {
	into := w.fetch(in.Parent)
	switch {
	case in.Parent == it.Alert.ID:
		return &CommandError{"into", "is the alert itself"}
	case into == nil:
		return fmt.Errorf("engine: alert %q: %w", in.Parent, store.ErrNotFound)
	case !into.Alert.State.Open():
		return &CommandError{"into", "alert " + string(in.Parent) + " is resolved"}
	case into.Parent != "":
		return &CommandError{"into", "alert " + string(in.Parent) + " is itself a member of " + string(into.Parent)}
	case it.IsGroup():
		return &CommandError{"id", "the alert has members of its own; merge the other into it"}
	case it.Parent != "":
		return &CommandError{"id", "the alert is a member of " + string(it.Parent) + " already"}
	}
	return nil
}
