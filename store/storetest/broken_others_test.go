package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

func brokenOthers() []broken {
	ofTimeline := func(with func(store.Timeline) store.Timeline) func() store.Store {
		return func() store.Store { return timelineStore(with) }
	}
	of := func(with func(store.Outbox) store.Outbox) func() store.Store {
		return func() store.Store { return outboxStore(with) }
	}
	ofRevisions := func(with func(store.Revisions) store.Revisions) func() store.Store {
		return func() store.Store { return revisionsStore(with) }
	}
	return []broken{
		{"L1", "leaves out entries that exist", ofTimeline(func(t store.Timeline) store.Timeline { return leavesOut{t} })},
		{"L1", "does not say which alert conflicts", ofTimeline(func(t store.Timeline) store.Timeline { return unnamed{t} })},
		{"L1 K6 A1", "takes a record for the alert of its ID", ofTimeline(func(t store.Timeline) store.Timeline { return ignoresKind{t} })},
		{"L2", "reads one too many", ofTimeline(func(t store.Timeline) store.Timeline { return oneTooMany{t} })},
		{"O1", "enqueues again", of(func(o store.Outbox) store.Outbox { return enqueuesAgain{o} })},
		{"O2 O4 E8", "a lane is gone while one of its messages is claimed", of(func(o store.Outbox) store.Outbox { return hidesLane{o} })},
		{"O3 O1 O2 O4 O6 T11 E8 A1", "claims twice", of(func(o store.Outbox) store.Outbox { return claimTwice{o} })},
		{"O4", "forgets tokens", forgetsTokens},
		{"O5", "cancels the messages of others", of(func(o store.Outbox) store.Outbox { return cancelsOthers{o} })},
		{"O6 T11", "next is a second late", of(func(o store.Outbox) store.Outbox { return lateNext{o} })},
		{"R1", "numbers from 0", ofRevisions(func(r store.Revisions) store.Revisions { return fromZero{r} })},
		{"R4", "the number lags behind", ofRevisions(func(r store.Revisions) store.Revisions { return lagging{r} })},
		{"R2", "the latest is the one effective last", ofRevisions(func(r store.Revisions) store.Revisions { return effectiveLast{r} })},
		{"R3", "what is effective last answers, not what was added last", ofRevisions(func(r store.Revisions) store.Revisions { return effectiveLastAt{r} })},
		{"R3", "an instant counts from the next microsecond on", ofRevisions(func(r store.Revisions) store.Revisions { return notYet{r} })},
		{"V1", "a removed value is empty", func() store.Store {
			return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
				return brokenTx{Tx: tx, values: emptyValues{tx.Values()}}
			}}
		}},
	}
}

type leavesOut struct{ store.Timeline }

func (l leavesOut) Append(of timeline.Owner, entries []timeline.Entry) error {
	old, _ := l.Timeline.Read(of, 0, 1e6)
	for len(entries) > 0 && entries[0].Seq <= int64(len(old)) && entries[0].Seq > 0 {
		entries = entries[1:]
	}
	return l.Timeline.Append(of, entries)
}

type unnamed struct{ store.Timeline }

func (u unnamed) Append(of timeline.Owner, entries []timeline.Entry) error {
	if err := u.Timeline.Append(of, entries); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return store.ErrConflict
}

type ignoresKind struct{ store.Timeline }

func (i ignoresKind) Append(of timeline.Owner, entries []timeline.Entry) error {
	return i.Timeline.Append(withoutKind(of), entries)
}

func (i ignoresKind) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	return i.Timeline.Read(withoutKind(of), after, limit)
}

func withoutKind(of timeline.Owner) timeline.Owner { return of[strings.IndexByte(string(of), ':')+1:] }

type oneTooMany struct{ store.Timeline }

func (o oneTooMany) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	return o.Timeline.Read(of, max(after-1, 0), limit)
}

type enqueuesAgain struct{ store.Outbox }

