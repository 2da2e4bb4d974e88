// Package roster proposes who is on call next: it fills the turns of a schedule under constraints, as fairly as it can,
// and says how far from the best possible roster it is. It decides nothing; what it proposes is put into the
// configuration, or not.
//
// A roster is about one layer or site: its people, its zone, its hand-offs, and the hours in which it has a say. Where it
// is the only one, a proposal is a temporary schedule; else it is a layer to put right above it, and what the others have
// stays theirs. Turns are whole: a window begins and ends at hand-offs. [Propose] puts its proposal in place, for a try,
// and says which hours would be nobody's that are somebody's now, and where others would be on call than it says.
//
//	proposal, err := roster.Propose(task, roster.Options{})
//	os.Stdout.Write(proposal.YAML())
//
// # What always holds
//
// A [Slot] is one seat of one turn. It goes to one of the candidates who has every qualification that is needed, is not
// away in any of its hours, is not on call in a schedule that the roster is apart from, and has no other seat of the
// turn. Nobody has more turns in a row than MaxConsecutive, nor a shorter pause than MinRest between two turns; turns
// that somebody has in the layer before and after the window count too. A slot that nobody can have so stays without
// anybody, and the proposal says why, person by person: nobody is better than the wrong person whom everybody relies on.
//
// # What it is good at
//
// The cost of a roster is how far everybody's load lies from what would be fair, added up, plus what goes against
// wishes, all told in time. Rosters with fewer empty slots come first, whatever they cost. The load of a slot is that of
// [report.Weigh], in the person's own zone; what is fair is a person's part of all loads by how long the person is
// present in the window, less what is carried over. A wish weighs what its weight says: for whoever has a slot although
// they would rather not, and for everybody else who has a slot that somebody wishes for.
//
// # How it looks, and how it knows
//
// [Solve] fills slots one after another by whoever is furthest below what is fair, then changes hands, exchanges two
// slots, or frees somebody for an empty slot, for as long as that makes the roster better. Then branch and bound looks
// for a better one, and for the proof that there is none. All of it ends after a number of steps. Nothing is left to
// chance unless there is a seed; with the same seed it is the same chance.
//
// [Problem.Bound] is what no roster can be below; it relaxes the problem and solves what is left exactly. The gap is the
// part of the cost that a better roster could save at most. Where the bound is met, or the search came to its end, the
// proposal is proven to be the best.
package roster
