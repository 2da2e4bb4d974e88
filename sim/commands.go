package sim

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
)

// someUser is anybody.
func (w *world) someUser() watchbill.UserID {
	users := w.cfg.Org.Catalog.Users
	return users[w.rng.IntN(len(users))].ID
}

// someCommand is what somebody does with an alert: mostly what is done most.
func (w *world) someCommand(id watchbill.AlertID) episode.Input {
	c := episode.Command{By: w.someUser()}
	switch w.rng.IntN(16) {
	case 0, 1, 2:
		return episode.Resolve(c)
	case 3, 4:
		return episode.Escalate(c)
	case 5:
		return episode.Snooze{Command: c, Until: w.now.Add(time.Duration(1+w.rng.IntN(60)) * time.Minute)}
	case 6:
		return episode.Decline(c)
	case 7:
		return episode.Summon{Command: c, User: w.someUser()}
	case 8:
		return episode.Dismiss{Command: c, User: w.someUser()}
	case 9:
		return episode.Reassign{Command: c, Target: escalation.User(w.someUser())}
	case 10:
		if into, ok := w.someAlert(); ok && into != id {
			return episode.Join{Command: c, Parent: into}
		}
		return episode.Leave(c)
	case 11:
		return episode.Leave(c)
	default:
		return episode.Acknowledge(c)
	}
}
