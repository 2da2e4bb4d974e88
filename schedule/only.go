package schedule

import "slices"

// LayerIDs lists sites, layers, shadow layers, those of versions to come, and temporary schedules, in the order of the
// Spec: lowest precedence first. An ID that several versions use is listed once.
func (s *Schedule) LayerIDs() []LayerID {
	var ids []LayerID
	add := func(id LayerID) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	versions := slices.Concat([]Version{{Sites: s.spec.Sites, Layers: s.spec.Layers}}, s.spec.Versions)
	for _, v := range versions {
		for _, site := range v.Sites {
			add(site.ID)
		}
		for _, l := range v.Layers {
			add(l.ID)
		}
	}
	for _, t := range s.spec.Temporary {
		add(t.ID)
	}
	return ids
}

// Only returns what that layer says by itself, in all versions: without overrides, not hidden by other layers or by
// temporary schedules. A shadow layer is shown as if it were none. A site has the duty until another takes over, as it
// does among them all. An ID that does not exist leaves one gap. The Spec is still the whole one.
func (s *Schedule) Only(id LayerID) *Schedule {
	only := &Schedule{spec: s.spec, zone: s.zone, cost: s.cost}
	for _, e := range s.eras {
		var sites, layers []layer
		for _, l := range s.all(e.sites) {
			l.mute = l.id != id
			sites = append(sites, l)
		}
		for _, l := range slices.Concat(s.all(e.layers), s.all(e.shadows)) {
			if l.id == id {
				layers = append(layers, l)
			}
		}
		only.addEra(e.to, sites, layers, nil)
	}
	var windows []span
	for i, tmp := range s.temporaries {
		if tmp.id == id {
			only.temporaries = append(only.temporaries, tmp)
			windows = append(windows, s.windows.list[i])
		}
	}
	only.windows, only.people = newSpans(windows), s.people
	return only
}
