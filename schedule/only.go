package schedule

import "slices"

// LayerIDs lists the layers, lowest precedence first and each once.
func (s *Schedule) LayerIDs() []LayerID {
	var ids []LayerID
	for _, l := range s.spec.Layers {
		if !slices.Contains(ids, l.ID) {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// Only returns the schedule with that layer alone, without overrides. One that does not exist leaves one gap.
func (s *Schedule) Only(id LayerID) *Schedule {
	only := &Schedule{spec: s.spec, zone: s.zone, overrides: newOverrides(nil)}
	for _, l := range s.layers {
		if l.id == id {
			only.layers = append(only.layers, l)
		}
	}
	return only
}
