package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

func outboxChecks() []check {
	return []check{
		{"O1/a message is enqueued once", enqueueIsIdempotent},
		{"O1/a message that is gone can be enqueued again", enqueueAfterwards},
		{"O2/lanes that have something to claim", lanesWithWork},
		{"O2/a claimed message is none until the claim is over", lanesDuringClaim},
		{"O5/cancels the messages named", cancelsNamed},
		{"O5/cancels all of an alert, claimed ones too", cancelsAll},
		{"O6/when the next message can be claimed", nextMessage},
		{"O6/when a claim ends", nextEndOfClaim},
	}
}

var (
	laneA = notify.Lane{Channel: "email"}
	laneB = notify.Lane{Channel: "webhook", Destination: "a.example:80"}
	laneC = notify.Lane{Channel: "webhook", Destination: "b.example:80"}
)

// message returns a message of an alert for a lane.
func message(id notify.MessageID, of watchbill.AlertID, lane notify.Lane, due time.Time) store.Delivery {
	key := notify.Key{Alert: of, Attempt: watchbill.Attempt{Run: 1, Cycle: 2, Level: 3, Number: 4}, User: "ada", Rung: 5}
	return store.Delivery{ID: id, Key: key, Lane: lane, DueAt: due}
}

func lanes(ctx context.Context, s store.Store, now time.Time) (all []notify.Lane, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		all, err = tx.Outbox().Lanes(now)
		return err
	})
	return all, err
}

// hasLanes returns an error unless these are the lanes at an instant.
func hasLanes(ctx context.Context, s store.Store, now time.Time, want ...notify.Lane) error {
	got, err := lanes(ctx, s, now)
	return first(err, differ("lanes "+now.Sub(t0).String()+" on", append([]notify.Lane(nil), got...), want))
}

// hasNext returns an error unless that is when the next message can be claimed.
func hasNext(ctx context.Context, s store.Store, now, want time.Time) error {
	var got time.Time
	err := s.View(ctx, func(tx store.Tx) (err error) {
		got, err = tx.Outbox().Next(now)
		return err
	})
	return first(err, differ("next "+now.Sub(t0).String()+" on", got, want))
}

// takes returns an error unless a claim takes these messages.
func takes(ctx context.Context, s store.Store, lane notify.Lane, now time.Time, token string, limit int, want ...notify.MessageID) error {
	got, err := claim(ctx, s, lane, now, store.Claim{Token: token, Until: now.Add(30 * time.Second)}, limit)
	return first(err, differ("claim "+token, messageIDs(got), want))
}

func cancel(ctx context.Context, s store.Store, id watchbill.AlertID, messages ...notify.MessageID) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Outbox().Cancel(id, messages) })
}

func enqueueIsIdempotent(ctx context.Context, s store.Store) error {
	m := message("m1", "a1", laneA, t0)
	later := message("m1", "a1", laneB, after(50))
	return first(
		enqueue(ctx, s, m, m), enqueue(ctx, s, later),
		hasLanes(ctx, s, after(60), laneA),
		takes(ctx, s, laneA, t0, "t", 9, "m1"),
		enqueue(ctx, s, m), // it is claimed, and stays so
		takes(ctx, s, laneA, t0, "u", 9))
}

func enqueueAfterwards(ctx context.Context, s store.Store) error {
	m := message("m1", "a1", laneA, t0)
	m.Tries = 7 // not for the caller to say
	err := first(
		enqueue(ctx, s, m), takes(ctx, s, laneA, t0, "t", 9, "m1"),
		settle(ctx, s, store.Settlement{ID: "m1", Token: "t"}), enqueue(ctx, s, m))
	got, err2 := claim(ctx, s, laneA, t0, store.Claim{Token: "u", Until: after(30)}, 9)
	m.Tries = 1
	return first(err, err2, differ("claimed", got, []store.Delivery{m}))
}

