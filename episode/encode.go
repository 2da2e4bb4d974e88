package episode

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/jsonw"
	"github.com/watchbill/watchbill/notify"
)

// usualSize is how many bytes a stored episode has, if it is one of the larger ones.
const usualSize = 2048

// encode writes what json.Marshal makes of stored{version, e}, in a fifth of the time: every step of every alert is stored.
// A test fills in every field, and holds the two together.
func encode(e Episode) ([]byte, error) {
	w := jsonw.New(usualSize)
	w.Open('{')
	w.Int("v", version)
	w.Object("alert")
	writeAlert(w, &e.Alert)
	w.Object("policy")
	writePolicy(w, &e.Policy)
	w.Int("revision", e.Revision)
	w.Object("escalation")
	writeEscalation(w, &e.Escalation)
	writeLadders(w, e.Ladders)
	writeUsers(w, "paged", e.Paged)
	writePeople(w, &e)
	writeHolds(w, &e)
	w.Int("seq", e.Seq)
	w.Time("last", e.Last)
	w.IntIf("repeats", int64(e.Repeats))
	w.Close('}')
	return w.Bytes()
}

// writeAlert writes the fields of an alert, and closes its object.
func writeAlert(w *jsonw.Writer, a *alert.Alert) {
	w.Text("id", string(a.ID))
	w.Text("source", string(a.Source))
	w.Text("key", string(a.Key))
	w.TextIf("service", string(a.Service))
	w.Name("state", a.State)
	w.Text("summary", a.Summary)
	w.Name("severity", a.Severity)
	w.Name("urgency", a.Urgency)
	if a.Priority != 0 {
		w.Name("priority", a.Priority)
	}
	writeLabels(w, a.Labels)
	if len(a.Links) > 0 {
		w.Any("links", a.Links)
	}
	if len(a.Details) > 0 {
		w.Any("details", a.Details)
	}
	w.Int("count", int64(a.Count))
	w.Time("created_at", a.CreatedAt)
	w.TimeIf("starts_at", a.StartsAt)
	w.Time("last_seen_at", a.LastSeenAt)
	w.TimeIf("acknowledged_at", a.AcknowledgedAt)
	w.TextIf("acknowledged_by", string(a.AcknowledgedBy))
	w.TimeIf("resolved_at", a.ResolvedAt)
	w.TextIf("resolved_by", string(a.ResolvedBy))
	w.TimeIf("snoozed_until", a.SnoozedUntil)
	w.TextIf("response", a.Response)
	if len(a.Senders) > 0 {
		w.Any("senders", a.Senders)
	}
	if len(a.Opens) > 0 {
		w.Any("opens", a.Opens)
	}
	w.IntIf("steady", int64(a.Steady))
	w.TimeIf("quiet_since", a.QuietSince)
	w.IntIf("auto_resolve", int64(a.AutoResolve))
	w.TimeIf("grace_at", a.GraceAt)
	w.Close('}')
}

func writeLabels(w *jsonw.Writer, labels []alert.Label) {
	if len(labels) == 0 {
		return
	}
	w.Array("labels")
	for _, l := range labels {
		w.Open('{')
		w.Text("name", l.Name)
		w.Text("value", l.Value)
		w.Close('}')
	}
	w.Close(']')
}

// writePolicy writes the fields of a policy, and closes its object.
func writePolicy(w *jsonw.Writer, p *escalation.Policy) {
	w.Text("id", string(p.ID))
	if len(p.Levels) > 0 {
		w.Array("levels")
		for i := range p.Levels {
			writeLevel(w, &p.Levels[i])
		}
		w.Close(']')
	}
	w.IntIf("cycles", int64(p.Cycles))
	w.IntIf("ack_timeout", int64(p.AckTimeout))
	if len(p.CatchAll) > 0 {
		writeTargets(w, "catch_all", p.CatchAll)
	}
	w.IntIf("catch_all_every", int64(p.CatchAllEvery))
	w.TrueIf("quiet", p.Quiet)
	if r := p.Rest; r.After != 0 || r.Within != 0 || r.From != 0 || r.To != 0 || r.Relief != nil {
		w.Any("rest", r)
	}
	w.Close('}')
}

func writeLevel(w *jsonw.Writer, l *escalation.Level) {
	w.Open('{')
	writeTargets(w, "targets", l.Targets)
	w.IntIf("timeout", int64(l.Timeout))
	if l.Repeat != (escalation.Repeat{}) {
		w.Object("repeat")
		w.IntIf("every", int64(l.Repeat.Every))
		w.IntIf("attempts", int64(l.Repeat.Attempts))
		w.Close('}')
	}
	w.IntIf("acks", int64(l.Acks))
	w.TextIf("mode", string(l.Mode))
	if !l.When.IsZero() {
		w.Any("when", l.When)
	}
	if l.Then != (escalation.Jump{}) {
		w.Any("then", l.Then)
	}
	w.Close('}')
}

func writeTargets(w *jsonw.Writer, name string, targets []escalation.Target) {
	if targets == nil {
		w.Any(name, targets)
		return
	}
	w.Array(name)
	for _, t := range targets {
		w.Element(t.String())
	}
	w.Close(']')
}

