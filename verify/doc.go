// Package verify proves things about a configuration before it pages anybody: that somebody is on call at every instant, how
// long an alert takes at worst, that two schedules are equal; and where a proof fails it shows the instant.
//
//	report := verify.Check(org, from, to)            // everything at once, as the command check prints it
//	gaps := verify.Coverage(s, from, to)             // of one schedule, each with its causes; none is a proof
//	gaps, ok := verify.PolicyCoverage(org, "web", from, to)
//	worst, ok := verify.WorstTimes(org, "web", from, to)
//	difference, equal := verify.Equal(a, b, from, to)
//	comparison := verify.Diff(before, after, from, to)
//	moves := verify.Moves(before, after, from, to)   // whose shifts an edit moves
//	rehearsal := verify.Rehearse(org, "web", at, watchbill.SeverityCritical)
//
// # How it proves
//
// A schedule is a function of time that is constant between boundaries which can be computed. A proof goes over the
// boundaries of the window, so it is exact to the microsecond and misses nothing between two samples; it costs what the
// boundaries cost, not what the time between them does. Whom a target means is asked of package oncall, once for each
// combination of people on call; how an escalation goes is asked of its machine, escalation.Step. A run goes the same way
// until one of the instants at which it asks a level meets a boundary, so one start for each such cell is enough; stretches
// that look alike are looked at once. What holds beyond the time zone database of this machine, nobody can prove: check
// again when it changes, and compare shifts that were saved with [Moved].
//
// Where a time hangs on what nobody can know beforehand, such as whom the nights before have worn out, WorstCase.NotProved
// says what is left out. A level that takes turns counts as its slowest person.
//
// Every proof takes [Channels]: which channels the installation can send over. A contact on another counts as none.
//
// # The rules
//
// Only a policy that reaches nobody is an error.
//
//	policy-gap               error: no level of a policy has anybody, nor has catch_all
//	coverage-gap             nobody is on call in a schedule, and why
//	dst-gap                  gaps that are there only while the clocks of two zones are so or so far apart
//	unreached-level          a level never has anybody
//	single-point-of-failure  two levels have the same one person, or the whole policy has
//	same-people              two levels have the same people
//	starved-rung             a person's rule waits until the policy is through all its levels
//	few-channels             a person is reached by one channel, or over the internet only: whatever is not voice or sms
//	no-contact               somebody is on call who has no contact on a channel that can send
//	absent-on-call           somebody is on call who is away
//	unqualified              somebody may be paged for a service without what it asks for
//	no-policy                a service has none
//	never-holds              a level is never asked: its condition holds at no instant
//	too-many-acks            a level asks for more acknowledgements than it ever pages people
//	severity-gap             no level of a policy is for alerts of some severity
//	no-relief                nobody relieves those whom a policy spares after too many nights
//	quiet-alone              a policy keeps quiet hours, and a level pages one person alone who has some
//	never-open               it is never within some support hours
//	mutes-all                a silence or maintenance window keeps every alert quiet for more than 30 days
//	slow-for-tier            a level keeps a service of tier 1 waiting for more than 5 minutes
//	double-booking           info: on call in schedules of two policies at once; looked for in the first 366 days
//	dst-shift                info: a shift of up to a day is longer or shorter than the wall clock says
//	layer-ends               info: a layer ends in the window
//	single-member            info: one person alone is ever on call in a schedule
//	unused-schedule          info: no policy asks for a schedule
//	unfinished-proof         info: too many attempts to follow every run
//
// A gap is a longest interval. Gaps are listed one by one, other findings once with how often they happen; of more than
// [MaxFindings] of one rule about one subject, the rest is counted. [Report.Brief] draws together what comes back weekly.
package verify
