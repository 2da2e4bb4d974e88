-- Times are Unix microseconds. Text is bytea: it is compared byte by byte, and nothing that anybody sends can be refused
-- for its encoding. To read it in psql: set bytea_output = 'escape'. Every table, index and sequence starts with
-- watchbill_, which Options.TablePrefix replaces.

-- Every Update holds a lock on this table, which keeps it apart from changes of the configuration, and reads the format,
-- which a later release raises if this one would spoil what is stored.
create table watchbill_gate (
	one    boolean primary key default true check (one),
	format integer not null
);

-- An episode. body is what episode.Encode made; the other columns are copies of what queries go by. What changes with
-- every step is in no index, so that an update touches none (wake_at has a table of its own for that).
create table watchbill_alerts (
	key_hash   bigint not null,   -- of source and dedup_key
	version    bigint not null,
	created_at bigint not null,
	stepped_at bigint not null,   -- of the latest entry
	wake_at    bigint,            -- null: never
	ended_at   bigint,            -- stepped_at if it is resolved
	state      smallint not null, -- alert.State; 0: quarantined
	unreached  boolean not null,  -- open, and nobody could be reached
	id         bytea not null primary key,
	source     bytea not null,
	dedup_key  bytea not null,
	service    bytea not null,
	parent     bytea not null,    -- the group that it is a member of; empty: it stands alone
	body       bytea not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
alter table watchbill_alerts alter column body set storage main;
create index watchbill_alerts_key on watchbill_alerts (key_hash, created_at, id);
create index watchbill_alerts_service on watchbill_alerts (service, id);
create index watchbill_alerts_state on watchbill_alerts (state, id) where state < 3;
create index watchbill_alerts_unreached on watchbill_alerts (id) where unreached;
create index watchbill_alerts_members on watchbill_alerts (parent, state, id) where parent <> '';
create index watchbill_alerts_ended on watchbill_alerts (ended_at, id) where ended_at is not null;

-- When which episode wakes.
create table watchbill_wakes (
	wake_at bigint not null,
	alert   bytea not null primary key
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
create index watchbill_wakes_at on watchbill_wakes (wake_at, alert);

-- The entries of one Append, as a JSON array; first and last are the numbers of the first and the last of them.
create table watchbill_timeline (
	first   bigint not null,
	last    bigint not null,
	owner   bytea not null,
	entries bytea not null,
	primary key (owner, first)
);

-- A message to be sent. ready_at is when it can be claimed: due_at, or the end of the claim that holds it.
create table watchbill_outbox (
	due_at      bigint not null,
	ready_at    bigint not null,
	tries       integer not null default 0,
	alert       bytea not null,
	id          bytea not null,
	lane        bytea not null, -- notify.Lane as JSON
	token       bytea,          -- null: not claimed
	message_key bytea not null, -- notify.Key as JSON
	primary key (alert, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
create index watchbill_outbox_ready on watchbill_outbox (lane, ready_at, id);
create index watchbill_outbox_claimed on watchbill_outbox (token, id) where token is not null;

-- A record is anything with a state of its own that is not an alert. body is what its package made.
create table watchbill_records (
	version   bigint not null,
	closed_at bigint, -- null: open
	kind      bytea not null,
	id        bytea not null,
	body      bytea not null,
	primary key (kind, id)
) with (fillfactor = 80);
create index watchbill_records_open on watchbill_records (kind, id) where closed_at is null;
create index watchbill_records_closed on watchbill_records (kind, closed_at, id) where closed_at is not null;

create table watchbill_revisions (
	number       bigint primary key,
	effective_at bigint not null,
	config       bytea not null
);

create table watchbill_values (
	name  bytea not null primary key,
	value bytea not null
);

-- The number of the last Update that was committed by each place of each store, by which a store whose connection breaks
-- during a commit finds out what became of it.
create table watchbill_commits (
	store  bigint not null,
	place  bigint not null,
	number bigint not null,
	primary key (store, place)
) with (fillfactor = 50);
create sequence watchbill_stores;
