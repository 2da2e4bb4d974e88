package cover

import (
	"strings"

	"github.com/watchbill/watchbill"
)

// What a command holds is cleaned before it is looked at, so that the request is the one that its record folds to: text in
// valid UTF-8, times stamped, nothing found yet.

func cleanID[T ~string](s T) T { return T(strings.ToValidUTF8(string(s), "\uFFFD")) }

func cleanIDs[T ~string](list []T) []T {
	var all []T
	for _, s := range list {
		all = append(all, cleanID(s))
	}
	return all
}

func cleanText(s string) string { return cleanID(strings.TrimSpace(s)) }

func (v Voice) clean() Voice {
	v.Actor, v.Via = cleanID(v.Actor), cleanID(v.Via)
	return v
}

// orActor returns the person named, or else who gives the command.
func (v Voice) orActor(named watchbill.UserID) watchbill.UserID {
	if named != "" {
		return cleanID(named)
	}
	return v.user()
}

// user returns the person who gives a command; empty if it is none.
func (v Voice) user() watchbill.UserID {
	user, ok := strings.CutPrefix(string(v.Actor), "user:")
	if !ok {
		return ""
	}
	return watchbill.UserID(cleanID(user))
}

func (c TakeOver) clean() Command {
	c.Voice, c.Found = c.Voice.clean(), Finding{}
	c.ID, c.User, c.Replaces, c.Schedule = cleanID(c.ID), c.orActor(c.User), cleanID(c.Replaces), cleanID(c.Schedule)
	c.From, c.To, c.Text = watchbill.Stamp(c.From), watchbill.Stamp(c.To), cleanText(c.Text)
	return c
}

func (c Ask) clean() Command {
	c.Voice, c.Found = c.Voice.clean(), Finding{}
	c.ID, c.For, c.Team = cleanID(c.ID), c.orActor(c.For), cleanID(c.Team)
	c.Schedules, c.Of = cleanIDs(c.Schedules), cleanIDs(c.Of)
	c.From, c.To, c.Text = watchbill.Stamp(c.From), watchbill.Stamp(c.To), cleanText(c.Text)
	return c
}

func (c Swap) clean() Command {
	c.Voice, c.Found = c.Voice.clean(), Finding{}
	c.ID, c.For, c.With, c.Text = cleanID(c.ID), c.orActor(c.For), cleanID(c.With), cleanText(c.Text)
	c.Schedule, c.WithSchedule = cleanID(c.Schedule), cleanID(c.WithSchedule)
	if c.WithSchedule == "" {
		c.WithSchedule = c.Schedule
	}
	c.From, c.To = watchbill.Stamp(c.From), watchbill.Stamp(c.To)
	c.WithFrom, c.WithTo = watchbill.Stamp(c.WithFrom), watchbill.Stamp(c.WithTo)
	return c
}

func (c Accept) clean() Command {
	c.Voice, c.Found = c.Voice.clean(), Finding{}
	c.User, c.Schedule, c.Text = c.orActor(c.User), cleanID(c.Schedule), cleanText(c.Text)
	c.From, c.To = watchbill.Stamp(c.From), watchbill.Stamp(c.To)
	return c
}

func (c Decline) clean() Command {
	c.Voice = c.Voice.clean()
	c.User, c.Text = c.orActor(c.User), cleanText(c.Text)
	return c
}

func (c Cancel) clean() Command {
	c.Voice, c.Text = c.Voice.clean(), cleanText(c.Text)
	return c
}

func (c Withdraw) clean() Command {
	c.Voice, c.Text = c.Voice.clean(), cleanText(c.Text)
	return c
}
