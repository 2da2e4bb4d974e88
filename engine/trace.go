package engine

import (
	"context"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// What a [Span] can be.
const (
	SpanIntake  = "intake"  // a signal, from when it was handed in until it was committed
	SpanStep    = "step"    // its time had come: from when it was due
	SpanSend    = "send"    // a message, from when its send began until the provider answered
	SpanReceipt = "receipt" // what became of messages was written down
	SpanAct     = "act"     // a person did something
)

// Span is a piece of an alert's way through an engine, for traces: it is told once what it did is committed, or sent. It
// holds no names, addresses or texts.
type Span struct {
	Alert        watchbill.AlertID
	Name         string
	Began, Ended time.Time
	First        bool            // the signal opened the alert
	Entries      []timeline.Kind // what was written into the timeline; of all but sends
	Queued       int             // messages that were put into the outbox

	// Of a send.
	Message notify.MessageID
	Kind    notify.Kind
	Channel notify.Channel
	Attempt watchbill.Attempt
	Tries   int           // sends of the message so far, this one included
	Late    time.Duration // how long after the message was due the send began
	Verdict episode.Verdict
}

// TraceID returns the 16 bytes that an alert's ID stands for, so that all engines give its spans the same trace; false for
// an ID that no engine made.
func TraceID(id watchbill.AlertID) (trace [16]byte, ok bool) {
	b, err := encoding.DecodeString(strings.ToLower(string(id)))
	if err != nil || len(b) != len(trace) {
		return trace, false
	}
	return [16]byte(b), true
}

// TraceText returns the trace of an alert as tracing systems write it; empty for an ID that no engine made.
func TraceText(id watchbill.AlertID) string {
	trace, ok := TraceID(id)
	if !ok {
		return ""
	}
	return hex.EncodeToString(trace[:])
}

// traced reports whether anybody listens: a tracer, or the log.
func (e *Engine) traced() bool {
	return e.cfg.Trace != nil || e.log.Enabled(context.Background(), slog.LevelDebug)
}

// say passes a span on.
func (e *Engine) say(s Span) {
	if e.cfg.Trace != nil {
		e.cfg.Trace(s)
	}
	took := s.Ended.Sub(s.Began)
	if s.Name != SpanSend {
		e.log.Debug(s.Name, "alert", s.Alert, "entries", s.Entries, "queued", s.Queued, "took", took)
		return
	}
	e.log.Debug(s.Name, "alert", s.Alert, "message", s.Message, "kind", s.Kind.String(), "channel", s.Channel, "level", s.Attempt.Level,
		"attempt", s.Attempt.Number, "tries", s.Tries, "verdict", s.Verdict.String(), "late", s.Late, "took", took)
}

// span notes what is written of an alert, for the trace.
func (w *work) span(it *item) {
	if !w.e.traced() || len(it.out.Entries) == 0 {
		return
	}
	s := Span{Alert: it.Alert.ID, Name: w.doing, Began: it.began, First: it.want == 0, Queued: len(it.out.Send)}
	for _, entry := range it.out.Entries {
		s.Entries = append(s.Entries, entry.Kind)
	}
	w.left.spans = append(w.left.spans, s)
}

// trace tells of what was committed. Where a span does not say when it began, that was when the work on it did.
func (e *Engine) trace(spans []Span, began time.Time) {
	if len(spans) == 0 {
		return
	}
	ended := e.clock.Now()
	for _, s := range spans {
		if s.Began.IsZero() || s.Began.After(ended) {
			s.Began = began
		}
		s.Ended = ended
		e.say(s)
	}
}

// traceIntake tells of what signals did, each from when the first of them came in that is about the alert.
func (e *Engine) traceIntake(spans []Span, now time.Time, verdicts []Verdict, came []time.Time) {
	if len(spans) == 0 {
		return
	}
	first := map[watchbill.AlertID]time.Time{}
	for i, at := range came[:min(len(came), len(verdicts))] {
		id := verdicts[i].Alert
		first[id] = earlier(first[id], at)
	}
	for i := range spans {
		spans[i].Began = first[spans[i].Alert]
	}
	e.trace(spans, now)
}

// traceSend tells of a send.
func (e *Engine) traceSend(d Delivery, verdict episode.Verdict, began time.Time) {
	if !e.traced() || d.Key.Alert == "" {
		return
	}
	ended := e.clock.Now()
	for _, k := range d.keys() {
		e.say(Span{
			Alert: k.Alert, Name: SpanSend, Began: began, Ended: ended, Message: k.ID(), Kind: d.Message.Kind,
			Channel: d.Lane.Channel, Attempt: k.Attempt, Tries: d.Tries, Late: d.late(began), Verdict: verdict,
		})
	}
}

// late returns how long after it was due a send began.
func (d Delivery) late(began time.Time) time.Duration {
	if d.DueAt.IsZero() {
		return 0
	}
	return max(0, began.Sub(d.DueAt))
}
