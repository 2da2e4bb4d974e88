package catalog

import "github.com/watchbill/watchbill"

// Pay says what being on call is worth. The zero value pays nothing.
type Pay struct{}

// Roster says what the planner has to keep to when it proposes who is on call in a schedule.
type Roster struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
}
