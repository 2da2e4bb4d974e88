// Package postgres keeps everything in PostgreSQL, release 13 or later, for engines on any number of machines. It implements
// [store.Shared] and [store.Archiver].
//
// [Open] is for a database of its own:
//
//	db, err := postgres.Open(ctx, "postgres://watchbill@db.example.com/watchbill")
//
// [New] puts the tables into a database that the host has a pool for already, in any schema and with any prefix; views can
// go to a pool of a standby. [Store.InTx] works inside a transaction of the host, which commits its own rows and ours
// together.
//
// # Updates
//
// An Update is READ COMMITTED and locks the rows that it reads. Two that read the same wait for each other instead of
// failing. Due and Claim leave out what another Update has locked, and lock what they return, so engines share the work.
// Where Updates get into each other's way all the same (a circle of waits, a value that another one has set), one runs
// again, so fn must be ready for that, as with any store.
//
// What an Update writes waits, and goes to the server with what it reads next, or at the end: a transaction takes few round
// trips, whatever it writes. A conflict on a row that the Update has read is reported at once, any other by a later call or
// by Update.
//
// # Connections that break
//
// Update runs again on another connection, for some seconds. If the connection breaks during the commit, Update asks the
// database what became of it: every commit notes its number in a row, which is there or not, also after a crash of the
// server or a failover. Only if nobody can be asked does it return [store.ErrUnknown]. A View whose connection breaks after
// it has read something fails.
//
// # Migrations
//
// Open and New bring the tables up to date, under a lock that lets those that are opened at the same time take turns. A
// database that a newer release has migrated is welcome unless that has raised the format, which is a number in the database:
// then Open, New and Update refuse with [store.ErrOutdated], and views go on. [Migrations] are the same files for those who
// run them with a tool of their own.
package postgres
