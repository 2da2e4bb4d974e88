package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

// LoadReport says whom the pages wake.
type LoadReport struct {
	Window
	Hours       Hours       `json:"hours"`
	Definitions Definitions `json:"definitions"`
	Rows        []LoadRow   `json:"rows"`
}

// LoadRow is one person's load.
type LoadRow struct {
	ID           watchbill.UserID `json:"id"`
	Name         string           `json:"name"`
	Zone         string           `json:"timezone"` // by which hours and days are told
	Pages        int              `json:"pages"`
	High         int              `json:"high"`         // of the pages, those of high urgency
	Low          int              `json:"low"`          // and those of low urgency
	OutOfHours   int              `json:"out_of_hours"` // of the pages
	Days         int              `json:"days"`         // with a page
	Acknowledged int              `json:"acknowledged"` // alerts
}

func loadDefinitions() Definitions {
	return Definitions{
		"window":       "a page counts if it went out, an acknowledgement if it was given at or after from and before to",
		"pages":        "attempts that went out to the person: a provider accepted a message; over however many contacts it is one page",
		"high":         "pages of high urgency",
		"low":          "pages of low urgency",
		"out_of_hours": "pages outside the working hours in the person's time zone",
		"days":         "days with a page, in the person's time zone",
		"acknowledged": "alerts whose latest acknowledgement was this person's",
	}
}

// Load returns how often each person was paged; those with the most pages first.
func Load(in Input) LoadReport {
	people := newCrowd(in.Catalog)
	hours := calendar.NewPattern([]calendar.Window{in.Hours.window()})
	for _, a := range in.Alerts {
		for _, p := range a.Pages {
			if in.Window.Contains(p.At) {
				people.of(p.User).page(p, hours)
			}
		}
		if a.AcknowledgedBy != "" && in.Window.Contains(a.Alert.AcknowledgedAt) {
			people.of(a.AcknowledgedBy).Acknowledged++
		}
	}
	return LoadReport{in.Window, in.Hours, loadDefinitions(), people.rows()}
}

// person is a row under way.
type person struct {
	LoadRow
	wall calendar.Wall
	days map[int]bool // since the first of all days
}

// page counts a page; the times at which a clock shows an hour again count as the end of the hour it showed first.
func (p *person) page(page Page, hours calendar.Pattern) {
	p.Pages++
	if page.Urgency == watchbill.UrgencyLow {
		p.Low++
	} else {
		p.High++
	}
	reading := p.wall.Reading(page.At)
	if open, _ := hours.At(reading); !open {
		p.OutOfHours++
	}
	p.days[reading.Since(calendar.Civil{}, calendar.Day)] = true
}

// crowd is everybody, by ID.
type crowd map[watchbill.UserID]*person

func newCrowd(c catalog.Catalog) crowd {
	people := crowd{}
	for _, u := range c.Users {
		people.add(u)
	}
	return people
}

// add makes a person's row; a zone that does not exist is UTC.
func (c crowd) add(u catalog.User) *person {
	zone, err := calendar.LoadZone(u.Zone)
	if err != nil {
		zone = time.UTC
	}
	c[u.ID] = &person{LoadRow: LoadRow{ID: u.ID, Name: u.DisplayName(), Zone: zone.String()},
		wall: calendar.NewWall(zone), days: map[int]bool{}}
	return c[u.ID]
}

// of returns somebody's row; there is one also for those who have left the catalog.
func (c crowd) of(id watchbill.UserID) *person {
	if p := c[id]; p != nil {
		return p
	}
	return c.add(catalog.User{ID: id})
}

func (c crowd) rows() []LoadRow {
	rows := make([]LoadRow, 0, len(c))
	for _, p := range c {
		p.Days = len(p.days)
		rows = append(rows, p.LoadRow)
	}
	slices.SortFunc(rows, func(a, b LoadRow) int {
		return cmp.Or(cmp.Compare(b.Pages, a.Pages), cmp.Compare(a.ID, b.ID))
	})
	return rows
}
