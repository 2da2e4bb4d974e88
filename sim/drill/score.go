package drill

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// Sheet says how a drill went. Its durations are those of the drill's clock, and distances count from the first signal.
type Sheet struct {
	Title   string    `json:"title"`
	From    string    `json:"from,omitempty"`
	Began   time.Time `json:"began"` // when the first signal came
	Ended   time.Time `json:"ended"`
	Over    bool      `json:"resolved"` // nothing was open at the end
	Points  int       `json:"points"`
	Of      int       `json:"of"` // points that there were to have
	Results []Result  `json:"results"`
	People  []Person  `json:"people"`
	Notes   []string  `json:"notes,omitempty"`
	Lines   []Line    `json:"timeline"`
}

// Outcome says how an expectation was met.
type Outcome string

// The outcomes.
const (
	InTime Outcome = "in time"
	Late   Outcome = "late"
	Missed Outcome = "not done"
)

// Result is what became of an expectation.
type Result struct {
	What    string             `json:"what"` // as [Expectation.String] has it
	Within  watchbill.Duration `json:"within"`
	Outcome Outcome            `json:"outcome"`
	After   watchbill.Duration `json:"after"` // when it was done; zero if it was not
	By      timeline.Actor     `json:"by,omitempty"`
	Points  int                `json:"points"`
	Of      int                `json:"of"`
	Then    watchbill.Duration `json:"then,omitempty"` // what the real ones took; zero: they never did it
}

// Person is how somebody responded.
type Person struct {
	User     watchbill.UserID   `json:"user"`
	Pages    int                `json:"pages"`        // that went out to the person
	Alerts   int                `json:"alerts"`       // that they were about
	Answered int                `json:"acknowledged"` // alerts that the person acknowledged
	Median   watchbill.Duration `json:"median"`       // from the person's first page of an alert until acknowledging it; zero: never did
	Slowest  watchbill.Duration `json:"slowest"`
	Deeds    int                `json:"deeds"` // whatever else could be expected of anybody
}

// Line is a line of what happened.
type Line struct {
	After watchbill.Duration `json:"after"`
	Text  string             `json:"text"`
}

// Score says how a drill went that began, by its own clock, at an instant, and ended at another one.
func Score(d Drill, began, ended time.Time, r Records) Sheet {
	start := began.Add(d.first())
	s := Sheet{Title: Marked(d.Title), From: d.From, Began: start, Ended: ended, Notes: d.Notes}
	deeds := r.deeds()
	over, ok := r.resolved()
	s.Over = ok && !began.Add(d.wrongUntil()).After(ended)
	byPeople := slices.ContainsFunc(append(slices.Clone(deeds), over), func(d deed) bool { return personOf(d.by) != "" })
	if s.Over && byPeople { // what ends by itself while nobody looks is nobody's merit
		deeds = append(deeds, over)
	}
	for _, e := range d.Expect {
		result := e.judge(start, r, deeds)
		s.Results = append(s.Results, result)
		s.Points, s.Of = s.Points+result.Points, s.Of+result.Of
	}
	s.People = r.people(deeds)
	s.Lines = lines(d, began, start, ended, r)
	return s
}

// judge says what became of an expectation.
func (e Expectation) judge(start time.Time, r Records, deeds []deed) Result {
	result := Result{What: e.String(), Within: watchbill.Duration(e.Within), Outcome: Missed, Of: e.Points, Then: watchbill.Duration(e.Then)}
	about := watchbill.AlertID("")
	if e.Alert != "" {
		i := slices.IndexFunc(r.Alerts, func(a Alert) bool { return a.Key == e.Alert })
		if i < 0 {
			return result
		}
		about, start = r.Alerts[i].ID, r.Alerts[i].CreatedAt
	}
	i := slices.IndexFunc(deeds, func(d deed) bool { return e.met(d, about) })
	if i < 0 {
		return result
	}
	took := max(deeds[i].at.Sub(start), 0)
	result.After, result.By = watchbill.Duration(took), deeds[i].by
	if took <= e.Within {
		result.Outcome, result.Points = InTime, e.Points
	} else {
		result.Outcome, result.Points = Late, e.Points/2
	}
	return result
}

// met reports whether what was done is what was expected. Who does something by themselves needed no summons.
func (e Expectation) met(d deed, about watchbill.AlertID) bool {
	if e.What == Summoned && e.User != "" {
		return d.user == e.User || personOf(d.by) == e.User
	}
	return d.what == e.What && (about == "" || d.alert == about) && (e.Role == incident.NoRole || d.role == e.Role)
}

// Settled reports whether nothing more can be expected of a drill: all has gone wrong that goes wrong in it, nothing is open,
// and there is nothing left that would still be in time.
func Settled(d Drill, began, now time.Time, r Records) bool {
	if _, ok := r.resolved(); !ok || now.Before(began.Add(d.wrongUntil())) {
		return false
	}
	start := began.Add(d.first())
	for i, result := range Score(d, began, now, r).Results {
		if result.Outcome == Missed && d.Expect[i].Alert == "" && !now.After(start.Add(d.Expect[i].Within)) {
			return false
		}
	}
	return true
}

// people says how everybody responded who was paged or did something, by name.
func (r Records) people(deeds []deed) (all []Person) {
	of := func(id watchbill.UserID) *Person {
		i, found := slices.BinarySearchFunc(all, id, func(p Person, id watchbill.UserID) int { return cmp.Compare(p.User, id) })
		if !found {
			all = slices.Insert(all, i, Person{User: id})
		}
		return &all[i]
	}
	took := map[watchbill.UserID][]time.Duration{}
	for _, a := range r.Alerts {
		first := map[watchbill.UserID]time.Time{}
		for _, p := range episode.HistoryOf(a.Entries).Pages {
			who := of(p.User)
			who.Pages++
			if first[p.User].IsZero() {
				first[p.User] = p.At
				who.Alerts++
			}
		}
		answered := map[watchbill.UserID]bool{}
		for _, d := range deeds {
			id := personOf(d.by)
			if d.what != Acknowledged || d.alert != a.ID || id == "" || answered[id] {
				continue
			}
			answered[id] = true
			of(id).Answered++
			if at := first[id]; !at.IsZero() && !d.at.Before(at) {
				took[id] = append(took[id], d.at.Sub(at))
			}
		}
	}
	for _, d := range deeds {
		if id := personOf(d.by); id != "" && d.what != Acknowledged {
			of(id).Deeds++
		}
	}
	for i := range all {
		if list := took[all[i].User]; len(list) > 0 {
			slices.Sort(list)
			all[i].Median, all[i].Slowest = watchbill.Duration(list[(len(list)-1)/2]), watchbill.Duration(list[len(list)-1])
		}
	}
	return all
}

// lines tells what happened, and when whoever led the drill was to say what.
func lines(d Drill, began, start, ended time.Time, r Records) (all []Line) {
	var injects []incident.Moment
	for _, n := range d.Injects {
		if at := began.Add(n.After); !at.After(ended) {
			injects = append(injects, incident.Moment{At: at, Text: "inject: " + n.Text})
		}
	}
	for _, m := range incident.Merge(injects, r.moments()) {
		all = append(all, Line{watchbill.Duration(m.At.Sub(start)), m.Text})
	}
	return all
}
