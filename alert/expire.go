package alert

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// minGrace is the least that a source is given to speak again after nobody was there to listen.
const minGrace = 2 * time.Minute

// ExpiresAt returns when the alert resolves for want of signals; zero for never.
func (a Alert) ExpiresAt() time.Time {
	if !a.State.Open() {
		return time.Time{}
	}
	if !a.QuietSince.IsZero() {
		return a.QuietSince.Add(a.Steady)
	}
	at := endsAt(a.Senders)
	if seen := a.LastSeenAt.Add(a.AutoResolve); a.AutoResolve > 0 && (at.IsZero() || seen.Before(at)) {
		at = seen
	}
	if !at.IsZero() && a.GraceAt.After(at) {
		return a.GraceAt
	}
	return at
}

// expire resolves an alert whose time is up. If nobody was there to listen for part of that time, the source is given
// one interval, or two minutes if that is more, from when somebody was.
func expire(a Alert, now, upSince time.Time) (Alert, Change) {
	a = rebase(a, now)
	if upSince.After(now) {
		upSince = now
	}
	at := a.ExpiresAt()
	if at.IsZero() || at.After(now) {
		return a, 0
	}
	if !a.QuietSince.IsZero() {
		return closed(a, now, timeline.Source(a.Source)), Closed | Expired
	}
	if grace := upSince.Add(a.grace()); upSince.After(a.LastSeenAt) && grace.After(now) {
		a.GraceAt = watchbill.Stamp(grace)
		return a, 0
	}
	return closed(a, now, timeline.Engine), Closed | Expired
}

func (a Alert) grace() time.Duration { return max(a.AutoResolve, minGrace) }

// rebase lets waits that began after now begin now, in case a clock was wrong and is set back.
func rebase(a Alert, now time.Time) Alert {
	if a.LastSeenAt.After(now) {
		a.LastSeenAt = now
	}
	if a.QuietSince.After(now) {
		a.QuietSince = now
	}
	if latest := now.Add(a.grace()); a.GraceAt.After(latest) {
		a.GraceAt = latest
	}
	return a
}
