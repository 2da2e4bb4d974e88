package storetest

import (
	"context"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

func serviceChecks() []check {
	return []check{
		{"E7/a quarantined row keeps its content and does nothing", quarantineKeeps},
		{"E7/quarantine removes the messages", quarantineSilences},
		{"E7/quarantine raises the version", quarantineConflicts},
		{"E7/an unknown ID is not found", quarantineUnknown},
		{"E7/a Put ends the quarantine", putEndsQuarantine},
		{"E8/makes due what was stepped later than now", rewinds},
		{"E8/messages that wait are due now", rewindsMessages},
		{"E8/claims end within a minute, and are held until then", rewindsClaims},
		{"E9/counts by state", counts},
	}
}

func quarantine(ctx context.Context, s store.Store, id watchbill.AlertID) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Episodes().Admin().Quarantine(id) })
}

func quarantineKeeps(ctx context.Context, s store.Store) error {
	e, _ := opened("a1", "k", t0)
	if err := first(create(ctx, s, e, raised("a2", t0)), quarantine(ctx, s, "a1")); err != nil {
		return err
	}
	got, err := fetchOne(ctx, s, "a1")
	if err := first(err, differ("quarantined", got.Quarantined, true), differ("content", encoded(got.Episode), encoded(e))); err != nil {
		return err
	}
	found, err1 := newest(ctx, s, "k")
	dueNow, _, err2 := due(ctx, s, after(1e6), 9)
	open, err3 := listAll(ctx, s, store.Query{State: alert.Triggered}, 9)
	served, err4 := listAll(ctx, s, store.Query{Service: "checkout", State: alert.Triggered}, 9)
	all, err5 := listAll(ctx, s, store.Query{}, 9)
	return first(err1, err2, err3, err4, err5,
		differ("newest of its key", alertIDs(found), ids("a1")), differ("due", dueNow, ids("a2")),
		differ("triggered", open, ids("a2")), differ("triggered of the service", served, ids("a2")),
		differ("all", all, ids("a2", "a1")))
}

func quarantineSilences(ctx context.Context, s store.Store) error {
	a, outA := opened("a1", "k1", t0)
	b, outB := opened("a2", "k2", t0)
	err := s.Update(ctx, func(tx store.Tx) error {
		return first(tx.Episodes().Put([]store.Write{{Episode: a}, {Episode: b}}),
			tx.Outbox().Enqueue(deliveries(outA, t0)), tx.Outbox().Enqueue(deliveries(outB, t0)))
	})
	if err := first(err, quarantine(ctx, s, "a1")); err != nil {
		return err
	}
	got, err := claim(ctx, s, outA.Send[0].Lane, t0, store.Claim{Token: "t", Until: after(30)}, 9)
	return first(err, differ("messages", messageIDs(got), messageIDs(deliveries(outB, t0)[:1])))
}

func quarantineConflicts(ctx context.Context, s store.Store) error {
	e := raised("a1", t0)
	if err := create(ctx, s, e); err != nil {
		return err
	}
	before, err := fetchOne(ctx, s, "a1")
	return first(err, quarantine(ctx, s, "a1"),
		refused("Put of what was read before", replace(ctx, s, e, before.Version), store.ErrConflict))
}

func quarantineUnknown(ctx context.Context, s store.Store) error {
	return refused("Quarantine", quarantine(ctx, s, "a1"), store.ErrNotFound)
}

func putEndsQuarantine(ctx context.Context, s store.Store) error {
	e := raised("a1", t0)
	if err := first(create(ctx, s, e), quarantine(ctx, s, "a1")); err != nil {
		return err
	}
	got, err := fetchOne(ctx, s, "a1")
	if err := first(err, replace(ctx, s, e, got.Version)); err != nil {
		return err
	}
	got, err = fetchOne(ctx, s, "a1")
	again, _, err2 := due(ctx, s, after(1e6), 9)
	return first(err, err2, differ("quarantined", got.Quarantined, false), differ("due", again, ids("a1")))
}

