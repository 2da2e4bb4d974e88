package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Delivery is one claimed message.
type Delivery struct {
	Message notify.Message
	Key     notify.Key
	With    []notify.Key // of the other pages that a summary stands for
	Lane    notify.Lane
	DueAt   time.Time // when it was to be sent; zero: at once
	Tries   int       // sends so far, this one included
	Until   time.Time // the claim ends; the send must have ended before
	token   string
}

// keys returns those of all that the message stands for.
func (d Delivery) keys() []notify.Key { return append([]notify.Key{d.Key}, d.With...) }

// Outcome is what became of one delivery.
type Outcome struct {
	Delivery Delivery
	Result   episode.Result

	standTill time.Time // not sent: its address has no slot for it before
}

// Pass is what one RunOnce did.
type Pass struct {
	Stepped    int           // episodes whose time had come
	Late       time.Duration // of the most overdue of them
	Deliveries []Delivery    // to be sent and reported
	Next       time.Time     // when the next pass is due; zero if nothing is scheduled
	More       bool          // there was more to do than fits into a pass
	FollowUp   bool          // incidents or members of groups are to follow their alerts: call [Engine.FollowUp]
	LookAgain  bool          // what mutes alerts has changed: call [Engine.LookAgain]

	lates []time.Duration // of each of what was stepped
}

// RunOnce is one bounded pass: it records what became of messages, as [Engine.Report] does, steps the episodes whose time has
// come, and claims at most room(lane) messages of each lane, all in one transaction. It sends nothing and waits for nothing.
// On an error nothing was done, and what became of the messages is to be told again.
func (e *Engine) RunOnce(ctx context.Context, now time.Time, room func(notify.Lane) int, outcomes ...Outcome) (Pass, error) {
	now = watchbill.Stamp(now)
	pass, err := e.runOnce(ctx, now, room, outcomes)
	for err != nil && e.mend(ctx, now, err) {
		pass, err = e.runOnce(ctx, now, room, outcomes)
	}
	return pass, err
}

func (e *Engine) runOnce(ctx context.Context, now time.Time, room func(notify.Lane) int, outcomes []Outcome) (Pass, error) {
	var did struct {
		Pass
		pulse
	}
	left, err := e.working(ctx, now, func(w *work) error {
		did.Pass, did.pulse = Pass{}, e.pulse
		w.first = did.passes
		did.passes++
		if err := w.report(outcomes); err != nil {
			return err
		}
		return w.pass(&did.pulse, &did.Pass, room)
	})
	if err != nil {
		return Pass{}, err
	}
	did.last = now
	e.pulse = did.pulse
	e.fresh.add(left.noted)
	e.tally.passed(e.clock.Now(), did.Pass)
	e.trace(left.spans, now)
	return did.Pass, nil
}

func (w *work) pass(beat *pulse, pass *Pass, room func(notify.Lane) int) error {
	back, err := beat.beat(w.tx, w.now)
	if err != nil {
		return err
	}
	if back {
		n, err := w.tx.Episodes().Admin().Rewind(w.now)
		if err != nil {
			return err
		}
		w.e.log.Warn("the clock was set back; alerts are looked at again", "alerts", n, "now", w.now)
	}
	pass.Next = beat.again
	if err := w.stepDue(beat.upSince, pass); err != nil {
		return err
	}
	if err := w.claim(pass, room); err != nil {
		return err
	}
	return w.lookForMarks(pass)
}

// stepDue steps what is due.
func (w *work) stepDue(upSince time.Time, pass *Pass) error {
	w.doing = SpanStep
	due, next, err := w.tx.Episodes().Due(w.now, passLimit)
	if err != nil {
		return err
	}
	if err := w.load(due); err != nil {
		return err
	}
	for _, it := range slices.Clone(w.order) {
		pass.Next = earlier(pass.Next, w.tick(it, upSince, pass))
	}
	pass.Stepped, pass.More = len(due), len(due) == passLimit
	pass.Next = earlier(pass.Next, next)
	return w.flush()
}

// tick steps one episode whose time has come, and returns when it wakes next.
func (w *work) tick(it *item, upSince time.Time, pass *Pass) (next time.Time) {
	defer w.guard(it, nil)
	if at := it.WakeAt(); !at.IsZero() {
		late := w.now.Sub(at)
		it.began, pass.Late, pass.lates = at, max(pass.Late, late), append(pass.lates, late)
	}
	if w.step(it, episode.Tick{UpSince: upSince}) != nil {
		return time.Time{}
	}
	it.changed = true // even if nothing came of it: its wake-up was wrong, and is written anew
	return it.WakeAt()
}

