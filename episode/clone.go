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
	e.Paged = slices.Clone(e.Paged)
	e.Ladders = slices.Clone(e.Ladders)
	for i := range e.Ladders {
		e.Ladders[i].Rungs = slices.Clone(e.Ladders[i].Rungs)
	}
	return e
}
