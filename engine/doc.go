// Package engine runs on-call: it takes signals in, pages whoever is on call, level after level, and stops when somebody
// acknowledges. It is one bounded pass, repeated, over a [store.Store] that holds everything; any number of engines may
// share one store.
//
// The pass is synchronous and has no goroutines of its own:
//
//	Accept   takes signals in; a verdict without an error means that the signal is committed
//	RunOnce  steps what is due and claims messages to be sent
//	Send     sends one of them
//	Report   records what became of it
//
// Simulators and tests call these four, and WatchHeartbeats, which looks at the heartbeats whose time has come. [Engine.Run] calls them for a running system, and adds an intake batcher behind
// [Engine.Submit], sending in parallel within each lane's limits, and one wait.
//
// The rules that nothing may break:
//
//   - What was answered without an error is committed.
//   - Commit together, send after commit: an alert's state, timeline, wake-up and messages change in one transaction.
//   - Nothing is sent for an alert whose acknowledgement was committed before the message was claimed.
//   - A crash may repeat a message, with the same ID; it never loses one.
//   - A row that cannot be read or stepped is put into quarantine, with an alert of its own; its neighbours go on.
package engine
