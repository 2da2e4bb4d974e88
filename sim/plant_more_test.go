package sim_test

// moreMutants are those that only the rules about what was promised find.
var moreMutants = []mutant{
	{kind: "not me", name: "who has declined is paged again", seeds: 10, edits: []edit{
		{"episode/people.go", "case attempt.Level != 0 && slices.Contains(s.e.Declined, p.User):", "case false:"},
	}},
	{kind: "not me", name: "who has declined an acknowledged alert is paged by the run that starts", seeds: 2, edits: []edit{
		{"episode/applymore.go", "\t\ts.e.Declined = with(s.e.Declined, []watchbill.UserID{u}) // the run", "\t\t// the run"},
	}},
	{kind: "permanent failure", name: "the next contact waits for its time", seeds: 10, edits: []edit{
		{"notify/ladder.go", "if next, ok := l.next(); ok {", "if next, ok := l.next(); ok && in.Limited {"},
	}},
	{kind: "back-off", name: "what failed is tried again at once", seeds: 5, edits: []edit{
		{"engine/pass.go", "s.RetryAt = w.now.Add(backoff(o))", "s.RetryAt = w.now.Add(time.Millisecond)"},
	}},
	{kind: "back-off", name: "what the provider asks for is not heard", seeds: 2, edits: []edit{
		{"engine/pass.go", "if after := o.Result.RetryAfter; after > 0 {", "if after := o.Result.RetryAfter; after > time.Hour {"},
	}},
	{kind: "unreached", name: "whom nobody could be found for is looked at every ten minutes", seeds: 2, edits: []edit{
		{"escalation/step.go", "const retryEvery = time.Minute", "const retryEvery = 10 * time.Minute"},
	}},
	{kind: "conditions", name: "a level with a condition is paged at any time", seeds: 10, edits: []edit{
		{"episode/people.go", "s.e.Alert.Severity, s.now); !ok {", "s.e.Alert.Severity, s.now); !ok && level.When.Wait {"},
	}},
	{kind: "jumps", name: "a level jumps back to the one after", seeds: 10, edits: []edit{
		{"escalation/step.go", "return to.Level\n", "return min(to.Level+1, here)\n"},
	}},
	{kind: "jumps", name: "a level jumps back once a cycle", seeds: 10, edits: []edit{
		{"escalation/step.go", "if jumps[here-1] >= max(to.Times, 1) {", "if jumps[here-1] >= 1 {"},
	}},
	{kind: "targets", name: "nobody takes a shift over", seeds: 10, edits: []edit{
		{"oncall/schedules.go", "specs[i].Overrides = append(specs[i].Overrides, made.Override)", "_ = made"},
	}},
	{kind: "targets", name: "the configuration of the start stays in force", seeds: 5, edits: []edit{
		{"engine/engine.go", "if c.org != nil && c.number == number {", "if c.org != nil && number > 0 {"},
	}},
	{kind: "mute", name: "silences and windows mute nobody", seeds: 10, edits: []edit{
		{"episode/hold.go", "lookAt = earlier(lookAt, again)\n", "lookAt, now = earlier(lookAt, again), nil\n"},
	}},
	{kind: "mute", name: "a service is not given its time", seeds: 10, edits: []edit{
		{"episode/signal.go", "if t.Pause > 0 {", "if t.Pause > time.Hour {"},
	}},
	{kind: "mute", name: "nobody inhibits", seeds: 10, edits: []edit{
		{"episode/hold.go", "if w.Inhibited != nil {", "if false {"},
	}},
	{kind: "mute", name: "alerts mute each other", seeds: 2, edits: []edit{
		{"engine/inhibit.go", "if w.heldBy(it, of) {", "if false {"},
	}},
	{kind: "reached", name: "a room that was told counts as somebody", seeds: 5, edits: []edit{
		{"episode/responder.go", "return escalation.OnlyMachines(targets)", "return escalation.OnlyMachines(targets) || k.Rung == 0"},
	}},
	{kind: "heartbeat", name: "what was never pinged is not watched", seeds: 2, edits: []edit{
		{"engine/heartbeats.go", "wake[w.Monitor().ID] = now // of one without a state", "_ = w"},
	}},
}
