package schedule

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// overrides are those of a Spec, ready for questions, in the order in which they apply.
type overrides struct {
	list []Override
	spans
	most int // that hold at one instant
	adds int // that hold at one instant and add somebody
}

// takesAll reports whether the user of o gets all duties there are, so that nothing before it has a say.
func (o *Override) takesAll() bool { return o.User != "" && o.Replaces == "" }

// apply lets an override change the duties.
func (o *Override) apply(duties []duty) []duty {
	switch {
	case o.Remove != "":
		return slices.DeleteFunc(duties, func(d duty) bool { return d.User == o.Remove })
	case o.Add != "":
		if slices.ContainsFunc(duties, func(d duty) bool { return d.User == o.Add }) {
			return duties
		}
		return append(duties, duty{Part: Part{User: o.Add, Override: o.ID}})
	case o.Replaces == "":
		all := joined(duties)
		all.Part = Part{User: o.User, Override: o.ID}
		return append(duties[:0], all)
	}
	for i := range duties {
		if d := &duties[i]; d.isOf(o.Replaces) {
			d.User, d.Override = o.User, o.ID
		}
	}
	return duties
}

// duty is being on call, as a thing that can change hands.
type duty struct {
	Part
	gave watchbill.UserID   // the person whom the layers gave it to; empty: nobody
	more []watchbill.UserID // others whom they gave it to
}

// isOf reports whether the duty is u's, or was given to u by the layers.
func (d *duty) isOf(u watchbill.UserID) bool {
	return d.User == u || d.gave == u || slices.Contains(d.more, u)
}

// joined is a duty given to everybody to whom the duties were given.
func joined(duties []duty) (all duty) {
	for i, d := range duties {
		if i == 0 {
			all.gave, all.more = d.gave, slices.Clip(d.more)
			continue
		}
		all.more = append(append(all.more, d.gave), d.more...)
	}
	return all
}
