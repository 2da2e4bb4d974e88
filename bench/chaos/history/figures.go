package history

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// Figures is how a run went.
type Figures struct {
	Signals, Accepted, Refusals, Unanswered int // signals; those that were accepted; answers 4xx, and none, to single requests
	Acks, AcksAccepted                      int
	Pages, Duplicates, AfterAck             int           // that arrived; again, with the same ID; after an acknowledgement was answered
	LatestAfterAck                          time.Duration // how long after
	ToFirst                                 Spread        // from the time a signal was due to be sent to its first page
	Answered                                Spread        // from the accepted request to its answer
	AckAnswered                             Spread
	Late                                    Spread // of a level's repetitions, after their time
	Recoveries                              []Recovery
}

// Spread sums up many durations.
type Spread struct{ P50, P99, Max time.Duration }

// Recovery is how long a fault lasted for those outside.
type Recovery struct {
	Fault
	Mended time.Duration // until it was mended
	Again  time.Duration // until the first page of a signal that was sent after it had begun
	Gap    time.Duration // the longest in which no page arrived, from then until half a minute after it was mended
	Rest   time.Duration // until the last first page of a signal that had been accepted before it
}

// Figures sums the log up.
func (l *Log) Figures() Figures {
	f := Figures{Signals: len(l.Signals), Acks: len(l.Acks)}
	c := newChecker(l)
	first := map[notify.MessageID]bool{}
	for _, m := range l.Messages {
		if m.Kind != page {
			continue
		}
		f.Pages++
		if first[m.ID] {
			f.Duplicates++
		}
		first[m.ID] = first[m.ID] || !m.Declined
		if s := c.byID[m.Alert]; s != nil && !s.ackedAt.IsZero() && m.At.After(s.ackedAt) {
			f.AfterAck++
			f.LatestAfterAck = max(f.LatestAfterAck, m.At.Sub(s.ackedAt))
		}
	}
	var answered, toFirst, acked []time.Duration
	for _, s := range l.Signals {
		f.count(s.Tries)
		if t, ok := accepted(s.Tries); ok {
			f.Accepted++
			answered = append(answered, t.AnsweredAt.Sub(t.SentAt))
			if at := c.firstPage(s); !at.IsZero() {
				toFirst = append(toFirst, at.Sub(s.DueAt))
			}
		}
	}
	for _, a := range l.Acks {
		f.count(a.Tries)
		if t, ok := accepted(a.Tries); ok {
			f.AcksAccepted++
			acked = append(acked, t.AnsweredAt.Sub(t.SentAt))
		}
	}
	f.Answered, f.ToFirst, f.AckAnswered, f.Late = spread(answered), spread(toFirst), spread(acked), spread(c.late())
	for _, x := range l.Faults {
		f.Recoveries = append(f.Recoveries, c.recovery(x))
	}
	return f
}

func (f *Figures) count(tries []Try) {
	for _, t := range tries {
		switch t.Answer {
		case Refused:
			f.Refusals++
		case Unknown:
			f.Unanswered++
		}
	}
}

// firstPage returns when the first page of a signal arrived; zero if none did.
func (c *checker) firstPage(s Signal) time.Time {
	for _, a := range c.byKey[s.Key] {
		if len(a.pages) > 0 {
			return a.pages[0].At
		}
	}
	return time.Time{}
}

// late returns how late each repetition of a level was.
func (c *checker) late() (all []time.Duration) {
	for i := range c.Alerts {
		s := c.byID[c.Alerts[i].Episode.Alert.ID]
		w := walk{policy: s.Episode.Policy}
		for _, e := range s.entry {
			if e.Kind != episode.KindFound || e.Attempt.Level == 0 {
				continue
			}
			if e.Attempt.Number > 1 && e.Attempt.Run == w.last.Run {
				all = append(all, e.at().Sub(w.due(e.Attempt)))
			}
			w.last, w.lastAt = e.Attempt, e.at()
		}
	}
	return all
}

func (c *checker) recovery(f Fault) Recovery {
	r := Recovery{Fault: f, Mended: f.Until.Sub(f.At)}
	for _, s := range c.Signals {
		at := c.firstPage(s)
		t, ok := accepted(s.Tries)
		switch {
		case at.Before(f.At) || !ok:
		case t.AnsweredAt.Before(f.At):
			r.Rest = max(r.Rest, at.Sub(f.At))
		case t.SentAt.After(f.At) && (r.Again == 0 || at.Sub(f.At) < r.Again):
			r.Again = at.Sub(f.At)
		}
	}
	last := f.At
	for _, m := range c.Messages {
		if m.At.After(f.At) && last.Before(f.Until.Add(30*time.Second)) {
			r.Gap = max(r.Gap, m.At.Sub(last))
			last = m.At
		}
	}
	return r
}

func spread(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	n := len(all) - 1
	return Spread{all[n/2], all[n*99/100], all[n]}
}