func lanesWithWork(ctx context.Context, s store.Store) error {
	return first(
		hasLanes(ctx, s, t0),
		enqueue(ctx, s, message("m1", "a1", laneC, after(10)), message("m2", "a1", laneA, after(20)),
			message("m3", "a1", laneA, after(5)), message("m4", "a2", laneB, after(10))),
		hasLanes(ctx, s, after(4)),
		hasLanes(ctx, s, after(5), laneA),
		hasLanes(ctx, s, after(10), laneA, laneB, laneC))
}

func lanesDuringClaim(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 9, "m1"),
		hasLanes(ctx, s, after(29)),
		hasLanes(ctx, s, after(30), laneA),
		enqueue(ctx, s, message("m2", "a1", laneA, after(2))),
		hasLanes(ctx, s, after(2), laneA))
}

func cancelsNamed(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneA, t0), message("m3", "a2", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 1, "m1"),
		cancel(ctx, s, "a1", "m1", "unknown", "m3"), // m3 is not a1's
		refused("settling what was cancelled", settle(ctx, s, store.Settlement{ID: "m1", Token: "t"}), store.ErrLeaseLost),
		takes(ctx, s, laneA, after(60), "u", 9, "m2", "m3"))
}

func cancelsAll(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneB, after(5)), message("m3", "a2", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 1, "m1"),
		cancel(ctx, s, "a1"), cancel(ctx, s, "unknown"),
		hasLanes(ctx, s, after(60), laneA),
		takes(ctx, s, laneA, after(60), "u", 9, "m3"))
}

func nextMessage(ctx context.Context, s store.Store) error {
	return first(
		hasNext(ctx, s, t0, time.Time{}),
		enqueue(ctx, s, message("m1", "a1", laneC, after(20)), message("m2", "a1", laneA, after(10)),
			message("m3", "a1", laneA, after(15)), message("m4", "a1", laneB, t0)),
		hasNext(ctx, s, t0, after(10)), // not m4, which can be claimed now
		hasNext(ctx, s, after(10), after(15)),
		hasNext(ctx, s, after(15), after(20)),
		hasNext(ctx, s, after(20), time.Time{}))
}

func nextEndOfClaim(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneB, after(40))),
		takes(ctx, s, laneA, t0, "t", 9, "m1"),
		hasNext(ctx, s, t0, after(30)),
		hasNext(ctx, s, after(-60), after(30)), // not when it was due: it is claimed
		hasNext(ctx, s, after(30), after(40)),
		hasNext(ctx, s, time.Unix(0, 0), after(30)),
		settle(ctx, s, store.Settlement{ID: "m1", Token: "t", RetryAt: after(7)}),
		hasNext(ctx, s, t0, after(7)))
}

func claimChecks() []check {
	return []check{
		{"O3/claims in the order in which they became claimable", claimsInOrder},
		{"O3/takes one lane only, up to a limit", claimsOneLane},
		{"O3/each claim raises Tries", claimRaisesTries},
		{"O3/a claimed message is not claimed again before its time", claimHolds},
		{"O4/settling removes or delays", settles},
		{"O4/another token leaves the message alone", settleNeedsToken},
		{"O4/a lost claim does not undo the rest", settleGoesOn},
	}
}

func claimsInOrder(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m4", "a1", laneA, after(1)), message("m1", "a1", laneA, after(2)),
			message("m3", "a1", laneA, t0), message("m2", "a1", laneA, after(1))),
		takes(ctx, s, laneA, after(1), "t", 9, "m3", "m2", "m4"), // until after(31)
		enqueue(ctx, s, message("m0", "a1", laneA, after(31)), message("m9", "a1", laneA, after(31))),
		takes(ctx, s, laneA, after(40), "u", 9, "m1", "m0", "m2", "m3", "m4", "m9"))
}

