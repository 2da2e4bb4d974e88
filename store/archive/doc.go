// Package archive writes everything that a store holds to a file, reads such a file into an empty store of any kind, and
// compares two stores. It is how an installation moves from one database to another.
//
//	sum, err := archive.Write(ctx, file, from, time.Now())
//	sum, err = archive.Read(ctx, file, into)
//
// # The format
//
// An archive is text in UTF-8: one JSON object a line. The first line is the head:
//
//	{"watchbill_archive":1,"at":"2026-01-05T12:00:00Z"}
//
// Then comes one line for each thing, an object with one field that says what it is: revision, value, alert, record,
// timeline (all entries of one owner) and message, in this order, and those of a kind by what names them. What a store
// keeps as bytes is inlined where it is JSON, without spaces, so that people and jq can read it; where inlining would not
// give the same bytes back, it is {"base64":"..."}. A string that is not UTF-8 is such an object too. What is empty, zero
// or false is left out. Times are RFC 3339 in UTC, or, in years that have no such form, Unix microseconds. The state of an
// alert is triggered, acknowledged, resolved or quarantined. An alert's body is its episode; the fields beside it are the
// copies that stores find it by.
//
//	{"alert":{"id":"06nf...","version":3,"source":"prom","key":"disk","state":"triggered","created_at":"...","body":{...}}}
//	{"message":{"alert":"06nf...","id":"...","lane":{"channel":"email"},"key":{...},"due_at":"...","ready_at":"...","tries":1,"token":"..."}}
//
// The last line is the tail. It counts what there was, and has the SHA-256 of all lines before it, their ends included:
//
//	{"end":{"counts":{"revisions":1,...},"sha256":"..."}}
//
// The number in the head rises when a reader of before would misunderstand what is new; [Read] refuses a number that it
// does not know, and every field that it does not know.
//
// An archive holds everything, so also what is secret: addresses of contacts, and the keys that links are signed with.
//
// # Memory
//
// [Write] and [Read] hold one line at a time, however many there are. A line may have up to 256 MiB.
package archive
