package cover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// Occasion says why somebody is told.
type Occasion string

// The occasions.
const (
	OnTaken     Occasion = "taken_over" // somebody has taken your duty, or you were given somebody's
	OnAsked     Occasion = "asked"      // you are asked to cover or swap, or others are for you
	OnAccepted  Occasion = "accepted"   // somebody has your duty, or you were given somebody's
	OnDeclined  Occasion = "declined"   // somebody will not
	OnCancelled Occasion = "cancelled"  // you need not answer any more
	OnWithdrawn Occasion = "withdrawn"  // what was agreed holds no longer
	OnReminder  Occasion = "reminder"   // you were asked, and it is still open
	OnUncovered Occasion = "uncovered"  // nobody has taken it, and it begins
)

// Tell is something that one person is to be told at an instant.
type Tell struct {
	Request  ID
	Occasion Occasion
	User     watchbill.UserID // who is told
	At       time.Time
	By       string           // who did it, in words
	Whose    watchbill.UserID // whose duty; empty: of whoever has it
	Taker    watchbill.UserID // who has it now, or declined; empty: it is not about that
	Windows  []Window         // what it is about
	Return   []Window         // of a swap: what is given for it
	Note     string           // in somebody's words

	loser watchbill.UserID // of a withdrawal: User, if it ends a duty that came by way of what was agreed
}

// Key names what is told among everything that this person is told, so that it is told once.
func (t Tell) Key() string {
	return fmt.Sprintf("%s:%s:%s:%d", RecordKind, t.Request, t.Occasion, t.At.UnixMicro())
}

// Text says it in words, with times in a zone: the reader's own.
func (t Tell) Text(zone *time.Location) string {
	text := t.says() + ": " + tellWindows(t.Windows, zone)
	if len(t.Return) > 0 {
		text += ", in return for " + tellWindows(t.Return, zone)
	}
	if t.Note != "" {
		text += ": " + t.Note
	}
	return text
}

// says tells what it is about, without the windows.
func (t Tell) says() string {
	duty, own := fmt.Sprintf("the duty of %s", cmp.Or(t.Whose, "whoever is on call")), t.User == t.Whose
	if own {
		duty = "your duty"
	}
	switch t.Occasion {
	case OnTaken, OnAccepted:
		if t.User == t.Taker {
			return fmt.Sprintf("%s gave you %s", t.By, duty)
		}
		return fmt.Sprintf("%s has taken %s", t.Taker, duty)
	case OnAsked:
		if own {
			return fmt.Sprintf("%s asked others to take your duty", t.By)
		}
		return fmt.Sprintf("%s asks you to take %s", t.By, duty)
	case OnDeclined:
		return fmt.Sprintf("%s will not take %s", t.Taker, duty)
	case OnCancelled:
		return fmt.Sprintf("%s looks for nobody any more to take %s", t.By, duty)
	case OnWithdrawn:
		switch t.User {
		case t.Taker:
			return fmt.Sprintf("%s withdrew what was agreed, and you are on call again", t.By)
		case t.loser:
			return fmt.Sprintf("%s withdrew what was agreed, and you are not on call any more", t.By)
		}
		return fmt.Sprintf("%s withdrew what was agreed, it is as planned again", t.By)
	case OnUncovered:
		return fmt.Sprintf("nobody has taken %s, which begins", duty)
	}
	return fmt.Sprintf("still open is %s", duty)
}

// Tells returns who is to be told of an entry that was just appended to a request's record, given the request as it now is.
// Nobody is told of what they did themselves, and everybody once.
func Tells(r Request, e timeline.Entry) []Tell {
	c, err := decodeCommand(e)
	if err != nil {
		return nil
	}
	t := teller{Tell: Tell{Request: r.ID, At: e.At, By: strings.TrimPrefix(string(e.Actor), "user:"), Whose: r.For,
		Windows: r.Open, Return: r.Return}}
	t.actor, _ = userOf(e.Actor)
	switch c := c.(type) {
	case TakeOver:
		t.Taker, t.Windows, t.Note = c.User, r.Windows, c.Text
		t.tell(OnTaken, append(slices.Clone(c.Found.Losing), c.User)...)
	case Ask:
		t.Note = c.Text
		t.tell(OnAsked, append(slices.Clone(r.Asked), r.For)...)
	case Swap:
		t.Note = c.Text
		t.tell(OnAsked, r.With, r.For)
	case Accept:
		t.accepted(c)
	case Decline:
		t.Taker, t.Note = c.User, c.Text
		t.tell(OnDeclined, r.For)
	case Cancel:
		t.Note = c.Text
		t.tell(OnCancelled, append(r.waiting(), r.For)...)
	case Withdraw:
		t.Note = c.Text
		t.withdrawn(r)
	}
	return t.all
}

// teller collects what is told of one entry.
type teller struct {
	Tell
	actor watchbill.UserID
	all   []Tell
}

func (t *teller) tell(o Occasion, users ...watchbill.UserID) {
	for _, u := range users {
		one := t.Tell
		one.User, one.Occasion = u, o
		if u != "" && u != t.actor && !slices.ContainsFunc(t.all, func(o Tell) bool { return o.User == u }) {
			t.all = append(t.all, one)
		}
	}
}

