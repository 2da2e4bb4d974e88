package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

var _ notify.Desk = (*Engine)(nil)

// AnswerKind is the kind of the records that keep which answers were carried out, so that a repeat does nothing. They are
// closed from the start.
const AnswerKind = "answer"

// Answer carries out what somebody answered in a two-way channel; see [notify.Desk].
func (e *Engine) Answer(ctx context.Context, a notify.Answer) (notify.Answered, error) {
	now := watchbill.Stamp(e.clock.Now())
	var done notify.Answered
	left, err := e.working(ctx, now, func(w *work) (err error) {
		w.doing = SpanAct
		done, err = w.answer(a)
		return err
	})
	if err == nil {
		e.trace(left.spans, now)
	}
	e.wake()
	if err != nil && done.Text == "" {
		done.Text = wordsFor("").failed
	}
	return done, err
}

func (w *work) answer(a notify.Answer) (notify.Answered, error) {
	user, ok := w.answerer(a)
	if !ok {
		return notify.Answered{Text: wordsFor("").unknown}, fmt.Errorf("%w: nobody has the contact from which an answer came over %s", ErrUnknownUser, a.Channel)
	}
	say := wordsFor(user.Locale)
	in := answerInput(a.Action, episode.Command{By: user.ID, Via: string(a.Channel)})
	if in == nil {
		return notify.Answered{Text: say.action}, nil
	}
	it, text, err := w.meant(a, user, say)
	if it == nil || err != nil {
		return notify.Answered{Text: text}, err
	}
	repeated, err := w.repeated(a)
	if err != nil {
		return notify.Answered{}, err
	}
	done := notify.Answered{Alert: it.Alert.ID}
	switch {
	case repeated:
		done.Text = say.repeated
	case it.Alert.State == alert.Resolved:
		done.Text = fmt.Sprintf(say.resolved, it.Alert.Summary)
	case a.Action == notify.ActionAcknowledge && it.Alert.State == alert.Acknowledged && it.Alert.AcknowledgedBy != user.ID:
		done.Text = fmt.Sprintf(say.taken, w.name(it.Alert.AcknowledgedBy), it.Alert.Summary)
		fallthrough
	default:
		if err := w.step(it, in); err != nil {
			return notify.Answered{}, err
		}
		done.Done, done.Text = true, cmp.Or(done.Text, fmt.Sprintf(say.done[a.Action], it.Alert.Summary))
	}
	return done, w.flush()
}

func (w *work) name(id watchbill.UserID) string {
	u, ok := w.org.User(id)
	if !ok {
		return string(id)
	}
	return u.DisplayName()
}

// answerer returns who answered: the person whom the channel knows, or the one person who has the contact.
func (w *work) answerer(a notify.Answer) (catalog.User, bool) {
	if a.User != "" {
		return w.org.User(a.User)
	}
	var found []catalog.User
	for _, u := range w.org.Config().Catalog.Users {
		u, _ := w.org.User(u.ID)
		if slices.ContainsFunc(u.Contacts, func(c notify.Contact) bool { return sameAddress(c.Address, a.From) }) {
			found = append(found, u)
		}
	}
	if len(found) != 1 { // a number that two people share is nobody's: who acts must be known
		return catalog.User{}, false
	}
	return found[0], true
}