func (e enqueuesAgain) Enqueue(all []store.Delivery) error {
	for _, d := range all {
		if err := e.Outbox.Cancel(d.Key.Alert, []notify.MessageID{d.ID}); err != nil {
			return err
		}
	}
	return e.Outbox.Enqueue(all)
}

type hidesLane struct{ store.Outbox }

func (h hidesLane) Lanes(now time.Time) ([]notify.Lane, error) {
	lanes, err := h.Outbox.Lanes(now)
	later, err2 := h.Outbox.Next(now)
	if later.IsZero() {
		return lanes, first(err, err2)
	}
	return nil, first(err, err2)
}

// claimTwice gives back what it claims at once.
type claimTwice struct{ store.Outbox }

func (c claimTwice) Claim(lane notify.Lane, now time.Time, claim store.Claim, limit int) ([]store.Delivery, error) {
	got, err := c.Outbox.Claim(lane, now, claim, limit)
	var back []store.Settlement
	for _, d := range got {
		back = append(back, store.Settlement{ID: d.ID, Token: claim.Token, RetryAt: d.DueAt})
	}
	return got, first(err, c.Outbox.Settle(back))
}

func forgetsTokens() store.Store {
	tokens := map[notify.MessageID]string{}
	return outboxStore(func(o store.Outbox) store.Outbox { return anyToken{o, tokens} })
}

type anyToken struct {
	store.Outbox
	tokens map[notify.MessageID]string
}

func (a anyToken) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	got, err := a.Outbox.Claim(lane, now, c, limit)
	if len(got) < 3 { // the concurrent check would need a lock
		for _, d := range got {
			a.tokens[d.ID] = c.Token
		}
	}
	return got, err
}

func (a anyToken) Settle(all []store.Settlement) error {
	for i := range all {
		if token, ok := a.tokens[all[i].ID]; ok {
			all[i].Token = token
		}
	}
	return a.Outbox.Settle(all)
}

type cancelsOthers struct{ store.Outbox }

func (c cancelsOthers) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	if len(messages) == 0 {
		return c.Outbox.Cancel(id, nil)
	}
	for _, of := range ids("a1", "a2", id) {
		if err := c.Outbox.Cancel(of, messages); err != nil {
			return err
		}
	}
	return nil
}

type lateNext struct{ store.Outbox }

func (l lateNext) Next(now time.Time) (time.Time, error) {
	next, err := l.Outbox.Next(now)
	if next.IsZero() {
		return next, err
	}
	return next.Add(time.Second), err
}

type fromZero struct{ store.Revisions }

func (f fromZero) Add(at time.Time, config []byte) (store.Revision, error) {
	r, err := f.Revisions.Add(at, config)
	r.Number--
	return r, err
}

type effectiveLast struct{ store.Revisions }

func (e effectiveLast) Latest() (store.Revision, error) {
	latest, err := e.Revisions.Latest()
	for n := latest.Number - 1; n > 0 && err == nil; n-- {
		if r, err := e.Revisions.Get(n); err == nil && r.EffectiveAt.After(latest.EffectiveAt) {
			latest = r
		}
	}
	return latest, err
}

type lagging struct{ store.Revisions }

func (l lagging) Number() (int64, error) {
	n, err := l.Revisions.Number()
	return max(n-1, 0), err
}

type effectiveLastAt struct{ store.Revisions }

func (e effectiveLastAt) At(t time.Time) (store.Revision, error) {
	then, err := e.Revisions.At(t)
	for n := then.Number - 1; n > 0 && err == nil; n-- {
		if r, err := e.Revisions.Get(n); err == nil && r.EffectiveAt.After(then.EffectiveAt) && !r.EffectiveAt.After(t) {
			then = r
		}
	}
	return then, err
}

type notYet struct{ store.Revisions }

func (n notYet) At(t time.Time) (store.Revision, error) {
	return n.Revisions.At(t.Add(-time.Microsecond))
}

type emptyValues struct{ store.Values }

func (e emptyValues) Get(name string) ([]byte, error) {
	v, err := e.Values.Get(name)
	if v == nil {
		v = []byte{}
	}
	return v, err
}
