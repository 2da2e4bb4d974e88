// Package sim runs the real engine in virtual time, with every source of chance drawn from one seed: the same seed
// gives the same history. It crashes the engine between any two store calls and starts it again, loses receipts,
// refuses and delays messages, sets clocks back, and checks after every step that nothing was lost, that nothing was
// sent that should not have been, and that no level was skipped.
//
// Several engines may share the store; each act is one of theirs, by a clock of its own.
//
// [Run] is one history. A violation names the seed, the step and what went before, so that the same history can be run
// again.
//
// There is one runnable goroutine: the simulator calls the engine's synchronous methods and never [engine.Engine.Run].
package sim
