// Package drill makes training of past incidents. A [Drill] is a file: the signals of the past incident with their distances,
// notes for whoever leads the drill, and what is expected of those who take part, with points. [Make] writes one from the
// record of an incident. It is played by an isolated server whose [Clock] may run faster than time does, or rehearsed in
// virtual time with people who are simulated: [Rehearse]. Either way the records that result are scored by [Score], which is a
// pure function: the same records give the same [Sheet].
//
// A drill never meets what is in production: it has a store of its own, and all that anybody reads of it says that it is one.
package drill
