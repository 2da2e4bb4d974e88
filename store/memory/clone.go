package memory

import (
	"slices"

	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/timeline"
)

// cloneEpisode returns a copy that shares no memory that can be written to.
func cloneEpisode(e episode.Episode) episode.Episode {
	e.Alert.Labels = slices.Clone(e.Alert.Labels)
	e.Alert.Links = slices.Clone(e.Alert.Links)
	e.Alert.Details = slices.Clone(e.Alert.Details)
	e.Policy = clonePolicy(e.Policy)
	e.Escalation.Pending = slices.Clone(e.Escalation.Pending)
	e.Ladders = slices.Clone(e.Ladders)
	for i := range e.Ladders {
		e.Ladders[i].Rungs = slices.Clone(e.Ladders[i].Rungs)
	}
	return e
}

func clonePolicy(p escalation.Policy) escalation.Policy {
	p.Levels = slices.Clone(p.Levels)
	for i := range p.Levels {
		p.Levels[i].Targets = slices.Clone(p.Levels[i].Targets)
	}
	p.CatchAll = slices.Clone(p.CatchAll)
	return p
}

func cloneEntries(entries []timeline.Entry) []timeline.Entry {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].Data = slices.Clone(entries[i].Data)
	}
	return entries
}