func rewinds(ctx context.Context, s store.Store) error {
	late := func(id watchbill.AlertID) episode.Episode { return raised(id, after(100)) }
	acked := stepped(late("a3"), after(101), episode.Acknowledge{By: "ada"})
	acked.Alert.AutoResolve = 0 // it never wakes by itself
	over := stepped(late("a4"), after(101), episode.Resolve{By: "ada"})
	err := create(ctx, s, raised("a1", after(50)), late("a2"), acked, over, late("a5"))
	if err := first(err, quarantine(ctx, s, "a5")); err != nil {
		return err
	}
	n, err := rewind(ctx, s, after(50))
	got, next, err2 := due(ctx, s, after(50), 9)
	return first(err, err2, differ("rewound", n, 2), differ("due", got, ids("a2", "a3")),
		differ("next", next, raised("a1", after(50)).WakeAt()))
}

// rewind sets the clock back.
func rewind(ctx context.Context, s store.Store, now time.Time) (n int, err error) {
	err = s.Update(ctx, func(tx store.Tx) error {
		n, err = tx.Episodes().Admin().Rewind(now)
		return err
	})
	return n, err
}

func rewindsMessages(ctx context.Context, s store.Store) error {
	err := first(
		enqueue(ctx, s, message("m1", "a1", laneA, after(7200)), message("m2", "a1", laneA, t0),
			message("m3", "a2", laneB, after(7200))),
		takes(ctx, s, laneB, after(7200), "t", 9, "m3"),
		settle(ctx, s, store.Settlement{ID: "m3", Token: "t", RetryAt: after(7260)}))
	n, err2 := rewind(ctx, s, after(10))
	err = first(err, err2, differ("rewound episodes", n, 0),
		hasLanes(ctx, s, after(9), laneA), hasLanes(ctx, s, after(10), laneA, laneB))
	got, err2 := claim(ctx, s, laneA, after(10), store.Claim{Token: "u", Until: after(40)}, 9)
	want := []store.Delivery{message("m2", "a1", laneA, t0), message("m1", "a1", laneA, after(10))}
	want[0].Tries, want[1].Tries = 1, 1
	return first(err, err2, differ("claimed", got, want))
}

func rewindsClaims(ctx context.Context, s store.Store) error {
	err := first(
		enqueue(ctx, s, message("m1", "a1", laneA, t0), message("m2", "a1", laneB, t0), message("m3", "a1", laneC, t0)),
		takes(ctx, s, laneA, after(7200), "t", 9, "m1"), takes(ctx, s, laneB, after(7200), "u", 9, "m2"),
		takes(ctx, s, laneC, after(20), "v", 9, "m3")) // until after(50)
	_, err2 := rewind(ctx, s, after(10))
	return first(err, err2,
		hasLanes(ctx, s, after(49)), hasLanes(ctx, s, after(50), laneC), hasLanes(ctx, s, after(69), laneC),
		settle(ctx, s, store.Settlement{ID: "m1", Token: "t"}),
		hasLanes(ctx, s, after(70), laneB, laneC),
		takes(ctx, s, laneB, after(70), "w", 9, "m2"))
}

func counts(ctx context.Context, s store.Store) error {
	alone, _ := episode.Step(episode.World{Org: newOrg()}, episode.Episode{}, t0, episode.Signal{ID: "a9", Signal: signal("k", "orphan")})
	acked := stepped(raised("a3", t0), after(1), episode.Acknowledge{By: "ada"})
	err := create(ctx, s, raised("a1", t0), raised("a2", t0), alone, acked, raised("a6", t0))
	for i, id := range ids("a4", "a5", "a7") {
		err = first(err, create(ctx, s, stepped(raised(id, t0), after(i), episode.Resolve{By: "ada"})))
	}
	lost := alone
	lost.Alert.ID = "a8"
	err = first(err, create(ctx, s, lost), quarantine(ctx, s, "a6"), quarantine(ctx, s, "a7"), quarantine(ctx, s, "a8"))
	var got store.Counts
	err = first(err, s.View(ctx, func(tx store.Tx) (err error) {
		got, err = tx.Episodes().Admin().Count()
		return err
	}))
	return first(err, differ("counts", got,
		store.Counts{Triggered: 3, Acknowledged: 1, Resolved: 2, Unreached: 1, Quarantined: 3}))
}
