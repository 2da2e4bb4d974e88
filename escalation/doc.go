// Package escalation decides whom to page, when, and when to stop. It is a pure machine: the same policy, state, time
// and input always give the same state and effects, whatever the clock, the database or the network do.
//
// [Step] is total: every input is accepted in every state, and one that comes late or twice changes nothing. What time
// does is an input too: call Step with [Tick] whenever [State.WakeAt] has come, or earlier, or later; a level's time
// counts from the Step that paged it, so a host that slept two hours pages one level on waking, not all of them.
//
// The machine does not know who is on call. It emits [Page] with targets; the caller resolves them and answers with
// [Found] or [Nobody] at once, in the same transaction. A level that has nobody gives way at once, so this repeats, at
// most levels x cycles times.
//
// The course of an escalation:
//
//	Trigger -> level 1 -> (timeout, or nobody, or escalate) -> level 2 -> ... -> next cycle -> ... -> exhausted
//	                \________ acknowledge or resolve at any time: stop ________/
//
// When exhausted, the catch-all is paged, again and again, until somebody acknowledges. While no provider has accepted
// any message of the run, the levels also start over; so they do, at the times of the catch-all, if nobody is behind it. A
// policy that has none says no more after its last cycle. If nobody is found anywhere, the alert is unreached, and
// everything is looked at again when somebody comes on call, and at least every minute.
//
// Low urgency pages the first level that has somebody, once.
package escalation
