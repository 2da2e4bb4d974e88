package sim_test

// mutants are the bugs. Where several lines of defence stand behind each other, those that break one of them are never found.
var mutants = []mutant{
	{kind: "page after acknowledge", name: "an acknowledgement cancels nothing", seeds: 5, holds: "whoever claims looks at the alert again", edits: []edit{
		{"engine/work.go", "return w.tx.Outbox().Cancel(it.Alert.ID, nil)", "return nil"},
	}},
	{kind: "page after acknowledge", name: "what is claimed is not looked at again", seeds: 10, edits: []edit{
		{"engine/pass.go", "if it == nil || !it.Wants(d.Key) {", "if it == nil {"},
	}},
	{kind: "page after acknowledge", name: "an acknowledgement cancels nothing, and claims look at nothing", seeds: 10, edits: []edit{
		{"engine/work.go", "return w.tx.Outbox().Cancel(it.Alert.ID, nil)", "return nil"},
		{"engine/pass.go", "if it == nil || !it.Wants(d.Key) {", "if it == nil {"},
	}},
	{kind: "page after acknowledge", name: "an acknowledgement cancels nothing, claims look at nothing, and the ladders stay", seeds: 10, edits: []edit{
		{"engine/work.go", "return w.tx.Outbox().Cancel(it.Alert.ID, nil)", "return nil"},
		{"engine/pass.go", "if it == nil || !it.Wants(d.Key) {", "if it == nil {"},
		{"episode/apply.go", "s.e.Ladders, s.e.Acks, s.e.Declined = nil, nil, nil", "s.e.Acks, s.e.Declined = nil, nil"},
	}},
	{kind: "page after acknowledge", name: "an acknowledgement leaves the ladders", seeds: 10, edits: []edit{
		{"episode/apply.go", "s.e.Ladders, s.e.Acks, s.e.Declined = nil, nil, nil", "s.e.Acks, s.e.Declined = nil, nil"},
	}},
	{kind: "lost level", name: "level 3 comes after level 1", seeds: 10, edits: []edit{
		{"escalation/step.go", "why != ReasonAttempts {\n\t\treturn here + 1", "why != ReasonAttempts {\n\t\treturn here + 2"},
	}},
	{kind: "lost level", name: "there is one cycle", seeds: 10, edits: []edit{
		{"escalation/policy.go", "return max(p.Cycles, 1)", "return 1"},
	}},
	{kind: "lost level", name: "the catch-all is never paged", seeds: 10, edits: []edit{
		{"escalation/step.go", "m.emit(Page{m.s.CatchAll, m.p.CatchAll})", ""},
	}},
	{kind: "lost level", name: "the catch-all is paged once", seeds: 10, edits: []edit{
		{"escalation/wake.go", "return s.CaughtAt.Add(p.catchAllEvery())", "return time.Time{}"},
	}},
	{kind: "lost level", name: "what becomes urgent pages nobody anew", seeds: 20, edits: []edit{
		{"episode/apply.go", "case change.Has(alert.Raised):\n\t\ts.e.take(f)\n\t\ts.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})", "case change.Has(alert.Raised):\n\t\ts.e.take(f)"},
	}},
	{kind: "lost attempt", name: "no attempt is repeated", seeds: 10, edits: []edit{
		{"escalation/wake.go", "return s.AttemptAt.Add(l.every())\n}\n\n// giveWay", "return time.Time{}\n}\n\n// giveWay"},
	}},
	{kind: "lost attempt", name: "a contact that is due later never is", seeds: 10, edits: []edit{
		{"episode/episode.go", "wake = earlier(wake, l.WakeAt())\n\t}\n\treturn wake", "_ = l\n\t}\n\treturn wake"},
	}},
	{kind: "double claim", name: "a claim holds nothing", seeds: 10, edits: []edit{
		{"store/memory/outbox.go", "next.token, next.ready = c.Token, c.Until", "next.token = c.Token"},
	}},
	{kind: "lease ignored", name: "whoever lost a claim settles it all the same", engines: 3, seeds: 60, edits: []edit{
		{"store/memory/outbox.go", `case m == nil || m.token == "" || m.token != s.Token:`, "case m == nil:"},
	}},
	{kind: "receipts lost", name: "what a provider says is not written down", seeds: 10, edits: []edit{
		{"engine/pass.go", "err := w.step(it, episode.Receipt{Key: k, Result: r, Contact: c.ID, Channel: c.Channel})", "var err error; _ = c"},
	}},
	{kind: "receipts lost", name: "what was sent stays in the outbox", seeds: 10, edits: []edit{
		{"engine/pass.go", "err := w.tx.Outbox().Settle(settlements)\n\tif errors.Is", "var err error\n\tif errors.Is"},
	}},
	{kind: "wrong hand-off", name: "turns are an hour late", seeds: 10, edits: []edit{
		{"schedule/turns.go", "return c.Since(s.anchor, s.unit) / s.every }", "return max(c.Since(s.anchor, s.unit)-1, 0) / s.every }"},
	}},
	{kind: "wrong hand-off", name: "a turn begins just after its hand-off", seeds: 10, edits: []edit{
		{"schedule/layer.go", "reading := h.wall.Reading(t.in(time.UTC))\n\tuntil", "reading := h.wall.Reading((t - 1).in(time.UTC))\n\tuntil"},
	}},
	{kind: "wrong hand-off", name: "an override holds at the instant of its end", seeds: 10, edits: []edit{
		{"schedule/spans.go", "\tif t < s.to {\n", "\tif t <= s.to {\n"},
		{"schedule/spans.go", "x.lastEnd[mid] <= t {", "x.lastEnd[mid] < t {"},
	}},
	{kind: "wrong hand-off", name: "schedules are in UTC", seeds: 10, edits: []edit{
		{"schedule/layer.go", "reading := h.wall.Reading(t.in(time.UTC))\n\tuntil", "reading := calendar.CivilOf(t.in(time.UTC))\n\tuntil"},
	}},
	{kind: "wake-up", name: "what is paged is never looked at again", seeds: 10, edits: []edit{
		{"episode/episode.go", "wake = earlier(wake, e.Escalation.WakeAt(e.Policy))\n", ""},
	}},
	{kind: "wake-up", name: "what is due is looked at a minute late", seeds: 10, edits: []edit{
		{"store/memory/episodes.go", "next.wake = w.Episode.WakeAt()", "if next.wake = w.Episode.WakeAt(); !next.wake.IsZero() {\n\t\t\t\tnext.wake = next.wake.Add(time.Minute)\n\t\t\t}"},
	}},
	{kind: "wake-up", name: "the clock is set back, and waits go on", seeds: 20, edits: []edit{
		{"escalation/step.go", "\tm.rebase()\n", ""},
	}},
	{kind: "fold", name: "the record forgets that a clock was set back", seeds: 20, edits: []edit{
		{"episode/step.go", "if s.now.Before(s.e.Last) {\n\t\tin.", "if false {\n\t\tin."},
	}},
	{kind: "fold", name: "who is picked changes the alert beside its record", seeds: 20, edits: []edit{
		{"episode/apply.go", "s.respond(p.User, SaidNothing)\n", "s.respond(p.User, SaidNothing)\n\t\tif s.out.Picked != nil {\n\t\t\ts.e.Calls++\n\t\t}\n"},
	}},
	{kind: "dedup", name: "what is open is not found by its key", seeds: 10, edits: []edit{
		{"alert/step.go", "case newest.State.Open():\n\t\tif dated", "case newest.State.Open() && newest.Count < 3:\n\t\tif dated"},
	}},
	{kind: "dedup", name: "what is resolved opens again", seeds: 10, edits: []edit{
		{"alert/step.go", "func Step(a Alert, now time.Time, in Input) (Alert, Change) {\n\tif !a.State.Open() {", "func Step(a Alert, now time.Time, in Input) (Alert, Change) {\n\tif a.State == None {"},
		{"episode/signal.go", "case !s.e.Alert.State.Open():\n", "case s.e.Alert.State == alert.None:\n"},
		{"alert/step.go", "case newest.State.Open():\n", "case newest.State != None:\n"},
	}},
	{kind: "acknowledgement lost", name: "what somebody says of an alert is not written", seeds: 10, edits: []edit{
		{"engine/act.go", "\tif err := w.step(it, in); err != nil {\n\t\treturn episode.View{}, err\n\t}\n\treturn it.View(), nil", "\treturn it.View(), nil"},
	}},
	{kind: "acknowledgement lost", name: "the store does not look at versions", engines: 3, seeds: 5,
		holds: "transactions of the store in memory exclude each other; package storetest finds it", edits: []edit{
			{"store/memory/episodes.go", " || old != nil && old.version != w.Want {", " {"},
		}},
	{kind: "crash recovery", name: "the claims of a dead engine never end", seeds: 20, edits: []edit{
		{"store/memory/outbox.go", "next.token, next.ready = c.Token, c.Until", "next.token, next.ready = c.Token, c.Until.AddDate(1, 0, 0)"},
	}},
	{kind: "comes back", name: "a snooze never ends", seeds: 20, edits: []edit{
		{"episode/signal.go", "case a.State == alert.Acknowledged && due(a.SnoozedUntil):", "case false:"},
	}},
	{kind: "comes back", name: "an acknowledgement never times out", seeds: 20, edits: []edit{
		{"episode/apply.go", "if s.e.Policy.AckTimeout > 0 {", "if false {"},
	}},
	{kind: "comes back", name: "what is held stays held", seeds: 20, edits: []edit{
		{"episode/episode.go", "wake = earlier(wake, e.LookAt)\n", ""},
		{"engine/cascade.go", "func (e *Engine) LookAgain(ctx context.Context, now time.Time) error {\n", "func (e *Engine) LookAgain(ctx context.Context, now time.Time) error {\n\treturn nil\n"},
	}},
	{kind: "follow-up", name: "nothing follows an alert", seeds: 10, edits: []edit{
		{"engine/marks.go", "if pass.FollowUp = len(groups) > 0; err != nil {", "if _ = groups; err != nil {"},
		{"engine/marks.go", "pass.FollowUp = pass.FollowUp || len(data) > 0", "_ = data"},
	}},
	{kind: "group", name: "a member pages by itself", seeds: 10, edits: []edit{
		{"episode/group.go", "case e.Parent != \"\":\n\t\treturn true", "case false:\n\t\treturn true"},
	}},
}
