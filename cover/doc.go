// Package cover lets people change among themselves who is on call: take a duty over, ask others to cover it, swap two.
// A [Request] is one such agreement, from its first word to its end.
//
// [Apply] carries out one person's command and returns what is written into the record; it is pure and refuses what makes
// no sense. What a command is judged by, the schedules and people as they are now, is its [Scene]. Folding a record gives
// the request back without any scene, see [Fold]; [Describe] tells it in words.
//
//	TakeOver -------------------------------------> covered -> withdrawn
//	Ask, Swap -> open -> Accept (all that is open) -> covered -> withdrawn
//	                  -> Decline (by all asked)    -> declined
//	                  -> Cancel                    -> cancelled
//	                  -> its time has passed       -> expired
//
// # Duty changes hands by overrides
//
// What was agreed is a list of [Grant]s. Each is an override of one schedule: a window of time in which one person has the
// duty of another, whoever has planned what. So it follows persons and instants, not shifts: if a shift is moved by an
// hour, the duty inside the window still changes hands, and an hour outside of it does not. A window may begin before the
// duty and end after it, and then covers also what the plan moves into it. [Request.Grants] lists them; making overrides of
// them is for the caller.
//
// A window never reaches behind now: what has passed is cut off, since history is never rewritten. It leaves out the time
// in which somebody else has taken the same duty already.
//
// # Asking
//
// [Ask] asks some people, a team, or everybody on the schedules, for all of one's duties in a window or those in some
// schedules. Whoever accepts first has it; who accepts only some hours leaves the rest open. One can ask for somebody
// else, who cannot: the record says who asked. A [Swap] is between two people; the other one accepts both halves or none.
//
// Refused is somebody who cannot be reached, is away, or lacks what the services behind the schedule ask for, unless an
// administrator forces it. That somebody is on call elsewhere at the same time is no reason to refuse, and is said.
//
// # Who is told
//
// [Tells] returns who is to be told of an entry of the record, and [Request.Reminders] when those who were asked are to be
// reminded; sending is for the caller.
package cover
