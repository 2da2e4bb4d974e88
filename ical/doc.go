// Package ical writes shifts as calendars, and reads calendars that others wrote: iCalendar, RFC 5545.
//
// # Feeds
//
// A [Feed] is what calendar programs subscribe to. [Feed.OfUser] has one event for each longest stretch in which a person
// is on call in a schedule, over all schedules, with an alarm for each of the person's notices; [Feed.OfSchedule] has one
// event for each shift of a schedule, with everybody's names. Both are made of what [schedule.Schedule.Shifts] returned,
// and say exactly that, down to the second; fractions are cut off. Equal arguments give equal bytes.
//
// Times are written in the schedule's zone, which the feed defines by every change of its clock in the window, so that a
// program needs no time zone database of its own. Where the clock is set during an event, or shows its beginning or end
// twice, the event is written in UTC: RFC 5545 cannot tell such times apart, and some programs take the length of such an
// event by the clock.
//
// # What an event is
//
// The UID of an event is made of the schedule, the people, the day on which it begins in the schedule's zone and, should
// they begin several that day, its number. It does not depend on how the event came about. So a shift that begins or
// ends at another time of day keeps its UID, also if an override made it so; one that moves to another day, or to other
// people, is a new event, and the old one is cancelled. SEQUENCE is the feed's own and rises for all events.
//
// An event that an earlier feed had, and this one has not, is still listed, as cancelled: programs that keep what they
// have once seen take it out then. [Duties.Before] is where earlier feeds come from; nothing is stored.
//
// # Reading
//
// [Read] lists the events of a file within a window: recurring ones occurrence by occurrence, cancelled ones not at all.
// What it cannot read it says, with line and UID, and never guesses. Times in a zone that the file names by its IANA
// name, by the name that Windows has for it, or by X-LIC-LOCATION are read by this machine's time zone database; the
// file's own definition of the zone is not used.
package ical
