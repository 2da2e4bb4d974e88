package episode

import "slices"

// Clone returns a copy that shares no memory with e that can be written to, for those who cannot trust that nobody does.
func (e Episode) Clone() Episode {
	e.Alert.Labels = slices.Clone(e.Alert.Labels)
	e.Alert.Links = slices.Clone(e.Alert.Links)
	e.Alert.Details = slices.Clone(e.Alert.Details)
	e.Policy.Levels = slices.Clone(e.Policy.Levels)
	for i := range e.Policy.Levels {
		e.Policy.Levels[i].Targets = slices.Clone(e.Policy.Levels[i].Targets)
	}
	e.Policy.CatchAll = slices.Clone(e.Policy.CatchAll)
	e.Escalation.Pending = slices.Clone(e.Escalation.Pending)
	e.Escalation.Jumps = slices.Clone(e.Escalation.Jumps)
	e.Alert.Senders, e.Alert.Opens = slices.Clone(e.Alert.Senders), slices.Clone(e.Alert.Opens)
	e.Paged, e.Acks, e.Declined = slices.Clone(e.Paged), slices.Clone(e.Acks), slices.Clone(e.Declined)
	e.Responses, e.Reach, e.Held = slices.Clone(e.Responses), slices.Clone(e.Reach), slices.Clone(e.Held)
	e.Summons = slices.Clone(e.Summons)
	for i := range e.Summons {
		e.Summons[i].Ladder.Rungs = slices.Clone(e.Summons[i].Ladder.Rungs)
	}
	e.Ladders = slices.Clone(e.Ladders)
	for i := range e.Ladders {
		e.Ladders[i].Rungs = slices.Clone(e.Ladders[i].Rungs)
	}
	return e
}
