// Package store is the contract between the engine and a database. Implementations must pass storetest.Run; its
// subtests are named after the sentences below.
//
// # Transactions
//
//	T1  View sees one snapshot: what commits meanwhile does not show.
//	T2  Update commits all that fn did, or nothing if fn panics or returns an error, which Update returns as it is.
//	T3  Update may run fn more than once; nothing of a run that was not the last remains.
//	T4  Updates are serializable: of two that read and write the same, one sees what the other did.
//	T5  View and Update called inside fn, on its goroutine, are refused with ErrNested; see Within.
//	T6  A write inside View is refused with ErrReadOnly.
//	T7  When ctx is done, View and Update return its error, and nothing is committed unless everything is.
//	T8  What Update committed is there after the process was killed (not for memory).
//	T9  No memory is shared with callers: changing what was given or got changes nothing that is stored.
//	T10 Times come back exactly as given: UTC, microseconds.
//	T11 No method reads a clock.
//	T12 A store that was closed refuses with ErrClosed, and so does a Tx whose fn has returned.
//	T13 Where it cannot be found out whether Update committed, it returns ErrUnknown.
//	T14 Once a later release has changed what is stored in a way that this one would spoil, Update refuses with
//	    ErrOutdated; View goes on.
//
// # Episodes
//
//	E1  Get returns the episodes that exist among the IDs, in any order, each ID once; unknown ones are left out.
//	E2  Put with want 0 creates, and fails with a ConflictError if the ID exists; with another want it replaces the
//	    version that has it, else fails with a ConflictError. That names the alert, is ErrConflict, and makes the whole
//	    Update fail.
//	E3  Every Put raises the version.
//	E4  Newest returns, for each key that has any, the episode created last, ties broken by the greater ID.
//	E5  Due returns the IDs whose wake-up is not later than now, earliest first, then by ID, at most limit.
//	    A resolved or quarantined episode is never due. With them comes the earliest wake-up later than now, zero if
//	    there is none. The cost does not grow with the number of open alerts. In an Update, what another Update is
//	    working on may be left out.
//	E6  List returns newest first (by ID, which sorts by creation), only what the query asks for, at most limit, and
//	    a cursor for the rest; empty if there is none. Alerts opened meanwhile do not shift a listing under way.
//	E7  A row that cannot be decoded comes back with Err set, and its neighbours as if it were not there. Quarantine
//	    keeps the row's content, raises its version, removes its messages, makes it due never again, lists it under no
//	    state, and shows in Stored.Quarantined; ErrNotFound if there is no such row. A Put ends it.
//	E8  Rewind is for a clock that was set back. It makes due now every open episode whose latest entry is later than
//	    now, and says how many; makes due now every message that is not claimed and was due later; and lets each claim
//	    end at most a minute after now, with its token.
//	E9  Count counts the episodes by state, quarantined ones apart, and among the open ones those that reached nobody.
//	E10 Ended returns the resolved episodes, not quarantined, whose latest entry is earlier than an instant, the one
//	    whose is earliest first, then by ID, at most limit. Its cost does not grow with the other episodes.
//	E11 Remove removes episodes, whatever their state, with their timelines and messages; unknown ones are left out.
//
// # Timeline
//
//	L1  Append adds entries after those that there are; if they do not continue their numbers, from 1 and without a
//	    hole, the Update fails with a ConflictError that names the owner.
//	L2  Read returns the entries after a sequence number in order, at most limit.
//	L3  Replace puts entries in the place of those with their numbers; ErrNotFound if one is not there, and then the
//	    Update fails.
//
// # Outbox
//
//	O1  Enqueue is idempotent by message ID while the row exists.
//	O2  Lanes returns the lanes that have something to claim at now: due, and not claimed or the claim is over; sorted.
//	    Its cost grows with the lanes, not with the messages.
//	O3  Claim takes up to limit of one lane, and notes the token and until when. First comes what could be claimed
//	    earliest (it was due then, or an earlier claim was over), then the lesser ID. No two claims hold one message
//	    at the same time. Each claim raises Tries.
//	    In an Update, messages of alerts that another Update is working on may be left out.
//	O4  Settle with the token of the claim removes the message, or makes it due again; with any other token, or none
//	    claimed, it is left alone and named in the ErrLeaseLost that Settle returns after settling the rest. That error
//	    does not fail the Update by itself.
//	O5  Cancel removes the alert's messages named, or all where none is named, claimed ones included.
//	O6  Next returns the earliest instant later than now at which a message becomes due, or a claim ends, which is what
//	    counts of a claimed one; zero if there is none. So asked for long ago, it tells what waits longest.
//	O7  A message whose row cannot be decoded stops no other. Lanes shows it under its lane or, where that is what
//	    cannot be decoded, under one without a channel, to be claimed as any other; no message has such a lane. Claim
//	    removes it and returns it with Err set; of its Key only the alert is set.
//
// # Revisions and values
//
//	R1  Add stores a configuration under the number after the latest, from 1.
//	R2  Latest returns the one with the greatest number; ErrNotFound if there is none.
//	R3  At returns the one that was effective at an instant: of those with EffectiveAt not later, the one with the
//	    greatest number, since what is added later supersedes what was before, also where that has a later EffectiveAt.
//	R4  Number returns the greatest number, 0 if there is none. It is asked in every transaction, so it reads no
//	    configuration.
//	R5  Replace changes the content of a revision and nothing else; ErrNotFound if there is none with that number.
//	V1  Set replaces a value, or removes it if empty; Get returns nil where there is none.
//
// # Records
//
//	K1  Get returns the records of a kind that exist among the IDs, in any order, each ID once; unknown ones are left
//	    out. Records of different kinds may have the same ID.
//	K2  Put with want 0 creates, and fails with a ConflictError if the record exists; with another want it replaces the
//	    version that has it, else fails with a ConflictError. That names the record's owner, is ErrConflict, and makes
//	    the whole Update fail.
//	K3  Every Put raises the version. Body and ClosedAt come back as they were put.
//	K4  List returns the records of one kind, newest first (by ID, which sorts by creation where the engine makes it),
//	    at most limit, and a cursor for the rest; empty if there is none. With Open it returns only open records, with
//	    Since only those open or closed at it or later; the cost of both does not grow with the other records.
//	    Records created meanwhile do not shift a listing under way.
//	K5  List with Before returns the records closed before it, the one closed first first, then by ID, at most limit, and
//	    no cursor: whoever has removed a page asks again.
//	K6  Remove removes records, open ones too, with their timelines; unknown ones are left out.
//
// # Archive
//
//	A1  A store that is an Archiver can be taken out item by item, as of one snapshot, and put into an empty one of any
//	    kind. What was taken out of that again is the same, item by item, in the same order: versions, claims and rows
//	    that cannot be decoded too.
//	A2  Import into a store that is not empty fails with ErrNotEmpty, and one that fails leaves the store empty.
//
// # Quarantine
//
// A row that nobody can read or step must not stop its neighbours: the engine calls Episodes.Quarantine, and the row
// stays for a person to look at. So it does with the alert of a message that cannot be decoded, in the transaction that
// claims it, and with one that keeps causing conflicts.
package store
