// Package notify says how people are reached: what a [Message] is, what a [Notifier] must do with it, how failures are
// classed, which contact methods a person has, and in which order they are tried (the [Ladder]).
//
// A provider is a sub-package with one type that implements Notifier; the engine calls it once a message at most at a
// time, with a deadline, and asks only two things of it: honour the context, and say by the error whether trying again
// can help.
//
//	nil                      the provider accepted the message
//	Permanent(err)           this contact will never work: the next rung of the ladder is tried at once
//	&RetryError{After, err}  try again, not before After has passed
//	any other error          try again, with growing pauses of at most a minute
//
// Delivery is at least once: a crash between sending and recording may repeat a message. Every repeat carries the same
// [Message.ID]; providers pass it on as an idempotency key where the protocol has one.
//
// Package notifytest has the conformance suite for providers, and a recorder for tests.
package notify
