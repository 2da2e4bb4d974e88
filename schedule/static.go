package schedule

import "github.com/watchbill/watchbill"

// placed are shifts placed by hand.
type placed struct {
	spans
	users [][]watchbill.UserID // of each shift
	most  int                  // how many people have a shift at one instant
}

// ask appends who has the shifts that hold at t, and returns until when that holds, at the longest the given time.
func (p *placed) ask(id LayerID, t instant, buf []duty, longest instant) ([]duty, instant) {
	var found [8]int32
	holding, until := p.at(t, found[:0])
	for _, i := range holding {
		for _, u := range p.users[i] {
			buf = append(buf, duty{Part: Part{User: u, Layer: id, Turn: int(i)}, gave: u})
		}
	}
	return buf, min(until, longest)
}

// cut leaves of the shifts what lies within a window.
func (p *placed) cut(window span) {
	list := make([]span, 0, len(p.list))
	for _, s := range p.list {
		list = append(list, span{max(s.from, window.from), min(s.to, window.to)})
	}
	p.spans = newSpans(list)
}

// temporary is a Temporary made ready for questions.
type temporary struct {
	id LayerID
	placed
}

func (tmp *temporary) ask(t instant, buf []duty, longest instant) ([]duty, instant) {
	return tmp.placed.ask(tmp.id, t, buf, longest)
}

// temporaryAt returns the last of the temporary schedules that hold at t, or nil, and an instant until which that is
// so.
func (s *Schedule) temporaryAt(t instant) (*temporary, instant) {
	var found [8]int32
	holding, until := s.windows.at(t, found[:0])
	if n := len(holding); n > 0 {
		return &s.temporaries[holding[n-1]], until
	}
	return nil, until
}
