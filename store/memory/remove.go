package memory

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

// Ended returns resolved episodes whose latest entry is earlier than an instant.
func (t adminTx) Ended(before time.Time, limit int) (ended []watchbill.AlertID, err error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	for k := range t.s.episodes.ended.all() {
		if k.at >= before.UnixMicro() || len(ended) >= limit {
			break
		}
		ended = append(ended, k.id)
	}
	return ended, nil
}

// Remove removes episodes with their timelines and messages.
func (t adminTx) Remove(ids []watchbill.AlertID) error {
	if err := t.writes(); err != nil {
		return err
	}
	e := &t.s.episodes
	lost := map[alert.Ref]bool{} // keys whose latest episode is gone
	for _, id := range ids {
		r := e.rows[id]
		if r == nil {
			continue
		}
		if ref := r.episode.Ref(); e.newest[ref] == id {
			lost[ref] = true
		}
		episodesTx(t).set(id, nil)
		timelineTx(t).set(timeline.Alert(id), nil)
		if err := outboxTx(t).Cancel(id, nil); err != nil {
			return err
		}
	}
	t.findNewest(lost)
	return nil
}

// findNewest finds the latest episode of keys again.
func (t adminTx) findNewest(of map[alert.Ref]bool) {
	if len(of) == 0 {
		return
	}
	e := &t.s.episodes
	newest := map[alert.Ref]watchbill.AlertID{}
	for id, r := range e.rows { // any order: it is a maximum
		if ref := r.episode.Ref(); of[ref] && (newest[ref] == "" || newer(r.episode.Alert, e.rows[newest[ref]].episode.Alert)) {
			newest[ref] = id
		}
	}
	for ref := range of {
		episodesTx(t).setNewest(ref, newest[ref])
	}
}

// Remove removes records with their timelines.
func (t recordsTx) Remove(kind string, ids []string) error {
	if err := t.writes(); err != nil {
		return err
	}
	s := t.s.records[kind]
	if s == nil {
		return nil
	}
	for _, id := range ids {
		if r := s.rows[id]; r != nil {
			t.set(s, id, nil)
			timelineTx(t).set(r.Owner(), nil)
		}
	}
	return nil
}