func (t *teller) accepted(c Accept) {
	t.Taker, t.Windows, t.Return, t.Note = c.User, nil, nil, c.Text
	for _, g := range c.Found.Grants {
		if g.Replaces == t.Whose {
			t.Windows = append(t.Windows, g.Window)
		} else {
			t.Return = append(t.Return, g.Window)
		}
	}
	t.tell(OnAccepted, t.Whose, c.User)
}

func (t *teller) withdrawn(r Request) {
	var people []watchbill.UserID
	open := r.waiting()
	t.Windows, t.Return = nil, nil
	for _, g := range r.Grants {
		if w, ok := g.cut(t.At, time.Time{}); ok && g.WithdrawnAt.Equal(t.At) {
			people = append(people, g.User, g.Replaces)
			t.Windows = append(t.Windows, w)
		}
	}
	if t.tell(OnWithdrawn, people...); len(r.Open) > 0 {
		t.Windows = r.Open
		t.tell(OnCancelled, open...)
	}
}

// Moved returns who else is to be told of a withdrawal, given the schedules before and after it: everybody who gains or
// loses duty by it. That may be others than those who agreed: whose schedule was taken over as a whole, and who has taken
// on further what was agreed.
func Moved(r Request, e timeline.Entry, before, after Scene) (all []Tell) {
	actor, _ := userOf(e.Actor)
	done := []watchbill.UserID{actor}
	for _, t := range Tells(r, e) {
		done = append(done, t.User)
	}
	var windows []Window
	for _, g := range r.Grants {
		if w, ok := g.cut(e.At, time.Time{}); ok && g.WithdrawnAt.Equal(e.At) {
			windows = append(windows, w)
		}
	}
	for _, u := range slices.Concat(before.holders(windows), after.holders(windows)) {
		if slices.Contains(done, u) {
			continue
		}
		done = append(done, u)
		t := Tell{Request: r.ID, Occasion: OnWithdrawn, User: u, At: e.At, Whose: r.For}
		t.By = strings.TrimPrefix(string(e.Actor), "user:")
		was, is := before.held(u, windows), after.held(u, windows)
		if t.Windows = apart(is, was); len(t.Windows) > 0 {
			t.Taker = u
		} else if t.Windows = apart(was, is); len(t.Windows) > 0 {
			t.loser = u
		} else {
			continue
		}
		all = append(all, t)
	}
	return all
}

// holders lists who has duty in some windows.
func (s Scene) holders(windows []Window) (all []watchbill.UserID) {
	for _, w := range windows {
		c, ok := s.schedule(w.Schedule)
		if !ok {
			continue
		}
		for set := range c.Sets(w.From, w.To) {
			all = append(all, set.Users...)
		}
	}
	return all
}

// apart returns what of some windows lies in none of others.
func apart(windows, others []Window) (all []Window) {
	for _, w := range windows {
		var gone []schedule.Interval
		for _, o := range others {
			if o.Schedule == w.Schedule {
				gone = append(gone, o.interval())
			}
		}
		all = append(all, within(w.Schedule, minus(w.interval(), gone))...)
	}
	return all
}

// waiting lists who was asked and has not answered.
func (r Request) waiting() (all []watchbill.UserID) {
	for _, u := range r.Asked {
		answered := slices.ContainsFunc(r.Grants, func(g Grant) bool { return g.User == u })
		if !answered && !slices.Contains(r.Declined, u) {
			all = append(all, u)
		}
	}
	return all
}

// reminders are how long before what is open begins those who were asked are reminded.
func reminders() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{28 * day, 21 * day, 14 * day, 7 * day, 3 * day, 2 * day, day, day / 2}
}

// Reminders returns what is to be told of a request that stays as it is, by time, in (after, until]: to those who were asked
// and have not answered, 4, 3, 2 and 1 weeks, 3, 2 and 1 days, and 12 hours before what is open begins; 12 hours before
// and when it begins also to whose duty it is. The first comes an hour after the request was made at the earliest. There
// are none once it is not open any more.
func (r Request) Reminders(after, until time.Time) (all []Tell) {
	if r.State != Open || len(r.Open) == 0 {
		return nil
	}
	begin := firstStart(r.Open)
	tell := func(o Occasion, at time.Time, users ...watchbill.UserID) {
		if !at.After(after) || at.After(until) || at.Before(r.CreatedAt.Add(time.Hour)) {
			return
		}
		for _, u := range users {
			all = append(all, Tell{Request: r.ID, Occasion: o, User: u, At: at, By: strings.TrimPrefix(string(r.By), "user:"),
				Whose: r.For, Windows: r.Open, Return: r.Return, Note: r.Text})
		}
	}
	last := reminders()[len(reminders())-1]
	for _, before := range reminders() {
		if tell(OnReminder, begin.Add(-before), r.waiting()...); before == last {
			tell(OnReminder, begin.Add(-before), r.For)
		}
	}
	tell(OnUncovered, begin, r.For)
	return all
}

// Due returns the reminders of several requests in (after, until], by time.
func Due(requests []Request, after, until time.Time) (all []Tell) {
	for _, r := range requests {
		all = append(all, r.Reminders(after, until)...)
	}
	slices.SortStableFunc(all, func(a, b Tell) int { return a.At.Compare(b.At) })
	return all
}
