package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// NewAll makes schedules that may include each other, whatever their order. It returns one for each spec, in their
// order, or nil where there is a problem; the error joins a *[FieldError] for every problem there is, whose paths begin
// with schedules[0], say. Schedules that include each other in a circle are a problem, and so is an ID used twice.
func NewAll(specs []Spec) ([]*Schedule, error) {
	a := assembly{
		specs: specs, index: map[watchbill.ScheduleID]int{},
		made: make([]*Schedule, len(specs)), seen: make([]bool, len(specs)), problems: make([][]error, len(specs)),
		lister: calendar.NewLister(),
	}
	for i, spec := range specs {
		if _, twice := a.index[spec.ID]; !twice {
			a.index[spec.ID] = i
		} else if spec.ID != "" {
			a.fail(i, "id", "%q is used twice", spec.ID)
		}
	}
	for i := range specs {
		a.make(i)
	}
	return a.made, errors.Join(slices.Concat(a.problems...)...)
}

// assembly is the work of NewAll.
type assembly struct {
	specs    []Spec
	index    map[watchbill.ScheduleID]int
	made     []*Schedule
	seen     []bool
	under    []int // those that are being made, each included by the one before
	problems [][]error
	lister   *calendar.Lister
}

func (a *assembly) fail(i int, path, format string, args ...any) {
	path = fmt.Sprintf("schedules[%d].%s", i, path)
	a.problems[i] = append(a.problems[i], &FieldError{path, fmt.Sprintf(format, args...)})
}

// make makes one schedule, and before it those that it includes.
func (a *assembly) make(i int) {
	if a.seen[i] {
		return
	}
	a.seen[i] = true
	a.under = append(a.under, i)
	included, isWhole := map[watchbill.ScheduleID]*Schedule{}, true
	for path, id := range a.specs[i].includes {
		j, known := a.index[id]
		if !known {
			continue // which compile reports
		}
		if at := slices.Index(a.under, j); at >= 0 {
			a.fail(i, path, "makes a circle: %s", a.circle(at))
		}
		a.make(j)
		included[id] = a.made[j]
		isWhole = isWhole && a.made[j] != nil
	}
	a.under = a.under[:len(a.under)-1]
	s, err := compile(a.specs[i], included, a.lister)
	if err != nil {
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			field := e.(*FieldError)
			a.fail(i, field.Path, "%s", field.Reason)
		}
	}
	if isWhole && len(a.problems[i]) == 0 {
		a.made[i] = s
	}
}

// circle names the schedules from one place under way on, and that one again.
func (a *assembly) circle(at int) string {
	var ids []string
	for _, i := range append(slices.Clone(a.under[at:]), a.under[at]) {
		ids = append(ids, string(a.specs[i].ID))
	}
	return strings.Join(ids, " includes ") + "; leave one of these out"
}

// includes goes through the schedules that layers include, with the paths of where they do.
func (spec *Spec) includes(yield func(path string, id watchbill.ScheduleID) bool) {
	within := func(path string, layers []Layer) bool {
		for i, l := range layers {
			if l.Schedule != "" && !yield(fmt.Sprintf("%slayers[%d].schedule", path, i), l.Schedule) {
				return false
			}
		}
		return true
	}
	if !within("", spec.Layers) {
		return
	}
	for i, v := range spec.Versions {
		if !within(fmt.Sprintf("versions[%d].", i), v.Layers) {
			return
		}
	}
}
