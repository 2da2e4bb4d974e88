// Package sim runs on-call in virtual time: the real engine, unmodified, on a store in memory, with people who answer as
// people do, providers that fail as providers do, and every source of chance drawn from one seed. The same scenario and seed
// give the same history, byte for byte, however many processors there are. A year of twenty people takes little more than a second.
//
// A [Scenario] says who is on call ([oncall.Config]), what goes wrong ([Source], [Act]), how people behave ([Person]), how
// the ways to reach them do ([Provider]), and what happens to the engine itself ([Faults]). [Run] lives it once and returns
// its [History]. [Check] lives it under many seeds and looks whether an [Expectation] is ever not met; then it looks for the
// shortest scenario that shows the same, and tells its story.
//
//	err := sim.Check(scenario, 100,
//		sim.EveryAlert(sim.ReachesAPersonWithin(10*time.Minute)),
//		sim.NothingSentAfterAcknowledge(),
//		sim.AtMost(6, sim.PagesPerPersonPerHour()))
//
// A scenario that cannot be as it is written, such as one with a person whom nobody knows, is refused before anything is lived,
// with all that is wrong with it at once: see [Scenario.Validate].
//
// # How it works
//
// Time stands still while something happens, and then jumps to the next thing that does. There is one runnable goroutine:
// the simulator calls the engine's synchronous methods, never [engine.Engine.Run], whose wait it replaces. With several
// engines on one store each of their methods runs as a coroutine that hands over at every transaction, so that what one has
// read the other may change before it writes; what a transaction takes is virtual time, drawn like everything else.
//
// Chance is not one long stream: each decision is drawn by the seed and what it is about (this alert, this attempt, this
// person), so that leaving one thing out of a scenario changes nothing else in it. That is what makes short stories of long
// ones.
//
// With [Scenario.Audit] every commit is held against the rules that nothing may break: see [Violation]. That is for those who
// change the engine or write a store.
//
// [Explore] leaves nothing to chance: of one small world it lives every history there is, up to a depth.
package sim
