package replay

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// anchor is what an act keeps its distance from.
type anchor uint8

const (
	onPage anchor = iota // the person's first page of the alert after what the person did before
	onAct                // what the person did before
	onAck                // the alert's acknowledgement
	onOpen               // its opening
	onSend               // a page that was on its way: the person was quicker than the provider's receipt
)

// act is what a person did with an alert.
type act struct {
	by    watchbill.UserID
	input episode.Input
	at    time.Time   // in the record
	state alert.State // of the alert before it
	pages int         // of the alert before it, to anybody
	from  anchor
	after time.Duration // from its anchor
	prev  *act          // of the person, with this alert
	acker bool          // a resolve of whoever had acknowledged it
}

// study finds out what people did, and what each act is to keep its distance from.
func (r *recorded) study() {
	latest := map[watchbill.UserID]*act{}
	var acker watchbill.UserID
	for _, h := range r.heard {
		c, ok := episode.Speaker(h.Input)
		if !ok {
			r.sourceAcks(h)
			continue
		}
		a := &act{by: c.By, input: h.Input, at: h.At, state: r.stateBefore(h.Seq), prev: latest[c.By]}
		a.pages = len(slices.DeleteFunc(slices.Clone(r.pages), func(p episode.Page) bool { return p.At.After(h.At) }))
		r.anchor(a)
		a.acker = a.from == onAck && acker == a.by
		latest[c.By] = a
		r.acts = append(r.acts, a)
		if a.state == alert.Triggered && r.stateBefore(h.Seq+1) == alert.Acknowledged {
			r.acks, acker = append(r.acks, h.At), c.By
		}
	}
}

// sourceAcks notes that a source has acknowledged the alert.
func (r *recorded) sourceAcks(h episode.Heard) {
	if s, ok := h.Input.(episode.Signal); ok && s.Signal.Action == alert.Acknowledge && r.stateBefore(h.Seq) == alert.Triggered {
		r.acks = append(r.acks, h.At)
	}
}

func (r *recorded) anchor(a *act) {
	if _, resolves := a.input.(episode.Resolve); resolves && a.state == alert.Acknowledged && len(r.acks) > 0 {
		a.from, a.after = onAck, a.at.Sub(r.acks[len(r.acks)-1])
		return
	}
	for _, p := range r.pages {
		if p.User == a.by && !p.At.After(a.at) && (a.prev == nil || p.At.After(a.prev.at)) {
			a.from, a.after = onPage, a.at.Sub(p.At)
			return
		}
	}
	if sent, ok := r.underWay(a); ok {
		a.from, a.after = onSend, a.at.Sub(sent)
		return
	}
	if a.prev != nil {
		a.from, a.after = onAct, a.at.Sub(a.prev.at)
		return
	}
	a.from, a.after = onOpen, a.at.Sub(r.opened())
}

// underWay returns when a page to the person of an act was queued that was accepted only after it.
func (r *recorded) underWay(a *act) (sent time.Time, ok bool) {
	for _, h := range r.heard {
		in, is := h.Input.(episode.Receipt)
		sent = h.At.Add(-h.Took)
		if is && in.Result.Verdict == episode.Accepted && in.Key.Kind == notify.KindPage && in.Key.User == a.by &&
			h.At.After(a.at) && sent.Before(a.at) && (a.prev == nil || sent.After(a.prev.at)) {
			return sent, true
		}
	}
	return sent, false
}

// firstPage returns when somebody was paged for the alert first; false: never.
func (r *recorded) firstPage(u watchbill.UserID) (time.Time, bool) {
	i := slices.IndexFunc(r.pages, func(p episode.Page) bool { return p.User == u })
	if i < 0 {
		return time.Time{}, false
	}
	return r.pages[i].At, true
}

// quiet returns when the alert wanted an answer for the last time; false if it still does.
func (r *recorded) quiet() (time.Time, bool) {
	if r.Alert.State == alert.Triggered {
		return time.Time{}, false
	}
	at := r.Alert.ResolvedAt
	if !r.Alert.AcknowledgedAt.IsZero() {
		at = r.Alert.AcknowledgedAt
	}
	return at, true
}

// verb tells what the act does.
func (a *act) verb() string {
	switch in := a.input.(type) {
	case episode.Acknowledge:
		return "acknowledges"
	case episode.Resolve:
		return "resolves it"
	case episode.Escalate:
		return "asks for the next level"
	case episode.Snooze:
		return fmt.Sprintf("snoozes it for %s", round(in.Until.Sub(a.at)))
	case episode.Decline:
		return "declines"
	case episode.Reassign:
		return fmt.Sprintf("reassigns it to %s", in.Target)
	case episode.Summon:
		return fmt.Sprintf("asks for %s", in.User)
	case episode.Dismiss:
		return fmt.Sprintf("takes %s off", in.User)
	case episode.Join:
		return "merges it into another"
	case episode.Leave:
		return "splits it off"
	}
	return "does something"
}

// when tells what the act keeps its distance from.
func (a *act) when() string {
	switch {
	case a.from == onAck:
		return round(a.after) + " after the acknowledgement"
	case a.from == onAct:
		return round(a.after) + " after what they did before"
	case a.from == onSend:
		return round(a.after) + " after a page was sent"
	case a.from == onOpen:
		return round(a.after) + " after it opened, without having been paged"
	case a.prev != nil:
		return round(a.after) + " after being paged again"
	}
	return round(a.after) + " after being paged"
}

func round(d time.Duration) string {
	if d >= time.Second {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}

// usual is how long people take to answer.
type usual struct {
	of  map[watchbill.UserID][]time.Duration
	all []time.Duration
}

// learn takes note of who answered an alert how long after their first page.
func (u *usual) learn(r *recorded) {
	done := map[watchbill.UserID]bool{}
	for _, h := range r.heard {
		c, ok := episode.Speaker(h.Input)
		if !ok || done[c.By] {
			continue
		}
		done[c.By] = true
		if d, ok := answered(r, h, c.By); ok {
			u.of[c.By] = append(u.of[c.By], d)
			u.all = append(u.all, d)
		}
	}
}

func answered(r *recorded, h episode.Heard, by watchbill.UserID) (time.Duration, bool) {
	switch h.Input.(type) {
	case episode.Acknowledge, episode.Snooze:
		paged, ok := r.firstPage(by)
		return h.At.Sub(paged), ok && !paged.After(h.At)
	}
	return 0, false
}

// takes returns how long somebody takes, and why that is assumed; false: they never answer.
func (u *usual) takes(who watchbill.UserID, a Assume) (d time.Duration, why string, ok bool) {
	switch own := u.of[who]; {
	case a.Never:
		return 0, "as assumed", false
	case a.After > 0:
		return a.After, "as assumed", true
	case len(own) > 0:
		return median(own), fmt.Sprintf("the median of their own answers (%d)", len(own)), true
	case len(u.all) > 0:
		return median(u.all), fmt.Sprintf("the median of everybody's answers (%d), since none is theirs", len(u.all)), true
	}
	return 0, "since nobody ever answered in the record", false
}

// median returns the middle, of an even number the mean of both middles.
func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
