// Package schedule answers who is on call, at any instant, and why.
//
// A schedule is a function from instants to people, constant between boundaries that can be computed. It is described
// by a [Spec], plain data with the JSON names of the configuration file, and made by [New], which reports every
// problem at once. A [Schedule] is immutable and safe for concurrent use:
//
//	s, err := schedule.New(spec)
//	answer := s.OnCall(now)         // who, why, and until when
//	shifts := s.Shifts(from, to)    // everybody's shifts in a window of time
//	gaps := s.Gaps(from, to)        // when nobody is on call
//	at, ok := s.NextHandoff(now)    // when that changes next
//
// # Rotations
//
// A [Layer] hands its duty from one user to the next. Turn k, counted from 0, runs from start + k*every to
// start + (k+1)*every and belongs to users[k mod n]. Before the start nobody is on call, nor from the end on. All of
// it is counted in civil time of the layer's zone, so a hand-off at 09:00 stays at 09:00 all year, and follows the
// boundary rule of package calendar: it happens at the first instant whose wall clock reads 09:00 or later. A turn
// that falls into a skipped hour has no length; it counts, but nobody ever sees it. Coverage limits a layer to some
// hours of the week and never shifts its turns.
//
// # Layers and overrides
//
// Later layers hide earlier ones wherever they have somebody. A layer has nobody outside its coverage, and in the turn
// of the user [Unassigned].
//
// Overrides apply on top, in list order. With Replaces, the user gets that person's duty: the one that person holds
// when this override's turn comes, or the one that the layers gave to that person, whoever has it by now. Where there
// is none, nothing happens. Without Replaces, the user gets the one duty there is, also where nobody had it.
//
// # Time
//
// All intervals are half-open: at a hand-off the new person is on call. Times are exact to the microsecond, finer
// parts are cut off. The start and end of layers and overrides must lie in the years 1900 to 2200; instants beyond the
// years 1 to 9999 are answered as the nearest of these years.
//
// The cost of an answer does not depend on the years since the start, and grows with the logarithm of the number of
// overrides.
package schedule
