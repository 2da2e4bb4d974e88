package schedule

import (
	"fmt"
	"slices"
	"time"
)

// Why explains the answer, one sentence for each of its parts:
//
//	ada: layer week, turn 6 (2026-02-16 09:00 to 2026-02-23 09:00 Europe/Berlin)
//	ben: override o1 (2026-02-17 09:00 to 2026-02-18 09:00 Europe/Berlin) replaces ada in layer week, turn 6 (...)
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
	for _, p := range a.Parts {
		why = append(why, a.from.explain(p))
	}
	return why
}

func (s *Schedule) explain(p Part) string {
	if p.Override == "" {
		return fmt.Sprintf("%s: %s", p.User, s.explainTurn(p))
	}
	i := slices.IndexFunc(s.overrides.list, func(o override) bool { return o.id == p.Override })
	o := s.overrides.list[i]
	why := fmt.Sprintf("%s: override %s (%s)", p.User, o.id, period(o.from, o.to, s.zone))
	if o.replaces != "" {
		why += fmt.Sprintf(" replaces %s", o.replaces)
	}
	if p.Layer != "" {
		why += " in " + s.explainTurn(p)
	}
	return why
}

func (s *Schedule) explainTurn(p Part) string {
	i := slices.IndexFunc(s.layers, func(l layer) bool { return l.id == p.Layer })
	l := &s.layers[i]
	start, end := l.turn(p.Turn)
	return fmt.Sprintf("layer %s, turn %d (%s)", p.Layer, p.Turn, period(start, end, l.zone))
}

// period writes an interval as people read it.
func period(start, end instant, zone *time.Location) string {
	return fmt.Sprintf("%s to %s %s", short(start.in(zone)), short(end.in(zone)), zone)
}

func short(t time.Time) string {
	if t.Second() == 0 {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("2006-01-02 15:04:05")
}