// writeEscalation writes the fields of an escalation's state, and closes its object.
func writeEscalation(w *jsonw.Writer, s *escalation.State) {
	if s.Phase != 0 {
		w.Name("phase", s.Phase)
	}
	if s.Urgency != 0 {
		w.Name("urgency", s.Urgency)
	}
	writeAttemptIf(w, "at", s.At)
	w.TrueIf("walking", s.Walking)
	w.TrueIf("asked", s.Asked)
	w.TimeIf("cycle_at", s.CycleAt)
	w.TimeIf("level_at", s.LevelAt)
	w.TimeIf("attempt_at", s.AttemptAt)
	w.TimeIf("taken_at", s.TakenAt)
	writeUsers(w, "pending", s.Pending)
	w.TrueIf("somebody", s.Somebody)
	w.TimeIf("change_at", s.ChangeAt)
	w.IntIf("extra", int64(s.Extra))
	w.TrueIf("delivered", s.Delivered)
	writeAttemptIf(w, "catch_all", s.CatchAll)
	w.TimeIf("caught_at", s.CaughtAt)
	w.TrueIf("asked_all", s.AskedAll)
	w.TrueIf("heard", s.Heard)
	w.TimeIf("restart_at", s.RestartAt)
	w.TrueIf("unskipped", s.Unskipped)
	w.TimeIf("holds_at", s.HoldsAt)
	w.TimeIf("wait_till", s.WaitTill)
	if len(s.Jumps) > 0 {
		w.Any("jumps", s.Jumps)
	}
	w.Close('}')
}

func writeAttempt(w *jsonw.Writer, name string, a watchbill.Attempt) {
	w.Object(name)
	w.Int("run", int64(a.Run))
	w.Int("cycle", int64(a.Cycle))
	w.Int("level", int64(a.Level))
	w.Int("number", int64(a.Number))
	w.Close('}')
}

func writeAttemptIf(w *jsonw.Writer, name string, a watchbill.Attempt) {
	if a != (watchbill.Attempt{}) {
		writeAttempt(w, name, a)
	}
}

func writeUsers(w *jsonw.Writer, name string, users []watchbill.UserID) {
	if len(users) == 0 {
		return
	}
	w.Array(name)
	for _, u := range users {
		w.Element(string(u))
	}
	w.Close(']')
}

func writeLadders(w *jsonw.Writer, ladders []notify.Ladder) {
	if len(ladders) == 0 {
		return
	}
	w.Array("ladders")
	for i := range ladders {
		l := &ladders[i]
		w.Open('{')
		w.Text("user", string(l.User))
		w.Time("start", l.Start)
		writeAttempt(w, "attempt", l.Attempt)
		w.TrueIf("accepted", l.Accepted)
		writeRungs(w, l.Rungs)
		w.Close('}')
	}
	w.Close(']')
}

func writeRungs(w *jsonw.Writer, rungs []notify.Climb) {
	if rungs == nil {
		w.Any("rungs", rungs)
		return
	}
	w.Array("rungs")
	for i := range rungs {
		r := &rungs[i]
		w.Open('{')
		w.IntIf("after", int64(r.After))
		writeContact(w, &r.Contact)
		w.IntIf("progress", int64(r.Progress))
		writeAttemptIf(w, "attempt", r.Attempt)
		w.TimeIf("queued_at", r.QueuedAt)
		w.Close('}')
	}
	w.Close(']')
}

func writeContact(w *jsonw.Writer, c *notify.Contact) {
	w.Object("contact")
	w.Text("id", string(c.ID))
	w.Text("channel", string(c.Channel))
	w.Text("address", c.Address)
	w.TextIf("secret", c.Secret)
	w.TrueIf("guarded", c.Guarded)
	w.Close('}')
}

// writePeople writes what people said, and over what they were reached.
func writePeople(w *jsonw.Writer, e *Episode) {
	if len(e.Responses) > 0 {
		writeResponses(w, e.Responses)
	}
	writeUsers(w, "acks", e.Acks)
	writeUsers(w, "declined", e.Declined)
	if len(e.Reach) > 0 {
		w.Array("reached")
		for _, r := range e.Reach {
			w.Open('{')
			writeReach(w, r)
			w.Close('}')
		}
		w.Close(']')
	}
	if len(e.Summons) > 0 {
		w.Any("summons", e.Summons)
	}
	w.IntIf("calls", int64(e.Calls))
	w.TimeIf("ack_until", e.AckUntil)
	w.TimeIf("raise_at", e.RaiseAt)
}

func writeResponses(w *jsonw.Writer, all []Response) {
	w.Array("responses")
	for _, r := range all {
		w.Open('{')
		w.Text("user", string(r.User))
		w.Text("said", string(r.Said))
		w.Time("at", r.At)
		w.Close('}')
	}
	w.Close(']')
}

func writeReach(w *jsonw.Writer, r Reach) {
	w.Text("user", string(r.User))
	w.Text("contact", string(r.Contact))
	w.Text("channel", string(r.Channel))
}

// writeHolds writes what keeps an alert quiet: holds, and the group that it is a member of.
func writeHolds(w *jsonw.Writer, e *Episode) {
	if len(e.Held) > 0 {
		w.Any("held", e.Held)
	}
	w.TimeIf("look_at", e.LookAt)
	w.TimeIf("released_at", e.ReleasedAt)
	w.TextIf("parent", string(e.Parent))
	if e.Members != (Members{}) {
		w.Any("members", e.Members)
	}
}
