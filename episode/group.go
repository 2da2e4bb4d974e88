package episode

import (
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// Members is what a group knows of its members. An alert without any stands for itself.
type Members struct {
	Total  int       `json:"total,omitempty"`
	Open   int       `json:"open,omitempty"`
	Own    bool      `json:"own,omitempty"`    // one of the open ones is the alert itself
	Quiet  int       `json:"quiet,omitempty"`  // open ones, but for the alert itself, that are held
	LastAt time.Time `json:"last_at,omitzero"` // when the latest joined

	AutoResolve time.Duration `json:"auto_resolve,omitempty"` // of the alert itself, to be in force again if its source says that it is so again
}

// IsGroup reports whether the alert has, or had, members.
func (e Episode) IsGroup() bool { return e.Members.Total > 0 }

// muted reports whether the alert may not page for now. A group may as long as any open member, itself among them, is not held:
// a silence of one must not keep the others quiet.
func (e *Episode) muted() bool {
	switch {
	case e.Parent != "":
		return true
	case !e.IsGroup():
		return len(e.Held) > 0
	}
	others := e.Members.Open - e.Members.Quiet
	if e.Members.Own {
		others--
		if len(e.Held) == 0 {
			return false
		}
	}
	return others <= 0
}

// member records what became of a member. If the group may page again because of it, that is by the policy as it is now.
func (s *stepper) member(org *oncall.Org, in Member) {
	m := &member{ID: in.ID, Change: in.Change, Severity: in.Alert.Severity, Urgency: in.Alert.Urgency, Held: in.Held}
	if s.e.muted() && !in.Held {
		f := s.freeze(org)
		m.Frozen = &f
	}
	s.do(timeline.Engine, "", m)
}

func (in *member) apply(s *stepper) {
	was := s.e.muted()
	in.count(s)
	if in.Change == MemberJoined || in.Change == MemberWorse {
		s.worse(in)
	}
	if s.e.Members.Open == 0 {
		if s.alert(alert.Close{By: engineActor}).Has(alert.Closed) {
			s.closed()
		}
		return
	}
	if in.Frozen != nil && was && !s.e.muted() && s.e.Alert.State == alert.Triggered {
		s.e.take(*in.Frozen)
	}
	s.settle()
}

// count keeps how many members there are, and how many of them are held.
func (in *member) count(s *stepper) {
	m := &s.e.Members
	switch in.Change {
	case MemberJoined:
		if in.ID == s.e.Alert.ID { // its source says that it is so again
			m.Own, m.Open = true, m.Open+1
			s.e.Alert.AutoResolve, m.AutoResolve = m.AutoResolve, 0
			return
		}
		if m.Total == 0 {
			*m = Members{Total: 1, Open: 1, Own: true}
		}
		m.Total++
		m.Open++
		m.LastAt = s.now
		if in.Held {
			m.Quiet++
		}
	case MemberHeld:
		m.Quiet++
	case MemberReleased:
		m.Quiet = max(m.Quiet-1, 0)
	case MemberLeft, MemberResolved:
		m.Open = max(m.Open-1, 0)
		switch {
		case in.ID == s.e.Alert.ID: // from now on its members decide how long it is open
			m.Own, m.AutoResolve = false, s.e.Alert.AutoResolve
			s.e.Alert.AutoResolve, s.e.Alert.Senders, s.e.Alert.QuietSince = 0, nil, time.Time{}
		case in.Held:
			m.Quiet = max(m.Quiet-1, 0)
		}
	}
}

// outlived lets an alert expire that others were merged into: they keep it open.
func (s *stepper) outlived(upSince time.Time) {
	next, change := alert.Step(s.e.Alert, s.now, alert.Tick{UpSince: upSince})
	if !change.Has(alert.Expired) {
		s.e.Alert = next
		return
	}
	(&member{ID: s.e.Alert.ID, Change: MemberResolved}).apply(s)
}
