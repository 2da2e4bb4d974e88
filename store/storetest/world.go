package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// newOrg returns a small organisation: two people on two levels, and one service whose alerts nobody gets.
func newOrg() *oncall.Org {
	c := oncall.Config{Catalog: catalog.Catalog{
		Users: []catalog.User{
			{ID: "ada", Contacts: []notify.Contact{
				{ID: "hook", Channel: "webhook", Address: "http://one.example/ada"},
				{ID: "mail", Channel: "email", Address: "ada@example.com"}}},
			{ID: "ben", Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://two.example/ben"}}},
		},
		Services: []catalog.Service{
			{ID: "checkout", Policy: "web", AutoResolve: time.Hour}, {ID: "search", Policy: "web"}, {ID: "orphan"}},
	}, Policies: []escalation.Policy{{ID: "web", Cycles: 2, Levels: []escalation.Level{
		{Targets: []escalation.Target{escalation.User("ada")}, Timeout: 3 * time.Minute},
		{Targets: []escalation.Target{escalation.User("ben"), escalation.User("ada")}},
	}}}}
	org, err := oncall.New(c, 1)
	if err != nil {
		panic(err) // the configuration is a constant
	}
	return org
}

// signal returns a signal with something in every part that a store might share.
func signal(key alert.DedupKey, service watchbill.ServiceID) alert.Signal {
	return alert.Signal{
		Source: "prom", Key: key, Service: service, Summary: "disk is full", Severity: watchbill.SeverityCritical,
		Labels:  []alert.Label{{Name: "host", Value: "db1"}, {Name: "job", Value: "node"}},
		Links:   []alert.Link{{Text: "graph", Href: "https://graphs.example/1"}},
		Details: json.RawMessage(`{"free":0}`),
	}
}

// opened returns an episode that a signal opened at an instant, and what is to be committed beside it.
func opened(id watchbill.AlertID, key alert.DedupKey, at time.Time) (episode.Episode, episode.Outcome) {
	in := episode.Signal{ID: id, Signal: signal(key, "checkout")}
	return episode.Step(episode.World{Org: newOrg()}, episode.Episode{}, at, in)
}

// raised returns just the episode, with a key of its own.
func raised(id watchbill.AlertID, at time.Time) episode.Episode {
	e, _ := opened(id, alert.DedupKey(id), at)
	return e
}

// stepped returns an episode one input further.
func stepped(e episode.Episode, at time.Time, in episode.Input) episode.Episode {
	e, _ = episode.Step(episode.World{Org: newOrg()}, e, at, in)
	return e
}

// deliveries returns the messages of an outcome, due at an instant.
func deliveries(out episode.Outcome, due time.Time) []store.Delivery {
	var all []store.Delivery
	for _, o := range out.Send {
		all = append(all, store.Delivery{ID: o.ID, Key: o.Key, Lane: o.Lane, DueAt: due})
	}
	return all
}

// Shorthand for transactions that do one thing.

func create(ctx context.Context, s store.Store, episodes ...episode.Episode) error {
	return s.Update(ctx, func(tx store.Tx) error {
		var writes []store.Write
		for _, e := range episodes {
			writes = append(writes, store.Write{Episode: e})
		}
		return tx.Episodes().Put(writes)
	})
}

func replace(ctx context.Context, s store.Store, e episode.Episode, want store.Version) error {
	return s.Update(ctx, func(tx store.Tx) error {
		return tx.Episodes().Put([]store.Write{{Episode: e, Want: want}})
	})
}

// fetch returns the episodes with these IDs, sorted by ID.
func fetch(ctx context.Context, s store.Store, ids ...watchbill.AlertID) (found []store.Stored, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		found, err = tx.Episodes().Get(ids)
		return err
	})
	slices.SortFunc(found, func(a, b store.Stored) int { return cmp.Compare(a.Episode.Alert.ID, b.Episode.Alert.ID) })
	return found, err
}

// fetchOne returns the episode with this ID.
func fetchOne(ctx context.Context, s store.Store, id watchbill.AlertID) (store.Stored, error) {
	found, err := fetch(ctx, s, id)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("Get of %s returned %d episodes, want 1", id, len(found))
	}
	return append(found, store.Stored{})[0], err
}

func setValue(ctx context.Context, s store.Store, name, value string) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Values().Set(name, []byte(value)) })
}

func value(ctx context.Context, s store.Store, name string) (v string, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		b, err := tx.Values().Get(name)
		v = string(b)
		return err
	})
	return v, err
}

// hasValue returns an error unless the value is want.
func hasValue(ctx context.Context, s store.Store, name, want string) error {
	got, err := value(ctx, s, name)
	return first(err, differ("value "+name, got, want))
}

func appendTo(ctx context.Context, s store.Store, of timeline.Owner, entries ...timeline.Entry) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Timeline().Append(of, entries) })
}

func read(ctx context.Context, s store.Store, of timeline.Owner, from int64, limit int) (entries []timeline.Entry, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		entries, err = tx.Timeline().Read(of, from, limit)
		return err
	})
	return entries, err
}

func enqueue(ctx context.Context, s store.Store, all ...store.Delivery) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Outbox().Enqueue(all) })
}

func claim(ctx context.Context, s store.Store, lane notify.Lane, now time.Time, c store.Claim, limit int) (claimed []store.Delivery, err error) {
	err = s.Update(ctx, func(tx store.Tx) error {
		claimed, err = tx.Outbox().Claim(lane, now, c, limit)
		return err
	})
	return claimed, err
}

func settle(ctx context.Context, s store.Store, all ...store.Settlement) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Outbox().Settle(all) })
}

// alertIDs returns the IDs of episodes in their order.
func alertIDs(page []store.Stored) []watchbill.AlertID {
	var ids []watchbill.AlertID
	for _, st := range page {
		ids = append(ids, st.Episode.Alert.ID)
	}
	return ids
}

// messageIDs returns the IDs of deliveries in their order.
func messageIDs(all []store.Delivery) []notify.MessageID {
	var ids []notify.MessageID
	for _, d := range all {
		ids = append(ids, d.ID)
	}
	return ids
}

// encoded returns an episode as it is stored, for comparing.
func encoded(e episode.Episode) string {
	data, err := episode.Encode(e)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
