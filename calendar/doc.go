// Package calendar holds civil time: what wall clocks and calendars read, and which instants those readings mean.
//
// # Civil time and instants
//
// A [Civil] is a reading such as 2026-01-05T09:00. It has no zone and is no point in time until a zone is given. An
// instant is a [time.Time]. A [Moment] is either of the two, as people write it in a file: "2026-01-05T09:00" means
// nine o'clock wherever the schedule lives, "2026-01-05T09:00:00Z" means one instant everywhere.
//
// # The boundary rule
//
// Everything that happens "at nine o'clock" happens at the first instant whose wall clock reads nine or later:
// [FirstAt]. That one sentence settles every change of the clocks. A reading that is skipped in spring happens at the
// jump; a reading that comes twice in autumn happens the first time; a day that a country leaves out has no length.
//
// The rule has a mirror: [Reading] is the latest time that the wall clock has shown so far. It is the wall clock
// itself, except that it stands still while a clock that was set back shows an hour again. It never runs backwards,
// and it ties both worlds together:
//
//	FirstAt(loc, c) is not after t   exactly when   Reading(loc, t) is not before c
//
// So whatever is bounded by civil times (turns, coverage windows) is decided on the reading alone, by arithmetic,
// and only the end of the answer is turned back into an instant.
//
// # Windows and rules
//
// A [Window] is a stretch of the day on some days of the week, or on the days that a [Rule] names. A [Pattern] is the
// union of weekly windows; a [Coverage] is the union of windows of both kinds, on the days that a [DayFilter] leaves.
//
// A Rule is an RRULE of RFC 5545, section 3.3.10, as calendar programs write it, of days, weeks, months or years. Counted
// from somewhere it is a [Recurrence], whose occurrences are civil times. It is worked out in civil time alone, without
// a zone, so every occurrence has the time of day of the first, and no change of the clocks loses or doubles one. When
// such a time comes to pass is for the boundary rule to say, not for RFC 5545: an occurrence that the clock skips happens
// at the jump, one that the clock reads twice happens the first time.
//
// Everything here is a pure function of its arguments. Zones come from the time zone database that Go finds on the
// machine; a program that must not depend on it imports time/tzdata.
package calendar
