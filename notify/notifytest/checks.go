package notifytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

// check is one clause of the contract. Checks are functions that return an error, so that the suite can be tested.
type check struct {
	name string
	run  func(Subject) error
}

func checks() []check {
	return []check{
		{"accepted means arrived", Subject.arrives},
		{"answers are classed", Subject.classes},
		{"a malformed address is permanent", Subject.malformed},
		{"errors hold no secret", Subject.discreet},
		{"repeats carry the same key", Subject.repeats},
		{"the end of the context ends the send", Subject.ends},
		{"the message is not changed", Subject.unchanged},
		{"the message is not retained", Subject.released},
		{"concurrent use", Subject.concurrent},
		{"no goroutine is left behind", Subject.tidy},
	}
}

// with opens a rig that plays script, and closes it after use.
func (s Subject) with(script Script, use func(*Rig) error) error {
	rig, err := s.Open(script)
	if err != nil {
		return fmt.Errorf("cannot open the subject: %w", err)
	}
	defer rig.Close()
	return use(rig)
}

// accepting is the script of the first case.
func (s Subject) accepting() Script { return Script{Answer: s.Cases[0].Answer} }

func (s Subject) patience() time.Duration {
	if s.Patience > 0 {
		return s.Patience
	}
	return 10 * time.Second
}

// errStuck says that Notify did not return in time. Only one clause complains of it; the others look away.
var errStuck = errors.New("Notify did not return")

// send calls Notify and waits for it with patience. Its goroutine ends with that call, at the latest when the rig is
// closed.
func (s Subject) send(ctx context.Context, rig *Rig, m notify.Message) error {
	done := make(chan error, 1)
	go func() {
		_, err := rig.Notifier.Notify(ctx, m)
		done <- err
	}()
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience())
	defer cancel()
	select {
	case err := <-done:
		return err
	case <-wait.Done():
		return errStuck
	}
}

// sendCancelled sends to a counterpart that does not answer, and cancels as soon as it has been reached. Its goroutine
// ends by the patience of send.
func (s Subject) sendCancelled(rig *Rig) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.send(ctx, rig, message(rig, "cancelled")) }()
	select {
	case <-rig.Arrived:
		cancel()
		return <-done
	case err := <-done:
		return fmt.Errorf("returned before the counterpart was reached: %w", err)
	}
}

const ackToken = "canary-acknowledge-token"

// message returns a message with something in every field.
func message(rig *Rig, id notify.MessageID) notify.Message {
	return notify.Message{
		ID: id, Kind: notify.KindPage, User: "ada", Name: "Ada Okafor", Zone: time.UTC, Contact: rig.Contact,
		Alert: "a1", Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "Checkout",
		Details: "no space left on device", Links: []notify.Link{{Text: "runbook", Href: "https://example.com/runbook"}},
		Level: 1, Attempt: 1, At: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		AckURL: "https://example.com/a/" + ackToken, Body: json.RawMessage(`{"id":"a1","summary":"disk full"}`),
	}
}

// malformed returns a message whose address no channel can have; the secrets of the proper one are still in it.
func malformed(rig *Rig, id notify.MessageID) notify.Message {
	m := message(rig, id)
	m.Contact.Address += "\x00%"
	return m
}
