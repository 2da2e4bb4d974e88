// Package report counts: how fast alerts and incidents are detected, acknowledged and resolved, per service and team
// ([Response]), and whom the pages wake ([Load]). Both are pure functions of an [Input]; what they return is ready to be
// written as JSON, or as CSV for a spreadsheet.
//
// # What counts when
//
// A report is about a [Window]. An alert counts in the window in which it was created, an incident in that in which it
// was declared, a page in that in which it went out, whenever its alert was created. So windows that follow one another
// count everything once.
//
// # Response
//
// There is a row for everything, one for each team and one for each service, in the order of the catalog and also where
// nothing happened, since a quiet service is information; first of alerts, then of incidents. Services that are not in
// the catalog any more follow at the end. An alert belongs to its service and that service's team; without a service, to
// the row for everything alone. An incident counts for every service that it affects, and once for each of their teams.
//
//   - Time to detect: of an alert, from when it began, as its source says, to its creation; not counted where the source
//     does not say. Of an incident, from the start of the impact to its detection.
//   - Time to acknowledge: of an alert, from its creation to its first acknowledgement, by a person or its source. Of an
//     incident, from its detection to the first person who took it. Resolving alone is no acknowledgement.
//   - Time to resolve: from when it began (where an alert's source does not say, from its creation) to its resolution.
//     An alert that expired for want of signals does not count: when that happens is a setting, and no response.
//
// What has not happened yet is in no [Stats]; each says in Count how many values it is made of. Of alerts, Count is
// always Open + Expired + Resolve.Count. A time that would be negative, because two clocks disagree, is zero. The means
// are what is called MTTD, MTTA and MTTR.
//
// Percentiles are by nearest rank: p90 is the smallest value that at least 90 % of the values do not exceed, so it is
// always one that was measured. All times are rounded to the millisecond.
//
// # Load
//
// There is a row for everybody in the catalog, and for those who have left it and were paged. A page is one attempt that
// went out to a person, over however many contacts. It is out of hours if it went out outside the working hours
// ([Hours]) in the person's own time zone; without one, in UTC. While a clock that was set back shows an hour again, the
// last second of that hour counts, by the rule of package calendar. An acknowledgement counts for whoever gave the
// alert's latest one.
package report
