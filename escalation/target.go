package escalation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
)

// Target is what a level points at. Its text form is "kind:id", as "schedule:primary".
type Target struct {
	Kind TargetKind
	ID   string
}

// TargetKind says what kind of thing a target is.
type TargetKind string

// The kinds of target.
const (
	TargetUser     TargetKind = "user"     // the person
	TargetSchedule TargetKind = "schedule" // whoever is on call when the attempt is made
	TargetNext     TargetKind = "next"     // whoever is on call next in a schedule
	TargetPrevious TargetKind = "previous" // whoever was on call before in a schedule
	TargetTeam     TargetKind = "team"     // every member
	TargetPolicy   TargetKind = "policy"   // the levels of another policy, in the place of this one
	TargetWebhook  TargetKind = "webhook"  // a destination that is no person
	TargetChat     TargetKind = "chat"     // a chat channel, which is a destination too
)

// kinds are the target kinds in the order in which messages name them.
func kinds() []TargetKind {
	return []TargetKind{TargetUser, TargetSchedule, TargetNext, TargetPrevious, TargetTeam, TargetPolicy, TargetWebhook, TargetChat}
}

// User returns the target that is a person.
func User(id watchbill.UserID) Target { return Target{TargetUser, string(id)} }

// Schedule returns the target that is whoever is on call.
func Schedule(id watchbill.ScheduleID) Target { return Target{TargetSchedule, string(id)} }

// Team returns the target that is every member of a team.
func Team(id watchbill.TeamID) Target { return Target{TargetTeam, string(id)} }

// Machine reports whether the target is no person and leads to none.
func (t Target) Machine() bool { return t.Kind == TargetWebhook || t.Kind == TargetChat }

// OnlyMachines reports whether no target is a person or leads to one, as is so of none.
func OnlyMachines(targets []Target) bool {
	return !slices.ContainsFunc(targets, func(t Target) bool { return !t.Machine() })
}

// Schedule reports whether the target is somebody of a schedule, whose ID it has then.
func (t Target) Schedule() bool {
	return t.Kind == TargetSchedule || t.Kind == TargetNext || t.Kind == TargetPrevious
}

// String returns the text form.
func (t Target) String() string { return string(t.Kind) + ":" + t.ID }

// MarshalText returns the text form.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText accepts "kind:ID" for every kind of target.
func (t *Target) UnmarshalText(text []byte) error {
	kind, id, ok := strings.Cut(string(text), ":")
	switch k := TargetKind(kind); {
	case !ok || id == "":
		return fmt.Errorf("escalation: target %q is not of the form kind:id, such as schedule:primary", text)
	case !slices.Contains(kinds(), k):
		return fmt.Errorf("escalation: target %q has an unknown kind; use user, schedule, next, previous, team, policy, webhook or chat", text)
	default:
		t.Kind, t.ID = k, id
		return nil
	}
}
