package oncall

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
)

// Keep says for how long what is over is kept. The zero Keep keeps everything for good.
type Keep struct {
	Alerts      time.Duration `json:"alerts,omitempty"`      // since they were resolved; zero: for good
	Incidents   time.Duration `json:"incidents,omitempty"`   // since they were resolved; one with a postmortem stays as long as that
	Postmortems time.Duration `json:"postmortems,omitempty"` // since they were published
	Records     time.Duration `json:"records,omitempty"`     // hand-overs, requests for cover, notices: since they were done with
}

// LeastKept is the least that may be kept. It is as long as that a late or repeated signal of an alert that somebody has
// resolved is known to be no news.
const LeastKept = 7 * 24 * time.Hour

// LegalHold is what must not be removed, and whom nobody may be made to forget, until it is taken out of the configuration.
// What it says has to hold together; what it leaves out may be anything.
type LegalHold struct {
	ID       string               `json:"id"`
	Service  watchbill.ServiceID  `json:"service,omitempty"`  // alerts of it, and incidents that affect it
	Customer watchbill.CustomerID `json:"customer,omitempty"` // what concerns it
	Alert    watchbill.AlertID    `json:"alert,omitempty"`    // the one, and its incidents
	User     watchbill.UserID     `json:"user,omitempty"`     // whatever names the person
	From     time.Time            `json:"from,omitzero"`      // only what was not over before
	To       time.Time            `json:"to,omitzero"`        // only what had begun before; zero: no end
	Reason   string               `json:"reason,omitempty"`
}

// checkKeep refuses what would be removed too soon, and holds that hold nothing in particular. Services and people in a hold
// need not exist any more.
func (o *Org) checkKeep() (problems []error) {
	wrong := func(path, reason string, args ...any) {
		problems = append(problems, &FieldError{Path: path, Reason: fmt.Sprintf(reason, args...)})
	}
	k := o.config.Keep
	for _, f := range []struct {
		name string
		age  time.Duration
	}{{"alerts", k.Alerts}, {"incidents", k.Incidents}, {"postmortems", k.Postmortems}, {"records", k.Records}} {
		if f.age != 0 && f.age < LeastKept {
			wrong("retention."+f.name, "%v is less than %v; leave it out to keep everything", f.age, LeastKept)
		}
	}
	seen := map[string]bool{}
	for i, h := range o.config.Holds {
		path := fmt.Sprintf("legal_holds[%d]", i)
		switch {
		case h.ID == "":
			wrong(path+".id", "is missing")
		case seen[h.ID]:
			wrong(path+".id", "%q is used twice", h.ID)
		}
		seen[h.ID] = true
		if h.Service == "" && h.Customer == "" && h.Alert == "" && h.User == "" && h.From.IsZero() && h.To.IsZero() {
			wrong(path, "says nothing; give it a service, customer, alert, user, from or to")
		}
		if !h.To.IsZero() && !h.From.Before(h.To) {
			wrong(path+".to", "must be later than from")
		}
	}
	return problems
}
