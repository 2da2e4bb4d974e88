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
// A [Layer] hands its duty from one user to the next. Turn k, counted from 0, runs from start + k*every to start +
// (k+1)*every and belongs to users[k mod n]. Before the start nobody is on call, nor from the end on. All of it is
// counted in civil time of the layer's zone, so a hand-off at 09:00 stays at 09:00 all year, and follows the boundary
// rule of package calendar: it happens at the first instant whose wall clock reads 09:00 or later. A turn that falls
// into a skipped hour has no length; it counts, but nobody ever sees it.
//
// Turns need not be of one length. Rotation.Lengths, such as 2d and 5d, apply in turn, again and again. With
// Rotation.RRule a turn begins at every occurrence of a rule of RFC 5545; turn 0 begins at the start, whether or not
// the rule names it.
//
// With Seats, several people have a turn together: seat j of turn k is users[(k*seats+j) mod n]. A person fills at
// most one seat, and the turn of [Unassigned] leaves its seat empty.
//
// # Coverage and holidays
//
// Coverage limits a layer to some hours and never shifts its turns. With [CountCovered], a turn that lies outside of
// the weekly coverage altogether takes nobody's place in the circle: Friday's person does not lose a turn to the
// weekend. Turns keep their numbers; only who has them changes. Holidays do not matter to that.
//
// The schedule's Holidays are civil days in the zone of the layer that asks. A layer with coverage has nobody on them,
// one without has, unless its Holidays field says otherwise. A layer that is for holidays only, above the others,
// redirects them.
//
// Hours are one person's own working hours, in that person's zone. Outside of them the layer has not got that person,
// and what lies below shows through.
//
// # Other kinds of layers
//
// A layer with Shifts has those, placed by hand; shifts that overlap are on call together. A layer with a Schedule has
// whoever is on call there, overrides included; see [NewAll]. Start, End, Coverage and Holidays cut both. A layer that
// is a Shadow has learners: they are in [Answer].Shadows, and nowhere else.
//
// A [Site] is a layer that knows when it takes over: the site that took over last has the duty until another does.
// Each takes over on its own wall clock, so there is neither a gap nor an overlap in the weeks in which only one side
// of an ocean has changed its clocks. Take-overs before the site's start, or from its end on, do not count; from its
// end on it has nobody. Of several sites that take over at the same instant, the last in the list has the duty.
//
// # How layers combine
//
// Sites lie below the layers. Later layers hide earlier ones wherever they have somebody: outside of its coverage, and
// in the turn of [Unassigned], a layer has nobody. Where Combine is [Union], all of them are on call at once; a person
// in two layers has two parts, and is one user.
//
// A [Version] is what sites and layers are from a moment on. A [Temporary] replaces them all for a window of time:
// only its own shifts count there, and of several the last.
//
// # Overrides
//
// Overrides apply on top, in list order.
//
//   - User with Replaces gets that person's duty: the one that person holds when this override's turn comes, or the one
//     that the layers gave to that person, whoever has it by now. Where there is none, nothing happens.
//   - User alone gets all the duties there are as one, also where there was none. It counts as given to everybody who
//     was given one of them.
//   - Add is on call too, unless that person holds a duty anyway.
//   - Remove takes away all that the person holds at that point. What is removed cannot be replaced any more.
//
// An override follows persons and instants, never shifts: it holds as agreed even if the rotation below is edited.
//
// # Time
//
// All intervals are half-open: at a hand-off the new person is on call. Times are exact to the microsecond, finer
// parts are cut off. The times in a Spec must lie in the years 1900 to 2200; instants beyond the years 1 to 9999 are
// answered as the nearest of these years. A rule of months or years ends in 2200: see [calendar.Recurrence].
//
// The cost of an answer does not depend on the years since the start, and grows with the logarithm of the number of
// overrides, of hand-placed shifts and of versions. At most [MaxAtOnce] overrides may hold at once, and as many people
// be on call by the layers.
//
// What a Spec costs to make is bounded: rules of months and years are listed, each once for all layers with the same
// rule and beginning, and so are holidays, for each set of calendars. Schedules that are made together share what
// [calendar.Lister] may spend, which is enough for hundreds of such rules; [New] and [NewAll] refuse what is beyond.
package schedule
