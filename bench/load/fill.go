package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	row     store.ArchivedEpisode
	entries []timeline.Entry
	others  []store.Item // the configuration, and marks
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
	return m, kept.Export(ctx, m.cast)
}

// cast keeps what the engine made of the alert.
func (m *mould) cast(it store.Item) error {
	switch {
	case it.Revision != nil:
		kept := *it.Revision
		m.others = append(m.others, store.Item{Revision: &kept})
	case it.Value != nil:
		kept := *it.Value
		m.others = append(m.others, store.Item{Value: &kept})
	case it.Entries != nil:
		m.entries = it.Entries.Entries
	case it.Episode != nil:
		m.row = *it.Episode
		m.row.Body = bytes.ReplaceAll(m.row.Body, []byte(m.row.ID), []byte(moulded))
		if at := m.row.WakeAt; !at.Equal(fillBegan.Add(restFor)) {
			return fmt.Errorf("the alert is due at %v", at)
		}
	}
	return nil
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
	body := bytes.ReplaceAll(m.row.Body, []byte(moulded), []byte(id))
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

// put stores n alerts of a set, each due when due says.
func (m *mould) put(ctx context.Context, s store.Store, set string, n int, due func(i int) time.Time) error {
	const batch = 500
	for first := 0; first < n; first += batch {
		err := s.Update(ctx, func(tx store.Tx) error {
			var writes []store.Write
			for i := first; i < min(first+batch, n); i++ {
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

// fill puts the organisation and n alerts into an empty store that rest: all at once, where the store can do that.
func (m *mould) fill(ctx context.Context, s store.Store, n int) error {
	if a, ok := s.(store.Archiver); ok {
		return a.Import(ctx, m.items(n))
	}
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		return err
	}
	if _, err := e.Configure(ctx, fillBegan, m.org); err != nil {
		return err
	}
	return m.put(ctx, s, "rest", n, func(int) time.Time { return fillBegan.Add(restFor) })
}

// items returns what a store holds that has n alerts, item by item.
func (m *mould) items(n int) func() (store.Item, error) {
	i := -len(m.others) - 1
	return func() (store.Item, error) {
		i++
		switch {
		case i < 0:
			return m.others[i+len(m.others)], nil
		case i < n:
			row := m.row
			row.ID = timerID("rest", i)
			row.Key = alert.DedupKey(row.ID)
			row.Body = bytes.ReplaceAll(row.Body, []byte(moulded), []byte(row.ID))
			return store.Item{Episode: &row}, nil
		case i < 2*n:
			return store.Item{Entries: &store.Entries{Of: timeline.Alert(timerID("rest", i-n)), Entries: m.entries}}, nil
		}
		return store.Item{}, io.EOF
	}
}
