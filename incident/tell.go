package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/timeline"
)

// FromAlert returns the command that declares an incident about an alert: its summary is the title, and its severity,
// start, service, links and the service's customers are carried over. What users notice of the service is not known from
// an alert: say it with [SetImpact].
func FromAlert(id watchbill.IncidentID, a alert.Alert, c catalog.Catalog) Declare {
	d := Declare{ID: id, Title: cleanLine(a.Summary), Severity: a.Severity, StartedAt: earlierOf(orTime(a.StartsAt, a.CreatedAt), a.CreatedAt),
		DetectedAt: a.CreatedAt, Alerts: []watchbill.AlertID{a.ID}, Links: a.Links}
	if runes := []rune(d.Title); len(runes) > MaxTitle {
		d.Title = string(runes[:MaxTitle])
	}
	if d.Title == "" {
		d.Title = "alert " + string(a.ID)
	}
	if a.Service != "" {
		d.Services, d.Customers = []Affected{{Service: a.Service}}, c.UsersOf(a.Service)
	}
	return d
}

// AttachAlert returns the command that adds an alert.
func AttachAlert(a alert.Alert) Attach {
	return Attach{Alert: a.ID, OpenedAt: a.CreatedAt, Service: a.Service, Links: a.Links}
}

// Moment is one line of the joint timeline of an incident and its alerts, in words.
type Moment struct {
	At    time.Time      `json:"at"`
	Of    timeline.Owner `json:"of"` // whose record it is from
	Seq   int64          `json:"seq"`
	Actor timeline.Actor `json:"actor"`
	Via   string         `json:"via,omitempty"`
	Kind  timeline.Kind  `json:"kind"`
	Text  string         `json:"text"`
}

// Told returns the moments that a record tells of. Entries for which tell returns no words are left out.
func Told(of timeline.Owner, entries []timeline.Entry, tell func(timeline.Entry) string) []Moment {
	var all []Moment
	for _, e := range entries {
		if text := tell(e); text != "" {
			all = append(all, Moment{e.At, of, e.Seq, e.Actor, e.Via, e.Kind, text})
		}
	}
	return all
}

// Merge joins what several records tell, in order of time. At the same instant records keep the order in which they are
// given, and entries of one record their own.
func Merge(records ...[]Moment) []Moment {
	all := slices.Concat(records...)
	slices.SortStableFunc(all, func(a, b Moment) int { return a.At.Compare(b.At) })
	return all
}

// Describe says in plain words what an entry of an incident's record records. The words are neutral: what happened, not
// why.
func Describe(e timeline.Entry) string {
	c, err := decodeCommand(e)
	if err != nil {
		return fmt.Sprintf("%s (unreadable: %v)", e.Kind, err)
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	return strings.TrimPrefix(who, " ") + " " + c.tell()
}

func (c Declare) tell() string {
	text := fmt.Sprintf("declared the incident %q, severity %s", c.Title, cmp.Or(c.Severity, watchbill.SeverityError))
	if !c.StartedAt.IsZero() {
		text += ", impact since " + clock(c.StartedAt)
	}
	return text + listed("; services ", tellServices(c.Services, "")) + listed("; customers ", joined(c.Customers)) +
		listed("; alerts ", joined(c.Alerts))
}

func (c SetStatus) tell() string {
	text := "set the status to " + c.Status.String()
	if !c.EndedAt.IsZero() {
		text += ", impact until " + clock(c.EndedAt)
	}
	return text + listed(": ", c.Note)
}

func (c Reopen) tell() string { return "reopened the incident" + listed(": ", c.Reason) }

func (c Edit) tell() string {
	var parts []string
	if c.Title != nil {
		parts = append(parts, fmt.Sprintf("the title to %q", *c.Title))
	}
	if c.Severity != nil {
		parts = append(parts, "the severity to "+c.Severity.String())
	}
	if !c.DetectedAt.IsZero() {
		parts = append(parts, "the detection to "+clock(c.DetectedAt))
	}
	return "changed " + strings.Join(parts, " and ")
}

func (c Assign) tell() string {
	if c.User == "" {
		return "left the role " + c.Role.String() + " open" + listed(": ", c.Note)
	}
	return fmt.Sprintf("made %s %s%s", c.User, c.Role, listed(": ", c.Note))
}

func (c SetImpact) tell() string {
	var parts []string
	if len(c.Services) > 0 {
		parts = append(parts, tellServices(c.Services, " not affected"))
	}
	if !c.StartedAt.IsZero() {
		parts = append(parts, "started "+clock(c.StartedAt))
	}
	if c.Customers != nil {
		parts = append(parts, customers(len(*c.Customers), " affected")+listed(": ", joined(*c.Customers)))
	}
	if c.Reported != nil {
		parts = append(parts, customers(*c.Reported, " reported it"))
	}
	if c.Metric != nil {
		parts = append(parts, cmp.Or(*c.Metric, "no metric"))
	}
	return "noted the impact: " + strings.Join(parts, "; ")
}

func (c Attach) tell() string     { return "attached alert " + string(c.Alert) }
func (c Detach) tell() string     { return "detached alert " + string(c.Alert) }
func (c FinishTask) tell() string { return "finished task " + c.Task }
func (c Comment) tell() string    { return "commented: " + c.Text }
func (c Decide) tell() string     { return "decided: " + c.Text }

func (c AddTask) tell() string {
	text := fmt.Sprintf("added the task %q", c.Title)
	if c.Owner != "" {
		text += " for " + string(c.Owner)
	}
	if !c.DueAt.IsZero() {
		text += ", due " + clock(c.DueAt)
	}
	return text
}

func (c Publish) tell() string {
	text := "told customers"
	if c.Status != None {
		text += " (" + c.Status.String() + ")"
	}
	text += listed(" on ", joined(c.Pages)) + listed(", ", c.Title) + ": " + c.Text
	if !c.ExpectedAt.IsZero() {
		text += " (expected to be resolved by " + clock(c.ExpectedAt) + ")"
	}
	return text
}

// tellServices names services and their effects; none is what an effect of none is called.
func tellServices(list []Affected, none string) string {
	var parts []string
	for _, a := range list {
		effect := none
		if a.Effect != EffectNone {
			effect = " " + strings.ReplaceAll(a.Effect.String(), "_", " ")
		}
		parts = append(parts, string(a.Service)+effect)
	}
	return strings.Join(parts, ", ")
}

func customers(n int, what string) string {
	if n == 1 {
		return "1 customer" + what
	}
	return fmt.Sprintf("%d customers%s", n, what)
}

func joined[ID ~string](ids []ID) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ", ")
}

// listed puts something before a text, unless that is empty.
func listed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
