package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// Why explains the answer, one sentence for each of its parts:
//
//	ada: layer week, turn 6 (2026-02-16 09:00 to 2026-02-23 09:00 Europe/Berlin)
//	ben: override o1 (2026-02-17 09:00 to 2026-02-18 09:00 Europe/Berlin) replaces ada in layer week, turn 6 (...)
//	cem: override o2 (...) by swap s7 adds cem: two are better
//	dot: site eu, turn 3 (...)
//	eve: temporary schedule stocktaking, shift 0 (...)
//	fay: layer all, from schedule primary: fay: layer week, turn 6 (...)
//	nobody: no layer and no override has anybody on call
//
// A turn is shown in whole and in the layer's zone, also where coverage or another layer hides some of it. An Answer
// that was not made by [Schedule.OnCall] has no explanation.
func (a Answer) Why() []string {
	if a.from == nil {
		return []string{}
	}
	if len(a.Parts) == 0 {
		return []string{"nobody: no layer and no override has anybody on call"}
	}
	why := make([]string, 0, len(a.Parts))
	duties, _ := a.from.duties(a.from.hands(nil, false), instantOf(a.At), nil)
	for i := range duties {
		why = append(why, a.from.explain(&duties[i], instantOf(a.At)))
	}
	return why
}

func (s *Schedule) explain(d *duty, t instant) string {
	if d.Override == "" {
		return fmt.Sprintf("%s: %s", d.User, s.explainLayer(d, t))
	}
	i := slices.IndexFunc(s.overrides.list, func(o Override) bool { return o.ID == d.Override })
	o := &s.overrides.list[i]
	why := fmt.Sprintf("%s: override %s (%s)", d.User, o.ID, period(s.overrides.spans.list[i], s.zone))
	if o.By != "" {
		why += " by " + o.By
	}
	switch {
	case o.Add != "":
		why += fmt.Sprintf(" adds %s", o.Add)
	case o.Replaces != "":
		why += fmt.Sprintf(" replaces %s", o.Replaces)
	}
	if d.Layer != "" {
		why += " in " + s.explainLayer(d, t)
	}
	if o.Reason != "" {
		why += ": " + o.Reason
	}
	return why
}

// explainLayer says what gave the duty before any override.
func (s *Schedule) explainLayer(d *duty, t instant) string {
	if tmp, _ := s.temporaryAt(t); tmp != nil {
		return fmt.Sprintf("temporary schedule %s, shift %d (%s)", d.Layer, d.Turn, period(tmp.list[d.Turn], s.zone))
	}
	e := s.eraAt(t)
	for i := e.sites.from; i < e.layers.to; i++ { // sites, then layers
		l, kind := &s.layers[i], "layer"
		if i < e.sites.to {
			kind = "site"
		}
		if l.id == d.Layer {
			return fmt.Sprintf("%s %s, %s", kind, l.id, l.explain(d, t))
		}
	}
	return fmt.Sprintf("layer %s", d.Layer)
}

func (l *layer) explain(d *duty, t instant) string {
	switch {
	case l.placed != nil:
		return fmt.Sprintf("shift %d (%s)", d.Turn, period(l.placed.list[d.Turn], l.zone))
	case l.included != nil:
		return fmt.Sprintf("from schedule %s: %s", d.Schedule, l.included.explainUser(d.gave, t))
	}
	return fmt.Sprintf("turn %d (%s)", d.Turn, period(l.turn(d.Turn), l.zone))
}

// explainUser explains all that u has at t.
func (s *Schedule) explainUser(u watchbill.UserID, t instant) string {
	var why []string
	duties, _ := s.duties(s.hands(nil, false), t, nil)
	for i := range duties {
		if duties[i].User == u {
			why = append(why, s.explain(&duties[i], t))
		}
	}
	return strings.Join(why, "; ")
}

// period writes an interval as people read it.
func period(s span, zone *time.Location) string {
	if s.to == never {
		return fmt.Sprintf("from %s on, %s", short(s.from.in(zone)), zone)
	}
	return fmt.Sprintf("%s to %s %s", short(s.from.in(zone)), short(s.to.in(zone)), zone)
}

func short(t time.Time) string {
	if t.Second() == 0 {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("2006-01-02 15:04:05")
}
