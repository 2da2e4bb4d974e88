package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

const (
	// restFor is how long an alert rests that was paged: its next page is due then.
	restFor = 4000 * time.Hour
	// moulded stands for the name of an alert in a mould. No time and no word looks like it.
	moulded = "alr_moulded_0000000000000"
)

// fillBegan is when the alerts were opened that rest while it is measured.
var fillBegan = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// mould makes open alerts such as an engine leaves behind: paged once, with a receipt, due to be paged again.
type mould struct {
	org     oncall.Config
	body    []byte // the encoded episode
	entries []timeline.Entry
}

func newMould(ctx context.Context) (*mould, error) {
	m := &mould{org: resting()}
	kept := memory.New()
	e, err := engine.New(engine.Config{Store: kept})
	if err != nil {
		return nil, err
	}
	if _, err := e.Configure(ctx, fillBegan, m.org); err != nil {
		return nil, err
	}
	v := e.Accept(ctx, fillBegan, []alert.Signal{{
		Source: "gen", Key: moulded, Service: "shop", Severity: watchbill.SeverityCritical, Summary: "checkout answers 500 to every request",
		Labels: []alert.Label{{Name: "instance", Value: "shop-1"}, {Name: "job", Value: "checkout"}, {Name: "region", Value: "eu-central-1"}},
	}})[0]
	if v.Err != nil {
		return nil, v.Err
	}
	pass, err := e.RunOnce(ctx, fillBegan, func(notify.Lane) int { return 1 })
	if err == nil && len(pass.Deliveries) != 1 {
		err = errors.New("nobody was paged")
	}
	if err == nil {
		err = e.Report(ctx, fillBegan, []engine.Outcome{{Delivery: pass.Deliveries[0]}})
	}
	if err != nil {
		return nil, err
	}
	return m, kept.View(ctx, func(tx store.Tx) error { return m.cast(tx, v.Alert) })
}

// cast keeps what the engine made of the alert.
func (m *mould) cast(tx store.Tx, id watchbill.AlertID) error {
	found, err := tx.Episodes().Get([]watchbill.AlertID{id})
	if err != nil || len(found) != 1 {
		return errors.Join(err, fmt.Errorf("%d alerts were opened", len(found)))
	}
	if at := found[0].Episode.WakeAt(); !at.Equal(fillBegan.Add(restFor)) {
		return fmt.Errorf("the alert is due at %v", at)
	}
	if m.body, err = episode.Encode(found[0].Episode); err != nil {
		return err
	}
	m.body = bytes.ReplaceAll(m.body, []byte(id), []byte(moulded))
	m.entries, err = tx.Timeline().Read(timeline.Alert(id), 0, 100)
	return err
}

// resting is an organisation of one person, who is paged again after a long rest.
func resting() oncall.Config {
	level := escalation.Level{Targets: []escalation.Target{escalation.User("ada")}, Timeout: 2 * restFor, Repeat: escalation.Repeat{Every: restFor}}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://127.0.0.1:9/"}}}},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{level}}},
	}
}

var instants = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z"`)

// alert returns an alert of this name that is due then.
func (m *mould) alert(id watchbill.AlertID, due time.Time) (episode.Episode, error) {
	shift := due.Sub(fillBegan.Add(restFor))
	body := bytes.ReplaceAll(m.body, []byte(moulded), []byte(id))
	if shift != 0 {
		body = instants.ReplaceAllFunc(body, func(text []byte) []byte {
			at, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(text))
			if err != nil {
				return text
			}
			return []byte(at.Add(shift).Format(`"` + time.RFC3339Nano + `"`))
		})
	}
	e, err := episode.Decode(body)
	if err == nil && !e.WakeAt().Equal(watchbill.Stamp(due)) {
		err = fmt.Errorf("the alert is due at %v instead of %v", e.WakeAt(), due)
	}
	return e, err
}

// timerID names the i-th alert of a set.
func timerID(set string, i int) watchbill.AlertID {
	return watchbill.AlertID(fmt.Sprintf("alr_%s_%012d", set, i))
}

// put stores n alerts of a set from the i-th on, each due when due says.
func (m *mould) put(ctx context.Context, s store.Store, set string, from, n int, due func(i int) time.Time) error {
	const batch = 500
	for first := from; first < from+n; first += batch {
		err := s.Update(ctx, func(tx store.Tx) error {
			var writes []store.Write
			for i := first; i < min(first+batch, from+n); i++ {
				e, err := m.alert(timerID(set, i), due(i))
				if err != nil {
					return err
				}
				if err := tx.Timeline().Append(timeline.Alert(e.Alert.ID), m.entries); err != nil {
					return err
				}
				writes = append(writes, store.Write{Episode: e})
			}
			return tx.Episodes().Put(writes)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// configure puts the organisation in force.
func (m *mould) configure(ctx context.Context, s store.Store) error {
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		return err
	}
	_, err = e.Configure(ctx, fillBegan, m.org)
	return err
}
