package statuspage

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
)

const (
	// Days is how many civil days the bars show, today included.
	Days = 90
	// History is how far back [Look] looks: the caller passes the incidents that are open or were resolved since then. It is
	// a day more than the bars show, since days may have 25 hours.
	History = (Days + 1) * 24 * time.Hour
	// Listed is how many incidents, and how many maintenances, a JSON document and the feed hold at most.
	Listed = 50
	// Past is how many days of past incidents the web page tells of, today included.
	Past = 14
)

// View is what one visitor may read: nothing in it is internal. Equal views are written as equal bytes.
type View struct {
	ID          watchbill.PageID
	Name        string
	Description string
	Zone        string         // IANA name
	Location    *time.Location // of the zone
	Base        string         // the page's public address, without a slash at its end
	UpdatedAt   time.Time      // when something public last changed
	Status      Status         // the worst of the components
	Components  []Component    // in the order of the catalog
	Incidents   []Notice       // newest first
	Maintenance []Notice       // those that begin last first
	Starts      []time.Time    // of the days that the bars show, oldest first, and of tomorrow
}

// Component is one line of the page.
type Component struct {
	ID, Name, Description, Group string

	Status    Status
	UpdatedAt time.Time // when the status last changed; the first day's start if it has not since
	Days      []Day     // those on which it was not operational throughout, oldest first
	Uptime    int       // in hundredths of a percent, rounded down
}

// Day tells of a day on which a component was not operational throughout.
type Day struct {
	Index  int                     // of [View.Starts]
	Worst  Status                  // of the day
	Lasted [statuses]time.Duration // how long each status was; operational is not counted
}

// Phase says how far an incident or a maintenance is, as Statuspage has it.
type Phase string

// The phases.
const (
	Investigating Phase = "investigating"
	Identified    Phase = "identified"
	Monitoring    Phase = "monitoring"
	Resolved      Phase = "resolved"
	Scheduled     Phase = "scheduled"
	InProgress    Phase = "in_progress"
	Completed     Phase = "completed"
	Cancelled     Phase = "cancelled"
)

// Words returns the phase as people write it: "In progress".
func (p Phase) Words() string {
	if p == "" {
		return ""
	}
	return strings.ToUpper(string(p[:1])) + strings.ReplaceAll(string(p[1:]), "_", " ")
}

// over reports whether nothing is to come.
func (p Phase) over() bool { return p == Resolved || p == Completed || p == Cancelled }

// Notice is an incident or a maintenance as visitors know it.
type Notice struct {
	ID         string
	Title      string
	Phase      Phase
	Planned    bool   // a maintenance
	Impact     Status // the worst on this page's components; operational: none
	CreatedAt  time.Time
	StartedAt  time.Time // of the effect, or of the work
	UpdatedAt  time.Time
	EndedAt    time.Time // when it was resolved, completed or cancelled; zero: it is not
	Until      time.Time // of a maintenance, when it is meant to end
	ExpectedAt time.Time // when an incident is expected to be resolved; zero: not said, or past
	Components []int     // that it affects, by their index in the view
	Effects    []Effect  // on them
	Told       []Told    // oldest first, at least one
}

// Told is one public text about an incident or a maintenance.
type Told struct {
	ID    string // unique within the page
	At    time.Time
	Phase Phase
	Text  string
}

// Effect is a time during which a component was affected in one way; half-open.
type Effect struct {
	Component int // its index in the view
	Status    Status
	From      time.Time
	To        time.Time // zero: it lasts
}

// Open reports whether it is not over: for a maintenance, that it is still to come or in progress.
func (n Notice) Open() bool { return !n.Phase.over() }

// Look returns what a visitor of the page may read at now. Base is the page's public address without a slash at its end:
// "https://example.com/status/public". The incidents are those that are open or were resolved within [History]; others do
// no harm.
func Look(p catalog.Page, b Board, incidents []incident.Incident, now time.Time, base string) View {
	now = watchbill.Stamp(now)
	v := View{ID: p.ID, Name: label(p.Name, string(p.ID)), Description: plain(p.Description), Base: strings.TrimSuffix(base, "/")}
	v.Zone, v.Location = zoneOf(p.Zone)
	v.days(now)
	l := newLooker(p, now)
	for _, i := range incidents {
		l.incident(&v, i)
	}
	for _, m := range b.Maintenances {
		l.maintenance(&v, m)
	}
	l.settings(b)
	l.components(&v)
	v.order(now)
	return v
}

func zoneOf(name string) (string, *time.Location) {
	if loc, err := calendar.LoadZone(name); err == nil {
		return name, loc
	}
	return "UTC", time.UTC
}

// days finds out when the days began. They are days of the wall clock, so that some have 23 hours or 25.
func (v *View) days(now time.Time) {
	wall := calendar.NewWall(v.Location)
	year, month, day := wall.Reading(now).Date()
	v.Starts = make([]time.Time, Days+1)
	for i := range v.Starts {
		v.Starts[i] = wall.FirstAt(calendar.NewCivil(year, month, day-(Days-1)+i, 0, 0, 0))
	}
}

// plain returns a public text without what neither HTML nor XML can show: control characters other than line ends and
// tabs, and code points that stand for no character.
func plain(s string) string {
	odd := func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || r == 0xFFFE || r == 0xFFFF || r == '\uFFFD'
	}
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\uFFFD':
			return r
		case odd(r):
			return -1
		}
		return r
	}, s)
}

// label returns a public text of one line, or another if there is nothing to be seen of it.
func label(s, otherwise string) string {
	if s = strings.TrimSpace(plain(s)); s == "" {
		return otherwise
	}
	return s
}
