-- A record is anything with a state of its own that is not an alert: an incident, a postmortem, a board. body is what
-- its package made; the store does not look into it.
create table watchbill_records (
	kind      text not null,
	id        text not null,
	version   integer not null,
	closed_at integer, -- null: open
	body      blob not null,
	primary key (kind, id)
);
-- The open ones of a kind by ID, since all their nulls are equal, and then the closed ones by time.
create index watchbill_records_closed on watchbill_records (kind, closed_at, id);

-- owner was alert: that of an alert is its ID, as before, that of a record kind:id. The rows are copied, since to rename
-- a column SQLite wants every view in the host's database to be valid.
create table watchbill_timeline_1 as select alert, last, entries from watchbill_timeline;
drop table watchbill_timeline;
create table watchbill_timeline (
	owner   text not null,
	last    integer not null,
	entries text not null
);
insert into watchbill_timeline (owner, last, entries) select alert, last, entries from watchbill_timeline_1;
create unique index watchbill_timeline_last on watchbill_timeline (owner, last);
drop table watchbill_timeline_1;