// claim claims messages of every lane that has room, and looks at their episodes again: a message that is not wanted
// any more is taken out.
func (w *work) claim(pass *Pass, room func(notify.Lane) int) error {
	lanes, err := w.tx.Outbox().Lanes(w.now)
	if err != nil {
		return err
	}
	if n := len(lanes); n > 0 { // another lane goes first each time, so that flooded ones starve nobody
		lanes = slices.Concat(lanes[w.first%n:], lanes[:w.first%n])
	}
	var claimed []store.Delivery
	c := store.Claim{Until: w.now.Add(w.e.cfg.SendTimeout + claimFor)}
	for _, lane := range lanes {
		n := passLimit - len(claimed)
		if lane.Channel != "" { // else what cannot be decoded, which is not sent
			n = min(n, room(lane))
		}
		if n <= 0 {
			pass.More = pass.More || len(claimed) == passLimit
			continue
		}
		if c.Token == "" {
			if c.Token, err = w.e.token(); err != nil {
				return err
			}
		}
		if claimed, err = w.claimLane(claimed, lane, c, n); err != nil {
			return err
		}
	}
	next, err := w.tx.Outbox().Next(w.now)
	if err != nil {
		return err
	}
	pass.Next = earlier(pass.Next, next)
	return w.deliveries(claimed, c, pass)
}

// deliveries makes messages of what was claimed. What is not wanted any more, or has nobody to go to, is taken out.
func (w *work) deliveries(claimed []store.Delivery, c store.Claim, pass *Pass) error {
	if len(claimed) == 0 {
		return nil
	}
	alerts := make([]watchbill.AlertID, len(claimed))
	for i, d := range claimed {
		alerts[i] = d.Key.Alert
	}
	if err := w.load(alerts); err != nil {
		return err
	}
	ready := make([]Delivery, 0, len(claimed))
	var settled []store.Settlement
	for _, d := range claimed {
		if d.Err != nil { // its row is gone already, and with it a page: somebody must look
			w.breakDown(d.Key.Alert, d.Err)
			continue
		}
		m, ok := w.message(d)
		if !ok {
			settled = append(settled, store.Settlement{ID: d.ID, Token: c.Token})
			continue
		}
		ready = append(ready, Delivery{Message: m, Key: d.Key, Lane: d.Lane, DueAt: d.DueAt, Tries: d.Tries, Until: c.Until, token: c.Token})
	}
	send, later, err := w.arrange(ready, c.Token)
	if err != nil {
		return err
	}
	pass.Deliveries = send
	for _, s := range later {
		if s.RetryAt.IsZero() { // the next rung took over, and can be claimed
			pass.More = true
			continue
		}
		pass.Next = earlier(pass.Next, s.RetryAt)
	}
	settled = append(settled, later...)
	if err := w.flush(); err != nil {
		return err
	}
	if len(settled) == 0 {
		return nil
	}
	if err := w.tx.Outbox().Settle(settled); !errors.Is(err, store.ErrLeaseLost) {
		return err
	}
	return nil // quarantined with its alert
}

// message returns what is sent for a claimed row, if it is still wanted. Somebody who has left the configuration, or a
// contact that has, can never be reached: the ladder is told.
func (w *work) message(d store.Delivery) (m notify.Message, ok bool) {
	it := w.items[d.Key.Alert]
	if it == nil || !it.Wants(d.Key) {
		return m, false
	}
	defer w.guard(it, &ok)
	var why string
	if m, why = it.Message(w.org, d.Key, w.now); why != "" {
		_ = w.step(it, episode.Receipt{Key: d.Key, Result: episode.Result{Verdict: episode.Refused, Error: why}})
		return m, false
	}
	if _, person := w.org.User(m.User); person && w.e.cfg.AckURL != nil { // a webhook or a chat channel cannot act
		m.AckURL = w.e.cfg.AckURL(m.Alert, m.User)
	}
	return m, true
}

