package schedule

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// duty is being on call, as a thing that can change hands.
type duty struct {
	Part
	gave []watchbill.UserID // the people whom the layers gave it to
}

// duties appends to buf who is on call at t and why, and returns an instant until which that holds. It is the
// function that a schedule is; everything else asks it.
func (s *Schedule) duties(hands []hand, t instant, buf []duty) ([]duty, instant) {
	var found [16]int32
	holding, until := s.overrides.at(t, found[:0])
	holding = s.fromLastTakeover(holding)
	if len(holding) != 1 || s.overrides.list[holding[0]].replaces != "" { // else no layer has a say
		var layersUntil instant
		buf, layersUntil = s.layerDuties(hands, t, buf)
		until = min(until, layersUntil)
	}
	for _, i := range holding {
		buf = apply(&s.overrides.list[i], buf)
	}
	return buf, until
}

// fromLastTakeover drops the overrides that have no effect because a later one takes over everything.
func (s *Schedule) fromLastTakeover(holding []int32) []int32 {
	for i := len(holding) - 1; i > 0; i-- {
		if s.overrides.list[holding[i]].replaces == "" {
			return holding[i:]
		}
	}
	return holding
}

// layerDuties asks the layers, the last one first; those below the first that has somebody are hidden and not asked.
func (s *Schedule) layerDuties(hands []hand, t instant, buf []duty) ([]duty, instant) {
	until := never
	for i := len(s.layers) - 1; i >= 0; i-- {
		l, h := &s.layers[i], &hands[i]
		l.move(h, t)
		until = min(until, h.until)
		if h.member != nobody {
			gave := l.users[h.member : h.member+1 : h.member+1]
			return append(buf, duty{Part{User: gave[0], Layer: l.id, Turn: h.turn}, gave}), until
		}
	}
	return buf, until
}

// apply lets an override change the duties.
func apply(o *override, duties []duty) []duty {
	if o.replaces == "" {
		return append(duties[:0], duty{Part{User: o.user, Override: o.id}, allGave(duties)})
	}
	for i := range duties {
		d := &duties[i]
		if d.User == o.replaces || slices.Contains(d.gave, o.replaces) {
			d.User, d.Override = o.user, o.id
		}
	}
	return duties
}

// allGave joins whom the duties were given to. It never writes into what it was given.
func allGave(duties []duty) []watchbill.UserID {
	var gave []watchbill.UserID
	for i, d := range duties {
		if i == 0 {
			gave = slices.Clip(d.gave)
		} else {
			gave = append(gave, d.gave...)
		}
	}
	return gave
}
