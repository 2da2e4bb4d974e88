package schedule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/watchbill/watchbill"
)

// People goes through everybody whom the Spec names, with the path of where it does: layers[0].users[1], say. A person
// comes as often as named; [Unassigned] is left out.
func (spec *Spec) People(yield func(path string, user watchbill.UserID) bool) {
	v := people{yield, false}
	v.version("", spec.Sites, spec.Layers)
	for i, version := range spec.Versions {
		v.version(fmt.Sprintf("versions[%d].", i), version.Sites, version.Layers)
	}
	for i, tmp := range spec.Temporary {
		v.placed(fmt.Sprintf("temporary[%d]", i), tmp.Shifts)
	}
	for i, o := range spec.Overrides {
		path := fmt.Sprintf("overrides[%d].", i)
		v.user(path+"user", o.User)
		v.user(path+"replaces", o.Replaces)
		v.user(path+"add", o.Add)
		v.user(path+"remove", o.Remove)
	}
}

// people is a walk that may be stopped.
type people struct {
	yield   func(string, watchbill.UserID) bool
	stopped bool
}

func (v *people) user(path string, u watchbill.UserID) {
	if u != "" && u != Unassigned && !v.stopped {
		v.stopped = !v.yield(path, u)
	}
}

func (v *people) users(path string, users []watchbill.UserID) {
	for i, u := range users {
		v.user(fmt.Sprintf("%s.users[%d]", path, i), u)
	}
}

func (v *people) placed(path string, shifts []Placed) {
	for i, s := range shifts {
		v.users(fmt.Sprintf("%s.shifts[%d]", path, i), s.Users)
	}
}

func (v *people) version(path string, sites []Site, layers []Layer) {
	for i, s := range sites {
		v.users(fmt.Sprintf("%ssites[%d]", path, i), s.Users)
	}
	for i, l := range layers {
		at := fmt.Sprintf("%slayers[%d]", path, i)
		v.users(at, l.Users)
		v.placed(at, l.Shifts)
		for _, u := range slices.Sorted(maps.Keys(l.Hours)) {
			v.user(fmt.Sprintf("%s.hours[%s]", at, u), u)
		}
	}
}