// Report records what became of deliveries. A report that comes after its claim has ended is recorded too, and changes
// nothing else.
func (e *Engine) Report(ctx context.Context, now time.Time, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	now = watchbill.Stamp(now)
	left, err := e.working(ctx, now, func(w *work) error { return w.report(outcomes) })
	if err == nil { // else the loop would try again at once, for as long as the store fails
		e.fresh.add(left.noted)
		e.trace(left.spans, now)
		e.wake()
	}
	return err
}

func (w *work) report(outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	w.doing = SpanReceipt
	alerts := make([]watchbill.AlertID, 0, len(outcomes))
	for _, o := range outcomes {
		alerts = append(alerts, o.Delivery.Key.Alert)
		for _, k := range o.Delivery.With {
			alerts = append(alerts, k.Alert)
		}
	}
	if err := w.load(alerts); err != nil {
		return err
	}
	settlements := make([]store.Settlement, 0, len(outcomes))
	for _, o := range outcomes {
		settlements = append(settlements, w.settlements(o)...)
	}
	if err := w.noteContacts(outcomes); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	err := w.tx.Outbox().Settle(settlements)
	if errors.Is(err, store.ErrLeaseLost) {
		return nil // cancelled, or claimed by another engine: its row is not ours to change
	}
	return err
}

// settlements steps the episodes of an outcome, and says what becomes of the message's rows.
func (w *work) settlements(o Outcome) (all []store.Settlement) {
	r := o.Result
	if o.Delivery.Key.Kind != notify.KindPage && r.Verdict == episode.Retry && o.Delivery.Tries >= newsTries {
		r.Verdict, r.Error = episode.Refused, fmt.Sprintf("given up after %d tries: %s", o.Delivery.Tries, r.Error)
	}
	if n := len(o.Delivery.With); n > 0 {
		r.Note = fmt.Sprintf("in a summary of %d", n+1)
	}
	for _, k := range o.Delivery.keys() {
		s := store.Settlement{ID: k.ID(), Token: o.Delivery.token, RetryAt: o.standTill}
		if it := w.items[k.Alert]; it != nil && o.standTill.IsZero() {
			c := o.Delivery.Message.Contact
			err := w.step(it, episode.Receipt{Key: k, Result: r, Contact: c.ID, Channel: c.Channel})
			if err == nil && r.Verdict == episode.Retry && it.Wants(k) {
				s.RetryAt = w.now.Add(backoff(o))
			}
		}
		all = append(all, s)
	}
	return all
}

// newsTries is how often a message that is no page is tried.
const newsTries = 10

const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// backoff returns how long to wait before the next send: what the provider asked for, or twice as long each time with
// up to a quarter less so that not all come back at once; at most a minute, since somebody is to be woken.
func backoff(o Outcome) time.Duration {
	if after := o.Result.RetryAfter; after > 0 {
		return min(max(after, minBackoff), maxBackoff)
	}
	d := min(minBackoff<<min(max(o.Delivery.Tries-1, 0), 10), maxBackoff)
	h := fnv.New32a()
	_, _ = h.Write([]byte(o.Delivery.Key.ID()))
	return d - d/4*time.Duration(h.Sum32()%1000)/1000
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// mend looks at the alert that a transaction failed for: if its record does not fit it, the alert goes into quarantine,
// so that it stops nobody else. A conflict with another engine is no reason to.
func (e *Engine) mend(ctx context.Context, now time.Time, err error) (mended bool) {
	var conflict *store.ConflictError
	if !errors.As(err, &conflict) || strings.Contains(string(conflict.Of), ":") { // a record pages nobody, so nothing is set aside
		return false
	}
	_, failed := e.working(ctx, now, func(w *work) (err error) {
		mended, err = w.setAside(watchbill.AlertID(conflict.Of))
		return err
	})
	return mended && failed == nil
}

// setAside puts an alert into quarantine whose last entry is not the one that it should be.
func (w *work) setAside(id watchbill.AlertID) (bool, error) {
	stored, err := w.tx.Episodes().Get([]watchbill.AlertID{id})
	if err != nil || len(stored) == 0 || stored[0].Err != nil || stored[0].Quarantined {
		return false, err
	}
	last, err := w.tx.Timeline().Read(timeline.Alert(id), stored[0].Episode.Seq-1, 2)
	if err != nil || len(last) == 1 && last[0].Seq == stored[0].Episode.Seq {
		return false, err
	}
	w.breakDown(id, errors.New("its timeline does not end where the alert does"))
	return true, w.flush()
}
