package sim

import (
	"math/rand/v2"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
)

// Person is how somebody behaves. The zero Person notices every page when it arrives, acknowledges it at once, and fixes
// nothing. Each probability is drawn for itself; of several that hit, the first of Misses, Ignores, Mistakes and Declines counts.
type Person struct {
	Answers  Delay   // from noticing a page until saying something; zero: at once
	Misses   float64 // the probability, as all of these from 0 (never) to 1 (always), that a page goes unnoticed
	Declines float64 // that the person declines
	Mistakes float64 // that the person acknowledges another open alert instead, if there is one
	Ignores  float64 // that the person notices an alert and says nothing, whatever else comes of it
	Fixes    Delay   // from acknowledging until the person resolves it; the zero Delay: the person leaves that to its source

	Asleep *Sleep // nil: never
	Tunnel []Span // without a connection: what comes then arrives at the end; none: always with one
	Away   []Span // on holiday: notices nothing; none: never
}

// Sleep is when somebody sleeps, and what wakes them. What does not is noticed when they get up, if it still matters.
type Sleep struct {
	Zone     *time.Location             // nil: UTC
	From, To calendar.TimeOfDay         // 00:00 to 24:00, not the same; a To before From is on the next day
	Wakes    map[notify.Channel]float64 // the probability from 0 to 1 that a page wakes them; "" stands for all channels that are missing, else 0
	Slower   time.Duration              // what answering takes longer then; zero: nothing
}

// asleep reports whether somebody sleeps at an instant, and until when. It looks at the wall clock alone.
func (s *Sleep) asleep(at time.Time) (until time.Time, asleep bool) {
	if s == nil || s.From == s.To {
		return at, false
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := at.In(zone)
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute +
		time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	from, to := sinceMidnight(s.From), sinceMidnight(s.To)
	switch {
	case from < to && clock >= from && clock < to, from > to && clock < to:
		return getsUp(local, 0, to, to-clock), true
	case from > to && clock >= from:
		return getsUp(local, 1, to, 24*time.Hour-clock+to), true
	}
	return at, false
}

// getsUp returns when the clock shows a time of this day or the next, also on a day on which clocks change; in an hour that comes
// twice, some time from now.
func getsUp(now time.Time, days int, to, some time.Duration) time.Time {
	y, m, d := now.Date()
	up := time.Date(y, m, d+days, 0, 0, int(to/time.Second), 0, now.Location())
	if up = up.UTC(); !up.After(now) {
		return now.Add(some).UTC()
	}
	return up
}

func sinceMidnight(t calendar.TimeOfDay) time.Duration { return time.Duration(t) * time.Second }

// arrives returns when a page that its provider hands over at an instant is on the person's phone.
func (p Person) arrives(start, at time.Time) time.Time {
	for _, t := range p.Tunnel {
		if after := at.Sub(start); after >= t.From && after < t.To {
			return start.Add(t.To)
		}
	}
	return at
}

// notices returns when a person sees a page that has arrived, and by how much the answer is slower; never if ok is false.
func (p Person) notices(c *rand.Rand, start, at time.Time, channel notify.Channel) (seen time.Time, slower time.Duration, ok bool) {
	missed := hits(c, p.Misses)
	if missed || within(p.Away, at.Sub(start)) {
		return at, 0, false
	}
	up, asleep := p.Asleep.asleep(at)
	if !asleep {
		return at, 0, true
	}
	wakes, known := p.Asleep.Wakes[channel]
	if !known {
		wakes = p.Asleep.Wakes[""]
	}
	if hits(c, wakes) {
		return at, p.Asleep.Slower, true
	}
	return up, 0, true
}
