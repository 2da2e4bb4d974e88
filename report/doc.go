// Package report counts: how fast alerts and incidents are detected, acknowledged and resolved, per service and team
// ([Response]), whom the pages wake ([Load]), who bears how much of being on call ([Fairness]), and what that is worth
// ([Pay]). All are pure functions of their input; what they return is ready to be written as JSON, or as CSV for a
// spreadsheet.
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
//
// # Fairness
//
// A [Roll] says who was on call in a schedule, and who shares that duty: the people in its layers, or those whom its
// roster names, as far as they have every qualification that the schedule's services ask for, while they are not absent.
//
// Load is time on call, made heavier at night, on weekends and on holidays of the schedule, each by its weight and each
// in the person's own zone ([Weigh]), and what pages and broken nights weigh on top. Time is elapsed time: no hour of a
// night is invented or lost when clocks change. Somebody on call in several schedules at once bears that once, for the
// first of them. The load of each schedule is divided among those who share it by how long each was present; that is
// what is fair, to the nanosecond, and adds up to the load. The difference, with the balance carried over from an
// earlier report ([Ledger]), is the new balance: who has too much comes first.
//
//	score = 100 * (1 - misplaced / load)
//
// where misplaced is the sum of all differences above zero, which is the load that would have to change hands.
//
// # Pay
//
// At each instant the first rule of [catalog.Pay] that applies counts, and no other. A rule reads the hours and the
// holidays by the clock of the schedule, of the person, or of a zone. Amounts are whole numbers of the currency's smallest
// unit. They are exact until the end of a line, of one person, schedule and rule, where they are rounded once to the
// nearest unit, a half upwards; sums are of rounded lines. So a line can be checked by hand, and all lines add up.
package report
