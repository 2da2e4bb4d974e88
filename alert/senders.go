package alert

import (
	"slices"
	"time"
)

// maxSenders bounds how many senders of an alert are told apart; the one that ends first gives way.
const maxSenders = 8

// heard notes until when a sender says that it holds. Slices are replaced, never written to.
func heard(senders []Sender, s Signal) []Sender {
	if s.EndsAt.IsZero() {
		return senders
	}
	rest := without(senders, s.Sender)
	if len(rest) == maxSenders {
		first := slices.MinFunc(rest, func(a, b Sender) int { return a.EndsAt.Compare(b.EndsAt) })
		rest = without(rest, first.Name)
	}
	return append(rest, Sender{s.Sender, s.EndsAt})
}

func without(senders []Sender, name string) []Sender {
	return slices.DeleteFunc(slices.Clone(senders), func(s Sender) bool { return s.Name == name })
}

// endsAt returns until when it holds as the last of its senders says; zero if none says so.
func endsAt(senders []Sender) time.Time {
	var last time.Time
	for _, s := range senders {
		if s.EndsAt.After(last) {
			last = s.EndsAt
		}
	}
	return last
}

// closing is what a Close does.
func closing(a Alert, now time.Time, in Close) (Alert, Change) {
	if !in.Source {
		return closed(a, now, in.By), Closed
	}
	if in.Sender != "" || !in.EndsAt.IsZero() {
		before := len(a.Senders)
		if rest := without(a.Senders, in.Sender); endsAt(rest).After(now) {
			a.Senders = rest
			if len(rest) == before {
				return a, 0
			}
			return a, Quieted
		}
	}
	if a.Flaps() {
		if !a.QuietSince.IsZero() {
			return a, 0
		}
		a.QuietSince = now
		return a, Quieted
	}
	return closed(a, now, in.By), Closed
}
