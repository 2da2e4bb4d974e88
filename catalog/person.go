package catalog

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
)

// The most that a person may have of these.
const (
	maxAbsences = 10_000
	maxBefore   = 10
	maxLead     = 60 * 24 * time.Hour
)

// duty checks what there is about a person's duties.
func (v *validator) duty(u User, contacts map[notify.ContactID]bool, path string) {
	v.qualifications(u.Qualifications, path+".qualifications")
	v.absences(u, path+".absences")
	v.delivered(u, contacts, path)
	refer(v, contacts, u.Notices.Contact, "contact", path+".notices.contact")
	if n := len(u.Notices.Before); n > maxBefore {
		v.fail(path+".notices.before", "has %d entries; at most %d are allowed", n, maxBefore)
	}
	for i, d := range u.Notices.Before {
		at := fmt.Sprintf("%s.notices.before[%d]", path, i)
		switch {
		case d < 0 || d > maxLead:
			v.fail(at, "%v is not between 0 and 1440h, which is 60 days", d)
		case slices.Contains(u.Notices.Before[:i], d):
			v.fail(at, "%v is named twice; take one out", d)
		}
	}
}

func (v *validator) qualifications(names []string, path string) {
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case name == "":
			v.fail(at, "is empty; name what somebody has to know")
		case slices.Contains(names[:i], name):
			v.fail(at, "%q is named twice; take one out", name)
		}
	}
}

func (v *validator) absences(u User, path string) {
	if n := len(u.Absences); n > maxAbsences {
		v.fail(path, "has %d entries; at most %d are allowed", n, maxAbsences)
		return
	}
	zone, err := calendar.LoadZone(u.Zone)
	if err != nil { // empty, or reported
		zone = time.UTC
	}
	for i, a := range u.Absences {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case a.From.IsZero():
			v.fail(at+".from", "is missing; write a time such as 2026-08-03T09:00, or a day such as 2026-08-03")
		case a.To.IsZero():
			v.fail(at+".to", "is missing; write the first moment at which the person is back, such as 2026-08-24")
		case !a.To.In(zone).After(a.From.In(zone)):
			v.fail(at+".to", "is %v, which is not after the beginning; give a later time", a.To)
		}
	}
}
