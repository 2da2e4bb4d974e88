// Package incident is the record that people work on and customers hear about while something is visibly wrong. An alert
// is technical and pages somebody; an [Incident] has impact, roles and public words, and several alerts may belong to it.
//
// [Apply] carries out one person's command and returns what is written into the record; it is pure and refuses what makes
// no sense. Folding a record gives the incident back, see [Fold]; [Describe] tells it in words, [Merge] together with
// what the records of its alerts tell.
//
//	investigating <-> identified <-> monitoring -> resolved -> (reopened) investigating
//
// The order is usual, not enforced: an open incident may go from any status to any other.
//
// # Commands
//
// [Declare] makes an incident, [FromAlert] of an alert. [SetStatus], [Reopen] and [Edit] move it on, [Assign] gives a role
// or hands it over, [SetImpact] says what users notice, [Attach] and [Detach] say which alerts belong to it. [AddTask],
// [FinishTask], [Comment] and [Decide] are for those who work on it, [Publish] is for customers. A command that changes
// nothing leaves no entry, so it may be sent twice; only what somebody wrote is always recorded.
//
// # Impact
//
// A service is affected in one way at a time; how that went is a list of [Span]s, none of which begins before the impact
// did. Resolving ends them, reopening begins new ones. What was known late may be corrected: the start of the impact, and
// its end, to an earlier time. Entries never go back in time, even if the clock does.
//
// # What customers see
//
// Title, tasks, comments and decisions are internal. Public is only what [Publish] says, with a title and text of its
// own, which services are affected how badly and since when, as [Span]s, and that the incident was resolved or reopened.
// Package statuspage shows nothing else. An update without a title has that of the latest one that could be read on all of
// its pages: what was written for some customers does not become the title for others.
//
// # Figures
//
// [Incident.Figures] counts time to detect from the start of the impact to the first alert (or the declaration), time to
// acknowledge from there to the first person who took it, and time to resolve from the start of the impact to the
// resolution. Whoever acknowledges an alert of an incident or gives it a command, be it a comment, has taken it. Detaching
// an alert leaves the detection as it is: [Edit] corrects one that was wrong.
package incident
