// Package sqlite keeps everything in one SQLite file, in pure Go. It implements [store.Store].
//
// [Open] is for a file of its own:
//
//	db, err := sqlite.Open(ctx, "/var/lib/oncall/watchbill.db")
//
// [New] puts the tables into a database that the host has open already with the driver "sqlite" of modernc.org/sqlite;
// every table's name starts with [Options.TablePrefix]. What a commit promises depends on pragmas, and pragmas belong to
// a connection, so they have to be in the data source name; New says which one is missing:
//
//	sql.Open("sqlite", "file:/var/lib/host.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
//
// [Store.InTx] works inside a transaction of the host, which commits its own rows and ours together.
//
// # Durability and speed
//
// A commit is on the disk when Update returns (WAL, synchronous=FULL), and costs one fsync, so it pays to do much in one
// Update. Writers take turns; views run beside them. WAL needs a local disk, not a network file system.
//
// # Migrations
//
// Open and New bring the tables up to date, under SQLite's write lock, and refuse a database that a newer release has
// written. [Migrations] are the same files for those who run them with a tool of their own.
package sqlite
