package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// TestContacts sends a person a message over each contact by which the person is paged, or over one, and says what became
// of each. It waits for them, at most for Config.SendTimeout. The error is a [*MissingError], or [ErrTooOften].
func (e *Engine) TestContacts(ctx context.Context, now time.Time, user watchbill.UserID, only notify.ContactID) ([]Tried, error) {
	var contacts []notify.Contact
	err := e.change(ctx, now, func(d *desk) error {
		u, ok := d.org.User(user)
		if !ok {
			return &MissingError{"user", string(user)}
		}
		contacts = slices.DeleteFunc(slices.Clone(u.Contacts), func(c notify.Contact) bool { return only != "" && c.ID != only })
		if only != "" && len(contacts) == 0 {
			return &MissingError{"contact", string(only)}
		}
		return d.verification(user, func(v *verification) error {
			if len(v.Tested) >= maxTests {
				return ErrTooOften
			}
			v.Tested = append(v.Tested, d.now)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return e.sendNow(ctx, now, user, contacts, requested{kind: "test", summary: "This is a test of your notifications",
		details: "A page would reach you here. Nothing has happened, and there is nothing to do."})
}

// requested is a message that somebody asked for.
type requested struct{ kind, summary, details string }

// sendNow sends a message over some contacts at once, waits for all, and writes down how they do.
func (e *Engine) sendNow(ctx context.Context, now time.Time, user watchbill.UserID, contacts []notify.Contact, r requested) ([]Tried, error) {
	org, err := e.Org(ctx)
	if err != nil {
		return nil, err
	}
	u, _ := org.User(user)
	name, err := e.ids.next(now)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"kind": r.kind, "user": string(user), "summary": r.summary, "details": r.details})
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(contacts))
	var all sync.WaitGroup
	for i, c := range contacts {
		m := notify.Message{ID: notify.MessageID(fmt.Sprintf("%s_%s_%d", r.kind, name, i)), Kind: notify.KindUpdate, User: user, Name: u.Name,
			Zone: org.Zone(u.Zone), Locale: u.Locale, Contact: c, Summary: r.summary, Details: r.details, Severity: watchbill.SeverityInfo,
			Urgency: watchbill.UrgencyLow, At: now, Attempt: 1, Body: body}
		outcomes[i].Delivery = Delivery{Message: m, Lane: notify.LaneOf(c), Tries: 1}
		all.Go(func() { // waited for below
			began := e.clock.Now()
			outcomes[i].Result = episode.Result{Verdict: episode.Retry, Error: "pages need all of this channel now; try again"}
			if e.lanes.room(outcomes[i].Delivery.Lane) > 0 {
				outcomes[i].Result = e.Send(ctx, outcomes[i].Delivery)
			}
			e.cfg.Observer.Sent(outcomes[i].Delivery.Lane, outcomes[i].Result.Verdict, 0, e.clock.Now().Sub(began))
		})
	}
	all.Wait()
	var tried []Tried
	for _, o := range outcomes {
		c := o.Delivery.Message.Contact
		c.Secret = ""
		tried = append(tried, Tried{c, o.Result})
	}
	return tried, e.noteSends(context.WithoutCancel(ctx), now, outcomes)
}

// noteSends writes down how contacts do that were used beside the pages.
func (e *Engine) noteSends(ctx context.Context, now time.Time, outcomes []Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	left, err := e.working(ctx, watchbill.Stamp(now), func(w *work) error { return w.noteContacts(outcomes) })
	if err == nil {
		e.fresh.add(left.noted)
	}
	return err
}