// sameAddress compares addresses as providers write them: numbers by their digits, all else without regard to case.
func sameAddress(a, b string) bool {
	if x, y := digits(a), digits(b); x != "" && y != "" {
		return x == y
	}
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// digits returns the digits of a phone number; empty if it is none.
func digits(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "+") || strings.ContainsFunc(s[1:], func(r rune) bool { return !strings.ContainsRune("0123456789 -()./", r) }) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func answerInput(action notify.Action, c episode.Command) episode.Input {
	switch action {
	case notify.ActionAcknowledge:
		return episode.Acknowledge(c)
	case notify.ActionDecline:
		return episode.Decline(c)
	case notify.ActionResolve:
		return episode.Resolve(c)
	case notify.ActionEscalate:
		return episode.Escalate(c)
	}
	return nil
}

// meant returns the alert that an answer is about. If that is not clear, the text asks.
func (w *work) meant(a notify.Answer, user catalog.User, say words) (it *item, text string, err error) {
	if a.Alert != "" {
		if it = w.fetch(a.Alert); it == nil {
			return nil, say.gone, w.failed
		}
		return it, "", nil
	}
	open, err := w.pagedOpen(user.ID, a.Code != "" || a.Action == notify.ActionResolve)
	if err != nil {
		return nil, "", err
	}
	if a.Code != "" {
		open = slices.DeleteFunc(open, func(it *item) bool { return notify.ReplyCode(it.Alert.ID, user.ID) != a.Code })
	}
	switch len(open) {
	case 0:
		if a.Code != "" {
			return nil, fmt.Sprintf(say.noCode, a.Code), nil
		}
		return nil, say.nothing, nil
	case 1:
		return open[0], "", nil
	}
	var list []string
	for _, it := range open[:min(len(open), 3)] {
		list = append(list, notify.ReplyCode(it.Alert.ID, user.ID)+" "+it.Alert.Summary)
	}
	return nil, fmt.Sprintf(say.which, strings.Join(list, "; ")), nil
}

// answerable is how many open alerts are looked through for what somebody answered: more than a group has members, since
// its head is older than they are.
const answerable = 2 * maxMembers

// pagedOpen returns the open alerts for which somebody was paged, the newest first; acknowledged ones last, and only if
// there are no others or acknowledged ones may be meant too.
func (w *work) pagedOpen(user watchbill.UserID, acknowledged bool) (all []*item, err error) {
	for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
		q := store.Query{State: state}
		for read := 0; read < answerable; {
			page, next, err := w.tx.Episodes().List(q, 1000)
			if err != nil {
				return nil, err
			}
			for _, s := range page {
				if s.Err == nil && !s.Quarantined && slices.Contains(s.Episode.Paged, user) {
					if it := w.add(s); it != nil {
						all = append(all, it)
					}
				}
			}
			if read, q.Cursor = read+len(page), next; next == "" {
				break
			}
		}
		if len(all) > 0 && !acknowledged {
			return all, nil
		}
	}
	return all, nil
}

// repeated reports whether an answer was carried out before, and notes that it is now.
func (w *work) repeated(a notify.Answer) (bool, error) {
	if a.Event == "" {
		return false, nil
	}
	id := string(a.Channel) + "/" + a.Event
	found, err := w.tx.Records().Get(AnswerKind, []string{id})
	if err != nil || len(found) > 0 {
		return len(found) > 0, err
	}
	return false, w.tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: AnswerKind, ID: id, ClosedAt: w.now, Body: []byte("{}")}}})
}

// Delivered records what a provider says of a message that it had accepted; see [notify.Desk].
func (e *Engine) Delivered(ctx context.Context, d notify.Delivered) error {
	left, err := e.working(ctx, watchbill.Stamp(e.clock.Now()), func(w *work) error {
		if err := w.delivered(d); err != nil {
			return err
		}
		return w.flush()
	})
	if err == nil {
		e.fresh.add(left.noted)
	}
	e.wake()
	return err
}

// words are what people are told about their answers.
type words struct {
	unknown, action, gone, nothing, repeated, failed string
	noCode, which, resolved, taken                   string
	done                                             map[notify.Action]string
}

// wordsFor returns the words of a language, those of English if there are none.
func wordsFor(locale string) words {
	if base, _, _ := strings.Cut(strings.ToLower(locale), "-"); base == "de" {
		return words{
			unknown: "Diese Nummer gehört zu niemandem, der Bereitschaft hat.", action: "Das habe ich nicht verstanden.",
			gone: "Diesen Alarm gibt es nicht mehr.", nothing: "Für Sie ist gerade kein Alarm offen.",
			repeated: "Das wurde schon ausgeführt.", failed: "Das hat nicht geklappt. Bitte noch einmal versuchen.",
			noCode: "Kein offener Alarm hat den Code %s.", which: "Welcher? Antworten Sie mit dem Code: %s",
			resolved: "Schon erledigt: %s", taken: "%s hat den Alarm schon übernommen: %s",
			done: map[notify.Action]string{
				notify.ActionAcknowledge: "Übernommen: %s", notify.ActionDecline: "Abgelehnt: %s",
				notify.ActionResolve: "Erledigt: %s", notify.ActionEscalate: "Die nächste Stufe wird alarmiert: %s",
			},
		}
	}
	return words{
		unknown: "This number belongs to nobody who is on call.", action: "I did not understand that.",
		gone: "There is no such alert any more.", nothing: "No alert is open for you.",
		repeated: "That was done already.", failed: "That did not work. Please try again.",
		noCode: "No open alert has the code %s.", which: "Which one? Answer with its code: %s",
		resolved: "Resolved already: %s", taken: "%s has it already: %s",
		done: map[notify.Action]string{
			notify.ActionAcknowledge: "Acknowledged: %s", notify.ActionDecline: "Declined: %s",
			notify.ActionResolve: "Resolved: %s", notify.ActionEscalate: "The next level is being paged: %s",
		},
	}
}