func claimsOneLane(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneB, t0), message("m2", "a1", laneC, t0),
			message("m3", "a1", laneB, t0), message("m4", "a1", laneB, t0)),
		takes(ctx, s, laneB, t0, "r", 0),
		takes(ctx, s, laneB, t0, "t", 2, "m1", "m3"),
		takes(ctx, s, laneA, t0, "u", 9),
		takes(ctx, s, laneB, t0, "v", 9, "m4"),
		takes(ctx, s, laneC, t0, "w", 9, "m2"))
}

func claimRaisesTries(ctx context.Context, s store.Store) error {
	m := message("m1", "a1", laneB, t0)
	if err := enqueue(ctx, s, m); err != nil {
		return err
	}
	for i := range 3 {
		now := after(100 * i)
		m.Tries++
		got, err := claim(ctx, s, laneB, now, store.Claim{Token: string(rune('t' + i)), Until: now.Add(time.Second)}, 9)
		if err := first(err, differ("claimed", got, []store.Delivery{m})); err != nil {
			return err
		}
	}
	return nil
}

func claimHolds(ctx context.Context, s store.Store) error {
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 9, "m1"),
		takes(ctx, s, laneA, t0, "u", 9),
		takes(ctx, s, laneA, after(30).Add(-time.Microsecond), "v", 9),
		takes(ctx, s, laneA, after(30), "w", 9, "m1"))
}

func settles(ctx context.Context, s store.Store) error {
	err := first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 9, "m1", "m2"),
		settle(ctx, s, store.Settlement{ID: "m1", Token: "t"}, store.Settlement{ID: "m2", Token: "t", RetryAt: after(5)}),
		hasLanes(ctx, s, after(4)), hasLanes(ctx, s, after(5), laneA))
	got, err2 := claim(ctx, s, laneA, after(9999), store.Claim{Token: "u", Until: after(99999)}, 9)
	want := message("m2", "a1", laneA, after(5))
	want.Tries = 2
	return first(err, err2, differ("claimed", got, []store.Delivery{want}))
}

func settleNeedsToken(ctx context.Context, s store.Store) error {
	lost := func(what string, id notify.MessageID, token string) error {
		return first(refused(what, settle(ctx, s, store.Settlement{ID: id, Token: token}), store.ErrLeaseLost),
			refused(what, settle(ctx, s, store.Settlement{ID: id, Token: token, RetryAt: t0}), store.ErrLeaseLost))
	}
	return first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneB, t0)),
		takes(ctx, s, laneA, t0, "t", 9, "m1"),
		takes(ctx, s, laneA, after(30), "u", 9, "m1"),
		lost("an older claim", "m1", "t"), lost("a token of nobody", "m1", "x"), lost("no token", "m1", ""),
		lost("not claimed", "m2", "t"), lost("not claimed, no token", "m2", ""), lost("unknown", "m3", "t"),
		hasLanes(ctx, s, after(30), laneB),
		settle(ctx, s, store.Settlement{ID: "m1", Token: "u", RetryAt: after(31)}),
		lost("settled already", "m1", "u"),
		takes(ctx, s, laneA, after(31), "v", 9, "m1"))
}

func settleGoesOn(ctx context.Context, s store.Store) error {
	err := first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneA, t0), message("m3", "a1", laneA, t0)),
		takes(ctx, s, laneA, t0, "t", 9, "m1", "m2", "m3"))
	var lost []notify.MessageID
	err = first(err, s.Update(ctx, func(tx store.Tx) error {
		err := tx.Outbox().Settle([]store.Settlement{
			{ID: "m1", Token: "t"}, {ID: "m2", Token: "x"}, {ID: "m4", Token: "t"}, {ID: "m3", Token: "t"}})
		lost = leaseLost(err)
		return nil // the error does not fail the Update by itself
	}))
	slices.Sort(lost)
	return first(err, differ("lost", lost, []notify.MessageID{"m2", "m4"}),
		takes(ctx, s, laneA, after(60), "u", 9, "m2"))
}
