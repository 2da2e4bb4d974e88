package chart

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// kind says what a bar shows.
type kind uint8

const (
	duty     kind = iota // one person on call
	gap                  // nobody
	many                 // more people than there are lanes for
	often                // people who change too often to be drawn one by one
	standIn              // an override
	standOut             // an override that takes somebody away
)

// bar is a stretch of time in a row.
type bar struct {
	start, end time.Time
	kind       kind
	part       schedule.Part      // of a duty; its user is the override's too
	users      []watchbill.UserID // of many and often
	changes    int                // of often
	every      time.Duration      // of often: between changes, if that is nearly always the same
	holes      bool               // of often: nobody is on call at times
	override   *schedule.Override
}

// maxLanes is how many people at once have a lane of their own.
const maxLanes = 6

// lanes lays shifts out so that no two bars of a lane overlap, and who goes on stays in the same lane.
func lanes(shifts []schedule.Shift) [][]bar {
	var all [][]bar
	for _, shift := range shifts {
		users, rest := shift.Users, []watchbill.UserID(nil)
		if len(users) > maxLanes {
			users, rest = users[:maxLanes-1], users[maxLanes-1:]
		}
		var next []bar
		for _, u := range users {
			i := slices.IndexFunc(shift.Parts, func(p schedule.Part) bool { return p.User == u })
			b := bar{start: shift.Start, end: shift.End, part: schedule.Part{User: u}}
			if i >= 0 {
				b.part = shift.Parts[i]
			}
			next = append(next, b)
		}
		if rest != nil {
			next = append(next, bar{start: shift.Start, end: shift.End, kind: many, users: rest})
		}
		all = seat(all, next)
	}
	return all
}

// seat adds bars that begin together: first who goes on, then the others, from the top.
func seat(all [][]bar, next []bar) [][]bar {
	busy := make([]bool, maxLanes)
	waiting := next[:0:0]
	for _, b := range next {
		i := slices.IndexFunc(all, func(lane []bar) bool { return goesOn(lane[len(lane)-1], b) })
		if i < 0 || busy[i] {
			waiting = append(waiting, b)
			continue
		}
		busy[i] = true
		if last := &all[i][len(all[i])-1]; last.part == b.part && slices.Equal(last.users, b.users) {
			last.end = b.end
		} else {
			all[i] = append(all[i], b)
		}
	}
	for _, b := range waiting {
		i := slices.Index(busy, false)
		busy[i] = true
		if i == len(all) {
			all = append(all, nil)
		}
		all[i] = append(all[i], b)
	}
	return all
}

func goesOn(last, b bar) bool {
	return last.end.Equal(b.start) && last.kind == b.kind && last.part.User == b.part.User
}

// gaps are the stretches of the window in which there is no shift.
func gaps(shifts []schedule.Shift, from, to time.Time) []bar {
	var all []bar
	for _, shift := range shifts {
		if shift.Start.After(from) {
			all = append(all, bar{start: from, end: shift.Start, kind: gap})
		}
		from = shift.End
	}
	if from.Before(to) {
		all = append(all, bar{start: from, end: to, kind: gap})
	}
	return all
}

// cut limits shifts to the window.
func cut(shifts []schedule.Shift, from, to time.Time) []schedule.Shift {
	var all []schedule.Shift
	for _, s := range shifts {
		if s.Start.Before(from) {
			s.Start = from
		}
		if s.End.After(to) {
			s.End = to
		}
		if s.Start.Before(s.End) && len(s.Users) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// overrideLanes lays out the overrides that hold in the window. What finds no lane is counted.
func overrideLanes(s *schedule.Schedule, overrides []schedule.Override, from, to time.Time) (all [][]bar, left int) {
	var list []bar
	for i := range overrides {
		o := &overrides[i]
		b := bar{start: o.From.In(s.Zone()), end: o.To.In(s.Zone()), kind: standIn, override: o}
		b.part.User = o.User + o.Add // it has one of them
		if o.Remove != "" {
			b.kind, b.part.User = standOut, o.Remove
		}
		if b.start.Before(to) && b.end.After(from) {
			list = append(list, b)
		}
	}
	slices.SortStableFunc(list, func(a, b bar) int { return a.start.Compare(b.start) })
	for _, b := range list {
		i := slices.IndexFunc(all, func(lane []bar) bool { return !lane[len(lane)-1].end.After(b.start) })
		switch {
		case i >= 0:
			all[i] = append(all[i], b)
		case len(all) < maxLanes:
			all = append(all, []bar{b})
		default:
			left++
		}
	}
	return all, left
}
