package episode

import (
	"encoding/json"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/internal/jsonw"
	"github.com/watchbill/watchbill/notify"
)

// selfWriter is a payload that writes its fields as encoding/json would, in a fraction of the time: those are that every
// alert's timeline has. A test fills in every field of each, and holds the two together.
type selfWriter interface{ write(w *jsonw.Writer) }

// written returns a payload as JSON. What it returns is in memory of its own.
func written(w *jsonw.Writer, payload any) ([]byte, error) {
	p, ok := payload.(selfWriter)
	if !ok {
		return json.Marshal(payload)
	}
	w.Reset()
	w.Open('{')
	p.write(w)
	w.Close('}')
	data, err := w.Bytes()
	return append(make([]byte, 0, len(data)), data...), err
}

func (in *opened) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	w.Text("id", string(in.ID))
	writeSignal(w, &in.Signal)
	writeTerms(w, &in.Terms)
	w.Object("policy")
	writePolicy(w, &in.Policy)
	w.Int("revision", in.Revision)
	if len(in.Held) > 0 {
		w.Any("held", in.Held)
	}
	w.TimeIf("look_at", in.LookAt)
	w.TextIf("parent", string(in.Parent))
}

func writeSignal(w *jsonw.Writer, s *alert.Signal) {
	w.Object("signal")
	w.Text("source", string(s.Source))
	w.Text("key", string(s.Key))
	if s.Action != 0 {
		w.Name("action", s.Action)
	}
	w.TextIf("summary", s.Summary)
	if s.Severity != 0 {
		w.Name("severity", s.Severity)
	}
	if s.Priority != 0 {
		w.Name("priority", s.Priority)
	}
	w.TimeIf("starts_at", s.StartsAt)
	w.TimeIf("ends_at", s.EndsAt)
	w.TextIf("sender", s.Sender)
	writeLabels(w, s.Labels)
	if len(s.Links) > 0 {
		w.Any("links", s.Links)
	}
	if len(s.Details) > 0 {
		w.Any("details", s.Details)
	}
	if len(s.Notes) > 0 {
		w.Any("notes", s.Notes)
	}
	w.TextIf("service", string(s.Service))
	w.TextIf("policy", string(s.Policy))
	w.TextIf("user", string(s.User))
	w.TextIf("by", string(s.By))
	w.TextIf("via", s.Via)
	w.Close('}')
}

func writeTerms(w *jsonw.Writer, t *alert.Terms) {
	if t.Service == "" && t.Urgency == nil && t.AutoResolve == 0 && t.Response == "" && t.RaiseAt.IsZero() && t.Pause == 0 &&
		t.Opens == nil && t.Steady == 0 && t.After.IsZero() {
		return
	}
	w.Object("terms")
	w.TextIf("service", string(t.Service))
	if t.Urgency != nil {
		w.Name("urgency", *t.Urgency)
	}
	w.IntIf("auto_resolve", int64(t.AutoResolve))
	w.TextIf("response", t.Response)
	w.TimeIf("raise_at", t.RaiseAt)
	w.IntIf("pause", int64(t.Pause))
	if len(t.Opens) > 0 {
		w.Any("opens", t.Opens)
	}
	w.IntIf("steady", int64(t.Steady))
	w.TimeIf("after", t.After)
	w.Close('}')
}

func (in *acknowledged) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	w.TextIf("by", string(in.By))
}

func (in *resolved) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	w.Text("by", string(in.By))
	w.TrueIf("source", in.Source)
	w.TextIf("sender", in.Sender)
	w.TimeIf("ends_at", in.EndsAt)
	w.TrueIf("stays", in.Stays)
}

func (in *found) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	writeAttempt(w, "attempt", in.Attempt)
	if in.People == nil {
		w.Any("people", in.People)
		return
	}
	w.Array("people")
	for i := range in.People {
		p := &in.People[i]
		w.Open('{')
		w.Text("user", string(p.User))
		w.Text("why", p.Why)
		writeSteps(w, p.Steps)
		w.TrueIf("machine", p.Machine)
		w.Close('}')
	}
	w.Close(']')
}

func writeSteps(w *jsonw.Writer, steps []notify.Step) {
	if steps == nil {
		w.Any("steps", steps)
		return
	}
	w.Array("steps")
	for i := range steps {
		w.Open('{')
		w.IntIf("after", int64(steps[i].After))
		writeContact(w, &steps[i].Contact)
		w.Close('}')
	}
	w.Close(']')
}

