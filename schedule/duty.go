package schedule

import "slices"

// duties appends to buf, which is empty, who is on call at t and why, and returns an instant until which that holds. It
// is the function that a schedule is; everything else asks it.
func (s *Schedule) duties(hands []hand, t instant, buf []duty) ([]duty, instant) {
	var found [16]int32
	holding, until := s.overrides.at(t, found[:0])
	if n := len(holding); n > 0 && s.overrides.list[holding[n-1]].takesAll() {
		holding = holding[n-1:]
	} else {
		var plannedUntil instant
		buf, plannedUntil = s.planned(hands, t, buf)
		until = min(until, plannedUntil)
	}
	for _, i := range holding {
		buf = s.overrides.list[i].apply(buf)
	}
	return buf, until
}

// planned appends who is on call before overrides.
func (s *Schedule) planned(hands []hand, t instant, buf []duty) ([]duty, instant) {
	tmp, until := s.temporaryAt(t)
	if tmp != nil {
		return tmp.ask(t, buf, until)
	}
	e := s.eraAt(t)
	until = min(until, e.to)
	var asked instant
	if s.spec.Combine == Union {
		buf, asked = s.askSites(e, hands, t, buf)
		until = min(until, asked)
		for i := e.layers.from; i < e.layers.to; i++ {
			buf, asked = s.layers[i].ask(&hands[i], t, buf)
			until = min(until, asked)
		}
		return buf, until
	}
	for i := e.layers.to - 1; i >= e.layers.from; i-- { // those below the first that has somebody are not asked
		if buf, asked = s.layers[i].ask(&hands[i], t, buf); asked < until {
			until = asked
		}
		if len(buf) > 0 {
			return buf, until
		}
	}
	buf, asked = s.askSites(e, hands, t, buf)
	return buf, min(until, asked)
}

// shadows appends who learns at t.
func (s *Schedule) shadows(hands []hand, t instant, buf []duty) []duty {
	if tmp, _ := s.temporaryAt(t); tmp != nil {
		return buf
	}
	e := s.eraAt(t)
	for i := e.shadows.from; i < e.shadows.to; i++ {
		buf, _ = s.layers[i].ask(&hands[i], t, buf)
	}
	return buf
}

// era is a stretch of time with the same sites and layers: that of one version.
type era struct {
	to                     instant // where the next one begins
	sites, layers, shadows places
	people, asked          int // see Schedule
}

// places are indices into Schedule.layers, [from, to).
type places struct{ from, to int }

func (s *Schedule) eraAt(t instant) *era {
	if len(s.eras) == 1 {
		return &s.eras[0]
	}
	i, _ := slices.BinarySearchFunc(s.eras, t, func(e era, t instant) int {
		if e.to <= t {
			return -1
		}
		return 1
	})
	return &s.eras[i]
}

// addEra appends what is valid from the end of the last era to to.
func (s *Schedule) addEra(to instant, sites, layers, shadows []layer) {
	e := era{to: to}
	e.sites, e.layers, e.shadows = s.place(sites), s.place(layers), s.place(shadows)
	e.measure(sites, Hide) // one of them has the duty
	e.measure(layers, s.spec.Combine)
	s.eras = append(s.eras, e)
	s.people, s.asked = max(s.people, e.people), max(s.asked, e.asked)
	s.hasShadows = s.hasShadows || len(shadows) > 0
}

// measure says how many people layers have, and how much there is to ask.
func (e *era) measure(layers []layer, combine Combine) {
	for i := range layers {
		people, asked := layers[i].measure()
		if e.asked += asked; combine == Union {
			e.people += people
		} else {
			e.people = max(e.people, people)
		}
	}
}

func (s *Schedule) place(layers []layer) places {
	from := len(s.layers)
	s.layers = append(s.layers, layers...)
	return places{from, len(s.layers)}
}

// all returns the layers at these places.
func (s *Schedule) all(p places) []layer { return s.layers[p.from:p.to] }
