package postmortem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// found is what material is made into.
type found struct {
	Incident     watchbill.IncidentID `json:"incident"`
	Title        string               `json:"title"`
	Severity     watchbill.Severity   `json:"severity"`
	Required     bool                 `json:"required,omitempty"`
	DueAt        time.Time            `json:"due_at,omitzero"`
	Owner        watchbill.UserID     `json:"owner,omitempty"`
	Participants []watchbill.UserID   `json:"participants,omitempty"`
	Summary      string               `json:"summary"`
	Detection    string               `json:"detection"`
	Timeline     []Event              `json:"timeline,omitempty"`
	Impact       Impact               `json:"impact"`
	Figures      incident.Figures     `json:"figures"`
	Evidence     []Link               `json:"evidence,omitempty"`
	Items        []ActionItem         `json:"items,omitempty"` // proposed; only by a draft
}

func (c Draft) change() change {
	f := c.Material.found()
	if len(c.Material.Incident.Alerts) == 0 {
		f.Items = []ActionItem{{Title: "Monitoring that would have noticed this", Kind: Detect, State: ItemDiscuss,
			Detail: "No alert belongs to this incident. Which measurement would have shown it, from which value on, and whom should it page?"}}
	}
	return drafted{c.By, f}
}

func (c Refresh) change() change { return refreshed{c.By, c.Material.found()} }

// found makes the document's drafted parts, sharing nothing with the material.
func (m Material) found() found {
	m.Incident.Title, m.Incident.Impact.Metric = line(m.Incident.Title), valid(m.Incident.Impact.Metric)
	if m.Figures == (incident.Figures{}) {
		m.Figures = m.Incident.Figures()
	}
	m.Figures = stamped(m.Figures)
	f := found{Incident: valid(m.Incident.ID), Title: m.Incident.Title, Severity: m.Incident.Severity, Required: m.Required,
		DueAt: watchbill.Stamp(m.DueAt), Owner: valid(m.Owner), Figures: m.Figures, Impact: m.impact(), Timeline: m.timeline()}
	for _, id := range validList(m.Participants) {
		if id != "" && !slices.Contains(f.Participants, id) {
			f.Participants = append(f.Participants, id)
		}
	}
	for _, l := range m.Incident.Links {
		if l := validLink(Link(l)); l.Href != "" {
			f.Evidence = append(f.Evidence, l)
		}
	}
	if m.Incident.Status == incident.None {
		f.Incident = "" // there is nothing to make it of
	}
	f.Summary, f.Detection = m.summary(f.Impact), m.detection()
	return f
}

func stamped(f incident.Figures) incident.Figures {
	for _, t := range []*time.Time{&f.StartedAt, &f.DetectedAt, &f.AcknowledgedAt, &f.EndedAt, &f.ResolvedAt} {
		*t = watchbill.Stamp(*t)
	}
	return f
}

// impact takes the impact from the incident.
func (m Material) impact() Impact {
	from := m.Incident.Impact
	to := Impact{StartedAt: m.Figures.StartedAt, EndedAt: m.Figures.EndedAt, Visible: m.Figures.Visible, Worst: from.Worst(),
		Customers: validList(from.Customers), Affected: len(from.Customers), Reported: from.Reported, Metric: from.Metric}
	for _, a := range from.Services {
		s := Affected{Service: a.Service, Worst: a.Effect}
		for _, span := range from.Spans {
			if span.Service != a.Service {
				continue
			}
			s.Worst = max(s.Worst, span.Effect)
			if !span.To.IsZero() {
				s.Time += watchbill.Duration(max(0, span.To.Sub(span.From)))
			}
		}
		s.Service = valid(s.Service)
		to.Services = append(to.Services, s)
	}
	return to
}

// summary tells the record in a paragraph: facts only, in UTC.
func (m Material) summary(i Impact) string {
	f := m.Figures
	all := []string{m.sayImpact(i), m.sayDetected()}
	switch {
	case f.AcknowledgedAt.IsZero():
		all = append(all, "No acknowledgement is recorded.")
	case !f.AcknowledgedAt.After(f.DetectedAt):
		all = append(all, fmt.Sprintf("%s at %s.", m.acknowledgement(), m.clock(f.AcknowledgedAt)))
	default:
		all = append(all, fmt.Sprintf("%s at %s, %s after the detection.", m.acknowledgement(), m.clock(f.AcknowledgedAt), words(f.ToAcknowledge)))
	}
	switch {
	case !f.ResolvedAt.IsZero():
		all = append(all, fmt.Sprintf("It was resolved at %s, %s after it began.", m.clock(f.ResolvedAt), words(f.ToResolve)))
	case !f.EndedAt.IsZero():
		all = append(all, "It was not resolved when this was drafted.")
	}
	if n := m.Incident.Reopened; n > 0 {
		all = append(all, fmt.Sprintf("It was reopened %s.", times(n)))
	}
	all = append(all, sayCustomers(i))
	if i.Metric != "" {
		all = append(all, "Measured: "+strings.TrimSuffix(i.Metric, ".")+".")
	}
	return strings.Join(all, " ")
}

