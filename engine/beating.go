package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/store"
)

// heartbeatKey is what the alerts of a monitor are deduplicated by.
func heartbeatKey(id string) alert.DedupKey { return alert.DedupKey("heartbeat:" + id) }

// beating is a transaction in which a monitor is taken further.
type beating struct {
	*work
	verdicts []Verdict
}

// beat steps a monitor, and returns when it wakes next.
func (b *beating) beat(id string, p *heartbeat.Ping) (wake time.Time, err error) {
	watch, ok := b.org.HeartbeatByID(id)
	stored, s, err := b.state(id)
	if err != nil {
		return wake, err
	}
	if !ok {
		if p != nil {
			return wake, &MissingError{"heartbeat", id}
		}
		return wake, b.remove(stored, s)
	}
	in, err := b.input(p)
	if err != nil {
		return wake, err
	}
	next, effects := heartbeat.Step(watch, s, b.now, in)
	if err := b.keep(stored, next); err != nil {
		return wake, err
	}
	if p != nil {
		if err := b.remember(id, *p); err != nil {
			return wake, err
		}
	}
	for _, effect := range effects {
		if err := b.do(watch.Monitor(), next, effect); err != nil {
			return wake, err
		}
	}
	return watch.WakeAt(next), nil
}

// state loads how a monitor stands. One that cannot be read begins anew, loudly: it must not be unwatched. So does one that
// was removed and is there again.
func (b *beating) state(id string) (stored store.StoredRecord, s heartbeat.State, err error) {
	stored.Record = store.Record{Kind: heartbeat.RecordKind, ID: id}
	found, err := b.tx.Records().Get(heartbeat.RecordKind, []string{id})
	if err != nil || len(found) == 0 {
		return stored, s, err
	}
	stored = found[0]
	if !stored.ClosedAt.IsZero() {
		return stored, s, nil
	}
	if s, err = heartbeat.Decode(stored.Body); err != nil {
		b.e.log.Error("heartbeat cannot be read, and begins anew", "heartbeat", id, "error", err)
	}
	return stored, s, nil
}

func (b *beating) input(p *heartbeat.Ping) (heartbeat.Input, error) {
	if p != nil {
		return heartbeat.Pinged{Ping: *p}, nil
	}
	mark, found, err := readMark(b.tx)
	if found && b.now.Sub(mark.AliveAt) > pulseGap { // as the next pass will find
		mark.UpSince = b.now
	}
	return heartbeat.Tick{UpSince: mark.UpSince}, err
}

// keep writes how a monitor stands, if that has changed.
func (b *beating) keep(stored store.StoredRecord, s heartbeat.State) error {
	body, err := s.Encode()
	if err != nil {
		return fmt.Errorf("engine: heartbeat %s: %w", stored.ID, err)
	}
	if bytes.Equal(body, stored.Body) && stored.ClosedAt.IsZero() {
		return nil
	}
	stored.Record.Body, stored.Record.ClosedAt = body, time.Time{}
	return b.tx.Records().Put([]store.RecordWrite{{Record: stored.Record, Want: stored.Version}})
}

// remember adds a ping to the history.
func (b *beating) remember(id string, p heartbeat.Ping) error {
	found, err := b.tx.Records().Get(heartbeat.HistoryKind, []string{id})
	if err != nil {
		return err
	}
	var h heartbeat.History
	var version store.Version
	if len(found) > 0 {
		version = found[0].Version
		if h, err = heartbeat.DecodeHistory(found[0].Body); err != nil {
			b.e.log.Error("earlier pings cannot be read, and are lost", "heartbeat", id, "error", err)
		}
	}
	body, err := h.Add(p).Encode()
	if err != nil {
		return fmt.Errorf("engine: heartbeat %s: %w", id, err)
	}
	r := store.Record{Kind: heartbeat.HistoryKind, ID: id, Body: body}
	return b.tx.Records().Put([]store.RecordWrite{{Record: r, Want: version}})
}

// remove ends the watch of a monitor that is not configured any more. Nobody could ping it again, so its alert ends too.
func (b *beating) remove(stored store.StoredRecord, s heartbeat.State) error {
	if stored.Version == 0 || !stored.ClosedAt.IsZero() {
		return nil
	}
	if s.Phase.Troubled() {
		if err := b.resolve(stored.ID, "the heartbeat is not in the configuration any more"); err != nil {
			return err
		}
	}
	stored.Record.ClosedAt = b.now
	return b.tx.Records().Put([]store.RecordWrite{{Record: stored.Record, Want: stored.Version}})
}

// do raises or resolves the alert.
func (b *beating) do(m heartbeat.Monitor, s heartbeat.State, effect heartbeat.Effect) error {
	switch effect := effect.(type) {
	case heartbeat.Recovered:
		return b.resolve(m.ID, "it pings again")
	case heartbeat.Raise:
		sig, err := raises(m, s)
		if err != nil {
			return err
		}
		v, err := b.signal(sig)
		if err != nil || effect.Again || v.Decision != alert.Stale {
			return err
		}
		sig.StartsAt = time.Time{} // an earlier alert was later, by a clock that has been set back since
		_, err = b.signal(sig)
		return err
	}
	return nil
}

func (b *beating) resolve(id, why string) error {
	_, err := b.signal(alert.Signal{Source: HeartbeatSource, Key: heartbeatKey(id), Action: alert.Resolve, Notes: []string{why}})
	return err
}

// signal takes a signal in. One that is refused fails the transaction: it is not to be lost.
func (b *beating) signal(sig alert.Signal) (Verdict, error) {
	verdicts := make([]Verdict, 1)
	if err := b.accept([]alert.Signal{sig.Clean()}, verdicts); err != nil {
		return Verdict{}, err
	}
	b.verdicts = append(b.verdicts, verdicts[0])
	return verdicts[0], verdicts[0].Err
}

// raises returns the signal about a monitor in trouble.
func raises(m heartbeat.Monitor, s heartbeat.State) (alert.Signal, error) {
	details, err := json.Marshal(struct {
		Heartbeat string    `json:"heartbeat"`
		Problem   string    `json:"problem"`
		LastPing  time.Time `json:"last_success,omitzero"`
		Exit      int       `json:"exit,omitempty"`
		Log       string    `json:"log,omitempty"`
	}{m.ID, s.Trouble.Text, s.OKAt, s.Trouble.Exit, s.Trouble.Log})
	if err != nil {
		return alert.Signal{}, fmt.Errorf("engine: heartbeat %s: %w", m.ID, err)
	}
	severity := m.Severity
	if severity == watchbill.SeverityUnset {
		severity = watchbill.SeverityCritical
	}
	return alert.Signal{
		Source: HeartbeatSource, Key: heartbeatKey(m.ID), Summary: cmp.Or(m.Summary, s.Trouble.Text), Severity: severity,
		StartsAt: s.Trouble.Since, Service: m.Service, Details: details,
		Labels: []alert.Label{{Name: "heartbeat", Value: m.ID}},
	}, nil
}
