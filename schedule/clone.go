package schedule

import (
	"maps"
	"slices"

	"github.com/watchbill/watchbill/calendar"
)

// clone shares no memory with spec.
func (spec Spec) clone() Spec {
	spec.Sites, spec.Layers = cloneSites(spec.Sites), cloneLayers(spec.Layers)
	spec.Versions = slices.Clone(spec.Versions)
	for i := range spec.Versions {
		v := &spec.Versions[i]
		v.Sites, v.Layers = cloneSites(v.Sites), cloneLayers(v.Layers)
	}
	spec.Temporary = slices.Clone(spec.Temporary)
	for i := range spec.Temporary {
		spec.Temporary[i].Shifts = clonePlaced(spec.Temporary[i].Shifts)
	}
	spec.Holidays = slices.Clone(spec.Holidays)
	for i := range spec.Holidays {
		spec.Holidays[i].Days = slices.Clone(spec.Holidays[i].Days)
	}
	spec.Overrides = slices.Clone(spec.Overrides)
	return spec
}

func cloneLayers(layers []Layer) []Layer {
	layers = slices.Clone(layers)
	for i := range layers {
		l := &layers[i]
		l.Users, l.Shifts = slices.Clone(l.Users), clonePlaced(l.Shifts)
		l.Rotation.Lengths = slices.Clone(l.Rotation.Lengths)
		l.Coverage = cloneWindows(l.Coverage)
		l.Hours = maps.Clone(l.Hours)
		for u, h := range l.Hours {
			h.Coverage = cloneWindows(h.Coverage)
			l.Hours[u] = h
		}
		l.Calendars = slices.Clone(l.Calendars)
	}
	return layers
}

func cloneSites(sites []Site) []Site {
	sites = slices.Clone(sites)
	for i := range sites {
		s := &sites[i]
		s.Days, s.Users = slices.Clone(s.Days), slices.Clone(s.Users)
		s.Rotation.Lengths = slices.Clone(s.Rotation.Lengths)
	}
	return sites
}

func clonePlaced(shifts []Placed) []Placed {
	shifts = slices.Clone(shifts)
	for i := range shifts {
		shifts[i].Users = slices.Clone(shifts[i].Users)
	}
	return shifts
}

func cloneWindows(windows []calendar.Window) []calendar.Window {
	windows = slices.Clone(windows)
	for i := range windows {
		windows[i].Days = slices.Clone(windows[i].Days)
	}
	return windows
}