func (in *receipt) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	writeKey(w, in.Key)
	w.TextIf("contact", string(in.Contact))
	w.TextIf("channel", string(in.Channel))
	if in.Verdict != 0 {
		w.Name("verdict", in.Verdict)
	}
	w.TextIf("provider_id", in.ProviderID)
	w.TextIf("error", in.Error)
	w.IntIf("retry_after", int64(in.RetryAfter))
	w.TextIf("note", in.Note)
}

func writeKey(w *jsonw.Writer, k notify.Key) {
	w.Object("key")
	w.Text("alert", string(k.Alert))
	writeAttempt(w, "attempt", k.Attempt)
	w.Text("user", string(k.User))
	w.Int("rung", int64(k.Rung))
	if k.Kind != 0 {
		w.Name("kind", k.Kind)
	}
	w.Close('}')
}

func (in *ticked) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	w.TimeIf("up_since", in.UpSince)
}

func (in *told) write(w *jsonw.Writer) {
	w.TimeIf("clock", in.Clock)
	w.Name("kind", in.Kind)
	if in.To == nil {
		w.Any("to", in.To)
		return
	}
	w.Array("to")
	for _, h := range in.To {
		w.Open('{')
		writeReach(w, h.Reach)
		w.Object("lane")
		w.Text("channel", string(h.Lane.Channel))
		w.TextIf("destination", h.Lane.Destination)
		w.Close('}')
		w.TimeIf("due_at", h.DueAt)
		w.Close('}')
	}
	w.Close(']')
}

func (q queued) write(w *jsonw.Writer) {
	w.Text("id", string(q.ID))
	writeKey(w, q.Key)
	w.Text("contact", string(q.Contact))
	w.Text("channel", string(q.Channel))
}

// encodeView writes what json.Marshal makes of e.View(): every message has it.
func encodeView(e *Episode) ([]byte, error) {
	a := &e.Alert
	w := jsonw.New(usualView)
	w.Open('{')
	w.Text("id", string(a.ID))
	w.Name("state", a.State)
	w.Text("summary", a.Summary)
	w.Name("severity", a.Severity)
	w.Name("urgency", a.Urgency)
	w.Text("service", string(a.Service))
	w.Text("source", string(a.Source))
	w.Text("dedup_key", string(a.Key))
	w.Int("count", int64(a.Count))
	w.Time("created_at", a.CreatedAt)
	w.TimeOrNull("starts_at", a.StartsAt)
	w.Time("last_seen_at", a.LastSeenAt)
	w.TimeOrNull("acknowledged_at", a.AcknowledgedAt)
	w.Text("acknowledged_by", string(a.AcknowledgedBy))
	w.TimeOrNull("resolved_at", a.ResolvedAt)
	w.Text("resolved_by", string(a.ResolvedBy))
	w.Name("phase", e.Escalation.Phase)
	w.Text("policy", string(e.Policy.ID))
	w.Int("level", int64(e.Escalation.At.Level))
	w.TimeOrNull("next_escalation_at", e.Escalation.NextLevelAt(e.Policy))
	viewPeople(w, e)
	w.TimeOrNull("snoozed_until", a.SnoozedUntil)
	w.Name("priority", a.Priority)
	w.TextIf("response", a.Response)
	viewRest(w, e)
	w.Close('}')
	return w.Bytes()
}

// usualView is how many bytes an alert has as machines see it, if it is one of the larger ones.
const usualView = 1024

func viewPeople(w *jsonw.Writer, e *Episode) {
	w.Array("responders")
	for _, u := range e.Paged {
		w.Element(string(u))
	}
	w.Close(']')
	writeResponses(w, e.Responses)
}

func viewRest(w *jsonw.Writer, e *Episode) {
	a := &e.Alert
	viewList(w, "held", e.Held)
	w.Text("parent", string(e.Parent))
	w.Int("members", int64(e.Members.Total))
	w.Int("open_members", int64(e.Members.Open))
	w.Bool("flapping", a.Flaps())
	if len(a.Labels) == 0 {
		w.Raw("labels", []byte("{}"))
	} else {
		w.Any("labels", labelsOf(*a))
	}
	viewList(w, "links", a.Links)
	if len(a.Details) > 0 {
		w.Any("details", a.Details)
	}
}

func viewList[T any](w *jsonw.Writer, name string, list []T) {
	if len(list) == 0 {
		w.Raw(name, []byte("[]"))
		return
	}
	w.Any(name, list)
}

// labelsOf returns the labels of an alert by name.
func labelsOf(a alert.Alert) map[string]string {
	labels := map[string]string{}
	for _, l := range a.Labels {
		labels[l.Name] = l.Value
	}
	return labels
}
