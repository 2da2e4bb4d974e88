-- Times are Unix microseconds. Every table and index starts with watchbill_, which Options.TablePrefix replaces.

-- An episode. body is what episode.Encode made; the other columns are copies of what queries go by.
create table watchbill_alerts (
	id         text not null primary key,
	source     text not null,
	dedup_key  text not null,
	created_at integer not null,
	service    text not null,
	version    integer not null,
	state      integer not null, -- alert.State; 0: quarantined
	unreached  integer not null, -- 1: open, and nobody could be reached
	wake_at    integer,          -- null: never
	stepped_at integer not null, -- of the latest entry
	body       text not null
);
create index watchbill_alerts_key on watchbill_alerts (source, dedup_key, created_at, id);
create index watchbill_alerts_service on watchbill_alerts (service, id);
create index watchbill_alerts_state on watchbill_alerts (state, id, unreached) where state < 3;
create index watchbill_alerts_wake on watchbill_alerts (wake_at, id) where wake_at is not null;

-- The entries of one Append, as a JSON array; last is the number of the last of them.
create table watchbill_timeline (
	alert   text not null,
	last    integer not null,
	entries text not null
);
create unique index watchbill_timeline_last on watchbill_timeline (alert, last);

-- A message to be sent. ready_at is when it can be claimed: due_at, or the end of the claim that holds it. Rows lie by
-- alert, since the IDs of messages are random and would touch a page each.
create table watchbill_outbox (
	alert       text not null,
	id          text not null,
	lane        text not null, -- notify.Lane as JSON
	due_at      integer not null,
	ready_at    integer not null,
	tries       integer not null default 0,
	token       text,          -- null: not claimed
	message_key text not null, -- notify.Key as JSON
	primary key (alert, id)
) without rowid;
create index watchbill_outbox_ready on watchbill_outbox (lane, ready_at, id);
create index watchbill_outbox_claimed on watchbill_outbox (token, id) where token is not null;

create table watchbill_revisions (
	number       integer primary key,
	effective_at integer not null,
	config       blob not null
);

create table watchbill_values (
	name  text not null primary key,
	value blob not null
);
