package episode

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
)

// stored is the form in which episodes are kept. The version rises when an old form needs other code to read it.
type stored struct {
	V int `json:"v"`
	Episode
}

const version = 1

// Encode returns the episode as it is stored.
func Encode(e Episode) ([]byte, error) { return encode(e) }

// Decode reads what Encode of this or any earlier release wrote. It refuses a state that no Step leads to and that would
// be silent for ever: such a one must be looked at by a person.
func Decode(data []byte) (Episode, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Episode{}, fmt.Errorf("episode: stored state: %w", err)
	}
	if s.V != version {
		return Episode{}, fmt.Errorf("episode: stored state has version %d; this release reads %d", s.V, version)
	}
	if err := s.Episode.check(); err != nil {
		return Episode{}, fmt.Errorf("episode: stored state %w", err)
	}
	return s.Episode, nil
}

func (e *Episode) check() error {
	at, levels, phase := e.Escalation.At.Level, len(e.Policy.Levels), e.Escalation.Phase
	triggered := e.Alert.State == alert.Triggered
	waits := phase == escalation.Held && e.muted()
	switch {
	case e.Alert.ID == "" || e.Alert.State == alert.None:
		return errors.New("has no alert")
	case at < 0 || phase.Active() && at > levels: // the policy may be another one by now, for the next run
		return fmt.Errorf("is at level %d of %d", at, levels)
	case triggered != (phase.Active() || waits):
		return fmt.Errorf("is %s, but its escalation is %s", e.Alert.State, phase)
	case phase == escalation.Idle:
		return errors.New("has an escalation that never began")
	case triggered && !waits && e.Escalation.Urgency == watchbill.UrgencyHigh && e.Escalation.WakeAt(e.Policy).IsZero():
		return fmt.Errorf("is %s and %s, but nothing would wake it", e.Alert.State, phase)
	}
	return e.checkLadders()
}

func (e *Episode) checkLadders() error {
	seen := map[watchbill.UserID]bool{}
	for _, l := range e.Ladders {
		if seen[l.User] {
			return fmt.Errorf("has two ladders of %q", l.User)
		}
		seen[l.User] = true
	}
	return nil
}