func (m Material) sayImpact(i Impact) string {
	text := fmt.Sprintf("%q (severity %s) had visible impact from %s", m.Incident.Title, m.Incident.Severity, i.StartedAt.Format(time.DateTime))
	if i.Worst == incident.EffectNone {
		text = fmt.Sprintf("%q (severity %s) is recorded, without a visible effect, from %s", m.Incident.Title, m.Incident.Severity, i.StartedAt.Format(time.DateTime))
	}
	if i.EndedAt.IsZero() {
		text += " UTC on; it had not ended when this was drafted."
	} else {
		text += fmt.Sprintf(" to %s, for %s.", m.clock(i.EndedAt), words(i.Visible))
	}
	var parts []string
	for _, s := range i.Services {
		part := string(s.Service)
		if s.Time > 0 {
			part += " for " + words(s.Time)
		}
		parts = append(parts, part+" (worst effect: "+effect(s.Worst)+")")
	}
	if len(parts) == 0 {
		return text + " No affected service is recorded."
	}
	return text + " Services affected: " + strings.Join(parts, ", ") + "."
}

func (m Material) sayDetected() string {
	by, _ := m.detector()
	return fmt.Sprintf("It was detected at %s, %s, by %s.", m.clock(m.Figures.DetectedAt), m.afterStart(), by)
}

// afterStart says when the detection was, seen from the start of the impact.
func (m Material) afterStart() string {
	switch f := m.Figures; f.DetectedAt.Compare(f.StartedAt) {
	case 1:
		return words(f.ToDetect) + " after it began"
	case -1:
		return words(watchbill.Duration(f.StartedAt.Sub(f.DetectedAt))) + " before it began"
	default:
		return "when it began"
	}
}

func sayCustomers(i Impact) string {
	text := "No affected customer is recorded"
	switch {
	case i.Affected == 1:
		text = "1 customer was affected"
	case i.Affected > 1:
		text = fmt.Sprintf("%d customers were affected", i.Affected)
	}
	if i.Reported > 0 {
		text += fmt.Sprintf("; %d reported it", i.Reported)
	}
	return text + "."
}

// detection says how it was noticed, for the review of the monitoring.
func (m Material) detection() string {
	f := m.Figures
	by, monitored := m.detector()
	if monitored {
		by = "monitoring: " + by
	}
	text := fmt.Sprintf("Noticed at %s by %s.", m.clock(f.DetectedAt), by)
	if f.DetectedAt.After(f.StartedAt) {
		text += fmt.Sprintf(" It had begun at %s and went unnoticed for %s.", m.clock(f.StartedAt), words(f.ToDetect))
	}
	switch first, ok := m.firstAlert(); {
	case len(m.Incident.Alerts) == 0:
		text += " No alert belongs to the incident."
	case ok && first.At.After(f.DetectedAt):
		text += fmt.Sprintf(" The first alert came %s later, from %s.", words(watchbill.Duration(first.At.Sub(f.DetectedAt))), actorName(first.Actor, nil))
	}
	return text
}

// detector returns who or what noticed it first, and whether that was monitoring: an alert which nobody raised by hand.
func (m Material) detector() (name string, monitored bool) {
	first, told := m.firstAlert()
	by := valid(cmp.Or(m.Incident.DeclaredBy, timeline.Engine))
	switch {
	case told && !first.At.After(m.Figures.DetectedAt) && person(first.Actor):
		return actorName(first.Actor, nil) + ", who raised an alert", false
	case told && !first.At.After(m.Figures.DetectedAt):
		return "an alert from " + actorName(first.Actor, nil), true
	case len(m.Incident.Alerts) > 0 && !person(by):
		return "an alert", true
	}
	return actorName(by, nil) + ", who declared the incident", false
}

// firstAlert returns the first moment of any attached alert.
func (m Material) firstAlert() (first incident.Moment, found bool) {
	for _, o := range m.Moments {
		if m.ofAlert(o) && (!found || o.At.Before(first.At)) {
			first, found = o, true
		}
	}
	first.Actor = valid(first.Actor)
	return first, found
}

func (m Material) ofAlert(o incident.Moment) bool {
	return slices.ContainsFunc(m.Incident.Alerts, func(id watchbill.AlertID) bool { return timeline.Alert(id) == o.Of })
}

// acknowledgement says who took it first, as far as the record tells: the person of an alert's moment at that time, else
// who declared the incident then, else who gave it a command.
func (m Material) acknowledgement() string {
	at := m.Figures.AcknowledgedAt
	for _, o := range m.Moments {
		if m.ofAlert(o) && person(o.Actor) && watchbill.Stamp(o.At).Equal(at) {
			return actorName(valid(o.Actor), nil) + " acknowledged"
		}
	}
	if person(m.Incident.DeclaredBy) && watchbill.Stamp(m.Incident.DeclaredAt).Equal(at) {
		return actorName(valid(m.Incident.DeclaredBy), nil) + " took it on by declaring the incident"
	}
	for _, o := range m.Moments {
		if o.Of == m.Incident.Owner() && person(o.Actor) && watchbill.Stamp(o.At).Equal(at) {
			return actorName(valid(o.Actor), nil) + " took it on"
		}
	}
	return "Somebody acknowledged"
}

// clock writes an instant in UTC, with its date if that is not the day on which the impact began.
func (m Material) clock(t time.Time) string {
	if t = t.UTC(); t.Format(time.DateOnly) == m.Figures.StartedAt.UTC().Format(time.DateOnly) {
		return t.Format("15:04:05 UTC")
	}
	return t.Format("2006-01-02 15:04:05 UTC")
}
